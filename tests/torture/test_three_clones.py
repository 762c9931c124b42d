"""The promises as invariants of a state machine: three clones, whatever is done in them with tk and with git."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bd_py import config
from bd_py.cache.build import in_memory
from bd_py.query_records import Definition
from bd_py.service import compaction, records
from bd_py.service.rebuild import rebuild
from tests.git.scenarios import Clock, Clone, fold
from tests.git.test_clones import Model, Worker
from tests.inprocess import table_rows
from tests.torture.sizes import size
from tests.torture.tally import tally

_who = st.integers(0, 2)
_seed = st.integers(0, 2**32)
_NOTES = Definition("notes", {}, [], "any document")
_EVERYTHING = "9999-12-31"


class ThreeClones(RuleBasedStateMachine):
    """Three people with clones of one remote and clocks that disagree by days."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.folder = Path(tempfile.mkdtemp(prefix="three-clones-"))
        self.model = Model()
        self.withdrawn: set[str] = set()
        self.touched: Worker | None = None
        clock, first = Clock(self.patch), Clone.init(self.folder / "first")
        first.git("clone", "-q", "--bare", str(first.root), str(self.folder / "remote.git"))
        remote = Clone(self.folder / "remote.git")
        self.workers = [
            Worker(remote.clone(self.folder / f"c{k}", f"w{k}"), clock, Random(k), self.model) for k in range(3)
        ]

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.patch.undo()
            shutil.rmtree(self.folder)

    def worker(self, who: int, seed: int = 0) -> Worker:
        """Whose turn it is, at their own time."""
        self.touched = self.workers[who]
        self.touched.random = Random(seed)
        self.touched.clock.shift = self.touched.shift
        tally("steps of the state machine", 1)
        return self.touched

    @rule(who=_who, seed=_seed)
    def write(self, who: int, seed: int) -> None:
        """Create, edit, claim, close, dep, delete, restore, label, comment."""
        self.worker(who, seed).write()

    @rule(who=_who, field=st.sampled_from(["title", "status"]), value=st.sampled_from(["draft", "ready"]))
    def put_a_record(self, who: int, field: str, value: str) -> None:
        clone = self.worker(who).clone
        with closing(clone.open()) as workspace, workspace.writing() as w:
            if records.state(w, _NOTES.name, "n-1") is None:
                records.create(w, _NOTES, {"title": "A note"}, "n-1")
                w.flush()
            records.update(w, _NOTES, "n-1", {field: value})
            lines = w.lines
        self.model.lines |= {line[7:33]: line for line in lines}

    @rule(who=_who)
    def commit(self, who: int) -> None:
        self.worker(who).commit()

    @rule(who=_who, seed=_seed)
    def pull(self, who: int, seed: int) -> None:
        """With a merge, or with a rebase."""
        worker = self.worker(who, seed)
        worker.commit()  # a rebase wants a clean tree
        worker.pull()

    @rule(who=_who)
    def push(self, who: int) -> None:
        self.worker(who).push()

    @rule(who=_who, seed=_seed)
    def switch(self, who: int, seed: int) -> None:
        """To another branch, or to one that is new."""
        self.worker(who, seed).switch()

    @rule(who=_who, seed=_seed)
    def merge(self, who: int, seed: int) -> None:
        worker = self.worker(who, seed)
        worker.commit()
        worker.merge()

    @rule(who=_who)
    def revert(self, who: int) -> None:
        """Take the last commit back, whatever it was; git refuses what others built upon."""
        worker = self.worker(who)
        git = worker.clone.git
        worker.commit()
        before = worker.clone.log()
        if len(git("rev-list --parents -n 1 HEAD").split()) != 2:
            return
        git("revert --no-edit HEAD", ok=(0, 1))
        if git("status --porcelain").strip() or (worker.clone.root / ".git/REVERT_HEAD").exists():
            git("revert --abort", ok=(0, 128))
        self.withdrawn |= before.keys() - worker.clone.log().keys()

    @rule(who=_who, meanwhile=st.booleans(), seed=_seed)
    def stash(self, who: int, meanwhile: bool, seed: int) -> None:
        """Put what is not committed away, perhaps do something else, and bring it back."""
        worker = self.worker(who, seed)
        away = "No local changes" not in worker.clone.git("stash push -q -u -- .tasks")
        away = away and bool(worker.clone.git("stash list"))
        worker.clone.look()
        if meanwhile:
            worker.write()
        if away:
            worker.clone.git("stash pop -q")

    @rule(who=_who)
    def look_back(self, who: int) -> None:
        """Check an older commit out, look, and come back."""
        git = self.worker(who).clone.git
        branch = git("branch --show-current").strip()
        git("checkout -q --detach HEAD~1", ok=(0, 1, 128))  # 128: there is none
        self.workers[who].clone.look()
        git("checkout", "-q", branch)

    @rule(who=_who)
    def compact(self, who: int) -> None:
        worker = self.worker(who)
        worker.commit()
        with closing(worker.clone.open()) as workspace:
            compaction.compact(workspace, _EVERYTHING)
        worker.commit()

    @rule(who=_who)
    def rebuild(self, who: int) -> None:
        rebuild(self.worker(who).clone.where)

    @rule(who=_who)
    def the_cache_is_deleted(self, who: int) -> None:
        for path in self.worker(who).clone.root.glob(".tasks/cache.db*"):
            path.unlink()

    @rule(who=_who, junk=st.sampled_from([b"{", b"\xff\n", b"<<<<<<< HEAD\n", b'{"id":"01"}\r\n', b"[]\n"]))
    def a_line_is_damaged(self, who: int, junk: bytes) -> None:
        """A file that no tk wrote comes, everything works on, and it is taken away again."""
        clone = self.worker(who).clone
        path = clone.root / ".tasks/log/damage.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(junk)
        clone.look()
        clone.issues()
        path.unlink()

    @invariant()
    def one_truth(self) -> None:
        """fold(log) == cache, in the clone where something was done."""
        if self.touched is not None:
            clone = self.touched.clone
            with closing(in_memory(clone.where, config.load(clone.where.config))) as conn:
                assert clone.cached() == table_rows(conn)

    @invariant()
    def no_event_is_changed_or_made_up(self) -> None:
        if self.touched is not None:
            assert self.touched.clone.log().items() <= self.model.lines.items()

    @invariant()
    def append_only(self) -> None:
        """No segment that was committed differs from what was committed."""
        if self.touched is not None:
            assert self.touched.clone.git("diff --diff-filter=M --name-only HEAD -- .tasks/log") == ""

    def settle(self) -> None:
        """Nothing lost, and converge: once all have exchanged, all have every event that no revert took back."""
        for _ in range(2):
            for worker in self.workers:
                worker.settle()
        state = None
        for worker in self.workers:
            log = worker.clone.log()
            assert self.model.lines.keys() - self.withdrawn <= log.keys()
            assert log.items() <= self.model.lines.items()
            state = state or fold(log.values(), self.folder / "fold")
            assert worker.clone.cached() == state
            assert worker.clone.git("status --porcelain") == ""
        tally("events checked", len(self.model.lines))


ThreeClones.TestCase.settings = settings(
    max_examples=size(3, 60),
    stateful_step_count=size(12, 40),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink repositories takes longer than to read the steps
)
TestThreeClones = ThreeClones.TestCase

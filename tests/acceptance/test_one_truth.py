"""One truth: ``fold(log) == cache`` after any command, crash, checkout or merge."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bd_py.errors import TkError
from bd_py.paths import Paths
from bd_py.service import rebuild
from tests.acceptance import strategies as some
from tests.acceptance.actions import ACTIONS, Action
from tests.acceptance.support import (
    Snapshot,
    assert_same,
    cached,
    drop_cache,
    event,
    event_id,
    events_on_disk,
    head_moves,
    line,
    make_store,
    put_segment,
    segments,
    whole_fold,
    workspace,
)


class Refused(Exception):
    """Ends a write that shall not happen."""


class OneTruth(RuleBasedStateMachine):
    """Whatever is done to a store, its cache says what its log says."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="one-truth-"))
        self.paths: Paths = make_store(self.root)
        self.opened = workspace(self.paths)
        self.away: dict[str, bytes] = {}
        self.files = 0
        self.folded: tuple[dict[Path, bytes], Snapshot] | None = None

    def teardown(self) -> None:
        self.opened.close()
        shutil.rmtree(self.root)

    @initialize(data=st.data())
    def a_first_merge(self, data: st.DataObject) -> None:
        there = some.TASKS[: data.draw(st.sampled_from([len(some.TASKS), 2]))]
        put_segment(self.paths, "2026-11/base.jsonl", (line(self._created(task, k)) for k, task in enumerate(there)))
        self._new_file(line(self._foreign(data)) for _ in range(data.draw(st.integers(0, 6))))

    @rule(actions=st.lists(ACTIONS, min_size=1, max_size=4), batch=st.booleans())
    def write(self, actions: list[Action], batch: bool) -> None:
        """Several verbs in one write; what is refused leaves nothing."""
        with self.opened.writing(batch=batch) as w:
            for action in actions:
                token = w.begin_item()
                try:
                    action(w)
                    w.end_item()
                except TkError:
                    w.undo_item(token)

    @rule(actions=st.lists(ACTIONS, min_size=1, max_size=3))
    def write_at_once(self, actions: list[Action]) -> None:
        """Several verbs in one write, without a savepoint: one that is refused refuses all."""
        before = set(events_on_disk(self.paths))
        try:
            with self.opened.writing() as w:
                for action in actions:
                    action(w)
        except TkError:
            assert set(events_on_disk(self.paths)) == before

    @rule(data=st.data(), type_=st.sampled_from(some.TASK_TYPES), task=some.tasks)
    def any_event(self, data: st.DataObject, type_: str, task: str) -> None:
        """The low-level write: any type with any payload that it may carry."""
        try:
            with self.opened.writing() as w:
                w.add(type_, task, data.draw(some.payload(type_, self._known())))
        except TkError:
            pass

    @rule(action=ACTIONS)
    def write_fails(self, action: Action) -> None:
        """A write that ends in an error has written nothing."""
        before = set(events_on_disk(self.paths))
        try:
            with self.opened.writing() as w:
                action(w)
                w.flush()
                raise Refused
        except (Refused, TkError):
            pass
        assert set(events_on_disk(self.paths)) == before

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        """Events of another clone come in, in any order, some of them twice."""
        made = [self._foreign(data) for _ in range(data.draw(st.integers(1, 5)))]
        lines = [*map(line, made), *(line(each) for each in made if data.draw(st.booleans()))]
        self._new_file(data.draw(st.permutations(lines)))

    @rule(data=st.data())
    def merge_records(self, data: st.DataObject) -> None:
        """Events about records and collections come in, in any order."""
        known = self._known()
        made = []
        for _ in range(data.draw(st.integers(1, 5))):
            made.append(data.draw(some.record_events(known)))
            known.append(made[-1]["id"])
        self._new_file(map(line, data.draw(st.permutations(made))))

    @rule(data=st.data(), task=some.tasks, field=st.sampled_from(["title", "priority", "description", "meta.one"]))
    def merge_concurrent_edits(self, data: st.DataObject, task: str, field: str) -> None:
        """Edits of one field by clones that saw one state, or one after the other, or with the winner named."""
        known = self._known(task)
        value = st.integers(0, 3) if field == "priority" else some.short
        made = []
        for _ in range(data.draw(st.integers(1, 3))):
            edit = event(data.draw(some.ids_near(known)), "task.updated", task, {"set": {field: data.draw(value)}})
            made.append(edit | {"prev": {field: data.draw(st.sampled_from(known) | st.none())}})
            known.append(edit["id"])
        self._new_file(map(line, made))

    @rule(data=st.data(), ring=st.permutations(some.TASKS), size=st.integers(1, 4))
    def merge_a_cycle(self, data: st.DataObject, ring: list[str], size: int) -> None:
        """Each edge is fine where it is made; together they close a cycle."""
        made = []
        for issue, on in zip(ring[:size], [*ring[1:size], ring[0]], strict=True):
            edge = {"on": on, "type": data.draw(st.sampled_from(some.WAITING))}
            made.append(event(data.draw(some.ids_near(self._known())), "task.dep.add", issue, edge))
        self._new_file(map(line, data.draw(st.permutations(made))))

    @rule(data=st.data(), task=some.tasks)
    def merge_claims(self, data: st.DataObject, task: str) -> None:
        """Claims of other clones, before and after each other and ours; releases of what they hold."""
        known = self._known(task)
        for _ in range(data.draw(st.integers(1, 3))):
            hold = data.draw(st.sampled_from(known))
            id_, at = data.draw(some.ids_near(known)), data.draw(some.times)
            if data.draw(st.integers(0, 3)):
                claim = {"assignee": data.draw(some.short), "ttl": data.draw(st.sampled_from([1, 2**35]))}
                made = event(id_, "task.claimed", task, claim | data.draw(st.sampled_from([{}, {"hold": hold}])), at=at)
            else:
                made = event(id_, "task.released", task, {"hold": hold}, at=at)
            known.append(id_)
            self._new_file([line(made)])

    @rule(data=st.data())
    def checkout(self, data: st.DataObject) -> None:
        """Segments go, and others that were here once come back."""
        here = segments(self.paths)
        for path in here:
            if data.draw(st.integers(0, 2 if "merged" in path.name else 7)) == 0:
                self.away[str(path.relative_to(self.paths.log))] = path.read_bytes()
                path.unlink()
        for name in sorted(self.away):
            if data.draw(st.booleans()):
                put_segment(self.paths, name, [self.away.pop(name)])
        head_moves(self.paths)

    @rule(data=st.data(), parts=st.integers(1, 4))
    def pack(self, data: st.DataObject, parts: int) -> None:
        """The same lines in other files: split anew, shuffled, some of them in two."""
        here = segments(self.paths)
        lines = [each for path in here for each in path.read_bytes().splitlines(keepends=True)]
        files: list[list[bytes]] = [[] for _ in range(parts)]
        for each in lines:
            files[data.draw(st.integers(0, parts - 1))].append(each)
            if data.draw(st.integers(0, 3)) == 0:
                files[data.draw(st.integers(0, parts - 1))].append(each)
        for path in here:
            path.unlink()
        for each_file in files:
            self._new_file(data.draw(st.permutations(each_file)))

    @rule(data=st.data())
    def damage(self, data: st.DataObject) -> None:
        """Lines are changed, doubled with other content, lost, or were never events."""
        here = segments(self.paths)
        if not here:
            return
        path = data.draw(st.sampled_from(here))
        lines = path.read_bytes().splitlines(keepends=True)
        k = data.draw(st.integers(0, max(len(lines) - 1, 0)))
        old = events_on_disk(self.paths)
        if old:
            other = data.draw(st.sampled_from(sorted(old)))
            changed = line(self._foreign(data) | {"id": other})
            lines[k : k + data.draw(st.integers(0, 1))] = [changed]
        lines.insert(k, data.draw(st.sampled_from([b"{", b"\xff\n", b"\r\n", b"<<<<<<< HEAD\n", b"[]\n", b""])))
        if data.draw(st.booleans()):
            put_segment(self.paths, str(path.relative_to(self.paths.log)), lines)
        else:
            self._new_file(lines)

    @precondition(lambda self: bool(segments(self.paths)))
    @rule(data=st.data())
    def live_is_edited(self, data: st.DataObject) -> None:
        """The segment that this store writes to is changed in place: cut, grown, torn, overwritten."""
        live = self.opened.conn.execute(
            "SELECT path FROM segments WHERE id = (SELECT value FROM meta WHERE key = 'live')"
        ).fetchone()
        path = Path(self.paths.log, live[0]) if live else segments(self.paths)[-1]
        text = path.read_bytes()
        how = data.draw(st.sampled_from(["crash before commit", "torn", "cut", "no newline", "swap", "empty"]))
        if how == "crash before commit":
            text += line(self._foreign(data))
        elif how == "torn":
            text += line(self._foreign(data))[: data.draw(st.integers(1, 40))]
        elif how == "cut":
            text = text[: data.draw(st.integers(0, len(text)))]
        elif how == "no newline":
            text = text.removesuffix(b"\n")
        elif how == "swap":
            text = text.replace(b'"A"', b'"B"')
        else:
            text = b""
        time.sleep(0.01)  # the clock of the file system ticks
        path.write_bytes(text)
        if live is None:  # a change in place of any other file is seen by those who look at every file
            self.every_file()

    @rule()
    def head_moves(self) -> None:
        """A commit."""
        head_moves(self.paths)

    @rule()
    def cache_is_deleted(self) -> None:
        self.opened.close()
        drop_cache(self.paths)

    @rule()
    def rebuild(self) -> None:
        self.opened.close()
        rebuild.rebuild(self.paths)

    @rule(categories=st.dictionaries(st.sampled_from(["qa", "todo"]), st.sampled_from(["open", "done", "waiting"])))
    def settings_change(self, categories: dict[str, str]) -> None:
        text = 'format = 1\nprefix = "tk"\n'
        text += "".join(f'[statuses.{name}]\ncategory = "{what}"\n' for name, what in sorted(categories.items()))
        Path(self.paths.config).write_text(text)

    @rule()
    def time_passes(self) -> None:
        """Until stat data is trusted."""
        time.sleep(0.025)

    @rule()
    def every_file(self) -> None:
        """What sync and the hooks do."""
        with self.opened.writing(every_file=True):
            pass

    @invariant()
    def one_truth(self) -> None:
        assert_same(cached(self.opened), self._fold())

    def _fold(self) -> Snapshot:
        """`whole_fold`, which is what it was where the log and the settings are: half of the steps change neither."""
        files = [Path(self.paths.config), *segments(self.paths)]
        here = {path: path.read_bytes() for path in files}
        if self.folded is None or self.folded[0] != here:
            self.folded = here, whole_fold(self.paths)
        return self.folded[1]

    def _known(self, task: str | None = None) -> list[str]:
        """The ids of the events that are there, about one task or all; never none."""
        found = events_on_disk(self.paths)
        return sorted(id_ for id_ in found if task in (None, found[id_].get("task"))) or [event_id(0)]

    def _foreign(self, data: st.DataObject) -> dict[str, Any]:
        known = self._known()
        return data.draw(some.events(known, known))

    def _created(self, task: str, k: int) -> dict[str, Any]:
        return {"id": event_id(-30, k), "type": "task.created", "task": task, "data": {"title": "A"}}

    def _new_file(self, lines: Any) -> None:
        self.files += 1
        put_segment(self.paths, f"2026-11/{self.files % 3 + 10}/merged-{self.files}.jsonl", lines)


OneTruth.TestCase.settings = settings(max_examples=80, stateful_step_count=25)
TestOneTruth = pytest.mark.slow(OneTruth.TestCase)

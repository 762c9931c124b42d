"""A store that leaves the cache for later: the log has what was written at once, and whoever asks finds it."""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bd_py import Store, log
from bd_py.errors import ConflictError, InvalidError, NotFoundError
from tests.acceptance.support import assert_one_truth, event, event_id, line, workspace
from tests.conftest import ROOT
from tests.inprocess import Cli
from tests.torture import tracer

NOTE = {"type": "object", "properties": {"text": {"type": "string"}, "tags": {"type": "array"}}, "required": ["text"]}


def begun(store: Store) -> Store:
    """A store whose next writes leave the cache for later: it has a segment to go on with, and nobody else wrote."""
    for _ in range(20):
        store.create("The first")
        if store._opened().pending is not None:
            return store
    raise AssertionError


def waiting(store: Store) -> list[str]:
    """The events that the log has and the cache does not."""
    found = store._opened().pending
    return [] if found is None else found.lines


def rows(cli: Cli) -> set[str]:
    """The tasks of the cache as any program sees it."""
    with closing(sqlite3.connect(cli.root / ".tasks/cache.db")) as conn:
        return {row[0] for row in conn.execute("SELECT id FROM issues")}


def head_moves(cli: Cli) -> None:
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "Elsewhere"], cwd=cli.root, check=True)


def segments(cli: Cli) -> int:
    return len(list((cli.root / ".tasks/log").rglob("*.jsonl")))


@pytest.fixture
def behind(cli: Cli) -> Iterator[Store]:
    with Store.open(cli.root, write_behind=True) as store:
        yield begun(store)


def test_the_log_has_it_at_once_and_the_cache_when_somebody_asks(behind: Store, cli: Cli) -> None:
    task = behind.create("A task", labels=["core"])
    assert len(waiting(behind)) == 1
    assert task.id in "".join(cli.lines())
    assert task.id not in rows(cli)
    assert behind.get(task.id) == task
    assert waiting(behind) == []
    assert task.id in rows(cli)


def test_every_command_sees_it(behind: Store, cli: Cli) -> None:
    made = [behind.create(f"Task {k}").id for k in range(5)]
    assert len(waiting(behind)) == 5
    assert set(made) <= set(cli.listed())
    assert set(made) <= rows(cli)
    more = behind.create("One more").id  # the cache is ahead of what waits: nothing is done twice
    assert {task.id for task in behind.list()} == rows(cli)
    assert more in rows(cli)
    assert cli("sync").out.startswith("Nothing new")
    assert segments(cli) == 1


def test_closing_leaves_the_cache_level(cli: Cli) -> None:
    with Store.open(cli.root, write_behind=True) as store:
        begun(store)
        made = {store.create(f"Task {k}").id for k in range(5)}
        assert waiting(store)
    assert made <= rows(cli)


def test_what_is_much_is_brought_in_meanwhile(behind: Store, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bd_py.write_behind.MOST", 10)
    made = [behind.create(f"Task {k}").id for k in range(25)]
    assert len(waiting(behind)) == 5
    assert set(made[:20]) <= rows(cli)
    assert not set(made[20:]) & rows(cli)


def test_a_program_that_was_killed_has_lost_nothing(cli: Cli) -> None:
    code = f"""
import os
from bd_py import Store
store = Store.open({str(cli.root)!r}, write_behind=True)
store.create("The first")
for k in range(20):
    print(store.create(f"Task {{k}}").id, flush=True)
assert len(store._opened().pending.lines) == 20
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    made = done.stdout.split()
    assert len(made) == 20, done.stderr
    assert not set(made) & rows(cli)
    assert set(made) <= set(cli.listed())
    assert cli("sync").out.startswith("Nothing new")
    cli("create", "The next")
    assert segments(cli) == 1


@pytest.mark.skipif(not tracer.AVAILABLE, reason=tracer.WHY_NOT)
@pytest.mark.parametrize("step", [pytest.param(9, id="some"), pytest.param(1, id="every", marks=pytest.mark.slow)])
def test_killed_at_a_call_that_writes(tmp_path: Path, step: int) -> None:
    command = [sys.executable, "-m", "tests.store.killed_writes", str(tmp_path), str(step)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50 // step


def test_what_needs_the_tables_opens_the_cache(behind: Store, cli: Cli) -> None:
    first = behind.create("First")
    assert waiting(behind)
    second = behind.create("Second", depends_on=[first.id], parent=first.id)
    assert waiting(behind) == []
    assert second.parent == first.id
    assert behind.blockers_of(second.id) == [first.id]
    behind.create("Third")
    assert waiting(behind)
    assert behind.update(first.id, title="New").title == "New"
    assert waiting(behind) == []
    behind.create("Fourth")
    with pytest.raises(ConflictError, match="taken"):
        behind.create("Fifth", id=first.id)
    with pytest.raises(NotFoundError):
        behind.claim("tk-nope")
    with pytest.raises(InvalidError):
        behind.create("")
    assert {task.id for task in behind.list()} == rows(cli)


def test_a_definition_holds_for_what_comes_after_it(behind: Store) -> None:
    notes = behind.define(NOTE, "note")
    assert notes.create({"text": "One"}).data == {"text": "One"}
    with pytest.raises(InvalidError, match="text"):
        notes.create({})
    made = notes.create({"text": "Two"})
    assert waiting(behind)
    behind.define({"type": "object", "required": ["other"]}, "note")
    with pytest.raises(InvalidError, match="other"):
        notes.create({"text": "Three"})
    assert notes.get(made.id) == made


def test_a_transaction_on_a_connection_finds_what_was_written(behind: Store) -> None:
    task = behind.create("First")
    with closing(behind.connection()) as conn:
        conn.execute("CREATE TABLE app_runs (issue_id TEXT REFERENCES issues (id) ON DELETE CASCADE)")
        for k in range(4):
            with conn.transaction():
                conn.execute("INSERT INTO app_runs VALUES (?)", (task.id,))
            task = behind.create(f"Task {k}")
            assert waiting(behind) == []


def test_a_disk_takes_no_more(behind: Store, cli: Cli) -> None:
    """Part of a line is on disk when the rest of it is refused."""
    before = behind.create("Before")
    path = next((cli.root / ".tasks/log").rglob("*.jsonl"))
    size = path.stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, limits[1]))
    try:
        with pytest.raises(log.LogWriteError):
            behind.create("Never")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.stat().st_size == size
    after = behind.create("After")
    assert {before.id, after.id} <= {task.id for task in behind.list()}
    assert "Never" not in [task.title for task in behind.list()]
    assert len(cli.lines()) == len(behind.events().events)


def test_head_moves_or_the_segment_is_staged(behind: Store, cli: Cli) -> None:
    behind.create("On one commit")
    assert segments(cli) == 1
    head_moves(cli)
    behind.create("On another")
    assert segments(cli) == 2
    begun(behind).create("Waits")
    subprocess.run(["git", "add", ".tasks"], cwd=cli.root, check=True)
    behind.create("After the add")
    assert segments(cli) == 3


def test_the_segment_is_taken_away_or_replaced(behind: Store, cli: Cli) -> None:
    """What would go on in a file that has no name any more would be lost."""
    path = next((cli.root / ".tasks/log").rglob("*.jsonl"))
    gone = behind.create("Gone with the file")
    path.unlink()
    kept = begun(behind).create("In another file")
    assert waiting(behind)
    (path,) = (cli.root / ".tasks/log").rglob("*.jsonl")
    path.with_name("copy").write_bytes(path.read_bytes())
    path.with_name("copy").rename(path)
    last = behind.create("In a third")
    found = {task.id for task in behind.list()}
    assert {kept.id, last.id} <= found
    assert gone.id not in found
    assert "In a third" in "".join(cli.lines())


def test_the_cache_has_another_segment_for_the_live_one(behind: Store, cli: Cli) -> None:
    """Who reads does not look at this one any more."""
    time.sleep(0.03)  # stat data that is young is looked into
    cli("list")
    behind.create("Before")
    assert waiting(behind)
    with closing(sqlite3.connect(cli.root / ".tasks/cache.db")) as conn, conn:
        conn.execute("UPDATE meta SET value = '' WHERE key = 'live'")
    assert behind.create("After").id in cli.listed()


def test_a_full_segment_is_left_for_a_new_one(behind: Store, cli: Cli) -> None:
    for _ in range(6):
        behind.create("Long", description="x" * (log.FULL // 4))
    assert segments(cli) == 2


def test_somebody_appends_without_the_lock(behind: Store, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    append_to = log.append_to
    foreign = line(event(event_id(0), "task.created", "tk-foreign", {"title": "Foreign"}))

    def appended(fd: int, path: str, size: int, data: bytes) -> os.stat_result:
        monkeypatch.undo()
        os.write(fd, foreign)
        return append_to(fd, path, size, data)

    monkeypatch.setattr(log, "append_to", appended)
    task = behind.create("Mine")
    monkeypatch.chdir(cli.root)
    assert {task.id, "tk-foreign"} <= {each.id for each in behind.list()}


def test_a_write_that_needs_the_tables_after_it_has_begun_something(behind: Store) -> None:
    with behind._writing() as batch:
        task = batch.create("Begun")
        assert batch.write.begun
        batch.comment(task, "A word")
        assert not batch.write.begun
    assert [comment.text for comment in behind.comments(task)] == ["A word"]


def test_a_store_beside_it_writes_too(cli: Cli) -> None:
    with Store.open(cli.root, write_behind=True) as one, Store.open(cli.root, write_behind=True) as two:
        begun(one)
        made = []
        for k in range(60):
            made.append((one, two)[k % 2].create(f"Task {k}").id)
        made += [one.create(f"Alone {k}").id for k in range(20)]
        assert waiting(one)
        assert set(made) <= {task.id for task in two.list()}
    assert segments(cli) == 1
    assert len(cli.lines()) == len(set(cli.lines()))


def test_threads_take_turns(behind: Store, cli: Cli) -> None:
    made: list[str] = []

    def work(name: int) -> None:
        for k in range(30):
            task = behind.create(f"{name}-{k}")
            made.append(task.id)
            if k % 7 == 0:
                assert behind.get(task.id) == task

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 120
    assert set(made) <= {task.id for task in behind.list()}


def test_events_come_once_each_and_in_order(behind: Store) -> None:
    position = behind.cursor()
    seen: list[str] = []
    wanted: list[str] = []
    for k in range(40):
        wanted.append(behind.create(f"Task {k}").version)
        if k % 9 == 0:
            page = behind.events(position)
            seen += [event.id for event in page.events]
            position = page.cursor
    seen += [event.id for event in behind.events(position).events]
    assert seen == wanted == sorted(wanted)


def test_a_fork_does_not_carry_it_on(behind: Store, cli: Cli) -> None:
    mine = behind.create("Mine")
    pid = os.fork()
    if not pid:
        behind.create("The child's")
        os._exit(0 if behind.get(mine.id) == mine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    behind.create("Mine again")
    assert sorted(task.title for task in behind.list() if task.title != "The first") == [
        "Mine",
        "Mine again",
        "The child's",
    ]


@pytest.mark.parametrize("how", ["behind", "create", "create_many", "batch"])
def test_a_document_that_its_program_changes_afterwards(behind: Store, cli: Cli, how: str) -> None:
    """The tables have what the log has."""
    notes = behind.define(NOTE, "note")
    if how == "behind":
        notes.create({"text": "The definition is in the tables"})
    given: dict[str, Any] = {"text": "One", "tags": [{"a": 1}]}
    with behind.batch() if how == "batch" else nullcontext():
        made = notes.create_many([given])[0] if how == "create_many" else notes.create(given).id
        if how == "batch":
            made = notes.create_many([given])[0]
        assert bool(waiting(behind)) == (how in ("behind", "create") and how != "create_many")
        given["tags"][0]["a"] = 2
        given["tags"].append("more")
    assert notes.get(made).data["tags"] == [{"a": 1}]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
NAMES = st.sampled_from(["ada", "grace h", "é"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "description": TEXT,
        "notes": TEXT,
        "summary": TEXT,
        "issue_type": st.sampled_from(["bug", "epic"]),
        "priority": st.integers(0, 4),
        "assignee": NAMES,
        "owner": NAMES,
        "estimated_minutes": st.integers(0, 10**6),
        "due_at": st.sampled_from(["2030-01-01", "+2d"]),
        "external_ref": NAMES,
        "phase": st.sampled_from(["plan", "build"]),
        "compound": st.booleans(),
        "links": st.fixed_dictionaries({}, optional={"branch": st.just("b"), "commits": st.just(["a" * 40])}),
        "meta": st.dictionaries(
            st.sampled_from(["k", "l"]), st.none() | st.integers(-(2**63), 2**63 - 1) | st.lists(TEXT, max_size=2)
        ),
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=TEXT.filter(str.strip), labels=st.lists(st.sampled_from(["a", "B", "é"]), max_size=3), fields=FIELDS)
def test_a_task_is_given_as_the_tables_give_it(
    behind: Store, title: str, labels: list[str], fields: dict[str, Any]
) -> None:
    made = behind.create(title, labels=labels, **fields)
    assert behind.get(made.id).to_json() == made.to_json()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(
        {"text": TEXT}, optional={"tags": st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | TEXT, max_size=3)}
    )
)
def test_a_record_is_given_as_the_tables_give_it(behind: Store, document: dict[str, Any]) -> None:
    notes = behind.define(NOTE, "note")
    made = notes.create(document)
    assert notes.get(made.id).to_json() == made.to_json()


class Walk:
    """Whatever may happen between the writes of a store that leaves the cache for later."""

    def __init__(self, cli: Cli, chance: random.Random) -> None:
        self.cli, self.chance = cli, chance
        self.store = begun(Store.open(cli.root, write_behind=True))
        self.other = Store.open(cli.root)
        self.notes = self.store.define(NOTE, "note", indexed=["text"])
        self.titles = {task.id: task.title for task in self.store.list()}
        self.texts: dict[str, str] = {}
        self.most = 0

    def create(self, k: int) -> None:
        for _ in range(self.chance.randint(1, 4)):
            self.titles[self.store.create(f"Task {k}").id] = f"Task {k}"

    def record(self, k: int) -> None:
        self.texts[self.notes.create({"text": f"Note {k}"}).id] = f"Note {k}"

    def update(self, k: int) -> None:
        task = self.chance.choice([*self.titles])
        self.store.update(task, title=f"Changed {k}")
        self.titles[task] = f"Changed {k}"

    def other_writes(self, k: int) -> None:
        if self.chance.random() < 0.5:
            self.titles[self.other.create(f"Other {k}").id] = f"Other {k}"
        else:
            self.titles[self.cli.new(f"Command {k}")] = f"Command {k}"

    def other_reads(self, k: int) -> None:
        assert set(self.cli.listed("--limit", "0")) == self.titles.keys()

    def reads(self, k: int) -> None:
        assert {task.id: task.title for task in self.store.list()} == self.titles
        assert {each.id: each.data["text"] for each in self.notes.list()} == self.texts

    def head(self, k: int) -> None:
        head_moves(self.cli)

    def cache_goes(self, k: int) -> None:
        for end in ("", "-wal", "-shm"):
            (self.cli.root / f".tasks/cache.db{end}").unlink(missing_ok=True)

    def rebuild(self, k: int) -> None:
        self.cli("rebuild")

    def refused(self, k: int) -> None:
        with pytest.raises(InvalidError):
            self.store.create("T", priority=9)
        with pytest.raises(InvalidError):
            self.notes.create({"tags": []})

    def opened_anew(self, k: int) -> None:
        if self.chance.random() < 0.5:
            self.store.close()
        else:
            self.store._opened().close()  # as by the end of the process: nothing that waits is brought in
        self.store = Store.open(self.cli.root, write_behind=True)
        self.notes = self.store.collection("note")

    def pause(self, k: int) -> None:
        time.sleep(0.03)

    def run(self, steps: int) -> None:
        often = [self.create] * 6 + [self.record] * 6 + [self.update] * 2 + [self.reads, self.pause]
        rare = [
            self.other_writes,
            self.other_reads,
            self.head,
            self.cache_goes,
            self.rebuild,
            self.refused,
            self.opened_anew,
        ]
        for k in range(steps):
            self.chance.choice(often if self.chance.random() < 0.85 else rare)(k)
            self.most = max(self.most, len(waiting(self.store)))
        self.reads(steps)
        self.store.close()
        self.other.close()


SEEDS = range(int(os.environ.get("TK_TEST_ROUNDS", "3")))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_meanwhile(cli: Cli, seed: int) -> None:
    walk = Walk(cli, random.Random(seed))
    walk.run(120)
    assert walk.most > 3
    opened = workspace(walk.store._paths)
    try:
        assert_one_truth(opened)
        assert opened.bad_lines == 0
    finally:
        opened.close()
    assert {task["id"]: task["title"] for task in json.loads(cli("list", "--limit", "0", "--json").out)} == walk.titles

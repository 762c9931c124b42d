"""The library's door: verbs as methods, one write at a time, level with the log whenever it is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import bd_py
from bd_py import Store
from bd_py import ids as task_ids
from bd_py.errors import (
    AmbiguousError,
    ConflictError,
    CycleError,
    GateError,
    InvalidError,
    NoStoreError,
    NotFoundError,
    TransitionError,
    UsageError,
)
from tests.acceptance.support import assert_one_truth, event, event_id, line, put_segment, workspace
from tests.inprocess import Cli


def test_it_is_imported_when_it_is_asked_for(tmp_path: Path) -> None:
    code = "import sys, bd_py; print('bd_py.store' in sys.modules); bd_py.Store; print('bd_py.store' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    with pytest.raises(AttributeError):
        _ = bd_py.Nothing
    with pytest.raises(NoStoreError):
        Store.open(tmp_path)


def test_it_is_found_as_the_command_line_finds_it(opened_store: Store, cli: Cli, tmp_path: Path) -> None:
    task = opened_store.create("T")
    (cli.root / "sub").mkdir()
    for place in (None, cli.root, cli.root / ".tasks", cli.root / "sub", str(cli.root)):
        with Store.open(place) as store:
            assert store.path == str(cli.root / ".tasks")
            assert store.get(task.id) == task
    with Store.init(tmp_path / "repo", prefix="tk") as again, Store.open(again.path) as other:
        assert again.get(task.id) == other.get(task.id)


def test_who_acts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TK_SESSION", "s1")
    with Store.open(cli.root, actor="grace", agent="coder", pid=7) as store:
        task = store.create("T")
    assert cli.last(task.id)["by"] == {"name": "grace", "agent": "coder", "session": "s1", "pid": 7}
    with Store.open(cli.root) as store:
        assert store.create("T").created_by == "ada"


def test_verbs_and_methods_give_the_same(opened_store: Store, cli: Cli) -> None:
    store = opened_store
    a = store.create("A", description="why", priority=0, labels=["core", "api"], due_at="2030-01-01", meta={"k": [1]})
    b = store.create("B", depends_on=[a.id], links={"branch": "b"}, issue_type="bug", compound=True)
    c = store.create("C", parent=b.id, dependencies=[("related", a.id)], id="tk-c")
    store.comment(a.id, "first")
    store.block(c.id, "no key")
    store.claim(a.id, ttl=60)
    store.update(b.id, meta={"x": 1}, append_notes="more", add_labels=["late"])
    store.update(b.id, meta={"y": None, "x": 2}, assignee="grace", if_version=store.get(b.id).version)
    for task in (a, b, c):
        assert store.get(task.id).to_json() == cli.json("show", task.id, "--short")[0]
        assert store.show(task.id).to_json() == cli.json("show", task.id)[0]
    assert [task.to_json() for task in store.list(all=True)] == cli.json("list", "--all")
    assert [task.to_json() for task in store.ready()] == cli.json("ready")
    assert [task.id for task in store.list(status="blocked")] == [c.id]
    assert [task.id for task in store.list(labels=["core"], priority=[0, 1])] == [a.id]
    assert [task.id for task in store.list(parent=b.id, title_contains="c")] == [c.id]
    store.update(c.id, title="Über c")
    assert [task.id for task in store.list(title_contains="ÜBER")] == [c.id]
    assert [each.to_json() for each in store.history(b.id)] == cli.events(b.id)
    assert store.dependencies(b.id) == [("blocks", a.id)]
    assert store.dependents(a.id, "blocks") == [b.id]
    assert store.blockers_of(b.id) == [a.id]
    shown = store.show(a.id)
    assert shown.hold is not None
    assert shown.hold.until is not None
    assert [comment.text for comment in shown.comments] == ["first"]
    assert {(each.id, each.type) for each in shown.dependents} == {(b.id, "blocks"), (c.id, "related")}
    assert store.show(c.id).blockers[0].text == "no key"
    found = store.get(b.id)
    assert (found.meta, found.compound, found.notes, found.labels) == ({"x": 2}, True, "more", ("late",))


def test_a_life(opened_store: Store) -> None:
    store = opened_store
    task = store.create("T")
    assert store.claim_next().id == task.id
    assert store.claim(task.id[:7]).status == "in_progress"
    assert store.release(task.id).status == "open"
    assert store.set_status(task.id, "doing").assignee == "ada"
    assert store.close(task.id, reason="done").close_reason == "done"
    assert store.reopen(task.id).status == "open"
    assert store.defer(task.id, "+2d").status == "deferred"
    assert store.undefer(task.id).defer_until is None
    assert store.add_labels(task.id, "x", "y").labels == ("x", "y")
    assert store.remove_labels(task.id, "x").labels == ("y",)
    assert store.labels(task.id) == ["y"]
    store.delete(task.id)
    with pytest.raises(NotFoundError):
        store.get(task.id)
    assert store.restore(task.id).id == task.id
    kinds = [each.type for each in store.history(task.id)]
    assert kinds[0] == "task.created"
    assert kinds[-1] == "task.restored"


def test_values_are_frozen_and_their_json_is_a_copy(opened_store: Store) -> None:
    task = opened_store.create("T", meta={"k": {"deep": 1}})
    with pytest.raises(AttributeError):
        task.title = "U"
    task.to_json()["meta"]["k"]["deep"] = 2
    assert task.to_json()["meta"] == {"k": {"deep": 1}}


def test_errors_are_those_of_the_verbs(opened_store: Store, cli: Cli) -> None:
    store = opened_store
    a, b = store.create("A", id="tk-aaaa1"), store.create("B", id="tk-aaaa2", depends_on=["tk-aaaa1"])
    before = cli.lines()
    with pytest.raises(AmbiguousError):
        store.get("tk-aaaa")
    with pytest.raises(CycleError):
        store.add_dependency(a.id, b.id)
    with pytest.raises(TransitionError) as refused:
        store.claim(b.id)
    assert refused.value.to_json()["error"]["code"] == "transition"
    wrong: Any
    for wrong in ({"priority": 9}, {"colour": "red"}, {"issue_type": "banana"}, {"estimated_minutes": -1}):
        with pytest.raises(InvalidError):
            store.create("T", **wrong)
        with pytest.raises(InvalidError):
            store.update(a.id, **wrong)
    with pytest.raises(InvalidError):
        store.list(colour="red")  # type: ignore[call-arg]
    with pytest.raises(InvalidError):
        store.list(sort="colour")
    with pytest.raises(ConflictError):
        store.update(a.id, title="C", if_version=event_id(0))
    with pytest.raises(NotFoundError):
        store.claim_next(labels=["nothing"])
    assert cli.lines() == before


def test_another_program_writes_meanwhile(opened_store: Store, cli: Cli) -> None:
    store = opened_store
    store.create("Mine")
    theirs = cli.new("Theirs")
    assert store.get(theirs).title == "Theirs"
    cli("close", theirs)
    assert store.get(theirs).status == "closed"
    path = put_segment(
        store._paths,
        "2026-11/m.jsonl",
        [line(event(event_id(0), "task.created", "tk-moved", {"title": "M"}))],
    )
    assert store.get("tk-moved").title == "M"
    path.unlink()
    with pytest.raises(NotFoundError):
        store.get("tk-moved")


def test_the_cache_is_replaced_meanwhile(opened_store: Store, cli: Cli) -> None:
    task = opened_store.create("T")
    for end in ("", "-wal", "-shm"):
        (cli.root / f".tasks/cache.db{end}").unlink(missing_ok=True)
    assert opened_store.get(task.id) == task
    opened_store.update(task.id, title="U")
    (cli.root / ".tasks/cache.db").unlink()
    opened_store.update(task.id, title="V")
    assert cli.task(task.id)["title"] == "V"
    cli("rebuild")
    assert opened_store.get(task.id).title == "V"


def test_a_closed_store(opened_store: Store) -> None:
    opened_store.close()
    opened_store.close()
    with pytest.raises(UsageError):
        opened_store.ready()


# Batches


def test_a_batch_is_one_segment_and_one_fsync(opened_store: Store, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened_store
    old = store.create("Old")
    files = set((cli.root / ".tasks/log").rglob("*.jsonl"))
    synced: list[int] = []
    fsync = os.fsync

    def count(fd: int) -> None:
        synced.append(fd)
        fsync(fd)

    monkeypatch.setattr(os, "fsync", count)
    with store.batch() as batch:
        a = batch.create("A", labels=["x"], description="d")
        b = batch.create("B", depends_on=[a])
        batch.create("C", parent=b, dependencies=[("related", old.id)])
        batch.claim(a)
        batch.set_labels(b, add=["y"])
        assert batch.comment(old.id, "seen")
        batch.close(old.id)
        assert store.get(b).is_blocked, "the store itself, too, is in the batch"
        assert store.create("D").title == "D"
        batch.delete(store.create("E").id)
    (new,) = set((cli.root / ".tasks/log").rglob("*.jsonl")) - files
    assert new.read_text().count("\n") == 10
    assert len(synced) == 2, "the segment and its folder"
    assert [task.title for task in store.ready()] == ["D"]
    assert_one_truth(workspace(store._paths))


def test_a_batch_that_fails_has_written_nothing(opened_store: Store, cli: Cli) -> None:
    store = opened_store
    store.create("Old")
    before = cli.lines()
    with pytest.raises(InvalidError), store.batch() as batch:  # noqa: PT012 (the block fails)
        batch.create("A")
        batch.create("")
    with pytest.raises(ZeroDivisionError), store.batch() as batch:  # noqa: PT012 (the block fails)
        batch.create("A")
        _ = 1 / 0
    with pytest.raises(InvalidError):
        store.create_many([{"title": "A"}, {"title": "B", "priority": 9}])
    assert cli.lines() == before
    assert len(store.list(all=True)) == 1
    with store.batch() as batch:
        with pytest.raises(InvalidError):
            batch.create("")
        batch.create("It goes on")
    assert len(store.list(all=True)) == 2
    with pytest.raises(UsageError):
        batch.create("It is over")


def test_a_batch_that_is_refused_at_its_end_leaves_the_store_usable(
    opened_store: Store, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = opened_store.create("Old").id
    before = cli.lines()
    with monkeypatch.context() as patched:
        patched.setattr(task_ids, "task_id", lambda _prefix: taken)
        with pytest.raises(ConflictError, match=f"the id {taken} is taken"):
            opened_store.create_many([{"title": "A"}])
    assert cli.lines() == before
    new = opened_store.create("New")
    assert {task.id for task in opened_store.list()} == {taken, new.id}
    assert opened_store._opened().salvaged is None  # a transaction left open was taken for a damaged cache


def test_a_verb_that_fails_halfway_spoils_the_batch(opened_store: Store) -> None:
    store = opened_store
    task = store.create("T")
    with pytest.raises(InvalidError), store.batch() as batch:  # noqa: PT012 (the block fails)
        batch.create("A")
        with pytest.raises(InvalidError):
            batch.set_labels(task.id, add=["fine", "not\x07fine"])
    assert store.labels(task.id) == []
    assert len(store.list()) == 1


def test_create_many(opened_store: Store) -> None:
    ids = opened_store.create_many({"title": f"T {k}", "priority": k % 5, "labels": ["x"]} for k in range(300))
    assert len(set(ids)) == 300
    assert [task.id for task in opened_store.list(priority=0)] == ids[::5], "in the order in which they were made"
    assert {task.priority for task in opened_store.list(limit=60)} == {0}
    assert_one_truth(workspace(opened_store._paths))


@pytest.mark.slow
def test_a_batch_is_all_or_nothing_when_it_is_killed(opened_store: Store, cli: Cli) -> None:
    code = """
import sys
from bd_py import Store
from bd_py import ids as task_ids
with Store.open(sys.argv[1]) as store:
    print("go", flush=True)
    while True:
        with store.batch() as batch:
            for k in range(50):
                batch.create(f"T {k}")
"""
    for delay in (0.05, 0.11, 0.17, 0.23, 0.31):
        with subprocess.Popen([sys.executable, "-c", code, str(cli.root)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            threading.Event().wait(delay)
            process.kill()
        assert len(opened_store.list(all=True)) % 50 == 0
        assert_one_truth(workspace(opened_store._paths))
    assert opened_store.list(limit=1)


def test_a_close_runs_the_gates_and_a_batch_cannot(opened_store: Store, cli: Cli) -> None:
    store = opened_store
    task = store.create("T")
    assert store.close(task.id, verify=["true"]).status == "closed"
    store.reopen(task.id)
    with pytest.raises(GateError):
        store.close(task.id, verify=["false"])
    cli.configure("judge = true\n")
    with pytest.raises(GateError, match="batch"), store.batch() as batch:
        batch.close(task.id)
    with pytest.raises(GateError):
        store.close(task.id)
    assert store.get(task.id).status == "open"
    assert store.close(task.id, force=True, reason="seen by hand").status == "closed"


# Threads and stores


def test_threads_share_a_store(opened_store: Store, cli: Cli) -> None:
    failed: list[BaseException] = []

    def work(k: int) -> None:
        try:
            for n in range(5):
                with opened_store.batch() as batch:
                    batch.create(f"{k}.{n}")
                    batch.create(f"{k}.{n} too")
                opened_store.create(f"{k}.{n} alone")
                opened_store.ready(limit=3)
        except BaseException as error:  # noqa: BLE001 (told to the test)
            failed.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(opened_store.list()) == 60
    assert_one_truth(workspace(opened_store._paths))


def test_many_who_ask_at_once_get_a_task_each(opened_store: Store, cli: Cli) -> None:
    opened_store.create_many({"title": f"T {k}"} for k in range(12))
    got: list[str] = []

    def work(k: int) -> None:
        with Store.open(cli.root, actor=f"worker {k}") as store:
            got.extend(store.claim_next().id for _ in range(4))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 12


def test_several_stores_in_one_process(opened_store: Store, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with Store.init(tmp_path / "other", prefix="oo") as other:
        assert other.create("There").id.startswith("oo-")
        assert opened_store.list(all=True) == []
        with opened_store.batch() as batch, other.batch() as theirs:
            batch.create("Here")
            theirs.create("There too")
        assert [task.title for task in opened_store.list()] == ["Here"]
        assert len(other.list()) == 2


def test_a_fork_opens_for_itself(opened_store: Store) -> None:
    opened_store.create("T")
    child = os.fork()
    if not child:
        code = 1
        try:
            opened_store.create("Of the child")
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert len(opened_store.list()) == 2


def test_sync_tells_what_came(opened_store: Store, cli: Cli) -> None:
    opened_store.create("Mine")
    put_segment(
        opened_store._paths, "2026-11/m.jsonl", [line(event(event_id(0), "task.created", "tk-m", {"title": "M"}))]
    )
    report = opened_store.sync()
    assert (report.imported, report.created) == (1, ("tk-m",))
    assert report.to_json().keys() == cli.json("sync").keys() - {"remote"}


def test_what_is_printed_is_json(opened_store: Store) -> None:
    task = opened_store.create("T", due_at="+2d")
    documents: list[Any] = [task.to_json(), opened_store.show(task.id).to_json(), opened_store.sync().to_json()]
    assert json.loads(json.dumps(documents)) == documents

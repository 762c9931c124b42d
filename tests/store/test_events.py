"""``events(since)``: what came in, each event once, in an order that a consumer can apply."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bd_py import Store
from bd_py.errors import ConflictError, InvalidError
from tests.acceptance.support import event, event_id, events_on_disk, line, put_segment
from tests.inprocess import Cli


def created(k: int, task: str) -> bytes:
    return line(event(event_id(k), "task.created", task, {"title": task}))


def test_what_came_since(opened_store: Store) -> None:
    store = opened_store
    begin = store.cursor()
    a = store.create("A")
    first = store.events(begin)
    assert [(each.type, each.task) for each in first] == [("task.created", a.id)]
    assert store.events(first.cursor).events == ()
    assert store.events(first.cursor).cursor == first.cursor
    store.update(a.id, title="B")
    store.create_many([{"title": "C"}, {"title": "D"}])
    second = store.events(first.cursor)
    assert [each.type for each in second] == ["task.updated", "task.created", "task.created"]
    assert [*store.events()] == [*first, *second]
    page = store.events(begin, limit=2)
    assert [*page, *store.events(page.cursor)] == [*first, *second]
    assert [each.to_json() for each in store.events()] == list(events_on_disk(store._paths).values())


def test_a_merge_brings_older_ids(opened_store: Store) -> None:
    store = opened_store
    store.create("Mine")
    cursor = store.cursor()
    edit = line(event(event_id(2), "task.updated", "tk-a", {"set": {"title": "later"}}))
    put_segment(store._paths, "2026-11/z.jsonl", [created(1, "tk-a"), created(4, "tk-c")])
    put_segment(store._paths, "2026-11/b.jsonl", [created(3, "tk-b"), edit])
    assert [each.id for each in store.events(cursor)] == [event_id(k) for k in (1, 2, 3, 4)], "cause before effect"


def test_a_cursor_outlives_a_rebuild_but_not_the_cache(opened_store: Store, cli: Cli) -> None:
    store = opened_store
    store.create("A")
    put_segment(store._paths, "2026-11/old.jsonl", [created(0, "tk-old")])
    store.get("tk-old")
    cursor = store.cursor()
    before = [each.id for each in store.events()]
    cli("rebuild")
    assert store.cursor() == cursor
    assert [each.id for each in store.events()] == before
    b = store.create("B")
    assert [each.task for each in store.events(cursor)] == [b.id]
    cli("compact", "--older-than", "0d", check=False)
    assert [each.task for each in store.events(cursor)] == [b.id]
    for end in ("", "-wal", "-shm"):
        Path(store._paths.cache + end).unlink(missing_ok=True)
    with pytest.raises(ConflictError, match="a cache that is gone"):
        store.events(cursor)
    assert len(store.events()) == 3
    for wrong in ("", "7", "x-", "x-y", "x-²"):
        with pytest.raises(InvalidError):
            store.events(wrong)


def test_what_goes_and_returns_is_given_once(opened_store: Store) -> None:
    store = opened_store
    path = put_segment(store._paths, "2026-11/b.jsonl", [created(1, "tk-b")])
    cursor = store.events().cursor
    text = path.read_bytes()
    path.unlink()
    assert store.list(all=True) == []
    assert [each.present for each in store.events()] == [False]
    put_segment(store._paths, "2026-11/b.jsonl", [text])
    store.get("tk-b")
    assert store.events(cursor).events == ()
    assert [each.present for each in store.events()] == [True]


def test_watch_yields_as_the_log_grows(opened_store: Store, cli: Cli) -> None:
    opened_store.create("Before")
    threads = threading.active_count()
    seen = []

    def writes() -> None:
        with Store.open(cli.root) as other:
            for k in range(3):
                other.create(f"T {k}")
                time.sleep(0.03)

    writer = threading.Thread(target=writes)
    start = opened_store.cursor()
    writer.start()
    for each in opened_store.watch(start, interval=0.01, timeout=5):
        seen.append(each.data["title"])
        if len(seen) == 3:
            break
    writer.join()
    assert seen == ["T 0", "T 1", "T 2"]
    assert threading.active_count() == threads
    assert list(opened_store.watch(interval=0.01, timeout=0.05)) == []
    stop = threading.Event()
    stop.set()
    assert len(list(opened_store.watch(start, stop=stop))) == 3


@pytest.mark.slow
def test_each_event_once_under_writers_and_merges(opened_store: Store, cli: Cli) -> None:
    """Two processes write, merges bring what is older, and a consumer that follows ends where the log is."""
    code = """
import sys
from bd_py import Store
with Store.open(sys.argv[1], actor=sys.argv[2]) as store:
    for k in range(40):
        task = store.create(f"{sys.argv[2]} {k}")
        store.update(task.id, title="changed")
        with store.batch() as batch:
            batch.create("one")
            batch.create("two")
"""
    command = [sys.executable, "-c", code, str(cli.root)]
    writers = [subprocess.Popen([*command, name]) for name in ("bob", "eve")]
    chance = random.Random(7)
    cursor, seen, merged = opened_store.cursor(), [], 0
    while any(writer.poll() is None for writer in writers):
        merged += 1
        ids = [chance.randrange(-9000, 9000) * 100 + k for k in range(3)]
        lines = [created(k, f"tk-m{merged}x{n}") for n, k in enumerate(ids)]
        put_segment(opened_store._paths, f"2026-11/merged-{merged}.jsonl", lines)
        for each in (page := opened_store.events(cursor)):
            seen.append(each.id)
        cursor = page.cursor
        time.sleep(0.02)
    seen += [each.id for each in opened_store.events(cursor)]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert len(seen) == len(set(seen)) == 2 * 40 * 4 + 3 * merged
    assert set(seen) == set(events_on_disk(opened_store._paths))

"""The places where scenes play: how each is made."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys

from bd_py import ids, times
from tests.acceptance.crowd import Command
from tests.acceptance.support import put_segment
from tests.torture.place import Place


def some(place: Place) -> None:
    """Three committed tasks."""
    empty(place)
    for name in "abc":
        place.tk("create", f"Task {name}", "--id", f"tk-{name}")
    place.commit()


def empty(place: Place, *options: str) -> None:
    """A store without a task."""
    place.git("init", "-q", "--template=")
    place.tk("init", *options)


def plain_files(place: Place) -> None:
    """The same as plain files."""
    empty(place, "--backend", "files")
    for name in "abc":
        place.tk("create", f"Task {name}", "--id", f"tk-{name}")
    place.commit()


def edited(place: Place) -> None:
    """Somebody has edited a task's file."""
    plain_files(place)
    [path] = place.root.glob(".tasks/queue/open/tk-a*.md")
    path.write_text(path.read_text().replace("Task a", "Task of another name"))


def no_cache(place: Place) -> None:
    """A fresh clone."""
    some(place)
    for path in place.root.glob(".tasks/cache.db*"):
        path.unlink()


def garbage(place: Place) -> None:
    """The cache is no database."""
    no_cache(place)
    (place.root / ".tasks/cache.db").write_bytes(b"garbage" * 1000)


def with_tables(place: Place) -> None:
    """Another program has a table in the cache."""
    some(place)
    _sql(
        place,
        "CREATE TABLE app (issue_id TEXT REFERENCES issues(id) ON DELETE CASCADE, note TEXT)",
        "INSERT INTO app VALUES ('tk-a', 'mine')",
    )


def damaged(place: Place) -> None:
    """A page of the cache is spoilt, and what another program wrote stands in the write-ahead log alone."""
    some(place)
    _sql(place, "CREATE TABLE app (issue_id TEXT, note TEXT)", "PRAGMA wal_checkpoint(TRUNCATE)")
    cache = place.root / ".tasks/cache.db"
    with contextlib.closing(sqlite3.connect(cache)) as conn:
        (page,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'issues'").fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
    with cache.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    _sql(place, "INSERT INTO app VALUES ('tk-a', 'mine')")
    assert (place.root / ".tasks/cache.db-wal").stat().st_size


def _sql(place: Place, *statements: str) -> None:
    """Statements of another program, which ends without closing its connection."""
    script = f"import os, sqlite3\nc = sqlite3.connect('.tasks/cache.db')\nfor s in {statements!r}: c.execute(s)\n"
    [done] = place.crowd.at_once([_program(place, sys.executable, "-c", script + "c.commit()\nos._exit(0)\n")])
    assert done.code == 0, done


def past_months(place: Place) -> None:
    """Segments of two months that have ended."""
    some(place)
    for month in (8, 9):
        for k in range(4):
            put_segment(place.where, f"2026-{month:02}/old-{k}.jsonl", [_note(month, k)])
    place.commit()


def sides(place: Place) -> None:
    """Three versions of a segment, as git gives them to the merge driver."""
    some(place)
    lines = [_note(9, k) for k in range(5)]
    for name, rows in (("O", lines[:1]), ("A", lines[:3]), ("B", [lines[0], *lines[3:]])):
        (place.root / name).write_bytes(b"".join(rows))


def markers(place: Place) -> None:
    """A segment that a merge left with conflict markers."""
    some(place)
    put_segment(
        place.where,
        "2026-09/marked.jsonl",
        [b"<<<<<<< HEAD\n", _note(9, 1), b"=======\n", _note(9, 2), b">>>>>>> other\n"],
    )
    place.commit()


def unmerged(place: Place) -> None:
    """A segment that both sides wrote to, in an index with unmerged stages."""
    some(place)
    put_segment(place.where, "2026-09/both.jsonl", [_note(9, 0)])
    place.commit()
    place.git("checkout", "-q", "-b", "side")
    put_segment(place.where, "2026-09/both.jsonl", [_note(9, 0), _note(9, 1)])
    place.commit()
    place.git("checkout", "-q", "main")
    put_segment(place.where, "2026-09/both.jsonl", [_note(9, 0), _note(9, 2)])
    place.commit()
    place.crowd.at_once([_program(place, "git", "merge", "-q", "side")])
    assert place.git("ls-files", "-u")


def with_backup(place: Place) -> None:
    """A backup of a store with more tasks than there are now."""
    some(place)
    place.tk("create", "Only in the backup", "--id", "tk-d")
    place.tk("backup", str(place.folder / "backup"))
    for path in place.root.glob(".tasks/log/*/*.jsonl"):
        if b"tk-d" in path.read_bytes():
            path.unlink()
    place.git("checkout", "-q", "--", ".tasks")
    for path in place.root.glob(".git/tk/open/*"):
        path.unlink()
    place.tk("list")
    place.tk("sync")


def two_worktrees(place: Place) -> None:
    """A second worktree, so that claims have leases."""
    some(place)
    place.git("worktree", "add", "-q", "-b", "side", str(place.folder / "side"))


def vanished(place: Place) -> None:
    """Events that were acknowledged, and lost with the folder of the log."""
    some(place)
    place.tk("create", "Uncommitted", "--id", "tk-d")
    place.git("clean", "-q", "-fdx", ".tasks/log")


def with_import(place: Place) -> None:
    """A file of five records."""
    some(place)
    (place.root / "in.jsonl").write_text("".join(_record(f"x-{k}") for k in range(5)))


def with_many(place: Place) -> None:
    """So many records that the cache is made anew from them."""
    some(place)
    (place.root / "in.jsonl").write_text("".join(_record(f"x-{k}") for k in range(2000)))


def with_plan(place: Place) -> None:
    """A plan of three tasks that wait for each other."""
    some(place)
    nodes = [{"key": name, "title": f"Node {name}"} for name in "xyz"]
    edges = [{"from": "y", "to": "x", "type": "blocks"}, {"from": "z", "to": "y", "type": "blocks"}]
    (place.root / "plan.json").write_text(json.dumps({"nodes": nodes, "edges": edges}))


def with_remote(place: Place) -> None:
    """A remote to which another clone has pushed."""
    some(place)
    place.git("clone", "-q", "--bare", ".", str(place.folder / "remote.git"))
    place.git("remote", "add", "origin", str(place.folder / "remote.git"))
    place.git("fetch", "-q")
    place.git("branch", "-q", "-u", "origin/main")
    other = place.folder / "other"
    place.git("clone", "-q", str(place.folder / "remote.git"), str(other))
    place.tk("create", "Of another", cwd=str(other))
    (other / "code").write_text("Of another")
    place.git("add", "-A", cwd=other)
    place.git("commit", "-qm", "Of another", cwd=other)
    place.git("push", "-q", cwd=other)
    place.tk("create", "Of mine")


def hooked(place: Place) -> None:
    """Hooks are installed, and one event is not staged."""
    some(place)
    place.tk("create", "Uncommitted")


def a_record(place: Place) -> None:
    """A record of a built-in collection."""
    some(place)
    place.tk("create-prd", "What is wanted", "--id", "prd-1")


def _note(month: int, k: int) -> bytes:
    start = times.to_ms(f"2026-{month:02}-10T00:00:00.000Z") + k
    event = {"id": ids.encode(start, k), "type": "task.note.append", "task": "tk-a", "at": times.iso(start)}
    return json.dumps({**event, "by": {"name": "bob"}, "data": {"text": f"of {month}, {k}"}}).encode() + b"\n"


def _record(name: str) -> str:
    record = {"id": name, "title": f"Record {name}", "status": "open", "priority": 2, "issue_type": "task"}
    return json.dumps(record | dict.fromkeys(("created_at", "updated_at"), "2026-01-01T00:00:00Z")) + "\n"


def _program(place: Place, *args: str) -> Command:
    return Command(list(args), program=True, cwd=str(place.root))

"""Stores made by hand, segments written as a merge or a checkout writes them, and snapshots to compare."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bd_py import config, ids
from bd_py.cache.build import in_memory
from bd_py.cache.level import Connection
from bd_py.paths import Paths
from bd_py.workspace import Workspace

BASE_MS = 1_795_000_000_000
"""A moment in November 2026, from which the ids of made-up events count."""

STATE_TABLES = (
    "issues",
    "labels",
    "dependencies",
    "suspended_dependencies",
    "comments",
    "blockers",
    "evidence",
    "artifacts",
    "conflicts",
    "lost_claims",
    "deleted_issues",
    "collections",
    "records",
    "record_index",
    "record_conflicts",
)
_JSON_COLUMNS = frozenset(("links", "meta", "extra", "setters", "attribution", "schema"))
_EVENTS = "SELECT id, issue_id, record, type, line FROM log_events WHERE present = 1 ORDER BY id"
_PLACES = """
SELECT e.id, s.path, e.line FROM log_events e JOIN segments s ON s.id = e.segment WHERE e.present = 1
UNION ALL SELECT c.event_id, s.path, coalesce(c.line, e.line)
FROM event_copies c JOIN segments s ON s.id = c.segment JOIN log_events e ON e.id = c.event_id
ORDER BY 1, 2
"""

Snapshot = dict[str, list[Any]]


def make_store(root: Path, *, git: bool = True) -> Paths:
    """A store without a log, in a folder that is made to look like a repository to tk."""
    (root / ".tasks" / "log").mkdir(parents=True)
    (root / ".tasks" / "config.toml").write_text('format = 1\nprefix = "tk"\n')
    if git:
        (root / ".git" / "logs").mkdir(parents=True)
        (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        (root / ".git" / "logs" / "HEAD").write_text("")
    return Paths(str(root / ".tasks"))


_opened: list[Workspace] = []


def workspace(where: Paths, name: str = "ada", **actor: Any) -> Workspace:
    """A store opened by somebody. What a test leaves open is closed when it ends (`close_all`)."""
    _opened.append(Workspace(where, {"name": name, **actor}))
    return _opened[-1]


def close_all() -> None:
    """Close what `workspace` opened. From 3.13 on Python warns of a connection that is forgotten, in whichever test
    it is found."""
    while _opened:
        _opened.pop().close()


def event_id(ms: int, random: int = 0) -> str:
    """An id ``ms`` milliseconds after `BASE_MS`."""
    return ids.encode(BASE_MS + ms, random)


def event(id_: str, type_: str, task: str, data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An event as another clone would have written it; a key given as None is left out."""
    made: dict[str, Any] = {"id": id_, "type": type_, "task": task, "at": "2026-11-20T18:02:11.123Z"}
    made |= {"by": {"name": "bob"}, "data": data or {}}
    made |= more
    return {key: value for key, value in made.items() if value is not None}


def line(event_: object) -> bytes:
    """The line of an event, with its newline."""
    return json.dumps(event_, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def put_segment(where: Paths, name: str, lines: Iterable[bytes]) -> Path:
    """A segment that appears as git makes one: whole, with an inode of its own."""
    path = Path(where.log) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / (path.name + ".new")  # no name that a write sweeps as its own
    temporary.write_bytes(b"".join(lines))
    temporary.rename(path)
    return path


def segments(where: Paths) -> list[Path]:
    """The files of the log, sorted."""
    return sorted(path for path in Path(where.log).rglob("*.jsonl") if path.is_file() and not path.is_symlink())


def drop_cache(where: Paths) -> None:
    """Delete the cache and what SQLite keeps beside it."""
    for end in ("", "-wal", "-shm"):
        Path(where.cache + end).unlink(missing_ok=True)


def events_on_disk(where: Paths) -> dict[str, dict[str, Any]]:
    """Every event of the log by id, read without any of tk's code: of two with one id, the lesser bytes."""
    found: dict[str, tuple[bytes, dict[str, Any]]] = {}
    for path in segments(where):
        for raw in path.read_bytes().split(b"\n"):
            raw = raw.rstrip(b"\r")
            read = _event(raw)
            if read is not None and (read["id"] not in found or raw < found[read["id"]][0]):
                found[read["id"]] = (raw, read)
    return {id_: read for id_, (_, read) in found.items()}


def _event(raw: bytes) -> dict[str, Any] | None:
    """The event of a line by docs/event-format.md; None where it is none."""
    try:
        read = json.loads(raw.decode(), parse_constant=float, parse_float=_finite)
        json.dumps(read, ensure_ascii=False, allow_nan=False).encode()
        id_, about = read["id"], read["task"] if "task" in read else read["collection"]
        whole = len(id_) == 26 and id_ < "7" and all(isinstance(each, str) and each for each in (about, read["type"]))
        return read if whole and isinstance(read.get("data", {}), dict) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def state(conn: Connection) -> Snapshot:
    """The tables that the fold fills, in an order and a form that can be compared."""
    return {table: _rows(conn, f"SELECT * FROM {table}") for table in STATE_TABLES}


def snapshot(conn: Connection) -> Snapshot:
    """`state`, and what the cache knows of the log: events, where each stands, files, bad lines."""
    found = state(conn)
    found["events"] = _rows(conn, _EVENTS)
    found["places"] = _rows(conn, _PLACES)
    found["segments"] = _rows(conn, "SELECT path, size, bad_lines FROM segments")
    found["bad lines"] = _rows(conn, "SELECT coalesce((SELECT value FROM meta WHERE key = 'bad_lines'), '0')")
    return found


def fresh(where: Paths) -> Snapshot:
    """The snapshot of a fold of the log from nothing."""
    conn = in_memory(where, config.load(where.config))
    try:
        return snapshot(conn)
    finally:
        conn.close()


def cached(opened: Workspace) -> Snapshot:
    """The snapshot of the cache, caught up."""
    opened.refresh()
    return snapshot(opened.conn)


def difference(one: Snapshot, other: Snapshot) -> dict[str, tuple[list[Any], list[Any]]]:
    """What only the one and only the other has, by table; empty where they are equal."""
    out = {}
    for table in one:
        if one[table] != other[table]:
            left = [row for row in one[table] if row not in other[table]]
            right = [row for row in other[table] if row not in one[table]]
            out[table] = (left, right)
    return out


def whole_fold(where: Paths) -> Snapshot:
    """`fresh`, in which every event of the log must be."""
    fold = fresh(where)
    assert {row["id"] for row in fold["events"]} == set(events_on_disk(where))
    return fold


def assert_same(cache: Snapshot, fold: Snapshot) -> None:
    """The cache is this fold."""
    found = difference(cache, fold)
    assert not found, f"(cache, fold): {found}"


def assert_one_truth(opened: Workspace) -> None:
    """The caught-up cache is what a fold of the log gives, and every event of the log is in it."""
    cache = cached(opened)  # the first to look: it cuts a torn tail
    assert_same(cache, whole_fold(opened.paths))


def events_of_type(where: Paths, type_: str) -> list[dict[str, Any]]:
    """The events of the log that are of a type."""
    return [event for event in events_on_disk(where).values() if event["type"] == type_]


def sound(where: Paths) -> None:
    """Every line is an event, and the cache is the fold of the log."""
    opened = workspace(where)
    assert_one_truth(opened)
    assert opened.bad_lines == 0
    opened.close()


def head_moves(where: Paths) -> None:
    """HEAD goes somewhere else, as git's own files tell it."""
    assert where.git_dir is not None
    with open(os.path.join(where.git_dir, "logs", "HEAD"), "a") as reflog:
        reflog.write("moved\n")


def _rows(conn: Connection, query: str) -> list[dict[str, Any]]:
    cursor = conn.execute(query)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, map(_plain, names, row), strict=True)) for row in cursor]
    return sorted(rows, key=repr)


def _plain(name: str, value: Any) -> Any:
    return json.loads(value) if name in _JSON_COLUMNS and value is not None else value

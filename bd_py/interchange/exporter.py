"""Export every task in the bd format: one record a line, sorted by id."""

from __future__ import annotations

import os

from bd_py import checklist, files, jsonio
from bd_py.cache import rows
from bd_py.events import checked
from bd_py.fold.state import TaskState
from bd_py.fold.task import fold_task
from bd_py.interchange import derive
from bd_py.interchange.records import OWN, STANDARD, TOMBSTONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.workspace import Workspace

    Members = dict[str, list[tuple[Any, ...]]]

_LINE_FIRST = ("id", "title", "description", "design", "acceptance_criteria", "notes", "status", "priority")
_SPLIT = ("progress", "progress_percent", "links", "meta", "checklist", "phase_entered_at")
_ORDER = (
    *_LINE_FIRST,
    *(name for name in STANDARD if name not in _LINE_FIRST and name not in ("closed_at", "close_reason")),
)
_TABLES = {
    "labels": "label",
    "comments": "id, author, text, created_at, number",
    "blockers": "id, text, raised_at, raised_by, resolved_at, resolved_by",
    "evidence": "id, passed, command, exit_code, summary, artifacts, recorded_at, actor",
    "artifacts": "id, path, kind, description, added_at",
}
_EDGES = (
    "SELECT issue_id, depends_on_id, type, created_at, created_by FROM dependencies UNION ALL "
    "SELECT issue_id, depends_on_id, type, created_at, created_by FROM suspended_dependencies"
)


def records(
    workspace: Workspace, status: str | None = None, progress: Callable[[int, int], None] | None = None
) -> Iterator[dict[str, Any]]:
    """The records of all tasks, or of those with a status, deleted ones as ``tombstone``; sorted by id.

    ``progress`` is told how many tasks are through, of how many.
    """
    conn, categories = workspace.conn, workspace.config.statuses
    deleted = [row[0] for row in conn.execute("SELECT id FROM deleted_issues")]
    there = conn.execute("SELECT id FROM issues WHERE category <> 'gone'").fetchall()
    gone = set(deleted)
    members = {table: _members(conn, table) for table in (*_TABLES, "dependencies")}
    names = sorted([*deleted, *(row[0] for row in there)])
    for done, task_id in enumerate(names):
        if progress is not None:
            progress(done, len(names))
        if task_id in gone:
            if status not in (None, TOMBSTONE):
                continue
            record = _tombstone(conn, task_id, categories)
        else:
            task = rows.from_row(conn.execute(rows.SELECT, (task_id,)).fetchone(), categories)
            if status not in (None, task.fields["status"]):
                continue
            found = {table: by_task.get(task_id, []) for table, by_task in members.items()}
            record = to_record(task, found)
        yield record


def lines(
    workspace: Workspace, status: str | None = None, progress: Callable[[int, int], None] | None = None
) -> Iterator[bytes]:
    """The same as JSON lines, each with its newline."""
    import orjson

    for record in records(workspace, status, progress):
        yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def write_file(path: str, content: bytes) -> None:
    """Replace a file whole: a temporary one beside it, fsync, rename. A device or pipe is written to.

    What an export that was killed left beside it goes, too. Raises OSError.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as file:
            file.write(content)
        return
    files.sweep(path)
    temporary = files.making(path)
    try:
        with open(files.open_new(temporary), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise


def to_record(task: TaskState, members: Members) -> dict[str, Any]:
    """The record of a task; ``members``: its rows of each member table, without the task's id.

    Empty values are left out, as are the parts of the state that follow from others.
    """
    fields = task.fields
    out: dict[str, Any] = {"id": task.id}
    for name in _ORDER:
        if name in fields:
            out[name] = fields[name]
        if name == "created_by":
            out["updated_at"] = fields["updated_at"]
            out.update({n: fields[n] for n in ("closed_at", "close_reason") if n in fields})
    out.update(_own(fields))
    if labels := sorted(row[0] for row in members["labels"]):
        out["labels"] = labels
    if edges := sorted(members["dependencies"], key=lambda row: row[:2]):
        names = ("depends_on_id", "type", "created_at", "created_by")
        out["dependencies"] = [{"issue_id": task.id, **_named(names, row)} for row in edges]
    if members["comments"]:
        out["comments"] = _numbered(task.id, members["comments"])
    out.update(_working(members))
    others = fields.keys() - {*_ORDER, *OWN, "status", "updated_at", "closed_at", "close_reason"}
    for name in sorted(others):
        if not name.startswith(("links.", "meta.", checklist.PREFIX)):
            out[name] = derive.canonical(fields[name])
    return out


def _own(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What only tk has, in the form of its JSON."""
    out = {name: derive.canonical(fields[name]) for name in OWN if name in fields and name not in _SPLIT}
    if "phase_entered_at" in fields:
        out["phase_entered_at"] = fields["phase_entered_at"]
    both = {"text": fields.get("progress"), "percent": fields.get("progress_percent")}
    if progress := {key: value for key, value in both.items() if value is not None}:
        out["progress"] = progress
    for whole in ("links", "meta"):
        prefix = whole + "."
        parts = {n.removeprefix(prefix): derive.canonical(fields[n]) for n in sorted(fields) if n.startswith(prefix)}
        if parts:
            out[whole] = parts
    if found := checklist.items(fields):
        out["checklist"] = found
    return out


def _numbered(task_id: str, comments: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Comments by age. An imported one keeps its number; others go on after it and have an ``event_id``."""
    following = max((row[4] for row in comments if row[4] is not None), default=0)
    out = []
    used: set[int] = set()
    for event_id, author, text, created_at, number in sorted(comments, key=lambda row: (row[3][:-1], row[0])):
        own = number is None or number in used
        if own:
            following += 1
            number = following
        used.add(number)
        item = {"id": number, "event_id": event_id if own else None, "issue_id": task_id}
        item.update(author=author, text=text, created_at=created_at)
        out.append({key: value for key, value in item.items() if value is not None})
    return out


def _working(members: Members) -> dict[str, Any]:
    out = {}
    for table in ("blockers", "evidence", "artifacts"):
        names = _TABLES[table].split(", ")
        found = [_named(names, row) for row in sorted(members[table], key=lambda row: str(row[0]))]
        for item in found:
            if table == "evidence":
                item["passed"] = bool(item.get("passed"))
                item.update({n: jsonio.loads(item[n]) for n in ("artifacts", "actor") if n in item})
        if found:
            out[table] = found
    return out


def _tombstone(conn: Connection, task_id: str, categories: Mapping[str, str]) -> dict[str, Any]:
    found = conn.execute("SELECT line FROM log_events WHERE issue_id = ? AND present = 1", (task_id,))
    events = [checked(jsonio.loads(row[0])) for row in found]
    task = fold_task(task_id, events, categories)
    members: Members = {table: [] for table in rows.MEMBER_TABLES}
    rows.members(task, members)
    for table in _TABLES:
        members[table] = [row[1:] for row in members[table]]
    members["comments"] = [(key, *rest) for key, rest in task.comments.items()]
    members["dependencies"] = [(*key, at, by) for key, (present, _, at, by) in task.edges.items() if present]
    last = max((e for e in events if e["type"] == "task.deleted"), key=lambda e: str(e["id"]))
    assert task.deleted is not None
    at, by, reason = (task.deleted[key] for key in ("at", "by", "reason"))
    out = {**to_record(task, members), "status": TOMBSTONE}
    if by is not None or at != out["updated_at"]:
        out["deleted_at"] = at
    if by is not None:
        out["deleted_by"] = by
    if reason is not None:
        out["delete_reason"] = reason
    if not derive.is_derived(last):
        out["original_type"] = out["issue_type"]
    return out


def _members(conn: Connection, table: str) -> Members:
    """The rows of a table by task, without the task's id."""
    query = _EDGES if table == "dependencies" else f"SELECT issue_id, {_TABLES[table]} FROM {table}"
    out: Members = {}
    for row in conn.execute(query):
        out.setdefault(row[0], []).append(row[1:])
    return out


def _named(names: Any, row: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}

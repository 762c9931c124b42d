"""Import records of the bd format: one file, or one tracker's folder, is one batch, written whole or not at all."""

from __future__ import annotations

from bd_py import jsonio
from bd_py.errors import InvalidError
from bd_py.events import checked
from bd_py.interchange.changes import Difference, creation
from bd_py.interchange.records import TOMBSTONE, read
from bd_py.payloads import check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.events import Event
    from bd_py.interchange.record import Record
    from bd_py.workspace import Workspace

    Progress = Callable[[int, int], None]
    Batch = list[tuple[Record, list[Event]]]

BULK = 5_000
"""Events from which on a new cache may be cheaper."""

_MARKERS = (b"<<<<<<< ", b"=======", b">>>>>>> ", b"||||||| ")


class Report:
    """What the import of one file did, or would do.

    ``kept``: (task id, fields) that were edited here since the record. ``suspended``: dependencies that
    close a cycle. ``unknown``: how many dependencies are on tasks that are not here. ``warnings``: texts.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.created: list[str] = []
        self.updated: list[str] = []
        self.unchanged = 0
        self.skipped = 0
        self.comments = 0
        self.kept: list[tuple[str, list[str]]] = []
        self.suspended: list[tuple[str, str, str]] = []
        self.unknown = 0
        self.warnings: list[str] = []

    def to_json(self) -> dict[str, Any]:
        """One of the ``files`` of ``tk import --json``."""
        return {
            "file": self.name,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "skipped": self.skipped,
            "kept": [{"id": task_id, "fields": fields} for task_id, fields in self.kept],
            "comments": self.comments,
            "suspended": [{"issue_id": issue, "depends_on_id": on, "type": kind} for issue, on, kind in self.suspended],
            "unknown_dependencies": self.unknown,
            "warnings": self.warnings,
        }


def _silent(_done: int, _total: int) -> None:
    pass


def import_data(
    workspace: Workspace,
    name: str,
    data: bytes,
    *,
    skip_existing: bool = False,
    dry_run: bool = False,
    status: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Import the bytes of one file of the bd format, called ``name`` in messages: `import_records` of its lines."""
    return import_records(
        workspace,
        name,
        parse(name, data, progress),
        skip_existing=skip_existing,
        dry_run=dry_run,
        status=status,
        progress=progress,
    )


def import_records(
    workspace: Workspace,
    name: str,
    batch: Batch,
    *,
    skip_existing: bool = False,
    dry_run: bool = False,
    status: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Import records, from `parse` or `parse_documents`, as one batch.

    A known task gets only what differs and what was not edited here since. ``skip_existing`` leaves known
    tasks alone, ``status`` takes only records of that status, ``dry_run`` writes nothing. ``progress`` is
    told how many steps are done, of how many: a record is read, then compared with what is here.

    Raises InvalidError, with nothing written, where a line is no record; ``details`` holds file and line.
    """
    report = Report(name)
    records = _chosen(batch, status, report)
    step = progress or _silent
    if dry_run:
        _plan(workspace.conn, records, workspace.config.statuses, report, skip_existing, step)
        return report
    with workspace.writing(batch=True) as write:
        planned = _plan(write.conn, records, write.config.statuses, report, skip_existing, step)
        before = _suspended(write.conn)
        write.derived = True
        write.bulk = _pays_rebuild(write.conn, sum(len(events) for _, events in planned))
        for record, events in planned:
            for event in events:
                write.add(
                    event["type"],
                    record.id,
                    event["data"],
                    at=event["at"],
                    by=event["by"],
                    event_id=event["id"],
                )
    if planned:
        report.suspended = sorted(_suspended(workspace.conn) - before)
    return report


def parse(name: str, data: bytes, progress: Progress | None = None) -> Batch:
    """The records of a file and the events that each means as a new task, all of them checked.

    Takes an object a line, or one array of objects. Raises InvalidError naming file, line and reason.
    """
    step = progress or _silent
    total, lines = _documents(name, data.removeprefix(b"\xef\xbb\xbf"))

    def documents() -> Iterable[tuple[str, int, Any]]:
        for number, raw in lines:
            step(number, 2 * total)
            yield name, number, raw

    return parse_documents(documents())


def parse_documents(documents: Iterable[tuple[str, int, Any]]) -> Batch:
    """The same of objects that were read elsewhere: (file, line, object)."""
    found: Batch = []
    seen: dict[str, tuple[str, int]] = {}
    for name, number, raw in documents:
        try:
            record = read(raw)
            events = creation(record)
            for event in events:
                check(event["type"], event["data"])
        except InvalidError as error:
            raise _bad_line(name, number, error.message, error.hint) from None
        file, line = seen.setdefault(record.id, (name, number))
        if (file, line) != (name, number):
            where = f"line {line}" if file == name else file
            raise _bad_line(name, number, f"{record.id} stands in {where} already")
        record.warnings = [f"{name}:{number}: {record.id} {text}" for text in record.warnings]
        found.append((record, events))
    return found


def _documents(name: str, data: bytes) -> tuple[int, Iterable[tuple[int, Any]]]:
    """How many there are at most, and each with the number of its line, or its place in the array."""
    if data.lstrip()[:1] == b"[":
        found = _decoded(name, 1, data)
        return len(found), enumerate(found, 1)
    lines = data.split(b"\n")
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line and not line.isspace())
    return len(lines), ((number, _decoded(name, number, line)) for number, line in numbered)


def _decoded(name: str, number: int, line: bytes) -> Any:
    if line.startswith(_MARKERS):
        raise _bad_line(name, number, "a conflict marker", "Resolve the conflict first.")
    try:
        return jsonio.loads(line.strip())
    except UnicodeDecodeError as error:
        raise _bad_line(name, number, f"not UTF-8 at byte {error.start + 1}") from None
    except (ValueError, RecursionError) as error:
        raise _bad_line(name, number, f"not JSON: {error}") from None


def _bad_line(name: str, number: int, reason: str, hint: str | None = None) -> InvalidError:
    hint = hint or "Nothing of this file was imported."
    return InvalidError(f"{name}:{number}: {reason}", hint, file=name, line=number, reason=reason)


def _chosen(batch: Batch, status: str | None, report: Report) -> Batch:
    if status is None:
        return batch
    chosen = [pair for pair in batch if _status(pair[0]) == status]
    report.skipped += len(batch) - len(chosen)
    return chosen


def _status(record: Record) -> str | None:
    return TOMBSTONE if record.deletion is not None else record.status


def _plan(
    conn: Connection,
    batch: Batch,
    categories: dict[str, str],
    report: Report,
    skip_existing: bool,
    step: Progress,
) -> Batch:
    """The records that change something, with the events to write."""
    out: Batch = []
    for done, (record, events) in enumerate(batch):
        step(len(batch) + done, 2 * len(batch))
        history = conn.execute(
            "SELECT id, type FROM log_events WHERE issue_id = ? AND present = 1", (record.id,)
        ).fetchall()
        there = {row[0] for row in history}
        known = any(row[1] == "task.created" for row in history)
        if known and skip_existing:
            report.skipped += 1
            continue
        report.warnings += record.warnings
        if known:
            events = _difference(conn, record, events, there, categories, report)
        else:
            events = [event for event in events if event["id"] not in there]
            report.created.append(record.id)
        if events:
            out.append((record, events))
            report.comments += sum(event["type"] == "task.note.append" for event in events)
    report.unknown = _unknown(conn, [record for record, _ in out], {record.id for record, _ in batch})
    return out


def _difference(
    conn: Connection,
    record: Record,
    events: Sequence[Event],
    there: set[str],
    categories: dict[str, str],
    report: Report,
) -> list[Event]:
    if there == {event["id"] for event in events}:
        report.unchanged += 1
        return []
    rows = conn.execute("SELECT line FROM log_events WHERE issue_id = ? AND present = 1", (record.id,))
    difference = Difference(record, [checked(jsonio.loads(row[0])) for row in rows], categories)
    if difference.kept:
        report.kept.append((record.id, sorted(difference.kept)))
    if difference.events:
        report.updated.append(record.id)
    else:
        report.unchanged += 1
    return difference.events


def _unknown(conn: Connection, records: list[Record], here: set[str]) -> int:
    wanted = [on for record in records if record.deletion is None for on, _ in record.edges if on not in here]
    query = "SELECT 1 FROM log_events WHERE issue_id = ? AND present = 1 LIMIT 1"
    return sum(conn.execute(query, (on,)).fetchone() is None for on in wanted)


def _pays_rebuild(conn: Connection, new: int) -> bool:
    """Whether a new cache costs less than applying the events one by one, which costs four times as much."""
    there = conn.execute("SELECT count(*) FROM log_events").fetchone()[0]
    return bool(new > BULK and 3 * new > there)


def _suspended(conn: Connection) -> set[tuple[str, str, str]]:
    return set(conn.execute("SELECT issue_id, depends_on_id, type FROM suspended_dependencies"))

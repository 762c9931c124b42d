"""Read one record of the bd format: its fields, members and comments as tk holds them.

Reading refuses what no task may have. What it changes or leaves out on the way (a blank comment, a key that
nothing can hold) it lists as warnings.
"""

from __future__ import annotations

from bd_py.errors import InvalidError
from bd_py.interchange.derive import canonical
from bd_py.interchange.members import read_comments, read_edges, read_labels, read_working, time
from bd_py.interchange.record import Record
from bd_py.payloads import FIELDS, check_field, is_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STANDARD = (
    *"title description design acceptance_criteria notes priority issue_type assignee owner".split(),
    *"estimated_minutes created_at created_by closed_at close_reason due_at defer_until external_ref".split(),
)
"""The scalar fields of the bd format, beside status and updated_at."""

OWN = (
    *"resolution name summary compound phase phase_entered_at progress progress_percent next_step".split(),
    *"attribution review links meta checklist".split(),
)
"""Fields that only tk has: that a record of another tool lacks them says nothing."""

TOMBSTONE = "tombstone"

_ELSEWHERE = frozenset("id status updated_at labels dependencies comments parent".split())
_DELETION = ("deleted_at", "deleted_by", "delete_reason")
_DERIVED = frozenset("dependency_count dependent_count comment_count blocked_by blocked_by_count dependents".split())
_DERIVED_BY_TK = frozenset(
    "version event_count last_event_at hold is_blocked suspended conflicts lost_claims served_by reasons "
    "depth parent_id truncated".split()
)
_KINDS = {**FIELDS, "phase_entered_at": "time"}
_EPOCH = "1970-01-01T00:00:00.000Z"


def read(raw: object) -> Record:
    """A decoded line as a record. Raises InvalidError with the reason."""
    if not isinstance(raw, dict):
        raise InvalidError("not a JSON object")
    given = {key: value for key, value in raw.items() if value not in (None, "", [], {})}
    task_id = given.get("id")
    if task_id is None:
        raise InvalidError("it has no id")
    if not is_id(task_id):
        raise InvalidError(f"{task_id!r} is no id")
    if "title" not in given:
        raise InvalidError("it has no title")
    for name in given:
        if _KINDS.get(name) == "time" or name == "deleted_at":
            given[name] = time(name, given[name])
    record = Record(task_id, given.get("updated_at") or _newest(given))
    if record.updated_at == _EPOCH:
        record.warnings.append("has no time: dated 1970")
    _read_status(record, given)
    _read_fields(record, given)
    read_labels(record, given.get("labels", []))
    read_edges(record, given)
    read_comments(record, given.get("comments", []))
    return record


def _newest(given: dict[str, Any]) -> str:
    """When a record without updated_at was last changed; always the same answer for the same record."""
    found = [given[name] for name in ("created_at", "closed_at", "deleted_at") if name in given]
    return max(found, key=lambda at: str(at)[:-1], default=_EPOCH)


def _read_status(record: Record, given: dict[str, Any]) -> None:
    status = given.get("status", "open")
    if not isinstance(status, str):
        raise InvalidError(f"status {status!r} is not text")
    record.status = status.strip()
    if record.status != TOMBSTONE:
        return
    record.status = "closed" if "closed_at" in given else None
    at, by, reason = (given.pop(name, None) for name in _DELETION)
    for name, value in (("deleted_by", by), ("delete_reason", reason)):
        if value is not None and not isinstance(value, str):
            raise InvalidError(f"{name} {value!r} is not text")
    # A deletion is an event, which always has a time. Two fields tell what the record really said where the
    # event alone would leave it open.
    if at is None and by is not None:
        given["deleted_by"], by = by, None
    elif by is None and at == record.updated_at:
        given["deleted_at"] = at
    record.deletion = (at or record.updated_at, by, reason)


def _read_fields(record: Record, given: dict[str, Any]) -> None:
    by_tk = "event_count" in given
    read_working(record, given)
    _read_progress(record, given)
    _read_checklist(record, given)
    known = [name for name in (*STANDARD, *OWN) if name in given]
    others = sorted(given.keys() - _ELSEWHERE - _DERIVED - set(known) - (_DERIVED_BY_TK if by_tk else set()))
    fields = record.fields
    for name in (*known, *others):
        value = given[name]
        if FIELDS.get(name) == "name" and isinstance(value, str):
            value = value.strip()
            if not value:
                continue
        fields[name] = canonical(value)
    fields.setdefault("priority", 2)
    fields.setdefault("issue_type", "task")
    _check_own(fields)


def _check_own(fields: dict[str, Any]) -> None:
    """The fields that have columns of their own but are set by events of their own where tk writes them."""
    for name, shape in (("progress", str), ("next_step", str), ("attribution", dict), ("review", dict)):
        if name in fields and not isinstance(fields[name], shape):
            wanted = "text" if shape is str else "an object"
            raise InvalidError(f"{name} {fields[name]!r} is not allowed: it must be {wanted}")
    percent = fields.get("progress_percent", 0)
    if type(percent) is not int or not 0 <= percent <= 100:
        raise InvalidError(f"progress_percent {percent!r} is not allowed: it must be 0 to 100")


def _read_checklist(record: Record, given: dict[str, Any]) -> None:
    """The list in tk's JSON is a field an item; another tool's checklist of another form is left out."""
    found = given.pop("checklist", None)
    if found is None:
        return
    items = found if isinstance(found, list) else [found]
    whole = [item for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]
    parts = {item["id"]: {"text": item.get("text"), "done": item.get("done") is True} for item in whole}
    try:
        check_field("checklist", parts)
    except InvalidError as error:
        raise InvalidError(f"checklist: {error.message}") from None
    if parts:
        given["checklist"] = parts
    if len(parts) < len(items):
        record.warnings.append("the checklist has a form that is not known: left out")


def _read_progress(record: Record, given: dict[str, Any]) -> None:
    """``{"text", "percent"}`` in tk's JSON are two fields."""
    progress = given.get("progress")
    if isinstance(progress, dict) and progress.keys() <= {"text", "percent"}:
        del given["progress"]
        for name, key in (("progress", "text"), ("progress_percent", "percent")):
            if progress.get(key) not in (None, ""):
                given[name] = progress[key]
    elif type(progress) is int and 0 <= progress <= 100:
        given["progress_percent"] = given.pop("progress")
    elif progress is not None and not isinstance(progress, str):
        del given["progress"]
        record.warnings.append("progress has a form that is not known: left out")

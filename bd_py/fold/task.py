"""What each type of event does to a task: one handler a type.

Creating refuses, replaying tolerates: a handler meets whatever a log can hold, so it takes what it can use
of a payload and ignores the rest. Each handler says when it does nothing.
"""

from __future__ import annotations

from bd_py.fold.state import DEFAULTS, NeedsHistory, TaskState
from bd_py.payloads import FIELDS, IGNORED, clean
from bd_py.statuses import ACTIVE, DONE, OPEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from bd_py.fold.state import Event

_NOT_SCALAR = ("labels", "dependencies", "id")
_OWN_EVENT = (*_NOT_SCALAR, "status")
_NEVER_NULL = ("title", "created_at", "closed_at", "updated_at")
_OF_CLOSING = ("closed_at", "close_reason", "resolution")
_EMPTY_IS_NONE = frozenset(("attribution", *(name for name, kind in FIELDS.items() if kind == "string")))
"""Fields where an empty text or object is no value."""


def fold_task(task_id: str, events: Sequence[Event], categories: Mapping[str, str]) -> TaskState:
    """The state of one task from all of its events, which are sorted by id here."""
    return fold_ordered(task_id, sorted(events, key=_event_id), categories)


def fold_ordered(task_id: str, events: Sequence[Event], categories: Mapping[str, str]) -> TaskState:
    """`fold_task` for events that are sorted already."""
    task = TaskState(task_id, categories, events)
    for event in events:
        handler = HANDLERS.get(event["type"])
        if handler is not None:
            handler(task, event, event["data"])
    if events:
        task.version = events[-1]["id"]
        task.event_count = len(events)
        task.last_event_at = events[-1]["at"]
    return task


def fold_steps(
    task_id: str, events: Sequence[Event], categories: Mapping[str, str]
) -> Iterator[tuple[Event, dict[str, Any], dict[str, Any]]]:
    """Each event in order with the task's scalar fields before it and after it."""
    ordered = sorted(events, key=_event_id)
    task = TaskState(task_id, categories, ordered)
    for event in ordered:
        before = dict(task.fields)
        apply(task, event)
        yield event, before, dict(task.fields)


def apply(task: TaskState, event: Event) -> None:
    """Apply one event that is newer than everything the task has seen.

    Raises NeedsHistory where that takes more than the state holds.
    """
    handler = HANDLERS.get(event["type"])
    if handler is not None:
        handler(task, event, event["data"])
    task.version = event["id"]
    task.event_count += 1
    task.last_event_at = event["at"]


def actor_name(event: Event) -> str | None:
    """Who did it, as one name."""
    by = event.get("by")
    if type(by) is not dict:
        return None
    for key in ("name", "agent"):
        if by.get(key) and isinstance(by[key], str):
            return str(by[key])
    return None


def _event_id(event: Event) -> str:
    found: str = event["id"]
    return found


def _touch(task: TaskState, event: Event) -> None:
    task.fields["updated_at"] = event["at"]


def _text(data: Event, key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) and value else None


def _time(data: Event, key: str) -> str | None:
    value = clean("created_at", data.get(key))
    return value if isinstance(value, str) else None


def flat(data: Event) -> list[tuple[str, Any]]:
    """The fields of a payload, one entry a field that merges on its own (``links.branch``, ``meta.K``)."""
    pairs: list[tuple[str, Any]] = []
    for name, value in data.items():
        if name in ("links", "meta", "checklist"):
            if isinstance(value, dict):
                parts = ((f"{name}.{key}", item) for key, item in value.items())
                pairs.extend(part for part in parts if name != "checklist" or clean(*part) is not IGNORED)
            continue
        value = clean(name, value)
        if value is not IGNORED:
            pairs.append((name, None if not value and name in _EMPTY_IS_NONE else value))
    return pairs


def _created(task: TaskState, event: Event, data: Event) -> None:
    """A second ``task.created`` (two branches imported versions of one record) is the edit between them."""
    if task.created:
        _created_again(task, event, data)
        return
    task.created = event["id"]
    task.created_data = data
    early, task.fields = task.fields, {}
    fields = task.fields
    for name, value in flat(data):
        if value is not None and name not in _NOT_SCALAR:
            fields[name] = value
    for name, default in DEFAULTS.items():
        fields.setdefault(name, default)
    fields.setdefault("title", "(untitled)")
    fields.setdefault("created_at", event["at"])
    creator = actor_name(event)
    if creator:
        fields.setdefault("created_by", creator)
    if task.category == "done":
        fields.setdefault("closed_at", event["at"])
    else:
        fields.pop("closed_at", None)
    if early:
        # Edits that sort before the creation: clocks that were never compared. They lose to it.
        early = {name: value for name, value in early.items() if name not in fields and name not in _OF_CLOSING}
        task.setters = {name: by for name, by in task.setters.items() if name in early}
        fields.update(early)
    _members(task, event, data)
    _touch(task, event)


def _created_again(task: TaskState, event: Event, data: Event) -> None:
    before = task.created_data
    if before is None:
        raise NeedsHistory
    old, new = dict(flat(before)), dict(flat(data))
    if old.get("status") != new.get("status"):
        task.set_status(event, new.get("status", "open"))
        if task.category == DONE and new.get("closed_at"):
            task.fields.update({k: new[k] for k in _OF_CLOSING if new.get(k) is not None})
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            _set(task, event, name, new.get(name))
    for label in _labels(before):
        if label not in _labels(data):
            task.labels[label] = (False, event["id"])
    kept = {(edge["on"], edge["type"]) for edge in _dependencies(data)}
    for edge in _dependencies(before):
        if (edge["on"], edge["type"]) not in kept:
            task.edges[edge["on"], edge["type"]] = (False, event["id"], event["at"], None)
    was = {"labels": _labels(before), "dependencies": _dependencies(before)}
    _members(task, event, data, was)
    task.created_data = data
    _touch(task, event)


def _labels(data: Event) -> list[str]:
    found = data.get("labels")
    return [label for label in found if isinstance(label, str) and label] if isinstance(found, list) else []


def _dependencies(data: Event) -> list[Event]:
    found = data.get("dependencies")
    if not isinstance(found, list):
        return []
    return [
        edge if isinstance(edge.get("type"), str) else {**edge, "type": "blocks"}
        for edge in found
        if isinstance(edge, dict) and isinstance(edge.get("on"), str)
    ]


def _members(task: TaskState, event: Event, data: Event, was: Event | None = None) -> None:
    for label in _labels(data):
        if was is None or label not in was["labels"]:
            task.labels[label] = (True, event["id"])
    for edge in _dependencies(data):
        if was is None or edge not in was["dependencies"]:
            task.edges[edge["on"], edge["type"]] = (
                True,
                event["id"],
                _time(edge, "created_at") or event["at"],
                _text(edge, "created_by") or (None if "created_at" in edge else actor_name(event)),
            )


def _updated(task: TaskState, event: Event, data: Event) -> None:
    """Does nothing for ``status`` and for members: they have events of their own."""
    fields = data.get("set")
    if not isinstance(fields, dict):
        return
    for name, value in flat(fields):
        _set(task, event, name, value)
    _touch(task, event)


def _set(task: TaskState, event: Event, name: str, value: Any) -> None:
    """Set a scalar field as an edit does: what a task cannot be without stays, or has its default."""
    if name in _OWN_EVENT or (value is None and name in _NEVER_NULL):
        return
    if name in _OF_CLOSING and task.category != DONE:
        return
    if value is None:
        value = DEFAULTS.get(name)
    if name == "assignee" and value is None:
        task.hold = None
    task.assign(event, name, value)


def _phase_set(task: TaskState, event: Event, data: Event) -> None:
    task.assign(event, "phase", _text(data, "phase"))
    if "phase" in task.fields:
        task.fields["phase_entered_at"] = event["at"]
    else:
        task.fields.pop("phase_entered_at", None)
    _touch(task, event)


def _status_set(task: TaskState, event: Event, data: Event) -> None:
    status = _text(data, "status")
    if status:
        task.set_status(event, status)
        _touch(task, event)


def _progress_set(task: TaskState, event: Event, data: Event) -> None:
    if "text" in data:
        task.assign(event, "progress", _text(data, "text"))
    percent = data.get("percent")
    if percent is None and "percent" in data:
        task.assign(event, "progress_percent", None)
    elif type(percent) is int and 0 <= percent <= 100:
        task.assign(event, "progress_percent", percent)
    _touch(task, event)


def _next_step_set(task: TaskState, event: Event, data: Event) -> None:
    task.assign(event, "next_step", _text(data, "step"))
    _touch(task, event)


def _attribution_set(task: TaskState, event: Event, data: Event) -> None:
    task.assign(event, "attribution", dict(data) or None)
    _touch(task, event)


def _reviewed(task: TaskState, event: Event, data: Event) -> None:
    verdict = data.get("verdict")
    if verdict in ("accepted", "rejected"):
        review = {"verdict": verdict, "reason": _text(data, "reason"), "by": event.get("by"), "at": event["at"]}
        task.assign(event, "review", {key: value for key, value in review.items() if value})
        _touch(task, event)


def _blocker_add(task: TaskState, event: Event, data: Event) -> None:
    key, text = _text(data, "blocker"), _text(data, "text")
    if key:
        task.blockers.setdefault(key, (text or "", event["at"], actor_name(event)))
        _touch(task, event)


def _blocker_resolve(task: TaskState, event: Event, data: Event) -> None:
    """Resolving is final: a second one does nothing."""
    key = _text(data, "blocker")
    if key:
        task.resolved.setdefault(key, (event["at"], actor_name(event)))
        _touch(task, event)


def _evidence_add(task: TaskState, event: Event, data: Event) -> None:
    key = _text(data, "evidence")
    if key:
        by = event.get("by")
        task.evidence.setdefault(key, (data, event["at"], by if isinstance(by, dict) else {}))
        _touch(task, event)


def _artifact_add(task: TaskState, event: Event, data: Event) -> None:
    """Does nothing without a path: it is what an artifact refers to."""
    key = _text(data, "artifact")
    if key and _text(data, "path"):
        task.artifacts.setdefault(key, (data, event["at"]))
        _touch(task, event)


def _note_append(task: TaskState, event: Event, data: Event) -> None:
    """A note that an import brought keeps its number and does not make the task look edited."""
    text = data.get("text")
    if not isinstance(text, str):
        return
    number = data.get("number")
    number = number if type(number) is int and abs(number) < 2**63 else None
    task.comments[event["id"]] = (actor_name(event), text, event["at"], number)
    if number is None:
        _touch(task, event)


def _closed(task: TaskState, event: Event, data: Event) -> None:
    fields = task.fields
    for name in ("closed_at", "close_reason", "resolution"):
        fields.pop(name, None)
    task.assign(event, "status", "closed")
    fields["closed_at"] = event["at"]
    reason, resolution = _text(data, "reason"), _text(data, "resolution")
    if reason:
        fields["close_reason"] = reason
    fields["resolution"] = resolution or "completed"
    task.hold = None
    _touch(task, event)


def _claimable(task: TaskState, claimant: str, at: str) -> bool:
    """Open and unheld; also what was deferred until before now, and what is active but held by nobody."""
    category = task.category
    if category == OPEN:
        return True
    fields = task.fields
    if fields.get("status") == "deferred":
        return "defer_until" in fields and fields["defer_until"] <= at
    return category == ACTIVE and fields.get("assignee") in (None, claimant)


def _claimed(task: TaskState, event: Event, data: Event) -> None:
    """A conditional event: without effect, but kept as a lost claim, where its condition does not hold."""
    assignee = _text(data, "assignee")
    if assignee is None:
        return
    hold = task.hold
    if task.deleted is not None or not task.created:
        won = False
    elif hold is None:
        won = _claimable(task, assignee, event["at"])
    else:
        won = data.get("hold") == hold["event"] or (hold["until"] is not None and hold["until"] <= event["at"])
    if not won:
        task.lost_claims.append((event["id"], event["at"], assignee, _text(data, "session")))
        return
    ttl = data.get("ttl")
    until = None
    if type(ttl) is int and 0 < ttl < 2**40:
        until = _later(event["at"], ttl)
    task.hold = {"event": event["id"], "session": _text(data, "session"), "until": until}
    for name, value in (("status", "in_progress"), ("assignee", assignee)):
        task.fields[name] = value
        task.setters[name] = event["id"]
    _touch(task, event)


def _later(at: str, seconds: int) -> str | None:
    from bd_py import times

    try:
        return times.iso(times.to_ms(at) + seconds * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def _released(task: TaskState, event: Event, data: Event) -> None:
    """Counts only if it names the standing hold."""
    if task.hold is None or data.get("hold") != task.hold["event"]:
        return
    task.hold = None
    task.fields.pop("assignee", None)
    task.fields["status"] = "open"
    task.setters["status"] = task.setters["assignee"] = event["id"]
    _touch(task, event)


def _label_add(task: TaskState, event: Event, data: Event) -> None:
    label = _text(data, "label")
    if label:
        task.labels[label] = (True, event["id"])
        _touch(task, event)


def _label_remove(task: TaskState, event: Event, data: Event) -> None:
    label = _text(data, "label")
    if label:
        task.labels[label] = (False, event["id"])
        _touch(task, event)


def _dep_add(task: TaskState, event: Event, data: Event) -> None:
    on = _text(data, "on")
    if on:
        at = _time(data, "created_at") or event["at"]
        by = _text(data, "created_by") or actor_name(event)
        task.edges[on, _text(data, "type") or "blocks"] = (True, event["id"], at, by)
        _touch(task, event)


def _dep_remove(task: TaskState, event: Event, data: Event) -> None:
    on = _text(data, "on")
    if on:
        task.edges[on, _text(data, "type") or "blocks"] = (False, event["id"], event["at"], None)
        _touch(task, event)


def _deleted(task: TaskState, event: Event, data: Event) -> None:
    """Sticky: no edit brings the task back, only ``task.restored``."""
    task.deleted = {"at": event["at"], "by": actor_name(event), "reason": _text(data, "reason")}
    task.hold = None
    _touch(task, event)


def _restored(task: TaskState, event: Event, data: Event) -> None:
    if task.deleted is not None:
        task.deleted = None
        _touch(task, event)


HANDLERS: dict[str, Callable[[TaskState, Event, Event], None]] = {
    "task.created": _created,
    "task.updated": _updated,
    "task.phase.set": _phase_set,
    "task.status.set": _status_set,
    "task.progress.set": _progress_set,
    "task.next_step.set": _next_step_set,
    "task.attribution.set": _attribution_set,
    "task.reviewed": _reviewed,
    "task.blocker.add": _blocker_add,
    "task.blocker.resolve": _blocker_resolve,
    "task.evidence.add": _evidence_add,
    "task.artifact.add": _artifact_add,
    "task.note.append": _note_append,
    "task.closed": _closed,
    "task.claimed": _claimed,
    "task.released": _released,
    "task.label.add": _label_add,
    "task.label.remove": _label_remove,
    "task.dep.add": _dep_add,
    "task.dep.remove": _dep_remove,
    "task.deleted": _deleted,
    "task.restored": _restored,
}

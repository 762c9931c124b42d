"""Events as sentences."""

from __future__ import annotations

from bd_py.render import brief, safe, short_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.render import Style

    Event = dict[str, Any]


def event_line(event: Event, style: Style, used: int = 0) -> str:
    """One event as a sentence; ``used``: the columns of a terminal's line that are taken."""
    by = event.get("by")
    who = (by.get("name") or by.get("agent") or "?") if isinstance(by, dict) else "?"
    task = event.get("task")
    about = style.id(task) if task else str(event.get("record") or event.get("collection", ""))
    return style.fit(f"{safe(short_time(event['at']))} {safe(str(who))} {safe(about)} {what_happened(event)}", used)


def what_happened(event: Event) -> str:
    """What an event did, in words."""
    kind: str = event["type"]
    data: Event = event.get("data") or {}
    get = data.get
    if kind == "task.created":
        return f"created: {safe(str(get('title', '')))}"
    given = get("set")
    fields: Event = given if isinstance(given, dict) else {}
    if kind == "task.updated" or (kind == "record.put" and fields):
        return f"set {', '.join(_assignment(k, v) for k, v in fields.items())}".rstrip()
    if kind == "task.status.set":
        return safe(f"status {get('previous') or '?'} -> {get('status')}") + _because(data)
    if kind == "task.closed":
        return safe(f"closed as {get('resolution')}") + _because(data)
    if kind in ("task.claimed", "task.released"):
        whom = f" by {safe(str(get('assignee')))}" if get("assignee") else ""
        return kind.partition(".")[2] + whom + _because(data)
    if kind == "task.note.append":
        return f"commented: {brief(get('text'))}"
    if kind in ("task.dep.add", "task.dep.remove"):
        verb = "depends on" if kind.endswith("add") else "no longer depends on"
        return safe(f"{verb} {get('on')} ({get('type', 'blocks')})")
    if kind in ("task.label.add", "task.label.remove"):
        return f"label {'+' if kind.endswith('add') else '-'}{safe(str(get('label')))}"
    if kind in ("task.deleted", "task.restored", "record.deleted"):
        return kind.partition(".")[2] + _because(data)
    rest = ", ".join(f"{safe(k)} = {brief(v)}" for k, v in data.items())
    return f"{safe(kind.removeprefix('task.'))} {rest}".rstrip()


def _assignment(field: str, value: Any) -> str:
    if field.startswith("checklist.") and isinstance(value, dict):
        return f"checklist [{'x' if value.get('done') is True else ' '}] {brief(value.get('text'))}"
    return f"{safe(field)} = {brief(value)}"


def _because(data: Event) -> str:
    reason = data.get("reason")
    return f": {brief(reason)}" if reason else ""

"""What takes back what a command did to a record. Reads states, writes nothing."""

from __future__ import annotations

from bd_py.errors import ConflictError
from bd_py.fold.record import fold_record
from bd_py.schema import same
from bd_py.service.undo_plan import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.events import Event
    from bd_py.fold.record import RecordState
    from bd_py.service.undo_plan import Plan


def plan_record(plan: Plan, key: str, mine: list[Event], history: list[Event]) -> None:
    """Add to a plan what leads one record back; ``history`` is all of its events. Raises ConflictError."""
    first, last = mine[0]["id"], mine[-1]["id"]
    before = fold_record(key, [event for event in history if event["id"] < first])
    after = fold_record(key, [event for event in history if event["id"] <= last])
    now = fold_record(key, history)
    step = _step(key, before, after, now)
    if step is not None:
        plan.steps.append(step)
        plan.undone += mine


def _step(key: str, before: RecordState, after: RecordState, now: RecordState) -> Step | None:
    if before.exists != after.exists:
        if now.exists != after.exists or not same(now.fields, after.fields):
            raise _changed(key, "others have written it")
        if after.exists:
            return Step("record.deleted", key, {})
        return Step("record.put", key, {"set": dict(before.fields), "new": True})
    back: dict[str, Any] = {}
    for name in dict.fromkeys([*before.fields, *after.fields]):
        if not same(before.fields.get(name), after.fields.get(name)):
            if not same(now.fields.get(name), after.fields.get(name)):
                raise _changed(key, f"{name} is another now" if now.exists else "it is gone")
            back[name] = before.fields.get(name)
    return Step("record.put", key, {"set": back}, *back) if back else None


def _changed(key: str, what: str) -> ConflictError:
    return ConflictError(
        f"{key} has changed since: {what}",
        f"Nothing was taken back. 'tk log {key}' tells what happened.",
        record=key,
    )

"""The working record of a task: phase, progress, next step, blockers, evidence, artifacts, attribution.

Each function stages at most one event, and none where it would change nothing (the published task contract says
so). Ids are minted where a caller gives none.
"""

from __future__ import annotations

from bd_py import ids
from bd_py.errors import InvalidError, NotFoundError
from bd_py.payloads import previous
from bd_py.service.tasks import existing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from bd_py.write import Write

KEPT = object()
"""In `set_progress`: leave this part as it is (None clears it)."""


def set_phase(w: Write, task_id: str, phase: str | None) -> bool:
    """Move a task to a phase of its work, or to none; False where it is there already."""
    task = existing(w, task_id)
    before = task.fields.get("phase")
    if phase == before:
        return False
    data = {"phase": phase, **previous("phase", before)}
    w.add("task.phase.set", task_id, data, prev={"phase": task.setter("phase")})
    return True


def set_progress(w: Write, task_id: str, *, text: Any = KEPT, percent: Any = KEPT) -> bool:
    """Say how far the work is, in words, per cent (0 to 100) or both; False where it is unchanged."""
    task = existing(w, task_id)
    columns = {"text": "progress", "percent": "progress_percent"}
    given = {key: value for key, value in (("text", text), ("percent", percent)) if value is not KEPT}
    if not given:
        raise InvalidError("task.progress.set needs text or percent", "Give one of them.", field="text")
    changed = {key: value for key, value in given.items() if task.fields.get(columns[key]) != value}
    if not changed:
        return False
    w.add("task.progress.set", task_id, changed, prev={columns[key]: task.setter(columns[key]) for key in changed})
    return True


def set_next_step(w: Write, task_id: str, step: str | None) -> bool:
    """Say what is to be done next, or nothing; False where that is what it says."""
    task = existing(w, task_id)
    if task.fields.get("next_step") == step:
        return False
    w.add("task.next_step.set", task_id, {"step": step}, prev={"next_step": task.setter("next_step")})
    return True


def add_blocker(w: Write, task_id: str, text: str, *, blocker: str | None = None) -> str:
    """Record what is in the way, and leave the status as it is; the blocker's id."""
    existing(w, task_id)
    key = blocker or ids.part_id("bl")
    _check_new(w, task_id, "blockers", "blocker", key)
    w.add("task.blocker.add", task_id, {"blocker": key, "text": text})
    return key


def resolve_blocker(w: Write, task_id: str, blocker: str) -> bool:
    """Resolve one blocker; False where it is already resolved. Raises NotFoundError for one that is not there."""
    existing(w, task_id)
    w.flush()
    query = "SELECT resolved_at FROM blockers WHERE issue_id = ? AND id = ? AND raised_at IS NOT NULL"
    row = w.conn.execute(query, (task_id, blocker)).fetchone()
    if row is None:
        raise _no_such(w, task_id, "blockers", "blocker", blocker)
    if row[0] is not None:
        return False
    w.add("task.blocker.resolve", task_id, {"blocker": blocker})
    return True


def add_evidence(
    w: Write,
    task_id: str,
    *,
    passed: bool,
    command: str | None = None,
    exit_code: int | None = None,
    summary: str | None = None,
    artifacts: Sequence[str] = (),
    evidence: str | None = None,
) -> str:
    """Record that something was checked, and how it came out; the evidence's id.

    Raises InvalidError for ``passed`` beside an exit code other than 0.
    """
    existing(w, task_id)
    key = evidence or ids.part_id("ev")
    _check_new(w, task_id, "evidence", "evidence", key)
    data: dict[str, Any] = {"evidence": key, "passed": passed}
    optional = {"command": command, "exit_code": exit_code, "summary": summary, "artifacts": list(artifacts) or None}
    data.update((name, value) for name, value in optional.items() if value is not None)
    w.add("task.evidence.add", task_id, data)
    return key


def add_artifact(
    w: Write,
    task_id: str,
    path: str,
    *,
    kind: str | None = None,
    description: str | None = None,
    artifact: str | None = None,
) -> str:
    """Refer to a file or address that the work brought forth; the artifact's id. Nothing is copied."""
    existing(w, task_id)
    key = artifact or ids.part_id("ar")
    _check_new(w, task_id, "artifacts", "artifact", key)
    data: dict[str, Any] = {"artifact": key, "path": path}
    data.update((name, value) for name, value in (("kind", kind), ("description", description)) if value is not None)
    w.add("task.artifact.add", task_id, data)
    return key


def set_attribution(w: Write, task_id: str, actor: dict[str, Any]) -> bool:
    """Say which agent, in which session and process, works on a task; False where that is what it says."""
    task = existing(w, task_id)
    data = {key: actor[key] for key in ("agent", "agent_type", "session", "pid") if actor.get(key) is not None}
    if (task.fields.get("attribution") or {}) == data:
        return False
    w.add("task.attribution.set", task_id, data, prev={"attribution": task.setter("attribution")})
    return True


def add_event(w: Write, task_id: str, type_: str, payload: dict[str, Any]) -> bool:
    """One event as it is named in docs/event-format.md, through the same checks as the verb for it.

    False where it would change nothing. Raises InvalidError for a type that is not about a task, or that only a
    verb can write: creating (``create``) and closing (``close`` runs the gates).
    """
    from bd_py.payloads import TYPES, check

    if type_ in TYPES and not type_.startswith("task."):
        raise InvalidError(f"{type_} is not about a task", "'tk record' writes those.", field="type")
    if type_ in _BY_VERB:
        raise InvalidError(f"{type_} is written by '{_BY_VERB[type_]}' alone", field="type")
    minted = _MINTED.get(type_)
    if minted:
        payload = {minted: ids.part_id(minted[:2]), **payload}
    check(type_, payload)
    handler = _HANDLERS.get(type_)
    if handler is not None:
        return handler(w, task_id, payload)
    existing(w, task_id)
    w.add(type_, task_id, payload)
    return True


def _check_new(w: Write, task_id: str, table: str, kind: str, key: str) -> None:
    """A second event of one id would be ignored by the fold: better refused than lost."""
    w.flush()
    if w.conn.execute(f"SELECT 1 FROM {table} WHERE issue_id = ? AND id = ?", (task_id, key)).fetchone():
        raise InvalidError(f"{task_id} has {kind} {key} already", "Leave the id out to have one made.", field=kind)


def _no_such(w: Write, task_id: str, table: str, kind: str, key: str) -> NotFoundError:
    rows = w.conn.execute(f"SELECT id FROM {table} WHERE issue_id = ? ORDER BY id LIMIT 20", (task_id,)).fetchall()
    known = ", ".join(row[0] for row in rows)
    hint = f"There is {known}." if known else f"It has no {table}."
    return NotFoundError(f"{task_id} has no {kind} '{key}'", hint, task=task_id, kind=kind, id=key)


def _status(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    from bd_py.service.tasks import set_status

    return set_status(w, task_id, data["status"], reason=data.get("reason"))


def _progress(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    return set_progress(w, task_id, **data)


def _add(function: Callable[..., str], *first: str) -> Callable[[Write, str, dict[str, Any]], bool]:
    def run(w: Write, task_id: str, data: dict[str, Any]) -> bool:
        given = dict(data)
        function(w, task_id, *[given.pop(name) for name in first], **given)
        return True

    return run


def _claimed(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    from bd_py.service.claims import claim

    _only(data, "task.claimed", "assignee", "ttl")
    claim(w, task_id, assignee=data["assignee"], ttl=data.get("ttl"))
    return True


def _released(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    from bd_py.service.claims import release

    task = existing(w, task_id)
    standing = task.hold["event"] if task.hold else None
    if data["hold"] != standing:
        raise InvalidError(f"hold {data['hold']} is not the standing hold of {task_id}", field="hold")
    return release(w, task_id, reason=data.get("reason"))


def _only(data: dict[str, Any], type_: str, *allowed: str) -> None:
    for key in data:
        if key not in allowed:
            raise InvalidError(f"{key} of {type_} follows from who acts and what stands", "Leave it out.", field=key)


def _labels(add: bool) -> Callable[[Write, str, dict[str, Any]], bool]:
    def run(w: Write, task_id: str, data: dict[str, Any]) -> bool:
        from bd_py.service.tasks import set_labels

        names = [data["label"]]
        return set_labels(w, task_id, add=names if add else (), remove=() if add else names)

    return run


def _dep_add(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    from bd_py.service import deps

    _only(data, "task.dep.add", "on", "type")
    return deps.add(w, task_id, data["on"], data["type"])


def _dep_remove(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    from bd_py.service import deps

    return bool(deps.remove(w, task_id, data["on"], data["type"]))


def _updated(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    from bd_py.service.tasks import set_fields

    return set_fields(w, task_id, data["set"])


def _deleted(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    from bd_py.service.tasks import delete

    delete(w, task_id, reason=data.get("reason"))
    return True


def _reviewed(w: Write, task_id: str, data: dict[str, Any]) -> bool:
    from bd_py.service import review

    if data["verdict"] == "accepted":
        return review.accept(w, task_id, reason=data.get("reason"))
    return review.reject(w, task_id, reason=data.get("reason"))


_BY_VERB = {"task.created": "tk create", "task.closed": "tk close", "task.restored": "tk restore"}
_MINTED = {"task.blocker.add": "blocker", "task.evidence.add": "evidence", "task.artifact.add": "artifact"}
_HANDLERS: dict[str, Callable[[Write, str, dict[str, Any]], bool]] = {
    "task.updated": _updated,
    "task.phase.set": lambda w, task_id, data: set_phase(w, task_id, data["phase"]),
    "task.status.set": _status,
    "task.progress.set": _progress,
    "task.next_step.set": lambda w, task_id, data: set_next_step(w, task_id, data["step"]),
    "task.blocker.add": _add(add_blocker, "text"),
    "task.blocker.resolve": lambda w, task_id, data: resolve_blocker(w, task_id, data["blocker"]),
    "task.evidence.add": _add(add_evidence),
    "task.artifact.add": _add(add_artifact, "path"),
    "task.attribution.set": set_attribution,
    "task.claimed": _claimed,
    "task.released": _released,
    "task.reviewed": _reviewed,
    "task.label.add": _labels(True),
    "task.label.remove": _labels(False),
    "task.dep.add": _dep_add,
    "task.dep.remove": _dep_remove,
    "task.deleted": _deleted,
}

"""Several changes of one task as one: what ``tk update`` and `Store.update` do."""

from __future__ import annotations

from bd_py.errors import ConflictError
from bd_py.service import tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bd_py.fold.state import TaskState
    from bd_py.write import Write


def apply(
    w: Write,
    task_id: str,
    fields: Mapping[str, Any],
    other: Mapping[str, Any] | None = None,
    *,
    version: str | None = None,
) -> bool:
    """One task's changes; False where nothing changes.

    ``fields``: scalar fields, None clears. ``other``: ``status``, ``claim``, ``parent``, ``append_notes``,
    ``add_label``, ``remove_label``, ``set_labels``. ``version``: what the task must be at. Everything that can be
    refused is refused before the first event. Raises NotFoundError, InvalidError, TransitionError, ConflictError,
    CycleError. What becomes compound is given back by its holder: its children are the work from now on.
    """
    from bd_py.payloads import check
    from bd_py.service import deps

    task = tasks.existing(w, task_id)
    wanted, other = dict(fields), other or {}
    check_version(task, version)
    if "append_notes" in other:
        before = task.fields.get("notes")
        wanted["notes"] = f"{before}\n{other['append_notes']}" if before else other["append_notes"]
    if wanted:
        check("task.updated", {"set": wanted})
        tasks.check_type(w.config, wanted.get("issue_type"))
    if other.get("parent"):
        deps.check_new(w, task_id, other["parent"], "parent-child")
    changed = False
    if "status" in other or "claim" in other:
        changed = _status(w, task_id, wanted, other)
    if wanted:
        if wanted.get("compound") and task.hold is not None:
            from bd_py.service import claims

            changed = claims.release(w, task_id, reason="its children are the work now")
        changed = tasks.set_fields(w, task_id, wanted) or changed
    if "parent" in other:
        changed = deps.set_parent(w, task_id, other["parent"]) or changed
    return _set_labels(w, task_id, other) or changed


def check_version(task: TaskState, version: str | None) -> None:
    """Raise ConflictError unless a task is still at the version that somebody saw; None is any."""
    if version is not None and task.version != version:
        raise ConflictError(
            f"{task.id} has changed: it is at version {task.version}",
            "Look at it again ('tk show'), then repeat with that version.",
            task=task.id,
            version=task.version,
        )


def _status(w: Write, task_id: str, wanted: dict[str, Any], other: Mapping[str, Any]) -> bool:
    """open -> in_progress is a claim, by whoever is to be the assignee; closing is what ``close`` does."""
    from bd_py.service import claims
    from bd_py.service.holders import is_free_for
    from bd_py.workflow import check_transition, status_named

    if other.get("claim"):
        claims.claim(w, task_id)
        wanted.pop("assignee", None)
        return True
    task = tasks.existing(w, task_id)
    status = status_named(w.config, other["status"])
    if status == "in_progress" and (task.category == "open" or claims.is_due(w, task)):
        who = wanted.pop("assignee", None) or task.fields.get("assignee")
        claims.claim(w, task_id, assignee=who, blocked_too=True)
        return True
    if status == task.fields["status"]:
        if status != "in_progress" or is_free_for(w, task):
            return False
        claims.claim(w, task_id, blocked_too=True)
        return True
    check_transition(w.config, task_id, task.fields["status"], status)
    if status == "closed":
        resolution = "abandoned" if other["status"].strip().lower() == "abandoned" else "completed"
        return tasks.close(w, task_id, resolution=resolution)
    return tasks.set_status(w, task_id, status)


def _set_labels(w: Write, task_id: str, other: Mapping[str, Any]) -> bool:
    add, remove = list(other.get("add_label") or ()), list(other.get("remove_label") or ())
    if "set_labels" in other:
        from bd_py import query_facts

        w.flush()
        have = query_facts.labels(w.conn, task_id)
        add = [*other["set_labels"], *add]
        remove = [label for label in have if label not in add] + remove
    return bool(add or remove) and tasks.set_labels(w, task_id, add=add, remove=remove)

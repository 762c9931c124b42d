"""Close a task through what stands before done: the judge's verdict, the gates of the config, a check of one's own."""

from __future__ import annotations

from bd_py.errors import GateError, UsageError
from bd_py.service import tasks
from bd_py.workflow import has_checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.service.gates import Gate
    from bd_py.workspace import Workspace
    from bd_py.write import Write

GATED = "completed"
"""What is abandoned, a duplicate or has failed needs no proof that it works."""


class ChecksFirst(Exception):
    """The config has gates or a judge: a close must not happen in one write."""


def plainly(w: Write, task_id: str, *, resolution: str, reason: str | None) -> bool:
    """Close a task where nothing stands before done. Raises ChecksFirst where something may, before any event."""
    if resolution == GATED and has_checks(w.config):
        raise ChecksFirst
    return tasks.close(w, task_id, resolution=resolution, reason=reason)


def close(
    workspace: Workspace,
    task_id: str,
    *,
    resolution: str = GATED,
    reason: str | None = None,
    verify: Sequence[str] = (),
    force: bool = False,
) -> bool:
    """Close a task when its gates pass, in their order, and after them the commands of ``verify``.

    Each is recorded as evidence; the first that does not pass ends it, and the task stays as it is. The lock is
    not held while they run. ``force`` (with a reason) skips them and the judge, and says so in the event. Raises
    GateError, and what `tasks.close` does; False as that.
    """
    from bd_py.service import gate_runs, gates, review

    if force and not reason:
        raise UsageError("--force needs a reason", "Say why with --reason.")
    with workspace.writing() as w:
        todo = _before_done(w, task_id, resolution, force=force)
        todo += [gates.Gate({"name": "verify", "command": command}, trusted=True) for command in verify]
        overruled = force and resolution == GATED and has_checks(w.config)
        if not todo:
            return tasks.close(w, task_id, resolution=resolution, reason=reason, forced=overruled, checked=True)
        if not _may_close(w, task_id, resolution):
            return False
    for gate in todo:
        outcome = gate_runs.run(workspace, task_id, gate)
        if not outcome.passed:
            raise gate_runs.refusal(task_id, gate, outcome)
    with workspace.writing() as w:
        if resolution == GATED and not force:
            review.check(w, tasks.existing(w, task_id))  # a verdict that came while they ran
        return tasks.close(w, task_id, resolution=resolution, reason=reason, forced=overruled, checked=True)


def _before_done(w: Write, task_id: str, resolution: str, *, force: bool) -> list[Gate]:
    """The gates to run. Raises GateError where the judge has not accepted, or ``force`` is forbidden."""
    from bd_py.service import gates, review

    task = tasks.existing(w, task_id)
    if resolution != GATED or task.fields["status"] == "closed" or not has_checks(w.config):
        return []
    if force:
        if w.config.values["forbid_force"]:
            raise GateError(
                f"{task_id}: this project forbids to force a task past its gates",
                "forbid_force = true in config.toml; mend what the gates find.",
                task=task_id,
            )
        return []
    review.check(w, task)
    todo = gates.for_task(w, task, gates.of_config(w.config))
    trusted = bool(todo) and gates.is_trusted(w.paths, w.config)
    for gate in todo:
        gate.trusted = trusted
    return todo


def _may_close(w: Write, task_id: str, resolution: str) -> bool:
    """Whatever would refuse the close at the end refuses it now, since a gate may take minutes; False if closed."""
    token = w.begin_item()
    try:
        return tasks.close(w, task_id, resolution=resolution, checked=True)
    finally:
        w.undo_item(token)

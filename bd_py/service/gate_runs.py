"""One gate run for one task, and how it came out, as evidence."""

from __future__ import annotations

from bd_py.errors import GateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.service.commands import Outcome
    from bd_py.service.gates import Gate
    from bd_py.workspace import Workspace


def run(workspace: Workspace, task_id: str, gate: Gate) -> Outcome:
    """Run one gate and record how it came out as evidence of the task; without the lock, so tk may be called in it.

    Raises KeyboardInterrupt after recording it, where the user interrupted; another signal ends the process then.
    """
    from bd_py.service import commands

    if gate.trusted:
        outcome = run_command(workspace, task_id, gate.command, timeout=gate.timeout)
        record(workspace, task_id, outcome, name=gate.name)
        commands.pass_on(outcome)
        return outcome
    refused = commands.Outcome(gate.command if isinstance(gate.command, str) else " ".join(gate.command))
    refused.exit_code = commands.NOT_RUNNABLE
    refused.output = "not run: this clone has not trusted the gates of config.toml"
    record(workspace, task_id, refused, name=gate.name)
    raise GateError(
        f"gate '{gate.name}' was not run for {task_id}: this clone has not trusted the gates of config.toml",
        "Read them ('tk gates list'), then 'tk gates trust'.",
        task=task_id,
        gate=gate.name,
        trusted=False,
    )


def run_command(
    workspace: Workspace, task_id: str, command: str | Sequence[str], *, timeout: float | None = None
) -> Outcome:
    """Run a command for a task in the folder that holds ``.tasks``.

    It finds the task's id in ``TK_TASK``, and who acts in the variables from which a tk that it calls takes it.
    """
    from bd_py.identity import VARIABLES
    from bd_py.service import commands

    actor = workspace.actor()
    variables = {variable: str(actor[part]) for part, variable in VARIABLES.items() if part in actor}
    variables["TK_TASK"] = task_id
    return commands.run(command, workspace.paths.root, timeout=timeout, variables=variables)


def record(workspace: Workspace, task_id: str, outcome: Outcome, *, name: str | None = None) -> str:
    """An outcome as evidence of a task; the evidence's id."""
    from bd_py.service.working_record import add_evidence

    summary = f"{name}: {outcome.summary}" if name else outcome.summary
    with workspace.writing() as w:
        return add_evidence(
            w,
            task_id,
            passed=outcome.passed,
            command=outcome.command,
            exit_code=outcome.exit_code,
            summary=summary,
        )


def refusal(task_id: str, gate: Gate, outcome: Outcome) -> GateError:
    """The error of a gate that did not pass, with the end of what it said."""
    said = f"{outcome.shown}\n" if outcome.shown else ""
    return GateError(
        f"gate '{gate.name}' {outcome.how}: {task_id} stays as it is",
        f"{said}It ran: {outcome.command}",
        task=task_id,
        gate=gate.name,
        exit_code=outcome.exit_code,
        output=outcome.output,
    )

"""``tk evidence``: how a check of a task's work came out."""

from __future__ import annotations

from bd_py.cli.common import each, emit_details, find, short_id
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(
    ctx: Context,
    id: str,
    command: str | None,
    exit_code: int | None,
    passed: bool,
    failed: bool,
    summary: str | None,
    artifact: tuple[str, ...],
    run: str | None,
    timeout: float | None,
) -> int | None:
    """Record what was checked, or run a command and record what happened; gives its exit code then."""
    if run is not None:
        given = (command, exit_code, summary, passed or None, failed or None, artifact or None)
        if any(value is not None for value in given):
            raise UsageError("--run finds out itself how it comes out", "Give --run and maybe --timeout alone.")
        return _run(ctx, id, run, timeout)
    if timeout is not None:
        raise UsageError("--timeout is for --run")
    if passed and failed:
        raise UsageError("--passed and --failed exclude each other")
    if not (passed or failed) and exit_code is None:
        raise UsageError("how did it come out?", "Give --passed, --failed, or --exit-code.")
    good = passed or (not failed and exit_code == 0)
    text = ctx.text_arg(summary) if summary is not None else None
    _record(ctx, id, passed=good, command=command, exit_code=exit_code, summary=text, artifacts=artifact)
    return None


def _record(ctx: Context, ref: str, **evidence: Any) -> None:
    from bd_py.service import working_record

    made: list[str] = []

    def add(w: Write, task_id: str) -> bool:
        made.append(working_record.add_evidence(w, task_id, **evidence))
        return True

    for task_id, _ in each(ctx, [ref], add):
        if ctx.json:
            emit_details(ctx, [task_id])
        else:
            ctx.say(f"Recorded {made[0]} on {short_id(ctx, task_id)}")


def _run(ctx: Context, ref: str, command: str, timeout: float | None) -> int:
    """Like the command itself: its exit code is this one's, and its output's end is shown."""
    from bd_py.service import commands, gate_runs

    if not command.strip():
        raise UsageError("--run needs a command")
    if timeout is not None and timeout <= 0:
        raise UsageError(f"--timeout {timeout}: not a number of seconds above 0")
    workspace = ctx.workspace()
    task_id = find(workspace, ref)
    outcome = gate_runs.run_command(workspace, task_id, command, timeout=timeout)
    key = gate_runs.record(workspace, task_id, outcome)
    commands.pass_on(outcome)
    if ctx.json:
        emit_details(ctx, [task_id])
    else:
        ctx.say(outcome.how)
        if outcome.shown:
            ctx.say(outcome.shown)
        ctx.say(f"Recorded {key} on {short_id(ctx, task_id)}")
    return outcome.exit_code


VERB = Verb(
    "evidence",
    run,
    "Record the result of a check of a task's work",
    details="--run runs a command in the folder that contains .tasks, and records its exit code, its duration and the "
    "end of its output; tk then exits with the same code. The command finds the task's id in TK_TASK.",
    examples=(
        "tk evidence 7f3k --run 'make test'",
        "tk evidence 7f3k --command 'make test' --exit-code 0 --summary '212 passed'",
        "tk evidence 7f3k --failed --summary 'the page stays blank in Safari' --artifact shot.png",
    ),
    arguments=(Argument("id", "The task", metavar="ID"),),
    options=(
        Option("command", "--command", help="What was run"),
        Option("exit_code", "--exit-code", kind="int", help="Its exit code", metavar="N"),
        Option("passed", "--passed", kind="flag", help="The check passed"),
        Option("failed", "--failed", kind="flag", help="The check failed"),
        Option("summary", "--summary", help="What was seen; '-' reads stdin, @FILE a file"),
        Option("artifact", "--artifact", help="A file that shows it", multiple=True, metavar="PATH"),
        Option("run", "--run", help="Run this command with sh, and record the result", metavar="CMD"),
        Option(
            "timeout", "--timeout", kind="float", help="With --run: stop it after this many seconds", metavar="SECONDS"
        ),
    ),
)

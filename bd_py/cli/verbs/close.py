"""``tk close``: done."""

from __future__ import annotations

from bd_py.cli.common import each, shown_command, status_sentence, style
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import TkError, UsageError
from bd_py.payloads import RESOLUTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.write import Write

    Done = list[tuple[str, bool]]


def run(
    ctx: Context,
    ids: tuple[str, ...],
    reason: str | None,
    resolution: str,
    verify: tuple[str, ...],
    force: bool,
    suggest_next: bool,
    claim_next: bool,
) -> None:
    """Close each task, and tell what that made ready, or take the next."""
    if force and reason is None:
        raise UsageError("--force needs a reason", "Say why with --reason.")
    how = {"resolution": resolution, "reason": ctx.text_arg(reason) if reason else None}
    refs = ctx.ids_arg(ids)
    waiting = _waiting(ctx, refs) if suggest_next else []
    done = _close(ctx, refs, how, verify, force)
    if not (suggest_next or claim_next):
        status_sentence(ctx, done, "is already closed")
        return
    follows: dict[str, list[str]] = {}
    if suggest_next:
        follows["unblocked"] = [task_id for task_id in waiting if _is_ready(ctx, task_id)]
    if claim_next:
        follows["claimed"] = _claim_next(ctx) if done else []
    _tell_next(ctx, done, follows)


def _close(ctx: Context, refs: list[str], how: dict[str, Any], verify: tuple[str, ...], force: bool) -> Done:
    """In one write where nothing stands before done, else one after the other."""
    from bd_py.service import closing

    def finish(w: Write, task_id: str) -> bool:
        return closing.plainly(w, task_id, **how)

    if not (verify or force):
        try:
            return each(ctx, refs, finish)
        except closing.ChecksFirst:
            pass
    return _through_checks(ctx, refs, how, verify, force)


def _through_checks(ctx: Context, refs: list[str], how: dict[str, Any], verify: tuple[str, ...], force: bool) -> Done:
    from bd_py.cli.common import find
    from bd_py.service import closing

    workspace = ctx.workspace()
    done: Done = []
    if not force:
        _offer_trust(ctx)
    for ref in dict.fromkeys(refs):
        try:
            task_id = find(workspace, ref)
            done.append((task_id, closing.close(workspace, task_id, **how, verify=verify, force=force)))
        except TkError as error:
            ctx.report(error)
    return done


def _offer_trust(ctx: Context) -> None:
    """On a terminal the gates of a config that is not trusted yet are shown and asked about."""
    from bd_py.service import gates

    workspace = ctx.workspace()
    found = gates.of_config(workspace.config)
    if not found or not ctx.interactive or gates.is_trusted(workspace.paths, workspace.config):
        return
    for gate in found:  # said to --quiet too: nobody is to trust what was not shown
        ctx.warn(f"gate {gate.name}: {shown_command(gate.command)}")
    if ctx.confirm("This clone has not trusted these commands of config.toml. Trust them now?"):
        gates.trust(workspace.paths, workspace.config)


def _waiting(ctx: Context, refs: list[str]) -> list[str]:
    """What is not ready, and may be when these are closed."""
    from bd_py.cli.common import find
    from bd_py.service import graphs

    workspace = ctx.workspace()
    ids = []
    for ref in refs:
        try:
            ids.append(find(workspace, ref))
        except TkError:
            continue  # closing it reports this
    return [task_id for task_id in graphs.held_back(workspace.conn, ids) if not _is_ready(ctx, task_id)]


def _is_ready(ctx: Context, task_id: str) -> bool:
    from bd_py import query

    workspace = ctx.workspace()
    return query.is_ready(workspace.conn, task_id, workspace.config.exclude_types)


def _claim_next(ctx: Context) -> list[str]:
    """The first ready task, taken; none where there is none."""
    from bd_py.errors import NotFoundError
    from bd_py.service import claims

    try:
        with ctx.workspace().writing() as w:
            return [claims.claim_next(w)]
    except NotFoundError:
        return []


def _tell_next(ctx: Context, done: Done, follows: dict[str, list[str]]) -> None:
    from bd_py import query, render

    workspace = ctx.workspace()
    found = {key: query.get(workspace.conn, task_ids) for key, task_ids in follows.items()}
    for issues in found.values():
        issues.sort(key=lambda issue: (issue["priority"], issue["created_at"], issue["id"]))
    if ctx.json:
        ctx.emit({"closed": query.get(workspace.conn, [task_id for task_id, _ in done]), **found})
        return
    status_sentence(ctx, done, "is already closed")
    for key, words in (("unblocked", "Now ready"), ("claimed", "Claimed")):
        for issue in found.get(key, ()):
            ctx.say(f"{words}: {render.ready_line(issue, style(ctx))}")
    if done and found.get("claimed") == []:
        ctx.note("Nothing is ready to be claimed.")


VERB = Verb(
    "close",
    run,
    "Close a task",
    details="If config.toml has gates, they run first; if one fails, the task stays as it is (exit code 8). With "
    "judge = true, somebody other than the holder must have accepted the work. Both apply to completed work only: "
    "--resolution wontfix and the like need neither.",
    examples=(
        "tk close 7f3k",
        "tk close 7f3k -r 'Merged in #12' --suggest-next",
        "tk close 7f3k --verify 'make test' --claim-next",
        "tk done 7f3k 2c9d",
    ),
    arguments=(Argument("ids", "Tasks to close", nargs=-1, metavar="ID"),),
    options=(
        Option("reason", "-r", "--reason", help="Why, or how; '-' reads stdin, @FILE a file"),
        Option("resolution", "--resolution", help="How it ended", choices=RESOLUTIONS, default="completed"),
        Option("verify", "--verify", help="Close only if this command succeeds", multiple=True, metavar="CMD"),
        Option("force", "--force", kind="flag", help="Skip gates and judge; needs --reason, and is recorded"),
        Option("suggest_next", "--suggest-next", kind="flag", help="Also list what became ready"),
        Option("claim_next", "--claim-next", kind="flag", help="Then claim the first ready task"),
    ),
    aliases=("done",),
)

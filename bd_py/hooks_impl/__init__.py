"""What tk's git hooks do; the sh around them, which first asks whether ``.tasks`` is concerned, is in ``hooks/``.

A hook never stops git but for one reason: what is refused, conflict markers in what is committed or pushed.
"""

from __future__ import annotations

import os
import sys

from bd_py.errors import TkError
from bd_py.service import staging
from bd_py.service.hook_outcome import PROBE, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bd_py.workspace import Workspace

REFUSED = 9
"""The exit code of ``tk hook`` on which the sh around it stops git; any other one lets git go on."""

_left_open: list[Workspace] = []


def run(workspace: Workspace, name: str, args: Sequence[str] = (), said: bytes | None = None) -> Outcome:
    """Do what a hook does, given what git gives it. Raises TkError.

    ``said``: what the sh around it hands on, so that nobody asks git twice: its status of ``.tasks`` for pre-commit,
    the refs that git pushes for pre-push.
    """
    out = Outcome()
    if name == "pre-commit":
        _pre_commit(workspace, said, out)
    elif name == "pre-push":
        from bd_py.service import pushing

        pushing.before_push(workspace, args[0] if args else "", said, out)
    else:
        hooks: dict[str, Callable[[Workspace, Sequence[str], Outcome], None]] = {
            "post-commit": _post_commit,
            "post-merge": _post_merge,
            "post-checkout": _post_checkout,
            "post-rewrite": _post_rewrite,
        }
        hooks[name](workspace, args, out)
    return out


def pre_commit_quickly(directory: str) -> bool:
    """pre-commit for the store of a directory, git's status on stdin, past the command line's parser: 1.5 ms less.

    False where the verb has to do it (once more), since there is something to say or to export. Raises what that
    meets; for a process that ends without tidying up.
    """
    from bd_py.workspace import Workspace

    if os.environ.get(PROBE):
        return False
    workspace = Workspace.find(directory)
    _left_open.append(workspace)
    index = staging.git_index(workspace.paths)
    if index is None or staging.setting(workspace, "export.path"):
        return False
    said = sys.stdin.buffer.read()
    out = Outcome()
    staging.before_commit(workspace, index, _status(workspace, index, said or None), out)
    return not (out.refused or out.warnings)


def _pre_commit(workspace: Workspace, said: bytes | None, out: Outcome) -> None:
    index = staging.git_index(workspace.paths)
    if index is None:
        return
    exported = bool(staging.setting(workspace, "export.path")) and staging.is_own_index(workspace.paths, index)
    if exported:
        from bd_py.hooks_impl import export

        exported = _attempt(out, lambda: export.take_in(workspace, out))
        said = None  # what that wrote is to go along
    if staging.before_commit(workspace, index, _status(workspace, index, said), out) and exported:
        from bd_py.hooks_impl import export

        _attempt(out, lambda: export.refresh(workspace, index, out))


def _status(workspace: Workspace, index: str, said: bytes | None) -> dict[str, str]:
    """git's status of ``.tasks``; asked anew where opening the store took in what people changed in task files."""
    if workspace.paths.files:
        _ = workspace.conn
        said = None if workspace.took_in else said
    return staging.status(workspace.paths, index, said)


def _post_commit(workspace: Workspace, _args: Sequence[str], out: Outcome) -> None:
    from bd_py.service import trailers

    if not staging.under_way(workspace.paths, ("rebase-merge", "rebase-apply")):  # its end calls post-rewrite
        _attempt(out, lambda: trailers.record_head(workspace, out))


def _post_merge(workspace: Workspace, args: Sequence[str], out: Outcome) -> None:
    catch_up(workspace, out)
    _attempt(out, lambda: _finish(workspace, out))
    if workspace.config.values["export.path"]:
        from bd_py.hooks_impl import export

        _attempt(out, lambda: export.take_in(workspace, out))
    if not (args and args[0] == "1"):  # a squash makes no commit
        from bd_py.service import trailers

        _attempt(out, lambda: trailers.record_merge(workspace, out))


def _post_checkout(workspace: Workspace, _args: Sequence[str], out: Outcome) -> None:
    catch_up(workspace, out)


def _post_rewrite(workspace: Workspace, args: Sequence[str], out: Outcome) -> None:
    from bd_py.service import trailers

    catch_up(workspace, out)
    _attempt(out, lambda: _finish(workspace, out))
    before = "HEAD@{1}" if args and args[0] == "amend" else "ORIG_HEAD"
    _attempt(out, lambda: trailers.follow(workspace, before))


def catch_up(workspace: Workspace, out: Outcome) -> None:
    """Bring the cache level with every file, drop conflict markers, and say in a line what came and went.

    ``tk sync`` still tells all of it afterwards.
    """
    from bd_py import sync
    from bd_py.service import exchange

    report = exchange.repair(workspace)
    changes = workspace.changes
    with workspace.writing(every_file=bool(report.repaired)) as w:
        sync.prune_second_names(workspace.paths, w.conn)
    for name in report.repaired:
        then = "" if report.staged else ": 'git add .tasks'"
        out.done.append(f"mended {workspace.paths.below}/{name}, the events of both sides are kept{then}")
    if changes is not None:
        came, went = len(changes.new) + len(changes.returned), len(changes.gone)
        parts = [f"{_events(n)} {what}" for n, what in ((came, "came in"), (went, "went")) if n]
        if parts:
            out.done.append(", ".join(parts) + ": 'tk sync' tells what changed")


def _finish(workspace: Workspace, out: Outcome) -> None:
    from bd_py.service import exchange

    for task_id in exchange.finish(workspace):
        out.done.append(f"closed {task_id}: the last of its children were closed on two branches")


def _attempt(out: Outcome, do: Callable[[], None]) -> bool:
    """One part of a hook, and whether it was done; its failure is told and stops nothing."""
    try:
        do()
    except TkError as error:
        out.warnings.append(error.message)
        return False
    return True


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"

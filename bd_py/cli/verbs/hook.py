"""``tk hook NAME``: what a git hook calls."""

from __future__ import annotations

import os
import sys

from bd_py.cli.declare import Argument, Verb
from bd_py.service.hook_text import EVENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, name: str, args: tuple[str, ...]) -> int:
    """Do what the hook does; 9 where git shall not go on. Without a store here there is nothing to do."""
    from bd_py import hooks_impl
    from bd_py.service.hook_outcome import PROBE

    if token := os.environ.get(PROBE):
        ctx.out(f"tk hook {name} {token}")
        return 0
    from bd_py.errors import NoStoreError
    from bd_py.workspace import Workspace

    try:
        # The folder, not TK_DIR, which may name another repository's store.
        workspace = ctx.adopt(Workspace.find(ctx.directory or os.getcwd(), actor=ctx.actor()))
    except NoStoreError:
        return 0
    ctx.told = True
    handed = bool(args) and args[0] == "-" and sys.stdin is not None
    said = sys.stdin.buffer.read() or None if handed else None
    found = hooks_impl.run(workspace, name, args[1:] if handed else args, said)
    if ctx.json:
        ctx.emit({"hook": name, **found.to_json()})
    else:
        for line in found.warnings:
            ctx.warn(f"tk: warning: {line}")
        for line in found.done:
            ctx.note(f"tk: {line}")
        for line in found.refused:
            ctx.warn(f"tk: {line}")
        if found.refused:
            ctx.warn("tk: 'tk sync' drops them and keeps the events of both sides; then 'git add .tasks'")
    return hooks_impl.REFUSED if found.refused else 0


VERB = Verb(
    "hook",
    run,
    "Do the work of a git hook (git calls this)",
    details="""git's hooks call this; 'tk install-hooks' sets them up. It exits with 9 to stop git, if what is
    committed or pushed has conflict markers of a merge in the log. Any other failure is only reported, and git goes
    on. With '-' before git's arguments, it reads from stdin what the hook knows already: for pre-commit git's status
    of .tasks, for pre-push the refs that are pushed.""",
    examples=("tk hook pre-commit", "tk hook post-checkout OLD NEW 1"),
    arguments=(
        Argument("name", "The hook.", choices=EVENTS),
        Argument("args", "The arguments that git gives the hook.", nargs=-1, required=False),
    ),
)

"""``tk merge-driver``: what git runs for a segment that both sides wrote."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, base: str, ours: str, theirs: str, marker_size: str, path: str) -> int:
    """Merge as git asks; git's own way here is shorter, see `bd_py.__main__`."""
    from bd_py.service.merge_driver import main

    return main([ctx.path(base), ctx.path(ours), ctx.path(theirs), marker_size, path])


VERB = Verb(
    "merge-driver",
    run,
    "Merge two versions of a segment, for git",
    details="""git runs this, once 'tk install-hooks' has registered it, where both sides of a merge wrote the
    same segment. The result takes the place of OURS: the events of both sides, without those that one side took
    away since BASE, sorted by id. Lines that are no events stay, at the end, and are reported. On any trouble it
    fails and leaves OURS as it was.""",
    examples=("tk merge-driver .merge_file_a .merge_file_b .merge_file_c 7 .tasks/log/2026-11/X.jsonl",),
    arguments=(
        Argument("base", "The version that both sides began with (git's %O)"),
        Argument("ours", "Our version, which the result replaces (%A)"),
        Argument("theirs", "Their version (%B)"),
        Argument("marker_size", "The size of conflict markers, which are never written (%L)", metavar="SIZE"),
        Argument("path", "The file in the repository, to speak of it (%P)"),
    ),
    hidden=True,
)

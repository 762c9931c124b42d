"""``tk version``: which tk this is, and what it runs on."""

from __future__ import annotations

import sys

from bd_py import __version__
from bd_py.cli.declare import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context) -> None:
    """The version alone; with ``--json`` or ``-v`` also what a bug report needs."""
    python = ".".join(map(str, sys.version_info[:3]))
    if ctx.json:
        ctx.emit({"version": __version__, "python": python, "platform": sys.platform})
        return
    ctx.out(f"tk {__version__}")
    if ctx.verbose:
        ctx.out(f"Python {python} on {sys.platform}")


VERB = Verb(
    "version",
    run,
    "Show the version",
    examples=("tk version", "tk version --json"),
)

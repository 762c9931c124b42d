"""``tk setup agents``: a short section in AGENTS.md, put there only when asked."""

from __future__ import annotations

import os

from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context, what: str | None, remove: bool, show: bool) -> None:
    """Write, show or remove the section; without a name, say what can be set up."""
    from bd_py.service import agents_file

    if what is None:
        if remove or show:
            raise UsageError("what to set up is missing", "As in: tk setup agents.")
        if ctx.json:
            ctx.emit({"available": ["agents"]})
        else:
            ctx.out("agents    a section of AGENTS.md that points agents to 'tk prime': tk setup agents")
        return
    if show:
        if ctx.json:
            ctx.emit({"section": agents_file.SECTION})
        else:
            ctx.out(agents_file.SECTION.rstrip("\n"))
        return
    path = agents_file.place(ctx.workspace().paths)
    done = agents_file.update(path, remove=remove)
    shown = os.path.relpath(path)
    if ctx.json:
        ctx.emit({"file": path, "status": done})
    elif done == "unchanged":
        ctx.say(f"{shown} is so already")
    else:
        ctx.say(f"{shown}: section {done}" if done != "created" else f"{shown}: created")


VERB = Verb(
    "setup",
    run,
    "Point agents to tk: a section in AGENTS.md",
    details="""'tk setup agents' writes a short section between two markers into AGENTS.md at the top of the
    repository, or updates the one that is there; the rest of the file stays as it is, byte for byte. tk never
    does this unasked. --remove takes the section out again.""",
    examples=("tk setup", "tk setup agents", "tk setup agents --show", "tk setup agents --remove"),
    arguments=(Argument("what", "What to set up.", required=False, choices=("agents",)),),
    options=(
        Option("remove", "--remove", help="Take the section out again.", kind="flag"),
        Option("show", "--show", help="Print the section, and change nothing.", kind="flag"),
    ),
)

"""``tk gates``: the commands that must pass before a task is done."""

from __future__ import annotations

from bd_py.cli.common import shown_command
from bd_py.cli.declare import Verb
from bd_py.render import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context


def run_list(ctx: Context) -> None:
    """Print the gates of the config, and whether this clone has trusted them."""
    from bd_py.service import gates

    workspace = ctx.workspace()
    found = gates.of_config(workspace.config)
    trusted = gates.is_trusted(workspace.paths, workspace.config)
    if ctx.json:
        ctx.emit({"trusted": trusted, "gates": workspace.config.values["gates"]})
        return
    for gate in found:
        ctx.out(f"{safe(gate.name)}: {shown_command(gate.command)}{safe(_when(gate))}")
    if not found:
        ctx.note("There are no gates: docs/configuration.md shows how to add one to config.toml.")
    elif not trusted:
        ctx.note("This clone has not trusted them: they do not run, and 'tk close' refuses. 'tk gates trust' does.")


def run_trust(ctx: Context) -> None:
    """Let the gates of the config as it is now run in this clone."""
    from bd_py.service import gates

    workspace = ctx.workspace()
    gates.trust(workspace.paths, workspace.config)
    if ctx.json:
        ctx.emit({"trusted": True, "gates": workspace.config.values["gates"]})
        return
    for gate in gates.of_config(workspace.config):
        ctx.say(f"Trusted in this clone: {safe(gate.name)}: {shown_command(gate.command)}")


def run_distrust(ctx: Context) -> None:
    """Let no gate run in this clone any more."""
    from bd_py.service import gates

    workspace = ctx.workspace()
    changed = gates.distrust(workspace.paths)
    if ctx.json:
        ctx.emit({"trusted": False, "gates": workspace.config.values["gates"]})
        return
    ctx.say("The gates of this clone are not trusted any more" if changed else "They were not trusted")


def _when(gate: Any) -> str:
    parts = [f"{name} {' or '.join(words)}" for name, words in (("type", gate.types), ("label", gate.labels)) if words]
    return f" (only for {', '.join(parts)})" if parts else ""


VERB = Verb(
    "gates",
    None,
    "Show and trust the commands that must pass before a task is done",
    details="They are in config.toml, which comes with the repository, so they run only in a clone that has trusted "
    "exactly these commands.",
    examples=("tk gates list", "tk gates trust"),
    subverbs=(
        Verb("list", run_list, "List the gates", examples=("tk gates list",)),
        Verb("trust", run_trust, "Let them run in this clone", examples=("tk gates trust",)),
        Verb("distrust", run_distrust, "Stop them from running in this clone", examples=("tk gates distrust",)),
    ),
    default_subverb="list",
)

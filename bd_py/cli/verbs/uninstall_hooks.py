"""``tk uninstall-hooks``: every file as it was."""

from __future__ import annotations

from bd_py.cli.declare import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context) -> None:
    """Take out hooks and merge driver."""
    from bd_py import paths
    from bd_py.service.install import uninstall

    changed, driver = uninstall(paths.find(ctx.directory))
    if ctx.json:
        ctx.emit({"removed": changed, "driver": driver})
        return
    for name in changed:
        ctx.say(f"Taken out of {name}")
    if driver:
        ctx.say("Merge driver: no longer registered")
    if not (changed or driver):
        ctx.say("There was nothing of tk's.")


VERB = Verb(
    "uninstall-hooks",
    run,
    "Remove tk's hooks and merge driver",
    details="""Removes what 'tk install-hooks' added, and leaves every file as it was before, byte for byte. Tasks and
    their events stay.""",
    examples=("tk uninstall-hooks",),
)

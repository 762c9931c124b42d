"""``tk rebuild``: make the cache anew."""

from __future__ import annotations

from bd_py.cli.declare import Verb
from bd_py.cli.words import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context


def run(ctx: Context) -> None:
    """Rebuild the cache from the log and say what it holds."""
    from bd_py.service.notices import bad_lines
    from bd_py.service.rebuild import rebuild

    found = rebuild(ctx.workspace().paths, ctx.progress("Building the cache"))
    if ctx.json:
        ctx.emit(found)
        return
    tasks, events, segments = (count(found[f"{what}s"], what) for what in ("task", "event", "segment"))
    ctx.say(f"Rebuilt the cache: {tasks} from {events} in {segments}")
    if found["foreign_tables"]:
        ctx.say(f"Kept the tables of other programs: {', '.join(found['foreign_tables'])}")
    if found["salvaged"] is not None:
        ctx.note(
            "warning: the old cache was unreadable"
            + ("; it is kept as .tasks/cache.db.damaged" if found["salvaged"] else "")
        )
    if found["bad_lines"]:
        ctx.note(f"warning: {bad_lines(found['bad_lines'])}: 'tk doctor' names file, line and reason")


VERB = Verb(
    "rebuild",
    run,
    "Rebuild the cache from the log",
    details="""Normally not needed: every command brings the cache up to date. The tables that other programs keep in
    the file stay, with their rows.""",
    examples=("tk rebuild", "tk rebuild --json"),
)

"""``tk textconv``: a segment in sentences, for ``git diff`` and ``git log -p``."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Verb
from bd_py.errors import NotFoundError, TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context

_MISSING = (2, 20)  # ENOENT, ENOTDIR


def run(ctx: Context, file: str) -> None:
    """Print a line for each line of the file, in its order, so that git's diff of them is one of events."""
    from bd_py import events, render, render_events

    data = _read(ctx.path(file), file)
    plain = render.Style()
    found = []
    for raw in data.split(b"\n"):
        line = raw.rstrip(b"\r")
        if not line:
            continue
        try:
            event = events.decode(line)
        except ValueError:
            if not ctx.json:
                ctx.out("? " + render.safe(line.decode("utf-8", "backslashreplace")))
            continue
        if ctx.json:
            found.append(event)
        else:
            ctx.out(render_events.event_line(event, plain))
    if ctx.json:
        ctx.emit(found)


def _read(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        if error.errno in _MISSING:
            raise NotFoundError(f"file '{name}' not found", "Give a segment: a .jsonl file of .tasks/log.") from None
        raise TkError(f"cannot read '{name}': {error.strerror}", "Mend access to it.") from None


VERB = Verb(
    "textconv",
    run,
    "Show a segment in sentences, for git diff",
    details="""git runs this, once 'tk install-hooks' has registered it, so that 'git diff', 'git show' and
    'git log -p' tell what happened instead of showing JSON. A line that is no event is shown as it is, after a
    question mark.""",
    examples=("tk textconv .tasks/log/2026-11/01M7X1Z09K8PMSFDTG.jsonl",),
    arguments=(Argument("file", "The segment"),),
    hidden=True,
)

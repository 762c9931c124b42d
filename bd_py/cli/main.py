"""From a command line to an exit code: parse, run the verb, and the one boundary for errors."""

from __future__ import annotations

import sys

from bd_py.cli.context import Context
from bd_py.cli.parse import first_word, parse
from bd_py.cli.registry import NAMES
from bd_py.errors import InvalidError, TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.cli.parse import Parsed

INTERRUPTED = 130
PIPE_CLOSED = 141  # as a program that SIGPIPE ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (``sys.argv`` without its first, unless given); the exit code of docs/cli.md."""
    args = list(sys.argv[1:] if argv is None else argv)
    ctx = Context({"json": "--json" in args or "--jsonl" in args})
    try:
        parsed = _parse(args)
        ctx = Context(parsed.globals)
        return _run(ctx, parsed)
    except TkError as error:
        return _quietly(ctx, error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 (the boundary)
        if isinstance(error, UnicodeEncodeError) and error.object in "\0".join(args):
            # Bytes that are no UTF-8 come as surrogates, which SQLite takes no more than the log does.
            return _quietly(ctx, InvalidError(f"'{error.object}' is no UTF-8 text"))
        from bd_py.cli.crash import damaged_cache, failing_disk, record

        return _quietly(ctx, damaged_cache(error) or failing_disk(error) or record(error, args))


def _parse(args: list[str]) -> Parsed:
    parsed = parse(args)
    if parsed is None:
        at = first_word(args)
        if at < len(args) and args[at] not in NAMES:
            from bd_py.cli.external import expand

            args = expand(args)
            parsed = parse(args)
    if parsed is None:
        from bd_py.cli.click_app import run_click

        parsed = run_click(args)
    return parsed


def _run(ctx: Context, parsed: Parsed) -> int:
    """Run the verb; what it printed goes out even when it fails, and only after the store is closed."""
    run = parsed.verb.run
    assert run is not None, parsed.path
    ctx.paged = parsed.verb.paged
    try:
        code = run(ctx, **parsed.values) or ctx.failed
        ctx.tell_notices()
    finally:
        try:
            ctx.close()
        finally:
            ctx.flush()
    return code


def _quietly(ctx: Context, error: TkError) -> int:
    """Report on stderr, if that is still there."""
    try:
        return ctx.report(error)
    except OSError:
        return error.exit_code

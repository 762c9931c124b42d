"""The entry of the ``tk`` command and of ``python -m bd_py``: quick in, quick out."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_DRIVER_ARGUMENTS = 6


def main() -> NoReturn:
    """Run ``sys.argv`` and end the process.

    The collector is off (a command is over before it pays), and the end skips the interpreter's tidying
    up, which costs more than most commands; TK_NO_FAST_EXIT brings it back, for coverage and atexit.
    """
    import gc

    gc.disable()
    fast = not os.environ.get("TK_NO_FAST_EXIT")
    code = _run(sys.argv[1:], fast)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # the reader is gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if not fast:
        sys.exit(code)
    os._exit(code)


def _run(args: list[str], fast: bool) -> int:
    """A merge has git waiting, once a file: what git hands to the driver goes straight there."""
    if len(args) == _DRIVER_ARGUMENTS and args[0] == "merge-driver" and not any(arg[:1] == "-" for arg in args):
        from bd_py.service.merge_driver import main as merge

        return merge(args[1:])
    if args[:1] == ["__complete"]:
        from bd_py.cli.complete import main as complete

        sys.stdout.write("".join(f"{line}\n" for line in complete(args[1:])))
        return 0
    if fast and args == ["hook", "pre-commit", "-"]:
        code = _pre_commit()
        if code is not None:
            return code
    from bd_py.cli import context
    from bd_py.cli.main import main as run

    context.leave_open = fast
    return run(args)


def _pre_commit() -> int | None:
    """A commit has git waiting, too; None where something is to be said or went wrong: the verb says it."""
    try:
        from bd_py import hooks_impl

        return 0 if hooks_impl.pre_commit_quickly(os.getcwd()) else None
    except Exception:  # noqa: BLE001 (the verb does it once more, and reports)
        return None


if __name__ == "__main__":
    main()

"""The entry of the ``tk`` command and of ``python -m bd_py``: quick in, quick out."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run ``sys.argv`` and end the process.

    The collector is off (a command is over before it pays), and the end skips the interpreter's tidying
    up, which costs more than most commands; TK_NO_FAST_EXIT brings it back, for coverage and atexit.
    """
    import gc

    gc.disable()
    from bd_py.cli import context
    from bd_py.cli.main import main as run

    fast = not os.environ.get("TK_NO_FAST_EXIT")
    context.leave_open = fast
    code = run()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # the reader is gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if not fast:
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()

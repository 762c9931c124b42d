"""What nobody expected: whole into a file, one line to the person."""

from __future__ import annotations

import errno
import os
import sys
import time
import traceback

from bd_py import __version__
from bd_py.cli.streams import one_line
from bd_py.errors import TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES = 1_000_000
"""A longer log begins anew."""


_DISK_ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_TRY_AGAIN = "Free space or mend access, then try again."
_DAMAGE = ("malformed", "not a database", "not decode", "can't decode", "no such table")


def damaged_cache(error: BaseException) -> TkError | None:
    """The error for the person where SQLite found the cache damaged after it had been opened."""
    from bd_py.cache.level import sqlite3

    words = str(error)
    if isinstance(error, (sqlite3.Error, UnicodeDecodeError)) and any(each in words for each in _DAMAGE):
        return TkError(f"the cache is damaged: {one_line(words)}", "'tk rebuild' makes it anew from the log.")
    return None


def failing_disk(error: BaseException) -> TkError | None:
    """The error for the person where a disk is full or broken, or must not be written, wherever that was met."""
    from bd_py.cache.level import sqlite3
    from bd_py.cache.session import is_unwritable

    if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
        where = f" {error.filename2 or error.filename}" if error.filename else ""
        return TkError(f"cannot write{where}: {error.strerror}", _TRY_AGAIN)
    if isinstance(error, sqlite3.OperationalError) and is_unwritable(error):
        return TkError(f"cannot write: {error}", _TRY_AGAIN)
    return None


def record(error: BaseException, argv: Sequence[str]) -> TkError:
    """Write the traceback with versions and command line to the crash log; the error for the person.

    The log is ``tk/crash.log`` in the git directory, where tk may write and git does not look. Outside
    git, or where it cannot be written, the traceback goes to stderr.
    """
    trace = "".join(traceback.format_exception(error))
    text = (
        f"--- {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n"
        f"tk {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n"
        f"command: {list(argv)!r}\n{trace}"
    )
    try:
        path = _write(text.encode("utf-8", "backslashreplace"))
        hint = f"This is a bug in tk. The details are in {path}"
    except OSError:
        hint = "This is a bug in tk.\n" + trace
    return TkError(f"unexpected {_name(error)}", hint)


def _name(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()


def _write(data: bytes) -> str:
    from bd_py.paths import find_git_dir

    git_dir = find_git_dir(os.getcwd())
    if git_dir is None:
        raise OSError("not in a git repository")
    folder = os.path.join(git_dir, "tk")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = os.path.join(folder, "crash.log")
    old = os.path.getsize(path) if os.path.exists(path) else 0
    mode = os.O_TRUNC if old > MAX_BYTES else os.O_APPEND
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | mode, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
    return path

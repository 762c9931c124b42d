"""What git runs to merge a segment that both sides wrote: files in, one file out.

git starts this once for each such file and waits, so it imports `os`, `sys` and the merge, and nothing of
the command line around it (`bd_py.__main__` comes here directly).
"""

from __future__ import annotations

import os
import sys

from bd_py.merge import MAKING, merge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 3
_WIDTH = 60
_READ_ONLY_FILE_SYSTEM = 30
_WRITE_BITS = 0o222


def main(args: Sequence[str]) -> int:
    """Merge the files that git names: base, ours, theirs, the size of markers, the path in the repository.

    The result replaces ours, whole or not at all. The exit code: 0 merged; 1 not, with ours untouched.
    """
    base, ours, theirs, _, path = args
    if path.endswith(".md"):
        return _merge_texts(ours, theirs)
    try:
        result, strays = merge(_read(base), _read(ours), _read(theirs))
        _replace(ours, result)
    except OSError as error:
        name = f"{error.filename}: " if isinstance(error.filename, str) else ""
        _say(f"Error: cannot merge {path}: {name}{error.strerror or error}")
        return 1
    except MemoryError:
        _say(f"Error: cannot merge {path}: out of memory")
        return 1
    _tell(path, strays)
    return 0


def _merge_texts(ours: str, theirs: str) -> int:
    """Merge a task's Markdown file: where one side is as tk wrote it, the other; tk writes it anew from the events.

    Where people edited both it is 1, and git merges them as a text.
    """
    from bd_py.taskfiles import text

    try:
        chosen = text.chosen(_read(ours), _read(theirs))
        if chosen is not None:
            _replace(ours, chosen)
            return 0
    except OSError as error:
        _say(f"Error: cannot merge {error.filename}: {error.strerror or error}")
        return 1
    return 1


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _replace(path: str, data: bytes) -> None:
    """Raises OSError with the file as it was."""
    mode = os.stat(path).st_mode & 0o7777
    if not mode & _WRITE_BITS:  # renaming over it would succeed
        raise OSError(_READ_ONLY_FILE_SYSTEM, "it is read-only", path)
    # As `files.making` names it, so that `sync.repair` sweeps it where this process is killed.
    temporary = os.path.join(os.path.dirname(path), f".{MAKING}.{os.getpid()}.tmp")
    if os.path.lexists(temporary):
        os.unlink(temporary)  # of a killed one that had this one's id
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(fd, rest) :]
        finally:
            os.close(fd)  # where a network's file system says that it is full
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _tell(path: str, strays: list[bytes]) -> None:
    if not strays:
        return
    some = "1 line is no event and stays" if len(strays) == 1 else f"{len(strays)} lines are no events and stay"
    _say(f"warning: {path}: {some} ('tk doctor'):")
    for line in strays[:_SHOWN]:
        _say(f"  {ascii(line[:_WIDTH])[2:-1]}{'...' if len(line) > _WIDTH else ''}")
    if len(strays) > _SHOWN:
        _say(f"  and {len(strays) - _SHOWN} more")


def _say(text: str) -> None:
    if sys.stderr is not None:
        try:
            sys.stderr.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            pass  # nobody listens

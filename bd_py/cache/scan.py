"""The files of the log as the file system has them."""

from __future__ import annotations

import os
import time

from bd_py.log import is_segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Stat = tuple[int, int, int, int]
"""size, mtime_ns, ctime_ns, inode"""


class Tree:
    """Folders and segments found, by path below the log's folder, with the time the looking began.

    ``leftovers`` are files in the making: where the lock is held, of a write that was killed.
    """

    __slots__ = ("checked_ns", "files", "folders", "leftovers")

    def __init__(self) -> None:
        self.checked_ns = time.time_ns()
        self.folders: dict[str, Stat] = {}
        self.files: dict[str, Stat] = {}
        self.leftovers: list[str] = []


def stat_of(found: os.stat_result) -> Stat:
    """The part of stat data that tells whether a file is as it was."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def look(log: str, known: Iterable[str] = (), skip: Callable[[str, Stat], bool] | None = None) -> Tree:
    """Look at the log's folders, those that are ``known`` and those found in them, and at their segments.

    ``skip(path, stat)`` tells that a folder is as it was: it is left out, but folders known to be below it
    are looked at all the same, since a change in one does not show in the one above.
    """
    tree = Tree()
    todo = {"", *known}
    while todo:
        folder = todo.pop()
        full = log + "/" + folder if folder else log
        try:
            stat = stat_of(os.stat(full, follow_symlinks=False))
            if folder in tree.folders or (skip is not None and skip(folder, stat)):
                continue
            with os.scandir(full) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if path not in tree.folders:
                            todo.add(path)
                    elif is_segment(entry.name) and entry.is_file(follow_symlinks=False):
                        tree.files[path] = stat_of(entry.stat(follow_symlinks=False))
                    elif entry.name.startswith(".") and entry.name.endswith(".tmp"):
                        tree.leftovers.append(path)
            tree.folders[folder] = stat
        except OSError:
            continue  # gone while we looked, or not ours to read: the next look tells
    return tree


def digest(data: bytes) -> str:
    """What tells two versions of a segment apart."""
    from _blake2 import blake2b

    return str(blake2b(data, digest_size=16).hexdigest())


def sweep(log: str, tree: Tree) -> None:
    """Take away what writes that were killed left in the making. The lock is held: nobody is making any."""
    for path in tree.leftovers:
        try:
            os.unlink(f"{log}/{path}")
        except OSError:
            pass  # doctor tells of it

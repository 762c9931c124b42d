"""The files of the log as the file system has them."""

from __future__ import annotations

import os

from bd_py.log import is_segment
from bd_py.stamps import clock_ns, stat_of, stat_of_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bd_py.stamps import Stat


class Tree:
    """Folders and segments found, by path below the log's folder, with the time the looking began.

    ``leftovers`` are files in the making: where the lock is held, of a write that was killed.
    """

    __slots__ = ("checked_ns", "files", "folders", "leftovers")

    def __init__(self) -> None:
        self.checked_ns = clock_ns()
        self.folders: dict[str, Stat] = {}
        self.files: dict[str, Stat] = {}
        self.leftovers: list[str] = []


def look(log: str, known: Iterable[str] = (), skip: Callable[[str, Stat], bool] | None = None) -> Tree:
    """Look at the log's folders, those that are ``known`` and those found in them, and at their segments.

    A file that goes away while this looks, as in a checkout, is left out; its folder changed with that, and the stat
    data noted of it, which is older, tells the next look.

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
                        found = stat_of_entry(entry)
                        if found is not None:
                            tree.files[path] = found
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


def sweep(log: str, leftovers: Iterable[str]) -> None:
    """Take away what writes that were killed left in the making. The lock is held: nobody is making any."""
    for path in leftovers:
        try:
            os.unlink(f"{log}/{path}")
        except OSError:
            pass  # doctor tells of it

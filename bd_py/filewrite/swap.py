"""Put a file in the place of another, or take one away, while a person may be saving it at the same moment.

A look at the file and a rename right after it leave a moment in which a save would be written over. So the file is
first moved aside, whatever it is by then, and looked at there, where no editor finds it: only what is still as it was
noted goes. The new one is linked into the place that this left, which fails where somebody else came first.
"""

from __future__ import annotations

import os

from bd_py import files
from bd_py.taskfiles import index, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def put(path: str, data: bytes, old: Mapping[str, str], *, sync: bool = False) -> bool:
    """Make a file hold some bytes, and files of before go; False, with nothing changed, where a person came first.

    ``old`` are the paths that go, this one among them where it is there, with the digests of what they hold. Without
    ``sync`` nothing is forced to disk: what can be made anew from the events need not be. Raises OSError.
    """
    folder, name = os.path.split(path)
    if files.read(path) == data and not old.keys() - {path}:
        return True
    os.makedirs(folder, exist_ok=True)
    temporary = f"{folder}/.{name}.tmp"
    aside: list[str] = []
    try:
        with open(files.open_new(temporary), "wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        for each, mark in old.items():
            if not _move_aside(each, mark):
                return False
            aside.append(each)
        if not _link(temporary, path):
            return False
        while aside:
            _unlink(places.aside(aside.pop()))
        return True
    finally:
        for each in aside:
            give_back(each)
        _unlink(temporary)


def take_away(path: str, mark: str) -> bool:
    """Remove a file that holds what was noted, or is gone; False where a person has saved another."""
    try:
        done = _move_aside(path, mark)
    except OSError:
        return False
    if done:
        _unlink(places.aside(path))
    return done or not os.path.lexists(path)


def give_back(path: str) -> None:
    """Bring back what stands aside of a path, unless something stands there again. Raises OSError."""
    beside = places.aside(path)
    if _link(beside, path):
        _unlink(beside)
    else:
        os.unlink(beside)  # saved once more: the later one counts


def _move_aside(path: str, mark: str) -> bool:
    """Move a file aside if it is as noted; where it is not, it is back at once."""
    try:
        os.rename(path, places.aside(path))
    except FileNotFoundError:
        return False
    data = files.read(places.aside(path))
    if data is not None and index.digest(data) == mark:
        return True
    give_back(path)
    return False


def _link(source: str, path: str) -> bool:
    """Give a file a second name; False where there is one of that name."""
    try:
        os.link(source, path, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links: a look has to do
        if os.path.lexists(path):
            return False
        os.rename(source, path)
    return True


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass

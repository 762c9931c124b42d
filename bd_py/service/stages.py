"""Segments that git could not merge: the stages of the index are, and the result is staged."""

from __future__ import annotations

import os

from bd_py import files, git, log, merge
from bd_py.paths import STORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bd_py.paths import Paths

_FOLDER = f"{STORE}/log/"


def settle(paths: Paths) -> list[str]:
    """Merge every segment that the index has in stages; their names below the log's folder. The lock is held.

    Where both sides have the file, as the driver merges. Where one took it away and the other changed it, what
    that one has stays: its events may stand nowhere else. Where both took it away it goes. What the work tree
    has beside the stages is kept.
    """
    if paths.git_dir is None or not os.path.exists(paths.git_dir + "/index"):
        return []
    unmerged = git.unmerged(paths.root, f"{STORE}/log").items()
    found = {name: sides for name, sides in unmerged if log.is_segment(os.path.basename(name))}
    contents = git.blobs(paths.root, (oid for sides in found.values() for oid in sides.values()))
    for name, sides in found.items():
        base, ours, theirs = (contents.get(sides.get(k, ""), b"") for k in (1, 2, 3))
        full = f"{paths.root}/{name}"
        here = log.read(full)
        if 2 not in sides and 3 not in sides:
            _take_away(full)
            continue
        merged, _ = merge.merge(base if 2 in sides and 3 in sides else b"", ours, theirs)
        added = _lines(here).difference(_lines(base), _lines(ours), _lines(theirs))
        if added:
            merged, _ = merge.merge(b"", merged, merge.without_markers(b"\n".join(sorted(added))))
        if merged != here or not os.path.exists(full):
            os.makedirs(os.path.dirname(full), exist_ok=True)
            files.replace(full, merged)
    return sorted(name.removeprefix(_FOLDER) for name in found)


def stage(paths: Paths, names: Iterable[str], also: Iterable[str] = ()) -> bool:
    """Stage segments as they are now, ``also`` those that git tracks already; whether that could be done."""
    if paths.git_dir is None:
        return True
    wanted = [_FOLDER + name for name in names]
    maybe = [_FOLDER + name for name in also]
    if maybe:
        wanted += git.tracked(paths.root, maybe)
    return git.stage(paths.root, wanted)


def _lines(data: bytes) -> set[bytes]:
    return {line.rstrip(b"\r") for line in data.split(b"\n")} - {b""}


def _take_away(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass

"""A second copy of the events that no commit holds yet, in the git directory, for `tk recover`.

A segment of the log has a hard link there. The file of a task's events has not: git puts another in its place with
every checkout. So each write's lines are appended to a file there as well, which is not forced to disk: it is for
``git clean`` and ``rm -rf``, not for a power cut.
"""

from __future__ import annotations

import os

from bd_py import log
from bd_py.cache.session import set_meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.level import Connection
    from bd_py.paths import Paths

_LIVE = "second_name"


def path_for(paths: Paths, first: str, data: bytes) -> str | None:
    """The path for a copy of its own, which begins with an event; None outside git."""
    folder = paths.open_segments
    return f"{folder}/{os.path.basename(log.segment_path(first, data))}" if folder else None


def keep(paths: Paths, conn: Connection, meta: dict[str, str], first: str, data: bytes) -> None:
    """Append lines to the copy that grows, or begin one. Best effort: without it nothing but `tk recover` is lost."""
    folder = paths.open_segments
    if folder is None:
        return
    name = meta.get(_LIVE, "")
    try:
        if not name or not _append(f"{folder}/{name}", data):
            name = os.path.basename(log.segment_path(first))
            os.makedirs(folder, exist_ok=True)
            with open(f"{folder}/{name}", "xb") as file:
                file.write(data)
            set_meta(conn, meta, _LIVE, name)
    except OSError:
        pass


def _append(path: str, data: bytes) -> bool:
    """Append to a file that is there and may grow; False where it is not."""
    fd = log.open_live(path)
    if fd is None:
        return False
    try:
        if os.fstat(fd).st_size >= log.FULL:
            return False
        os.write(fd, data)
        return True
    finally:
        os.close(fd)

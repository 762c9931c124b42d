"""The stat data of files, and how far it can be trusted to tell whether a file is as it was.

It is trusted as git trusts its index: only where it is older than the reading by the clock's granularity.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

Stat = tuple[int, int, int, int]
"""size, mtime_ns, ctime_ns, inode"""

_COARSE_CLOCK = 5 if sys.platform == "linux" else None
"""CLOCK_REALTIME_COARSE, by which Linux stamps files; `time` has no name for it. It moves on with the timer's tick, so
it is behind the exact clock by some 4 ms, and by much more on a virtual machine that the host lets wait: beside the
exact clock a new stamp would look old.
"""
FINE_NS = 20_000_000
COARSE_NS = 2_000_000_000


def clock_ns() -> int:
    """Nanoseconds since 1970 by the clock that stamps files; to be read before the stat data that it is noted with."""
    return time.time_ns() if _COARSE_CLOCK is None else time.clock_gettime_ns(_COARSE_CLOCK)


def trusted(mtime_ns: int, checked_ns: int) -> bool:
    """Whether a time stamp read after `clock_ns` said ``checked_ns`` would have changed with any later change."""
    granularity = FINE_NS if mtime_ns % 1_000_000_000 else COARSE_NS
    return mtime_ns + granularity < checked_ns


def stat_of(found: os.stat_result) -> Stat:
    """The part of stat data that tells whether a file is as it was."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def stat_of_entry(entry: os.DirEntry[str]) -> Stat | None:
    """The same of an entry of a folder; None where it went away since the folder was read."""
    try:
        return stat_of(entry.stat(follow_symlinks=False))
    except FileNotFoundError:
        return None

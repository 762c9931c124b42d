"""What an open store has in the log and not in the cache yet: new tasks and records.

The log alone is what was written. So a `Pending` may be dropped at any moment, by a crash as well: whoever opens the
cache next finds the live segment grown, and reads it.
"""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py import jsonio, log
from bd_py.cache.apply import Applier
from bd_py.errors import ConflictError
from bd_py.paths import head_position, index_state, stat_token
from bd_py.sqlite import sqlite3
from bd_py.stamps import stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.writer import LevelCache
    from bd_py.config import Config
    from bd_py.paths import Paths
    from bd_py.stamps import Stat

MOST = 256
"""Events to wait with: more at once are hardly cheaper, and somebody else's next command may have to read them."""

_LIVE = "SELECT path FROM segments WHERE id = (SELECT value FROM meta WHERE key = 'live')"


class Pending:
    """Events of the live segment after a write that left the cache level, all of them the first of their subject.

    ``number`` is the live segment's, ``path`` below the log's folder, ``size`` its bytes now. ``lines`` wait.
    ``conn``: the cache as it was; ``config``: the settings in force; ``newest``: the log's
    largest id.

    They are decoded and folded when they are brought in: right after an fsync, with cold caches, all of that costs
    twice as much.
    """

    __slots__ = (
        "_as_left",
        "_base",
        "_cache",
        "_fd",
        "_found",
        "_full",
        "_paths",
        "_wal",
        "_watched",
        "config",
        "conn",
        "lines",
        "newest",
        "number",
        "path",
    )

    def __init__(self, paths: Paths, cache: LevelCache, number: int, path: str, base: Stat) -> None:
        self._paths = paths
        self._full = f"{paths.log}/{path}"
        self._base = self._found = base
        self._cache = os.stat(paths.cache).st_ino
        self._wal = "not looked at yet"
        git = [paths.git_dir + name for name in ("/HEAD", "/logs/HEAD", "/index")] if paths.git_dir else []
        self._watched = [paths.config, *git]
        self._as_left = self._outside()
        self._fd = -1
        self.number = number
        self.path = path
        self.config: Config = cache.config
        self.conn = cache.conn
        self.lines: list[str] = []
        self.newest = str(cache.conn.execute("SELECT max(id) FROM log_events").fetchone()[0] or "")

    @classmethod
    def begin(cls, paths: Paths, cache: LevelCache) -> Pending | None:
        """Nothing yet, right after a commit; None where no segment may grow. The lock is held."""
        meta = cache.meta
        query = "SELECT id, path, size, mtime_ns, ctime_ns, inode FROM segments WHERE id = ?"
        row = cache.conn.execute(query, (meta["live"],)).fetchone() if meta.get("live") else None
        if row is None:
            return None
        made = cls(paths, cache, row[0], row[1], row[2:])
        wanted = (meta["live_head"], meta.get("live_index", ""), meta.get("config_stat", ""))
        found = (head_position(paths.git_dir), index_state(paths.git_dir), config_module.signature(paths.config))
        return made if found == wanted else None

    def __del__(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)

    def _outside(self) -> list[Stat | str]:
        """The settings, and what decides whether the live segment may grow: where HEAD stands, and git's index."""
        found: list[Stat | str] = []
        for name in self._watched:
            try:
                found.append(stat_of(os.lstat(name)))
            except OSError:
                found.append(head_position(self._paths.git_dir))  # without a reflog of HEAD its files tell
        return found

    @property
    def size(self) -> int:
        """Bytes of the live segment."""
        return self._found[0]

    @property
    def is_full(self) -> bool:
        """Whether the next event begins another segment."""
        return self.size >= log.FULL

    def holds(self) -> bool:
        """Whether settings, HEAD, index and the live segment are as they were left, so that it may grow.

        What others write to segments of their own does not matter to what only begins something. The lock is held.
        """
        try:
            if os.stat(self._paths.cache).st_ino != self._cache or stat_of(os.stat(self._full)) != self._found:
                return False
        except OSError:
            return False
        return not self.is_full and self._outside() == self._as_left and self._is_live()

    def _is_live(self) -> bool:
        """Whether the cache has this segment for the live one, the only one that readers look at: no rebuild does."""
        wal = stat_token(self._paths.cache + "-wal")
        if wal == self._wal:
            return True  # nobody committed
        try:
            if self.conn.execute(_LIVE).fetchone() != (self.path,):
                return False
        except sqlite3.Error:
            return False
        self._wal = wal
        return True

    def append(self, lines: list[str], last: str) -> bool:
        """Append the first events of tasks and records, up to that with the id ``last``, and force them to disk.

        False, with nothing written, where the segment is not the one that was left. Raises LogWriteError with it as
        it was. The file stays open: opening it is a tenth of what such a write costs.
        """
        if self._fd < 0:
            fd = log.open_live(self._full)
            if fd is None:
                return False
            self._fd = fd
            if stat_of(os.fstat(fd)) != self._found:
                return False
        data = ("\n".join(lines) + "\n").encode()
        size = self.size + len(data)
        found = stat_of(log.append_to(self._fd, self._full, self.size, data))
        self.lines += lines  # before the stat data, without which a signal here leaves the file to be read
        self.newest = last
        if found[0] != size:
            self._base = found  # somebody wrote without the lock: the cache reads all of it
        self._found = found
        return True

    def take_in(self, cache: LevelCache) -> None:
        """Bring what waits into the tables, in the open transaction of a cache.

        Nothing is done where that has it already, because another process caught up, or the cache was made anew.
        """
        query = "SELECT size, mtime_ns, ctime_ns, inode FROM segments WHERE id = ? AND path = ?"
        row = cache.conn.execute(query, (self.number, self.path)).fetchone()
        if not self.lines or row != self._base or cache.meta.get("live") != str(self.number):
            return
        applier = Applier(cache.conn, cache.config.statuses, searched="search" in cache.meta)
        applier.many = True
        cache.conn.execute("SAVEPOINT pending")
        try:
            events = [jsonio.loads(line) for line in self.lines]
            for event, line in zip(events, self.lines, strict=True):
                applier.add(event, line, self.number, fresh=True)
            applier.flush()
            cache.note_segment(self.number, self.path, self._found, [event["id"] for event in events])
        except (ConflictError, sqlite3.IntegrityError):
            cache.conn.execute("ROLLBACK TO pending")
        cache.conn.execute("RELEASE pending")

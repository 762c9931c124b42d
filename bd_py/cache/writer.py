"""The cache under the lock: made, upgraded, mended and brought level, then open for one transaction."""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py import jsonio
from bd_py.cache.apply import Applier
from bd_py.cache.level import (
    UNSEEN_DAMAGE,
    Connection,
    Stale,
    connect,
    is_level,
    read_meta,
    sqlite3,
)
from bd_py.cache.session import cannot_write, prepare, prepare_many, set_meta, unreadable
from bd_py.config import Config
from bd_py.paths import head_position
from bd_py.stamps import clock_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.build import Progress
    from bd_py.cache.catchup import Changes
    from bd_py.cache.pending import Pending
    from bd_py.paths import Paths
    from bd_py.stamps import Stat


class LevelCache:
    """A cache that is level with the log, in an open transaction. The caller holds the lock.

    ``progress`` is told how far it is where the cache has to be made anew.

    ``changes`` is what the catch-up found, None where there was none; ``found_level``: nothing had changed;
    ``created``: there was no cache.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        every_file: bool = False,
        conn: Connection | None = None,
        prepared: bool = False,
        many: bool = False,
        pending: Pending | None = None,
        progress: Progress | None = None,
    ) -> None:
        """``conn``: an open connection to this very file, to go on with; ``prepared`` by a write before.

        ``many``: thousands of rows are to be written. ``pending``: what that connection's owner has in the log and
        not in the cache.
        """
        self.paths = paths
        self.progress = progress
        self._given = conn
        self._prepared = prepared
        self._many = many
        self._pending = pending
        self.changes: Changes | None = None
        self.found_level = False
        self.created = False
        self.salvaged: list[str] | None = None
        try:
            self._start(every_file)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not unreadable(error):
                raise cannot_write(paths, error) from error
            from bd_py.cache.build import salvage

            self.salvaged = salvage(paths, config_module.load(paths.config))
            self._start(every_file)

    def _start(self, every_file: bool) -> None:
        conn, self._given = self._given, None
        if conn is None:
            if not os.path.exists(self.paths.cache):
                from bd_py.cache.build import create

                create(self.paths, config_module.load(self.paths.config), self.progress)
                self.created = True
            conn = connect(self.paths.cache)
            self._prepared = False
        self.conn = conn
        try:
            if not self._prepared:
                prepare(self.conn)
            if self._many:
                prepare_many(self.conn)
            self.meta = self._current()
            self.config = self._settings()
            self.applier = self._bring_level(every_file)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back; what was not committed is undone."""
        self.conn.close()

    def note_segment(self, number: int, path: str, found: Stat, added: list[str]) -> None:
        """A segment that was written just now, with the ids of the events that were added to it.

        Without a digest: the bytes that were there before were not read, so the next look at the file reads it. Its
        stat data counts as read in the moment of the write, so as too young to be trusted.
        """
        stat = (*found, found[1])
        span = (min(added), max(added))
        grown = self.conn.execute(
            "UPDATE segments SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, checked_ns = ?, digest = NULL, "
            "first_id = min(first_id, ?), last_id = max(last_id, ?) WHERE id = ?",
            (*stat, *span, number),
        )
        if not grown.rowcount:
            self.conn.execute(
                "INSERT INTO segments (id, path, size, mtime_ns, ctime_ns, inode, checked_ns, first_id, last_id) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number, path, *stat, *span),
            )

    def note_folders(self, path: str) -> None:
        """The folders that a new segment changed, as they are now: too young to be trusted before long."""
        now = clock_ns()
        folder = path.rpartition("/")[0]
        rows = []
        while True:
            found = os.stat(self.paths.log + "/" + folder)
            rows.append((folder, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, now))
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        self.conn.executemany(
            "INSERT INTO folders VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET mtime_ns = excluded.mtime_ns, "
            "ctime_ns = excluded.ctime_ns, inode = excluded.inode, checked_ns = excluded.checked_ns",
            rows,
        )

    def _current(self) -> dict[str, str]:
        """The meta table, after upgrading a cache of an older schema."""
        try:
            return read_meta(self.conn)
        except Stale:
            from bd_py.cache.upgrade import upgrade

            upgrade(self.conn, self.paths, config_module.load(self.paths.config))
            return read_meta(self.conn)

    def _settings(self) -> Config:
        """The settings, read again where the file changed; other categories of status mean another fold."""
        signature = config_module.signature(self.paths.config)
        if self.meta.get("config_stat") == signature:
            return config_module.stored(self.meta["config"])
        from bd_py.cache import build

        config = config_module.load(self.paths.config)
        if self.meta.get("statuses") != jsonio.dumps(config.statuses):
            build.rebuild(self.conn, self.paths, config, self.progress)
        else:
            build.write_meta(self.conn, config, signature)
        self.meta = read_meta(self.conn)
        return config

    def _bring_level(self, every_file: bool) -> Applier:
        self.conn.execute("BEGIN IMMEDIATE")
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.take_in(self)
        applier = self._applier()
        if not every_file and is_level(self.paths, self.conn, self.meta, noting="locked"):
            self.found_level = True
            return applier
        from bd_py.cache.catchup import CatchUp, TooMuch

        live = self.meta.get("live")
        stands = self.meta.get("live_head") == head_position(self.paths.git_dir)
        catch_up = CatchUp(self.conn, self.paths, applier, int(live) if live else None, may_cut=stands)
        try:
            self.changes = catch_up.run(every_file=every_file or self.paths.files)
            if live and catch_up.live is None:
                set_meta(self.conn, self.meta, "live", "")
            applier.flush()
            self._tell()
        except TooMuch:
            from bd_py.cache.build import rebuild

            self.conn.execute("ROLLBACK")
            rebuild(self.conn, self.paths, self.config, self.progress)
            self.meta = read_meta(self.conn)
            self.conn.execute("BEGIN IMMEDIATE")
            applier = self._applier()
        self._count_bad_lines()
        return applier

    def _applier(self) -> Applier:
        return Applier(self.conn, self.config.statuses, searched="search" in self.meta)

    def _tell(self) -> None:
        """Remember for `sync` what came and went."""
        changes = self.changes
        if changes is not None and (changes.new or changes.returned or changes.gone):
            from bd_py.cache import inbox

            came = [event_id for event_id in changes.new if event_id not in changes.own]
            inbox.note(self.conn, [*came, *changes.returned], changes.gone)

    def _count_bad_lines(self) -> None:
        if self.changes is not None and self.changes.bad:
            set_meta(self.conn, self.meta, UNSEEN_DAMAGE, "1")
        count = self.conn.execute("SELECT coalesce(sum(bad_lines), 0) FROM segments").fetchone()[0]
        if str(count) != self.meta.get("bad_lines", "0"):
            set_meta(self.conn, self.meta, "bad_lines", str(count))

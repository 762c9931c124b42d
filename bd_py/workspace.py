"""One opened store: where it is, its settings, who acts; reads, and the one way to write."""

from __future__ import annotations

import os

from bd_py import config, paths
from bd_py.cache.level import MOST_WAL, Stale, open_level, read_meta
from bd_py.config import Config
from bd_py.errors import ReadOnlyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.build import Progress
    from bd_py.cache.catchup import Changes
    from bd_py.cache.level import Connection, Probe
    from bd_py.cache.pending import Pending
    from bd_py.cache.session import Notes
    from bd_py.cache.writer import LevelCache
    from bd_py.paths import Paths
    from bd_py.sync import Repaired
    from bd_py.write import Write


class Workspace:
    """A store, with a level cache to read from.

    ``conn`` is brought level when it is first asked for. ``changes`` tells what the last catch-up found,
    ``salvaged`` that the cache was unreadable (the tables of other programs that were saved), ``suspect`` that
    events of this worktree may be gone (`bd_py.service.notices` looks closer), ``repaired`` the segments that a
    write found with conflict markers in them and mended. ``first_write``: the first here since git tracks the
    store, as in a new clone. ``progress`` is told how far it is whenever the cache is made anew, which takes
    seconds for hundreds of thousands of events. ``remarks``: what was not taken in of task files that people changed.
    ``took_in``: what people changed in task files has become events, so files are not as they were.
    ``prepared``: a write has set ``conn`` up. ``pending``: what was written and ``conn`` does not have yet.
    """

    def __init__(self, where: Paths, actor: dict[str, Any] | None = None) -> None:
        self.paths = where
        self.given_actor = actor or {}
        self.changes: Changes | None = None
        self.salvaged: list[str] | None = None
        self.suspect = False
        self.repaired: Repaired | None = None
        self.first_write = False
        self.remarks: list[str] = []
        self.took_in = False
        self.most_wal = MOST_WAL
        self.read_only = False
        self.progress: Progress | None = None
        self.pending: Pending | None = None
        self.patience = 0
        self._conn: Connection | None = None
        self.prepared = False
        self._inode = 0
        self._probe: Probe | None = None
        self._meta: dict[str, str] = {}
        self._config: Config | None = None
        self._actor: dict[str, Any] | None = None

    @classmethod
    def find(cls, directory: str | None = None, actor: dict[str, Any] | None = None) -> Workspace:
        """The store that serves a directory. Raises NoStoreError."""
        return cls(paths.find(directory), actor)

    @property
    def conn(self) -> Connection:
        """A connection to a level cache."""
        if self._conn is None:
            self._open()
        elif self.pending is not None and self.pending.lines:
            self.settle()
        assert self._conn is not None
        return self._conn

    @property
    def meta(self) -> dict[str, str]:
        """The cache's ``meta`` table."""
        _ = self.conn
        return self._meta

    @property
    def config(self) -> Config:
        """The settings in force."""
        if self._config is None:
            self._config = config.stored(self.meta["config"])
        return self._config

    @property
    def bad_lines(self) -> int:
        """How many lines of the log are no events."""
        return int(self.meta.get("bad_lines", "0"))

    def close(self) -> None:
        """Give the connection back."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None
            self.prepared = False
        self.pending = None  # it is in the log

    def settle(self) -> None:
        """Bring what waits into the cache. Raises as `writing` does, and then who asks next reads the log."""
        self._catch_up()

    def take_pending(self) -> Pending | None:
        """What waits, for a write to bring into the cache: from now on nothing does."""
        found, self.pending = self.pending, None
        return found

    def current(self) -> Connection:
        """`conn`, level with the log at this moment; for those who keep a store open and ask often.

        A few stats where nothing has changed.
        """
        if self.pending is not None and self.pending.lines:
            self.settle()
        conn = self._conn
        if conn is not None and self._probe is not None and self._probe.holds():
            return conn
        if conn is None or not self._is_level():
            self.refresh()
            self._open()
        assert self._conn is not None
        return self._conn

    @property
    def probe(self) -> Probe | None:
        """What `current` last found nothing changed by; another one after every change."""
        return self._probe

    def _is_level(self) -> bool:
        from bd_py.cache.level import Probe, is_level, sqlite3
        from bd_py.errors import NewerError

        assert self._conn is not None
        self._probe = None
        try:
            if self.read_only or os.stat(self.paths.cache).st_ino != self._inode:
                return False
            self._meta = read_meta(self._conn)
            if not is_level(self.paths, self._conn, self._meta):
                return False
            self._config = None
            self._probe = Probe.make(self.paths, self._conn)
        except (Stale, NewerError, OSError, sqlite3.Error):
            return False
        return True

    def lend(self) -> Connection | None:
        """The open connection, for a write to go on with; None where there is none to the file that is there."""
        if self._conn is None or self.read_only:
            return None
        try:
            same = os.stat(self.paths.cache).st_ino == self._inode
        except OSError:
            return None
        return self._conn if same else None

    def refresh(self) -> None:
        """Bring what is read level with the log again; for those who keep a store open."""
        self.close()
        self.paths.choose()
        self._config = None

    def writing(
        self, *, batch: bool = False, every_file: bool = False, repair: bool = True, behind: bool = False
    ) -> Write:
        """The lock, a level cache and a transaction, as a context manager.

        ``batch``: the events make a segment of their own, which appears whole or not at all. ``repair=False``
        leaves conflict markers in the log as they are: for those who only look, and those who repair themselves.
        ``behind``: what only begins tasks or records may leave the cache for later.
        """
        if self.paths.files:
            from bd_py.filewrite.convert import settle

            settle(self)
        if self.paths.files:
            from bd_py.filewrite.write import FilesWrite

            return FilesWrite(self, batch=batch, every_file=every_file, repair=repair)
        if behind and self.paths.shared is None:
            from bd_py.write_behind import WriteBehind

            return WriteBehind(self)
        from bd_py.write import Write

        return Write(self, batch=batch, every_file=every_file, repair=repair)

    def noting(self) -> Notes:
        """The lock and a transaction for what the cache notes about the log, as a context manager; no events."""
        from bd_py.cache.session import Notes

        return Notes(self.paths, self.conn)

    def note_opening(self, cache: LevelCache) -> None:
        """Take over what opening the cache for a write found."""
        self.changes = cache.changes
        if cache.salvaged is not None:
            self.salvaged = cache.salvaged
        if cache.created or (cache.changes is not None and cache.changes.gone):
            self.suspect = True

    @property
    def has_notices(self) -> bool:
        """Whether a person must be told something about the store, as cheaply as can be asked."""
        told = self.suspect or self.first_write or self.salvaged is not None or self.repaired is not None
        told = told or bool(self.remarks) or self._meta.get("bad_files", "0") != "0"
        return told or self._meta.get("bad_lines", "0") != "0"

    def adopt(self, conn: Connection, meta: dict[str, str], config: Config) -> None:
        """Go on reading from a connection that a write brought level."""
        if self._conn is not conn:
            if self._conn is not None:
                self._conn.close()
            self._inode = os.stat(self.paths.cache).st_ino
        self._conn, self._meta, self._config = conn, meta, config
        self.prepared = True
        self._probe = None

    def actor(self) -> dict[str, Any]:
        """Who acts: as given, else git's user.name, else the login name. Raises InvalidError for who can be nobody."""
        if self._actor is None:
            given = dict(self.given_actor)
            if given:
                from bd_py.payloads import check_actor

                check_actor(given)
            if "name" not in given:
                from bd_py.identity import default_name

                given = {"name": default_name(self), **given}
            self._actor = given
        return self._actor

    def act_as(self, actor: dict[str, Any]) -> dict[str, Any]:
        """From now on this actor acts; who did before."""
        before, self._actor = self.actor(), actor
        return before

    def _open(self) -> None:
        try:
            self._conn, self._meta = open_level(self.paths)
            self._inode = os.stat(self.paths.cache).st_ino
        except Stale:
            self._catch_up()

    def _catch_up(self) -> None:
        from bd_py.cache.level import sqlite3

        try:
            with self.writing(repair=False):
                pass
        except (ReadOnlyError, sqlite3.OperationalError):
            self._open_unwritable()

    def _open_unwritable(self) -> None:
        """Read a store that cannot be written: its cache where that is level, else a fold in memory."""
        from bd_py.cache.build import in_memory
        from bd_py.cache.level import connect_read_only, is_level, sqlite3

        self.close()
        self.read_only = True
        for immutable in (False, True):
            if immutable and os.path.exists(self.paths.cache + "-wal"):
                continue
            try:
                conn = connect_read_only(self.paths.cache, immutable=immutable)
            except sqlite3.Error:
                continue
            try:
                meta = read_meta(conn)
                if is_level(self.paths, conn, meta, noting="never"):
                    self._conn, self._meta = conn, meta
                    return
            except (Stale, sqlite3.Error, UnicodeDecodeError):
                pass
            finally:
                if self._conn is not conn:
                    conn.close()
        self._conn = in_memory(self.paths, config.load(self.paths.config))
        self._meta = read_meta(self._conn)

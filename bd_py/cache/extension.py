"""A connection for other programs' own tables in the cache file: tk's tables are read-only on it.

Both sides write to one SQLite file. tk takes ``.tasks/lock`` first, then SQLite's write lock. `Extension.transaction`
does the same, so that nobody waits inside of SQLite, whose queue is not fair. A statement outside of one waits for
SQLite's lock alone, up to `BUSY_SECONDS`, and begins with ``BEGIN IMMEDIATE``: a transaction that first reads and
then writes would be refused at once where another has written in between.
"""

from __future__ import annotations

import os
import sqlite3

from bd_py.cache.foreign import OWN_TABLES, OWN_VIEWS
from bd_py.cache.level import BUSY_SECONDS
from bd_py.errors import ConflictError
from bd_py.lock import Lock
from bd_py.paths import refuse_link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from bd_py.paths import Paths

_OWN = frozenset((*OWN_TABLES, *OWN_VIEWS))
_CHANGES = frozenset(
    (
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_VIEW,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_TABLE,
        sqlite3.SQLITE_CREATE_VIEW,
        sqlite3.SQLITE_CREATE_TEMP_VIEW,
        sqlite3.SQLITE_DROP_VTABLE,
        sqlite3.SQLITE_ANALYZE,  # its figures would change the plans of tk's queries
    )
)
"""Their first argument is the table."""
_ON_TABLE = frozenset(
    (
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_CREATE_TRIGGER,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_ALTER_TABLE,
    )
)
"""Their second argument is the table."""
_PRAGMAS = frozenset(("writable_schema", "schema_version", "user_version", "journal_mode", "locking_mode"))
"""What would change the file under tk."""


class Extension(sqlite3.Connection):
    """A connection on which tk's own tables can be read and not changed."""

    _place: Paths
    _free: Callable[[], AbstractContextManager[None]]

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """A write that nobody interrupts: tk's lock, ``BEGIN IMMEDIATE``, and at the end commit or rollback.

        Raises LockTimeoutError; ConflictError where the cache was replaced since this connection was opened.
        Do not call tk in it: it waits for the lock that is held here. What changes a table outside of one begins a
        transaction too, as sqlite3 does, which `commit` must end before tk can write again.
        """
        from contextlib import contextmanager

        return contextmanager(self._transaction)()

    def blobopen(
        self, table: str, column: str, row: int, /, *, readonly: bool = False, name: str = "main"
    ) -> sqlite3.Blob:
        """As sqlite3's; SQLite does not ask the authorizer about it, so tk's tables are refused here."""
        if not readonly and name.lower() != "temp" and _is_own(table):
            raise sqlite3.DatabaseError(f"not authorized: {table} is tk's, and read-only here")
        return super().blobopen(table, column, row, readonly=readonly, name=name)

    def set_authorizer(self, *_: object) -> None:
        """Refused: the one that is set keeps tk's tables read-only."""
        raise sqlite3.ProgrammingError("the authorizer of this connection keeps tk's tables read-only")

    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._free(), Lock(self._place.lock):
            self._refuse_replaced()
            self.execute("BEGIN IMMEDIATE")
            try:
                yield self
            except BaseException:
                self.rollback()
                raise
            self.commit()

    def _refuse_replaced(self) -> None:
        try:
            same = os.stat(self._place.cache).st_ino == self._inode
        except OSError:
            same = False
        if not same:
            raise ConflictError(
                "the cache was replaced since this connection was opened", "Ask the store for a new connection."
            )

    _inode = 0


def connect(paths: Paths, free: Callable[[], AbstractContextManager[None]]) -> Extension:
    """A new connection to the cache that is there. ``free`` is entered around each `Extension.transaction`."""
    refuse_link(paths.cache)
    conn = sqlite3.connect(paths.cache, timeout=BUSY_SECONDS, isolation_level="IMMEDIATE", factory=Extension)
    assert isinstance(conn, Extension)
    conn._place, conn._free, conn._inode = paths, free, os.stat(paths.cache).st_ino
    conn.execute("PRAGMA foreign_keys = ON")
    sqlite3.Connection.set_authorizer(conn, _authorizer(paths.cache))
    return conn


def _authorizer(cache: str) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    def allow(action: int, first: str | None, second: str | None, database: str | None, _inner: str | None) -> int:
        if action in _CHANGES:
            refused = database != "temp" and _is_own(first)
        elif action in _ON_TABLE:
            refused = _is_own(second)
        elif action == sqlite3.SQLITE_PRAGMA:
            refused = second is not None and str(first).lower() in _PRAGMAS
        elif action == sqlite3.SQLITE_ATTACH:
            refused = first is None or _is_file(first, cache)
        else:
            refused = False
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    return allow


def _is_own(name: str | None) -> bool:
    return name is not None and name.lower() in _OWN


def _is_file(name: str, cache: str) -> bool:
    """Whether what is attached may be the cache; a URI may say it in many ways."""
    if name.lower().startswith("file:"):
        return True
    try:
        return os.path.samefile(name, cache)
    except OSError:
        return False

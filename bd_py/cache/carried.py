"""What a cache that is made anew takes over from the one before it: what the log does not tell."""

from __future__ import annotations

from bd_py import jsonio
from bd_py.cache import inbox
from bd_py.cache.level import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from bd_py.cache.level import Connection

_EVENTS = (
    "SELECT id, issue_id, type, line FROM log_events "
    "WHERE length(id) = 26 AND typeof(type) = 'text' AND typeof(line) = 'text'"
)


class Carried:
    """Events that no segment holds any more, and news that nobody was told.

    ``whole``: its tables are dropped before the log is read, so all of them are read now. A cache may be damaged:
    what cannot be read is not there.
    """

    def __init__(self, conn: Connection, *, whole: bool = False) -> None:
        self.conn = conn
        self._present = {event_id for (event_id,) in self._read("SELECT id FROM log_events WHERE present = 1")}
        self._news = self._read("SELECT event_id, change FROM inbox")
        self._kept = self._read(_EVENTS) if whole else None
        self._knew = bool(self._present) or bool(self._read("SELECT 1 FROM log_events LIMIT 1"))

    def lost(self, found: Collection[str]) -> list[tuple[Any, ...]]:
        """The rows of ``log_events`` for the events that the log, where these were found, does not hold."""
        rows = self._kept
        if rows is None:
            gone = jsonio.dumps([event_id for event_id in self._present if event_id not in found])
            rows = self._read(f"{_EVENTS} AND present = 0")
            rows += self._read(f"{_EVENTS} AND id IN (SELECT value FROM json_each(?)) AND present = 1", gone)
        return [(*row[:3], None, 0, row[3]) for row in rows if row[0] not in found]

    def fill_inbox(self, conn: Connection, now: Iterable[str]) -> None:
        """What was not told yet, and the difference between the events of before and of now."""
        conn.executemany("INSERT INTO inbox VALUES (?, ?)", self._news)
        if self._knew:
            here = set(now)
            inbox.note(conn, here - self._present, self._present - here)

    def _read(self, query: str, *values: str) -> list[Any]:
        try:
            return self.conn.execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError):
            return []

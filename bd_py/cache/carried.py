"""What the log does not tell, and a rebuild takes over from the cache before it."""

from __future__ import annotations

import os

from bd_py.cache import foreign, inbox
from bd_py.cache.level import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection

_WHOLE = "length(id) = 26 AND typeof(type) = 'text' AND typeof(line) = 'text'"  # it may be damaged


class Carried:
    """Read from the cache as it was; nothing where there was none.

    ``events`` are (id, arrived, present) by id, those that no segment holds any more among them; ``inbox`` is what
    `sync` has not told yet, ``epoch`` the cache's name for cursors.
    """

    def __init__(self, conn: Connection | None = None) -> None:
        self.events: list[tuple[str, Any, int]] = []
        self.inbox: list[tuple[str, int]] = []
        self.epoch: str | None = None
        if conn is None:
            return
        self._record = "record"
        self.events = self._read_events(conn)
        self.inbox = _rows(conn, "SELECT event_id, change FROM inbox") or []
        for (value,) in _rows(conn, "SELECT value FROM meta WHERE key = 'epoch'") or []:
            self.epoch = str(value)

    def _read_events(self, conn: Connection) -> list[tuple[str, Any, int]]:
        for arrived, record in (("arrived", "record"), ("NULL", "NULL")):  # the second: before schema 2
            self._record = record
            found = _rows(conn, f"SELECT id, {arrived}, present FROM log_events WHERE {_WHOLE} ORDER BY id")
            if found is not None:
                return found
        return []

    def name(self) -> str:
        """The name of the cache: what it was, or a new one."""
        return self.epoch or os.urandom(4).hex()

    def lost(self, conn: Connection, order: list[str]) -> list[tuple[Any, ...]]:
        """The events that are not among the ids ``order``: id, task, type, line, record."""
        if not self.events or self._same(order):
            return []
        here = set(order)
        query = f"SELECT id, issue_id, type, line, {self._record} FROM log_events WHERE id = ? AND {_WHOLE}"
        return [row for each in self.events if each[0] not in here for row in conn.execute(query, each[:1])]

    def arrivals(self, order: list[str]) -> list[int]:
        """In which order events came, for each of ``order``: what was here keeps its number, the rest follows by id."""
        known = [row[1] for row in self.events]
        if self._same(order) and all(type(number) is int for number in known):
            return known
        numbers = {row[0]: row[1] for row in self.events if type(row[1]) is int}
        last = max(numbers.values(), default=0)
        new = [event_id for event_id in order if event_id not in numbers] if numbers else order
        if len(new) == len(order):
            return list(range(last + 1, last + 1 + len(order)))
        numbers.update(zip(new, range(last + 1, last + 1 + len(new)), strict=True))
        return [numbers[event_id] for event_id in order]

    def fill_inbox(self, conn: Connection, now: list[str]) -> None:
        """What was not told yet, and the difference between the events of before and of now, which are ``now``."""
        conn.executemany("INSERT INTO inbox VALUES (?, ?)", self.inbox)
        before = [row[0] for row in self.events if row[2]]
        if self.events and before != now:
            inbox.note(conn, set(now).difference(before), set(before).difference(now))

    def _same(self, order: list[str]) -> bool:
        return [row[0] for row in self.events] == order


def _rows(conn: Connection, query: str) -> list[Any] | None:
    """The rows of a query; None where a damaged or older cache does not give them."""
    try:
        return conn.execute(query).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def referred(conn: Connection) -> dict[str, tuple[Any, ...]]:
    """The tasks that other programs' tables refer to, as (id, title, times, version) before the rebuild."""
    out: dict[str, tuple[Any, ...]] = {}
    known = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, column in foreign.references(conn):
        ids = [row[0] for row in conn.execute(f'SELECT DISTINCT "{column}" FROM "{table}"')]
        for task_id in ids:
            row = None
            if "issues" in known:
                row = conn.execute(
                    "SELECT id, title, created_at, updated_at, version FROM issues WHERE id = ?", (task_id,)
                ).fetchone()
            if task_id is not None:
                out[task_id] = row or (task_id, "(unknown)", "", "", "")
    return out


def keep_referred(conn: Connection, before: dict[str, tuple[Any, ...]]) -> None:
    """A row for each task that is gone but referred to: a foreign key must not dangle, nor cascade."""
    for task_id, (_, title, created_at, updated_at, version) in before.items():
        if conn.execute("SELECT 1 FROM issues WHERE id = ?", (task_id,)).fetchone():
            continue
        deleted = conn.execute("SELECT 1 FROM deleted_issues WHERE id = ?", (task_id,)).fetchone()
        conn.execute(
            "INSERT INTO issues (id, title, status, category, created_at, updated_at, created_event, version, "
            "event_count, last_event_at) VALUES (?, ?, ?, 'gone', ?, ?, '', ?, 0, ?)",
            (task_id, title, "tombstone" if deleted else "unreachable", created_at, updated_at, version, updated_at),
        )

"""What came into the log, or went from it, other than by this store's own writes, until a sync has told it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bd_py.cache.level import Connection

_PUT = "INSERT INTO inbox VALUES (?, ?) ON CONFLICT (event_id) DO UPDATE SET change = excluded.change"


def note(conn: Connection, came: Iterable[str], went: Iterable[str]) -> None:
    """Note ids of events that came in and that are gone; the last of the two counts."""
    conn.executemany(_PUT, [(event_id, 1) for event_id in came])
    conn.executemany(_PUT, [(event_id, -1) for event_id in went])


def read(conn: Connection) -> tuple[list[str], list[str]]:
    """The ids of events that came in, and of those that are gone."""
    rows = conn.execute("SELECT event_id, change FROM inbox ORDER BY event_id").fetchall()
    return [event_id for event_id, n in rows if n > 0], [event_id for event_id, n in rows if n < 0]


def forget(conn: Connection, ids: Iterable[str]) -> None:
    """These are no news."""
    conn.executemany("DELETE FROM inbox WHERE event_id = ?", [(event_id,) for event_id in ids])


def clear(conn: Connection) -> None:
    """All of it has been told."""
    conn.execute("DELETE FROM inbox")

"""Events in the order in which they came into this cache, which is what a cursor counts."""

from __future__ import annotations

from bd_py.errors import ConflictError, InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection


def position(conn: Connection) -> tuple[str, int]:
    """Which cache this is, and how many events have come into it."""
    row = conn.execute(
        "SELECT (SELECT value FROM meta WHERE key = 'epoch'), coalesce(max(arrived), 0) FROM log_events"
    ).fetchone()
    return str(row[0]), int(row[1])


def cursor(epoch: str, number: int) -> str:
    """The text of a position."""
    return f"{epoch}-{number}"


def number_of(conn: Connection, text: str) -> int:
    """The position that a cursor names.

    Raises InvalidError for a text that is none, ConflictError for one of another cache: that was deleted and made
    anew, and nobody knows in which order events came into it.
    """
    epoch, last = position(conn)
    given, dash, digits = text.rpartition("-")
    if not (dash and digits.isascii() and digits.isdigit()):
        raise InvalidError(f"{text!r} is no cursor", "Give what events() gave, or None to begin.", field="since")
    number = int(digits)
    if given != epoch or number > last:
        raise ConflictError(
            "the cursor is of a cache that is gone",
            "Begin again without a cursor: every event is given once more, known by its id.",
            cursor=text,
        )
    return number


def since(conn: Connection, number: int, limit: int = 0) -> list[tuple[Any, ...]]:
    """(line, arrived, present) of the events that came after a position, oldest arrival first."""
    query = "SELECT line, arrived, present FROM log_events WHERE arrived > ? ORDER BY arrived"
    if limit:
        query += f" LIMIT {int(limit)}"
    return conn.execute(query, (number,)).fetchall()

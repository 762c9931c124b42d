"""Whether there is an index of words, and whether it is level: all that a search needs to know of it mostly."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.level import Connection

KEY = "search"
"""The key of the ``meta`` table: `READY`, or the version of the tables and the last docid that is filled in."""
VERSION = "1"
READY = f"{VERSION} ready"


def is_level(conn: Connection) -> bool:
    """Whether the index holds every task as it is."""
    return is_filled(conn) and conn.execute("SELECT 1 FROM search_changes LIMIT 1").fetchone() is None


def is_filled(conn: Connection) -> bool:
    """Whether the index was filled; tasks in ``search_changes`` may say something else by now."""
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (KEY,)).fetchone()
    return row is not None and row[0] == READY

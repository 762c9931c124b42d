"""Search the tasks: the index of words brought level, then asked, in one view of the cache."""

from __future__ import annotations

from bd_py import query_search
from bd_py.cache.searched import is_level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bd_py.query import Filter
    from bd_py.query_search import Hit
    from bd_py.workspace import Workspace


def search(
    workspace: Workspace,
    text: str,
    where: Filter,
    *,
    limit: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Hit]:
    """The tasks that fit a text and a filter, the nearest first.

    ``where`` begins with one of `query.ALL` and `query.LIVE`. ``progress`` is told which share of the index is
    filled while that takes several parts. Where the cache cannot be written, or another program does not let go
    of it, the answer comes from an index in memory.
    """
    if not is_level(workspace.conn):
        _bring_level(workspace, progress)
    conn = workspace.conn
    conn.execute("BEGIN")
    try:
        hits = query_search.search(conn, text, where, prefix=workspace.config.prefix, limit=limit)
        query_search.mark(conn, hits)
        return hits
    finally:
        conn.execute("ROLLBACK")


def _bring_level(workspace: Workspace, progress: Callable[[float], None] | None) -> None:
    from bd_py.cache import search as index
    from bd_py.errors import LockTimeoutError, ReadOnlyError, TkError
    from bd_py.sqlite import sqlite3

    try:
        if not workspace.read_only:
            filled = 0.0
            while filled < 1.0:
                with workspace.noting() as notes:
                    filled = index.update(notes.conn, notes.meta)
                if progress is not None:
                    progress(filled)
            return
    except (ReadOnlyError, LockTimeoutError):
        pass
    except sqlite3.OperationalError as error:
        if "no such module" in str(error):
            raise TkError(
                "this Python's SQLite has no full-text search (FTS5)",
                "Use a Python with another SQLite, or 'tk list --title-contains TEXT'.",
            ) from None
    workspace.refresh()
    index.make_temporary(workspace.conn)

"""What the cache can offer to a shell that completes a word: as it is, without bringing it level first.

A Tab must answer at once and write nothing, so a cache that is behind the log answers as well.
"""

from __future__ import annotations

import os

from bd_py import paths
from bd_py.cache.level import Connection, connect_read_only, sqlite3
from bd_py.errors import TkError

MOST = 50
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIVE = "priority >= 0 AND category IN ('open', 'waiting', 'active')"
_MANY = 500

Candidates = list[tuple[str, str]]
"""Words and what each is."""


class Source:
    """The cache of the store that serves a directory; every answer is empty where there is none."""

    def __init__(self, directory: str | None) -> None:
        self._conn: Connection | None = None
        try:
            where = paths.find(directory)
        except TkError:
            return
        for immutable in (False, True):
            if immutable and os.path.exists(where.cache + "-wal"):
                return
            try:
                self._conn = connect_read_only(where.cache, immutable=immutable)
                self._conn.execute("SELECT 1 FROM meta LIMIT 1")
                return
            except sqlite3.Error:
                self.close()

    def close(self) -> None:
        """Give the connection back; every answer is empty from here on."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        if self._conn is None:
            return []
        try:
            return self._conn.execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeError):
            return []

    def ids(self, typed: str, kind: str = "") -> Candidates:
        """Tasks by the beginning of their id, with their titles; open ones first.

        ``kind``: ``done`` or ``deleted`` for those alone. Ids are given as they are typed, with or without the
        project's prefix.
        """
        if kind == "deleted":
            return self._starting("SELECT id, title, '' FROM deleted_issues WHERE id >= ? AND id < ?", typed)
        if kind == "done":
            condition = "category = 'done' AND "
        elif not typed:
            query = f"SELECT id, title FROM issues WHERE {_LIVE} ORDER BY priority, created_at, id LIMIT {MOST}"
            return [(task_id, title) for task_id, title in self._rows(query)]
        else:
            condition = "category <> 'gone' AND "
        return self._starting(f"SELECT id, title, category FROM issues WHERE {condition}id >= ? AND id < ?", typed)

    def _starting(self, query: str, typed: str) -> Candidates:
        found: dict[str, tuple[bool, str, str]] = {}
        for prefix in ("", *self._prefixes()):
            start = prefix + typed
            for task_id, title, category in self._rows(f"{query} LIMIT {_MANY}", start, start + "\U0010ffff"):
                if typed or not prefix:
                    found.setdefault(task_id, (category == "done", task_id.removeprefix(prefix), title))
        ordered = sorted(found.items(), key=lambda item: (item[1][0], item[0]))
        return [(word, title) for _, (_, word, title) in ordered[:MOST]]

    def _prefixes(self) -> list[str]:
        """What every id of the project's own begins with."""
        query = "SELECT coalesce(json_extract(value, '$.prefix'), 'tk') FROM meta WHERE key = 'config'"
        return [f"{prefix}-" for (prefix,) in self._rows(query)]

    def labels(self) -> Candidates:
        """Every label."""
        return [(label, "") for (label,) in self._rows("SELECT DISTINCT label FROM labels ORDER BY label")]

    def people(self) -> Candidates:
        """Everybody who is assigned to open work."""
        query = f"SELECT DISTINCT assignee FROM issues WHERE {_LIVE} AND assignee IS NOT NULL ORDER BY assignee"
        return [(name, "") for (name,) in self._rows(query)]

    def config(self, key: str) -> list[str]:
        """The names that the project's settings add under a key: ``types``, ``statuses``."""
        query = "SELECT e.key, e.value FROM meta m, json_each(m.value, '$.' || ?) e WHERE m.key = 'config'"
        return [str(name if isinstance(name, str) else value) for name, value in self._rows(query, key)]

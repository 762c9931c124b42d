"""Checks of the cache: readable, sound, and what the log says."""

from __future__ import annotations

import os

from bd_py.cache import build
from bd_py.cache.level import connect_read_only, sqlite3
from bd_py.service.checks.finding import ERROR, INFO, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.config import Config
    from bd_py.paths import Paths

_REBUILD = "'tk rebuild' makes the cache anew from the log."

_TABLES = {
    "issues": "id",
    "deleted_issues": "id",
    "dependencies": "issue_id, depends_on_id, type",
    "suspended_dependencies": "issue_id, depends_on_id, type",
    "labels": "issue_id, label",
    "comments": "id",
    "blockers": "issue_id, id",
    "evidence": "issue_id, id",
    "artifacts": "issue_id, id",
    "conflicts": "issue_id, field, winner, loser",
    "lost_claims": "issue_id, event_id",
}
_EVENTS = "SELECT id, issue_id, type, line FROM log_events WHERE present = 1 ORDER BY id"


def sound(paths: Paths) -> list[Finding]:
    """SQLite's own check of the file. Writes nothing."""
    if not os.path.exists(paths.cache):
        return []
    file = ".tasks/cache.db"
    try:
        conn = connect_read_only(paths.cache, immutable=False)
        try:
            problems = [row[0] for row in conn.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
        finally:
            conn.close()
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "unable to open" in str(error) or "readonly" in str(error):
            return [Finding(INFO, f"not checked: {error}", file=file)]
        problems = [str(error)]
    except sqlite3.DatabaseError as error:
        problems = [str(error)]
    return [Finding(ERROR, problem, _REBUILD, file=file) for problem in problems]


def equals_fold(paths: Paths, conn: Connection, config: Config) -> list[Finding]:
    """Fold the whole log in memory and compare row by row; the first difference of each table."""
    truth = build.in_memory(paths, config)
    try:
        found = []
        for name, query in _queries(truth).items():
            difference = _first_difference(truth, conn, query)
            if difference:
                reason = f"table {name}: {difference}"
                found.append(Finding(ERROR, reason, _REBUILD, file=".tasks/cache.db"))
        return found
    finally:
        truth.close()


def _queries(conn: Connection) -> dict[str, str]:
    queries = {"log_events": _EVENTS}
    for name, key in _TABLES.items():
        columns = ", ".join(f'"{row[1]}"' for row in conn.execute(f"PRAGMA table_info({name})"))
        where = "WHERE category <> 'gone' " if name == "issues" else ""
        queries[name] = f"SELECT {columns} FROM {name} {where}ORDER BY {key}"
    return queries


def _first_difference(truth: Connection, cache: Connection, query: str) -> str | None:
    expected, found = truth.execute(query), cache.execute(query)
    names = [column[0] for column in expected.description]
    while True:
        ours: tuple[Any, ...] | None = expected.fetchone()
        theirs: tuple[Any, ...] | None = found.fetchone()
        if ours is None and theirs is None:
            return None
        if ours is None or (theirs is not None and theirs[0] < ours[0]):
            assert theirs is not None
            return f"the cache has {theirs[0]}, the log has not"
        if theirs is None or ours[0] < theirs[0]:
            return f"the log has {ours[0]}, the cache has not"
        for name, ours_value, theirs_value in zip(names, ours, theirs, strict=True):
            if ours_value != theirs_value:
                return f"{ours[0]}: {name} is {_show(theirs_value)}, the log says {_show(ours_value)}"


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "..."

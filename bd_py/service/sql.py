"""One SELECT over the cache, for whoever knows SQL; SQLite's own authorizer refuses whatever is no reading."""

from __future__ import annotations

from bd_py.cache.level import sqlite3
from bd_py.errors import InvalidError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.workspace import Workspace

_READS = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))
_PRAGMAS = frozenset(
    "table_list table_info table_xinfo index_list index_info index_xinfo foreign_key_list database_list "
    "compile_options function_list module_list pragma_list user_version data_version".split()
)
"""Pragmas that tell something; with a value after them only those that name a table take one."""

_OF_A_TABLE = frozenset("table_info table_xinfo index_list index_info index_xinfo foreign_key_list".split())
_REFUSED_FUNCTIONS = frozenset(("load_extension", "fts3_tokenizer"))
_STEPS = 20_000
"""SQLite instructions between two looks at whether the person interrupted."""


def select(workspace: Workspace, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the columns and the rows of one statement that only reads.

    Raises UsageError for no statement or several, InvalidError for one that SQLite or its authorizer refuses.
    """
    if not statement.strip().strip(";"):
        raise UsageError("no SQL was given", "As in: tk sql 'SELECT id, title FROM issues'.")
    conn = workspace.conn
    refused: list[str] = []

    def authorize(action: int, first: str | None, second: str | None, _db: str | None, _by: str | None) -> int:
        if _may(action, first, second):
            return sqlite3.SQLITE_OK
        refused.append(first or "")
        return sqlite3.SQLITE_DENY

    conn.execute("PRAGMA query_only = 1")
    conn.set_authorizer(authorize)
    conn.set_progress_handler(lambda: 0, _STEPS)  # lets the interpreter see a ctrl-C
    try:
        cursor = conn.execute(statement)
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _error(error, bool(refused), statement) from None
    finally:
        conn.set_authorizer(None)
        conn.set_progress_handler(None, 0)
        conn.execute("PRAGMA query_only = 0")
    return names, rows


def _may(action: int, first: str | None, second: str | None) -> bool:
    if action == sqlite3.SQLITE_PRAGMA:
        name = (first or "").lower()
        return name in _PRAGMAS and (second is None or name in _OF_A_TABLE)
    if action == sqlite3.SQLITE_FUNCTION:
        return (second or "").lower() not in _REFUSED_FUNCTIONS
    if action == sqlite3.SQLITE_UPDATE:
        # What SQLite asks when a virtual table (json_each, full text) tells its columns; writing there it refuses.
        return first in ("sqlite_master", "sqlite_temp_master")
    return action in _READS


def _error(error: Exception, was_refused: bool, statement: str) -> Exception:
    words = str(error)
    if words == "interrupted":
        return KeyboardInterrupt()  # type: ignore[return-value]
    if "one statement at a time" in words:
        return UsageError("it is more than one statement", "Give one at a time.")
    if was_refused or "not authorized" in words or "prohibited" in words:
        return InvalidError(
            "the statement does more than read", "tk sql only reads. 'tk update' and others change tasks."
        )
    hint = "'tk sql \"SELECT name, sql FROM sqlite_schema\"' shows the tables and their columns."
    return InvalidError(f"SQL: {words}", hint, statement=statement)


def unique(names: list[str]) -> list[str]:
    """Names of columns as keys: the second ``id`` is ``id_2``."""
    out: list[str] = []
    for name in names:
        number = 1
        key = name
        while key in out:
            number += 1
            key = f"{name}_{number}"
        out.append(key)
    return out

"""The worktrees of a clone as others of it see them: whether one is there, and what its cache says it holds."""

from __future__ import annotations

import os

from bd_py import jsonio, times
from bd_py.paths import STORE
from bd_py.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bd_py.paths import Shared

_RECENT = 200
"""How many closes of a worktree are asked for, the latest first: older ones are merged long since, or forgotten."""


def born(shared: Shared, name: str) -> str | None:
    """What tells a worktree from a later one of the same name; None where there is none."""
    if not name:
        return ""
    try:
        found = os.stat(f"{shared.common}/worktrees/{name}/commondir")
    except OSError:
        return None
    return f"{found.st_ino}:{found.st_mtime_ns}"


def is_there(shared: Shared, name: str) -> bool:
    """Whether a worktree was neither removed nor deleted; one on a disk that is away is locked, as git has it."""
    if not name:
        return True
    top = shared.top(name)
    return (top is not None and os.path.exists(top + "/.git")) or os.path.exists(
        f"{shared.common}/worktrees/{name}/locked"
    )


def present(shared: Shared) -> list[str]:
    """The names of the worktrees that are there."""
    return [name for name in shared.worktrees() if is_there(shared, name)]


def mark(shared: Shared, names: list[str]) -> str:
    """What tells these worktrees from any others: leases that were noted beside another mark are not level."""
    return jsonio.dumps([[name, born(shared, name)] for name in names])


def holds(shared: Shared, name: str) -> Iterator[tuple[Any, ...]]:
    """A worktree's holds and latest closes as rows, from its cache as that is."""
    top = shared.top(name)
    if top is None:
        return
    cache = os.path.normpath(f"{top}/{shared.store}/{STORE}/cache.db")
    if not os.path.exists(cache):
        return
    place = (name, born(shared, name) or "", shared.branch(name), times.now())
    quoted = cache.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        conn = sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, isolation_level=None, timeout=1.0)
        try:
            held = conn.execute(
                "SELECT id, hold, assignee, hold_session, hold_until FROM issues "
                "WHERE category = 'active' AND hold IS NOT NULL"
            ).fetchall()
            closed = conn.execute(
                f"SELECT id, version FROM issues WHERE category = 'done' ORDER BY closed_at DESC LIMIT {_RECENT}"
            ).fetchall()
        finally:
            conn.close()
    except sqlite3.Error:
        return
    for task, event, holder, session, until in held:
        yield (task, event, 0, holder, session, until, *place)
    for task, event in closed:
        yield (task, event, 1, None, None, None, *place)

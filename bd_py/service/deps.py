"""Dependencies: add one, remove one, set the parent."""

from __future__ import annotations

from bd_py.cache.graph import would_close_cycle
from bd_py.errors import CycleError, InvalidError, NotFoundError
from bd_py.fold.graph import WAITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.write import Write

TYPES = (
    "blocks",
    "parent-child",
    "related",
    "discovered-from",
    "conditional-blocks",
    "waits-for",
    "duplicates",
    "supersedes",
)


def check_new(w: Write, issue: str, on: str, kind: str, *, force: bool = False) -> None:
    """Refuse a dependency on itself, on an unknown id (unless forced), or one that closes a cycle."""
    if issue == on:
        raise InvalidError(f"{issue} cannot depend on itself", "Name another task.", task=issue)
    if not force and w.state(on) is None:
        raise NotFoundError(f"task '{on}' not found", "A dependency on another project's task takes --force.", ref=on)
    if kind in WAITS:
        w.flush()
        if would_close_cycle(w.conn, issue, on, kind):
            from bd_py.service.graphs import path

            way = " -> ".join([issue, *path(w.conn, on, issue)])
            raise CycleError(f"{issue} -> {on} would close a cycle", f"The way back: {way}.", task=issue, depends_on=on)


def add(w: Write, issue: str, on: str, kind: str = "blocks", *, force: bool = False) -> bool:
    """``issue`` depends on ``on``; False where it does already.

    Raises InvalidError, NotFoundError, CycleError.
    """
    w.flush()
    if (on, kind) in _edges(w, issue):
        return False
    check_new(w, issue, on, kind, force=force)
    w.add("task.dep.add", issue, {"on": on, "type": kind})
    return True


def remove(w: Write, issue: str, on: str, kind: str | None = None) -> list[str]:
    """Remove the dependency, of one type or of every; the types that were removed."""
    w.flush()
    found = [type_ for other, type_ in _edges(w, issue) if other == on and kind in (None, type_)]
    if not found:
        what = f"{kind} dependency" if kind else "dependency"
        raise NotFoundError(f"{issue} has no {what} on {on}", f"'tk dep list {issue}' shows what it has.")
    for each in found:
        w.add("task.dep.remove", issue, {"on": on, "type": each})
    return found


def set_parent(w: Write, issue: str, parent: str | None) -> bool:
    """Make a task the child of another, or of none; False where it is already."""
    w.flush()
    have = [on for on, kind in _edges(w, issue) if kind == "parent-child"]
    if have == ([parent] if parent else []):
        return False
    for old in have:
        if old != parent:
            w.add("task.dep.remove", issue, {"on": old, "type": "parent-child"})
    if parent and parent not in have:
        add(w, issue, parent, "parent-child")
    return True


def _edges(w: Write, issue: str) -> list[tuple[str, str]]:
    """What a task depends on, and how; what is suspended, too: it is there, and counts again without its cycle."""
    query = (
        "SELECT depends_on_id, type FROM dependencies WHERE issue_id = ?1 UNION ALL "
        "SELECT depends_on_id, type FROM suspended_dependencies WHERE issue_id = ?1"
    )
    return w.conn.execute(query, (issue,)).fetchall()

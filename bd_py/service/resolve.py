"""From what a person types to a task's id."""

from __future__ import annotations

from bd_py.errors import AmbiguousError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bd_py.cache.level import Connection

SHORTEST = 4
_SHOWN = 10


def resolve(conn: Connection, prefix: str, ref: str, *, deleted: bool = False, open_names: bool = False) -> str:
    """The id that ``ref`` means: whole, a unique prefix with or without the project's prefix, or a name.

    A name is that of the latest task which is not done, else of the latest; with ``open_names`` of none else.
    ``deleted`` also finds tasks that were deleted, where no other fits. Raises NotFoundError, and
    AmbiguousError with ``matches``.
    """
    if not ref.isascii() and ref.encode(errors="ignore").decode() != ref:
        raise NotFoundError(f"task '{ref}' not found", "It is no UTF-8 text.", ref=ref)
    found = conn.execute("SELECT id FROM issues WHERE id = ? AND category <> 'gone'", (ref,)).fetchone()
    if found is not None:
        return str(found[0])
    if deleted and conn.execute("SELECT 1 FROM deleted_issues WHERE id = ?", (ref,)).fetchone():
        return ref
    if ref:
        typed = ref.lower()
        starts = dict.fromkeys((ref, typed, f"{prefix}-{typed}"))
        found_id = _only(conn, ref, _starting_with(conn, "issues", starts))
        found_id = found_id or (_open_named if open_names else _named)(conn, ref)
        if found_id is None and deleted:
            found_id = _only(conn, ref, _starting_with(conn, "deleted_issues", starts))
        if found_id is not None:
            return found_id
    raise not_found(conn, ref)


def _only(conn: Connection, ref: str, matches: list[str]) -> str | None:
    """The one id that fits, None where none does. Raises AmbiguousError."""
    if len(matches) > 1:
        raise _ambiguous(conn, ref, matches)
    return matches[0] if matches else None


def _open_named(conn: Connection, ref: str) -> str | None:
    from bd_py.query_facts import open_named

    return open_named(conn, ref)


def not_found(conn: Connection, ref: str) -> NotFoundError:
    """The error for an id that no task has, with the nearest ones as a hint."""
    if conn.execute("SELECT 1 FROM deleted_issues WHERE id = ?", (ref,)).fetchone():
        return NotFoundError(f"task '{ref}' was deleted", f"'tk restore {ref}' brings it back.", ref=ref)
    import difflib

    ids = [row[0] for row in conn.execute("SELECT id FROM issues WHERE category <> 'gone' LIMIT 20000")]
    near = difflib.get_close_matches(ref.lower(), ids, 3, 0.7)
    hint = f"Did you mean {' or '.join(near)}?" if near else "'tk list --all' shows every task."
    return NotFoundError(f"task '{ref}' not found", hint, ref=ref)


def _starting_with(conn: Connection, table: str, starts: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for start in starts:
        query = f"SELECT id FROM {table} WHERE id >= ? AND id < ? "
        if table == "issues":
            query += "AND category <> 'gone' "
        rows = conn.execute(query + f"LIMIT {_SHOWN + 1}", (start, start + "\U0010ffff"))
        found.update(dict.fromkeys(row[0] for row in rows))
    return list(found)


def _ambiguous(conn: Connection, ref: str, matches: list[str]) -> AmbiguousError:
    shown = ", ".join(shorten(conn, match) for match in matches[:_SHOWN])
    more = ", ..." if len(matches) > _SHOWN else ""
    return AmbiguousError(
        f"ambiguous ID '{ref}' matches multiple tasks: {shown}{more}", "Type more of it.", ref=ref, matches=matches
    )


def _named(conn: Connection, ref: str) -> str | None:
    row = conn.execute(
        "SELECT id FROM issues WHERE name = ? AND category <> 'gone' "
        "ORDER BY category = 'done', created_at DESC, id DESC LIMIT 1",
        (ref,),
    ).fetchone()
    return None if row is None else str(row[0])


def shorten(conn: Connection, task_id: str) -> str:
    """The shortest unique prefix of an id with at least four characters after the project's prefix.

    Only ids of tk's own making (ten random characters) are shortened; an imported one is what people know.
    """
    head, dash, tail = task_id.rpartition("-")
    if not dash or len(tail) != 10:
        return task_id
    shared = 0
    for query in (
        "SELECT id FROM issues WHERE id < ? AND category <> 'gone' ORDER BY id DESC LIMIT 1",
        "SELECT id FROM issues WHERE id > ? AND category <> 'gone' ORDER BY id LIMIT 1",
    ):
        row = conn.execute(query, (task_id,)).fetchone()
        if row is not None:
            other = row[0]
            same = 0
            while same < min(len(other), len(task_id)) and other[same] == task_id[same]:
                same += 1
            shared = max(shared, same)
    return task_id[: max(len(head) + 1 + SHORTEST, shared + 1)]

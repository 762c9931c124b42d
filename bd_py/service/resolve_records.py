"""From what a person types to a record of whatever collection."""

from __future__ import annotations

from bd_py import query_history, query_records
from bd_py.errors import AmbiguousError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection


def find_record(conn: Connection, ref: str) -> dict[str, Any] | None:
    """The record that ``COLLECTION/ID``, an id or its unique beginning means; None where there is none.

    Raises AmbiguousError, with ``matches`` as COLLECTION/ID.
    """
    if not ref.isascii():
        return None  # no record has such an id
    collection, slash, name = ref.partition("/")
    if slash:
        return query_records.get(conn, collection, name)
    found = query_records.find(conn, ref)
    if len(found) > 1:
        names = [f"{each[0]}/{each[1]}" for each in found]
        raise AmbiguousError(
            f"ambiguous ID '{ref}' matches multiple records: {', '.join(names[:10])}",
            "Type more of it, or COLLECTION/ID.",
            ref=ref,
            matches=names,
        )
    return query_records.get(conn, *found[0]) if found else None


def find_logged(conn: Connection, ref: str) -> str | None:
    """As `find_record`, of those that were deleted too (by whole id); as COLLECTION/ID."""
    found = find_record(conn, ref)
    if found is not None:
        return f"{found['collection']}/{found['id']}"
    names = query_history.records_named(conn, ref)
    if len(names) > 1:
        raise AmbiguousError(
            f"ambiguous ID '{ref}' matches multiple records: {', '.join(names[:10])}",
            "Type COLLECTION/ID.",
            ref=ref,
            matches=names,
        )
    return names[0] if names else None

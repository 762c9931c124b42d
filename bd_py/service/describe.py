"""From what a person types to a record of whatever collection."""

from __future__ import annotations

from bd_py import query_records
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

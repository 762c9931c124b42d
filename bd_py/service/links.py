"""Tasks that belong together: one ``related`` dependency, which is shown at both ends."""

from __future__ import annotations

from bd_py.errors import InvalidError, NotFoundError
from bd_py.service import deps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.write import Write

KIND = "related"


def link(w: Write, one: str, other: str) -> bool:
    """Relate two tasks; False where they are, from either side. Raises InvalidError, NotFoundError."""
    if one == other:
        raise InvalidError(f"{one} cannot be linked to itself", "Name another task.", task=one)
    if _ends(w, one, other):
        return False
    return deps.add(w, one, other, KIND)


def unlink(w: Write, one: str, other: str) -> None:
    """Take the relation away, from whichever side it was made. Raises NotFoundError."""
    ends = _ends(w, one, other)
    if not ends:
        raise NotFoundError(
            f"{one} and {other} are not linked", f"'tk dep list {one} --direction both' shows its relations."
        )
    for issue, on in ends:
        deps.remove(w, issue, on, KIND)


def _ends(w: Write, one: str, other: str) -> list[tuple[str, str]]:
    w.flush()
    query = (
        "SELECT issue_id, depends_on_id FROM dependencies WHERE type = 'related' AND "
        "((issue_id = ?1 AND depends_on_id = ?2) OR (issue_id = ?2 AND depends_on_id = ?1)) ORDER BY event_id"
    )
    return [(row[0], row[1]) for row in w.conn.execute(query, (one, other))]

"""What differs between the logs of two revisions, or of one and now."""

from __future__ import annotations

from bd_py import log
from bd_py.service import revision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.events import Event
    from bd_py.log import Line
    from bd_py.workspace import Workspace

_IN_SEGMENT = (
    "SELECT e.id, e.line FROM segments s JOIN log_events e ON e.id BETWEEN s.first_id AND s.last_id "
    "AND e.segment = s.id AND e.present = 1 WHERE s.id = ?"
)


class Difference:
    """What two logs do not share: ``added`` only the new one has, ``removed`` only the old one, by id.

    ``old`` and ``new`` are ids of commits; ``new`` is None for the log as it stands.
    """

    __slots__ = ("added", "new", "old", "removed")

    def __init__(self, old: str, new: str | None, added: list[Event], removed: list[Event]) -> None:
        self.old = old
        self.new = new
        self.added = added
        self.removed = removed

    def to_json(self) -> dict[str, Any]:
        """The document of ``tk diff --json``."""
        return {"from": self.old, "to": self.new, "added": self.added, "removed": self.removed}


def difference(workspace: Workspace, old: str, new: str | None) -> Difference:
    """What differs between a revision's log and another's, or (None) the log as it stands.

    Raises NotFoundError for no such revision, TkError where this clone lacks a part of its log.
    """
    one = revision.commit(workspace.paths, old)
    if new is None:
        return _to_now(workspace, one)
    two = revision.commit(workspace.paths, new)
    root = workspace.paths.root
    before, after = revision.segments(root, one), revision.segments(root, two)
    shared = set(before.values()) & set(after.values())
    taken = revision.read(root, one, set(before.values()) - shared)
    brought = revision.read(root, two, set(after.values()) - shared)
    changed = taken.keys() ^ brought.keys()
    if changed:  # an event may stand in several segments: a pack, a recovery, a copied clone
        both = revision.then_at(workspace, one, {name: oid for name, oid in before.items() if oid in shared})
        changed = {i for i in changed if i not in both.elsewhere and not both.holds(i)}
    return Difference(one, two, _only(brought, changed), _only(taken, changed))


def _to_now(workspace: Workspace, one: str) -> Difference:
    conn = workspace.conn
    then = revision.then_at(workspace, one, revision.segments(workspace.paths.root, one))
    new: dict[str, Line] = {}
    for (number,) in conn.execute("SELECT id FROM segments").fetchall():
        if number not in then.here:
            text = "\n".join(row[1] for row in conn.execute(_IN_SEGMENT, (number,)))
            new.update(log.parse(text.encode()).lines)
    added = {i for i in new if i not in then.elsewhere and not then.holds(i)}
    removed = {i for i in then.elsewhere if conn.execute(revision.PLACE, (i,)).fetchone() is None}
    return Difference(one, None, _only(new, added), _only(then.elsewhere, removed))


def _only(found: dict[str, Line], wanted: Iterable[str]) -> list[Event]:
    return [found[event_id].event for event_id in sorted(wanted) if event_id in found]

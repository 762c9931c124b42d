"""The log as a revision has it, or as it was at a time: what differs between two, and the state it gives.

A committed segment never changes, so nearly all of a revision's log stands in the working tree too, and the
cache has read it already. Only what git says is otherwise is read out of its objects, and only the tasks that
are asked for are folded, with those that dependencies lead to from there.
"""

from __future__ import annotations

import os

from bd_py import git, log
from bd_py.errors import NotFoundError, TkError, UsageError
from bd_py.paths import STORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.events import Event
    from bd_py.log import Line
    from bd_py.paths import Paths
    from bd_py.workspace import Workspace

LOG = f"{STORE}/log"
FEW = 32
"""So many blobs are had from the git command before importing pygit2 (60 ms) pays."""

_IN_SEGMENT = (
    "SELECT e.id, e.line FROM segments s JOIN log_events e ON e.id BETWEEN s.first_id AND s.last_id "
    "AND e.segment = s.id AND e.present = 1 WHERE s.id = ?"
)
_COPIES = "SELECT segment FROM event_copies WHERE event_id = ?"
_PLACE = "SELECT segment FROM log_events WHERE id = ? AND present = 1"


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


class Then:
    """Which events the log of a moment held.

    ``here``: the segments, by the cache's number, that it shares with the working tree; ``until``: no event of
    theirs after this time, where one is given; ``elsewhere``: the events of its other segments.
    """

    def __init__(self, conn: Connection, here: set[int], elsewhere: dict[str, Line], until: str | None = None) -> None:
        self.conn = conn
        self.here = here
        self.elsewhere = elsewhere
        self.until = until

    def of_task(self, task_id: str) -> dict[str, Line]:
        """The events about a task."""
        query = "SELECT id, segment, line FROM log_events WHERE issue_id = ? AND present = 1"
        rows = self.conn.execute(query, (task_id,)).fetchall()
        text = "\n".join(line for event_id, segment, line in rows if self._holds(event_id, segment))
        found = log.parse(text.encode()).lines
        if self.until is not None:
            found = {event_id: line for event_id, line in found.items() if line.event["at"] <= self.until}
        found.update((i, line) for i, line in self.elsewhere.items() if line.event.get("task") == task_id)
        return found

    def holds(self, event_id: str) -> bool:
        """Whether an event stands in a segment that is here."""
        row = self.conn.execute(_PLACE, (event_id,)).fetchone()
        return row is not None and self._holds(event_id, row[0])

    def _holds(self, event_id: str, segment: int) -> bool:
        return segment in self.here or any(row[0] in self.here for row in self.conn.execute(_COPIES, (event_id,)))


def difference(workspace: Workspace, old: str, new: str | None) -> Difference:
    """What differs between a revision's log and another's, or (None) the log as it stands.

    Raises NotFoundError for no such revision, TkError where this clone lacks a part of its log.
    """
    one = _commit(workspace.paths, old)
    if new is None:
        return _to_now(workspace, one)
    two = _commit(workspace.paths, new)
    root = workspace.paths.root
    before, after = _segments(root, one), _segments(root, two)
    shared = set(before.values()) & set(after.values())
    taken = _read(root, one, set(before.values()) - shared)
    brought = _read(root, two, set(after.values()) - shared)
    changed = taken.keys() ^ brought.keys()
    if changed:  # an event may stand in several segments: a pack, a recovery, a copied clone
        both = _then(workspace, one, {name: oid for name, oid in before.items() if oid in shared})
        changed = {i for i in changed if i not in both.elsewhere and not both.holds(i)}
    return Difference(one, two, _only(brought, changed), _only(taken, changed))


def state_at(workspace: Workspace, when: str, refs: Iterable[str]) -> Connection:
    """A cache in memory, as it would be for the log of a revision, or for today's log up to a time.

    What git knows as a revision is one, anything else a time. It holds the tasks that ``refs`` may mean and
    those around them. The statuses are those of the settings in force now. Raises NotFoundError where it is
    neither, TkError where this clone lacks a part of the revision's log.
    """
    from bd_py.cache import build

    conn = workspace.conn
    found = _commit_or_none(workspace.paths, when)
    if found is not None:
        then = _then(workspace, found, _segments(workspace.paths.root, found))
    else:
        numbers = {row[0] for row in conn.execute("SELECT id FROM segments")}
        then = Then(conn, numbers, {}, _time(when))
    lines: dict[str, Line] = {}
    for task_id in _around(then, workspace.config.prefix, list(refs)):
        lines.update(then.of_task(task_id))
    return build.of_lines(lines, workspace.config)


def _time(when: str) -> str:
    from bd_py import times

    try:
        return times.parse(when)
    except UsageError:
        raise NotFoundError(
            f"'{when}' is neither a revision nor a time",
            "Give a branch, tag or commit, or a time: 2026-11-30, 2026-11-30T09:00:00Z, -2d, yesterday.",
        ) from None


def _commit(where: Paths, rev: str) -> str:
    found = git.commit(where.root, rev) if where.git_dir is not None else None
    if found is None:
        hint = "'git log --all -- .tasks' shows the commits that touched the log."
        if where.git_dir is None:
            hint = "This store is in no git repository."
        raise NotFoundError(f"no revision '{rev}'", hint)
    return found


def _commit_or_none(where: Paths, rev: str) -> str | None:
    if where.git_dir is None:
        return None
    try:
        return git.commit(where.root, rev)
    except git.GitError:  # a time needs no git
        return None


def _to_now(workspace: Workspace, one: str) -> Difference:
    conn = workspace.conn
    then = _then(workspace, one, _segments(workspace.paths.root, one))
    new: dict[str, Line] = {}
    for (number,) in conn.execute("SELECT id FROM segments").fetchall():
        if number not in then.here:
            text = "\n".join(row[1] for row in conn.execute(_IN_SEGMENT, (number,)))
            new.update(log.parse(text.encode()).lines)
    added = {i for i in new if i not in then.elsewhere and not then.holds(i)}
    removed = {i for i in then.elsewhere if conn.execute(_PLACE, (i,)).fetchone() is None}
    return Difference(one, None, _only(new, added), _only(then.elsewhere, removed))


def _only(found: dict[str, Line], wanted: Iterable[str]) -> list[Event]:
    return [found[event_id].event for event_id in sorted(wanted) if event_id in found]


def _then(workspace: Workspace, commit_id: str, segments: dict[str, str]) -> Then:
    """The events of some segments of a commit."""
    root, conn = workspace.paths.root, workspace.conn
    otherwise = git.differing(root, commit_id, LOG)
    numbers = {f"{LOG}/{path}": number for number, path in conn.execute("SELECT id, path FROM segments")}
    here = set() if otherwise is None else (segments.keys() & numbers.keys()) - otherwise
    rest = {oid for name, oid in segments.items() if name not in here}
    return Then(conn, {numbers[name] for name in here}, _read(root, commit_id, rest))


def _segments(root: str, commit_id: str) -> dict[str, str]:
    """The segments of a commit's log and the ids of their blobs."""
    found = git.tree(root, commit_id, LOG)
    return {name: oid for name, oid in found.items() if log.is_segment(os.path.basename(name))}


def _read(root: str, commit_id: str, oids: set[str]) -> dict[str, Line]:
    """The events of some blobs; two lines with one id count once, the lesser, as in a fold of the files."""
    blobs = _blobs(root, sorted(oids))
    if len(blobs) < len(oids):
        raise TkError(
            f"a part of the log of {commit_id[:10]} is not in this clone (missing blobs: {len(oids) - len(blobs)})",
            "It was cloned in part: 'git fetch --refetch' brings the rest.",
        )
    found: dict[str, Line] = {}
    for data in blobs.values():
        for event_id, line in log.parse(data).lines.items():
            known = found.get(event_id)
            if known is None or line.text < known.text:
                found[event_id] = line
    return found


def _blobs(root: str, oids: Sequence[str]) -> dict[str, bytes]:
    """Many by libgit2, where it can open the repository (neither SHA-256 nor reftable), else by the git command."""
    if len(oids) > FEW:
        try:
            return _by_libgit2(root, oids)
        except Exception:  # noqa: BLE001 (its many errors, and that it is not installed: git answers as well)
            return git.blobs(root, oids)
    return git.blobs(root, oids)


def _by_libgit2(root: str, oids: Sequence[str]) -> dict[str, bytes]:
    import pygit2

    repository = pygit2.Repository(pygit2.discover_repository(root))
    found = {}
    for oid in oids:
        blob = repository.get(oid)
        if isinstance(blob, pygit2.Blob):
            found[oid] = blob.data
    return found


def _around(then: Then, prefix: str, refs: list[str]) -> set[str]:
    """The tasks that some words may mean, as an id, its beginning or a name; and all that edges lead to from them.

    Edges of any time count, in both directions: whether a task is blocked hangs on what is connected to it.
    """
    from bd_py import jsonio

    starts = tuple(start for ref in refs for start in (ref, ref.lower(), f"{prefix}-{ref.lower()}") if ref)
    names = [f'"name":{jsonio.dumps(ref)}' for ref in refs]
    query = (
        "SELECT line FROM log_events WHERE present = 1 AND (type = 'task.dep.add' OR instr(line, '\"dependencies\":[') "
        + "".join("OR instr(line, ?) " for _ in names)
        + ")"
    )
    lines = "\n".join(row[0] for row in then.conn.execute(query, names))
    events = [line.event for line in (*log.parse(lines.encode()).lines.values(), *then.elsewhere.values())]
    ahead: dict[str, set[str]] = {}
    found = {event["task"] for event in events if _is_named(event, refs) or str(event.get("task")).startswith(starts)}
    for start in starts:
        below = "SELECT DISTINCT issue_id FROM log_events WHERE issue_id >= ? AND issue_id < ?"
        found.update(row[0] for row in then.conn.execute(below, (start, start + "\U0010ffff")))
    for event in events:
        for other in _depends_on(event):
            ahead.setdefault(event["task"], set()).add(other)
            ahead.setdefault(other, set()).add(event["task"])
    stack = list(found)
    while stack:
        for other in ahead.get(stack.pop(), ()):
            if other not in found:
                found.add(other)
                stack.append(other)
    return {task for task in found if isinstance(task, str)}


def _is_named(event: Event, refs: list[str]) -> bool:
    data = event["data"]
    changes = data.get("set")
    return "task" in event and (data.get("name") in refs or (isinstance(changes, dict) and changes.get("name") in refs))


def _depends_on(event: Event) -> list[str]:
    """What an event makes its task depend on; as tolerant as the fold."""
    data = event["data"]
    if not isinstance(event.get("task"), str):
        return []
    edges = [data] if event["type"] == "task.dep.add" else data.get("dependencies")
    if not isinstance(edges, list):
        return []
    return [edge["on"] for edge in edges if isinstance(edge, dict) and isinstance(edge.get("on"), str)]

"""The log as a revision has it: its segments, read from the cache where the working tree has them too.

A committed segment never changes, so nearly all of a revision's log stands in the working tree too, and the
cache has read it already. Only what git says is otherwise is read out of its objects.
"""

from __future__ import annotations

import os

from bd_py import git, ids, log, times
from bd_py.errors import NotFoundError, TkError
from bd_py.paths import LOG, QUEUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.cache.level import Connection
    from bd_py.log import Line
    from bd_py.paths import Paths
    from bd_py.workspace import Workspace

FEW = 32
"""So many blobs are had from the git command before importing pygit2 (60 ms) pays."""

_COPIES = "SELECT segment FROM event_copies WHERE event_id = ?"
# A second creation is none that its task begins with; both lookups stay inside of the index by task.
_UNLINKED = (
    "SELECT e.issue_id, e.segment FROM log_events e WHERE e.id BETWEEN ? AND ? AND e.present = 1 "
    "AND (e.type IN ('task.dep.remove', 'task.deleted') OR (e.type = 'task.created' AND EXISTS "
    "(SELECT 1 FROM log_events o WHERE o.issue_id = e.issue_id AND o.id < e.id)))"
)
_DAY_MS = 86_400_000
PLACE = "SELECT segment FROM log_events WHERE id = ? AND present = 1"


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
        self._by_task: dict[str, dict[str, Line]] = {}
        for event_id, line in elsewhere.items():
            task = line.event.get("task")
            if task is not None:
                self._by_task.setdefault(task, {})[event_id] = line

    def of_task(self, task_id: str) -> dict[str, Line]:
        """The events about a task."""
        query = "SELECT id, segment, line FROM log_events WHERE issue_id = ? AND present = 1"
        rows = self.conn.execute(query, (task_id,)).fetchall()
        text = "\n".join(line for event_id, segment, line in rows if self._holds(event_id, segment))
        found = log.parse(text.encode()).lines
        if self.until is not None:
            found = {event_id: line for event_id, line in found.items() if line.event["at"] <= self.until}
        for event_id, line in self._by_task.get(task_id, {}).items():
            if event_id not in found or line.text < found[event_id].text:
                found[event_id] = line
        return found

    def is_as_now(self, task_id: str) -> bool:
        """Whether the events about a task are surely those of now, so that its state is the one in the cache."""
        if task_id in self._by_task:
            return False
        query = "SELECT id, segment FROM log_events WHERE issue_id = ? AND present = 1"
        rows = self.conn.execute(query, (task_id,)).fetchall()
        last = _edge_of(self.until) if self.until is not None else None
        return all(self._holds(event_id, segment) and (last is None or event_id <= last) for event_id, segment in rows)

    def elsewhere_tasks(self, *types: str) -> set[str]:
        """The tasks that events of its other segments are about; of some types, where any are given."""
        found = self._by_task.items()
        return {task for task, lines in found if not types or any(i.event["type"] in types for i in lines.values())}

    def unlinked(self) -> set[str]:
        """The tasks that an event of now, but not of then, may have cost a dependency: few, or too many.

        These are a removal, a deletion, and a second creation, which is the edit between it and the first.
        """
        first, last, beyond = self._span_since()
        if first is None:
            return set()
        rows = self.conn.execute(_UNLINKED, (first, last))
        return {task for task, segment in rows if task is not None and (beyond is None or segment in beyond)}

    def _span_since(self) -> tuple[str | None, str | None, set[int] | None]:
        """Between which ids those events lie, and in which segments; None is all of them."""
        if self.until is not None:
            return _edge_of(self.until), ids.LAST_ID, None
        rows = self.conn.execute("SELECT id, first_id, last_id FROM segments WHERE first_id IS NOT NULL")
        beyond = {row[0]: row[1:] for row in rows if row[0] not in self.here}
        first = min((row[0] for row in beyond.values()), default=None)
        return first, max((row[1] for row in beyond.values()), default=None), set(beyond)

    def holds(self, event_id: str) -> bool:
        """Whether an event stands in a segment that is here."""
        row = self.conn.execute(PLACE, (event_id,)).fetchone()
        return row is not None and self._holds(event_id, row[0])

    def _holds(self, event_id: str, segment: int) -> bool:
        return segment in self.here or any(row[0] in self.here for row in self.conn.execute(_COPIES, (event_id,)))


def _edge_of(at: str) -> str:
    """An id: no event of a later time sorts before it. The clock of ids is never behind; a day is to spare."""
    return ids.encode(max(0, times.to_ms(at) - _DAY_MS), 0)


def commit(where: Paths, rev: str) -> str:
    """The id of the commit that a revision names. Raises NotFoundError."""
    found = git.commit(where.root, rev) if where.git_dir is not None else None
    if found is None:
        hint = "'git log --all -- .tasks' shows the commits that touched the log."
        if where.git_dir is None:
            hint = "This store is in no git repository."
        raise NotFoundError(f"no revision '{rev}'", hint)
    return found


def commit_or_none(where: Paths, rev: str) -> str | None:
    """The same, None where git knows no such revision, or is not there."""
    if where.git_dir is None:
        return None
    try:
        return git.commit(where.root, rev)
    except git.GitError:  # a time needs no git
        return None


def then_at(workspace: Workspace, commit_id: str, segments: dict[str, str]) -> Then:
    """The events of some segments of a commit."""
    root, conn = workspace.paths.root, workspace.conn
    otherwise = git.differing(root, commit_id, workspace.paths.below)
    numbers = {
        f"{workspace.paths.below}/{path}": number for number, path in conn.execute("SELECT id, path FROM segments")
    }
    here = set() if otherwise is None else (segments.keys() & numbers.keys()) - otherwise
    rest = {oid for name, oid in segments.items() if name not in here}
    return Then(conn, {numbers[name] for name in here}, read(root, commit_id, rest))


def segments(root: str, commit_id: str) -> dict[str, str]:
    """The segments of a commit's log and the ids of their blobs."""
    found = git.tree(root, commit_id, LOG, QUEUE)
    return {name: oid for name, oid in found.items() if log.is_segment(os.path.basename(name))}


def read(root: str, commit_id: str, oids: set[str]) -> dict[str, Line]:
    """The events of some blobs; two lines with one id count once, the lesser, as in a fold of the files."""
    found: dict[str, Line] = {}
    for data in contents(root, commit_id, oids).values():
        for event_id, line in log.parse(data).lines.items():
            known = found.get(event_id)
            if known is None or line.text < known.text:
                found[event_id] = line
    return found


def contents(root: str, commit_id: str, oids: set[str]) -> dict[str, bytes]:
    """The contents of some blobs of a commit's log by id. Raises TkError where this clone lacks one."""
    there = blobs(root, sorted(oids))
    if len(there) < len(oids):
        raise TkError(
            f"a part of the log of {commit_id[:10]} is not in this clone (missing blobs: {len(oids) - len(there)})",
            "It was cloned in part: 'git fetch --refetch' brings the rest.",
        )
    return there


def blobs(root: str, oids: Sequence[str]) -> dict[str, bytes]:
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

"""Tasks as they were: in the log of a revision, or in today's log up to a time.

Only what an answer about some tasks hangs on is folded: they, what they are linked to, and all that those wait
for. The cache tells who depends on a task now; who did then is among these, among the tasks that have lost a
dependency since, and among those of the events that only that revision has.
"""

from __future__ import annotations

from bd_py.cache import build
from bd_py.errors import NotFoundError, UsageError
from bd_py.fold.graph import WAITS
from bd_py.fold.task import fold_ordered
from bd_py.service import revision
from bd_py.service.revision import Then

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.fold.state import TaskState
    from bd_py.log import Line
    from bd_py.workspace import Workspace

MOST = 11
"""So many tasks that a word may mean are looked for: one more than an error about an ambiguous one lists."""

_BEHIND = (
    "SELECT issue_id, depends_on_id, type, created_at, created_by, event_id FROM dependencies WHERE depends_on_id = ?1 "
    "UNION ALL SELECT issue_id, depends_on_id, type, created_at, created_by, event_id FROM suspended_dependencies "
    "WHERE depends_on_id = ?1"
)
# Most lines hold the word nowhere; one that another program wrote may spell it with escapes.
_NAMED = (
    "SELECT DISTINCT issue_id FROM log_events WHERE present = 1 AND type IN ('task.created', 'task.updated') "
    "AND (instr(line, ?) OR instr(line, '\\u')) AND ? IN (json_extract(line, '$.data.name'), "
    "json_extract(line, '$.data.set.name'))"
)


def state_at(workspace: Workspace, when: str, refs: Iterable[str]) -> Connection:
    """A cache in memory, as it would be for the log of a revision, or for today's log up to a time.

    What git knows as a revision is one, anything else a time. Of the tasks that ``refs`` mean, as an id, its
    beginning or a name, it tells all that `bd_py.query_detail.detail` does; others may be missing. The statuses
    are those of the settings in force now. Raises NotFoundError where it is neither, TkError where this clone
    lacks a part of the revision's log.
    """
    tasks = _Tasks(_then(workspace, when), workspace.config.statuses)
    meant = {task for ref in refs if ref for task in tasks.meant(ref, workspace.config.prefix)}
    linked = {other for task in meant for other in (*(on for on, _ in tasks.ahead(task)), *tasks.behind(task))}
    tasks.take_all_awaited(meant | linked)
    counted = [edge for task in linked for edge in tasks.edges_to(task)]
    folded = tasks.states
    return build.of_states(folded.values(), tasks.lines, [edge for edge in counted if edge[0] not in folded])


def _then(workspace: Workspace, when: str) -> Then:
    found = revision.commit_or_none(workspace.paths, when)
    if found is not None:
        return revision.then_at(workspace, found, revision.segments(workspace.paths.root, found))
    until = _time(when)
    return Then(workspace.conn, {row[0] for row in workspace.conn.execute("SELECT id FROM segments")}, {}, until)


def _time(when: str) -> str:
    from bd_py import times

    try:
        return times.parse(when)
    except UsageError:
        raise NotFoundError(
            f"'{when}' is neither a revision nor a time",
            "Give a branch, tag or commit, or a time: 2026-11-30, 2026-11-30T09:00:00Z, -2d, yesterday.",
        ) from None


class _Tasks:
    """Folds tasks as they were then, each once. ``lines``: their events."""

    def __init__(self, then: Then, categories: Mapping[str, str]) -> None:
        self.then = then
        self.categories = categories
        self.states: dict[str, TaskState] = {}
        self.lines: dict[str, Line] = {}
        self._lost: dict[str, set[str]] | None = None

    def state(self, task_id: str) -> TaskState:
        """A task's state; one of no events where there was no such task."""
        found = self.states.get(task_id)
        if found is None:
            lines = self.then.of_task(task_id)
            self.lines.update(lines)
            history = [lines[event_id].event for event_id in sorted(lines)]
            found = self.states[task_id] = fold_ordered(task_id, history, self.categories)
        return found

    def ahead(self, task_id: str) -> list[tuple[str, str]]:
        """What a task depended on, and how."""
        state = self.state(task_id)
        return [key for key, edge in state.edges.items() if edge[0]] if state.exists else []

    def behind(self, task_id: str, kind: str | None = None) -> list[str]:
        """The tasks that depended on it, in one way or in any."""
        found = {row[0] for row in self.then.conn.execute(_BEHIND, (task_id,))} | self._lost_by(task_id)
        return [one for one in found if any(on == task_id and kind in (None, how) for on, how in self.ahead(one))]

    def edges_to(self, task_id: str) -> Iterator[tuple[Any, ...]]:
        """The dependencies on a task, as rows, of tasks that need no folding; the others are folded here."""
        for row in self.then.conn.execute(_BEHIND, (task_id,)).fetchall():
            if row[0] not in self.states:
                if self.then.is_as_now(row[0]):
                    yield row
                else:
                    self.state(row[0])
        for one in self._lost_by(task_id):
            self.state(one)

    def take_all_awaited(self, tasks: Iterable[str]) -> None:
        """Fold tasks with all that they waited for: whether they were blocked, or in a cycle, hangs on it."""
        stack = list(tasks)
        seen = set(stack)
        while stack:
            for on, kind in self.ahead(stack.pop()):
                if kind == "waits-for":
                    self.behind(on, "parent-child")
                if kind in WAITS and on not in seen:
                    seen.add(on)
                    stack.append(on)

    def meant(self, ref: str, prefix: str) -> set[str]:
        """The tasks of then that a word may mean; the first few where it is the beginning of many ids."""
        if self.state(ref).exists:
            return {ref}
        starts = dict.fromkeys((ref, ref.lower(), f"{prefix}-{ref.lower()}"))
        found = {task for start in starts for task in self._beginning(start)}
        return found or {task for task in self._ever_named(ref) if self.state(task).fields.get("name") == ref}

    def _beginning(self, start: str) -> Iterator[str]:
        query = "SELECT DISTINCT issue_id FROM log_events WHERE issue_id >= ? AND issue_id < ? ORDER BY issue_id"
        here = (row[0] for row in self.then.conn.execute(query, (start, start + "\U0010ffff")))
        others = (task for task in sorted(self.then.elsewhere_tasks()) if task.startswith(start))
        for names in (here, others):
            left = MOST
            for task in names:
                if self.state(task).exists:
                    yield task
                    left -= 1
                    if not left:
                        break

    def _ever_named(self, name: str) -> set[str]:
        from bd_py import jsonio

        found = {row[0] for row in self.then.conn.execute(_NAMED, (jsonio.dumps(name), name)) if row[0] is not None}
        return found | self.then.elsewhere_tasks("task.created", "task.updated")

    def _lost_by(self, task_id: str) -> set[str]:
        """The tasks that depended on it then, as the cache does not know any more."""
        if self._lost is None:
            self._lost = {}
            elsewhere = self.then.elsewhere_tasks("task.created", "task.restored", "task.dep.add")
            for task in self.then.unlinked() | elsewhere:
                for on, _ in self.ahead(task):
                    self._lost.setdefault(on, set()).add(task)
        return self._lost.get(task_id, set())

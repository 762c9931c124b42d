"""The tables of events and tasks, filled at once: each with one sorted insertion."""

from __future__ import annotations

from itertools import islice

from bd_py.cache import reading, rows
from bd_py.cache.beside import SOME
from bd_py.cache.graph import all_suspended
from bd_py.events import record_key
from bd_py.fold import graph
from bd_py.fold.task import fold_ordered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from bd_py.cache.beside import Beside
    from bd_py.cache.reading import Entry
    from bd_py.cache.rows import Part
    from bd_py.events import Event
    from bd_py.fold.state import TaskState

    Lines = dict[str, list[str | Event]]
    """The events of each task, by id: decoded, or as a line that will be."""

EDGE = "INSERT INTO {} (issue_id, depends_on_id, type, created_at, created_by, event_id)"
_EVENT = "INSERT INTO log_events (id, issue_id, type, segment, present, arrived, record, line)"


def fill_events(
    beside: Beside, entries: list[Entry], arrived: list[int], lost: list[tuple[Any, ...]]
) -> tuple[Lines, dict[str, list[Event]]]:
    """The table of events; by task and by record, what happened to each.

    ``entries`` are sorted by id, and ``arrived`` are their numbers. ``lost`` are rows of events in no segment.
    """
    tasks: Lines = {}
    records: dict[str, list[Event]] = {}
    made: list[tuple[Any, ...]] = []
    for (event_id, line, number, kind, task, event), arrival in zip(entries, arrived, strict=True):
        record = None
        if task is not None:
            lines = tasks.get(task)
            if lines is None:
                tasks[task] = [event or line]
            else:
                lines.append(event or line)
        elif event is not None and (record := record_key(event)) is not None:
            records.setdefault(record, []).append(event)
        made.append((event_id, task, kind, number, 1, arrival, record, line))
        if len(made) == SOME:
            beside.insert(_EVENT, made)
            made = []
    beside.insert(_EVENT, made)
    beside.insert(_EVENT, lost)
    return tasks, records


def folded(lines: Lines, categories: Mapping[str, str], tell: Part | None) -> Iterator[TaskState]:
    """The state of every task, by id. Raises reading.Unplain.

    One task after the other, so that its events are decoded, folded and forgotten while they are in the processor's
    cache: decoding all of them first takes twice the time.
    """
    for k, task_id in enumerate(sorted(lines)):
        if tell is not None and not k % 1000:
            tell(k / len(lines))
        yield fold_ordered(task_id, reading.decoded(lines[task_id]), categories)


def fill_tasks(beside: Beside, states: Iterable[TaskState]) -> None:
    """The tables of tasks and of what belongs to them. ``states`` are sorted by id."""
    heads = {table: rows.INSERT_MEMBER[table].partition(" VALUES")[0] for table in rows.MEMBER_TABLES}
    comments: list[tuple[Any, ...]] = []
    deleted: list[tuple[Any, ...]] = []
    net = _Net()
    states = iter(states)
    while some := list(islice(states, SOME)):
        there = [task for task in some if task.exists]
        beside.insert(rows.INSERT, [rows.to_row(task, len(task.conflicts)) for task in there])
        gathered: dict[str, list[tuple[Any, ...]]] = {table: [] for table in rows.MEMBER_TABLES}
        for task in there:
            rows.members(task, gathered)
            net.add(task)
        comments += gathered.pop("comments")
        for table, made in gathered.items():
            beside.insert(heads[table], made)
        deleted += [
            (t.id, t.fields["title"], t.deleted["at"], t.deleted["by"], t.deleted["reason"], t.version)
            for t in some
            if t.created and t.deleted is not None
        ]
    comments.sort()
    beside.insert(heads["comments"], comments)
    beside.insert("INSERT INTO deleted_issues", deleted)
    net.fill(beside)


class _Net:
    """What the graph of dependencies hangs on, collected from one task after the other."""

    def __init__(self) -> None:
        self.edges: list[tuple[Any, ...]] = []
        self.conditions: dict[str, tuple[str, str, str | None, bool]] = {}
        self.blockers: dict[str, int] = {}

    def add(self, task: TaskState) -> None:
        """Take in a task that exists."""
        key, fields = task.id, task.fields
        waiting = sum(blocker not in task.resolved for blocker in task.blockers) if task.blockers else 0
        if task.blockers:
            self.blockers[key] = waiting
        self.conditions[key] = (task.category, fields["status"], fields.get("resolution"), waiting > 0)
        if task.edges:
            self.edges += [
                (key, on, kind, at, by, event_id)
                for (on, kind), (present, event_id, at, by) in task.edges.items()
                if present
            ]

    def fill(self, beside: Beside) -> None:
        """The tables of dependencies, and the columns of tasks that follow from them."""
        edges = self.edges
        edges.sort()
        out = all_suspended([(row[5], row[:3]) for row in edges])
        kept = [row for row in edges if row[:3] not in out] if out else edges
        beside.insert(EDGE.format("dependencies"), kept)
        beside.insert(EDGE.format("suspended_dependencies"), [row for row in edges if row[:3] in out] if out else [])
        parents: dict[str, tuple[str, str]] = {}
        for issue, on, kind, _, _, event_id in kept:
            if kind == "parent-child" and (issue not in parents or event_id > parents[issue][0]):
                parents[issue] = (event_id, on)
        blocked = graph.blocked(self.conditions, [row[:3] for row in kept])
        update = beside.conn.executemany
        for statement, values in (
            ("UPDATE issues SET parent_id = ? WHERE id = ?", [(on, issue) for issue, (_, on) in parents.items()]),
            ("UPDATE issues SET open_blockers = ? WHERE id = ?", [(n, key) for key, n in self.blockers.items()]),
            ("UPDATE issues SET is_blocked = 1 WHERE id = ?", [(key,) for key in blocked]),
        ):
            beside.run(update, statement, values)

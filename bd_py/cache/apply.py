"""Apply events to the cache: to the row where they are newest, by folding the task anew where not."""

from __future__ import annotations

from bd_py import jsonio
from bd_py.cache import rows
from bd_py.cache.graph import Graph
from bd_py.errors import ConflictError
from bd_py.events import record_key, stored
from bd_py.fold.state import NeedsHistory, TaskState
from bd_py.fold.task import apply as fold_one
from bd_py.fold.task import fold_task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.cache.records import RecordApplier
    from bd_py.events import Event

_PUT = "INSERT INTO log_events (id, issue_id, type, segment, record, line, arrived)"
_AGAIN = (
    "ON CONFLICT (id) DO UPDATE SET issue_id = excluded.issue_id, type = excluded.type, record = excluded.record, "
    "segment = excluded.segment, line = excluded.line, present = 1 WHERE present = 0"
)
"""An event that no segment held any more: an import derives the same ids again."""
PUT_EVENT = f"{_PUT} VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(arrived), 0) + 1 FROM log_events)) {_AGAIN}"


class Applier:
    """One transaction's worth of events on their way into the tables.

    ``searched``: there is an index of words, so tasks that say something new are noted for it.

    States are loaded once and written by `flush`; whoever reads tables in between flushes first. With ``many``
    the events themselves, too, wait for it (or for `flush_events`), and go several to a statement.
    """

    many = False

    def __init__(self, conn: Connection, categories: Mapping[str, str], *, searched: bool = False) -> None:
        self.conn = conn
        self.categories = categories
        self.searched = searched
        self.graph = Graph(conn)
        self.hard_deletes: set[str] = set()
        self._states: dict[str, TaskState] = {}
        self._rows: dict[str, tuple[Any, ...]] = {}
        self._before: dict[str, tuple[Any, ...] | None] = {}
        self._dirty: dict[str, None] = {}
        self._refold: dict[str, None] = {}
        self._foreign: list[tuple[str, str]] | None = None
        self._records: RecordApplier | None = None
        self._staged: list[tuple[Any, ...]] = []
        self._fresh: dict[str, None] = {}

    @property
    def records(self) -> RecordApplier:
        """What takes events about records."""
        if self._records is None:
            from bd_py.cache.records import RecordApplier

            self._records = RecordApplier(self.conn)
        return self._records

    def state(self, task_id: str) -> TaskState | None:
        """The scalar state of a task that exists, with everything staged so far; None where it does not."""
        if task_id in self._refold:
            self.flush()
        task = self._states.get(task_id)
        if task is None:
            row = self.conn.execute(rows.SELECT, (task_id,)).fetchone()
            if row is None:
                return None
            task = rows.from_row(row, self.categories)
            self._states[task_id] = task
            self._rows[task_id] = row
            self._before[task_id] = _condition(task)
        return task if task.exists else None

    def add(self, event: Event, line: str, segment: int | None, *, fresh: bool = False) -> None:
        """Take in an event that the cache does not have yet.

        ``fresh``: its task or record has no other; with ``many`` that is not looked up before `flush_events`.
        """
        task_id = event.get("task")
        record = None if task_id is not None else record_key(event)
        row = (event["id"], task_id, event["type"], segment, record, line)
        if self.many:
            self._staged.append(row)
            fresh = fresh and self._begin(task_id, record)
        else:
            put = self.conn.execute(PUT_EVENT, row)
            assert put.rowcount == 1, f"{event['id']} is here already"
        if task_id is None:
            if record is not None:
                self.records.add(record, event)
            return
        if task_id in self._refold:
            return
        task = self._states.get(task_id) or self.state(task_id)
        if task is None:
            if event["type"] != "task.created" or self._has_history(task_id, event["id"]):
                self.refold(task_id)
                return
            task = self._states[task_id] = TaskState(task_id, self.categories)
            self._before[task_id] = None
        if event["id"] <= task.version or task.deleted is not None:
            self.refold(task_id)
            return
        try:
            fold_one(task, event)
        except NeedsHistory:
            self.refold(task_id)
        else:
            self._dirty[task_id] = None

    def _begin(self, task_id: str | None, record: str | None) -> bool:
        if task_id is not None:
            self._states[task_id] = TaskState(task_id, self.categories)
            self._before[task_id] = None
            self._fresh[task_id] = None
        elif record is not None:
            self.records.begin(record)
        return True

    def flush_events(self) -> None:
        """Write the events that wait. Raises ConflictError where a task that was to be new is not."""
        if not self._staged:
            return
        if self._fresh:
            query = "SELECT issue_id FROM log_events WHERE issue_id IN (SELECT value FROM json_each(?)) LIMIT 1"
            taken = self.conn.execute(query, (jsonio.dumps(list(self._fresh)),)).fetchone()
            if taken is not None:
                raise ConflictError(f"the id {taken[0]} is taken", "Try again: the next id will be another.")
        query = "SELECT coalesce(max(arrived), 0), (SELECT coalesce(max(id), '') FROM log_events) FROM log_events"
        last, newest = self.conn.execute(query).fetchone()
        before = self.conn.total_changes
        tail = f" {_AGAIN}" if min(row[0] for row in self._staged) <= newest else ""
        rows.insert_many(self.conn, _PUT, [(*row, last + k) for k, row in enumerate(self._staged, 1)], tail=tail)
        assert self.conn.total_changes - before == len(self._staged), "an event is here already"
        self._staged.clear()

    def refold(self, task_id: str) -> None:
        """Fold the task from all of its present events when flushing."""
        if task_id not in self._before:
            row = self.conn.execute(rows.SELECT, (task_id,)).fetchone()
            self._before[task_id] = _condition(rows.from_row(row, self.categories)) if row else None
        self._states.pop(task_id, None)
        self._dirty.pop(task_id, None)
        self._refold[task_id] = None

    def flush(self) -> None:
        """Write everything staged so far into the tables, and the graph's consequences with it."""
        if self.many:
            self.flush_events()
            self._write_fresh()
        refolded = list(self._refold)
        self._refold.clear()
        for task_id in refolded:
            self._write(self._folded(task_id), full=True)
        for task_id in list(self._dirty):
            self._write(self._states[task_id], full=False)
        self._dirty.clear()
        self.graph.settle()
        if self._records is not None:
            self._records.flush()

    def forget(self) -> None:
        """Forget what was staged and not flushed, and every state: the transaction was rolled back to a point."""
        for held in (self._states, self._rows, self._before, self._dirty, self._refold, self.hard_deletes):
            held.clear()
        self._staged.clear()
        self._fresh.clear()
        if self._records is not None:
            self._records.forget()
        self.graph = Graph(self.conn)

    def _write_fresh(self) -> None:
        """The tasks that are new: their rows several to a statement."""
        new = [self._states[key] for key in self._fresh if key in self._dirty]
        self._fresh.clear()
        new = [task for task in new if task.exists and not (task.blockers or task.resolved)]
        made = [rows.to_row(task, 0) for task in new]
        rows.insert_many(self.conn, rows.INSERT, made)
        if self.searched:
            changed = "INSERT INTO search_changes VALUES (?) ON CONFLICT DO NOTHING"
            self.conn.executemany(changed, [(task.id,) for task in new])
        found: dict[str, list[tuple[Any, ...]]] = {table: [] for table in rows.MEMBER_TABLES}
        for task, row in zip(new, made, strict=True):
            rows.members(task, found)
            for (on, kind), (there, event_id, at, by) in task.edges.items():
                if there:
                    self.graph.put((task.id, on, kind, at, by, event_id))
            self._before[task.id] = _condition(task)
            if task.edges:
                self.graph.condition_changed(task.id)
            self._rows[task.id] = row
            self._states[task.id] = _without_members(task)
            del self._dirty[task.id]
        for table, values in found.items():
            rows.insert_many(self.conn, rows.INSERT_MEMBER[table].partition(" VALUES")[0], values)

    def _has_history(self, task_id: str, but: str) -> bool:
        query = "SELECT 1 FROM log_events WHERE issue_id = ? AND id <> ? LIMIT 1"
        return self.conn.execute(query, (task_id, but)).fetchone() is not None

    def _folded(self, task_id: str) -> TaskState:
        lines = self.conn.execute(
            "SELECT line FROM log_events WHERE issue_id = ? AND present = 1 ORDER BY id", (task_id,)
        ).fetchall()
        return fold_task(task_id, [stored(line) for (line,) in lines], self.categories)

    def _write(self, task: TaskState, *, full: bool) -> None:
        before = self._before.get(task.id)
        alone = before is None and not (full or task.edges or task.blockers)
        if self.searched and (full or task.comments or self._says_something_new(task)):
            self.conn.execute("INSERT INTO search_changes VALUES (?) ON CONFLICT DO NOTHING", (task.id,))
        if task.exists:
            self._write_row(task, full)
            self._write_members(task, full)
            self._states[task.id] = _without_members(task)
        else:
            self._remove(task)
            self._states.pop(task.id, None)
            self._rows.pop(task.id, None)
        after = _condition(task) if task.exists else None
        self._before[task.id] = after
        if before != after:
            self.graph.condition_changed(task.id, alone=alone)

    def _says_something_new(self, task: TaskState) -> bool:
        old = self._rows.get(task.id)
        return old is None or not task.exists or rows.texts(task) != old[1 : 1 + len(rows.TEXTS)]

    def _write_row(self, task: TaskState, full: bool) -> None:
        if full:
            count = len(task.conflicts)
            self.conn.execute("DELETE FROM deleted_issues WHERE id = ?", (task.id,))
        else:
            count = task.conflict_count
            if count and task.cleared:
                self.conn.executemany(
                    "DELETE FROM conflicts WHERE issue_id = ? AND field = ?",
                    [(task.id, field) for field in task.cleared],
                )
                count = self.conn.execute("SELECT count(*) FROM conflicts WHERE issue_id = ?", (task.id,)).fetchone()[0]
        task.conflict_count = count
        row = rows.to_row(task, count)
        self._put_row(row, self._rows.get(task.id))
        self._rows[task.id] = row

    def _put_row(self, row: tuple[Any, ...], old: tuple[Any, ...] | None) -> None:
        """Only the columns that changed: each that an index holds costs a page or two, and planning time."""
        if old is not None:
            changed = [k for k in range(1, len(row)) if row[k] != old[k]]
            columns = ", ".join(f"{rows.COLUMNS[k]} = ?" for k in changed)
            if changed:
                self.conn.execute(f"UPDATE issues SET {columns} WHERE id = ?", (*[row[k] for k in changed], row[0]))
        elif self.conn.execute("SELECT 1 FROM issues WHERE id = ?", row[:1]).fetchone() is None:
            self.conn.execute(rows.INSERT_ROW, row)
        else:
            self.conn.execute(rows.UPSERT, row)

    def _write_members(self, task: TaskState, full: bool) -> None:
        if full:
            rows.delete_members(self.conn, [task.id])
        else:
            self.conn.executemany(
                "DELETE FROM labels WHERE issue_id = ? AND label = ?",
                [(task.id, label) for label, (there, _) in task.labels.items() if not there],
            )
        found: dict[str, list[tuple[Any, ...]]] = {table: [] for table in rows.MEMBER_TABLES}
        rows.members(task, found)
        for table, values in found.items():
            if values:
                self.conn.executemany(rows.INSERT_MEMBER[table], values)
        if full or task.blockers or task.resolved:
            self.conn.execute(
                "UPDATE issues SET open_blockers = (SELECT count(*) FROM blockers WHERE issue_id = ?1 "
                "AND raised_at IS NOT NULL AND resolved_at IS NULL) WHERE id = ?1",
                (task.id,),
            )
            self.graph.blockers_changed(task.id)
        self._write_edges(task, full)

    def _write_edges(self, task: TaskState, full: bool) -> None:
        if not full and not task.edges:
            return
        stored = self.graph.stored(task.id)
        present = {key: edge for key, edge in task.edges.items() if edge[0]}
        gone = stored.keys() - present.keys() if full else task.edges.keys() - present.keys()
        for on, kind in sorted(gone & stored.keys()):
            self.graph.drop((task.id, on, kind))
        for (on, kind), (_, event_id, at, by) in sorted(present.items(), key=lambda item: item[1][1]):
            row = (task.id, on, kind, at, by, event_id)
            if stored.get((on, kind)) != row:
                self.graph.put(row)

    def _remove(self, task: TaskState) -> None:
        """Take a task that is deleted, or whose creation is not here, out of the tables."""
        for on, kind in sorted(self.graph.stored(task.id)):
            self.graph.drop((task.id, on, kind))
        rows.delete_members(self.conn, [task.id])
        status = "unreachable"
        if task.created and task.deleted is not None:
            status = "tombstone"
            gone = task.deleted
            self.conn.execute(
                "INSERT INTO deleted_issues VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "title = excluded.title, deleted_at = excluded.deleted_at, deleted_by = excluded.deleted_by, "
                "reason = excluded.reason, version = excluded.version",
                (task.id, task.fields["title"], gone["at"], gone["by"], gone["reason"], task.version),
            )
        else:
            self.conn.execute("DELETE FROM deleted_issues WHERE id = ?", (task.id,))
        if task.id not in self.hard_deletes and self._referred_to(task.id):
            self.conn.execute(
                "UPDATE issues SET status = ?, category = 'gone', hold = NULL, is_blocked = 0 WHERE id = ?",
                (status, task.id),
            )
        else:
            self.conn.execute("DELETE FROM issues WHERE id = ?", (task.id,))

    def _referred_to(self, task_id: str) -> bool:
        if self._foreign is None:
            from bd_py.cache.foreign import references

            self._foreign = references(self.conn)
        return any(
            self.conn.execute(f'SELECT 1 FROM "{table}" WHERE "{column}" = ? LIMIT 1', (task_id,)).fetchone()
            for table, column in self._foreign
        )


def _condition(task: TaskState) -> tuple[Any, ...]:
    return (task.category, task.fields.get("status"), task.fields.get("resolution"))


def _without_members(task: TaskState) -> TaskState:
    """The state as if it had just been loaded, so that what was written is not written again."""
    task.history = task.created_data = None
    task.cleared, task.conflicts, task.lost_claims = set(), [], []
    task.labels, task.edges, task.comments = {}, {}, {}
    task.blockers, task.resolved, task.evidence, task.artifacts = {}, {}, {}, {}
    return task

"""`Store`: the verbs of the command line as methods."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from bd_py import query, query_detail, query_facts, query_history, query_records
from bd_py.errors import UsageError
from bd_py.identity import VARIABLES
from bd_py.query import Filter
from bd_py.store import collector, fresh
from bd_py.store.batch import Batch
from bd_py.store.core import find
from bd_py.store.documents import Documents
from bd_py.store.filters import narrowed, several
from bd_py.store.following import Following
from bd_py.store.model import Comment, Event, Task, TaskDetail, TaskFields, TaskFilters
from bd_py.store.records import Collection, schema_of

if TYPE_CHECKING:
    from bd_py.cache.extension import Extension
    from bd_py.cache.level import Connection

Tasks = list[Task]
Strings = list[str]
Edges = list[tuple[str, str]]
Comments = list[Comment]
History = list[Event]
Names = list[dict[str, Any]]
Document = dict[str, Any]
"""Named here, since `Store.list` has the name of the type."""

T = TypeVar("T")


class Store(Following, Documents):
    """An opened store: ``with Store.open("path/to/repository") as store: ...``.

    Safe to use from several threads, which take turns, and beside other stores and processes. Tasks are named by
    whole id, unique prefix or name. What a verb of the command line fails with is raised: `TkError` and its kinds.
    """

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        actor: str | None = None,
        agent: str | None = None,
        agent_type: str | None = None,
        session: str | None = None,
        pid: int | None = None,
        write_behind: bool = False,
    ) -> Self:
        """The store of a folder or of one above it (default: TK_DIR, else the working directory).

        ``actor`` and what follows is who acts; what is not given comes from TK_ACTOR, TK_AGENT, TK_AGENT_TYPE and
        TK_SESSION, and at last git's user.name. Raises NoStoreError.

        ``write_behind`` is for a program that creates many tasks or records one by one: each is on disk in the log when
        `create` returns, and the tables of the cache get them later, many at once. The store itself and every command
        see them always, for whoever asks through tk brings the cache level first; a connection of SQLite's own to
        ``cache.db`` does not. `connection` ends it.
        """
        given = {"name": actor, "agent": agent, "agent_type": agent_type, "session": session}
        found: dict[str, Any] = {key: value or os.environ.get(VARIABLES[key]) for key, value in given.items()}
        found["pid"] = pid
        given = {key: value for key, value in found.items() if value}
        return cls(find(path), given, write_behind=write_behind)

    @classmethod
    def init(cls, path: str | os.PathLike[str], *, prefix: str | None = None, actor: str | None = None) -> Self:
        """Make a store in a folder, or what is missing of one, and open it. Raises InvalidError, ConflictError."""
        from bd_py.service.setup import init

        made = init(os.fspath(path), prefix)
        return cls.open(made.paths.tasks, actor=actor)

    @classmethod
    def from_backup(
        cls,
        source: str | os.PathLike[str],
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        actor: str | None = None,
    ) -> Self:
        """Make the store of a folder what a backup holds, as ``tk backup --restore`` does, and open it.

        Raises ConflictError where that would remove or change what is there, unless ``force``; InvalidError,
        DamagedError, NewerError for what cannot be restored.
        """
        from bd_py.service.restoring import restore

        restored = restore(os.fspath(path), os.fspath(source), force=force)
        return cls.open(restored["store"], actor=actor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @property
    def path(self) -> str:
        """The store's folder, ``.tasks``."""
        return self._paths.tasks

    # Reading

    def resolve(self, ref: str) -> str:
        """The whole id of a task. Raises NotFoundError, AmbiguousError."""
        with self._reading() as conn:
            return self._id(conn, ref)

    def get(self, ref: str) -> Task:
        """One task. Raises NotFoundError, AmbiguousError."""
        with self._reading() as conn:
            found = query.get(conn, [ref]) or query.get(conn, [self._id(conn, ref)])
            return Task.from_json(found[0])

    def show(self, ref: str) -> TaskDetail:
        """Everything about one task. Raises NotFoundError, AmbiguousError."""
        with self._reading() as conn:
            return TaskDetail.from_json(query_detail.detail(conn, self._id(conn, ref)))

    def list(
        self,
        *,
        status: str | Sequence[str] | None = None,
        all: bool = False,
        phase: str | None = None,
        name: str | None = None,
        title_contains: str | None = None,
        sort: str = "priority",
        reverse: bool = False,
        limit: int | None = None,
        **filters: Unpack[TaskFilters],
    ) -> Tasks:
        """Tasks that fit, open work unless ``status`` or ``all`` says otherwise. ``sort``: as ``tk list --sort``."""
        from bd_py.errors import InvalidError
        from bd_py.workflow import status_named

        if sort not in query.ORDERS:
            raise InvalidError(f"{sort!r} is no order", f"One of {', '.join(query.ORDERS)}.", field="sort")
        with self._reading() as conn:
            where = narrowed(
                Filter(query.ALL if all or status else query.LIVE), filters, lambda ref: self._id(conn, ref)
            )
            config = self._opened().config
            names = [
                name if query_facts.occurs(conn, "status", name) else status_named(config, name)
                for name in several(status)
            ]
            where.any_of("i.status", "status", names)
            for column, value in (("phase", phase), ("name", name)):
                if value is not None:
                    where.add(f"i.{column} = :{column}", **{column: value})
            if title_contains is not None:
                where.containing(conn, "title", title_contains)
            found = query.issues(conn, where, order=query.ORDERS[sort], reverse=reverse, limit=limit or 0)
            return [Task.from_json(each) for each in found]

    def ready(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        include_deferred: bool = False,
        **filters: Unpack[TaskFilters],
    ) -> Tasks:
        """What can be worked on now, in the order of ``ready.sort`` or ``sort`` (priority, oldest, hybrid)."""
        with self._reading() as conn:
            where, order = self._ready(conn, sort, include_deferred, filters)
            return [Task.from_json(each) for each in query.issues(conn, where, order=order, limit=limit or 0)]

    def blockers_of(self, ref: str) -> Strings:
        """The ids of what keeps a task from being ready."""
        with self._reading() as conn:
            return query_facts.blockers_of(conn, self._id(conn, ref))

    def dependents(self, ref: str, type: str | None = None) -> Strings:
        """The ids of what depends on a task."""
        with self._reading() as conn:
            return query_facts.dependents(conn, self._id(conn, ref), type)

    def dependencies(self, ref: str) -> Edges:
        """What a task depends on, as (type, id)."""
        with self._reading() as conn:
            return [(edge["type"], edge["depends_on_id"]) for edge in query.edges(conn, self._id(conn, ref))]

    def labels(self, ref: str) -> Strings:
        """A task's labels."""
        with self._reading() as conn:
            return query_facts.labels(conn, self._id(conn, ref))

    def comments(self, ref: str) -> Comments:
        """A task's comments, oldest first."""
        return [*self.show(ref).comments]

    def history(self, ref: str | None = None, *, limit: int | None = None) -> History:
        """Events in their order, oldest first, of one task (deleted ones too) or of all; ``limit``: the newest."""
        from bd_py.service.resolve import resolve

        with self._reading() as conn:
            task = None if ref is None else resolve(conn, self._opened().config.prefix, ref, deleted=True)
            found = query_history.history(conn, task, limit=limit or 0)
            return [Event.from_json(each) for each in reversed(found)]

    # Writing

    def batch(self) -> AbstractContextManager[Batch]:
        """Many writes that are one: ``with store.batch() as b: b.create(...)``.

        At its end one append, one fsync, one transaction; an error that leaves the block means that nothing was
        written. Methods of the store called in it, by the same thread, belong to it. Other threads and processes
        wait meanwhile.
        """
        from bd_py.jsonio import prefer_orjson

        prefer_orjson()
        return self._writing(whole=True)

    def create(
        self,
        title: str,
        *,
        labels: Iterable[str] = (),
        depends_on: Iterable[str] = (),
        dependencies: Iterable[tuple[str, str]] = (),
        parent: str | None = None,
        id: str | None = None,
        force: bool = False,
        **given: Unpack[TaskFields],
    ) -> Task:
        """A new task; as `Batch.create`."""
        with self._writing() as batch:
            made = batch.create(
                title,
                labels=labels,
                depends_on=depends_on,
                dependencies=dependencies,
                parent=parent,
                id=id,
                force=force,
                **given,
            )
            return self._after(batch, made)

    def create_many(self, tasks: Iterable[Mapping[str, Any]]) -> Strings:
        """New tasks in one batch, each the keywords of `create` with ``title``; their ids, ascending. All or none."""
        many = list(tasks)
        with collector.paused(), self.batch() as batch:
            batch.write.reserve_task_ids(len(many))
            return [batch.create(**task) for task in many]

    def update(
        self,
        ref: str,
        *,
        title: str | None = None,
        status: str | None = None,
        append_notes: str | None = None,
        add_labels: Iterable[str] = (),
        remove_labels: Iterable[str] = (),
        set_labels: Iterable[str] | None = None,
        parent: str | None = "",
        if_version: str | None = None,
        **given: Unpack[TaskFields],
    ) -> Task:
        """Change a task; as `Batch.update`. What changes nothing writes nothing."""
        with self._writing() as batch:
            batch.update(
                ref,
                title=title,
                status=status,
                append_notes=append_notes,
                add_labels=add_labels,
                remove_labels=remove_labels,
                set_labels=set_labels,
                parent=parent,
                if_version=if_version,
                **given,
            )
            return self._after(batch, ref)

    def claim(self, ref: str, *, assignee: str | None = None, ttl: int | None = None, force: bool = False) -> Task:
        """Take a task: compare-and-set; ``ttl`` in seconds. Raises ConflictError naming the holder."""
        with self._writing() as batch:
            batch.claim(ref, assignee=assignee, ttl=ttl, force=force)
            return self._after(batch, ref)

    def claim_next(self, *, ttl: int | None = None, sort: str | None = None, **filters: Unpack[TaskFilters]) -> Task:
        """Take the first that is ready; two who ask at once get two tasks. Raises NotFoundError where none is."""
        from bd_py.service import claims

        with self._writing() as batch:
            w = batch.write
            w.flush()
            where, order = self._ready(w.conn, sort, False, filters)
            return self._after(batch, claims.claim_next(w, where, order, ttl=ttl))

    def release(self, ref: str, *, reason: str | None = None, force: bool = False) -> Task:
        """Give a task back: open, and nobody's."""
        with self._writing() as batch:
            batch.release(ref, reason=reason, force=force)
            return self._after(batch, ref)

    @overload
    def close(self) -> None: ...

    @overload
    def close(
        self,
        ref: str,
        /,
        *,
        reason: str | None = None,
        resolution: str = "completed",
        verify: Sequence[str] = (),
        force: bool = False,
    ) -> Task: ...

    def close(
        self,
        *refs: str,
        reason: str | None = None,
        resolution: str = "completed",
        verify: Sequence[str] = (),
        force: bool = False,
    ) -> Task | None:
        """With a task, close that; without, give the connection back: the store is closed.

        The project's gates run first, then the commands of ``verify``; ``force``, with a reason, skips them. The
        store's lock is not held by other processes meanwhile, its threads wait. Raises GateError,
        TransitionError, ConflictError for whoever has lost a claim on the task.
        """
        if not refs:
            self._close()
            return None
        (ref,) = refs
        from bd_py.service import closing

        with self._lock:
            if self._batch is not None and (verify or force):
                raise UsageError("a batch cannot wait for checks", "Close the task outside of it.")
            if self._batch is not None:
                self._batch.close(ref, reason=reason, resolution=resolution)
                return self._after(self._batch, ref)
            task_id = self.resolve(ref)
            self._refuse_in_transaction()
            closing.close(self._opened(), task_id, resolution=resolution, reason=reason, verify=verify, force=force)
            return self.get(task_id)

    def reopen(self, ref: str, *, reason: str | None = None) -> Task:
        """Open a closed task again."""
        with self._writing() as batch:
            batch.reopen(ref, reason=reason)
            return self._after(batch, ref)

    def set_status(self, ref: str, status: str, *, reason: str | None = None) -> Task:
        """Move a task to a status, by the rules of ``tk update --status``."""
        with self._writing() as batch:
            batch.set_status(ref, status, reason=reason)
            return self._after(batch, ref)

    def delete(self, ref: str, *, reason: str | None = None) -> None:
        """Delete a task; rows of your own tables that cascade from it go with it."""
        with self._writing() as batch:
            batch.delete(ref, reason=reason)

    def restore(self, ref: str, *, reason: str | None = None) -> Task:
        """Bring a deleted task back."""
        with self._writing() as batch:
            batch.restore(ref, reason=reason)
            return self._after(batch, ref)

    def comment(self, ref: str, text: str) -> Comment:
        """Append a comment."""
        with self._writing() as batch:
            event_id = batch.comment(ref, text)
            batch.write.flush()
            found = query.comments(batch.write.conn, batch.resolve(ref))
            item = next(item for item in found if item["event_id"] == event_id)
            return Comment(event_id, item["id"], item["author"], item["text"], item["created_at"])

    def add_labels(self, ref: str, *labels: str) -> Task:
        """Add labels."""
        with self._writing() as batch:
            batch.set_labels(ref, add=labels)
            return self._after(batch, ref)

    def remove_labels(self, ref: str, *labels: str) -> Task:
        """Remove labels."""
        with self._writing() as batch:
            batch.set_labels(ref, remove=labels)
            return self._after(batch, ref)

    def add_dependency(self, ref: str, on: str, type: str = "blocks", *, force: bool = False) -> bool:
        """``ref`` depends on ``on``; False where it does already. Raises CycleError, NotFoundError."""
        with self._writing() as batch:
            return batch.add_dependency(ref, on, type, force=force)

    def remove_dependency(self, ref: str, on: str, type: str | None = None) -> Strings:
        """Remove a dependency, of one type or of every; the types that were removed."""
        with self._writing() as batch:
            return batch.remove_dependency(ref, on, type)

    def block(self, ref: str, text: str) -> Task:
        """Record what is in the way, and set the status to blocked."""
        with self._writing() as batch:
            batch.block(ref, text)
            return self._after(batch, ref)

    def unblock(self, ref: str) -> Task:
        """Resolve every open blocker, and open a blocked task again."""
        with self._writing() as batch:
            batch.unblock(ref)
            return self._after(batch, ref)

    def defer(self, ref: str, until: str | None = None) -> Task:
        """Put a task off, until a time or until `undefer`."""
        with self._writing() as batch:
            batch.defer(ref, until)
            return self._after(batch, ref)

    def undefer(self, ref: str) -> Task:
        """Take a deferral back."""
        with self._writing() as batch:
            batch.undefer(ref)
            return self._after(batch, ref)

    def add_event(self, ref: str, name: str, data: Any = None) -> str:
        """Record an event of your own (``task.custom``), which changes no state; its id."""
        with self._writing() as batch:
            return batch.add_event(ref, name, data)

    def add_evidence(
        self,
        ref: str,
        *,
        passed: bool,
        command: str | None = None,
        exit_code: int | None = None,
        summary: str | None = None,
        artifacts: Iterable[str] = (),
    ) -> str:
        """Record that something was checked, and how it came out; the evidence's id. As `Batch.add_evidence`."""
        with self._writing() as batch:
            return batch.add_evidence(
                ref, passed=passed, command=command, exit_code=exit_code, summary=summary, artifacts=artifacts
            )

    # Records

    @overload
    def define(
        self,
        kind: type[T],
        name: str | None = None,
        *,
        indexed: Iterable[str] = (),
        validator: Callable[[T], object] | None = None,
    ) -> Collection[T]: ...

    @overload
    def define(
        self,
        kind: Mapping[str, Any],
        name: str | None = None,
        *,
        indexed: Iterable[str] = (),
        validator: Callable[[dict[str, Any]], object] | None = None,
    ) -> Collection[dict[str, Any]]: ...

    def define(
        self,
        kind: type[Any] | Mapping[str, Any],
        name: str | None = None,
        *,
        indexed: Iterable[str] = (),
        validator: Callable[[Any], object] | None = None,
    ) -> Collection[Any]:
        """Declare a collection of documents, by a dataclass or a JSON Schema, and the fields to search by.

        The declaration is an event: every clone validates and filters by it. ``name`` defaults to the class's
        name in small letters. ``validator`` is of this program alone: what it raises ValueError for, or gives
        False for, is refused here too. Declared so already writes nothing. Raises InvalidError.
        """
        from bd_py.service import records

        if name is None:
            if not isinstance(kind, type):
                raise UsageError("a JSON Schema needs a name", "Give the collection's name.")
            name = kind.__name__.lower()
        document = schema_of(kind) if isinstance(kind, type) else kind
        with self._writing() as batch:
            records.define(batch.write, name, document, indexed)
        return Collection(self, name, kind if isinstance(kind, type) else None, validator)

    @overload
    def collection(self, name: str) -> Collection[dict[str, Any]]: ...

    @overload
    def collection(
        self, name: str, kind: type[T], *, validator: Callable[[Any], object] | None = None
    ) -> Collection[T]: ...

    def collection(
        self, name: str, kind: Any = None, *, validator: Callable[[Any], object] | None = None
    ) -> Collection[Any]:
        """A collection that is built in or was declared before. Raises NotFoundError."""
        with self._reading() as conn:
            query_records.definition(conn, name)
        return Collection(self, name, kind, validator)

    def conflicts(self, ref: str | None = None) -> Names:
        """Concurrent edits that nobody has settled, of tasks and records: as ``tk conflicts --json``."""
        from bd_py.service import conflicts

        with self._reading() as conn:
            if ref is not None:
                return conflicts.pairs(conn, self._id(conn, ref))
            return [*conflicts.pairs(conn), *conflicts.record_pairs(conn)]

    def collections(self) -> Names:
        """The name of every collection, with its JSON Schema and the fields to search by."""
        with self._reading() as conn:
            return [each.to_json() for each in query_records.definitions(conn)]

    # The whole store

    def connection(self) -> Extension:
        """A SQLite connection of your own, for your own tables beside tk's and for queries over both.

        tk's tables are read-only on it: changing one raises sqlite3.DatabaseError. Foreign keys are on. Write
        in ``with conn.transaction():``, which takes the store's lock, so that neither tk nor you meet a locked
        database; a statement outside of one waits up to 30 s for SQLite's. Close it when done.
        """
        from bd_py.cache.extension import connect

        with self._reading():
            self._write_behind = False  # its queries shall find what was written before them
            return connect(self._paths, self._lock_taken)

    def backup(self, dest: str | os.PathLike[str], *, force: bool = False) -> Document:
        """Write the whole store, other programs' tables included, to a folder or a ``.tar.gz``; its counts.

        As ``tk backup``: consistent while others write. Raises ConflictError where ``dest`` already exists,
        unless it is an older backup and ``force`` is given.
        """
        from bd_py.service.backup import backup

        with self._lock:
            if self._batch is not None:
                raise UsageError("a batch is under way", "Back up before it or after it.")
            return backup(self._opened(), os.fspath(dest), force=force)

    def _id(self, conn: Connection, ref: str) -> str:
        from bd_py.service.resolve import resolve

        return resolve(conn, self._opened().config.prefix, ref)

    def _after(self, batch: Batch, ref: str) -> Task:
        """The task as this write leaves it."""
        if batch.write.waiting is not None:
            return Task.made_by(fresh.task(batch.write))
        batch.write.flush()
        task_id = batch.resolve(ref)
        return Task.from_json(query.get(batch.write.conn, [task_id])[0])

    def _ready(
        self, conn: Connection, sort: str | None, include_deferred: bool, filters: Mapping[str, Any]
    ) -> tuple[Filter, str]:
        from bd_py.errors import InvalidError

        workspace = self._opened()
        config = workspace.config
        order = sort or config.sort
        if order not in ("priority", "oldest", "hybrid"):
            raise InvalidError(f"{order!r} is no order", "One of priority, oldest, hybrid.", field="sort")
        where = narrowed(Filter(), filters, lambda ref: self._id(conn, ref))
        query.ready(where, config.exclude_types, include_deferred=include_deferred)
        if workspace.paths.shared is not None:
            from bd_py.service import claims

            claims.leave_out_taken(conn, workspace.paths.shared, where)
        return where, query.ORDERS[order]

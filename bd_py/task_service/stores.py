"""Stores of tasks over tk's own rules: the git log (or its queue of files), and one in memory for tests."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Self

from bd_py import query, query_detail, query_facts, query_history
from bd_py.errors import ConflictError, InvalidError
from bd_py.events import stored
from bd_py.paths import Paths
from bd_py.payloads import RESOLUTIONS, check_actor
from bd_py.query import ALL, Filter
from bd_py.service import tasks
from bd_py.store.batch import task_fields
from bd_py.store.core import find
from bd_py.task_service import checked
from bd_py.task_service.errors import TaskStoreError, TaskValidationError
from bd_py.task_service.types import Actor, Draft, Task, TaskEvent, TaskEvents, Tasks
from bd_py.workspace import Workspace
from bd_py.write import Write

_FILTERS = ("name", "status", "phase", "tag", "assignee")


class LogTaskStore:
    """A `TaskStore` over an opened workspace: whatever its backend is, the rules are the same.

    Threads take turns, but for the gates of a task that is closed: nobody waits for those. After a fork the child goes
    on with a connection of its own.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._opened = workspace
        self._process = os.getpid()
        self._closed = False
        self._turn = threading.RLock()

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None = None, *, name: str | None = None) -> Self:
        """The store of a folder or of one above it; ``name``: who acts (default: TK_ACTOR, else git's user.name).

        Raises NoStoreError.
        """
        name = name or os.environ.get("TK_ACTOR")
        return cls(Workspace(find(path), {"name": name} if name else None))

    def close(self) -> None:
        """Give the connection back: the store is closed. Closing again does nothing."""
        with self._turn:
            if not self._closed and self._process == os.getpid():
                self._opened.close()
            self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def create(
        self,
        title: str,
        fields: Mapping[str, Any],
        *,
        labels: Iterable[str] = (),
        unless_named: bool = False,
        actor: Actor | None = None,
    ) -> tuple[Task, bool]:
        """As `TaskStore.create`."""
        with self._writing(actor) as w:
            if unless_named:
                found = query_facts.open_named(w.conn, fields["name"])
                if found is not None:
                    return self._task(w, found), False
            given = dict(fields)
            edges = [(kind, self._id(w.conn, on)) for kind, on in _edges(given.pop("dependencies", ()))]
            parent = given.pop("parent", None)
            if parent is not None:
                edges.append(("parent-child", self._id(w.conn, checked.text("parent", parent))))
            task_id = tasks.create(w, title, task_fields(given), labels=labels, dependencies=edges)
            return self._task(w, task_id), True

    def claim(self, ref: str, *, ttl: int | None = None, force: bool = False, actor: Actor | None = None) -> Task:
        """As `TaskStore.claim`."""
        from bd_py.service import claims

        with self._writing(actor) as w:
            task_id = self._id(w.conn, ref)
            claims.claim(w, task_id, ttl=ttl, force=force)
            return self._task(w, task_id)

    def transition(
        self,
        ref: str,
        status: str,
        *,
        resolution: str | None = None,
        reason: str | None = None,
        actor: Actor | None = None,
    ) -> Task:
        """As `TaskStore.transition`; closing goes through the gates."""
        from bd_py import workflow
        from bd_py.statuses import DONE

        with self._acting(actor):
            conn = self._conn()
            config = self._workspace.config
            named = workflow.status_named(config, status)
            if named != "closed" and not (resolution and config.statuses.get(named) == DONE):
                with self._writing(actor) as w:
                    task_id = self._id(w.conn, ref)
                    tasks.set_status(w, task_id, named, reason=reason)
                    return self._task(w, task_id)
            task_id = self._id(conn, ref)
            how = resolution or ("abandoned" if status.strip().lower() == "abandoned" else None)
            if how is None and query_facts.status(conn, task_id)[0] == named:
                return self.get(task_id)  # however it was closed: it has this status
        self._close_task(task_id, how or "completed", reason, actor)
        return self.get(task_id)

    def _close_task(self, task_id: str, resolution: str, reason: str | None, actor: Actor | None) -> None:
        """Close a task. Where it has to pass gates, which may take minutes, that is none of the other threads' turn."""
        from bd_py import workflow
        from bd_py.service import closing

        if resolution not in RESOLUTIONS:
            raise InvalidError(
                f"{resolution!r} is no resolution", f"One of {', '.join(RESOLUTIONS)}.", field="resolution"
            )
        with self._acting(actor):
            gated = resolution == closing.GATED and workflow.has_checks(self._workspace.config)
            apart = self._apart() if gated else None
            if apart is None:
                closing.close(self._workspace, task_id, resolution=resolution, reason=reason)
                return
        try:
            closing.close(apart, task_id, resolution=resolution, reason=reason)
        finally:
            apart.close()

    def _apart(self) -> Workspace | None:
        """The same store for whoever acts now, by a connection of its own; None where there can be but one."""
        return Workspace(Paths(self._workspace.paths.tasks), dict(self._workspace.actor()))

    def get(self, ref: str) -> Task:
        """As `TaskStore.get`."""
        with self._turn:
            conn = self._conn()
            return Task.from_json(query_detail.detail(conn, self._id(conn, ref)))

    def list(self, filter: Mapping[str, Any], *, limit: int | None = None) -> Tasks:
        """As `TaskStore.list`."""
        for key in filter:
            if key not in _FILTERS:
                raise InvalidError(f"{key!r} is no filter", f"One of {', '.join(_FILTERS)}.", field=key)
        where = query.Filter(query.ALL)
        for key in ("name", "phase", "assignee"):
            if key in filter:
                where.add(f"i.{key} = :{key}", **{key: filter[key]})
        with self._turn:
            conn = self._conn()
            if "status" in filter:
                where.add("i.status = :status", status=self._status(filter["status"]))
            if "tag" in filter:
                where.labelled([filter["tag"]])
            found = query.issues(conn, where, order=query.ORDERS["created"], limit=limit or 0)
            return [Task.from_json(query_detail.detail(conn, issue["id"])) for issue in found]

    def find(self, query: str, *, limit: int = 10) -> Tasks:
        """As `TaskStore.find`."""
        from bd_py.service.search import search

        with self._turn:
            found = search(self._workspace, query, Filter(ALL), limit=limit)
            return [self.get(hit.id) for hit in found]

    def append(self, events: Sequence[Draft], *, actor: Actor | None = None) -> TaskEvents:
        """As `TaskStore.append`."""
        from bd_py.service.updates import check_version
        from bd_py.service.working_record import add_event

        with self._writing(actor) as w:
            ids = [self._id(w.conn, draft.task) for draft in events]
            for draft, task_id in zip(events, ids, strict=True):
                check_version(tasks.existing(w, task_id), draft.version)
            for draft, task_id in zip(events, ids, strict=True):
                add_event(w, task_id, draft.type, dict(draft.payload))
            return [_event(stored(line)) for line in w.lines]

    def events(self, ref: str, *, type: str | None = None, limit: int | None = None) -> TaskEvents:
        """As `TaskStore.events`."""
        with self._turn:
            conn = self._conn()
            task_id = self._id(conn, ref, deleted=True)
            found = query_history.history(conn, task_id, types=[type] if type else [], limit=limit or 0)
            return [_event(event) for event in reversed(found)]

    @property
    def _workspace(self) -> Workspace:
        """The workspace of this process: a connection must not be carried over a fork."""
        if self._closed:
            raise TaskStoreError("the store is closed", "Open it again.")
        if self._process != os.getpid():
            self._opened, self._process = self._anew(), os.getpid()
        return self._opened

    def _anew(self) -> Workspace:
        return Workspace(Paths(self._opened.paths.tasks), self._opened.given_actor)

    def _conn(self) -> Any:
        """A connection that is level with the log now."""
        with _of_the_store():
            return self._workspace.current()

    def _id(self, conn: Any, ref: str, *, deleted: bool = False) -> str:
        from bd_py.service.resolve import resolve

        return resolve(conn, self._workspace.config.prefix, ref, deleted=deleted, open_names=True)

    def _status(self, status: str) -> str:
        from bd_py.workflow import status_named

        return status_named(self._workspace.config, status)

    def _task(self, w: Write, task_id: str) -> Task:
        w.flush()
        return Task.from_json(query_detail.detail(w.conn, task_id))

    @contextmanager
    def _acting(self, actor: Actor | None) -> Iterator[None]:
        given = actor.to_json() if actor else {}
        check_actor(given)
        with self._turn:
            workspace = self._workspace
            with _of_the_store():
                before = workspace.act_as({**workspace.actor(), **given})
            try:
                yield
            finally:
                workspace.act_as(before)

    @contextmanager
    def _writing(self, actor: Actor | None) -> Iterator[Write]:
        with self._acting(actor), ExitStack() as opened:
            with _of_the_store():
                w = opened.enter_context(self._workspace.writing())
            yield w


@contextmanager
def _of_the_store() -> Iterator[None]:
    """What is wrong with the store's own settings is nothing that the caller gave."""
    try:
        yield
    except (InvalidError, ConflictError) as error:
        raise TaskStoreError(error.message, error.hint, **error.details) from error


def _edges(given: Any) -> list[tuple[str, str]]:
    """Dependencies as (type, task). Raises TaskValidationError."""
    edges = [tuple(checked.words("dependencies", edge)) for edge in checked.words("dependencies", given)]
    for edge in edges:
        if len(edge) != 2:
            raise TaskValidationError("a dependency is a type and a task", field="dependencies")
        for part in edge:
            checked.text("dependencies", part)
    return edges


def _event(event: Mapping[str, Any]) -> TaskEvent:
    by = event.get("by")
    actor = Actor.from_json(by) if isinstance(by, dict) else None
    return TaskEvent(event["id"], event["task"], event["at"], event["type"], actor, event["data"])

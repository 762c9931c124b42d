"""The built-in collections as methods: PRDs, task specs, executions, what connects them, workflows, repositories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from bd_py import query_records
from bd_py.errors import NotFoundError
from bd_py.query_records import Condition
from bd_py.store.core import Core
from bd_py.store.view import JSON, View


class Document(View):
    """A document of a built-in collection: its fields, its id, and when it was made and changed."""

    __slots__ = ()
    _COLLECTION = ""

    id: str
    created_at: str
    updated_at: str

    @classmethod
    def from_record(cls, record: JSON) -> Self:
        """The document of a record as `query_records` has it. Fields of the document come first."""
        return cls.from_json(query_records.flat(record))


class Prd(Document):
    """What is wanted. ``status``: draft, ready, active, complete, cancelled."""

    __slots__ = ()
    _COLLECTION = "prds"

    title: str
    status: str
    description: str = ""
    review_passes: int = 0
    content: str = ""


class TaskSpec(Document):
    """A part of a PRD. ``status``: pending, blocked, running, complete, failed; ``task``: the task it serves."""

    __slots__ = ()
    _COLLECTION = "task_specs"
    _CONVERT = {"dependencies": tuple}  # noqa: RUF012 (never changed)

    prd: str
    phase_name: str
    status: str
    description: str = ""
    workflow_name: str | None = None
    assigned_to: str | None = None
    content: str = ""
    dependencies: tuple[str, ...] = ()
    task: str | None = None


class Execution(Document):
    """A run of a spec. ``status``: running, paused, complete, failed, stopped."""

    __slots__ = ()
    _COLLECTION = "executions"

    spec: str
    status: str
    started_at: str
    worktree_path: str = ""
    branch_name: str = ""
    completed_at: str | None = None
    current_phase: str | None = None
    iteration_count: int = 0
    error_message: str | None = None
    task: str | None = None


class ExecDependency(Document):
    """What one execution tells or asks another, or (``to_exec`` None) all. ``type``: notify, query, share."""

    __slots__ = ()
    _COLLECTION = "exec_dependencies"

    from_exec: str
    type: str
    to_exec: str | None = None
    payload: Any = None
    resolved_at: str | None = None


class Workflow(Document):
    """A named way of working; no two have one name."""

    __slots__ = ()
    _COLLECTION = "workflows"

    name: str
    version: str
    content: str


class RepoState(Document):
    """How far a repository has been taken in."""

    __slots__ = ()
    _COLLECTION = "repo_state"

    repo_path: str
    last_synced_commit: str | None = None


D = TypeVar("D", bound=Document)
KINDS: Mapping[str, type[Document]] = {
    kind._COLLECTION: kind for kind in (Prd, TaskSpec, Execution, ExecDependency, Workflow, RepoState)
}


class Documents(Core):
    """The methods. Fields by keyword, None takes one away in an update; what is not as it should be is refused.

    They raise NotFoundError for an id (also one that is referred to) that is not there, InvalidError for a field
    or a value that the collection does not have, ConflictError for an id or a workflow's name that is taken.
    """

    def create_prd(self, title: str, *, id: str | None = None, **fields: Any) -> Prd:
        """A new PRD, a draft unless ``status`` says otherwise."""
        return self._create(Prd, id, {"title": title, **fields})

    def get_prd(self, id: str) -> Prd:
        """One PRD."""
        return self._get(Prd, id)

    def update_prd(self, id: str, *, if_version: str | None = None, **fields: Any) -> Prd:
        """Change a PRD."""
        return self._update(Prd, id, fields, if_version)

    def list_prds(self, status: str | None = None, *, limit: int | None = None, offset: int = 0) -> list[Prd]:
        """PRDs, the oldest first."""
        return self._list(Prd, {"status": status}, limit, offset)

    def create_task_spec(self, prd: str, phase_name: str, *, id: str | None = None, **fields: Any) -> TaskSpec:
        """A new part of a PRD, pending. ``task`` (any name of a task) is the one it serves."""
        return self._create(TaskSpec, id, {"prd": prd, "phase_name": phase_name, **fields})

    def get_task_spec(self, id: str) -> TaskSpec:
        """One spec."""
        return self._get(TaskSpec, id)

    def update_task_spec(self, id: str, *, if_version: str | None = None, **fields: Any) -> TaskSpec:
        """Change a spec."""
        return self._update(TaskSpec, id, fields, if_version)

    def list_task_specs(
        self, prd: str | None = None, *, status: str | None = None, limit: int | None = None, offset: int = 0
    ) -> list[TaskSpec]:
        """Specs, of one PRD or of all, the oldest first."""
        return self._list(TaskSpec, {"prd": prd, "status": status}, limit, offset)

    def list_pending_task_specs(self, prd: str | None = None) -> list[TaskSpec]:
        """The specs that wait to be run, the oldest first."""
        return self.list_task_specs(prd, status="pending")

    def create_execution(self, spec: str, *, id: str | None = None, **fields: Any) -> Execution:
        """A new run of a spec, running from now on unless said otherwise."""
        return self._create(Execution, id, {"spec": spec, **fields})

    def get_execution(self, id: str) -> Execution:
        """One execution."""
        return self._get(Execution, id)

    def update_execution(self, id: str, *, if_version: str | None = None, **fields: Any) -> Execution:
        """Change an execution."""
        return self._update(Execution, id, fields, if_version)

    def list_executions(
        self, spec: str | None = None, *, status: str | None = None, limit: int | None = None, offset: int = 0
    ) -> list[Execution]:
        """Executions, of one spec or of all, the oldest first."""
        return self._list(Execution, {"spec": spec, "status": status}, limit, offset)

    def list_active_executions(self) -> list[Execution]:
        """The executions that run or are paused, the oldest first."""
        return self._list(Execution, {"status": ["running", "paused"]}, None, 0)

    def complete_execution(self, id: str) -> Execution:
        """An execution is done: so is its spec, and the spec's PRD once all of its specs are."""
        from bd_py.service import orchestration

        with self._writing() as batch:
            orchestration.complete_execution(batch.write, id)
            return self._get(Execution, id)

    def create_exec_dependency(
        self, from_exec: str, type: str, *, to_exec: str | None = None, id: str | None = None, **fields: Any
    ) -> ExecDependency:
        """What one execution tells or asks another, or all."""
        return self._create(ExecDependency, id, {"from_exec": from_exec, "type": type, "to_exec": to_exec, **fields})

    def get_exec_dependency(self, id: str) -> ExecDependency:
        """One dependency."""
        return self._get(ExecDependency, id)

    def list_exec_dependencies(
        self, *, from_exec: str | None = None, to_exec: str | None = None, pending: bool = False
    ) -> list[ExecDependency]:
        """Dependencies, the oldest first; ``pending``: those that are not resolved."""
        found = self._list(ExecDependency, {"from_exec": from_exec, "to_exec": to_exec}, None, 0)
        return [each for each in found if not (pending and each.resolved_at)]

    def resolve_dependency(self, id: str) -> ExecDependency:
        """Note that a dependency is resolved; the first time counts."""
        from bd_py.service import orchestration

        with self._writing() as batch:
            orchestration.resolve_dependency(batch.write, id)
            return self._get(ExecDependency, id)

    def create_workflow(self, name: str, content: str, *, id: str | None = None, **fields: Any) -> Workflow:
        """A new workflow."""
        return self._create(Workflow, id, {"name": name, "content": content, **fields})

    def get_workflow(self, ref: str) -> Workflow:
        """One workflow, by its id or its name."""
        try:
            return self._get(Workflow, ref)
        except NotFoundError:
            found = self._list(Workflow, {"name": ref}, 1, 0)
            if not found:
                raise
            return found[0]

    def update_workflow(self, id: str, *, if_version: str | None = None, **fields: Any) -> Workflow:
        """Change a workflow."""
        return self._update(Workflow, id, fields, if_version)

    def list_workflows(self) -> list[Workflow]:
        """Every workflow, the oldest first."""
        return self._list(Workflow, {}, None, 0)

    def set_repo_state(self, repo_path: str, last_synced_commit: str | None) -> RepoState:
        """Note up to which commit a repository has been taken in."""
        from bd_py.service import orchestration, records

        key = orchestration.path_id(repo_path)
        with self._writing() as batch:
            data = {"repo_path": repo_path, "last_synced_commit": last_synced_commit}
            if records.state(batch.write, "repo_state", key) is None:
                orchestration.create(batch.write, "repo_state", data)
            else:
                orchestration.update(batch.write, "repo_state", key, data)
            return self._get(RepoState, key)

    def get_repo_state(self, repo_path: str) -> RepoState:
        """How far a repository has been taken in."""
        from bd_py.service.orchestration import path_id

        return self._get(RepoState, path_id(repo_path))

    def list_repo_states(self) -> list[RepoState]:
        """Every repository that was taken in, the oldest first."""
        return self._list(RepoState, {}, None, 0)

    def _create(self, kind: type[D], id: str | None, fields: Mapping[str, Any]) -> D:
        from bd_py.service import orchestration

        with self._writing() as batch:
            given = _given(fields)
            if given.get("task") is not None:
                given["task"] = batch.resolve(given["task"])
            made = orchestration.create(batch.write, kind._COLLECTION, given, id)
            return self._get(kind, made)

    def _update(self, kind: type[D], id: str, fields: Mapping[str, Any], version: str | None) -> D:
        from bd_py.service import orchestration

        with self._writing() as batch:
            given = _given(fields)
            if given.get("task") is not None:
                given["task"] = batch.resolve(given["task"])
            orchestration.update(batch.write, kind._COLLECTION, id, given, version=version)
            return self._get(kind, id)

    def _get(self, kind: type[D], id: str) -> D:
        with self._reading() as conn:
            found = query_records.get(conn, kind._COLLECTION, id)
            if found is None:
                from bd_py.service import records

                raise records.not_found(conn, kind._COLLECTION, id)
        return kind.from_record(found)

    def _list(self, kind: type[D], where: Mapping[str, Any], limit: int | None, offset: int) -> list[D]:
        conditions = [
            Condition(field, "in" if isinstance(value, list) else "eq", value)
            for field, value in where.items()
            if value is not None
        ]
        with self._reading() as conn:
            what = query_records.definition(conn, kind._COLLECTION)
            for each in conditions:
                query_records.check_word(what, each.field, each.value)
            found = query_records.select(conn, what, conditions, order="created_at", limit=limit or 0, offset=offset)
        return [kind.from_record(each) for each in found]


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}

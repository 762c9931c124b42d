"""What the built-in collections ask of each other: a spec's PRD, an execution's spec, what follows when one is done."""

from __future__ import annotations

from bd_py import query_records
from bd_py.errors import ConflictError, InvalidError, NotFoundError
from bd_py.query_records import Condition, Definition
from bd_py.service import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bd_py.write import Write

REFERENCES: Mapping[str, Mapping[str, str]] = {
    "task_specs": {"prd": "prds"},
    "executions": {"spec": "task_specs"},
    "exec_dependencies": {"from_exec": "executions", "to_exec": "executions"},
}
FIRST: Mapping[str, Mapping[str, Any]] = {
    "prds": {"status": "draft", "review_passes": 0},
    "task_specs": {"status": "pending"},
    "executions": {"status": "running", "iteration_count": 0},
    "workflows": {"version": "1"},
}
"""What a new document has where nothing else is said."""
ACTIVE = ("running", "paused")


def definition(w: Write, collection: str) -> Definition:
    """A collection as it stands with what this write has staged."""
    w.flush()
    return query_records.definition(w.conn, collection)


def create(w: Write, collection: str, data: Mapping[str, Any], record_id: str | None = None) -> str:
    """A new document of a built-in collection; its id.

    Raises NotFoundError for a reference to nothing, ConflictError for a workflow's name that is taken.
    """
    what = definition(w, collection)
    document = {**FIRST.get(collection, {}), **{key: value for key, value in data.items() if value is not None}}
    if collection == "executions":
        document.setdefault("started_at", w.at or w.now())
    if collection == "repo_state" and record_id is None:
        record_id = path_id(str(document.get("repo_path", "")))
    _check(w, what, document)
    return records.create(w, what, document, record_id)


def update(w: Write, collection: str, record_id: str, patch: Mapping[str, Any], *, version: str | None = None) -> bool:
    """Change a document of a built-in collection; False where nothing changes. Raises as `create`."""
    what = definition(w, collection)
    _check(w, what, {key: value for key, value in patch.items() if value is not None}, but=record_id)
    return records.update(w, what, record_id, patch, version=version)


def complete_execution(w: Write, execution: str) -> dict[str, str]:
    """An execution is done, so its spec is, and the spec's PRD where all of its specs are; what became complete.

    The result has ``execution``, ``spec`` and ``prd`` with the id of each that changed. One that failed, was
    stopped or cancelled meanwhile stays so: completing such an execution raises InvalidError.
    """
    done: dict[str, str] = {}
    found = records.existing(w, "executions", execution)
    status = found.fields.get("status")
    if status in ("failed", "stopped"):
        raise InvalidError(f"{execution} is {status}: it cannot become complete", "Begin another.", field="status")
    if status != "complete":
        now = w.at or w.now()
        records.update(w, definition(w, "executions"), execution, {"status": "complete", "completed_at": now})
        done["execution"] = execution
    spec = records.state(w, "task_specs", str(found.fields.get("spec")))
    if spec is None:
        return done
    spec_id = spec.id.split("/", 1)[1]
    if spec.fields.get("status") in ("pending", "blocked", "running"):
        records.update(w, definition(w, "task_specs"), spec_id, {"status": "complete"})
        done["spec"] = spec_id
    prd = str(spec.fields.get("prd"))
    if _all_complete(w, prd):
        state = records.state(w, "prds", prd)
        if state is not None and state.fields.get("status") in ("draft", "ready", "active"):
            records.update(w, definition(w, "prds"), prd, {"status": "complete"})
            done["prd"] = prd
    return done


def _all_complete(w: Write, prd: str) -> bool:
    what = definition(w, "task_specs")
    of_prd = Condition("prd", "eq", prd)
    open_ = query_records.count(w.conn, what, [of_prd, Condition("status", "ne", "complete")])
    return open_ == 0 and query_records.count(w.conn, what, [of_prd]) > 0


def resolve_dependency(w: Write, dependency: str) -> bool:
    """Note when a dependency between executions was resolved; False where it was before. Raises NotFoundError."""
    found = records.existing(w, "exec_dependencies", dependency)
    if "resolved_at" in found.fields:
        return False
    what = definition(w, "exec_dependencies")
    return records.update(w, what, dependency, {"resolved_at": w.at or w.now()})


def path_id(path: str) -> str:
    """The id under which the state of a repository is kept. Raises InvalidError for a path without a name."""
    from urllib.parse import quote

    if not path:
        raise InvalidError("repo_path is required", field="repo_path")
    return quote(path, safe="")


def _check(w: Write, what: Definition, data: Mapping[str, Any], but: str | None = None) -> None:
    for field, collection in REFERENCES.get(what.name, {}).items():
        if field in data and records.state(w, collection, str(data[field])) is None:
            raise records.not_found(w.conn, collection, str(data[field]))
    if "task" in data and what.name in ("task_specs", "executions") and w.state(str(data["task"])) is None:
        raise NotFoundError(f"task '{data['task']}' not found", "Give the whole id.", ref=data["task"])
    if what.name == "workflows" and "name" in data:
        named = query_records.ids(w.conn, what, [Condition("name", "eq", data["name"])])
        if any(each != but for each in named):
            raise ConflictError(f"there is a workflow {data['name']!r}", "Update it, or choose another name.")

"""The keywords of `TaskFilters` as conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bd_py.errors import InvalidError
from bd_py.payloads import check_field
from bd_py.query import Filter
from bd_py.store.model import TaskFilters


def narrowed(where: Filter, filters: Mapping[str, Any], task_id: Callable[[str], str]) -> Filter:
    """Add the conditions; ``task_id`` gives the whole id of a task. Raises InvalidError for one that is none."""
    unknown = filters.keys() - TaskFilters.__annotations__.keys()
    if unknown:
        known = ", ".join(sorted(TaskFilters.__annotations__))
        raise InvalidError(f"there is no filter {min(unknown)}", f"Filters: {known}.", field=min(unknown))
    priorities = several(filters.get("priority"))
    for each in priorities:
        check_field("priority", each)
    where.any_of("i.priority", "priority", priorities)
    where.any_of("i.issue_type", "type", several(filters.get("issue_type")))
    if filters.get("assignee") is not None:
        where.add("i.assignee = :assignee", assignee=filters["assignee"])
    if filters.get("unassigned"):
        where.add("i.assignee IS NULL")
    where.labelled(several(filters.get("labels")))
    where.labelled_any(several(filters.get("labels_any")))
    if filters.get("parent") is not None:
        where.child_of(task_id(filters["parent"]))
    return where


def several(value: Any) -> list[Any]:
    """One value or several, as a list."""
    if value is None:
        return []
    return [value] if isinstance(value, (str, int)) else [*value]

"""The library: `Store.open(path)`, and the values that it gives."""

from __future__ import annotations

from bd_py.cache.extension import Extension
from bd_py.store.batch import Batch
from bd_py.store.documents import ExecDependency, Execution, Prd, RepoState, TaskSpec, Workflow
from bd_py.store.model import (
    Artifact,
    Blocker,
    Comment,
    Event,
    Events,
    Evidence,
    Hold,
    Linked,
    Progress,
    SyncReport,
    Task,
    TaskDetail,
    TaskFields,
    TaskFilters,
)
from bd_py.store.records import Collection, Record
from bd_py.store.store import Store

__all__ = [
    "Artifact",
    "Batch",
    "Blocker",
    "Collection",
    "Comment",
    "Event",
    "Events",
    "Evidence",
    "ExecDependency",
    "Execution",
    "Extension",
    "Hold",
    "Linked",
    "Prd",
    "Progress",
    "Record",
    "RepoState",
    "Store",
    "SyncReport",
    "Task",
    "TaskDetail",
    "TaskFields",
    "TaskFilters",
    "TaskSpec",
    "Workflow",
]

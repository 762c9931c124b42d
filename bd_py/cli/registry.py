"""Which module a verb is in, so that running one imports one."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.declare import Verb

PACKAGE = "bd_py.cli.verbs"

NAMES = {
    "init": "init",
    "create": "create",
    "new": "create",
    "add": "create",
    "q": "quick",
    "show": "show",
    "view": "show",
    "list": "list_tasks",
    "ls": "list_tasks",
    "ready": "ready",
    "blocked": "blocked",
    "search": "search",
    "find": "search",
    "duplicates": "duplicates",
    "claim": "claim",
    "start": "claim",
    "release": "release",
    "retry": "release",
    "update": "update",
    "close": "close",
    "done": "close",
    "reopen": "reopen",
    "block": "block",
    "unblock": "unblock",
    "defer": "defer",
    "undefer": "undefer",
    "delete": "delete",
    "restore": "restore",
    "phase": "phase",
    "progress": "progress",
    "next": "next_step",
    "blocker": "blocker",
    "evidence": "evidence",
    "artifact": "artifact",
    "event": "event",
    "accept": "accept",
    "reject": "reject",
    "gates": "gates",
    "check": "check",
    "assign": "assign",
    "unassign": "assign",
    "priority": "priority",
    "pri": "priority",
    "link": "link",
    "unlink": "link",
    "dep": "dep",
    "undep": "dep",
    "label": "label",
    "tag": "tag",
    "untag": "tag",
    "comment": "comment",
    "note": "comment",
    "add-note": "comment",
    "comments": "comments",
    "children": "children",
    "graph": "graph",
    "epic": "epic",
    "stale": "stale",
    "closed": "closed",
    "status": "status",
    "count": "count",
    "stats": "stats",
    "query": "query_tasks",
    "log": "log",
    "history": "log",
    "conflicts": "conflicts",
    "record": "record",
    "describe": "describe",
    "create-prd": "documents",
    "list-prds": "documents",
    "create-task-spec": "documents",
    "list-task-specs": "documents",
    "create-execution": "documents",
    "list-executions": "documents",
    "complete-execution": "documents",
    "edit": "edit",
    "import": "import_tasks",
    "export": "export_tasks",
    "sql": "sql",
    "prime": "prime",
    "setup": "setup",
    "sync": "sync",
    "diff": "diff",
    "undo": "undo",
    "merge-driver": "merge_driver",
    "textconv": "textconv",
    "install-hooks": "install_hooks",
    "uninstall-hooks": "uninstall_hooks",
    "hook": "hook",
    "recover": "recover",
    "doctor": "doctor",
    "rebuild": "rebuild",
    "compact": "compact",
    "backup": "backup",
    "metrics": "metrics",
    "config": "config",
    "completion": "completion",
    "quickstart": "quickstart",
    "version": "version",
    "help": "help",
}
"""Each verb and alias, and its module; a test holds it to the declarations."""


def declared(module: str) -> list[Verb]:
    """The verbs that a module under `bd_py.cli.verbs` declares."""
    name = f"{PACKAGE}.{module}"
    __import__(name)
    loaded = sys.modules[name]
    several: dict[str, Verb] | None = getattr(loaded, "VERBS", None)
    return [loaded.VERB] if several is None else list(several.values())


def load(name: str) -> Verb:
    """The verb of this name or alias, from its module. Raises KeyError for a name that is none."""
    for verb in declared(NAMES[name]):
        if name == verb.name or name in verb.aliases:
            return verb
    raise KeyError(name)


def load_all() -> list[Verb]:
    """Every verb, in the order of `NAMES`; imports all their modules."""
    return [verb for module in dict.fromkeys(NAMES.values()) for verb in declared(module)]

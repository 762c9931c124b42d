"""What other trackers call things: for a word that is no verb here, the command that does it.

The words are those of bd, Taskwarrior, gh, git-bug, Jira's command lines, todo.txt and dstask. A word that tk has
itself stands in none of these tables: a test holds that.
"""

from __future__ import annotations

from bd_py.cli.registry import NAMES

COMMANDS = {
    # Ending
    "finish": "close ID",
    "complete": "close ID",
    "completed": "closed",
    "resolve": "close ID",
    "resolved": "closed",
    "fix": "close ID",
    "fixed": "close ID",
    "end": "close ID",
    "do": "close ID",
    "archive": "close ID",
    "wontfix": "close ID --resolution wontfix",
    "cancel": "close ID --resolution abandoned",
    "abandon": "close ID --resolution abandoned",
    "unclose": "reopen ID",
    "undone": "reopen ID",
    # Beginning
    "begin": "claim ID",
    "take": "claim ID",
    "grab": "claim ID",
    "pick": "claim ID",
    "work": "claim ID",
    "wip": "claim ID",
    "doing": "list -s in_progress",
    "active": "list -s in_progress",
    "stop": "release ID",
    "pause": "release ID",
    "drop": "release ID",
    "unclaim": "release ID",
    "yield": "release ID",
    "develop": "update ID --branch NAME",
    # Writing down
    "open": "create TITLE",
    "insert": "create TITLE",
    "todo": "create TITLE",
    "capture": "q TITLE",
    "log-task": "create TITLE",
    "clone": "create TITLE",
    "duplicate": "close ID --resolution duplicate",
    "supersede": "dep add NEW OLD -t supersedes",
    # Changing
    "mv": "update ID --title TITLE",
    "move": "status ID STATUS",
    "transition": "status ID STATUS",
    "rename": "update ID --title TITLE",
    "retitle": "update ID --title TITLE",
    "title": "update ID --title TITLE",
    "modify": "update ID",
    "mod": "update ID",
    "change": "update ID",
    "set": "update ID",
    "append": "update ID --append-notes TEXT",
    "description": "update ID -d TEXT",
    "state": "status ID",
    "set-state": "label add ID LABEL",
    "due": "update ID --due TIME",
    "schedule": "defer ID --until TIME",
    "snooze": "defer ID --until TIME",
    "wait": "defer ID --until TIME",
    "hold": "defer ID",
    "sleep": "defer ID --until TIME",
    "estimate": "update ID --estimate TIME",
    "depri": "priority ID low",
    "prioritize": "priority ID P",
    "parent": "update ID --parent ID",
    "reparent": "update ID --parent ID",
    "own": "assign ID me",
    "delegate": "assign ID WHO",
    "set-labels": "update ID --set-labels LABELS",
    "annotate": "comment ID TEXT",
    "annotations": "comments ID",
    "remark": "comment ID TEXT",
    "say": "comment ID TEXT",
    "notes": "comments ID",
    "subtask": "create TITLE --parent ID",
    "checklist": "check ID",
    "attach": "artifact ID PATH",
    # Removing
    "rm": "delete ID",
    "del": "delete ID",
    "remove": "delete ID",
    "trash": "delete ID",
    "purge": "delete ID",
    "destroy": "delete ID",
    "kill": "delete ID",
    "undelete": "restore ID",
    "unarchive": "reopen ID",
    "revert": "undo",
    # Looking
    "get": "show ID",
    "cat": "show ID",
    "info": "show ID",
    "detail": "show ID",
    "details": "show ID",
    "information": "show ID",
    "inbox": "list --unassigned",
    "mine": "list -a ME",
    "my": "list -a ME",
    "all": "list --all",
    "lsa": "list --all",
    "l": "list",
    "ll": "list",
    "tasks": "list",
    "issues": "list",
    "tickets": "list",
    "backlog": "list",
    "top": "ready",
    "todos": "ready",
    "available": "ready",
    "unblocked": "ready",
    "waiting": "blocked",
    "overdue": "list --overdue",
    "newest": "list --sort created",
    "recent": "list --sort updated",
    "oldest": "ready --sort oldest",
    "labels": "label list-all",
    "tags": "label list-all",
    "users": "count --by assignee",
    "epics": "epic status",
    "subtasks": "children ID",
    "tree": "dep tree ID",
    "deps": "dep list ID",
    "dependencies": "dep list ID",
    "depends": "dep add A B",
    "needs": "dep add A B",
    "dependents": "dep list ID --direction up",
    "cycles": "dep cycles",
    "relate": "link A B",
    "unrelate": "unlink A B",
    "grep": "search TEXT",
    "ack": "search TEXT",
    "summary": "stats",
    "statistics": "stats",
    "report": "stats",
    "projects": "count --by label",
    "burndown": "stats",
    "activity": "log",
    "audit": "log",
    "events": "log",
    "timeline": "log",
    "blame": "log ID",
    "who": "log ID",
    "changelog": "closed",
    "where": "config list",
    "whoami": "status",
    # The store
    "push": "sync --remote",
    "pull": "sync --remote",
    "fetch": "sync --remote",
    "flush": "sync",
    "commit": "sync --remote",
    "hooks": "install-hooks",
    "migrate": "import FILE",
    "load": "import FILE",
    "dump": "export",
    "repair": "doctor --fix",
    "lint": "doctor",
    "verify": "doctor",
    "validate": "doctor",
    "fsck": "doctor",
    "gc": "compact",
    "cleanup": "compact",
    "reindex": "rebuild",
    "settings": "config list",
    "configure": "config set KEY VALUE",
    "rename-prefix": "config set prefix NAME",
    "onboard": "quickstart",
    "tutorial": "quickstart",
    "completions": "completion SHELL",
    "man": "help",
    "usage": "help",
    "commands": "help",
}
"""A word and the command of tk; capitals stand for what is to be filled in."""

REMARKS = {
    "daemon": "tk needs none: every command brings itself level with the log.",
    "daemons": "tk needs none: every command brings itself level with the log.",
    "login": "tk has no server, so nobody logs in.",
    "auth": "tk has no server, so nobody logs in.",
    "bridge": "tk exchanges with other trackers by 'tk import' and 'tk export'.",
    "serve": "tk has no server: scripts read --json, extensions the cache by SQL.",
    "termui": "tk has no full-screen view: 'tk status' and 'tk graph' give the overview.",
    "tui": "tk has no full-screen view: 'tk status' and 'tk graph' give the overview.",
    "webui": "tk has no view in a browser: 'tk graph --format mermaid' draws one for a page.",
    "web": "tk has no view in a browser: 'tk graph --format mermaid' draws one for a page.",
    "browse": "tk has no view in a browser: 'tk show ID' shows a task.",
}
"""What tk does without, and what there is instead."""

NOUNS = ("issue", "task", "ticket", "bug", "bead", "item")
"""gh, Jira and git-bug name the thing first: ``gh issue close``."""


def hint(words: list[str]) -> tuple[str, str | None] | None:
    """What to say about words that no verb of tk has, and the verb that does it; None for an unknown word."""
    word, *rest = [word.lower() for word in words]
    if word in NOUNS:
        if rest and rest[0] in NAMES:
            return f"In tk that is 'tk {rest[0]}'.", rest[0]
        inner = hint(rest) if rest and rest[0] not in NOUNS else None
        return inner or ("tk needs no noun: 'tk list', 'tk create', 'tk close'.", None)
    if word in REMARKS:
        return REMARKS[word], None
    command = COMMANDS.get(word)
    if command is None or command.split()[0] not in NAMES:
        return None
    return f"In tk that is 'tk {command}'.", command.split()[0]

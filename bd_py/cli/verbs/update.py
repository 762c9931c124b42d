"""``tk update``: change fields, status, labels, parent, of one task or several."""

from __future__ import annotations

from bd_py.cli import fields
from bd_py.cli.common import each, find, finish, status_sentence
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import InvalidError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.write import Write

UNSET = {
    "description": "description",
    "design": "design",
    "acceptance": "acceptance_criteria",
    "acceptance_criteria": "acceptance_criteria",
    "notes": "notes",
    "assignee": "assignee",
    "owner": "owner",
    "estimate": "estimated_minutes",
    "due": "due_at",
    "due_at": "due_at",
    "defer": "defer_until",
    "defer_until": "defer_until",
    "external-ref": "external_ref",
    "external_ref": "external_ref",
    "name": "name",
    "slug": "name",
    "phase": "phase",
    "parent": "parent",
    "branch": "links.branch",
    "worktree": "links.worktree",
    "pr": "links.pr",
    "commits": "links.commits",
}
"""What ``--unset`` takes, and the field it clears; also ``meta.KEY``."""


def run(ctx: Context, ids: tuple[str, ...], **values: Any) -> None:
    """Apply the same changes to each task; what changes nothing writes nothing."""
    changes = _changes(ctx, values)
    if not any((changes["fields"], changes["other"])):
        raise UsageError("nothing to change was given", "Try 'tk update --help'.")
    done = each(ctx, ids, lambda w, task_id: apply(w, task_id, changes))
    if values["status"] or values["claim"]:
        status_sentence(ctx, done, "is unchanged")
    else:
        finish(ctx, done, "Updated {}".format, "is unchanged")


def _changes(ctx: Context, values: dict[str, Any]) -> dict[str, Any]:
    given = fields.given(ctx, values)
    if values["title"] is not None:
        given["title"] = values["title"].strip()
    if values["compound"] is not None:
        given["compound"] = values["compound"] or None
    other: dict[str, Any] = {
        name: _labels(values[name]) for name in ("add_label", "remove_label", "set_labels") if values[name]
    }
    if "set_labels" in other:
        other["set_labels"] = [label for label in other["set_labels"] if label]
    for name in ("status", "append_notes", "if_version"):
        if values[name] is not None:
            other[name] = values[name]
    if values["claim"]:
        _check_claim(ctx, other.pop("status", None))
        other["claim"] = True
    if values["parent"] is not None:
        other["parent"] = find(ctx.workspace(), values["parent"]) if values["parent"] else None
    for name in (part for item in values["unset"] for part in item.split(",")):
        field = name if name.startswith("meta.") else UNSET.get(name)
        if field is None:
            raise InvalidError(f"--unset {name}: no field that can be cleared", f"Fields: {', '.join(UNSET)}.")
        if field == "parent":
            other["parent"] = None
        else:
            given[field] = None
    if "append_notes" in other:
        if "notes" in given:
            raise UsageError("--notes and --append-notes exclude each other")
        other["append_notes"] = ctx.text_arg(other["append_notes"])
    version = other.pop("if_version", None)
    return {"fields": given, "other": other, "version": version}


def _check_claim(ctx: Context, status: str | None) -> None:
    """``--claim`` leads to in_progress, so that is the one status which may stand beside it."""
    from bd_py.workflow import status_named

    if status is not None and status_named(ctx.workspace().config, status) != "in_progress":
        raise UsageError("--claim and --status exclude each other", "A claim makes it in_progress.")


def _labels(given: tuple[str, ...]) -> list[str]:
    return [label.strip() for item in given for label in item.split(",")]


def apply(w: Write, task_id: str, changes: dict[str, Any]) -> bool:
    """One task's changes, as `_changes` has them from the command line."""
    from bd_py.service import updates

    return updates.apply(w, task_id, changes["fields"], changes["other"], version=changes["version"])


VERB = Verb(
    "update",
    run,
    "Change tasks",
    details="An empty value clears a field, as --unset does. --status in_progress is a claim.",
    examples=(
        "tk update 7f3k --title 'Refactor the vector layer' -p 0",
        "tk update 7f3k 2c9d --add-label core --unset due",
        "tk update 7f3k --status blocked",
    ),
    arguments=(Argument("ids", "Tasks to change", nargs=-1, metavar="ID"),),
    options=(
        Option("status", "-s", "--status", help="open, in_progress, blocked, deferred, closed, or the project's own"),
        Option("title", "--title", help="The title"),
        *fields.SET,
        Option("append_notes", "--append-notes", help="Add to the notes", metavar="TEXT"),
        Option("add_label", "--add-label", help="Add a label (or a,b)", multiple=True, metavar="LABEL"),
        Option("remove_label", "--remove-label", help="Remove a label", multiple=True, metavar="LABEL"),
        Option("set_labels", "--set-labels", help="Set exactly these labels", multiple=True, metavar="LABELS"),
        Option("parent", "--parent", help="Make it a child of this task; '' for none", metavar="ID"),
        Option("claim", "--claim", kind="flag", help="Claim it too"),
        Option(
            "compound",
            "--compound/--no-compound",
            kind="flag",
            help="It only groups its children, and closes with the last; its holder gives it back",
        ),
        Option("unset", "--unset", help="Clear a field (may be repeated)", multiple=True, metavar="FIELD"),
        Option("if_version", "--if-version", help="Change it only if this is still its version", metavar="VERSION"),
    ),
)

"""The options of a task's fields, shared by the verbs that set them and those that filter by them."""

from __future__ import annotations

from bd_py import times
from bd_py.cli.declare import Option
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.config import Config
    from bd_py.query import Filter
    from bd_py.workspace import Workspace

SET = (
    Option("description", "-d", "--description", help="What it is about; '-' reads stdin, @FILE a file"),
    Option("body_file", "--body-file", help="The description from a file, '-' for stdin", metavar="FILE"),
    Option("issue_type", "-t", "--type", help="task, bug, feature, epic, chore, decision, ...", metavar="TYPE"),
    Option("priority", "-p", "--priority", help="0-4, P0-P4, or urgent, high, medium, low", metavar="PRIORITY"),
    Option("assignee", "-a", "--assignee", help="Who should do it", metavar="WHO"),
    Option("owner", "--owner", help="Who is responsible for it", metavar="WHO"),
    Option("design", "--design", help="How it should be done"),
    Option("acceptance", "--acceptance", "--acceptance-criteria", help="When it counts as done"),
    Option("notes", "--notes", help="Notes"),
    Option("estimate", "-e", "--estimate", help="Minutes, or 2h, 1h30m, 3d", metavar="TIME"),
    Option("due", "--due", help="When it is due: a date, ISO 8601, +2d, tomorrow", metavar="TIME"),
    Option("defer", "--defer", help="Keep it out of ready until then", metavar="TIME"),
    Option("external_ref", "--external-ref", help="Its id in another tracker: gh-9, JIRA-12", metavar="REF"),
    Option("slug", "--slug", "--name", help="A short name for it", metavar="NAME"),
    Option("phase", "--phase", help="The phase it is in"),
    Option("branch", "--branch", help="The branch it is worked on"),
    Option("worktree", "--worktree", help="The worktree it is worked in", metavar="PATH"),
    Option("pr", "--pr", help="Its pull request", metavar="URL"),
    Option("commit", "--commit", help="A commit that belongs to it (may be repeated)", multiple=True),
    Option("meta", "--meta", help="A value of your own (may be repeated)", multiple=True, metavar="K=V"),
)
LABEL = Option("label", "-l", "--label", "--labels", "--tags", help="A label (may be repeated, or a,b)", multiple=True)

_TEXTS = (
    ("description", "description"),
    ("design", "design"),
    ("acceptance", "acceptance_criteria"),
    ("notes", "notes"),
)
_PLAIN = (
    ("issue_type", "issue_type"),
    ("assignee", "assignee"),
    ("owner", "owner"),
    ("external_ref", "external_ref"),
    ("slug", "name"),
    ("phase", "phase"),
)


def given(ctx: Context, values: dict[str, Any]) -> dict[str, Any]:
    """The fields that options set, by their name in the event; empty text clears (None)."""
    out: dict[str, Any] = {}
    if values["body_file"] is not None:
        if values["description"] is not None:
            raise UsageError("--description and --body-file exclude each other")
        name = values["body_file"]
        out["description"] = ctx.text_arg("-" if name == "-" else "@" + name) or None
    for option, field in _TEXTS:
        if values[option] is not None:
            out[field] = ctx.text_arg(values[option]) or None
    for option, field in _PLAIN:
        if values[option] is not None:
            out[field] = values[option].strip() or None
    if values["priority"] is not None:
        out["priority"] = _priority(values["priority"])
    if values["estimate"] is not None:
        from bd_py.amounts import minutes

        out["estimated_minutes"] = minutes(values["estimate"]) if values["estimate"] else None
    for option, field in (("due", "due_at"), ("defer", "defer_until")):
        if values[option] is not None:
            out[field] = times.parse(values[option]) if values[option] else None
    for name in ("branch", "worktree", "pr"):
        if values[name] is not None:
            out[f"links.{name}"] = values[name] or None
    if values["commit"]:
        out["links.commits"] = list(dict.fromkeys(values["commit"]))
    for pair in values["meta"]:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise UsageError(f"--meta {pair}: not of the form KEY=VALUE")
        out[f"meta.{key}"] = value or None
    return out


def _priority(text: str) -> int:
    from bd_py.amounts import priority  # only where one is named

    return priority(text)


def labels(values: Iterable[str]) -> list[str]:
    """What was given by ``--label``: each may be several with commas between."""
    return [label.strip() for item in values for label in item.split(",")]


def nested(fields: dict[str, Any]) -> dict[str, Any]:
    """``links.branch`` and ``meta.K`` as objects, as ``task.created`` has them."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        head, dot, tail = name.partition(".")
        if value is None:
            continue
        if dot and head in ("links", "meta"):
            out.setdefault(head, {})[tail] = value
        else:
            out[name] = value
    return out


WORK_FILTERS = (
    Option("priority", "-p", "--priority", help="Only these priorities", multiple=True, metavar="PRIORITY"),
    Option("assignee", "-a", "--assignee", help="Only tasks assigned to this person", metavar="WHO"),
    Option("label", "-l", "--label", "-T", "--tag", help="Only with all these labels", multiple=True),
    Option("label_any", "--label-any", help="Only with any of these labels", multiple=True, metavar="LABEL"),
    Option("issue_type", "-t", "--type", help="Only these types", multiple=True, metavar="TYPE"),
    Option("parent", "--parent", help="Only children of this task", metavar="ID"),
    Option("unassigned", "-u", "--unassigned", "--no-assignee", kind="flag", help="Only unassigned tasks"),
)

LIST_FILTERS = (
    Option("status", "-s", "--status", help="Only these statuses", multiple=True),
    *WORK_FILTERS,
    Option("phase", "--phase", help="Only in this phase"),
    Option("name", "--name", help="Only with this name"),
    Option("title_contains", "--title-contains", "--title", help="Only if the title contains this", metavar="TEXT"),
    Option("desc_contains", "--desc-contains", help="Only if the description contains this", metavar="TEXT"),
    Option("notes_contains", "--notes-contains", help="Only if the notes contain this", metavar="TEXT"),
    Option("only", "--id", help="Only these tasks", multiple=True, metavar="ID"),
    Option("priority_min", "--priority-min", help="Only this priority or less urgent", metavar="PRIORITY"),
    Option("priority_max", "--priority-max", help="Only this priority or more urgent", metavar="PRIORITY"),
    Option("no_label", "--no-label", "--no-labels", kind="flag", help="Only without labels"),
    Option("empty_description", "--empty-description", kind="flag", help="Only without a description"),
    Option("created_after", "--created-after", help="Only created after", metavar="TIME"),
    Option("created_before", "--created-before", help="Only created before", metavar="TIME"),
    Option("updated_after", "--updated-after", help="Only changed after", metavar="TIME"),
    Option("updated_before", "--updated-before", help="Only changed before", metavar="TIME"),
    Option("closed_after", "--closed-after", help="Only closed after", metavar="TIME"),
    Option("closed_before", "--closed-before", help="Only closed before", metavar="TIME"),
    Option("due_before", "--due-before", help="Only due before", metavar="TIME"),
    Option("overdue", "--overdue", kind="flag", help="Only open work that is past due"),
)


def work_filter(where: Filter, workspace: Workspace, values: dict[str, Any]) -> Filter:
    """Add the conditions of `WORK_FILTERS`."""
    where.any_of("i.priority", "priority", [_priority(each) for item in values["priority"] for each in item.split(",")])
    kinds = [each for item in values["issue_type"] for each in item.split(",")]
    where.any_of("i.issue_type", "type", [_type(workspace, kind) for kind in kinds])
    if values["assignee"] is not None:
        where.add("i.assignee = :assignee", assignee=values["assignee"])
    if values["unassigned"]:
        where.add("i.assignee IS NULL")
    where.labelled([each for item in values["label"] for each in item.split(",")])
    where.labelled_any([each for item in values["label_any"] for each in item.split(",")])
    if values["parent"] is not None:
        from bd_py.cli.common import find

        where.child_of(find(workspace, values["parent"]))
    return where


def list_filter(where: Filter, workspace: Workspace, values: dict[str, Any], config: Config) -> Filter:
    """Add the conditions of `LIST_FILTERS`."""
    work_filter(where, workspace, values)
    names = [each for item in values["status"] for each in item.split(",")]
    if "all" not in names:
        where.any_of("i.status", "status", [_status(workspace, config, name) for name in names])
    for option, column in (("phase", "phase"), ("name", "name")):
        if values[option] is not None:
            where.add(f"i.{column} = :{option}", **{option: values[option]})
    for option, column in (("title", "title"), ("desc", "description"), ("notes", "notes")):
        text = values[f"{option}_contains"]
        if text is not None:
            where.containing(workspace.conn, column, text)
    _more(where, workspace, values)
    if values["no_label"]:
        where.unlabelled()
    for option in (
        "created_after",
        "created_before",
        "updated_after",
        "updated_before",
        "closed_after",
        "closed_before",
        "due_before",
    ):
        if values[option] is not None:
            column, _, side = option.partition("_")
            sign = ">" if side == "after" else "<"
            where.add(f"i.{column}_at {sign} :{option}", **{option: times.parse(values[option])})
    if values["overdue"]:
        where.add("i.due_at < :now_due AND i.category IN ('open', 'waiting', 'active')", now_due=times.now())
    return where


def _more(where: Filter, workspace: Workspace, values: dict[str, Any]) -> None:
    """Conditions that are seldom asked for."""
    if values["only"]:
        from bd_py.cli.common import find

        refs = [ref for item in values["only"] for ref in item.split(",")]
        where.any_of("i.id", "only", list(dict.fromkeys(find(workspace, ref) for ref in refs)))
    for option, sign in (("priority_min", ">="), ("priority_max", "<=")):
        if values[option] is not None:
            where.add(f"i.priority {sign} :{option}", **{option: _priority(values[option])})
    if values["empty_description"]:
        where.add("i.description = ''")


def _type(workspace: Workspace, kind: str) -> str:
    """A type to filter by: one of the project's, or one that an import brought."""
    config = workspace.config
    if kind not in config.types and kind not in config.exclude_types:
        from bd_py import query_facts
        from bd_py.service.tasks import check_type

        if not query_facts.occurs(workspace.conn, "issue_type", kind):
            check_type(config, kind)
    return kind


def _status(workspace: Workspace, config: Config, name: str) -> str:
    """A status to filter by: one of the project's, another word for one, or one that an import brought."""
    if name in config.statuses:
        return name
    from bd_py import query_facts
    from bd_py.workflow import status_named

    return name if query_facts.occurs(workspace.conn, "status", name) else status_named(config, name)

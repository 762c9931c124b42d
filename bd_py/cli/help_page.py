"""The help, laid out by click from the declarations: one verb's page, and the overview."""

from __future__ import annotations

from bd_py.cli.declare import GLOBAL_OPTIONS, META_OPTIONS, PROGRAM
from bd_py.cli.summaries import SUMMARIES
from bd_py.cli.wording import flags, label, paragraphs, synopsis, usage, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    from bd_py.cli.declare import Option, Verb

GROUPS = (
    ("Start here", ("init", "quickstart", "prime", "setup", "help", "version", "completion", "config")),
    (
        "Find work",
        ("status", "ready", "list", "search", "show", "blocked", "closed", "stale", "children", "duplicates", "sql"),
    ),
    (
        "Write tasks down",
        (
            *("create", "q", "update", "edit", "comment", "comments", "check", "label", "tag", "untag", "assign"),
            *("unassign", "priority", "dep", "undep", "link", "unlink"),
        ),
    ),
    (
        "Work on them",
        ("claim", "release", "close", "reopen", "block", "unblock", "defer", "undefer", "delete", "restore", "undo"),
    ),
    (
        "Keep its working record",
        ("phase", "progress", "next", "blocker", "evidence", "artifact", "event", "accept", "reject", "gates"),
    ),
    (
        "Keep documents",
        (
            *("record", "describe", "create-prd", "list-prds", "create-task-spec", "list-task-specs"),
            *("create-execution", "list-executions", "complete-execution"),
        ),
    ),
    ("See the whole", ("graph", "epic", "count", "stats", "metrics", "query")),
    ("History and exchange", ("log", "diff", "conflicts", "sync", "import", "export")),
    ("Git", ("install-hooks", "uninstall-hooks", "hook")),
    ("Look after the store", ("doctor", "recover", "rebuild", "compact", "backup")),
)
"""The overview's order; a verb that stands in none comes last, under Other."""


def help_text(path: Sequence[str], width: int | None = None) -> str:
    """The page of a verb, or of tk itself for an empty path; ``width`` in columns (None: the terminal's).

    Raises errors.UsageError for a path that leads to no verb.
    """
    import click

    from bd_py.cli.click_app import find

    formatter = click.HelpFormatter(width=width)
    if path:
        names, verb = find(path)
        _page(formatter, " ".join((PROGRAM, *names)), verb)
    else:
        _overview(formatter)
    return formatter.getvalue().rstrip("\n")


def _overview(formatter: click.HelpFormatter) -> None:
    formatter.write_usage(PROGRAM, "[OPTIONS] COMMAND ...")
    _paragraphs(formatter, "A git-native issue tracker: its log travels with the code in ordinary commits.")
    left = {shown.partition(" ")[0]: (shown, summary) for shown, summary in SUMMARIES.items()}
    for heading, names in GROUPS:
        _rows(formatter, heading, [left.pop(name) for name in names if name in left])
    _rows(formatter, "Other", list(left.values()))
    _options(formatter, "Options, before the command or after it", (*GLOBAL_OPTIONS, *META_OPTIONS))
    _paragraphs(formatter, f"'{PROGRAM} help COMMAND' or '{PROGRAM} COMMAND --help' says more.")


def _page(formatter: click.HelpFormatter, name: str, verb: Verb) -> None:
    formatter.write_usage(name, synopsis(verb))
    _paragraphs(formatter, f"{verb.summary}.")
    if verb.aliases:
        _paragraphs(formatter, f"Also: {', '.join(verb.aliases)}.")
    _paragraphs(formatter, verb.details)
    _rows(formatter, "Commands", [(label(inner), inner.summary) for inner in verb.subverbs if not inner.hidden])
    if verb.default_subverb is not None:
        _paragraphs(formatter, f"Without a command: {verb.default_subverb}.")
    _rows(formatter, "Arguments", [(usage(a), words(a)) for a in verb.arguments])
    _options(formatter, "Options", verb.options)
    _options(formatter, "Global options", (*GLOBAL_OPTIONS, *META_OPTIONS), verb.options)
    if verb.examples:
        with formatter.section("Examples"):
            for line in verb.examples:
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def _paragraphs(formatter: click.HelpFormatter, text: str) -> None:
    for part in paragraphs(text):
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(part)


def _options(
    formatter: click.HelpFormatter, heading: str, options: Sequence[Option], own: Sequence[Option] = ()
) -> None:
    _rows(formatter, heading, [(names, words(option)) for option in options if (names := flags(option, own))])


def _rows(formatter: click.HelpFormatter, heading: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(heading):
            formatter.write_dl(rows, col_max=26)

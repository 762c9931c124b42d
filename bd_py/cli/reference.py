"""The reference, out of the declarations: ``docs/cli.md`` and the manual pages. ``make docs`` writes them.

Nothing here imports click or starts anything, so that a build of the package can make the manual pages.
The same declarations give the same bytes.
"""

from __future__ import annotations

from bd_py import __version__
from bd_py.cli.declare import GLOBAL_OPTIONS, META_OPTIONS, PROGRAM
from bd_py.cli.help_page import GROUPS
from bd_py.cli.registry import load_all
from bd_py.cli.wording import flags, label, paragraphs, synopsis, usage, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bd_py.cli.declare import Option, Verb

PURPOSE = "A git-native issue tracker: its log travels with the code in ordinary commits"

EXIT_CODES = (
    (0, "done"),
    (1, "failed; also a store of a newer tk, or one that cannot be written"),
    (2, "the command line is wrong"),
    (3, "no such task or file, an ambiguous id, nothing to claim, no `.tasks`"),
    (4, "a value or a change of status that is not allowed"),
    (5, "held by another, or changed since it was read"),
    (6, "a dependency that would close a cycle"),
    (7, "the store was locked for too long: try again"),
    (8, "a gate refused"),
    (9, "the log has lines that are not events"),
    (130, "interrupted"),
    (141, "the reader of the output went away"),
)

ENVIRONMENT = (
    ("TK_DIR", "The store: a `.tasks` folder, or the folder that holds it."),
    ("TK_ACTOR, TK_AGENT, TK_AGENT_TYPE, TK_SESSION", "Who is acting, unless options say so."),
    ("TK_TASK", "Set by tk for the gates and checks that it runs: the id of the task."),
    (
        "TK_PAGER, GIT_PAGER, PAGER",
        "The pager: the first that is set, after GIT_PAGER git's `core.pager`, else `less`; empty or `cat` is none.",
    ),
    ("LESS", "Options for `less`; FRX if it is not set."),
    ("NO_COLOR, CLICOLOR", "No colour if NO_COLOR is set to anything, or CLICOLOR to 0. `--color` overrides both."),
    ("TERM", "`dumb` means a terminal without colour, links and pager."),
    ("COLUMNS, LINES", "The size of the terminal, instead of asking it."),
    ("FORCE_HYPERLINK", "1: links on any terminal; 0: on none."),
    ("TK_LOCK_TIMEOUT", "Seconds to wait for the store while another command is writing."),
    ("TK_NO_FAST_EXIT", "If set, tk exits as Python programs normally do, which is slower: for coverage and atexit."),
)


def markdown() -> str:
    """The text of docs/cli.md."""
    lines = [
        "<!-- Made by `make docs` from the declarations in bd_py/cli/verbs: edit those. -->",
        "",
        "# The tk command",
        "",
        f"{PURPOSE}.",
        f"`{PROGRAM} help COMMAND` shows the same in the terminal, and so does `man {PROGRAM}-COMMAND` where the",
        "manual pages are installed.",
        "",
        f"    {PROGRAM} [OPTIONS] COMMAND ...",
    ]
    verbs = list(groups())
    for heading, found in verbs:
        lines += ["", f"**{heading}**: " + ", ".join(f"[{verb.name}](#{_anchor(verb.name)})" for verb in found)]
    lines += ["", "## Options, before the command or after it", "", *_md_options((*GLOBAL_OPTIONS, *META_OPTIONS))]
    lines += [
        "",
        "An id can be shortened to any unique prefix, with or without the project's prefix; `-` reads ids from stdin",
        "where several are taken. See [output.md](output.md) for output on a terminal and in a pipe,",
        "[json.md](json.md) for the JSON, [stability.md](stability.md) for what is stable.",
        "",
        "## Exit codes",
        "",
        *(f"- {code}: {text}" for code, text in EXIT_CODES),
        "",
        "With several ids, those that can be done are done, and the exit code is that of the first failure.",
        "",
        "## Environment",
        "",
        *(f"- {', '.join(f'`{each}`' for each in names.split(', '))}: {text}" for names, text in ENVIRONMENT),
    ]
    for heading, found in verbs:
        lines += ["", f"## {heading}"]
        for verb in found:
            lines += _md_verb(verb, (verb.name,), 3)
    return "\n".join(lines) + "\n"


def groups() -> Iterator[tuple[str, list[Verb]]]:
    """The headings of the overview with their verbs, hidden ones left out."""
    left = {verb.name: verb for verb in load_all() if not verb.hidden}
    for heading, names in GROUPS:
        if found := [left.pop(name) for name in names if name in left]:
            yield heading, found
    if left:
        yield "Other", list(left.values())


def _anchor(name: str) -> str:
    return f"{PROGRAM}-{name}".replace(" ", "-")


def _md_verb(verb: Verb, path: tuple[str, ...], level: int) -> list[str]:
    name = " ".join((PROGRAM, *path))
    lines = ["", f"{'#' * level} {name}", "", f"    {name} {synopsis(verb)}", "", f"{_md(verb.summary)}."]
    if verb.aliases:
        lines += ["", f"Also: {', '.join(f'`{alias}`' for alias in verb.aliases)}."]
    for text in paragraphs(verb.details):
        lines += ["", _md(text)]
    if verb.default_subverb is not None:
        lines += ["", f"Without a command: `{verb.default_subverb}`."]
    rows = [f"- `{usage(argument)}`: {_md(words(argument))}" for argument in verb.arguments]
    rows += _md_options(verb.options)
    if rows:
        lines += ["", *rows]
    if verb.examples:
        lines += ["", "```sh", *verb.examples, "```"]
    for inner in verb.subverbs:
        if not inner.hidden:
            lines += _md_verb(inner, (*path, inner.name), level + 1)
    return lines


def _md_options(options: Sequence[Option]) -> list[str]:
    return [f"- `{flags(option)}`: {_md(words(option))}" for option in options]


def _md(text: str) -> str:
    for char in "\\*<":
        text = text.replace(char, "\\" + char)
    return text


def manuals() -> dict[str, str]:
    """The manual pages by file name: ``tk.1``, and one a verb, ``tk-list.1``."""
    found = {f"{PROGRAM}.1": _main_page()}
    for _, verbs in groups():
        for verb in verbs:
            found[f"{PROGRAM}-{verb.name}.1"] = _verb_page(verb)
    return found


def _head(name: str, summary: str) -> list[str]:
    source = _roff(f"{PROGRAM} {__version__}")
    return [
        f'.TH "{_roff(name).upper()}" "1" "" "{source}" "{PROGRAM} manual"',
        ".SH NAME",
        f"{_roff(name)} \\- {_roff(summary)}",
    ]


def _main_page() -> str:
    lines = _head(PROGRAM, PURPOSE.partition(":")[0].lower())
    lines += [".SH SYNOPSIS", f".B {PROGRAM}", "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR ...", ".SH DESCRIPTION"]
    lines += [_line(f"{PURPOSE}. Each command has a page of its own: man {PROGRAM}-COMMAND.")]
    for heading, verbs in groups():
        lines += [f".SS {_roff(heading)}"]
        for verb in verbs:
            lines += [".TP", f"\\fB{PROGRAM}\\-{_roff(verb.name)}\\fR(1)", _line(f"{verb.summary}.")]
    lines += [".SH OPTIONS", _line("Before the command or after it.")]
    lines += _man_options((*GLOBAL_OPTIONS, *META_OPTIONS))
    lines += [".SH EXIT STATUS"]
    for code, text in EXIT_CODES:
        lines += [".TP", f".B {code}", _line(text.replace("`", ""))]
    lines += [".SH ENVIRONMENT"]
    for names, text in ENVIRONMENT:
        lines += [".TP", f".B {_roff(names)}", _line(text.replace("`", ""))]
    return "\n".join([*lines, ".SH SEE ALSO", ".BR git (1)"]) + "\n"


def _verb_page(verb: Verb) -> str:
    lines = _head(f"{PROGRAM}-{verb.name}", verb.summary[0].lower() + verb.summary[1:])
    lines += [".SH SYNOPSIS", *_man_synopsis(verb, (verb.name,))]
    for inner in verb.subverbs:
        if not inner.hidden:
            lines += [".br", *_man_synopsis(inner, (verb.name, inner.name))]
    lines += [".SH DESCRIPTION", *_man_text(verb)]
    if verb.arguments or verb.options:
        lines += [".SH OPTIONS", *_man_params(verb)]
    if verb.subverbs:
        lines += [".SH COMMANDS"]
        for inner in verb.subverbs:
            if not inner.hidden:
                lines += [f".SS {_roff(inner.name)}", *_man_text(inner), *_man_params(inner)]
    examples = [*verb.examples, *(line for inner in verb.subverbs for line in inner.examples)]
    if examples:
        lines += [".SH EXAMPLES", ".EX", *map(_line, dict.fromkeys(examples)), ".EE"]
    lines += [".SH SEE ALSO", _line(f"{PROGRAM}(1) has the options that every command takes, and the exit codes.")]
    return "\n".join(lines) + "\n"


def _man_synopsis(verb: Verb, path: tuple[str, ...]) -> list[str]:
    return [f".B {_roff(' '.join((PROGRAM, *path)))}", _line(synopsis(verb))]


def _man_text(verb: Verb) -> list[str]:
    lines = [_line(f"{verb.summary}.")]
    if verb.aliases:
        lines += [".PP", _line(f"Also: {', '.join(verb.aliases)}.")]
    for text in paragraphs(verb.details):
        lines += [".PP", _line(text)]
    if verb.default_subverb is not None:
        lines += [".PP", _line(f"Without a command: {verb.default_subverb}.")]
    return lines


def _man_params(verb: Verb) -> list[str]:
    lines: list[str] = []
    for argument in verb.arguments:
        lines += [".TP", f".I {_roff(usage(argument))}", _line(words(argument))]
    return lines + _man_options(verb.options)


def _man_options(options: Sequence[Option]) -> list[str]:
    lines: list[str] = []
    for option in options:
        lines += [".TP", f".B {_roff(flags(option))}", _line(words(option))]
    return lines


def _roff(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("'", "\\(aq")


def _line(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\\&" + escaped if escaped[:1] == "." else escaped


def write_manuals(folder: str) -> list[str]:
    """Write the manual pages into a folder, which is made; gives their paths."""
    import os

    os.makedirs(folder, exist_ok=True)
    paths = []
    for name, text in manuals().items():
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        paths.append(path)
    return paths


def summaries() -> str:
    """The text of bd_py/cli/summaries.py."""
    lines = [
        '"""What each verb is for, for the overview alone: importing ninety modules costs a whole interpreter start.',
        "",
        "Made by `make docs` from the declarations in bd_py/cli/verbs: edit those.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "SUMMARIES = {",
    ]
    lines += [f"    {_py(label(verb))}: {_py(verb.summary)}," for verb in load_all() if not verb.hidden]
    return "\n".join([*lines, "}", '"""Name and aliases, as the overview shows them, and the summary."""', ""])


def _py(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main(argv: Sequence[str]) -> int:
    """``python -m bd_py.cli.reference docs/cli.md [man]``: write the reference, and the manual pages there.

    Also the summaries, beside this module.
    """
    from bd_py.cli import summaries as module

    for path, text in ((argv[0], markdown()), (module.__file__, summaries())):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    if argv[1:]:
        write_manuals(argv[1])
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))

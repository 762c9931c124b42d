"""How a verb is declared: plain data that both parsers, the help and the completion read.

A verb module holds one `Verb` as ``VERB`` (or several as ``VERBS``, name to verb) and the plain function
that it runs. `bd_py.cli.parse` reads a straightforward command line with nothing but these
declarations; `bd_py.cli.click_app` builds click's commands from the same.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal

    ArgumentKind = Literal["text", "int"]
    OptionKind = Literal["text", "int", "float", "flag"]


PROGRAM = "tk"


class Argument:
    """A positional argument.

    ``nargs`` is 1, or -1 for any number (one such argument a verb; the value is a tuple, and
    ``required`` then means at least one). A single one that is not required and not given is None.
    """

    __slots__ = ("choices", "help", "kind", "metavar", "name", "nargs", "required")

    def __init__(
        self,
        name: str,
        help: str,
        *,
        nargs: int = 1,
        required: bool = True,
        kind: ArgumentKind = "text",
        choices: Sequence[str] | None = None,
        metavar: str | None = None,
    ) -> None:
        self.name = name
        self.help = help
        self.nargs = nargs
        self.required = required
        self.kind = kind
        self.choices = None if choices is None else tuple(choices)
        self.metavar = metavar or name.upper().replace("_", "-")


class Option:
    """An option: ``Option("limit", "-n", "--limit", help="...", kind="int")``.

    A flag is False unless given; one with a negative, written as ``"--hooks/--no-hooks"``, is ``default``
    (None unless told) when neither is given. An option with a value is ``default`` when not given; given
    several times the last wins, unless ``multiple``: then the value is a tuple of all, and ``()`` when
    not given. With ``flag_value`` the value may be left out and is then that: ``--remote [NAME]``.
    """

    __slots__ = (
        "choices",
        "default",
        "flag_value",
        "flags",
        "help",
        "kind",
        "metavar",
        "multiple",
        "name",
        "negative",
    )

    def __init__(
        self,
        name: str,
        *flags: str,
        help: str,
        kind: OptionKind = "text",
        multiple: bool = False,
        choices: Sequence[str] | None = None,
        default: Any = None,
        metavar: str | None = None,
        flag_value: str | None = None,
    ) -> None:
        self.name = name
        self.help = help
        self.kind = kind
        self.multiple = multiple
        self.choices = None if choices is None else tuple(choices)
        self.metavar = metavar
        self.flag_value = flag_value
        self.negative: str | None = None
        if kind == "flag" and "/" in flags[0]:
            first, self.negative = flags[0].split("/")
            flags = (first, *flags[1:])
        elif kind == "flag":
            default = bool(default)
        self.flags = flags
        self.default = () if multiple else default


class Verb:
    """One command: what it is called, what it takes, what it runs.

    ``run(ctx, **values)`` gets a `bd_py.cli.context.Context` and one keyword an argument and option, and
    returns the exit code (None means 0). A verb with ``subverbs`` runs one of them (its own ``run`` is
    None); where ``default_subverb`` is set, anything that names none of them is that one's.
    ``summary`` is one line without a full stop, ``details`` the paragraphs after it, ``examples`` whole
    command lines, which a test parses. ``paged``: its text is for reading, and goes through the pager where
    it is longer than the terminal.
    """

    __slots__ = (
        "aliases",
        "arguments",
        "default_subverb",
        "details",
        "examples",
        "hidden",
        "name",
        "options",
        "paged",
        "run",
        "subverbs",
        "summary",
    )

    def __init__(
        self,
        name: str,
        run: Callable[..., int | None] | None,
        summary: str,
        *,
        details: str = "",
        examples: Sequence[str] = (),
        arguments: Sequence[Argument] = (),
        options: Sequence[Option] = (),
        aliases: Sequence[str] = (),
        subverbs: Sequence[Verb] = (),
        default_subverb: str | None = None,
        hidden: bool = False,
        paged: bool = False,
    ) -> None:
        self.name = name
        self.run = run
        self.summary = summary
        self.details = details
        self.examples = tuple(examples)
        self.arguments = tuple(arguments)
        self.options = tuple(options)
        self.aliases = tuple(aliases)
        self.subverbs = tuple(subverbs)
        self.default_subverb = default_subverb
        self.hidden = hidden
        self.paged = paged

    def params(self) -> tuple[Argument | Option, ...]:
        """What ``run`` gets a value for."""
        return (*self.arguments, *self.options)

    def subverb(self, name: str) -> Verb | None:
        """The subverb of this name or alias."""
        for verb in self.subverbs:
            if name == verb.name or name in verb.aliases:
                return verb
        return None


GLOBAL_OPTIONS = (
    Option("directory", "-C", help="Run as if started in DIR.", metavar="DIR"),
    Option("actor", "--actor", help="Who is acting (TK_ACTOR, else git's user.name).", metavar="NAME"),
    Option("agent", "--agent", help="The agent acting for them (TK_AGENT).", metavar="NAME"),
    Option("agent_type", "--agent-type", help="What kind of agent (TK_AGENT_TYPE).", metavar="TYPE"),
    Option("session", "--session", help="The session it runs in (TK_SESSION).", metavar="ID"),
    Option("pid", "--pid", help="The process id of whoever acts.", kind="int", metavar="N"),
    Option("json", "--json", help="Print one JSON document.", kind="flag"),
    Option("jsonl", "--jsonl", help="Print JSON, an array as one element per line.", kind="flag"),
    Option("quiet", "-q", "--quiet", help="Print only what was asked for.", kind="flag"),
    Option("verbose", "-v", "--verbose", help="Print more.", kind="flag"),
    Option("color", "--color", help="When to use colour.", choices=("auto", "always", "never"), default="auto"),
    Option("no_pager", "--no-pager", help="Do not use a pager.", kind="flag"),
)
"""Taken before the verb and anywhere after it; a verb that declares one of these flags has it to itself."""

META_OPTIONS = (
    Option("version", "--version", help="Show the version.", kind="flag"),
    Option("help", "-h", "--help", help="Show this help.", kind="flag"),
)
"""Taken in the same places; they run the verbs ``version`` and ``help`` instead."""

FIELDS = Option("fields", "--fields", help="Print only these fields: JSON keys, separated by commas", metavar="NAMES")
"""For verbs that list tasks; `bd_py.cli.shape.Shape` reads it."""

"""Both parsers: where the fast one answers, it answers what click answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bd_py.cli import click_app, registry
from bd_py.cli.declare import GLOBAL_OPTIONS, Argument, Option, Verb
from bd_py.cli.parse import Parsed, parse
from bd_py.errors import UsageError

IDS = Argument("ids", "Tasks.", nargs=-1)
SAMPLES = {
    "x-all": Verb(
        "x-all",
        None,
        "Every kind of option",
        arguments=(Argument("title", "A title."), Argument("rest", "More.", nargs=-1, required=False)),
        options=(
            Option("status", "-s", "--status", help="Text."),
            Option("labels", "-l", "--label", help="Several.", multiple=True),
            Option("sort", "--sort", help="A choice.", choices=("age", "name"), default="age"),
            Option("limit", "-n", "--limit", help="A number.", kind="int", default=50),
            Option("sizes", "--size", help="Numbers.", kind="int", multiple=True),
            Option("weight", "--weight", help="A float.", kind="float"),
            Option("force", "-f", "--force", help="A flag.", kind="flag"),
            Option("hooks", "--hooks/--no-hooks", help="A pair.", kind="flag"),
            Option("deep", "--deep/--flat", "-D", help="A pair with a default.", kind="flag", default=True),
            Option("remote", "--remote", help="A value that may be left out.", flag_value="origin"),
        ),
        aliases=("x-alias",),
    ),
    "x-back": Verb("x-back", None, "Many, then one", arguments=(IDS, Argument("label", "Last."))),
    "x-some": Verb(
        "x-some",
        None,
        "Optional ones, and shadowed globals",
        arguments=(
            Argument("task", "One.", required=False),
            Argument("count", "Two.", required=False, kind="int"),
            Argument("kind", "Three.", required=False, choices=("red", "green")),
        ),
        options=(
            Option("session", "--session", help="The verb's own."),
            Option("long", "-v", help="Shadows -v only.", kind="flag"),
        ),
    ),
    "x-group": Verb(
        "x-group",
        None,
        "Subverbs with a default",
        subverbs=(
            Verb(
                "put",
                None,
                "The default",
                arguments=(Argument("a", "One."), Argument("b", "Two.", required=False)),
                options=(Option("type", "-t", "--type", help="Text."),),
            ),
            Verb("remove", None, "Another", arguments=(IDS,), aliases=("rm",)),
        ),
        default_subverb="put",
    ),
    "x-plain": Verb(
        "x-plain",
        None,
        "Subverbs without",
        subverbs=(Verb("get", None, "One", arguments=(Argument("key", "Key."),)),),
    ),
}


@pytest.fixture(autouse=True, scope="module")
def samples() -> Iterator[None]:
    """The verbs above, as if a module declared them."""
    module = ModuleType("x_samples")
    module.VERBS = SAMPLES  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, f"{registry.PACKAGE}.x_samples", module)
        for verb in SAMPLES.values():
            for name in (verb.name, *verb.aliases):
                patch.setitem(registry.NAMES, name, "x_samples")
        yield


def all_verbs() -> list[Verb]:
    """The samples and every real verb whose module is there."""
    found = list(SAMPLES.values())
    for module in dict.fromkeys(registry.NAMES.values()):
        try:
            found += registry.declared(module)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith(registry.PACKAGE):
                raise
    return found


def by_click(argv: list[str]) -> Parsed | None:
    try:
        return click_app.run_click(argv)
    except UsageError:
        return None


def same(fast: Parsed | None, full: Parsed | None) -> bool:
    return fast == full and repr(fast) == repr(full)  # repr tells 1 from True and 1.0


WORDS = st.sampled_from(
    [
        *(
            "tk-7f3k",
            "7f3k",
            "-",
            "",
            "P1",
            "@notes.md",
            "red",
            "put",
            "rm",
            "get",
            "a b",
            "a=b",
            "x",
            "é",
            "=",
        ),
        *(
            "-5",
            "--json",
            "-n5",
            "--",
            "-qv",
            "--jso",
            "--help",
            "--version",
            "-C=x",
            "--limit",
            "--x=y",
            "-=",
        ),
        "\ud83e",
    ]
)
NUMBERS = st.sampled_from(["0", "7", "007", "1_0", " 5", "+3", "-3", "٣", "1.5", ".5", "5.", ".", "nan", "1e3"])
TEXTS = st.one_of(WORDS, NUMBERS, st.text(max_size=4))


def leaves(verb: Verb, names: tuple[str, ...]) -> list[tuple[tuple[str, ...], Verb]]:
    """Every way to a verb that runs: its names, and the verb."""
    if not verb.subverbs:
        return [(names, verb)]
    found = []
    for inner in verb.subverbs:
        for name in (inner.name, *inner.aliases):
            found += leaves(inner, (*names, name))
        if inner.name == verb.default_subverb:
            found += leaves(inner, names)
    return found


LEAVES = [leaf for verb in all_verbs() for name in (verb.name, *verb.aliases) for leaf in leaves(verb, (name,))]


def flat(pieces: list[list[str]]) -> list[str]:
    return [word for piece in pieces for word in piece]


def flags_of(option: Option) -> list[str]:
    return [*option.flags, *([option.negative] if option.negative else [])]


@st.composite
def some_option(draw: st.DrawFn, options: tuple[Option, ...]) -> list[str]:
    """An option with any value at all, in one element or two, or without."""
    option = draw(st.sampled_from(options))
    flag = draw(st.sampled_from(flags_of(option)))
    values = NUMBERS if option.kind in ("int", "float") else TEXTS
    value = draw(st.one_of(values, st.sampled_from(option.choices)) if option.choices else values)
    if option.kind == "flag":
        return [flag] if draw(st.integers(0, 9)) else [f"{flag}={value}"]
    return draw(st.sampled_from([[flag, value], [flag, value], [f"{flag}={value}"], [flag], [flag + value]]))


@st.composite
def any_argv(draw: st.DrawFn) -> list[str]:
    names, verb = draw(st.sampled_from(LEAVES))
    before = draw(st.lists(some_option(GLOBAL_OPTIONS), max_size=2))
    between = draw(st.lists(some_option(GLOBAL_OPTIONS), max_size=1))
    piece = st.one_of(TEXTS.map(lambda word: [word]), some_option((*verb.options, *GLOBAL_OPTIONS)))
    after = draw(st.lists(piece, max_size=6))
    return [*flat(before), names[0], *flat(between), *names[1:], *flat(after)]


@settings(max_examples=400)
@given(any_argv())
def test_fast_parser_agrees_or_declines(argv: list[str]) -> None:
    fast = parse(argv)
    assert fast is None or same(fast, by_click(argv))


PLAIN = st.from_regex(r"[a-z@.][a-z0-9 -]{0,6}", fullmatch=True).filter(lambda word: word not in ("put", "rm"))


def plain_value(param: Option | Argument) -> st.SearchStrategy[str]:
    if param.choices is not None:
        return st.sampled_from(param.choices)
    if param.kind == "text":
        return PLAIN
    return st.integers(0, 10**6).map(str)


@st.composite
def plain_argv(draw: st.DrawFn) -> list[str]:
    """A command line as people type it."""
    names, verb = draw(st.sampled_from(LEAVES))
    pieces: list[list[str]] = []
    own = {flag for option in verb.options for flag in flags_of(option)}
    shared = [option for option in GLOBAL_OPTIONS if not own.intersection(option.flags)]
    for option in draw(st.lists(st.sampled_from([*verb.options, *shared]), max_size=4)):
        flag = draw(st.sampled_from(flags_of(option)))
        if option.kind == "flag":
            pieces.append([flag])
        elif flag.startswith("--") and (option.flag_value is not None or draw(st.booleans())):
            pieces.append([f"{flag}={draw(plain_value(option))}"])
        else:
            pieces.append([flag, draw(plain_value(option))])
    at = 0
    for argument in verb.arguments:
        for _ in range(1 if argument.nargs == 1 else draw(st.integers(1, 3))):
            at = draw(st.integers(at, len(pieces)))
            pieces.insert(at, [draw(plain_value(argument))])
            at += 1
    return [*names, *flat(pieces)]


@settings(max_examples=200)
@given(plain_argv())
def test_plain_command_lines_need_no_click(argv: list[str]) -> None:
    fast = parse(argv)
    assert fast is not None
    assert same(fast, by_click(argv))


def values(*argv: str) -> dict[str, object]:
    parsed = parse(argv)
    assert parsed is not None, argv
    assert same(parsed, by_click(list(argv))), argv
    return parsed.values


def test_options_and_arguments_may_be_mixed() -> None:
    found = values("x-all", "-s", "open", "Title", "-l", "a", "more", "--label=b", "--no-hooks", "--size", "3")
    assert found["title"] == "Title"
    assert found["rest"] == ("more",)
    assert found["status"] == "open"
    assert found["labels"] == ("a", "b")
    assert found["sizes"] == (3,)
    assert found["hooks"] is False


def test_defaults() -> None:
    found = values("x-all", "Title")
    assert found["labels"] == ()
    assert found["limit"] == 50
    assert found["hooks"] is None
    assert found["deep"] is True
    assert found["remote"] is None


def test_last_of_several_wins() -> None:
    assert values("x-all", "T", "-n", "1", "--limit", "2")["limit"] == 2
    assert values("x-all", "T", "--hooks", "--no-hooks")["hooks"] is False


def test_argument_behind_many_is_the_last_word() -> None:
    assert values("x-back", "a", "b", "urgent") == {"ids": ("a", "b"), "label": "urgent"}
    assert parse(["x-back", "urgent"]) is None


def test_globals_before_and_after() -> None:
    parsed = parse(["-C", "there", "--json", "x-back", "a", "b", "-q", "--pid", "7"])
    assert parsed is not None
    assert parsed.globals["directory"] == "there"
    assert (parsed.globals["json"], parsed.globals["quiet"], parsed.globals["verbose"]) == (True, True, False)
    assert parsed.globals["pid"] == 7
    assert parsed.globals["color"] == "auto"


def test_the_later_global_wins() -> None:
    for argv in (["-C", "a", "x-some", "-C", "b"], ["x-some", "-C", "a", "-C", "b"]):
        parsed = parse(argv)
        assert parsed is not None
        assert parsed.globals["directory"] == "b"
        assert same(parsed, by_click(argv))


def test_verb_has_its_own_option_to_itself() -> None:
    parsed = parse(["--session", "outer", "-v", "x-some", "--session", "inner"])
    assert parsed is not None
    assert parsed.globals["session"] == "outer"
    assert parsed.globals["verbose"] is True
    assert parsed.values["session"] == "inner"
    assert parsed.values["long"] is False


@pytest.mark.parametrize("argv", [["x-group", "A"], ["x-group", "--json", "put", "A"], ["x-group", "put", "A"]])
def test_default_subverb(argv: list[str]) -> None:
    parsed = parse(argv)
    assert parsed is not None
    assert parsed.path == ("x-group", "put")
    assert parsed.values["a"] == "A"
    assert same(parsed, by_click(argv))


def test_options_of_the_default_subverb_may_come_first() -> None:
    assert values("x-group", "-t", "related", "A", "B") == {"a": "A", "b": "B", "type": "related"}


def test_subverb_alias() -> None:
    parsed = parse(["x-group", "rm", "a"])
    assert parsed is not None
    assert parsed.path == ("x-group", "remove")


def test_dash_is_a_value() -> None:
    assert values("x-back", "-", "urgent")["ids"] == ("-",)
    assert values("x-all", "T", "-s", "-")["status"] == "-"


def test_value_that_may_be_left_out() -> None:
    for argv, found in (
        (["x-all", "T", "--remote"], "origin"),
        (["x-all", "T", "--remote", "other"], "other"),
        (["x-all", "T", "--remote=other"], "other"),
        (["x-all", "T", "--remote", "--force", "y"], "origin"),
    ):
        parsed = by_click(argv)
        assert parsed is not None
        assert parsed.values["remote"] == found


def test_a_value_may_look_like_an_option() -> None:
    parsed = by_click(["x-all", "T", "-s", "-5"])
    assert parsed is not None
    assert parsed.values["status"] == "-5"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["x-all"],
        ["nope"],
        ["x-all", "T", "--help"],
        ["x-all", "T", "-h"],
        ["x-all", "T", "--version"],
        ["x-all", "T", "--lim", "3"],
        ["x-all", "T", "--limit", "many"],
        ["x-all", "T", "--limit", "-3"],
        ["x-all", "T", "--limit"],
        ["x-all", "T", "-n3"],
        ["x-all", "T", "-Df"],
        ["x-all", "T", "--sort", "colour"],
        ["x-all", "T", "--", "-x"],
        ["x-all", "T", "-s", "--json"],
        ["x-all", "T", "--force="],
        ["x-some", "a", "1", "red", "more"],
        ["x-some", "a", "b"],
        ["x-plain"],
        ["x-plain", "nope"],
        ["x-group", "--help"],
    ],
)
def test_declined(argv: list[str]) -> None:
    assert parse(argv) is None


def test_choices_are_text() -> None:
    for _, verb in LEAVES:
        for param in verb.params():
            assert param.choices is None or param.kind == "text"

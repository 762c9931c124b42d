"""Every verb has help with an example, and the examples parse."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import bd_py.cli.verbs
from bd_py.cli import help_page, registry
from bd_py.cli.click_app import run_click
from bd_py.cli.declare import GLOBAL_OPTIONS, Verb
from bd_py.errors import UsageError

FOLDER = Path(bd_py.cli.verbs.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def pages(verb: Verb, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Verb]]:
    found = [(path, verb)]
    for inner in verb.subverbs:
        found += pages(inner, (*path, inner.name))
    return found


def commands(example: str) -> list[list[str]]:
    """The tk command lines in a line of shell, without redirections."""
    lexer = shlex.shlex(example, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    tokens = list(lexer)
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token in ("<", ">", ">>") or before in ("<", ">", ">>"):
            continue
        if token in ("|", "||", "&&", ";", "(", ")", "$"):
            found.append([])
        else:
            found[-1].append(token)
    return [words[1:] for words in found if words[:1] == ["tk"]]


@pytest.mark.parametrize("module", MODULES)
def test_every_verb_has_help_with_examples_that_parse(module: str) -> None:
    for top in registry.declared(module):
        assert top.examples, top.name
        for path, verb in pages(top, (top.name,)):
            assert verb.summary, path
            assert not verb.summary.endswith("."), path
            assert all(param.help for param in verb.params()), path
            for example in verb.examples:
                lines = commands(example)
                assert lines, example
                for line in lines:
                    run_click(line)
            assert help_page.help_text(path, width=80).startswith(f"Usage: tk {' '.join(path)} [OPTIONS]")


@pytest.mark.parametrize("module", MODULES)
def test_some_example_is_of_the_verb_itself(module: str) -> None:
    for verb in registry.declared(module):
        assert any(
            line[0] in (verb.name, *verb.aliases) for example in verb.examples for line in commands(example) if line
        )


def test_overview_names_every_verb_once() -> None:
    lines = help_page.help_text((), width=100).splitlines()
    first_words = [line.split()[0] for line in lines if line.startswith("  ") and line.strip()]
    for verb in registry.load_all():
        assert first_words.count(verb.name) == (0 if verb.hidden else 1), verb.name
    assert "Other:" not in lines


def test_groups_name_verbs() -> None:
    names = [name for _, group in help_page.GROUPS for name in group]
    assert len(set(names)) == len(names)
    assert set(names) <= set(registry.NAMES)


def test_page_shows_what_is_declared() -> None:
    text = help_page.help_text(("completion",), width=80)
    assert "Usage: tk completion [OPTIONS] SHELL" in text
    assert "one of bash, zsh, fish" in text
    assert "Examples:\n  tk completion bash\n" in text
    for option in GLOBAL_OPTIONS:
        assert option.flags[0] in text


@pytest.mark.parametrize("argv", [["version", "--help"], ["version", "-h"], ["-q", "version", "x", "--help"]])
def test_help_option_is_the_verb_help(argv: list[str]) -> None:
    parsed = run_click(argv)
    assert parsed.path == ("help",)
    assert parsed.values == {"verb": ("version",)}


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["-q"]])
def test_no_verb_is_the_overview(argv: list[str]) -> None:
    parsed = run_click(argv)
    assert parsed.path == ("help",)
    assert parsed.values == {"verb": ()}


def test_help_of_what_is_not_there() -> None:
    with pytest.raises(UsageError, match="unknown command 'versoin'") as caught:
        help_page.help_text(("versoin",))
    assert caught.value.hint == "Did you mean 'tk version'? Try 'tk --help'."

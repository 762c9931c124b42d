"""On a terminal ids are short and lines are coloured; in a pipe they are whole and plain."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bd_py.width import visible
from tests.conftest import Runner
from tests.terminal import on_a_terminal


def test_ids_are_short_on_a_terminal_and_whole_in_a_pipe(store: Path, tk: Runner) -> None:
    first = on_a_terminal(store, "create", "First", NO_COLOR="1").strip()
    assert re.fullmatch("tk-[0-9a-z]{4}", first)
    second = tk("create", "Second", "--depends-on", first).stdout.strip()
    assert re.fullmatch("tk-[0-9a-z]{10}", second)
    whole = tk("show", first, "--short").stdout.split()[0]
    assert on_a_terminal(store, "list", NO_COLOR="1") == (
        f"{first}  P2  open  First\n{second[:7]}  P2  open  Second <- [{first}]\n"
    )
    assert on_a_terminal(store, "close", first) == f"Updated {first} -> closed\n"
    assert tk("list").stdout == f"{second} [open] - Second <- [{whole}]\n"
    assert on_a_terminal(store, "dep", "list", second[:7], NO_COLOR="1") == f"{first} [closed] - First (blocks)\n"


def test_json_has_whole_ids_everywhere(store: Path, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert f'"id":"{task}"' in on_a_terminal(store, "list", "--json")


@pytest.mark.parametrize(
    ("env", "args", "coloured"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": ""}, [], True),
        ({"CLICOLOR": "0"}, [], False),
        ({"CLICOLOR": "1"}, [], True),
        ({"TERM": "dumb"}, [], False),
        ({}, ["--color", "never"], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
    ],
)
def test_colours(store: Path, tk: Runner, env: dict[str, str], args: list[str], coloured: bool) -> None:
    tk("create", "A", "-p", "0")
    assert ("\x1b[" in on_a_terminal(store, "ready", *args, env=env)) is coloured
    assert "\x1b" not in tk("ready").stdout
    assert "\x1b" not in tk("ready", env={"CLICOLOR_FORCE": "1", "FORCE_COLOR": "1"}).stdout
    assert "\x1b[" in tk("ready", "--color", "always").stdout


TITLES = {
    "plain": "Refactor the vector layer so that every query goes through one planner and nothing else",
    "emoji": "Fix \N{PARTY POPPER} emoji \U0001f468\u200d\U0001f469\u200d\U0001f467 families "
    "\U0001f1e9\U0001f1ea flags \u2764\ufe0f hearts " + "\N{ROCKET}" * 30,
    "chinese": "\u4fee\u590d\u767b\u5f55\u9875\u9762\u5728\u79fb\u52a8\u8bbe\u5907\u4e0a\u7684\u663e\u793a" * 6,
    "hebrew": "\u05ea\u05d9\u05e7\u05d5\u05df \u05d4\u05d1\u05d0\u05d2 " * 12,
    "marks": "Cafe\u0301 and ha" + "\u0301" * 60 + "lgo " + "e\u0301" * 80,
    "tabs": "tab\there\tand\tthere " * 8,
    "escapes": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \u202eturned " * 4,
}
"""Titles that a terminal has its troubles with, each longer than a narrow window."""


@pytest.fixture
def odd(store: Path, tk: Runner) -> dict[str, str]:
    """The ids of tasks with these titles; the second waits for the first, the third is held, the fourth is stuck."""
    ids = {name: tk("create", title).stdout.strip() for name, title in TITLES.items()}
    tk("dep", ids["emoji"], ids["plain"])
    tk("dep", ids["hebrew"], ids["plain"])
    tk("claim", ids["chinese"])
    tk("block", ids["hebrew"], TITLES["chinese"])
    tk("update", ids["plain"], "-d", "\n".join(TITLES.values()), "--pr", "https://example.com/pull/7")
    tk("comment", ids["plain"], TITLES["escapes"])
    return ids


@pytest.mark.parametrize("columns", [20, 40, 59, 80, 200])
def test_no_line_is_wider_than_the_window(store: Path, odd: dict[str, str], columns: int) -> None:
    lines = ["list --all", "ready", "blocked", "log", "dep list {emoji}", "dep tree {hebrew}"]
    for line in (*lines, "show {hebrew}") if columns >= 40 else lines:  # below, a word of the head alone is too long
        words = line.format(**odd).split()
        text = on_a_terminal(store, *words, "--no-pager", size=(columns, 24), separate_stderr=True)
        assert text, line
        for each in text.splitlines():
            assert visible(each) <= columns, (line, each)


def test_long_text_is_broken_to_the_window_and_only_long_words_stick_out(store: Path, odd: dict[str, str]) -> None:
    text = on_a_terminal(store, "show", odd["plain"], "--no-pager", size=(40, 24), separate_stderr=True)
    wide = [line for line in text.splitlines() if visible(line) > 40]
    assert wide
    assert [line for line in wide if visible(line.split()[-1]) <= 24] == []
    assert len(text.splitlines()) > 30


def test_nothing_in_a_title_reaches_the_terminal(store: Path, odd: dict[str, str]) -> None:
    for line in ("list", "log", "show {plain} {escapes}", "blocked", "list --fields id,title"):
        words = line.format(**odd).split()
        text = on_a_terminal(store, *words, "--no-pager", "--color", "never", FORCE_HYPERLINK="0")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), line
    assert "\\x1b[31mred" in on_a_terminal(store, "list", "-n", "0", "--no-pager")


def test_titles_are_whole_in_a_pipe_and_as_they_are_in_json(store: Path, tk: Runner, odd: dict[str, str]) -> None:
    rows = {line.split(" ")[0]: line for line in tk("list", env={"COLUMNS": "20"}).stdout.splitlines()}
    assert rows[odd["chinese"]] == f"{odd['chinese']} [in_progress] - {TITLES['chinese']}"
    assert rows[odd["emoji"]] == f"{odd['emoji']} [open] - {TITLES['emoji']} <- [{odd['plain']}]"
    assert rows[odd["tabs"]].endswith("tab here and there")
    found = {issue["id"]: issue["title"] for issue in json.loads(tk("list", "--json").stdout)}
    assert found == {odd[name]: title.strip() for name, title in TITLES.items()}
    shown = json.loads(on_a_terminal(store, "list", "--json"))
    assert {issue["id"]: issue["title"] for issue in shown} == found


def test_a_narrow_window(store: Path, odd: dict[str, str]) -> None:
    lines = on_a_terminal(store, "list", "--no-pager", size=(40, 24), NO_COLOR="1").splitlines()
    plain, emoji, chinese, hebrew = lines[:4]
    assert re.fullmatch(r"tk-\w{4} P2 open   Refactor the vector l\u2026", plain)
    assert re.fullmatch("tk-\\w{4} P2 open   Fix \N{PARTY POPPER} emoji\u2026 <- \\[1\\]", emoji)
    assert re.fullmatch("tk-\\w{4} P2 in_pr\u2026 [\u4e00-\u9fff]{10}\u2026", chinese)
    # What follows text that runs from right to left stands behind a mark that turns the line back.
    assert re.fullmatch("tk-\\w{4} P2 block\u2026 [\u05d0-\u05ea ]{13,15}\u2026\u200e <- \\[1\\]", hebrew)


def test_a_wide_window_has_more_columns(store: Path, tk: Runner, odd: dict[str, str]) -> None:
    tk("update", odd["plain"], "-t", "bug", "-a", "grace")
    lines = on_a_terminal(store, "list", "--no-pager", size=(200, 24), NO_COLOR="1").splitlines()
    assert re.fullmatch(rf"tk-\w{{4}}  P2  open         bug   grace  {TITLES['plain']}", lines[0])
    assert lines[1].endswith(f"<- [{odd['plain'][:7]}]")
    assert [line.index("P2") for line in lines] == [9] * len(lines)


def test_the_environment_may_tell_the_width(store: Path, odd: dict[str, str]) -> None:
    text = on_a_terminal(store, "list", "--no-pager", size=(200, 24), COLUMNS="40", NO_COLOR="1")
    assert text == on_a_terminal(store, "list", "--no-pager", size=(40, 24), NO_COLOR="1")


def test_links(store: Path, odd: dict[str, str]) -> None:
    link = "\x1b]8;;https://example.com/pull/7\x1b\\https://example.com/pull/7\x1b]8;;\x1b\\"
    assert link in on_a_terminal(store, "show", odd["plain"], "--no-pager", FORCE_HYPERLINK="1")
    assert link in on_a_terminal(store, "show", odd["plain"], "--no-pager", TERM="xterm-kitty")
    assert "\x1b]" not in on_a_terminal(store, "show", odd["plain"], "--no-pager")


def test_links_are_for_terminals(store: Path, tk: Runner, odd: dict[str, str]) -> None:
    assert "\x1b" not in tk("show", odd["plain"], env={"FORCE_HYPERLINK": "1", "TERM": "xterm-kitty"}).stdout


def test_what_keeps_a_task_stands_below_it_on_a_terminal(store: Path, tk: Runner, odd: dict[str, str]) -> None:
    text = on_a_terminal(store, "ready", "--explain", "--no-pager", size=(40, 24), NO_COLOR="1")
    assert max(map(visible, text.splitlines())) <= 40
    assert f"{odd['emoji']} [P2][open] - {TITLES['emoji']}: " in tk("ready", "--explain").stdout


def test_no_blocker_drives_a_terminal(store: Path, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    tk("blocker", task, "add", "\x1b[31mred")
    assert "\x1b" not in tk("blocker", task, "list").stdout
    assert "\\x1b[31mred" in tk("blocker", task, "list").stdout

"""``tk list``: filters, orders, text."""

from __future__ import annotations

import pytest

from bd_py import times
from tests.conftest import Runner
from tests.inprocess import Cli


def titles(cli: Cli, *options: str) -> str:
    return "".join(issue["title"] for issue in cli.json("list", *options))


def test_text(cli: Cli) -> None:
    a, b = cli.new("First"), cli.new("Second")
    c = cli.new("Third", "-p", "0", "--depends-on", a)
    cli("dep", "add", c, b, "-t", "waits-for")
    cli("dep", "add", c, b, "-t", "related")
    cli("claim", b)
    assert cli("list").lines == [
        f"{c} [open] - Third <- [{', '.join(sorted((a, b)))}]",
        f"{a} [open] - First",
        f"{b} [in_progress] - Second",
    ]
    assert cli("list", "-s", "closed").out == ""


def test_open_work_by_default(cli: Cli) -> None:
    a, b, c = cli.new("a"), cli.new("b"), cli.new("c")
    cli("close", a)
    cli("defer", b)
    cli("delete", c)
    assert titles(cli) == "b"
    assert titles(cli, "--all") == "ab"
    assert titles(cli, "-s", "all") == "ab"


@pytest.fixture
def mixed(cli: Cli) -> Cli:
    epic = cli.new("e", "-t", "epic", "--name", "epic", "-p", "4")
    cli("create", "a", "-p", "0", "-a", "grace", "-l", "x,y", "--parent", epic, "--due", "2020-01-01")
    cli("create", "b", "-p", "1", "-t", "bug", "-l", "x", "--phase", "build", "--due", "2030-01-01")
    cli("create", "c", "-p", "3", "-l", "z", "-a", "ada", "--parent", epic)
    cli("close", cli.new("d", "-p", "2", "-a", "grace"))
    cli("claim", cli.listed("-a", "ada")[0])
    return cli


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", "abce"),
        ("-s open", "abe"),
        ("-s open,in_progress", "abce"),
        ("-s in_progress -s closed", "dc"),
        ("-s todo", "abe"),
        ("-s done", "d"),
        ("-p 0", "a"),
        ("-p 0,P1", "ab"),
        ("-p low", "c"),
        ("-a grace", "a"),
        ("-a grace --all", "ad"),
        ("-a nobody", ""),
        ("--unassigned", "be"),
        ("-l x", "ab"),
        ("-l x -l y", "a"),
        ("-l x,y", "a"),
        ("--label-any y,z", "ac"),
        ("--label-any y --label-any z -l x", "a"),
        ("--no-label", "e"),
        ("-t bug", "b"),
        ("-t bug,epic", "be"),
        ("--parent epic", "ac"),
        ("--phase build", "b"),
        ("--name epic", "e"),
        ("--title-contains B", "b"),
        ("--overdue", "a"),
        ("--due-before 2025-01-01", "a"),
        ("--created-after 2020-01-01", "abce"),
        ("--created-before 2020-01-01", ""),
        ("--updated-after +1d", ""),
        ("--updated-before +1d", "abce"),
        ("-a grace -l x -p 0 -t task --parent epic", "a"),
    ],
)
def test_filters(mixed: Cli, options: str, found: str) -> None:
    assert titles(mixed, *options.split()) == found
    assert titles(mixed, *options.split(), "--reverse") == found[::-1]


def test_orders(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(f"2026-01-0{day}T00:00:00.000Z" for day in range(1, 10))
    monkeypatch.setattr(times, "now", lambda: next(clock))
    a = cli.new("a", "-p", "2", "--due", "2026-03-01")
    cli.new("c", "-p", "1")
    b = cli.new("b", "-p", "3", "--due", "2026-02-01")
    cli("update", a, "--owner", "x")
    cli("close", b)
    monkeypatch.undo()
    monkeypatch.chdir(cli.root)
    for sort, found in {
        "priority": "cab",
        "oldest": "acb",
        "created": "bca",
        "updated": "bac",
        "title": "abc",
        "status": "bca",
        "due": "bac",
        "id": "".join(issue["title"] for issue in sorted(cli.json("list", "--all"), key=lambda i: str(i["id"]))),
    }.items():
        assert titles(cli, "--all", "--sort", sort) == found, sort
    assert titles(cli, "--all", "--sort", "closed")[0] == "b"


def test_a_limit_that_cuts_says_so(cli: Cli) -> None:
    for k in range(3):
        cli.new(str(k))
    done = cli("list", "--limit", "2")
    assert len(done.lines) == 2
    assert done.err == "The first 2 are shown; --limit 0 shows all.\n"
    assert cli("list", "-n", "3").err == ""
    assert cli("list", "-n", "2", "-q").err == ""
    assert cli("list", "-n", "2", "--json").err == ""
    assert len(cli.listed("--limit", "0")) == 3


def test_fifty_by_default(cli: Cli) -> None:
    for k in range(51):
        cli.new(str(k))
    done = cli("list")
    assert (len(done.lines), done.err) == (50, "The first 50 are shown; --limit 0 shows all.\n")
    assert len(cli.listed("-n", "0")) == 51


def test_types_and_statuses_that_an_import_brought(cli: Cli) -> None:
    record = '{"id":"bd-1","title":"a","status":"pinned","priority":1,"issue_type":"spike","created_at":"%s",'
    day = "2026-01-01T00:00:00Z"
    cli("import", "-", input=record % day + f'"updated_at":"{day}"}}\n')
    assert titles(cli, "-s", "pinned") == titles(cli, "-t", "spike") == titles(cli) == "a"


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("ls").stdout == f"{task} [open] - A\n"


def test_a_tree_has_children_below_their_parents(cli: Cli) -> None:
    child, other = "tk-child00001", "tk-other00001"
    top = cli.new("Top", "-p", "3")
    inner = cli.new("Inner", "--parent", top)
    cli("create", "Child", "--id", child, "--parent", inner)
    cli("create", "Other", "--id", other, "--parent", top, "--depends-on", child, "-p", "0")
    lone = cli.new("Lone", "-p", "4")
    assert cli("list", "--tree").lines == [
        f"{top} [open] - Top",
        f"├── {other} [open] - Other <- [{child}]",
        f"└── {inner} [open] - Inner",
        f"    └── {child} [open] - Child",
        f"{lone} [open] - Lone",
    ]
    cli("close", inner)
    assert cli("list", "--tree", "-p", "2").lines == [f"{child} [open] - Child"]
    assert cli("list", "--tree", "-s", "deferred").out == ""


def test_a_tree_as_json_is_the_plain_list(cli: Cli) -> None:
    cli.new("Child", "--parent", cli.new("Top", "-p", "4"))
    assert cli.json("list", "--tree") == cli.json("list")
    assert "--fields" in cli.fails(2, "list", "--tree", "--fields", "id").err


def test_text_in_capitals_or_not_in_any_script(cli: Cli) -> None:
    task = cli.new("Über die STRASSE", "-d", "Ёж", "--notes", "ÅNGSTRÖM")
    cli.new("Other", "-d", "x")
    for options in (
        ("--title-contains", "über"),
        ("--title-contains", "straße"),
        ("--title-contains", "die strasse"),
        ("--desc-contains", "ёЖ"),
        ("--notes-contains", "ström", "--title-contains", "ÜBER"),
    ):
        assert cli.listed(*options) == [task], options
    assert cli.listed("--title-contains", "öber") == []
    assert [issue["id"] for issue in cli.json("search", "üb", "--title-contains", "ÜBER")] == [task]
    assert "is no UTF-8 text" in cli.fails(4, "list", "--title-contains", "a\udcff").err

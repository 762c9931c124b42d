"""``tk create``: every field, from options, stdin and files."""

from __future__ import annotations

import pytest

from tests.conftest import Runner
from tests.inprocess import Cli

FIELDS = [
    ("-d why", "description", "why"),
    ("--description why", "description", "why"),
    ("--design how", "design", "how"),
    ("--acceptance when", "acceptance_criteria", "when"),
    ("--notes note", "notes", "note"),
    ("-t bug", "issue_type", "bug"),
    ("-t agent", "issue_type", "agent"),
    ("-p 0", "priority", 0),
    ("-p P4", "priority", 4),
    ("-p urgent", "priority", 0),
    ("-p HIGH", "priority", 1),
    ("-p low", "priority", 3),
    ("-a grace", "assignee", "grace"),
    ("--owner ada", "owner", "ada"),
    ("--estimate 90", "estimated_minutes", 90),
    ("--estimate 1h30m", "estimated_minutes", 90),
    ("-e 2d", "estimated_minutes", 960),
    ("--due 2026-12-01", "due_at", "2026-12-01T00:00:00.000Z"),
    ("--due 2026-12-01T09:00:00+02:00", "due_at", "2026-12-01T07:00:00.000Z"),
    ("--defer 2030-01-01", "defer_until", "2030-01-01T00:00:00.000Z"),
    ("--external-ref gh-9", "external_ref", "gh-9"),
    ("--slug core", "name", "core"),
    ("--name core", "name", "core"),
    ("--phase build", "phase", "build"),
    ("--branch b", "links", {"branch": "b"}),
    ("--worktree ../w --pr #4", "links", {"worktree": "../w", "pr": "#4"}),
    ("--commit a1 --commit b2 --commit a1", "links", {"commits": ["a1", "b2"]}),
    ("--meta k=v --meta x=y=z", "meta", {"k": "v", "x": "y=z"}),
    ("-l b,a -l c", "labels", ["a", "b", "c"]),
    ("--labels a --label a", "labels", ["a"]),
    ("--compound", "compound", True),
]


@pytest.mark.parametrize(("options", "field", "value"), FIELDS)
def test_fields(cli: Cli, options: str, field: str, value: object) -> None:
    assert cli.json("create", "T", *options.split())[field] == value
    assert len(cli.lines()) == 1


def test_defaults(cli: Cli) -> None:
    task = cli.json("create", "  T  ")
    assert (task["title"], task["status"], task["priority"], task["issue_type"]) == ("T", "open", 2, "task")
    assert task["created_by"] == "ada"
    assert task["created_at"] == task["updated_at"] == task["last_event_at"]
    assert cli.events()[0]["data"] == {"title": "T"}


def test_text_is_the_whole_id_alone(cli: Cli) -> None:
    done = cli("create", "T")
    assert done.out == cli.events()[0]["task"] + "\n"
    assert done.err == ""
    assert len(done.out) == len("tk-0123456789\n")


def test_silent(cli: Cli) -> None:
    assert cli("create", "T", "--silent").out == cli.listed()[0] + "\n"
    assert len(cli.lines()) == 1


def test_long_text_from_stdin_and_files(cli: Cli) -> None:
    (cli.root / "notes.md").write_text("a\n\nü\n")
    task = cli.json("create", "T", "-d", "-", "--design", "@notes.md", "--notes", "@@ada", input="from\nstdin\n")
    assert (task["description"], task["design"], task["notes"]) == ("from\nstdin", "a\n\nü", "@ada")
    assert cli.json("create", "T", "--body-file", "notes.md")["description"] == "a\n\nü"
    assert cli.json("create", "T", "--body-file", "-", input="x")["description"] == "x"


def test_empty_text_is_no_text(cli: Cli) -> None:
    assert "description" not in cli.json("create", "T", "-d", "", "-a", "", "--due", "")
    assert cli.events()[0]["data"] == {"title": "T"}


def test_dependencies(cli: Cli) -> None:
    a, b, parent = cli.new("a"), cli.new("b"), cli.new("p")
    options = f"--dep {a} --dep related:{b} --depends-on {b} --parent {parent} --deps blocks:{a}"
    task = cli.new("T", *options.split())
    assert [(edge["id"], edge["dependency_type"]) for edge in cli.task(task)["dependencies"]] == sorted(
        [(a, "blocks"), (b, "blocks"), (b, "related"), (parent, "parent-child")]
    )
    assert cli.task(task)["parent"] == parent
    assert cli.types(task) == ["created"], "one event"
    assert task not in cli.ready()


def test_dependencies_by_prefix_and_comma(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b")
    task = cli.new("T", "--deps", f"{a[:8]},discovered-from:{b[3:9]}")
    assert {edge["id"] for edge in cli.task(task)["dependencies"]} == {a, b}


def test_a_dependency_on_another_projects_task_takes_force(cli: Cli) -> None:
    cli.fails(3, "create", "T", "--depends-on", "other-1")
    task = cli.new("T", "--depends-on", "other-1", "--force")
    assert task in cli.ready(), "what is not here blocks nothing"
    assert cli.task(task)["dependencies"][0]["status"] == "unknown"


def test_an_id_of_ones_own(cli: Cli) -> None:
    assert cli.new("T", "--id", "PROJ-12.3") == "PROJ-12.3"
    assert cli.task("PROJ-12.3")["title"] == "T"
    assert cli.task("PROJ-12")["id"] == "PROJ-12.3"


def test_dry_run_checks_and_writes_nothing(cli: Cli) -> None:
    assert cli("create", "T", "-p", "1", "--dry-run").out == "Would create: T\n"
    assert cli.json("create", " T", "-l", "a", "--pr", "#1", "--dry-run") == {
        "title": "T",
        "labels": ["a"],
        "links": {"pr": "#1"},
    }
    cli.fails(4, "create", "T", "-t", "banana", "--dry-run")
    cli.fails(4, "create", "", "--dry-run")
    cli.fails(5, "create", "T", "--id", cli.new(), "--dry-run")
    assert len(cli.lines()) == 1


def test_who_acts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TK_AGENT_TYPE", "cli")
    cli("create", "T", "--actor", "grace", "--agent", "coder", "--session", "s1", "--pid", "7")
    assert cli.events()[0]["by"] == {
        "name": "grace",
        "agent": "coder",
        "agent_type": "cli",
        "session": "s1",
        "pid": 7,
    }


def test_a_title_keeps_what_it_holds(cli: Cli) -> None:
    title = "-x 'q' \"d\" \\ ünï 🦀 \u2028 end"
    task = cli("--json", "create", "--", title).json
    assert task["title"] == title
    assert cli("list").lines == [f"{task['id']} [open] - -x 'q' \"d\" \\ ünï 🦀 \\u2028 end"]


def test_as_a_process(store: object, tk: Runner) -> None:
    made = tk("create", "A title", "-d", "-", input="body\n").stdout.strip()
    assert "  body\n" in tk("show", made).stdout


def test_the_title_by_an_option(cli: Cli) -> None:
    made = cli("create", "--title", "By option").out.strip()
    assert cli.task(made)["title"] == "By option"
    assert "twice" in cli.fails(2, "create", "A", "--title", "B").err

"""``tk edit``: what the editor leaves is what is saved, field by field, and no text is ever lost."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.cli import editing
from tests.conftest import Runner
from tests.inprocess import Cli

RICH = (
    *("-d", "Why.\n\n# A heading\n\n---\nmore", "--design", "one\n\n  two", "--notes", "n: x", "-p", "1", "-t", "bug"),
    *("-a", "grace", "-l", "a,b", "--estimate", "2h", "--due", "2030-01-01", "--meta", "k=v", "--pr", "#4"),
)


@pytest.fixture
def edit(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs ``tk edit ID`` with an editor that puts texts for others; ``code`` is the exit code wanted."""

    def run(
        task: str,
        *changes: tuple[str, str],
        code: int = 0,
        whole: str | None = None,
    ) -> Any:
        script = tmp_path / "editor.py"
        script.write_text(
            "import json, sys\n"
            f"changes, whole = json.loads({json.dumps(json.dumps([changes, whole]))})\n"
            "text = open(sys.argv[1]).read() if whole is None else whole\n"
            "for old, new in changes:\n"
            "    assert old in text, text\n"
            "    text = text.replace(old, new, 1)\n"
            "open(sys.argv[1], 'w').write(text)\n"
        )
        monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
        done = cli("edit", task, check=False)
        assert done.code == code, done.err
        return done

    return run


def kept(cli: Cli) -> list[str]:
    folder = cli.root / ".git/tk/edit"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_text_that_was_not_changed_is_no_event(cli: Cli, edit: Any) -> None:
    other = cli.new("Other")
    task = cli.new("Task", *RICH, "--parent", other, "--dep", f"related:{other}")
    before = cli.lines()
    assert edit(task).out == f"{task} is unchanged\n"
    edit(task, whole="\n")
    assert (cli.lines(), kept(cli)) == (before, [])


def test_each_field(cli: Cli, edit: Any) -> None:
    one, two = cli.new("One"), cli.new("Two")
    task = cli.new("Task", *RICH, "--depends-on", one, "--parent", one)
    edit(
        task,
        ("title: Task", 'title: "New: title"'),
        ("priority: 1", "priority: low"),
        ("type: bug", "type: feature"),
        ("assignee: grace", "assignee:"),
        ("labels: [a, b]", "labels: [b, c]"),
        (f"depends_on: [{one}]", f"depends_on: [{two}, 'related:{one}']"),
        (f"parent: {one}", f"parent: {two}"),
        ("due: 2030-01-01", "due: 2031-02-03"),
        ("estimate: 120", "estimate: 1h30m"),
        ("  k: v", "  x: y"),
        ('notes: "n: x"', "notes: |\n  first\n\n  second"),
        ("more", "less"),
    )
    found = cli.task(task)
    assert (found["title"], found["priority"], found["issue_type"]) == ("New: title", 3, "feature")
    assert "assignee" not in found
    assert (found["labels"], found["parent"], found["due_at"]) == (["b", "c"], two, "2031-02-03T00:00:00.000Z")
    assert (found["estimated_minutes"], found["meta"], found["links"]) == (90, {"x": "y"}, {"pr": "#4"})
    assert (found["notes"], found["description"]) == ("first\n\nsecond", "Why.\n\n# A heading\n\n---\nless")
    assert found["design"] == "one\n\n  two"
    edges = {(edge["dependency_type"], edge["id"]) for edge in found["dependencies"]}
    assert edges == {("blocks", two), ("related", one), ("parent-child", two)}
    assert cli.last(task)["type"] == "task.dep.add"
    (sets,) = [event for event in cli.events(task) if event["type"] == "task.updated"]
    assert "design" not in sets["data"]["set"]


def test_a_status(cli: Cli, edit: Any) -> None:
    task = cli.new()
    edit(task, ("status: open", "status: doing"))
    assert (cli.task(task)["status"], cli.types(task)[-1]) == ("in_progress", "claimed")
    edit(task, ("status: in_progress", "status: done"))
    assert cli.types(task)[-1] == "closed"


def meanwhile(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str, command: str, *sed: str) -> Any:
    """Edit while another process changes the task."""
    script = tmp_path / "both.sh"
    tk = f"PYTHONPATH={os.environ['PYTHONPATH']} {sys.executable} -m bd_py"
    script.write_text(f"#!/bin/sh\n{tk} {command} >/dev/null\nsed -i '{';'.join(sed)}' \"$1\"\n")
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))
    return cli("edit", task)


def test_another_field_that_was_changed_meanwhile_stays_changed(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = cli.new("Task", "-l", "a")
    command = f"update {task} -p 0 --add-label b"
    done = meanwhile(
        cli, tmp_path, monkeypatch, task, command, "s/^title: .*/title: Ours/", "s/^labels:.*/labels: [c]/"
    )
    found = cli.task(task)
    assert (found["title"], found["priority"], found["labels"], done.err) == ("Ours", 0, ["b", "c"], "")
    assert cli.json("conflicts") == []


def test_the_same_field_changed_meanwhile_is_a_conflict_that_keeps_both(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = cli.new("Task")
    done = meanwhile(cli, tmp_path, monkeypatch, task, f"update {task} --title Theirs", "s/^title: .*/title: Ours/")
    assert done.err == "title was changed meanwhile: yours holds, both are in 'tk conflicts'\n"
    assert cli.task(task)["title"] == "Ours"
    conflicts = json.dumps(cli.json("conflicts"))
    assert "Theirs" in conflicts
    assert "Ours" in conflicts


BROKEN = [
    (("priority: 2", "priority: 9x"), 2, "line 5: '9x' is no priority"),
    (("priority: 2", "priority: 9"), 4, "from 0 (urgent) to 4 (low)"),
    (("priority: 2", "prioritty: 2"), 4, "line 5: 'prioritty' is no field. Did you mean priority?"),
    (("title: Task", "title:"), 4, "line 3: the title is empty"),
    (("type: task", "type: banana"), 4, "'banana' is no type of task"),
    (("status: open", "status: banana"), 4, "'banana' is no status"),
    (("parent:", "parent: nope"), 3, "task 'nope' not found"),
    (("labels: []", "labels: [a"), 4, "line 8: a comma or ] is missing"),
    (("---\n#", "#"), 4, "line 1: the front matter is missing"),
]


@pytest.mark.parametrize(("change", "code", "says"), BROKEN, ids=lambda value: str(value)[:30])
def test_a_broken_text_is_kept_and_told_where_and_the_next_edit_goes_on_with_it(
    cli: Cli, edit: Any, change: tuple[str, str], code: int, says: str
) -> None:
    task = cli.new("Task")
    before = cli.lines()
    done = edit(task, change, ("\n---\n\n", "\n---\n\nA long text.\n"), code=4 if says.startswith("line") else code)
    path = cli.root / f".git/tk/edit/{task}.md"
    first = says.split(". Did")[0]
    assert first in done.err
    assert f"Your text is kept in {path}; 'tk edit {task}' goes on with it." in done.err
    assert len(done.err.splitlines()) == 2
    assert "A long text." in path.read_text()
    assert cli.lines() == before
    done = edit(task, (change[1], change[0]))
    assert done.err == f"Going on with the text that was kept in {path}\n"
    assert (cli.task(task)["description"], kept(cli)) == ("A long text.", [])


def test_a_cycle_is_refused_whole(cli: Cli, edit: Any) -> None:
    task = cli.new("Task")
    other = cli.new("Other", "--depends-on", task)
    before = cli.lines()
    edit(task, ("title: Task", "title: New"), ("depends_on: []", f"depends_on: [{other}]"), code=6)
    assert cli.lines() == before
    assert cli("edit", task, "--discard").code == 0
    assert kept(cli) == []


def test_what_was_kept_still_merges_with_what_was_changed_since(cli: Cli, edit: Any) -> None:
    task = cli.new("Task")
    edit(task, ("title: Task", "title: Ours\nbanana: 1"), code=4)
    cli("update", task, "-p", "0")
    edit(task, ("banana: 1\n", ""))
    assert (cli.task(task)["title"], cli.task(task)["priority"]) == ("Ours", 0)
    assert cli.json("conflicts") == []


def test_an_editor_that_fails(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    task = cli.new()
    monkeypatch.setenv("EDITOR", "false")
    assert "ended with status 1" in cli.fails(1, "edit", task).err
    assert kept(cli) == []
    monkeypatch.setenv("EDITOR", "sh -c 'echo x >> $1; exit 3' -")
    assert "Your text is kept in" in cli.fails(1, "edit", task).err
    monkeypatch.delenv("EDITOR")
    assert "there is no editor to open" in cli.fails(2, "edit", task).err
    assert len(cli.lines()) == 1


def test_the_editor_is_found_as_git_finds_it(cli: Cli, monkeypatch: pytest.MonkeyPatch, git: Runner) -> None:
    task = cli.new("Task")
    monkeypatch.setenv("EDITOR", "false")
    monkeypatch.setenv("VISUAL", "sed -i s/Task/Visual/")
    cli("edit", task)
    assert cli.task(task)["title"] == "Visual"
    git("config", "core.editor", "sed -i s/Visual/Config/")
    cli("edit", task)
    assert cli.task(task)["title"] == "Config"
    monkeypatch.setenv("GIT_EDITOR", "sed -i s/Config/Env/")
    cli("edit", task)
    assert cli.task(task)["title"] == "Env"


def test_two_at_once(cli: Cli, monkeypatch: pytest.MonkeyPatch, tk: Runner) -> None:
    task = cli.new("Task")
    tk_again = f"PYTHONPATH={os.environ['PYTHONPATH']} EDITOR=true {sys.executable} -m bd_py edit {task}"
    monkeypatch.setenv("EDITOR", f"sh -c '{tk_again} 2>inner; echo $? >>inner' -")
    cli("edit", task)
    inner = (cli.root / "inner").read_text()
    assert "is being edited by process" in inner
    assert inner.endswith("5\n")


def test_json_gives_the_task_after_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    task = cli.new("Task")
    monkeypatch.setenv("EDITOR", "sed -i s/Task/New/")
    assert [issue["title"] for issue in cli.json("edit", task)] == ["New"]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@given(TEXT.filter(str.strip), TEXT, st.lists(TEXT, max_size=3), st.text("a \n#-:|'", max_size=40))
def test_what_is_written_reads_the_same(title: str, name: str, labels: list[str], long: str) -> None:
    fields = {"title": title.strip(), "description": long, "design": long, "assignee": name, "priority": 2}
    said = editing.from_text(editing.to_text({"id": "tk-1", "labels": labels}, fields, []))
    assert said["title"] == title.strip()
    assert said["description"] == (long.strip("\n") or None)
    assert said["design"] == (long.strip("\n") if long.strip() else None)
    assert said["assignee"] == (name.strip() or None)
    assert said["labels"] == [label for label in dict.fromkeys(label.strip() for label in labels) if label]

"""People edit and move the files: that is the new state, and it merges with what commands do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Runner
from tests.files_backend.conftest import Queue
from tests.inprocess import Cli

MOVES = [("in_progress", "in_progress"), ("blocked", "blocked"), ("closed", "closed")]


@pytest.mark.parametrize(("folder", "status"), MOVES)
def test_a_file_moved_by_hand_is_the_new_state(cli: Cli, queue: Queue, folder: str, status: str) -> None:
    task = cli.new("A task")
    queue.move(task, folder)
    assert cli.task(task)["status"] == status
    assert queue.folder(task) == folder
    assert f"status: {status}\n" in queue.text(task)
    queue.move(task, "open")
    assert cli.task(task)["status"] == "open"


def test_the_status_in_the_text_moves_the_file(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    queue.edit(task, "status: open", "status: doing")
    assert cli.task(task)["status"] == "in_progress"
    assert queue.folder(task) == "in_progress"


def test_a_move_the_workflow_refuses_is_said_and_put_back(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    cli("close", task)
    queue.move(task, "blocked")
    done = cli("show", task)
    assert f"{task} is closed: it cannot become blocked" in done.err
    assert queue.folder(task) == "closed"
    assert cli("show", task).err == ""


def test_a_move_to_closed_past_the_gates_is_refused(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    cli.configure('gates = [{ name = "no", command = "false" }]\n')
    cli.configure('[statuses.shipped]\ncategory = "done"\n')
    queue.move(task, "closed")
    assert "must pass its gates" in cli("list").err
    queue.edit(task, "status: open", "status: shipped")
    assert "must pass its gates" in cli("list").err
    assert cli.task(task)["status"] == "open"


def test_every_field_can_be_edited(cli: Cli, queue: Queue) -> None:
    other, task = cli.new("Other"), cli.new("A task", "-l", "old", "-d", "why")
    queue.edit(task, "title: A task", "title: Another title")
    queue.edit(task, "priority: 2", "priority: high\nassignee: grace\nestimate: 2h\ndue: 2026-12-01")
    queue.edit(task, "labels: [old]", f"labels: [new, newer]\ndepends_on: [{other}, 'related:{other}']")
    queue.edit(task, "why", "because\n\n## Design\n\nthus")
    found = cli.task(task)
    assert (found["title"], found["priority"], found["assignee"]) == ("Another title", 1, "grace")
    assert (found["estimated_minutes"], found["labels"]) == (120, ["new", "newer"])
    assert (found["description"], found["design"]) == ("because", "thus")
    assert {(d["id"], d["dependency_type"]) for d in found["dependencies"]} == {(other, "blocks"), (other, "related")}
    assert [event["by"]["name"] for event in cli.events(task)] == ["ada"] * len(cli.events(task))
    queue.edit(task, "assignee: grace\n", "")
    assert "assignee" not in cli.task(task)


def test_unknown_keys_are_kept(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    queue.edit(task, "type: task", "type: task\nsprint: 7\nreviewers: [ada, 'b: c']\nrelease: 1.10")
    assert cli.task(task)["meta"] == {"sprint": 7, "reviewers": ["ada", "b: c"], "release": "1.10"}
    cli("update", task, "-p", "1")
    cli("close", task)
    for line in ("sprint: 7", 'reviewers: [ada, "b: c"]', "release: 1.10"):
        assert line in queue.text(task)
    queue.edit(task, "sprint: 7\n", "")
    assert "sprint" not in cli.task(task)["meta"]


def test_hand_edits_against_commands(cli: Cli, queue: Queue) -> None:
    """An editor that was open the whole time: its text is of the version that it began with."""
    task = cli.new("A task", "-l", "kept")
    begun = queue.text(task)
    cli("update", task, "-p", "0", "--add-label", "theirs")
    cli("update", task, "--title", "Their title")
    text = begun.replace("type: task", "type: bug").replace("title: A task", "title: My title")
    queue.file(task).write_text(text)
    found = cli.task(task)
    assert (found["priority"], found["issue_type"], found["title"]) == (0, "bug", "My title")
    assert found["labels"] == ["kept", "theirs"]
    [conflict] = cli.json("conflicts")
    assert (conflict["field"], conflict["winner"]["value"], conflict["loser"]["value"]) == (
        "title",
        "My title",
        "Their title",
    )


def test_the_same_edit_twice_is_one_event(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    queue.edit(task, "priority: 2", "priority: 1")
    cli("list")
    count = len(cli.events(task))
    cli("list")
    cli("show", task)
    cli("sync")
    assert len(cli.events(task)) == count == 2


BROKEN = {
    "title: A task": ("title: [A task", "line"),
    "---\n\nwhy": ("<<<<<<< HEAD\n---\n\nwhy", "conflict marker"),
    "priority: 2": ("priority: banana", "no priority"),
    "type: task": ("type: banana", "no type of task"),
}


@pytest.mark.parametrize("old", BROKEN)
def test_a_broken_file_is_reported_and_the_rest_works(cli: Cli, queue: Queue, old: str) -> None:
    other, task = cli.new("Other"), cli.new("A task", "-d", "why")
    new, reason = BROKEN[old]
    queue.edit(task, old, new)
    broken = queue.text(task)
    name = queue.file(task).relative_to(queue.path).as_posix()
    done = cli("list")
    assert done.out.count("tk-") == 2
    assert f"warning: .tasks/queue/{name}:" in done.err
    assert len(done.err.splitlines()) == 1
    cli("update", other, "-p", "1")
    cli("update", task, "-p", "0", "--add-label", "x")
    assert queue.text(task) == broken
    assert cli.task(task)["priority"] == 0
    check = next(c for c in cli.fails(9, "doctor", "--json").json["checks"] if c["name"] == "task files")
    [finding] = check["findings"]
    assert finding["file"] == f".tasks/queue/{name}"
    assert finding["line"] >= 1
    assert reason in finding["reason"] or reason == "line"
    queue.file(task).write_text(broken.replace(new, old))
    assert cli("list").err == ""
    assert "priority: 0" in (cli("sync"), queue.text(task))[1]


def test_a_file_without_an_id_is_a_new_task(cli: Cli, queue: Queue) -> None:
    queue.add("open/idea.md", "# Fix the tide table\n\nIt is late.\n")
    queue.add("in_progress/other.md", "---\ntitle: Second\npriority: 0\nsprint: 9\n---\n\nText\n")
    found = {issue["title"]: issue for issue in cli.json("list")}
    assert found.keys() == {"Fix the tide table", "Second"}
    one, two = found["Fix the tide table"], found["Second"]
    assert cli.task(one["id"])["description"] == "It is late."
    assert (two["status"], two["priority"], two["meta"]) == ("in_progress", 0, {"sprint": 9})
    assert queue.folder(one["id"]) == "open"
    assert not (queue.path / "open/idea.md").exists()
    assert len(cli.json("list")) == 2


def test_a_file_that_was_removed_is_written_anew(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    queue.file(task).unlink()
    assert cli.task(task)["status"] == "open"
    cli("sync")
    assert "title: A task" in queue.text(task)


def test_a_copy_is_reported(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    queue.add(f"open/{task}-copy.md", queue.text(task).replace("title: A task", "title: B"))
    assert f"{task} has another file" in cli("list").err
    assert cli.task(task)["title"] == "A task"
    copy = queue.path / f"open/{task}-copy.md"
    copy.rename(queue.path / "open/b.md")
    (queue.path / "open/b.md").write_text("---\ntitle: B\n---\n")
    assert cli("list").err == ""
    assert len(cli.json("list")) == 2


def test_two_new_names_for_one_file_are_reported(cli: Cli, queue: Queue) -> None:
    """Renamed, and copied from there: the second is no further edit of the same task."""
    task = cli.new("A task")
    queue.file(task).rename(queue.path / "open/one.md")
    queue.add("open/two.md", (queue.path / "open/one.md").read_text().replace("title: A task", "title: B"))
    assert f"two.md:1: {task} has another file, open/one.md" in cli("list").err
    assert cli.task(task)["title"] == "A task"


def test_a_deleted_task_has_no_file(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    cli("delete", task)
    assert not list(queue.path.glob("*/*.md"))
    assert (queue.path / f"deleted/{task}.events.jsonl").is_file()
    cli("restore", task)
    assert queue.folder(task) == "open"


def test_texts_that_look_like_sections_come_back_as_they_are(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task", "-d", "one\n\n## Design\n\ntwo", "--design", "three")
    queue.edit(task, "priority: 2", "priority: 1")
    found = cli.task(task)
    assert (found["description"], found["design"]) == ("one\n\n## Design\n\ntwo", "three")


def test_a_name_that_a_person_gave_stays(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    queue.file(task).rename(queue.path / f"open/{task}-my-name.md")
    cli("close", task)
    assert queue.file(task).name == f"{task}-my-name.md"
    assert queue.folder(task) == "closed"


def test_what_is_not_committed_yet(cli: Cli, queue: Queue, git: Runner) -> None:
    """A task's file grows and moves: only what HEAD does not have of it counts."""
    task, other = cli.new("A task"), cli.new("Other")
    git("add", ".tasks")
    git("commit", "-qm", "Track tasks")
    assert cli("status").lines[-1] == "Not committed yet: nothing"
    cli("comment", task, "one")
    cli("close", task)
    found = cli.json("status")["uncommitted"]
    assert (found["events"], found["tasks"]) == (2, [task])
    assert " of 1 task, in 4 files under .tasks/queue (git add .tasks)" in cli("status").lines[-1]
    cli("update", other, "-p", "0")
    assert cli.json("status")["uncommitted"]["events"] == 3


def test_the_first_write_in_a_clone_tells_of_hooks(cli: Cli, git: Runner) -> None:
    git("add", ".tasks")
    git("commit", "-qm", "Track tasks")
    assert cli("create", "One").err.startswith("hint: task events are new files")
    assert cli("create", "Two").err == ""


def test_what_init_and_prime_say_of_the_files(cli: Cli, queue: Queue, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    said = cli("-C", str(tmp_path / "new"), "init", "--backend", "files").out
    assert ".tasks/log" not in said + cli("prime").out + cli("quickstart").out
    assert "People may edit and move them" in cli("prime").out


def test_a_dependency_that_closes_a_cycle_is_refused(cli: Cli, queue: Queue) -> None:
    """As `tk dep` refuses it: nothing hints at one that were taken in and then ignored."""
    one = cli.new("One")
    two = cli.new("Two", "--dep", one)
    queue.edit(one, "type: task", f"type: task\ndepends_on: [{two}]")
    assert f"{one} -> {two} would close a cycle" in cli("list").err
    queue.edit(one, f"depends_on: [{two}]", f"parent: {two}")
    assert f"{one} -> {two} would close a cycle" in cli("list").err
    assert cli.ready() == [one]
    queue.edit(one, f"parent: {two}", f"depends_on: ['related:{two}']")
    assert cli("list").err == ""


@pytest.mark.parametrize("workflow", ["relaxed", "strict"])
def test_the_last_child_that_is_moved_to_closed_closes_its_compound_parents(
    cli: Cli, queue: Queue, workflow: str
) -> None:
    cli.configure(f'workflow = "{workflow}"\n')
    whole = cli.new("Whole", "--compound")
    part = cli.new("Part", "--compound", "--parent", whole)
    leaves = [cli.new(f"Leaf {k}", "--parent", part) for k in range(2)]
    for leaf in leaves:
        cli("status", leaf, "in_progress")
    queue.move(leaves[0], "closed")
    assert cli.task(part)["status"] != "closed"
    queue.move(leaves[1], "closed")
    assert cli("list").err == ""
    assert [cli.task(task)["status"] for task in (part, whole)] == ["closed", "closed"]
    assert cli.task(whole)["close_reason"] == "all of its children are closed"
    assert queue.folder(whole) == "closed"
    queue.move(leaves[0], "open")
    assert [cli.task(task)["status"] for task in (leaves[0], part, whole)] == ["open", "open", "open"]
    assert queue.folder(whole) == "open"


def test_a_compound_task_can_be_moved_to_closed_in_the_strict_workflow(cli: Cli, queue: Queue) -> None:
    """It is nobody's, so it cannot be in progress first, as other tasks have to be."""
    cli.configure('workflow = "strict"\n')
    whole, other = cli.new("Whole", "--compound"), cli.new("Other")
    queue.move(whole, "closed")
    queue.move(other, "closed")
    assert f"{other} is open: it cannot become closed" in cli("list").err
    assert [cli.task(task)["status"] for task in (whole, other)] == ["closed", "open"]


def test_no_compound_parent_closes_where_the_project_says_so(cli: Cli, queue: Queue) -> None:
    cli.configure("auto_close = false\n")
    whole = cli.new("Whole", "--compound")
    queue.move(cli.new("Part", "--parent", whole), "closed")
    assert cli.task(whole)["status"] == "open"


def test_a_file_that_the_log_has_caught_up_with_is_read_again(cli: Cli, queue: Queue) -> None:
    """What was wrong with it may have been what the log said, or the settings."""
    task, kind = cli.new("A task"), cli.new("Another")
    queue.edit(task, "type: task", "type: task\ndepends_on: [tk-later12345]")
    queue.edit(kind, "type: task", "type: spike")
    assert "(and 1 more: 'tk doctor')" in cli("list").err
    cli("create", "Later", "--id", "tk-later12345")
    assert "no type of task" in cli("list").err
    assert [found["id"] for found in cli.task(task)["dependencies"]] == ["tk-later12345"]
    cli.configure('types = ["spike"]\n')
    assert cli("list").err == ""
    assert cli.task(kind)["issue_type"] == "spike"


def test_a_file_whose_events_went_is_kept_and_told_of(cli: Cli, queue: Queue) -> None:
    """Somebody took the second file of a task for rubbish."""
    task, other = cli.new("A task", "-d", "why"), cli.new("Other")
    text, name = queue.text(task), queue.file(task).name
    (queue.path / f"open/{task}.events.jsonl").unlink()
    assert f"{name}:1: the events of {task} are not here" in cli("list").err
    cli("update", other, "-p", "0")
    assert queue.text(task) == text
    check = next(c for c in cli.fails(9, "doctor", "--json").json["checks"] if c["name"] == "task files")
    assert check["findings"][0]["file"].endswith(name)
    cli("recover")
    assert cli("list").err == ""
    assert cli.task(task)["description"] == "why"


def test_an_edit_back_to_an_older_value_after_a_merge_brought_older_events(cli: Cli, queue: Queue) -> None:
    """The file is of before the merge: which events its writer knew, its digest tells."""
    task = cli.new("A task", "-l", "one", "-l", "two")
    early = cli.last(task)
    cli("update", task, "-p", "0")
    cli("comment", task, "between")
    cli("update", task, "--title", "Renamed")
    theirs = {**early, "id": early["id"][:10] + "Z" * 16, "type": "task.updated", "data": {"set": {"assignee": "bob"}}}
    with (queue.path / f"open/{task}.events.jsonl").open("a") as file:
        file.write(json.dumps(theirs) + "\n")
    queue.edit(task, "priority: 0", "priority: 2")
    queue.edit(task, "title: Renamed", "title: A task")
    queue.edit(task, "labels: [one, two]", "labels: [two]")
    found = cli.task(task)
    assert (found["priority"], found["title"], found["labels"]) == (2, "A task", ["two"])
    assert found["assignee"] == "bob"
    assert cli("list").err == ""

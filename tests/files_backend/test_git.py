"""Branches, clones and merges of a store of plain files."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from bd_py.service import install_driver
from tests.conftest import Runner
from tests.files_backend.conftest import Queue
from tests.files_backend.support import sound
from tests.inprocess import Cli


def shown(tk: Runner, task: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(tk("show", task, "--json").stdout)[0]
    return found


@pytest.fixture
def driver(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drivers registered, and a ``tk`` on PATH that git finds."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "tk"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bd_py "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    install_driver.register(str(store))


@pytest.fixture
def tasks(store: Path, tk: Runner, git: Runner) -> list[str]:
    """Two committed tasks."""
    found = [tk("create", title, "-d", f"About {title}").stdout.strip() for title in ("One", "Two")]
    git("add", "-A")
    git("commit", "-qm", "Begin")
    return found


def on_branch(git: Runner, tk: Runner, name: str, *commands: list[str]) -> None:
    git("checkout", "-q", "-B", name, "main")
    for command in commands:
        tk(*command)
    git("add", "-A")
    git("commit", "-qm", name)


def test_different_tasks_merge_without_a_driver(store: Path, tk: Runner, git: Runner, tasks: list[str]) -> None:
    one, two = tasks
    on_branch(git, tk, "left", ["close", one], ["create", "Left"])
    on_branch(git, tk, "right", ["update", two, "-p", "0", "--title", "Second"], ["create", "Right"])
    git("merge", "-q", "--no-edit", "left")
    assert shown(tk, one)["status"] == "closed"
    assert (shown(tk, two)["priority"], shown(tk, two)["title"]) == (0, "Second")
    assert len(json.loads(tk("list", "--all", "--json").stdout)) == 4
    sound(store)


SIDES = [
    (["update", "-p", "0"], ["update", "--title", "Renamed"]),
    (["comment", "left"], ["comment", "right"]),
    (["close"], ["update", "--title", "Renamed"]),
    (["close"], ["comment", "right"]),
    (["close"], ["block", "something"]),
    (["delete"], ["update", "-p", "0"]),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("left", "right"), SIDES)
def test_the_same_task_with_the_driver(
    store: Path,
    driver: None,
    tk: Runner,
    git: Runner,
    tasks: list[str],
    left: list[str],
    right: list[str],
    turned: bool,
) -> None:
    task = tasks[0]
    sides = {name: [args[0], task, *args[1:]] for name, args in (("left", left), ("right", right))}
    ids = set()
    for name in ("left", "right"):
        on_branch(git, tk, name, sides[name])
        ids |= {event["id"] for event in json.loads(tk("log", task, "--json").stdout)}
    if turned:
        git("checkout", "-q", "left")
    done = git("merge", "-q", "--no-edit", "left" if not turned else "right", check=False)
    tk("sync")
    if done.returncode:  # one side moved the file away, the other changed it: git leaves that to tk
        left_over = git("diff", "--name-only", "--diff-filter=U").stdout
        assert not left_over, left_over
        git("add", "-A")
        git("commit", "-qm", "Merge")
    assert {event["id"] for event in json.loads(tk("log", task, "--json").stdout)} == ids
    sound(store)
    git("add", "-A")
    git("commit", "-qm", "After", check=False)
    assert git("status", "--porcelain").stdout == ""


def test_the_same_task_without_a_driver_is_mended_by_sync(
    store: Path, tk: Runner, git: Runner, tasks: list[str]
) -> None:
    task = tasks[0]
    on_branch(git, tk, "left", ["update", task, "-p", "0"])
    on_branch(git, tk, "right", ["update", task, "--title", "Renamed"])
    assert git("merge", "-q", "--no-edit", "left", check=False).returncode
    tk("sync")
    assert git("diff", "--name-only", "--diff-filter=U").stdout == ""
    assert (shown(tk, task)["priority"], shown(tk, task)["title"]) == (0, "Renamed")
    sound(store)


def test_a_merge_is_no_hand_edit(store: Path, driver: None, tk: Runner, git: Runner, tasks: list[str]) -> None:
    """The texts come from both sides; the events that the merge brought are all there is."""
    task = tasks[0]
    on_branch(git, tk, "left", ["update", task, "-p", "0", "--add-label", "l"], ["close", task])
    on_branch(git, tk, "right", ["update", task, "-p", "4", "--add-label", "r"], ["comment", task, "x"])
    git("merge", "-q", "--no-edit", "left", check=False)
    tk("list")
    tk("sync")
    found = json.loads(tk("log", task, "--json").stdout)
    assert len(found) == len({event["id"] for event in found}) == 7
    assert shown(tk, task)["labels"] == ["l", "r"]
    sound(store)


def test_a_clone_reads_the_same(store: Path, tk: Runner, git: Runner, tasks: list[str], tmp_path: Path) -> None:
    git("clone", "-q", str(store), str(tmp_path / "clone"))
    for args in (["list", "--all", "--json"], ["log", "--json"], ["show", *tasks, "--json"]):
        assert tk(*args, cwd=tmp_path / "clone").stdout == tk(*args).stdout
    assert git("status", "--porcelain", cwd=tmp_path / "clone").stdout == ""
    assert tk("show", tasks[0], "--at", "HEAD").stdout


def test_hooks_take_files_along(store: Path, driver: None, tk: Runner, git: Runner, tasks: list[str]) -> None:
    tk("install-hooks")
    tk("close", tasks[0])
    tk("create", "Three")
    (store / "code").write_text("x")
    git("add", "code")
    git("commit", "-qm", "Work")
    assert git("status", "--porcelain").stdout == ""
    names = git("show", "--name-only", "--no-renames", "--format=", "HEAD").stdout
    assert f".tasks/queue/closed/{tasks[0]}" in names
    assert f".tasks/queue/open/{tasks[0]}" in names


def test_a_branch_that_still_has_a_log(repo: Path, tk: Runner, git: Runner) -> None:
    """One branch went over to plain files, the other wrote on: nothing of either is lost."""
    tk("init")
    first = tk("create", "First").stdout.strip()
    git("add", "-A")
    git("commit", "-qm", "Begin")
    on_branch(git, tk, "files", ["config", "set", "backend", "files"], ["create", "In files"])
    on_branch(git, tk, "log", ["create", "In the log"], ["update", first, "-p", "0"])
    assert not (repo / ".tasks/queue").exists()
    git("merge", "-q", "--no-edit", "files", check=False)  # git may take the log's folder for renamed
    tk("sync")
    assert {i["title"] for i in json.loads(tk("list", "--json").stdout)} == {"First", "In files", "In the log"}
    tk("sync")
    assert shown(tk, first)["priority"] == 0
    assert not (repo / ".tasks/log").exists()
    assert "In the log" in "".join(path.read_text() for path in (repo / ".tasks/queue/open").glob("*.md"))
    sound(repo, strays=True)


def test_a_conflict_that_a_person_has_to_resolve(
    store: Path, driver: None, tk: Runner, git: Runner, tasks: list[str]
) -> None:
    """Both sides edited one file without tk: the text stays in conflict, the rest works."""
    task, queue = tasks[0], Queue(store)
    for name, title in (("left", "Left"), ("right", "Right")):
        git("checkout", "-q", "-B", name, "main")
        queue.edit(task, "title: One", f"title: {title}")
        git("commit", "-qam", name)
    assert git("merge", "-q", "--no-edit", "left", check=False).returncode
    done = tk("list")
    assert "conflict marker" in done.stderr
    assert "Two" in done.stdout
    assert "<<<<<<<" in queue.text(task)


@pytest.mark.parametrize("turned", [False, True])
def test_a_lost_claim_is_no_hand_edit(
    store: Path, driver: None, tk: Runner, git: Runner, tasks: list[str], turned: bool
) -> None:
    """The text of the claim that lost names its holder: that is what tk wrote, and not who holds the task."""
    task = tasks[0]
    on_branch(git, tk, "first", ["claim", task, "--actor", "bob"])
    on_branch(git, tk, "second", ["claim", task, "--actor", "eve"])
    if turned:
        git("checkout", "-q", "first")
    git("merge", "-q", "--no-edit", "second" if turned else "first")
    assert shown(tk, task)["assignee"] == "bob"
    tk("sync")
    assert [event["type"] for event in json.loads(tk("log", task, "--json").stdout)].count("task.updated") == 0
    assert shown(tk, task)["assignee"] == "bob"
    assert tk("close", task, "--actor", "eve", check=False).returncode == 5
    sound(store)


def test_a_conversion_cut_off_while_the_queue_goes_leaves_nothing_to_git(cli: Cli, git: Runner) -> None:
    """What is left of it git ignores, and the same command again removes."""
    cli.new()
    old = cli.root / ".tasks/cache.db.queue"
    cli("config", "set", "backend", "log")
    (old / "open").mkdir(parents=True)
    (old / "open/tk-a.md").write_text("left over")
    assert "queue" not in git("status", "--porcelain", "-uall").stdout
    cli("config", "set", "backend", "log")
    assert not old.exists()


@pytest.mark.parametrize("staged", [False, True])
def test_a_commit_takes_a_hand_edit_along_with_its_events(
    store: Path, driver: None, tk: Runner, git: Runner, tasks: list[str], staged: bool
) -> None:
    """pre-commit takes it in: nothing is left over that keeps git from switching to another branch."""
    tk("install-hooks")
    queue = Queue(store)
    git("checkout", "-qb", "side")
    queue.edit(tasks[0], "About One", "In my own words")
    queue.move(tasks[1], "closed")
    if staged:
        git("add", "-A")
    else:
        git("commit", "-q", "--allow-empty", "-m", "Nothing was staged yet, so this takes it along")
    git("commit", "-q", "--allow-empty", "-m", "Edit")
    assert git("status", "--porcelain").stdout == ""
    assert "own words" in git("show", f"HEAD:.tasks/queue/open/{tasks[0]}.events.jsonl").stdout
    git("checkout", "-q", "main")
    assert shown(tk, tasks[0])["description"] == "About One"
    git("checkout", "-q", "side")
    assert (shown(tk, tasks[0])["description"], shown(tk, tasks[1])["status"]) == ("In my own words", "closed")
    sound(store)


@pytest.mark.parametrize("turned", [False, True])
def test_a_hand_edit_against_a_close_is_settled_by_sync(
    store: Path, tk: Runner, git: Runner, tasks: list[str], turned: bool
) -> None:
    """One side moved the file away, the other edited it: once that is an event, nothing is left to resolve."""
    task, queue = tasks[0], Queue(store)
    git("checkout", "-qb", "edited")
    queue.edit(task, "About One", "In my own words")
    git("commit", "-qam", "Edit by hand alone")
    on_branch(git, tk, "closed", ["close", task])
    if turned:
        git("checkout", "-q", "edited")
    assert git("merge", "-q", "--no-edit", "closed" if turned else "edited", check=False).returncode
    tk("sync")
    assert git("diff", "--name-only", "--diff-filter=U").stdout == ""
    found = shown(tk, task)
    assert (found["status"], found["description"]) == ("closed", "In my own words")
    sound(store)


def test_a_conversion_puts_the_events_of_deleted_tasks_apart(repo: Path, tk: Runner) -> None:
    tk("init")
    task, other = (tk("create", title).stdout.strip() for title in ("One", "Two"))
    tk("delete", task)
    tk("config", "set", "backend", "files")
    assert (repo / f".tasks/queue/deleted/{task}.events.jsonl").is_file()
    assert Queue(repo).folder(other) == "open"
    sound(repo)

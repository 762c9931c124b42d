"""What lies in a queue beside good files: editors' copies, links, other encodings, files that are empty or huge."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bd_py import files
from bd_py.filewrite import project
from bd_py.filewrite.write import FilesWrite
from bd_py.workspace import Workspace
from tests.conftest import Runner
from tests.files_backend.conftest import Queue
from tests.files_backend.support import sound
from tests.inprocess import Cli


def age(path: Path, seconds: float) -> None:
    """Let a file be written so long ago; less than nothing is yet to come."""
    at = time.time() - seconds
    os.utime(path, (at, at))


def empty(path: Path, seconds: float) -> None:
    path.write_text("")
    age(path, seconds)


def test_a_file_that_a_power_cut_emptied_is_written_anew(cli: Cli, queue: Queue) -> None:
    task, other = cli.new("A task"), cli.new("Other")
    before, path = queue.text(task), queue.file(task)
    empty(path, 60)
    assert len(cli.listed()) == 2
    cli("update", other, "-p", "1")
    assert path.read_text() == before
    sound(cli.root)


def test_a_file_that_an_editor_is_saving_is_left_to_it(cli: Cli, queue: Queue) -> None:
    """Many editors empty a file before they write it."""
    task = cli.new("A task")
    text, path = queue.text(task), queue.file(task)
    empty(path, -60)
    done = cli("update", task, "-p", "0")
    assert f"{path.name}:1: the file is empty" in done.err
    assert path.read_text() == ""
    path.write_text(text.replace("title: A task", "title: Saved"))
    assert cli("list").err == ""
    assert (cli.task(task)["title"], cli.task(task)["priority"]) == ("Saved", 0)
    empty(path, -60)
    assert "the file is empty" in cli("list").err
    age(path, 60)  # it was no editor after all
    assert cli("list").err == ""
    cli("update", task, "-p", "1")
    assert "title: Saved" in path.read_text()
    sound(cli.root)


def test_an_empty_file_that_is_no_task_is_reported(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    empty(queue.path / "open/new.md", 60)
    for _ in range(2):
        assert ".tasks/queue/open/new.md:1: the file is empty" in cli("list").err
    cli.fails(9, "doctor")
    assert cli.listed() == [task]
    (queue.path / "open/new.md").write_text("# New\n")
    assert cli("list").err == ""
    assert len(cli.listed()) == 2
    sound(cli.root)


@pytest.mark.parametrize("saved", ["edit", "move", "remove"])
@pytest.mark.parametrize("command", [("update", "-p", "0"), ("block", "a thing")])
def test_a_file_saved_while_a_command_writes_is_not_overwritten(
    cli: Cli, queue: Queue, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], saved: str
) -> None:
    """It was looked at when the command began; what a person did since then is for the next command."""
    task = cli.new("A task")
    path = queue.file(task)
    append = FilesWrite._append

    def appended(self: FilesWrite, data: bytes) -> None:
        monkeypatch.undo()
        if saved == "edit":
            queue.edit(task, "title: A task", "title: Saved meanwhile")
        elif saved == "move":
            path.rename(queue.path / "closed" / path.name)
        else:
            path.unlink()
        append(self, data)

    cli("list")
    monkeypatch.setattr(FilesWrite, "_append", appended)
    cli(command[0], task, *command[1:])
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")
    monkeypatch.chdir(cli.root)
    cli("list")
    found = cli.task(task)
    assert found["title"] == ("Saved meanwhile" if saved == "edit" else "A task")
    assert found["priority"] == (0 if command[0] == "update" else 2)
    status = "blocked" if command[0] == "block" else "open"
    assert found["status"] == ("closed" if saved == "move" else status)
    cli("sync")
    assert queue.folder(task) == found["status"]
    sound(cli.root)


@pytest.mark.parametrize("name", [".journal.jsonl.tmp", "open/.tk-a.events.jsonl.tmp", "closed/.tk-a.md.tmp"])
def test_what_a_kill_left_half_made_is_swept(cli: Cli, queue: Queue, name: str) -> None:
    """Also where nothing else changed, so that nothing else is looked at."""
    task = cli.new("A task")
    left = queue.add(name, '{"id":')
    cli("update", task, "-p", "1")
    assert not left.exists()
    sound(cli.root)


def test_what_editors_leave_beside_a_file_is_no_task(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    name, text = queue.file(task).name, queue.text(task)
    for copy in (f".{name}.swp", f"{name}~", f"#{name}#", f".#{name}", f"~{name}", f"_{name}", f"{name}.orig"):
        queue.add(f"open/{copy}", text.replace("A task", "A copy"))
    (queue.path / "open/folder.md").mkdir()
    os.mkfifo(queue.path / "open/pipe.md")
    assert cli("list").err == ""
    assert cli.listed() == [task]
    assert "A copy" not in cli("show", task).out
    cli("close", task)
    assert queue.folder(task) == "closed"


ENCODINGS = {
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "BOM": lambda data: b"\xef\xbb\xbf" + data,
    "both": lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_other_line_ends_and_a_mark_are_no_edit(cli: Cli, queue: Queue, name: str) -> None:
    task = cli.new("A task", "-d", "one\n\ntwo")
    path = queue.file(task)
    path.write_bytes(ENCODINGS[name](path.read_bytes()))
    assert cli("list").err == ""
    assert cli.types(task) == ["created"]
    path.write_bytes(path.read_bytes().replace(b"one", b"three").replace(b"priority: 2", b"priority: 1"))
    found = cli.task(task)
    assert (found["description"], found["priority"]) == ("three\n\ntwo", 1)
    queue.add("open/new.md", "x").write_bytes(ENCODINGS[name]("---\ntitle: Größe\nsprint: 7\n---\n\nText\n".encode()))
    new = next(issue for issue in cli.json("list") if issue["id"] != task)
    assert (new["title"], cli.task(new["id"])["description"]) == ("Größe", "Text")
    sound(cli.root)


def test_a_file_that_cannot_be_read_is_left_alone(cli: Cli, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner has closed it to others: it gets no second file, and comes back with what was written there."""
    task = cli.new("A task")
    path = queue.file(task)
    queue.edit(task, "title: A task", "title: Secret")
    read = files.read
    path.chmod(0)  # root could read it all the same
    with monkeypatch.context() as patched:
        patched.setattr(files, "read", lambda name: None if name.endswith(path.name) else read(name))
        assert f"{path.name}:1: it cannot be read: the file is left alone" in cli("list").err
        cli("update", task, "-p", "0")
        assert list(path.parent.glob("*.md")) == [path]
        assert cli.fails(9, "doctor").out.count("cannot be read") == 1
    path.chmod(0o644)
    assert (cli.task(task)["title"], cli.task(task)["priority"]) == ("Secret", 0)
    assert cli("list").err == ""
    sound(cli.root)


def test_a_file_that_is_not_utf_8_is_isolated(cli: Cli, queue: Queue) -> None:
    task, other = cli.new("A task"), cli.new("Other")
    path = queue.file(task)
    data = path.read_bytes().replace(b"A task", b"A t\xe4sk")
    path.write_bytes(data)
    assert f"{path.name}:3: not UTF-8" in cli("list").err
    cli("close", task, other)
    assert path.read_bytes() == data
    assert (cli.task(task)["status"], queue.folder(other)) == ("closed", "closed")
    path.write_bytes(data.replace(b"\xe4", "ä".encode()))
    assert cli.task(task)["title"] == "A täsk"
    sound(cli.root)


def test_a_link_is_not_read_or_written_through(cli: Cli, queue: Queue, tmp_path: Path) -> None:
    task = cli.new("A task")
    outside = tmp_path / "outside.md"
    text = queue.text(task).replace("title: A task", "title: Outside")
    outside.write_text(text)
    queue.file(task).unlink()
    (queue.path / f"open/{task}-a-task.md").symlink_to(outside)
    (queue.path / "open/other.md").symlink_to(outside)
    (queue.path / "elsewhere").symlink_to(tmp_path)
    assert [issue["title"] for issue in cli.json("list")] == ["A task"]
    cli("update", task, "-p", "0")
    cli("close", task)
    assert outside.read_text() == text
    strays = next(check for check in cli.json("doctor")["checks"] if check["name"] == "stray files")
    assert {finding["file"].removeprefix(".tasks/queue/") for finding in strays["findings"]} >= {
        "elsewhere",
        "open/other.md",
    }


@pytest.mark.parametrize("folder", ["open", "in_progress", "blocked", "closed", "deleted"])
@pytest.mark.parametrize("command", ["update -p 0", "claim", "block why", "close", "delete"])
def test_a_folder_that_is_a_link_is_refused(cli: Cli, queue: Queue, tmp_path: Path, folder: str, command: str) -> None:
    """A clone may bring one that leads anywhere: no task is written there, and none moved there."""
    task = cli.new("A task")
    outside = tmp_path / "outside"
    outside.mkdir()
    here = queue.path / folder
    if here.exists():
        here.rename(tmp_path / "kept")
    here.symlink_to(outside)
    verb, *more = command.split()
    for error in cli.fails(4, verb, task, *more, "--json").errors:
        assert f".tasks/queue/{folder} is a symbolic link" in error["message"]
        assert error["hint"]
    assert list(outside.iterdir()) == []
    here.unlink()
    if (tmp_path / "kept").exists():
        (tmp_path / "kept").rename(here)
    cli("list")
    assert cli.types(task) == ["created"]


@pytest.mark.slow
def test_a_file_of_ten_megabytes(cli: Cli, queue: Queue) -> None:
    task = cli.new("A task")
    with queue.file(task).open("a") as file:
        file.write("\n" + "A line of a long description.\n" * 350_000)
    assert cli("list").err == ""
    assert len(cli.task(task)["description"]) == 30 * 350_000 - 1
    cli("close", task)
    assert queue.folder(task) == "closed"
    sound(cli.root)


def test_a_file_that_another_program_renamed(cli: Cli, queue: Queue) -> None:
    """Its id is in its text; a name that does not begin with it is put right by the next write."""
    task = cli.new("A task")
    queue.file(task).rename(queue.path / "blocked/what I wait for.md")
    assert cli.task(task)["status"] == "blocked"
    cli("sync")
    assert queue.folder(task) == "blocked"
    assert cli.types(task) == ["created", "status.set"]
    sound(cli.root)


def test_projecting_needs_what_was_noted(cli: Cli, queue: Queue) -> None:
    """The guard itself: a row that is of another file is not one to write over."""
    task = cli.new("A task")
    workspace = Workspace.find(str(cli.root))
    with workspace.writing() as write:
        queue.edit(task, "title: A task", "title: Mine")
        project.project(write, [task])
        assert "title: Mine" in queue.text(task)
    workspace.close()
    assert cli.task(task)["title"] == "Mine"


def test_a_file_moved_back_before_it_could_be_written_anew(
    cli: Cli, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text still tells of the state before the first move, which a command has taken in."""
    task = cli.new("A task")
    queue.move(task, "closed")
    with monkeypatch.context() as patched:
        patched.setattr("bd_py.filewrite.write.project", lambda write, tasks: None)  # as if killed right before
        assert cli.task(task)["status"] == "closed"
    queue.move(task, "open")
    assert cli.task(task)["status"] == "open"
    assert cli.json("conflicts") == []
    cli("sync")
    assert queue.folder(task) == "open"
    sound(cli.root)


def test_a_file_saved_where_a_command_took_it_from(cli: Cli, queue: Queue) -> None:
    """An editor that has it open knows nothing of the move: what it saved counts, and there is one file again."""
    task = cli.new("A task")
    path, text = queue.file(task), queue.text(task)
    cli("close", task)
    path.write_text(text.replace("title: A task", "title: Saved"))
    assert cli("list", "--all").err == ""
    found = cli.task(task)
    assert (found["title"], found["status"]) == ("Saved", "closed")
    assert queue.folder(task) == "closed"
    sound(cli.root)


@pytest.mark.parametrize("target", ["/dev/zero", "a pipe"])
def test_settings_that_lead_to_a_device_are_refused_at_once(store: Path, tk: Runner, target: str) -> None:
    """A clone may bring such a link: read to its end, it would take all memory, or never come back."""
    config = store / ".tasks/config.toml"
    config.unlink()
    if target == "a pipe":
        os.mkfifo(store / "pipe")
    config.symlink_to(target if target == "/dev/zero" else store / "pipe")
    done = tk("list", check=False, timeout=20)
    assert "config.toml is a symbolic link" in done.stderr
    assert done.returncode == 4

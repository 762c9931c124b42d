"""Events of a queue that no commit holds, taken away: they are missed, and `tk recover` brings them back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Runner
from tests.files_backend.conftest import Queue
from tests.files_backend.support import events, sound

WARNING = "that were never committed vanished from the log: 'tk recover' brings them back"

COMMANDS: dict[str, list[tuple[str, ...]]] = {
    "clean": [("clean", "-fdq"), ("checkout", "-q", ".")],
    "clean of all": [("clean", "-fdxq"), ("reset", "-q", "--hard")],
    "a stash that was dropped": [("stash", "-q", "-u"), ("stash", "drop", "-q"), ("gc", "-q", "--prune=now")],
}


def second_names(store: Path) -> list[str]:
    return sorted(path.name for path in (store / ".git/tk/open").iterdir())


@pytest.fixture
def known(store: Path, tk: Runner, git: Runner) -> str:
    """A task that is committed."""
    task = tk("create", "Known").stdout.strip()
    git("add", "-A")
    git("commit", "-qm", "Begin")
    return task


@pytest.mark.parametrize("loss", COMMANDS)
def test_lost_and_recovered(store: Path, tk: Runner, git: Runner, known: str, loss: str) -> None:
    made = tk("create", "Not committed", "-d", "why").stdout.strip()
    tk("comment", known, "not committed either")
    tk("close", known, made)
    tk("reopen", made)
    before = [event["id"] for event in events(store)]
    for command in COMMANDS[loss]:
        git(*command)
    assert WARNING in tk("list").stderr
    assert WARNING.partition(":")[0] in tk("doctor", check=False).stdout
    tk("recover")
    assert [event["id"] for event in events(store)] == before
    assert (store / ".tasks/queue/closed" / f"{known}.events.jsonl").is_file()
    assert Queue(store).folder(made) == "open"
    assert tk("list").stderr == ""
    assert tk("recover").stdout == "Nothing is missing.\n"
    sound(store)


def test_a_stash_is_no_loss_until_it_is_dropped(store: Path, tk: Runner, git: Runner, known: str) -> None:
    tk("comment", known, "put aside")
    git("stash", "-q")
    assert tk("list").stderr == ""
    git("stash", "drop", "-q")
    (store / ".tasks/cache.db").unlink()  # a new look, as after any change
    assert "1 event that was never committed vanished" in tk("list").stderr
    tk("recover")
    assert [comment["text"] for comment in json.loads(tk("comments", known, "--json").stdout)] == ["put aside"]


def test_what_another_branch_has_is_no_loss(store: Path, tk: Runner, git: Runner, known: str) -> None:
    git("checkout", "-qb", "side")
    tk("create", "Elsewhere")
    tk("close", known)
    git("add", "-A")
    git("commit", "-qm", "On the side")
    git("checkout", "-q", "main")
    assert tk("list").stderr == ""
    assert tk("recover").stdout == "Nothing is missing.\n"


def test_they_are_let_go_once_they_are_committed(store: Path, tk: Runner, git: Runner, known: str) -> None:
    tk("sync")
    assert second_names(store) == []
    for k in range(3):
        tk("comment", known, f"comment {k}")
    assert len(second_names(store)) == 1
    tk("sync")
    assert len(second_names(store)) == 1
    git("commit", "-qam", "Comments")
    tk("sync")
    assert second_names(store) == []
    tk("comment", known, "one more")
    assert len(second_names(store)) == 1


def test_a_batch_and_an_import_too(store: Path, tk: Runner, git: Runner, known: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"nodes": [{"key": str(k), "title": f"Node {k}"} for k in range(3)], "edges": []}))
    tk("create", "--graph", plan)
    lines = [json.dumps({"id": f"bd-{k}", "title": "Imported", "status": "open"}) for k in range(3)]
    tk("import", "-", input="\n".join(lines) + "\n")
    git("clean", "-fdq")
    assert f"6 events {WARNING}" in tk("list").stderr
    tk("recover")
    assert len(json.loads(tk("list", "--json").stdout)) == 7
    sound(store)


def test_a_store_that_was_never_committed_comes_back_as_a_log(store: Path, tk: Runner) -> None:
    """What the settings were nothing tells any more."""
    task = tk("create", "A task").stdout.strip()
    shutil.rmtree(store / ".tasks")
    tk("recover")
    assert json.loads(tk("show", task, "--json").stdout)[0]["title"] == "A task"
    tk("config", "set", "backend", "files")
    assert Queue(store).folder(task) == "open"
    sound(store)

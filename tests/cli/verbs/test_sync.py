"""``tk sync``: told once what came in, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Runner

TASKS = "created updated closed finished claimed lost_claims conflicts suspended"
KEYS = f"imported repaired {TASKS} records unreachable".split()
Commit = Callable[[str], None]


@pytest.fixture
def commit(git: Runner) -> Commit:
    def commit(message: str) -> None:
        git("add", "-A")
        git("commit", "-q", "-m", message)

    return commit


def synced(tk: Runner, cwd: Path | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tk("sync", "--json", cwd=cwd).stdout)
    assert list(found) == KEYS
    return found


def new(tk: Runner, *args: str) -> str:
    return tk("create", *args).stdout.strip()


def nothing(**but: Any) -> dict[str, Any]:
    return {**{key: 0 if key == "imported" else [] for key in KEYS}, **but}


def test_nothing_new(store: Path, tk: Runner) -> None:
    new(tk, "mine")
    assert synced(tk) == nothing()
    assert tk("sync").stdout == "Nothing new came in.\n"
    assert tk("sync", "-q").stdout == ""


def test_events_that_moved_to_another_file_are_no_news(store: Path, tk: Runner, commit: Commit) -> None:
    """As a pull of a compaction has it, or the merge of a copied clone."""
    new(tk, "committed")
    commit("begin")
    kept = next((store / ".tasks/log").rglob("*.jsonl"))
    new(tk, "mine")
    (moved,) = {*(store / ".tasks/log").rglob("*.jsonl")} - {kept}
    kept.write_bytes(kept.read_bytes() + moved.read_bytes())
    moved.unlink()
    assert "Gone with" not in tk("status").stdout
    assert synced(tk) == nothing()


def test_a_pull_from_another_clone(store: Path, git: Runner, tk: Runner, commit: Commit, tmp_path: Path) -> None:
    first, second, third = (new(tk, title) for title in ("one", "two", "three"))
    commit("begin")
    other = tmp_path / "other"
    git("clone", "-q", store, other)
    for args in (("close", first), ("claim", second), ("update", third, "--priority", "0"), ("create", "four")):
        tk(*args, cwd=other)
    fourth = json.loads(tk("list", "--json", cwd=other).stdout)
    git("add", "-A", cwd=other)
    git("commit", "-q", "-m", "work", cwd=other)
    git("pull", "-q", "--ff-only", other, "main")
    tk("ready")  # a reading verb takes it in first; sync tells it all the same
    found = synced(tk)
    created = [issue["id"] for issue in fourth if issue["title"] == "four"]
    assert found == nothing(imported=4, closed=[first], claimed=[second], updated=[third], created=created)
    assert synced(tk) == nothing()


def test_in_words(store: Path, git: Runner, tk: Runner, commit: Commit) -> None:
    task = new(tk, "one")
    commit("begin")
    git("checkout", "-q", "-b", "side")
    tk("update", task, "--title", "theirs")
    commit("side")
    git("checkout", "-q", "main")
    tk("sync")
    tk("update", task, "--title", "ours")
    commit("main")
    git("merge", "-q", "-m", "merge", "side")
    assert tk("sync").stdout == (
        "1 event came in: 1 task changed\n"
        f"  changed         {task}  ours\n"
        f"  concurrent edit {task}  ours\n"
        "  'tk conflicts' shows both values of each\n"
    )


def test_a_lost_claim_and_a_suspended_dependency(store: Path, git: Runner, tk: Runner, commit: Commit) -> None:
    first, second = new(tk, "one"), new(tk, "two")
    commit("begin")
    git("checkout", "-q", "-b", "side")
    tk("claim", first, "--actor", "bob")
    tk("dep", "add", second, first)
    commit("side")
    git("checkout", "-q", "main")
    tk("claim", first, "--actor", "ada")
    tk("dep", "add", first, second)
    commit("main")
    git("merge", "-q", "-m", "merge", "side")
    found = synced(tk)
    assert (found["claimed"], found["lost_claims"], found["suspended"]) == ([first], [first], [first])
    assert (found["imported"], found["updated"]) == (2, [second])


def test_a_revert_and_its_revert(store: Path, git: Runner, tk: Runner, commit: Commit) -> None:
    new(tk, "one")
    commit("one")
    task = new(tk, "two")
    commit("two")
    git("revert", "--no-edit", "HEAD")
    found = synced(tk)
    assert (found["imported"], len(found["unreachable"])) == (0, 1)
    git("revert", "--no-edit", "HEAD")
    assert synced(tk) == nothing(imported=1, created=[task])


def test_conflict_markers(store: Path, tk: Runner, commit: Commit) -> None:
    new(tk, "one"), new(tk, "two")
    segment = next((store / ".tasks/log").rglob("*.jsonl"))
    one, two = segment.read_bytes().splitlines(keepends=True)
    commit("begin")
    segment.write_bytes(b"<<<<<<< HEAD\n" + one + b"=======\n" + two + b">>>>>>> x\n")
    done = tk("list")
    assert f"conflict markers in {segment.relative_to(store)}: the next write, or 'tk sync'" in done.stderr
    assert len(done.stdout.splitlines()) == 2
    done = tk("sync")
    assert "Dropped the conflict markers from .tasks/log/" in done.stdout
    assert done.stderr == ""
    assert segment.read_bytes() == one + two
    assert tk("list").stderr == ""
    segment.write_bytes(b"<<<<<<< HEAD\n" + one + b"=======\n" + two + b">>>>>>> x\n")
    assert synced(tk)["repaired"] == [segment.relative_to(store / ".tasks/log").as_posix()]


@pytest.mark.slow
def test_so_much_that_the_cache_is_made_anew(store: Path, git: Runner, tk: Runner, tmp_path: Path) -> None:
    new(tk, "one")
    tk("ready")
    lines = "".join(
        json.dumps(
            {
                "id": f"01M7X1Z09K8PMSFDTGJ8{k:06d}",
                "type": "task.created",
                "task": f"x-{k}",
                "at": "2026-11-20T18:02:11.123Z",
                "by": {},
                "data": {"title": "t"},
            },
            separators=(",", ":"),
        )
        + "\n"
        for k in range(6000)
    )
    folder = store / ".tasks/log/2026-11/20"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "01M7X1Z09K8PMSFDTGJ8000000.jsonl").write_text(lines)
    found = synced(tk)
    assert (found["imported"], len(found["created"])) == (6000, 6000)
    assert "and 5980 more" not in tk("sync").stdout

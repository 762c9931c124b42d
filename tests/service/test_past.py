"""The log at a revision and at a time; libgit2 and the git command give the same answers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bd_py import git as door
from bd_py import query, query_detail
from bd_py.errors import NotFoundError, TkError
from bd_py.paths import LOG, Paths
from bd_py.service import past, revision
from bd_py.service.state_at import state_at
from bd_py.workspace import Workspace
from tests.inprocess import Cli

Commit = Callable[[str], str]


@pytest.fixture
def commit(repo: Path) -> Commit:
    def commit(message: str) -> str:
        for words in (["add", "-A"], ["commit", "-q", "--allow-empty", "-m", message]):
            subprocess.run(["git", *words], cwd=repo, check=True)
        found = door.commit(str(repo), "HEAD")
        assert found
        return found

    return commit


@pytest.fixture
def workspace(repo: Path, cli: Cli) -> Iterator[Workspace]:
    with closing(Workspace(Paths(str(repo / ".tasks")))) as found:
        yield found


def types(found: list[dict[str, object]]) -> list[str]:
    return [str(event["type"]).removeprefix("task.") for event in found]


def test_between_two_commits(cli: Cli, commit: Commit, workspace: Workspace) -> None:
    task = cli.new("one")
    first = commit("first")
    cli("update", task, "--title", "two")
    cli("comment", task, "text")
    second = commit("second")
    found = past.difference(workspace, first, second)
    assert (found.old, found.new, types(found.added), found.removed) == (
        *(first, second),
        *(["updated", "note.append"], []),
    )
    back = past.difference(workspace, "HEAD", "HEAD~1")
    assert (back.added, types(back.removed)) == ([], ["updated", "note.append"])
    assert past.difference(workspace, first, first).to_json() == {
        "from": first,
        "to": first,
        "added": [],
        "removed": [],
    }


def test_against_the_log_as_it_stands(cli: Cli, commit: Commit, workspace: Workspace) -> None:
    first = commit("first")
    cli.new("one")
    found = past.difference(workspace, "HEAD", None)
    assert (found.old, found.new, types(found.added), found.removed) == (first, None, ["created"], [])


def test_the_same_event_in_another_file_is_no_difference(
    cli: Cli, repo: Path, commit: Commit, workspace: Workspace
) -> None:
    cli.new("one")
    first = commit("first")
    cli.new("two")
    segments = sorted((repo / ".tasks/log").rglob("*.jsonl"))
    pack = segments[0].with_name("pack-0123.jsonl")
    pack.write_bytes(b"".join(path.read_bytes() for path in segments))
    both = commit("a pack beside its sources")
    segments[0].unlink()
    alone = commit("and alone")
    assert types(past.difference(workspace, first, both).added) == ["created"]
    assert past.difference(workspace, both, alone).to_json()["added"] == []
    assert past.difference(workspace, both, alone).removed == []


@pytest.fixture(params=["sha1", "sha256", "in a subfolder", "without pygit2"])
def kind(request: pytest.FixtureRequest, repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store in a repository of some kind, with two commits."""
    root = repo
    if request.param == "sha256":
        root = repo.parent / "wide"
        subprocess.run(["git", "init", "-q", "--object-format=sha256", str(root)], check=True)
    elif request.param == "in a subfolder":
        root = repo / "a é/b"
        root.mkdir(parents=True)
        (root / ".tasks").mkdir()  # the store of this folder
    elif request.param == "without pygit2":
        monkeypatch.setitem(__import__("sys").modules, "pygit2", None)
    return root


def test_every_kind_of_repository(kind: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(kind)
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")
    cli = Cli(kind)
    cli("init")
    task = cli.new("one")
    for words in (["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], cwd=kind, check=True)
    cli("update", task, "--title", "two")
    assert cli.json("show", task, "--at", "HEAD")[0]["title"] == "one"
    assert [event["type"] for event in cli.json("diff")["added"]] == ["task.updated"]
    assert cli.json("diff", "HEAD..HEAD")["added"] == []
    monkeypatch.setattr(revision, "FEW", 0)
    subprocess.run(["git", "add", "-A"], cwd=kind, check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "second"], cwd=kind, check=True)
    assert [event["type"] for event in cli.json("diff", "HEAD~1..HEAD")["added"]] == ["task.updated"]


def test_both_ways_of_reading_agree(cli: Cli, repo: Path, commit: Commit) -> None:
    cli.new("one")
    commit("first")
    cli.new("é")
    oids = sorted({*door.tree(str(repo), commit("second"), LOG).values(), "0" * 40})
    found = revision._by_libgit2(str(repo), oids)
    assert found == door.blobs(str(repo), oids)
    assert len(found) == 2


@pytest.mark.parametrize("few", [0, revision.FEW])
def test_every_commit_is_as_it_was(
    cli: Cli, repo: Path, commit: Commit, workspace: Workspace, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `show` said at each commit of two branches, `show --at` says of it from either."""
    monkeypatch.setattr(revision, "FEW", few)
    tasks = [cli.new(f"task {k}", "-l", "l") for k in range(4)]
    one, two, three, four = tasks
    steps: dict[str, list[tuple[str, ...]]] = {
        "main": [("dep", "add", one, two), ("close", two, "-r", "done"), ("update", three, "--parent", one)],
        "side": [("block", four, "why"), ("dep", "add", one, four), ("delete", two), ("restore", two)],
        "again": [("dep", "remove", one, two), ("claim", three), ("comment", one, "text")],
    }
    said: dict[str, list[dict[str, object]]] = {}
    for branch, lines in steps.items():
        subprocess.run(["git", "checkout", "-q", "-b", f"x-{branch}"], cwd=repo, check=True)
        for words in lines:
            cli(*words)
            said[commit(" ".join(words))] = cli.json("show", *tasks, check=False)
        if branch == "side":
            subprocess.run(["git", "checkout", "-q", "x-main"], cwd=repo, check=True)
    cli("update", one, "--title", "not committed")
    for where in ("x-again", "x-side"):
        subprocess.run(["git", "checkout", "-q", where], cwd=repo, check=True)
        for rev, expected in said.items():
            assert cli.json("show", *tasks, "--at", rev, check=False) == expected


def test_no_such_revision(workspace: Workspace, commit: Commit) -> None:
    commit("first")
    for old, new in (("nope", "HEAD"), ("HEAD", "nope"), ("nope", None), ("--all", "HEAD"), ("", "HEAD")):
        with pytest.raises(NotFoundError, match="no revision"):
            past.difference(workspace, old, new)
    with pytest.raises(NotFoundError, match="neither a revision nor a time"):
        state_at(workspace, "nope", ["x"])


def test_a_clone_in_part(cli: Cli, commit: Commit, workspace: Workspace, repo: Path) -> None:
    cli.new("one")
    head = commit("first")
    [(name, oid)] = revision.segments(str(repo), head).items()
    (repo / name).unlink()
    (repo / f".git/objects/{oid[:2]}/{oid[2:]}").unlink()
    with pytest.raises(TkError, match=r"a part of the log of .* is not in this clone \(missing blobs: 1\)"):
        past.difference(workspace, head, None)


def test_state_at_a_revision(cli: Cli, commit: Commit, workspace: Workspace) -> None:
    task, other = cli.new("one", "-l", "old"), cli.new("other")
    cli("dep", "add", task, other)
    then = cli.task(task)
    first = commit("first")
    cli("update", task, "--title", "two", "--set-labels", "new")
    cli("close", other)
    cli("delete", task)
    with closing(state_at(workspace, first, [task])) as conn:
        assert query_detail.detail(conn, task) == then
        assert query.is_ready(conn, other)
    with closing(state_at(workspace, "now", [task])) as conn:
        assert query.get(conn, [task]) == []


def test_state_at_a_time(cli: Cli, workspace: Workspace) -> None:
    task = cli.new("one")
    created = cli.task(task)["created_at"]
    cli("update", task, "--title", "two")
    with closing(state_at(workspace, created, ["one", task[:6]])) as conn:
        assert query.get(conn, [task])[0]["title"] == "one"
    with closing(state_at(workspace, "-1d", [task])) as conn:
        assert query.get(conn, [task]) == []

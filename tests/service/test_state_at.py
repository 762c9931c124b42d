"""What `state_at` folds of a moment's log gives the same answers as a fold of all of it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bd_py import config, ids, query_detail, times
from bd_py.cache.build import in_memory
from bd_py.cache.level import Connection
from bd_py.errors import TkError
from bd_py.paths import Paths
from bd_py.service.resolve import resolve
from bd_py.service.state_at import state_at
from bd_py.workspace import Workspace
from tests.acceptance import strategies as some
from tests.acceptance.support import BASE_MS, line, make_store, put_segment
from tests.inprocess import Cli

REFS = [*some.TASKS, "a", "tk-", "A", "B", "C", "nobody"]
"""Ids, one without its prefix, the beginning of them all, and names."""
_TYPES = (
    *("task.created", "task.created", "task.dep.add", "task.dep.add", "task.dep.add", "task.dep.remove"),
    *("task.deleted", "task.restored", "task.closed", "task.status.set", "task.blocker.add", "task.updated"),
)


@st.composite
def histories(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """Segments of events whose times are, as those of any clock, not ahead of their ids."""
    found = []
    numbers = iter(draw(st.permutations(range(40))))
    for _ in range(draw(st.integers(2, 5))):
        events = []
        for _ in range(draw(st.integers(1, 6))):
            type_ = draw(st.sampled_from(_TYPES))
            ms = BASE_MS + next(numbers) * 86_400_000
            data = draw(some.payload(type_))
            if type_ == "task.created" and draw(st.booleans()):
                data["dependencies"] = draw(st.lists(some.edges, max_size=2))
            made = {"id": ids.encode(ms, 1), "type": type_, "task": draw(some.tasks), "at": times.iso(ms)}
            events.append({**made, "by": {"name": "bob"}, "data": data})
        found.append(events)
    return found


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def answers(conn: Connection) -> dict[str, Any]:
    """What each word means there, and all about it."""
    out: dict[str, Any] = {}
    for ref in REFS:
        try:
            out[ref] = query_detail.detail(conn, resolve(conn, "tk", ref))
        except TkError as error:
            out[ref] = (error.code, error.details.get("matches"))
    return out


def answers_of_some(workspace: Workspace, when: str) -> dict[str, Any]:
    """The same, each from a fold of what it alone hangs on."""
    out = {}
    for ref in REFS:
        with closing(state_at(workspace, when, [ref])) as conn:
            out[ref] = answers(conn)[ref]
    return out


def whole(where: Paths) -> Connection:
    return in_memory(where, config.load(where.config))


@given(segments=histories(), data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_is_the_fold_of_the_whole_log(segments: list[list[dict[str, Any]]], data: st.DataObject) -> None:
    root = Path(tempfile.mkdtemp(prefix="state-at-"))
    try:
        where = make_store(root / "store", git=False)
        git(root / "store", "init", "-q")
        then: dict[str, dict[str, Any]] = {}
        for k, events in enumerate(segments):
            change_one(data, where, k)
            put_segment(where, f"2026-11/{k}.jsonl", map(line, events))
            if data.draw(st.booleans(), label="commit"):
                git(root / "store", "add", "-A")
                git(root / "store", "commit", "-q", "-m", str(k))
                with closing(whole(where)) as conn:
                    then[git(root / "store", "rev-parse", "HEAD")] = answers(conn)
        with closing(Workspace(Paths(where.tasks))) as workspace:
            for commit, expected in then.items():
                assert answers_of_some(workspace, commit) == expected
            until = times.iso(BASE_MS + data.draw(st.integers(-1, 40), label="day") * 86_400_000)
            assert answers_of_some(workspace, until) == answers_until(where, root / "old", until)
    finally:
        shutil.rmtree(root)


def change_one(data: st.DataObject, where: Paths, k: int) -> None:
    """Now and then an older segment goes, or its events stand in a pack, beside it or alone."""
    older = sorted(Path(where.log).rglob("*.jsonl"))
    what = data.draw(st.sampled_from(["", "", "gone", "packed", "copied"]), label="change")
    if older and what:
        path = data.draw(st.sampled_from(older), label="older")
        if what != "gone":
            path.with_name(f"pack-{k}.jsonl").write_bytes(path.read_bytes())
        if what != "copied":
            path.unlink()


def answers_until(where: Paths, old: Path, until: str) -> dict[str, Any]:
    """Of a log that ends with a time."""
    import json

    before = make_store(old, git=False)
    for path in Path(where.log).rglob("*.jsonl"):
        kept = [raw for raw in path.read_bytes().splitlines(keepends=True) if json.loads(raw)["at"] <= until]
        put_segment(before, path.name, kept)
    with closing(whole(before)) as conn:
        return answers(conn)


def test_it_folds_no_more_than_the_answer_hangs_on(cli: Cli, repo: Path) -> None:
    """Neither tasks that are linked to what it is linked to, nor those that merely depend on one of these."""
    tasks = [cli.new(f"task {k}") for k in range(8)]
    one, epic, *rest = tasks
    for task in (one, *rest):
        cli("update", task, "--parent", epic)
    cli("dep", "add", rest[0], rest[1])
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "first")
    cli("close", rest[2])
    with (
        closing(Workspace(Paths(str(repo / ".tasks")))) as workspace,
        closing(state_at(workspace, "HEAD", [one])) as conn,
    ):
        folded = {row[0] for row in conn.execute("SELECT id FROM issues")}
        assert folded == {one, epic, rest[2]}, "the last was closed since: its dependency is looked at then"
        assert query_detail.detail(conn, one)["dependencies"][0]["dependent_count"] == 7

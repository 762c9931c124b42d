"""What `state_at` folds of a moment's log gives the same answers as a fold of all of it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
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
from tests.torture.sizes import size

REAL = some.TASKS
REFS = [*some.TASKS, "tk-new", "a", "tk-", "A", "B", "C", "nobody"]
"""Ids, one without its prefix, the beginning of them all, and names."""
_TYPES = (
    *("task.created", "task.created", "task.dep.add", "task.dep.add", "task.dep.add", "task.dep.remove"),
    *("task.deleted", "task.restored", "task.closed", "task.status.set", "task.blocker.add", "task.updated"),
)


def made(type_: str, task: str, day: int, data: dict[str, Any]) -> dict[str, Any]:
    """An event of a day."""
    ms = BASE_MS + day * 86_400_000
    found = {"id": ids.encode(ms, 1), "type": type_, "task": task, "at": times.iso(ms)}
    return {**found, "by": {"name": "bob"}, "data": data}


@st.composite
def histories(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """Segments of events whose times are, as those of any clock, not ahead of their ids."""
    found = [[made("task.created", task, k, {"title": task}) for k, task in enumerate(some.TASKS)]]
    numbers = iter(draw(st.permutations(range(5, 40))))
    for _ in range(draw(st.integers(2, 5))):
        events = []
        for _ in range(draw(st.integers(1, 6))):
            type_ = draw(st.sampled_from(_TYPES))
            data = draw(some.payload(type_))
            if type_ == "task.created" and draw(st.booleans()):
                data["dependencies"] = draw(st.lists(some.edges, max_size=2))
            events.append(made(type_, draw(some.tasks), next(numbers), data))
        found.append(events)
    return found


A, B, C, D, _ = some.TASKS
ON_B = {"on": B, "type": "blocks"}
LOST: dict[str, tuple[list[Any], list[Any]]] = {
    "removed": ([("task.dep.add", A, ON_B)], [("task.dep.remove", A, ON_B)]),
    "deleted": ([("task.dep.add", A, ON_B)], [("task.deleted", A, {})]),
    "created again": (
        [("task.created", "tk-new", {"title": "1", "dependencies": [ON_B]})],
        [("task.created", "tk-new", {"title": "2"})],
    ),
    "restored in between": (
        [("task.dep.add", A, ON_B), ("task.deleted", A, {}), ("task.restored", A, {})],
        [("task.deleted", A, {})],
    ),
    "a child that one waits for": (
        [("task.dep.add", A, {"on": B, "type": "waits-for"}), ("task.dep.add", C, {"on": B, "type": "parent-child"})],
        [("task.dep.remove", C, {"on": B, "type": "parent-child"})],
    ),
    "a child that stays": (
        [("task.dep.add", A, {"on": B, "type": "waits-for"}), ("task.dep.add", C, {"on": B, "type": "parent-child"})],
        [("task.updated", A, {"set": {"title": "x"}})],
    ),
    "a blocked ancestor": (
        [
            ("task.dep.add", A, {"on": C, "type": "parent-child"}),
            ("task.dep.add", C, {"on": D, "type": "parent-child"}),
            ("task.dep.add", D, ON_B),
        ],
        [("task.closed", B, {"resolution": "completed"})],
    ),
    "a cycle": (
        [("task.dep.add", A, ON_B), ("task.dep.add", B, {"on": C}), ("task.dep.add", C, {"on": A})],
        [("task.dep.remove", A, ON_B)],
    ),
}
"""What is so at a commit, and what ends it afterwards."""


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


@pytest.mark.parametrize("goes", ["by events", "with its segment", "with all segments"])
@pytest.mark.parametrize("case", LOST)
def test_a_dependency_that_is_no_more(tmp_path: Path, case: str, goes: str) -> None:
    where = make_store(tmp_path / "store", git=False)
    git(tmp_path / "store", "init", "-q")
    put_segment(where, "2026-11/0.jsonl", [line(made("task.created", x, k, {"title": x})) for k, x in enumerate(REAL)])
    there, since = LOST[case]
    put_segment(
        where, "2026-11/1.jsonl", [line(made(kind, task, 10 + k, data)) for k, (kind, task, data) in enumerate(there)]
    )
    git(tmp_path / "store", "add", "-A")
    git(tmp_path / "store", "commit", "-q", "-m", "then")
    with closing(whole(where)) as conn:
        expected = answers(conn)
    if goes == "by events":
        put_segment(
            where,
            "2026-11/2.jsonl",
            [line(made(kind, task, 20 + k, data)) for k, (kind, task, data) in enumerate(since)],
        )
    for path in Path(where.log).rglob("*.jsonl"):
        if goes == "with all segments" or (goes == "with its segment" and path.name == "1.jsonl"):
            path.unlink()
    with closing(Workspace(Paths(where.tasks))) as workspace:
        assert answers_of_some(workspace, "HEAD") == expected
        with closing(whole(where)) as conn:
            assert answers(conn) != expected
        if goes == "by events":
            assert answers_of_some(workspace, times.iso(BASE_MS + 15 * 86_400_000)) == expected


@given(segments=histories(), data=st.data())
@settings(max_examples=size(12, 25), deadline=None, suppress_health_check=list(HealthCheck))
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

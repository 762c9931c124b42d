"""``links.commits`` merges member by member: whatever two branches add or take away, in whatever order it arrives."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.fold.task import fold_task
from bd_py.statuses import BUILT_IN_STATUSES
from tests.conftest import Runner

TASK = "tk-a"
FIELD = "links.commits"


def event(number: int, value: Any, seen: int | str | None = "none named") -> dict[str, Any]:
    """``links.commits`` set to ``value`` by one that saw what event ``seen`` had set."""
    found: dict[str, Any] = {"id": name(number), "type": "task.updated", "task": TASK, "at": "2026-11-20T12:00:00.000Z"}
    found |= {"by": {"name": "ada"}, "data": {"set": {FIELD: value}}}
    return found if seen == "none named" else {**found, "prev": {FIELD: None if seen is None else name(int(seen))}}


def name(number: int) -> str:
    return f"01JD3M6Q0R8V5T3C1N9XW2{number:04d}"


def created(*commits: str) -> dict[str, Any]:
    data = {"title": "t", "links": {"commits": list(commits)}} if commits else {"title": "t"}
    return {**event(0, None), "type": "task.created", "data": data}


def folded(*events: dict[str, Any]) -> list[str]:
    """The list, the same for every order of arrival, without any conflict."""
    found: list[list[str]] = []
    for order in itertools.permutations(events):
        task = fold_task(TASK, list(order), BUILT_IN_STATUSES)
        assert task.conflicts == []
        found.append(task.fields.get(FIELD, []))
    assert all(one == found[0] for one in found)
    return found[0]


def test_two_that_add() -> None:
    assert folded(created(), event(1, ["a"], None), event(2, ["b"], None)) == ["a", "b"]
    assert folded(created("z"), event(1, ["z", "a"], 0), event(2, ["z", "b"], 0)) == ["z", "a", "b"]


def test_one_that_goes_on_without_having_seen_the_other() -> None:
    both = created(), event(1, ["a"], None), event(2, ["b"], None)
    assert folded(*both, event(3, ["b", "c"], 2)) == ["a", "b", "c"]
    assert folded(*both, event(3, ["a", "b", "c"], 2)) == ["a", "b", "c"]


def test_one_that_takes_away() -> None:
    assert folded(created("a", "b"), event(1, ["a"], 0)) == ["a"]
    assert folded(created("a", "b"), event(1, ["a"], 0), event(2, ["a", "b", "c"], 0)) == ["a", "c"]
    assert folded(created("a", "b"), event(1, None, 0), event(2, ["a", "b", "c"], 0)) == ["c"]


def test_one_that_saw_what_is_not_here() -> None:
    assert folded(created("a"), event(2, ["b"], 1)) == ["a", "b"]
    assert folded(created("a"), event(1, ["x"], 0), event(2, ["b"], 1)) == ["b"]


def test_an_import_that_names_nothing_sets_the_whole() -> None:
    assert folded(created("a"), event(1, ["b"])) == ["b"]


def test_what_no_writer_would_write() -> None:
    assert folded(created("a"), event(1, "text", 0)) == ["a"]
    assert folded(created("a"), event(1, [7, "b", None], 0)) == ["b"]
    assert folded(created("a"), {**event(1, ["b"], 0), "prev": {FIELD: ["no", "id"]}}) == ["a", "b"]


@given(st.data())
def test_nothing_that_was_added_is_lost(data: st.DataObject) -> None:
    """Some writers in turn, each with a part of the others' events, add members of their own."""
    events = [created()]
    wanted: set[str] = set()
    seen: dict[int, list[dict[str, Any]]] = {k: [events[0]] for k in range(3)}
    setter: dict[str, int | None]
    for number in range(1, data.draw(st.integers(1, 8)) + 1):
        who = data.draw(st.integers(0, 2))
        for other in range(3):
            if data.draw(st.booleans()):
                seen[who] += [e for e in seen[other] if e not in seen[who]]
        state = fold_task(TASK, seen[who], BUILT_IN_STATUSES)
        now, last = state.fields.get(FIELD, []), state.setter(FIELD)
        setter = {FIELD: None if last is None else int(last[-4:])}
        made = event(number, [*now, f"{who}-{number}"], setter[FIELD])
        wanted.add(f"{who}-{number}")
        events.append(made)
        seen[who].append(made)
    task = fold_task(TASK, data.draw(st.permutations(events)), BUILT_IN_STATUSES)
    assert set(task.fields.get(FIELD, [])) == wanted
    assert task.conflicts == []


@pytest.mark.parametrize("way", [("main", "side"), ("side", "main")])
def test_two_branches_through_git(store: Path, git: Runner, tk: Runner, way: tuple[str, str]) -> None:
    task = tk("create", "one", "--commit", "base").stdout.strip()
    git("add", ".tasks")
    git("commit", "-qm", "begin")
    git("checkout", "-q", "-b", "side")
    for branch in ("side", "main"):
        git("checkout", "-q", branch)
        tk("update", task, "--commit", f"of-{branch}", "--commit", "base")
        git("add", ".tasks")
        git("commit", "-qm", branch)
    git("checkout", "-q", way[0])
    git("merge", "-q", "--no-edit", way[1])

    def commits() -> list[str]:
        found: list[str] = json.loads(tk("show", task, "--json").stdout)[0]["links"]["commits"]
        cached, fold = tk("list", "--json").stdout, None
        tk("rebuild")
        fold = tk("list", "--json").stdout
        assert cached == fold
        return sorted(found)

    assert commits() == ["base", "of-main", "of-side"]
    assert json.loads(tk("conflicts", "--json").stdout) == []
    tk("update", task, "--commit", "of-side", "--commit", "new")  # takes away what came by the merge, too
    assert commits() == ["new", "of-side"]
    tk("undo")
    assert "of-main" in commits()

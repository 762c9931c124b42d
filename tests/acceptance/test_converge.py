"""Converge: the same set of events gives the same state, whatever the order, the split or the repetition."""

from __future__ import annotations

import shutil
import tempfile
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bd_py.paths import Paths
from tests.acceptance import strategies as some
from tests.acceptance.support import (
    Snapshot,
    assert_one_truth,
    event,
    event_id,
    line,
    make_store,
    put_segment,
    state,
    workspace,
)


@st.composite
def event_sets(draw: st.DrawFn) -> list[bytes]:
    """Lines with ids of their own, mostly about tasks that are there."""
    made = [event(event_id(-50, k), "task.created", task, {"title": task}) for k, task in enumerate(some.TASKS)]
    for _ in range(draw(st.integers(1, 14))):
        known = [each["id"] for each in made]
        made.append(draw(some.events(known, known)))
    for issue, on in draw(st.lists(st.tuples(some.tasks, some.tasks), max_size=6)):
        edge = {"on": on, "type": draw(st.sampled_from(some.WAITING))}
        made.append(event(event_id(draw(st.integers(-20, 20)), len(made)), "task.dep.add", issue, edge))
    return [line(each) for each in {each["id"]: each for each in made}.values()]


def split(data: st.DataObject, lines: list[bytes]) -> list[list[bytes]]:
    """The lines in any order in up to four files, some of them in several."""
    files: list[list[bytes]] = [[] for _ in range(data.draw(st.integers(1, 4)))]
    for each in data.draw(st.permutations(lines)):
        files[data.draw(st.integers(0, len(files) - 1))].append(each)
        if data.draw(st.integers(0, 4)) == 0:
            files[data.draw(st.integers(0, len(files) - 1))].append(each)
    return files


def arrive(files: list[list[bytes]], one_by_one: bool) -> Snapshot:
    """The state of a store that the files come to, all at once or with a catch-up between."""
    root = Path(tempfile.mkdtemp(prefix="converge-"))
    where: Paths = make_store(root)
    opened = workspace(where)
    try:
        for k, lines in enumerate(files):
            put_segment(where, f"2026-11/{k + 10}/{k}.jsonl", lines)
            if one_by_one:
                opened.refresh()
                _ = opened.conn
        assert_one_truth(opened)
        return state(opened.conn)
    finally:
        opened.close()
        shutil.rmtree(root)


@settings(max_examples=80)
@given(lines=event_sets(), data=st.data())
def test_converge(lines: list[bytes], data: st.DataObject) -> None:
    expected = arrive([lines], one_by_one=False)
    assert arrive(split(data, lines), one_by_one=True) == expected
    assert arrive([*split(data, lines), *split(data, lines)], one_by_one=True) == expected


@pytest.mark.parametrize("ring", ["ab", "ba", "cab", "bdc", "edca"])
def test_converge_on_a_ring(ring: str) -> None:
    """Whichever edge of a ring arrives last, the one that was added last is suspended."""
    tasks = [
        line(event(event_id(0, k), "task.created", f"tk-{name}", {"title": name})) for k, name in enumerate("abcde")
    ]
    pairs = list(zip(ring, ring[1:] + ring[0], strict=True))
    edges = [
        line(event(event_id(5, k), "task.dep.add", f"tk-{one}", {"on": f"tk-{other}", "type": "blocks"}))
        for k, (one, other) in enumerate(pairs)
    ]
    expected = arrive([[*tasks, *edges]], one_by_one=False)
    found = [(row["issue_id"], row["depends_on_id"]) for row in expected["suspended_dependencies"]]
    assert found == [(f"tk-{ring[-1]}", f"tk-{ring[0]}")]
    for order in permutations(edges):
        assert arrive([tasks, *([edge] for edge in order)], one_by_one=True) == expected


def test_converge_over_three_clones() -> None:
    """Claims, edits and deletions that did not know of each other, merged in every order."""
    created = event(event_id(0), "task.created", "tk-a", {"title": "A"})
    seen: dict[str, Any] = {"prev": {"title": event_id(0)}}
    ada = [event(event_id(5), "task.claimed", "tk-a", {"assignee": "ada"})]
    ada += [event(event_id(6), "task.updated", "tk-a", {"set": {"title": "By ada"}}, **seen)]
    bob = [event(event_id(3), "task.claimed", "tk-a", {"assignee": "bob"})]
    bob += [event(event_id(9), "task.released", "tk-a", {"hold": event_id(3)})]
    eve = [event(event_id(7), "task.updated", "tk-a", {"set": {"title": "By eve"}}, **seen)]
    sides = [[line(each) for each in side] for side in (ada, bob, eve)]
    first = [line(created)]
    expected = arrive([first, *sides], one_by_one=False)
    assert [(row["status"], row["title"]) for row in expected["issues"]] == [("open", "By eve")]
    assert [row["assignee"] for row in expected["lost_claims"]] == ["ada"]
    assert [(row["winner"], row["loser"]) for row in expected["conflicts"]] == [(event_id(7), event_id(6))]
    for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        assert arrive([first, *(sides[k] for k in order)], one_by_one=True) == expected
        assert arrive([*(sides[k] for k in order), first], one_by_one=True) == expected

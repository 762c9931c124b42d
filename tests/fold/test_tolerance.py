"""Replaying tolerates: whatever a payload holds, the fold makes a task of it that the tables can hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.cache import rows
from bd_py.cache.build import schema, statements
from bd_py.fold.task import fold_steps, fold_task
from bd_py.statuses import BUILT_IN_STATUSES
from tests.acceptance import strategies as some
from tests.acceptance.support import event, event_id

CATEGORIES = {**BUILT_IN_STATUSES, "qa": "done", "todo": "waiting"}


@pytest.fixture(scope="module")
def tables() -> Iterator[sqlite3.Connection]:
    """tk's tables, with every CHECK in force."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    for statement in statements(schema("schema.sql")):
        conn.execute(statement)
    yield conn
    conn.close()


def project(conn: sqlite3.Connection, events: list[dict[str, Any]]) -> None:
    """Fold the events of one task, and put what comes of it into the tables."""
    task = fold_task("tk-a", events, CATEGORIES)
    assert task.event_count == len(events)
    if not task.exists:
        return
    conn.execute("BEGIN")
    try:
        row = rows.to_row(task, len(task.conflicts))
        conn.execute(rows.INSERT_ROW, row)
        members: dict[str, list[tuple[Any, ...]]] = {table: [] for table in rows.MEMBER_TABLES}
        rows.members(task, members)
        for table, values in members.items():
            conn.executemany(rows.INSERT_MEMBER[table], values)
        loaded = rows.from_row(conn.execute(rows.SELECT, ("tk-a",)).fetchone(), CATEGORIES)
        assert rows.to_row(loaded, loaded.conflict_count) == row
        for name in {*task.fields, *task.setters}:
            assert loaded.fields.get(name) == task.fields.get(name)
            assert loaded.setter(name) == task.setter(name)
        assert loaded.hold == task.hold
    finally:
        conn.execute("ROLLBACK")


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Events of one task, most of them with payloads that no writer lets through; often with a creation."""
    made: list[dict[str, Any]] = []
    kinds = draw(st.lists(st.sampled_from(some.TASK_TYPES), min_size=1, max_size=8))
    for k, type_ in enumerate(kinds):
        id_ = event_id(draw(st.integers(0, 9)), k)
        data = draw(some.wrong_payload(type_) | some.payload(type_, [each["id"] for each in made] or ["none"]))
        made.append(event(id_, type_, "tk-a", data, at=draw(some.times), by=draw(st.none() | some.json_values)))
    if draw(st.integers(0, 3)):
        made.append(event(event_id(draw(st.integers(0, 9)), 99), "task.created", "tk-a", {"title": "A"}))
    return made


@given(events=histories())
def test_any_payload_makes_a_task_that_the_tables_can_hold(
    tables: sqlite3.Connection, events: list[dict[str, Any]]
) -> None:
    project(tables, events)


@given(events=histories(), data=st.data())
def test_converge_in_any_order(events: list[dict[str, Any]], data: st.DataObject) -> None:
    one = fold_task("tk-a", events, CATEGORIES)
    other = fold_task("tk-a", data.draw(st.permutations(events)), CATEGORIES)
    assert repr([getattr(one, name) for name in one.__slots__]) == repr([getattr(other, n) for n in one.__slots__])


@given(events=histories())
def test_steps_end_where_the_fold_ends(events: list[dict[str, Any]]) -> None:
    steps = list(fold_steps("tk-a", events, CATEGORIES))
    assert [step[0]["id"] for step in steps] == sorted(each["id"] for each in events)
    assert steps[-1][2] == fold_task("tk-a", events, CATEGORIES).fields
    for before, after in pairwise(steps):
        assert before[2] == after[1]


@pytest.mark.parametrize("type_", some.TASK_TYPES)
def test_the_payload_of_every_type_may_be_anything(tables: sqlite3.Connection, type_: str) -> None:
    @given(data=some.wrong_payload(type_))
    def check(data: Any) -> None:
        created = event(event_id(1), "task.created", "tk-a", {"title": "A", "status": "in_progress", "assignee": "bob"})
        project(tables, [created, event(event_id(2), type_, "tk-a", data)])
        project(tables, [created, event(event_id(0), type_, "tk-a", data)])

    check()

"""The use cases of a task, without a command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bd_py import query, query_detail, query_facts
from bd_py.errors import ConflictError, InvalidError, NotFoundError, TkError, TransitionError
from bd_py.service import tasks
from bd_py.workspace import Workspace
from bd_py.write import Write
from tests.inprocess import Cli


@pytest.fixture
def task(opened: Workspace) -> str:
    with opened.writing() as w:
        return tasks.create(w, "A task", {"description": "why"}, labels=["x"])


def test_create_gives_the_id(opened: Workspace, cli: Cli) -> None:
    with opened.writing() as w:
        one = tasks.create(w, " One ", {"owner": None, "links": {"pr": "#1"}}, labels=["b", "a", "b"])
        two = tasks.create(w, "Two", dependencies=[("blocks", one), ("blocks", one)], parent=one)
    assert [event["data"] for event in cli.events()] == [
        {"title": "One", "links": {"pr": "#1"}, "labels": ["b", "a"]},
        {
            "title": "Two",
            "dependencies": [{"on": one, "type": "blocks"}, {"on": one, "type": "parent-child"}],
        },
    ]
    assert [issue["id"] for issue in query.get(opened.conn, [two, "nope", one])] == [two, one]


def test_ids_are_not_used_again(opened: Workspace, task: str) -> None:
    with opened.writing() as w:
        tasks.delete(w, task)
        with pytest.raises(ConflictError, match="is taken"):
            tasks.create(w, "T", task_id=task)


@pytest.mark.parametrize("task_id", ["", "a b", "a/b", "a\n", "x" * 257])
def test_ids_are_checked(opened: Workspace, task_id: str) -> None:
    with opened.writing() as w, pytest.raises(InvalidError, match="is not allowed"):
        tasks.create(w, "T", task_id=task_id)


def test_a_write_that_fails_writes_nothing(opened: Workspace, cli: Cli) -> None:
    def create_two() -> None:
        with opened.writing() as w:
            tasks.create(w, "Good")
            tasks.create(w, "")

    with pytest.raises(InvalidError):
        create_two()
    assert cli.lines() == []
    assert query.issues(opened.conn, query.Filter(query.ALL)) == []


UNCHANGED: list[Callable[[Write, str], bool]] = [
    lambda w, t: tasks.set_fields(w, t, {}),
    lambda w, t: tasks.set_fields(w, t, {"title": "A task", "description": "why", "owner": None, "priority": 2}),
    lambda w, t: tasks.set_status(w, t, "open"),
    lambda w, t: tasks.set_status(w, t, "todo"),
    lambda w, t: tasks.reopen(w, t),
    lambda w, t: tasks.restore(w, t),
    lambda w, t: tasks.set_labels(w, t, add=["x"], remove=["y"]),
    lambda w, t: tasks.set_labels(w, t),
    lambda w, t: tasks.set_labels(w, t, add=["x"], remove=["x"]),
    lambda w, t: tasks.unblock(w, t),
    lambda w, t: tasks.undefer(w, t),
]


@pytest.mark.parametrize("change", UNCHANGED)
def test_what_changes_nothing_writes_no_event(
    opened: Workspace, cli: Cli, task: str, change: Callable[[Write, str], bool]
) -> None:
    with opened.writing() as w:
        assert change(w, task) is False
    assert cli.types(task) == ["created"]


CHANGES: list[Callable[[Write, str], object]] = [
    *UNCHANGED[:5],
    lambda w, t: tasks.restore(w, t),
    lambda w, t: tasks.close(w, t),
    lambda w, t: tasks.delete(w, t),
    lambda w, t: tasks.comment(w, t, "text"),
    lambda w, t: tasks.block(w, t, "text"),
    lambda w, t: tasks.defer(w, t, None),
    *UNCHANGED[6:],
]


@pytest.mark.parametrize("change", CHANGES)
def test_unknown_tasks(opened: Workspace, change: Callable[[Write, str], object]) -> None:
    with opened.writing() as w, pytest.raises(NotFoundError, match="task 'tk-nope' not found"):
        change(w, "tk-nope")


def test_several_changes_in_one_write(opened: Workspace, cli: Cli, task: str) -> None:
    """Each sees those before it, in memory; all of them go to the log at once."""
    with opened.writing() as w:
        assert tasks.set_fields(w, task, {"priority": 0, "meta.k": "v"})
        assert not tasks.set_fields(w, task, {"priority": 0})
        assert tasks.set_labels(w, task, add=["y"])
        assert not tasks.set_labels(w, task, add=["y"])
        assert tasks.defer(w, task, "2030-01-01T00:00:00.000Z")
        assert tasks.undefer(w, task)
        assert tasks.close(w, task, resolution="failed")
        assert not tasks.close(w, task, resolution="failed")
        assert cli.types(task) == ["created"]
    assert cli.types(task)[1:] == ["updated", "label.add", "status.set", "updated", "status.set", "updated", "closed"]
    assert cli.task(task)["status"] == "closed"


def test_an_item_can_be_undone_by_itself(opened: Workspace, cli: Cli, task: str) -> None:
    with opened.writing() as w:
        tasks.set_fields(w, task, {"priority": 1})
        token = w.begin_item()
        tasks.set_fields(w, task, {"priority": 3})
        tasks.set_labels(w, task, add=["y"])
        w.undo_item(token)
        assert w.state(task) is not None
        tasks.set_fields(w, task, {"owner": "ada"})
    assert cli.types(task) == ["created", "updated", "updated"]
    assert (cli.task(task)["priority"], cli.task(task)["labels"], cli.task(task)["owner"]) == (1, ["x"], "ada")


def test_types(opened: Workspace, task: str) -> None:
    with opened.writing() as w:
        for kind in ("bug", "agent"):
            assert tasks.set_fields(w, task, {"issue_type": kind})
        with pytest.raises(InvalidError) as caught:
            tasks.set_fields(w, task, {"issue_type": "bog"})
    assert (caught.value.hint or "").startswith("Did you mean bug? Types here: task, bug, ")


def test_types_of_the_project(cli: Cli, opened: Workspace, task: str) -> None:
    cli.configure('types = ["spike"]\n')
    with opened.writing() as w:
        assert tasks.set_fields(w, task, {"issue_type": "spike"})


def test_closing_is_not_a_status_that_is_set(opened: Workspace, task: str) -> None:
    with opened.writing() as w, pytest.raises(InvalidError):
        tasks.set_status(w, task, "closed")


def test_taking_the_assignee_from_what_is_held(opened: Workspace, task: str) -> None:
    from bd_py.service.claims import claim

    with opened.writing() as w:
        claim(w, task)
        with pytest.raises(TransitionError, match="is held by ada"):
            tasks.set_fields(w, task, {"assignee": None})


def test_blockers(opened: Workspace, task: str) -> None:
    with opened.writing() as w:
        key = tasks.block(w, task, "no key")
        w.flush()
        assert query_facts.open_blockers(w.conn, task) == ["no key"]
        assert tasks.unblock(w, task)
        w.flush()
        assert query_facts.open_blockers(w.conn, task) == []
        other = tasks.block(w, task, "again")
    assert key != other
    assert [b["status"] for b in query_detail.detail(opened.conn, task)["blockers"]].count("open") == 1


ODD: list[Callable[[Write, str], object]] = [
    lambda w, t: tasks.set_fields(w, t, {"title": None}),
    lambda w, t: tasks.set_fields(w, t, {"priority": "high"}),
    lambda w, t: tasks.set_fields(w, t, {"status": "closed"}),
    lambda w, t: tasks.set_fields(w, t, {"owner": "\ud83e"}),
    lambda w, t: tasks.comment(w, t, ""),
    lambda w, t: tasks.comment(w, t, "\ud83e"),
    lambda w, t: tasks.set_labels(w, t, add=[""]),
    lambda w, t: tasks.block(w, t, " "),
    lambda w, t: tasks.defer(w, t, "tomorrow"),
    lambda w, t: tasks.close(w, t, resolution="fine"),
    lambda w, t: tasks.delete(w, t, reason="\ud83e"),
]


@pytest.mark.parametrize("change", ODD)
def test_every_refusal_is_an_error_of_tk(opened: Workspace, task: str, change: Callable[[Write, str], object]) -> None:
    """Never a bare exception: the boundary would call it a bug."""
    with pytest.raises(TkError), opened.writing() as w:
        change(w, task)

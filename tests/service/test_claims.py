"""Claims as compare-and-set on the hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bd_py import paths, times
from bd_py.errors import ConflictError, NotFoundError, TransitionError
from bd_py.service import claims, tasks
from bd_py.workspace import Workspace
from tests.inprocess import Cli


@pytest.fixture
def grace(cli: Cli) -> Iterator[Workspace]:
    """Another actor in the same store."""
    opened = Workspace(paths.Paths(str(cli.root / ".tasks")), {"name": "grace", "session": "s1"})
    yield opened
    opened.close()


@pytest.fixture
def task(opened: Workspace) -> str:
    with opened.writing() as w:
        return tasks.create(w, "A task")


def test_one_holder(opened: Workspace, grace: Workspace, task: str) -> None:
    with grace.writing() as w:
        claims.claim(w, task)
    with opened.writing() as w, pytest.raises(ConflictError) as caught:
        claims.claim(w, task)
    assert caught.value.details == {"task": task, "holder": {"name": "grace", "session": "s1", "until": None}}


def test_two_claims_in_one_write(opened: Workspace, task: str, cli: Cli) -> None:
    with opened.writing() as w:
        claims.claim(w, task, ttl=5)
        claims.claim(w, task, ttl=50)
    first, second = (event for event in cli.events(task) if event["type"] == "task.claimed")
    assert second["data"]["hold"] == first["id"]
    assert cli.task(task)["hold"]["event"] == second["id"]


def test_for_another(opened: Workspace, task: str, cli: Cli) -> None:
    with opened.writing() as w:
        claims.claim(w, task, assignee="bob")
        with pytest.raises(ConflictError):
            claims.claim(w, task)
    assert cli.task(task)["assignee"] == "bob"


def test_what_the_fold_decides_is_what_was_checked(
    opened: Workspace, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that the service lets through takes effect: the clock is read once."""
    with opened.writing() as w:
        claims.claim(w, task, assignee="grace", ttl=1)
    start = times.to_ms(times.now())
    ticks = iter(range(start + 1_000, start + 10_000))
    monkeypatch.setattr(times, "now", lambda: times.iso(next(ticks)))
    with opened.writing() as w:
        claims.claim(w, task)
        w.flush()
        state = w.state(task)
        assert state is not None
        assert state.fields["assignee"] == "ada"


def test_the_first_that_can_be_had(opened: Workspace, grace: Workspace) -> None:
    with grace.writing() as w:
        held, closed, free = (tasks.create(w, name) for name in ("held", "closed", "free"))
        claims.claim(w, held)
        tasks.close(w, closed)
    with opened.writing() as w:
        assert claims.claim_next(w) == free
        w.flush()
        with pytest.raises(NotFoundError, match="nothing is ready"):
            claims.claim_next(w)


def test_release(opened: Workspace, grace: Workspace, task: str) -> None:
    with grace.writing() as w:
        claims.claim(w, task)
    with opened.writing() as w:
        with pytest.raises(ConflictError):
            claims.release(w, task)
        assert claims.release(w, task, force=True)
        assert not claims.release(w, task)


def test_release_of_what_an_import_left_in_progress(opened: Workspace, cli: Cli, task: str) -> None:
    with opened.writing() as w:
        w.add("task.status.set", task, {"status": "in_progress"})
    with opened.writing() as w:
        assert claims.release(w, task)
    assert cli.task(task)["status"] == "open"


def test_blocked_tasks(opened: Workspace, task: str) -> None:
    with opened.writing() as w:
        after = tasks.create(w, "B", dependencies=[("blocks", task)])
        with pytest.raises(TransitionError, match=f"is blocked by {task}"):
            claims.claim(w, after)
        claims.claim(w, after, blocked_too=True)

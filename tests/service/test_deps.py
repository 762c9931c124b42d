"""Dependencies: added, removed, refused."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bd_py.errors import CycleError, InvalidError, NotFoundError
from bd_py.fold.graph import WAITS
from bd_py.service import deps, tasks
from bd_py.workspace import Workspace
from tests.inprocess import Cli


@pytest.fixture
def abc(opened: Workspace) -> list[str]:
    with opened.writing() as w:
        return [tasks.create(w, name, task_id=f"tk-{name}") for name in "abc"]


def test_add_and_remove(opened: Workspace, cli: Cli, abc: list[str]) -> None:
    a, b, _ = abc
    with opened.writing() as w:
        assert deps.add(w, a, b)
        assert not deps.add(w, a, b)
        assert deps.add(w, a, b, "related")
        assert sorted(deps.remove(w, a, b)) == ["blocks", "related"]
        with pytest.raises(NotFoundError):
            deps.remove(w, a, b)
    assert cli.types(a) == ["created", "dep.add", "dep.add", "dep.remove", "dep.remove"]


@pytest.mark.parametrize("kind", WAITS)
@pytest.mark.parametrize("other", WAITS)
def test_every_kind_that_waits_can_close_a_cycle(opened: Workspace, abc: list[str], kind: str, other: str) -> None:
    a, b, c = abc
    with opened.writing() as w:
        deps.add(w, a, b, kind)
        deps.add(w, b, c, other)
        with pytest.raises(CycleError) as caught:
            deps.add(w, c, a, kind)
        assert caught.value.details == {"task": c, "depends_on": a}
        deps.add(w, c, a, "related")
        deps.add(w, c, a, "discovered-from")


def test_a_long_chain(opened: Workspace) -> None:
    with opened.writing() as w:
        chain = [tasks.create(w, str(k)) for k in range(300)]
        for one, other in pairwise(chain):
            deps.add(w, one, other)
        with pytest.raises(CycleError):
            deps.add(w, chain[-1], chain[0])


def test_itself_and_unknown(opened: Workspace, abc: list[str]) -> None:
    a, *_ = abc
    with opened.writing() as w:
        for kind in ("blocks", "related"):
            with pytest.raises(InvalidError, match="cannot depend on itself"):
                deps.add(w, a, a, kind)
        with pytest.raises(NotFoundError):
            deps.add(w, a, "other-1")
        assert deps.add(w, a, "other-1", force=True)
        with pytest.raises(InvalidError):
            deps.add(w, a, "not an id", force=True)


def test_a_task_of_the_same_write(opened: Workspace) -> None:
    with opened.writing() as w:
        a = tasks.create(w, "a")
        b = tasks.create(w, "b", dependencies=[("blocks", a)])
        with pytest.raises(CycleError):
            deps.add(w, a, b)


def test_parent(opened: Workspace, cli: Cli, abc: list[str]) -> None:
    a, b, c = abc
    with opened.writing() as w:
        assert deps.set_parent(w, a, b)
        assert not deps.set_parent(w, a, b)
        assert deps.set_parent(w, a, c)
        with pytest.raises(CycleError):
            deps.set_parent(w, c, a)
    assert cli.task(a)["parent"] == c
    with opened.writing() as w:
        assert deps.set_parent(w, a, None)
        assert not deps.set_parent(w, a, None)
    assert "parent" not in cli.task(a)


def test_a_suspended_parent_is_a_parent(opened: Workspace, cli: Cli, abc: list[str]) -> None:
    """It would count again as soon as its cycle is gone."""
    a, b, c = abc
    with opened.writing() as w:
        deps.set_parent(w, a, b)
        w.add("task.dep.add", b, {"on": a, "type": "parent-child"})  # as a merge brings it
    assert cli("dep", "cycles", "--json").json == [[b, a]]
    with opened.writing() as w:
        assert deps.set_parent(w, b, c)
    assert cli("dep", "cycles", "--json").json == []
    assert [on["id"] for on in cli.task(b)["dependencies"]] == [c]
    with opened.writing() as w:
        w.add("task.dep.add", b, {"on": a, "type": "parent-child"})
    with opened.writing() as w:
        assert deps.set_parent(w, b, None)
        assert not deps.set_parent(w, b, None)
    assert cli("dep", "cycles", "--json").json == []
    assert "dependencies" not in cli.task(b)


def test_the_parents_of_an_import_become_one(opened: Workspace, cli: Cli, abc: list[str]) -> None:
    a, b, c = abc
    with opened.writing() as w:
        deps.add(w, a, b, "parent-child")
        deps.add(w, a, c, "parent-child")
        assert deps.set_parent(w, a, b)
    assert cli.task(a)["parent"] == b
    assert len(cli.task(a)["dependencies"]) == 1

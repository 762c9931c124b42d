"""From what a person types to a task's id, and back to what they read."""

from __future__ import annotations

import pytest

from bd_py.errors import AmbiguousError, NotFoundError
from bd_py.service.resolve import resolve, shorten
from bd_py.service.tasks import create, delete
from bd_py.workspace import Workspace

IDS = ("tk-7f3k9q2m1x", "tk-7f3kzzzzzz", "tk-9aaaaaaaaa", "bd-a3f8", "bd-a3f8.1", "PROJ-12", "tk-beef")


@pytest.fixture
def filled(opened: Workspace) -> Workspace:
    with opened.writing() as w:
        for task_id in IDS:
            create(w, task_id, task_id=task_id)
        create(w, "gone", task_id="tk-dead000000")
        delete(w, "tk-dead000000")
    return opened


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        *((task_id, task_id) for task_id in IDS),
        ("tk-7f3k9", "tk-7f3k9q2m1x"),
        ("7f3k9", "tk-7f3k9q2m1x"),
        ("7F3KZ", "tk-7f3kzzzzzz"),
        ("TK-9A", "tk-9aaaaaaaaa"),
        ("9", "tk-9aaaaaaaaa"),
        ("9aaaaaaaaa", "tk-9aaaaaaaaa"),
        ("bd-a3f8", "bd-a3f8"),
        ("bd-a3f8.", "bd-a3f8.1"),
        ("PROJ", "PROJ-12"),
        ("beef", "tk-beef"),
    ],
)
def test_found(filled: Workspace, ref: str, found: str) -> None:
    assert resolve(filled.conn, "tk", ref) == found


@pytest.mark.parametrize(
    "ref", ["", " ", "nope", "tk-7f3k9q2m1xx", "%", "_", "tk-dead000000", "dead", "x" * 5000, "ü", "\udcff"]
)
def test_not_found(filled: Workspace, ref: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        resolve(filled.conn, "tk", ref)
    assert caught.value.details == {"ref": ref}
    assert type(caught.value) is NotFoundError


@pytest.mark.parametrize(
    ("ref", "matches"),
    [
        ("7", ["tk-7f3k9q2m1x", "tk-7f3kzzzzzz"]),
        ("tk-7f3k", ["tk-7f3k9q2m1x", "tk-7f3kzzzzzz"]),
        ("bd", ["bd-a3f8", "bd-a3f8.1"]),
    ],
)
def test_ambiguous(filled: Workspace, ref: str, matches: list[str]) -> None:
    with pytest.raises(AmbiguousError) as caught:
        resolve(filled.conn, "tk", ref)
    assert caught.value.details == {"ref": ref, "matches": matches}
    assert caught.value.message.endswith(", ".join(shorten(filled.conn, match) for match in matches))


def test_ambiguous_lists_ten_at_the_most(opened: Workspace) -> None:
    with opened.writing() as w:
        for k in range(12):
            create(w, "T", task_id=f"tk-x{k:09}")
    with pytest.raises(AmbiguousError) as caught:
        resolve(opened.conn, "tk", "x")
    assert caught.value.message.count("tk-x") == 10
    assert caught.value.message.endswith(", ...")


def test_deleted_ones_where_wanted(filled: Workspace) -> None:
    for ref in ("tk-dead000000", "dead", "tk-de"):
        assert resolve(filled.conn, "tk", ref, deleted=True) == "tk-dead000000"
    with filled.writing() as w:
        create(w, "alive", task_id="tk-dea0000000")
    assert resolve(filled.conn, "tk", "dea", deleted=True) == "tk-dea0000000", "what is here comes first"
    with filled.writing() as w:
        named = create(w, "named", {"name": "dead"})
    assert resolve(filled.conn, "tk", "dead", deleted=True) == named, "also what is here by its name"


def test_names(filled: Workspace) -> None:
    """The latest that is not closed; an id comes before a name."""
    with filled.writing() as w:
        first = create(w, "1", {"name": "core"})
        second = create(w, "2", {"name": "core"})
        create(w, "3", {"name": "beef"})
        assert {first, second}
        w.flush()
        assert resolve(w.conn, "tk", "core") in (first, second)
        w.add("task.closed", second, {"resolution": "completed"})
        w.flush()
        assert resolve(w.conn, "tk", "core") == first
        w.add("task.closed", first, {"resolution": "completed"})
        w.flush()
        assert resolve(w.conn, "tk", "core") in (first, second), "a closed one where no other is"
        with pytest.raises(NotFoundError):
            resolve(w.conn, "tk", "core", open_names=True)
    assert resolve(filled.conn, "tk", "beef") == "tk-beef"


def test_the_nearest_is_suggested(filled: Workspace) -> None:
    with pytest.raises(NotFoundError) as caught:
        resolve(filled.conn, "tk", "tk-9aaaaaaaab")
    assert caught.value.hint == "Did you mean tk-9aaaaaaaaa?"


@pytest.mark.parametrize(
    ("task_id", "short"),
    [
        ("tk-7f3k9q2m1x", "tk-7f3k9"),
        ("tk-7f3kzzzzzz", "tk-7f3kz"),
        ("tk-9aaaaaaaaa", "tk-9aaa"),
        ("bd-a3f8", "bd-a3f8"),
        ("bd-a3f8.1", "bd-a3f8.1"),
        ("PROJ-12", "PROJ-12"),
    ],
)
def test_shortened(filled: Workspace, task_id: str, short: str) -> None:
    assert shorten(filled.conn, task_id) == short
    assert resolve(filled.conn, "tk", short) == task_id


def test_an_id_that_is_the_beginning_of_another(opened: Workspace) -> None:
    with opened.writing() as w:
        for task_id in ("tk-aaaa", "tk-aaaaaaaaaa"):
            create(w, "T", task_id=task_id)
    for task_id in ("tk-aaaa", "tk-aaaaaaaaaa"):
        assert resolve(opened.conn, "tk", shorten(opened.conn, task_id)) == task_id

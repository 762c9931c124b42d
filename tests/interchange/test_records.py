"""How one record is read."""

from __future__ import annotations

from typing import Any

import pytest

from bd_py.errors import InvalidError
from bd_py.interchange.changes import creation
from bd_py.interchange.derive import after, event, is_derived
from bd_py.interchange.members import time
from bd_py.interchange.records import read
from tests.interchange.conftest import issue


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("2025-12-25T00:59:03.667211-08:00", "2025-12-25T08:59:03.667211Z"),
        ("2026-01-16T17:13:46.009770129Z", "2026-01-16T17:13:46.009770129Z"),
        ("2026-01-16T17:13:46.123456789123+00:00", "2026-01-16T17:13:46.123456789123Z"),
        ("2026-01-16T17:13:46Z", "2026-01-16T17:13:46.000Z"),
        ("2026-01-16T17:13:46", "2026-01-16T17:13:46.000Z"),
        ("2026-01-16", "2026-01-16T00:00:00.000Z"),
    ],
)
def test_times(given: str, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert time("at", given) == wanted


@pytest.mark.parametrize("given", ["", "soon", 3, None, "2026-13-01T00:00:00Z"])
def test_no_times(given: object) -> None:
    with pytest.raises(InvalidError):
        time("at", given)


def test_defaults() -> None:
    record = read({"id": "x-1", "title": "T", "updated_at": "2025-01-01T00:00:00Z", "priority": None})
    assert record.fields == {"title": "T", "priority": 2, "issue_type": "task"}
    assert (record.status, record.updated_at) == ("open", "2025-01-01T00:00:00.000Z")


def test_zero_and_false_are_values() -> None:
    record = read(issue(priority=0, compaction_level=0, pinned=False, empty="", none=None))
    assert record.fields["priority"] == record.fields["compaction_level"] == 0
    assert record.fields["pinned"] is False
    assert not record.fields.keys() & {"empty", "none"}


def test_what_is_trimmed_and_left_out_is_told() -> None:
    record = read(
        issue(
            labels=[" a ", "a", " "],
            assignee=" bob ",
            owner=" ",
            comments=[{"id": 1, "text": " \n"}],
            dependencies=[{"depends_on_id": "bd-2", "type": "blocks"}] * 2,
        )
    )
    assert (record.labels, record.comments) == (["a"], [])
    assert record.fields["assignee"] == "bob"
    assert "owner" not in record.fields
    assert len(record.warnings) == 3


def test_comments_without_a_number_get_one() -> None:
    record = read(issue(comments=[{"text": "a"}, {"id": 4, "text": "b"}, {"id": "c-9", "text": "c"}]))
    assert [comment[3] for comment in record.comments] == [5, 4, 6]


def test_what_follows_from_other_fields_is_no_field() -> None:
    derived: dict[str, Any] = {
        "dependency_count": 1,
        "dependent_count": 1,
        "comment_count": 1,
        "blocked_by": ["bd-2"],
        "version": "0",
        "event_count": 3,
        "last_event_at": "2025-01-01T00:00:00Z",
        "parent": "bd-2",
    }
    record = read(issue(**derived, progress={"text": "half", "percent": 50}))
    assert not record.fields.keys() & derived.keys()
    assert list(record.edges) == [("bd-2", "parent-child")]
    assert (record.fields["progress"], record.fields["progress_percent"]) == ("half", 50)


def test_an_unknown_key_of_that_name_is_one() -> None:
    assert read(issue(version=3)).fields["version"] == 3


@pytest.mark.parametrize("more", [{"next_step": 3}, {"attribution": "me"}, {"progress_percent": 101}])
def test_what_a_column_cannot_hold_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        read(issue(**more))


def test_the_order_of_keys_and_lists_makes_no_other_event() -> None:
    edges = [{"depends_on_id": f"bd-{k}", "type": "blocks"} for k in (2, 3)]
    one = issue(labels=["a", "b"], dependencies=edges, x={"a": 1, "b": 2}, y=1)
    other = dict(reversed(issue(y=1, x={"b": 2, "a": 1}, dependencies=edges[::-1], labels=["b", "a"]).items()))
    assert creation(read(one)) == creation(read(other))


def test_a_derived_event_is_known_by_its_id() -> None:
    made = event("x-1", "task.updated", {"set": {"title": "T"}}, "2025-01-01T00:00:00.000Z", {}, 5)
    assert is_derived(made)
    assert is_derived(after(made, made["id"]))
    assert after(made, made["id"])["id"] > made["id"]
    assert after(made, None) == made
    assert not is_derived({**made, "at": "2025-01-01T00:00:01.000Z"})

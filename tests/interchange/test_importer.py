"""What importing does to a store: all or nothing, once, and never over a newer edit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bd_py.errors import InvalidError
from bd_py.interchange import importer
from tests.interchange.conftest import Store, issue, plain

LATER = "2025-02-01T00:00:00Z"
FULL = issue(
    description="d",
    assignee="bob",
    labels=["b", "a"],
    dependencies=[
        {
            "issue_id": "bd-1",
            "depends_on_id": "bd-2",
            "type": "made_up",
            "created_at": "2025-01-01T01:00:00.123456789-08:00",
            "created_by": "eve",
        }
    ],
    comments=[{"id": 7, "issue_id": "bd-1", "author": "eve", "text": "hm", "created_at": "2025-01-01T02:00:00Z"}],
    custom={"z": [1], "a": None},
)


def test_everything_is_kept(here: Store) -> None:
    report = here.take(FULL)
    assert (report.created, report.comments, report.unknown) == (["bd-1"], 1, 1)
    record = here.record("bd-1")
    assert plain(record) == plain(FULL)
    assert record["dependencies"][0]["created_at"] == "2025-01-01T09:00:00.123456789Z"


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Two"},
        {"description": None},
        {"custom": None, "other": 0},
        {"labels": ["b", "c"]},
        {"dependencies": []},
        {"dependencies": [{"depends_on_id": "bd-9", "type": "blocks", "created_at": LATER}]},
        {"status": "hooked"},
        {"status": "closed", "closed_at": "2025-01-05T00:00:00Z", "close_reason": "done"},
        {"status": "closed", "closed_at": LATER},
        {"status": "tombstone", "deleted_at": "2025-01-31T00:00:00Z", "deleted_by": "x", "delete_reason": "y"},
        {"status": "tombstone", "closed_at": "2025-01-05T00:00:00Z", "deleted_at": "2025-02-03T00:00:00Z"},
        {"status": "tombstone"},
        {"status": "tombstone", "deleted_by": "x"},
        {"status": "tombstone", "deleted_at": LATER, "original_type": "bug"},
        {"comments": [*FULL["comments"], {"id": 8, "text": "yes", "created_at": LATER}]},
        {},
    ],
)
def test_a_newer_record_is_what_the_export_says(here: Store, changed: dict[str, Any]) -> None:
    newer = {k: v for k, v in {**FULL, "updated_at": LATER, **changed}.items() if v is not None}
    here.take(FULL)
    report = here.take(newer)
    assert (report.updated, report.kept) == (["bd-1"], [])
    wanted = plain(newer)
    for comment in wanted.get("comments", []):
        comment["issue_id"] = "bd-1"
    for edge in wanted.get("dependencies", []):
        edge["issue_id"] = "bd-1"
    exported = here.export()
    assert plain(here.record("bd-1")) == wanted
    before = here.segments()
    again = here.take(newer)
    assert (again.created, again.updated, again.unchanged) == ([], [], 1)
    assert here.segments() == before
    here.drop_cache()
    assert here.export() == exported

    older = here.take(FULL)  # tells nothing new
    assert older.updated == []
    assert here.export() == exported


@pytest.mark.parametrize("status", ["closed", "tombstone", "hooked", "in_progress"])
def test_and_back_again(here: Store, status: str) -> None:
    here.take(issue(status=status, closed_at=LATER if status == "closed" else None))
    here.take(issue(updated_at="2025-03-01T00:00:00Z"))
    assert plain(here.record("bd-1")) == plain(issue(updated_at="2025-03-01T00:00:00Z"))


def test_only_what_differs_is_written(here: Store) -> None:
    here.take(FULL)
    before = here.segments()
    here.take({**FULL, "title": "Two", "updated_at": LATER})
    (new,) = here.segments().items() - before.items()
    (line,) = new[1].splitlines()
    event = json.loads(line)
    assert (event["type"], event["data"]) == ("task.updated", {"set": {"title": "Two"}})
    assert "prev" not in event
    assert event["at"] == "2025-02-01T00:00:00.000Z"


def test_a_record_changed_without_its_time_still_counts(here: Store) -> None:
    for title in ("Two", "Three", "One", "Two"):
        here.take(issue(title=title, labels=[title]))
        assert here.record("bd-1")["title"] == title
        assert here.record("bd-1")["labels"] == [title]


def test_a_later_edit_made_here_wins(here: Store) -> None:
    here.take(FULL)
    here.do("task.updated", "bd-1", {"set": {"title": "Mine"}})
    here.do("task.label.remove", "bd-1", {"label": "a"})
    here.do("task.dep.remove", "bd-1", {"on": "bd-2", "type": "made_up"})
    here.do("task.status.set", "bd-1", {"status": "blocked"})
    report = here.take({**FULL, "title": "Theirs", "description": "new", "updated_at": LATER})
    assert report.kept == [("bd-1", ["dependencies", "labels", "status", "title"])]
    assert report.updated == ["bd-1"]
    record = here.record("bd-1")
    assert (record["title"], record["description"], record["status"]) == ("Mine", "new", "blocked")
    assert record["labels"] == ["b"]
    assert "dependencies" not in record


def test_a_task_deleted_here_stays_deleted(here: Store) -> None:
    here.take(issue())
    here.do("task.deleted", "bd-1", {})
    assert here.take(issue(title="Two", updated_at=LATER)).kept == [("bd-1", ["deleted"])]
    assert here.record("bd-1")["status"] == "tombstone"
    here.do("task.restored", "bd-1", {})
    assert here.take(issue(status="tombstone", updated_at=LATER)).kept == [("bd-1", ["deleted"])]
    assert here.record("bd-1")["status"] == "open"


def test_an_older_tombstone_does_not_delete_a_newer_version(here: Store) -> None:
    here.take(issue(updated_at="2025-03-01T00:00:00Z"))
    exported = here.export()
    assert here.take(issue(status="tombstone", updated_at=LATER)).kept == [("bd-1", ["deleted"])]
    assert here.export() == exported


def test_what_only_tk_has_survives_a_file_that_lacks_it(here: Store) -> None:
    here.take(issue())
    here.do("task.updated", "bd-1", {"set": {"meta.cost": 3, "links.branch": "b"}})
    here.do("task.phase.set", "bd-1", {"phase": "review"})
    here.take(issue(updated_at="2100-01-01T00:00:00Z"))
    record = here.record("bd-1")
    assert (record["meta"], record["links"], record["phase"]) == ({"cost": 3}, {"branch": "b"}, "review")


BAD = {
    "not JSON": "{",
    "an array": '{"id":',
    "no object": "3",
    "no id": '{"title":"T"}',
    "no title": '{"id":"x-1"}',
    "bad id": '{"id":"x 1","title":"T"}',
    "bad priority": '{"id":"x-1","title":"T","priority":9}',
    "bad time": '{"id":"x-1","title":"T","created_at":"yesterday"}',
    "bad label": '{"id":"x-1","title":"T","labels":[3]}',
    "bad dependency": '{"id":"x-1","title":"T","dependencies":[{"type":"blocks"}]}',
    "bad comment": '{"id":"x-1","title":"T","comments":["hm"]}',
    "half a surrogate": '{"id":"x-1","title":"\\ud800"}',
    "twice": '{"id":"bd-1","title":"T"}',
    "marker": "<<<<<<< HEAD",
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_a_bad_line_fails_the_file_and_writes_nothing(here: Store, line: str) -> None:
    here.take(issue(id="old-1"))
    before = here.segments()
    content = f"{json.dumps(issue())}\n\n{line}\n{json.dumps(issue(id='bd-3'))}\n"
    with pytest.raises(InvalidError) as failure:
        here.take_data(content.encode())
    assert failure.value.message.startswith("a.jsonl:3: ")
    assert failure.value.details["line"] == 3
    assert here.segments() == before
    assert [record["id"] for record in here.records()] == ["old-1"]


def test_bytes_that_are_no_text(here: Store) -> None:
    with pytest.raises(InvalidError, match=r"a\.jsonl:1: not UTF-8 at byte"):
        here.take_data(b'{"id":"x-1","title":"\xff"}\n')


def test_dry_run_writes_nothing(here: Store) -> None:
    here.take(issue())
    before = here.segments()
    report = here.take(issue(title="Two", updated_at=LATER), issue(id="bd-2"), dry_run=True)
    assert (report.created, report.updated) == (["bd-2"], ["bd-1"])
    assert here.segments() == before
    assert [record["title"] for record in here.records()] == ["One"]


def test_skip_existing(here: Store) -> None:
    here.take(issue(), issue(id="bd-3", status="tombstone"))
    before = here.segments()
    changed = [issue(title="Two", updated_at=LATER), issue(id="bd-3", title="Back", updated_at=LATER)]
    report = here.take(*changed, skip_existing=True)
    assert (report.updated, report.skipped) == ([], 2)
    assert here.segments() == before
    assert here.take(*changed, issue(id="bd-2"), skip_existing=True).created == ["bd-2"]


def test_only_one_status(here: Store) -> None:
    report = here.take(issue(), issue(id="bd-2", status="tombstone"), status="tombstone")
    assert (report.created, report.skipped) == (["bd-2"], 1)


def test_a_cycle_is_suspended_and_told(here: Store) -> None:
    edges = [{"depends_on_id": "bd-2", "type": "blocks"}], [{"depends_on_id": "bd-1", "type": "blocks"}]
    report = here.take(issue(dependencies=edges[0]), issue(id="bd-2", dependencies=edges[1]))
    assert len(report.suspended) == 1
    assert all("dependencies" in record for record in here.records())


def test_records_without_times_are_imported_once(here: Store) -> None:
    bare = {"id": "x-1", "title": "Bare"}
    assert here.take(bare).warnings == ["a.jsonl:1: x-1 has no time: dated 1970"]
    before = here.segments()
    assert here.take(bare).unchanged == 1
    assert here.segments() == before
    here.take({**bare, "title": "Other"})
    assert here.record("x-1")["title"] == "Other"


def test_events_that_left_the_log_come_back(here: Store) -> None:
    here.take(FULL)
    exported, before = here.export(), here.segments()
    for path in (here.folder / ".tasks/log").rglob("*.jsonl"):
        path.unlink()
    assert here.export() == b""
    assert here.take(FULL).created == ["bd-1"]
    assert here.export() == exported
    assert here.segments() == before


def test_a_large_file_goes_through_a_new_cache(here: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = [issue(id=f"bd-{k}") for k in (1, 2)], [issue(id=f"bd-{k}") for k in range(20)]
    here.take(*small)
    here.do("task.created", "tk-1", {"title": "Mine"})
    monkeypatch.setattr(importer, "BULK", 10)
    steps: list[tuple[int, int]] = []
    report = here.take(*large, progress=lambda done, total: steps.append((done, total)))
    assert (len(report.created), report.unchanged) == (18, 2)
    shares = [done / total for done, total in steps]
    assert len(shares) == 40, "each record is read, then compared"
    assert shares == sorted(shares)
    assert shares[0] < 0.1 < 0.9 < shares[-1] <= 1
    exported = here.export()
    here.drop_cache()
    assert here.export() == exported
    assert len(here.records()) == 21


# Two branches


def versions(count: int) -> list[list[dict[str, Any]]]:
    """A file of two records as it was at several times."""
    edges = [{"depends_on_id": "bd-2", "type": "blocks", "created_at": LATER, "created_by": "eve"}]
    changes: list[dict[str, Any]] = [
        {},
        {"title": "Two", "labels": ["x"], "dependencies": edges},
        {"title": "Three", "labels": ["y"], "status": "closed", "closed_at": LATER},
        {"title": "One", "status": "tombstone", "deleted_at": LATER},
    ]
    return [[issue(**changes[k], updated_at=f"2025-03-0{k + 1}T00:00:00Z"), issue(id="bd-2")] for k in range(count)]


@pytest.mark.parametrize("common", [True, False], ids=["a common start", "nothing in common"])
@pytest.mark.parametrize("pair", [(1, 2), (2, 3), (1, 3), (2, 2)])
def test_versions_imported_on_two_branches_converge(
    here: Store, tmp_path: Path, merged: Callable[..., list[Store]], common: bool, pair: tuple[int, int]
) -> None:
    files = versions(4)
    if common:
        here.take(*files[0])
    other = here.branch(tmp_path / "other")
    here.take(*files[pair[0]])
    other.take(*files[pair[1]])
    stores = merged(here, other)
    exports = [store.export() for store in stores]
    assert exports[0] == exports[1] == exports[2]
    if not common:  # a whole record beside a whole record: the later one is what counts
        assert exports[0] == other.export()
    for store in stores:
        store.take(*files[pair[1]])  # takes back what only the older file had changed
        assert store.export() == other.export()
        before = store.segments()
        assert store.take(*files[pair[1]]).updated == []
        assert store.segments() == before


def test_the_same_file_on_two_branches_adds_nothing(here: Store, tmp_path: Path) -> None:
    other = here.branch(tmp_path / "other")
    for store in (here, other):
        store.take(FULL)
        store.take({**FULL, "title": "Two", "updated_at": LATER})
    assert here.segments() == other.segments()


def test_files_that_begin_alike_make_segments_of_their_own(here: Store, tmp_path: Path) -> None:
    other = here.branch(tmp_path / "other")
    here.take(issue(), issue(id="bd-2", title="Here", updated_at=LATER))
    other.take(issue(), issue(id="bd-2", title="There", updated_at=LATER))
    here.unite(other)  # would be a conflict in git if one name held two contents
    assert len(here.segments()) == 2
    assert len(here.records()) == 2

"""What an export holds, and how it reaches a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bd_py.interchange import exporter
from tests.interchange.conftest import Store, issue, plain
from tests.test_files import a_dead_process


def work(store: Store) -> None:
    """A task with everything that only tk knows."""
    store.do("task.created", "tk-1", {"title": "Mine", "name": "mine", "meta": {"b": 1, "a": [2]}, "compound": True})
    store.do("task.phase.set", "tk-1", {"phase": "review"})
    store.do("task.progress.set", "tk-1", {"text": "half", "percent": 50})
    store.do("task.next_step.set", "tk-1", {"step": "go on"})
    store.do("task.attribution.set", "tk-1", {"agent": "coder"})
    store.do("task.blocker.add", "tk-1", {"blocker": "b-1", "text": "no access"})
    store.do("task.blocker.add", "tk-1", {"blocker": "b-2", "text": "no time"})
    store.do("task.blocker.resolve", "tk-1", {"blocker": "b-1"})
    store.do("task.evidence.add", "tk-1", {"evidence": "e-1", "passed": False, "exit_code": 2, "artifacts": ["o"]})
    store.do("task.artifact.add", "tk-1", {"artifact": "a-1", "path": "out/report"})
    store.do("task.updated", "tk-1", {"set": {"links.pr": "#4"}})
    store.do("task.closed", "tk-1", {"resolution": "failed", "reason": "no use"})
    store.do("task.note.append", "tk-1", {"text": "Well."})


def test_what_only_tk_knows_goes_through_another_store(here: Store, tmp_path: Path) -> None:
    work(here)
    record = here.record("tk-1")
    assert record["progress"] == {"text": "half", "percent": 50}
    assert record["meta"] == {"a": [2], "b": 1}
    assert record["resolution"] == "failed"
    assert [blocker["id"] for blocker in record["blockers"]] == ["b-1", "b-2"]
    other = Store(tmp_path / "other")
    other.take(record)
    del record["comments"][0]["event_id"]  # the comment is an imported one there
    assert other.record("tk-1") == record
    assert other.take(record).unchanged == 1
    other.drop_cache()
    assert other.record("tk-1") == record


def test_an_export_changes_nothing_where_it_came_from(here: Store) -> None:
    work(here)
    before = here.segments()
    assert here.take_data(here.export()).updated == []
    assert here.segments() == before


def test_a_newer_export_brings_what_went_away_too(here: Store, tmp_path: Path) -> None:
    work(here)
    other = Store(tmp_path / "other")
    other.take_data(here.export())
    here.do("task.updated", "tk-1", {"set": {"name": None, "meta.a": None, "links.pr": None}})
    here.do("task.progress.set", "tk-1", {"text": None, "percent": 60})
    here.do("task.status.set", "tk-1", {"status": "open"})
    here.do("task.blocker.resolve", "tk-1", {"blocker": "b-2"})
    other.take_data(here.export())
    record = here.record("tk-1")
    del record["comments"][0]["event_id"]
    assert other.record("tk-1") == record


def test_comments_are_numbered_after_the_imported(here: Store) -> None:
    here.take(issue(comments=[{"id": 7, "author": "eve", "text": "hm", "created_at": "2025-01-01T00:00:00Z"}]))
    here.do("task.note.append", "bd-1", {"text": "first"})
    here.do("task.note.append", "bd-1", {"text": "second"})
    found = [(c["id"], c["text"], "event_id" in c) for c in here.record("bd-1")["comments"]]
    assert found == [(7, "hm", False), (8, "first", True), (9, "second", True)]
    before = here.segments()
    assert here.take_data(here.export()).comments == 0
    assert here.segments() == before


def test_a_task_deleted_here_is_a_tombstone(here: Store, tmp_path: Path) -> None:
    here.take(issue())
    here.do("task.deleted", "bd-1", {"reason": "twice"})
    record = here.record("bd-1")
    assert record["status"] == "tombstone"
    assert record["deleted_at"] == record["updated_at"]
    assert (record["deleted_by"], record["delete_reason"], record["original_type"]) == ("ada", "twice", "bug")
    other = Store(tmp_path / "other")
    other.take(record)
    assert plain(other.record("bd-1")) == plain(record)


def test_only_one_status(here: Store) -> None:
    here.take(issue(), issue(id="bd-2", status="hooked"), issue(id="bd-3", status="tombstone"))
    workspace = here.open()
    for status, task in (("open", "bd-1"), ("hooked", "bd-2"), ("tombstone", "bd-3")):
        assert [record["id"] for record in exporter.records(workspace, status)] == [task]


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    path.chmod(0o640)
    (tmp_path / "link").symlink_to(path)
    exporter.write_file(str(tmp_path / "link"), b"new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link").is_symlink()

    def fail(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no"):
        exporter.write_file(str(path), b"newer")
    assert path.read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "out.jsonl"]


def test_what_a_killed_export_left_goes_with_the_next(tmp_path: Path) -> None:
    """Also where a process of this id left it: in a container the ids are soon the same again."""
    for pid in (a_dead_process(), os.getpid()):
        (tmp_path / f".out.jsonl.{pid}.tmp").write_text("half of an export that is longer than the next")
    exporter.write_file(str(tmp_path / "out.jsonl"), b"whole")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"out.jsonl": b"whole"}

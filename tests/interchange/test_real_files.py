"""The files of two real trackers: in, out again the same, and ready as those trackers say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.interchange.conftest import Store, plain

FILES = ("beads-medium.jsonl", "beads-rust-tracker.jsonl")


@pytest.mark.parametrize("name", FILES)
def test_an_export_is_what_was_imported(here: Store, data: Path, name: str) -> None:
    content = (data / name).read_bytes()
    records = {record["id"]: record for record in map(json.loads, content.splitlines())}
    report = here.take_data(content)
    assert sorted(report.created) == sorted(records)
    exported = here.export()
    found = [json.loads(line) for line in exported.splitlines()]
    assert [record["id"] for record in found] == sorted(records)
    for record in found:
        assert plain(record) == plain(records[record["id"]])

    before = here.segments()
    again = here.take_data(content)
    assert (again.created, again.updated, again.unchanged) == ([], [], len(records))
    assert here.segments() == before

    here.drop_cache()
    assert here.export() == exported


@pytest.mark.parametrize("name", FILES)
def test_an_export_imported_elsewhere_gives_the_same_log(here: Store, tmp_path: Path, data: Path, name: str) -> None:
    here.take_data((data / name).read_bytes())
    other = Store(tmp_path / "other")
    other.take_data(here.export())
    assert other.export() == here.export()
    assert other.segments() == here.segments()
    back = here.take_data(other.export())
    assert (back.created, back.updated) == ([], [])


def test_ready_and_the_counts_are_those_of_the_tracker(here: Store, data: Path) -> None:
    expected = json.loads((data / "beads-medium.expected.json").read_text())
    here.take_data((data / "beads-medium.jsonl").read_bytes())
    conn = here.open().conn
    ready = conn.execute("SELECT id FROM ready_issues ORDER BY priority, created_at, id")
    assert [row[0] for row in ready] == expected["ready"]
    counts = dict(conn.execute("SELECT status, count(*) FROM issues GROUP BY status"))
    counts["tombstone"] = conn.execute("SELECT count(*) FROM deleted_issues").fetchone()[0]
    assert {status: counts.get(status) for status in expected["counts"]} == expected["counts"]


def test_two_real_files_in_one_store_keep_apart(here: Store, data: Path) -> None:
    for name in FILES:
        here.take_data((data / name).read_bytes())
    assert len(here.records()) == 980 + 513

"""The rows of the library: the same bytes and rows on both sides, and a verdict on each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import library
from benchmarks.library import Samples
from benchmarks.store import hermetic_environment


def test_both_sides_are_measured(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, str(library.INSIDE), str(tmp_path), "--batch", "20", "--rounds", "2", "--records", "20"],
        env=hermetic_environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Samples] = json.loads(done.stdout)
    assert {len(samples["library"]) - len(samples.get("raw", [])) for key, samples in found.items() if key != "F"} == {
        0
    }
    segment, cache = tmp_path / "raw/segment.jsonl", tmp_path / "raw/cache.db"
    assert len(segment.read_bytes().splitlines()) == 20
    assert cache.exists()
    rows = list(library.table(found, 20))
    assert len(rows) == 18
    assert all(row.count("|") == 7 for row in rows)


def test_a_row_tells_whether_it_is_within_its_budget() -> None:
    def runs(*seconds: float) -> list[list[float]]:
        return [[each, each] for each in seconds]

    slow = {"library": runs(0.4, 0.5, 0.6), "raw": runs(0.1, 0.1, 0.1)}
    fast = {"library": runs(0.2, 0.2, 0.2), "raw": runs(0.1, 0.1, 0.1)}
    keys = ("batch of tasks", "batch of records", "one task", "one record", "task behind", "record behind")
    found = {key: slow if key == "batch of records" else fast for key in keys}
    found |= dict.fromkeys(library.READS, slow) | {"F": {"library": runs(0.01, 0.01, 0.01)}}
    verdicts = {row.split("|")[1].strip(): row.split("|")[-2].strip() for row in library.table(found, 100)}
    assert verdicts["library: create in a batch of 10,000"] == "pass"
    assert verdicts["library: 10,000 tasks in a batch, beside raw"] == "pass"
    assert verdicts["library: 10,000 records in a batch, beside raw"] == "**over**"
    assert verdicts["library: one task, beside an append and fsync"] == "pass"
    assert verdicts["library: one record with write_behind, beside an append and fsync"] == "pass"
    assert verdicts["library: one task by id, beside its query, 100 records"] == "**over**"

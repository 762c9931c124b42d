"""``tk compact``: what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Runner

LINE = (
    '{"id":"01JH6R6B9G000000000000000%d","type":"task.created","task":"tk-%d","at":"%s","by":{},"data":{"title":"t"}}\n'
)


@pytest.fixture
def past(store: Path, git: Runner) -> Path:
    folder = store / ".tasks/log/2025-01/10"
    folder.mkdir(parents=True)
    for k in range(4):
        (folder / f"01JH6R6B9G000000000000000{k}.jsonl").write_text(LINE % (k, k, "2025-01-10T00:00:00.000Z"))
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    return store


def test_in_words(past: Path, git: Runner, tk: Runner) -> None:
    would = tk("compact", "--dry-run").stdout
    assert would.startswith("Would pack 4 files, 4 events into .tasks/log/2025-01/pack-")
    did = tk("compact").stdout
    assert did == would.replace("Would pack", "Packed") + "Staged: 'git commit' makes it so.\n"
    assert tk("compact").stdout == "Nothing to pack.\n"
    assert tk("compact", "-q").stdout == ""


def test_as_json(past: Path, tk: Runner) -> None:
    found = json.loads(tk("compact", "--json").stdout)
    assert list(found) == ["dry_run", "packs", "removed", "waiting", "left", "staged"]
    assert [(p["events"], len(p["sources"])) for p in found["packs"]] == [(4, 4)]
    assert (past / ".tasks/log" / found["packs"][0]["pack"]).stat().st_size == found["packs"][0]["bytes"]


@pytest.mark.parametrize(
    ("when", "packs"), [("100", 1), ("2025-02-01", 1), ("2025-01-31", 1), ("2025-01-10", 0), ("2020-01-01", 0)]
)
def test_older_than(past: Path, tk: Runner, when: str, packs: int) -> None:
    assert len(json.loads(tk("compact", "--older-than", when, "--dry-run", "--json").stdout)["packs"]) == packs


def test_what_it_leaves_and_what_waits(past: Path, git: Runner, tk: Runner) -> None:
    folder = past / ".tasks/log/2025-02/10"
    folder.mkdir(parents=True)
    for k in (5, 6):
        (folder / f"01JH6R6B9G000000000000000{k}.jsonl").write_text(LINE % (k, k, "2025-02-10T00:00:00.000Z"))
    (folder / "x.jsonl").write_text("no event\n")
    git("add", "-A")
    git("commit", "-q", "-m", "more")
    done = tk("compact", "--older-than", "2025-03-02")
    assert "2025-02: 2 files wait until there is more: one of them is most of a pack\n" in done.stdout
    assert "left alone: .tasks/log/2025-02/10/x.jsonl: line 1: not JSON" in done.stderr

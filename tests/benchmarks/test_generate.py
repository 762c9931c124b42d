"""The generator: what it writes is a log, the same each time, of the size that was asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bd_py import payloads
from bd_py.events import decode
from bd_py.fold.task import fold_task
from bd_py.statuses import BUILT_IN_STATUSES
from benchmarks import encode, generate
from benchmarks.store import SEGMENT_BYTES

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("generate")  # one store for all of them

KEYS = ["id", "type", "task", "at", "by", "data"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory: Path = tmp_path_factory.mktemp("made") / "store"
    generate.generate(directory, tasks=300)
    return directory


def lines(directory: Path) -> list[str]:
    """Every line of the log, in the order of the segments' names in time."""
    found = {path: path.read_text(encoding="utf-8") for path in (directory / ".tasks/log").rglob("*.jsonl")}
    return sorted(line for text in found.values() for line in text.splitlines())


def events(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(directory)]


def test_lines_are_canonical_json(made: Path) -> None:
    for line in lines(made):
        event = json.loads(line)
        assert list(event) in (KEYS, [*KEYS, "prev"])
        assert line == json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        assert line.startswith('{"id":"')


def test_ids_ascend_within_files_and_agree_with_at(made: Path) -> None:
    for path in (made / ".tasks/log").rglob("*.jsonl"):
        ids = [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]
        assert ids == sorted(set(ids))
        if not path.name.startswith("pack-"):
            assert ids[0].startswith(path.stem)
    for event in events(made):
        assert event["id"][:10] == encode.ulid(_milliseconds(event["at"]), 0)[:10]


def _milliseconds(at: str) -> int:
    import datetime as dt

    return round(dt.datetime.fromisoformat(at).timestamp() * 1000)


def test_dependencies_close_no_cycle_and_point_at_tasks(made: Path) -> None:
    born: dict[str, int] = {}
    edges = []
    for number, event in enumerate(events(made)):
        if event["type"] == "task.created":
            born[event["task"]] = number
            edges += [(event["task"], edge) for edge in event["data"].get("dependencies", [])]
        elif event["type"] == "task.dep.add":
            edges.append((event["task"], event["data"]))
    assert len(edges) > 100
    assert {edge["type"] for _, edge in edges} == {"blocks", "parent-child", "related", "discovered-from"}
    assert all(born[edge["on"]] < born[task] for task, edge in edges)


def test_prev_and_hold_name_events_of_the_task(made: Path) -> None:
    seen: dict[str, set[str]] = {}
    checked = 0
    for event in events(made):
        known = seen.setdefault(event["task"], set())
        named = [name for name in (event.get("prev") or {}).values() if name] + [event["data"].get("hold")]
        for name in filter(None, named):
            assert name in known
            checked += 1
        known.add(event["id"])
    assert checked > 50


def test_size_and_mix(made: Path) -> None:
    found = events(made)
    kinds = Counter(event["type"] for event in found)
    facts = json.loads((made / generate.FACTS).read_text())
    assert kinds["task.created"] == facts["tasks"] == 300
    assert len(found) == facts["events"]
    assert 0.5 < facts["statuses"]["closed"] / 300 < 0.7
    assert 1.6 < kinds["task.note.append"] / 300 < 2.4
    assert 2.6 < facts["labels"] / 300 < 3.6
    assert 0.35 < facts["dependencies"] / 300 < 0.65
    assert facts["last_id"] == found[-1]["id"]


def test_layout(made: Path) -> None:
    log = made / ".tasks/log"
    packs = list(log.rglob("pack-*.jsonl"))
    assert [path.parent.name for path in sorted(packs)] == [f"2025-{month:02d}" for month in range(1, 12)]
    segments = [path for path in log.rglob("*.jsonl") if path not in packs]
    assert {path.parent.name for path in segments} == {"2025-12"}
    assert all(path.stat().st_size <= SEGMENT_BYTES for path in segments)
    head = subprocess.run(["git", "status", "--porcelain"], cwd=made, capture_output=True, check=True, text=True)
    assert head.stdout == ""


def test_full_segments_are_split(tmp_path: Path) -> None:
    from benchmarks import store
    from benchmarks.history import BEGIN_MS, Event

    many = [Event(BEGIN_MS + k, encode.ulid(BEGIN_MS + k, 0), "ü" * 499 + "\n") for k in range(600)]
    store.LogWriter(tmp_path).write(many)
    sizes = [path.stat().st_size for path in tmp_path.rglob("*.jsonl")]
    assert sum(sizes) == 600 * 999
    assert len(sizes) == 3
    assert max(sizes) <= SEGMENT_BYTES


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        generate.generate(tmp_path / name, tasks=60, seed=seed, git=False)
    first, second, other = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in "abc"
    )
    assert first == second
    assert first != other


def test_exactly_so_many_events(tmp_path: Path) -> None:
    for count in (1, 10, 1234):
        generate.generate(tmp_path / str(count), events=count, git=False)
        assert len(lines(tmp_path / str(count))) == count


def test_bd_format_is_the_same_tasks(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "issues.jsonl"
    generate.write_bd(path, tasks=300)
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in records] == sorted(record["id"] for record in records)
    facts = json.loads((made / generate.FACTS).read_text())
    assert Counter(record["status"] for record in records) == facts["statuses"]
    latest: dict[str, str] = {}
    titles: dict[str, str] = {}
    for event in events(made):
        latest[event["task"]] = event["at"]
        title = event["data"].get("set", event["data"]).get("title")
        if title:
            titles[event["task"]] = title
    assert {record["id"]: record["updated_at"] for record in records} == latest
    assert {record["id"]: record["title"] for record in records} == titles
    assert all(bool(record.get("closed_at")) == (record["status"] == "closed") for record in records)


def test_tk_reads_it_as_it_was_meant(made: Path, tmp_path: Path) -> None:
    """Every event is one that tk would write, and tk's fold agrees with the generator's own records."""
    path = tmp_path / "issues.jsonl"
    generate.write_bd(path, tasks=300)
    by_task: dict[str, list[dict[str, Any]]] = {}
    for line in lines(made):
        event = decode(line.encode())
        payloads.check(event["type"], event["data"])
        by_task.setdefault(event["task"], []).append(event)
    for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        task = fold_task(record["id"], by_task[record["id"]], BUILT_IN_STATUSES)
        scalars = {
            name: value for name, value in record.items() if name not in ("id", "labels", "dependencies", "comments")
        }
        assert {name: task.fields.get(name) for name in scalars} == scalars
        assert sorted(label for label, (there, _) in task.labels.items() if there) == record.get("labels", [])
        assert {(edge["depends_on_id"], edge["type"]) for edge in record.get("dependencies", [])} == {
            edge for edge, (there, *_) in task.edges.items() if there
        }
        assert len(task.comments) == len(record.get("comments", []))
        assert not task.conflicts
        assert not task.lost_claims


def test_as_a_program(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks/generate.py"), str(tmp_path / "store"), "--tasks", "20"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("20 tasks (")
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "is not empty" in again.stderr

"""The tasks that trackers are loaded with are those of the generated stores, in each tracker's own form."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks import generate
from benchmarks.peers import backlog, tasks
from benchmarks.peers.taskwarrior import compact_time, identifier, record
from tests.conftest import Runner

COUNT = 60


@pytest.fixture(scope="module")
def made() -> list[tasks.Task]:
    return tasks.made(COUNT)


def test_they_are_those_of_the_generated_stores(made: list[tasks.Task], tmp_path: Path) -> None:
    summary = generate.write_bd(tmp_path / "all.jsonl", tasks=COUNT)
    tasks.write_records(tmp_path / "some.jsonl", made)
    lines = (tmp_path / "all.jsonl").read_text(encoding="utf-8")
    assert (tmp_path / "some.jsonl").read_text(encoding="utf-8") == lines.replace('"decision"', '"task"')
    assert Counter(task.status for task in made) == summary.statuses
    assert {task.id for task in made if task.free} <= set(summary.free)
    assert any(task.free for task in made)


def test_they_wait_only_for_tasks_that_are_there(made: list[tasks.Task]) -> None:
    ids = {task.id for task in made}
    waiting = [task for task in made if task.waits_for]
    assert waiting
    assert all(set(task.waits_for) <= ids and not task.free for task in waiting)


def test_some_have_the_word_that_is_searched_for(made: list[tasks.Task]) -> None:
    having = [task for task in made if tasks.WORD in f"{task.title} {task.description}".lower()]
    assert 0 < len(having) < len(made)


def test_tk_reads_the_files_written_for_backlog(made: list[tasks.Task], store: Path, tk: Runner) -> None:
    folder = store / "backlog/tasks"
    folder.mkdir(parents=True)
    ids = backlog.write_files(folder, made)
    tk("import", "backlog")
    found = {task["id"]: task for task in json.loads(tk("list", "--all", "--limit", "0", "--json").stdout)}
    assert len(found) == COUNT
    assert {ids[task.id]: task.title for task in made} == {name: task["title"] for name, task in found.items()}
    assert {ids[task.id] for task in made if task.closed} == {
        name for name, task in found.items() if task["status"] == "closed"
    }


def test_a_title_with_quotes_stays_one() -> None:
    assert backlog.quoted('It\'s: "so"') == "'It''s: \"so\"'"
    assert backlog.slug("Fix  the “webhook” (again)") == "Fix-the-webhook-again"


def test_records_for_taskwarrior(made: list[tasks.Task]) -> None:
    for task in made:
        found = record(task)
        assert UUID(str(found["uuid"])) == UUID(identifier(task.id))
        assert (found["status"] == "completed") == task.closed == ("end" in found)
        assert found["depends"] == [identifier(other) for other in task.waits_for]
        assert "\n" not in json.dumps(found)


def test_times_for_taskwarrior() -> None:
    assert compact_time("2025-01-02T03:04:05.678Z") == "20250102T030405Z"

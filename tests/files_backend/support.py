"""What must hold of a store of plain files after anything that anybody did to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bd_py import jsonio
from bd_py.fold.task import fold_ordered
from bd_py.paths import Paths
from bd_py.taskfiles import places, text
from bd_py.workspace import Workspace
from tests.acceptance.support import assert_one_truth, workspace

_EVENTS = "SELECT issue_id, line FROM log_events WHERE present = 1 AND issue_id IS NOT NULL ORDER BY id"


def events(store: Path) -> list[dict[str, Any]]:
    """Every event of the queue, in order."""
    lines = {line for path in (store / ".tasks/queue").rglob("*.jsonl") for line in path.read_text().splitlines()}
    return [json.loads(line) for line in sorted(lines)]


def sound(store: Path) -> None:
    """fold == cache, every line is an event, and the files say what the events do: no more, no less, each once."""
    opened = workspace(Paths(str(store / ".tasks")))
    try:
        with opened.writing():
            pass
        assert opened.remarks == []
        assert_one_truth(opened)
        assert (opened.bad_lines, opened.meta.get("bad_files", "0")) == (0, "0")
        assert_files_say_it(opened)
    finally:
        opened.close()


def assert_files_say_it(opened: Workspace) -> None:
    """Each task has one text, which is what its events make of it, in the folder of its status, its events beside."""
    queue = Path(opened.paths.queue)
    histories: dict[str, list[Any]] = {}
    for task, line in opened.conn.execute(_EVENTS):
        histories.setdefault(task, []).append(jsonio.loads(line))
    wanted, where = {}, {}
    for task, events in histories.items():
        state = fold_ordered(task, events, opened.config.statuses)
        folder = places.folder_of(state.category) if state.exists else places.GONE
        where[task] = f"{folder}/{places.stem(task)}{places.END}"
        if state.exists:
            wanted[task] = (folder, text.project(state))
    found = {}
    for path in queue.glob("*/*.md"):
        said = path.read_text(encoding="utf-8")
        task = said.split("\n")[1].removeprefix("id: ").strip('"')
        assert task not in found, f"{path.name}: a second file of {task}"
        found[task] = (path.parent.name, said)
    assert found == wanted
    left = {path.name for path in queue.rglob("*") if path.name.startswith((places.JOURNAL, "."))}
    assert left == {places.ATTRIBUTES}
    assert_each_event_stands_once(queue, where)


def assert_each_event_stands_once(queue: Path, where: dict[str, str]) -> None:
    """No event stands in two files, and each in that of its task."""
    seen = set()
    for path in queue.rglob("*.jsonl"):
        name = path.relative_to(queue).as_posix()
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            assert event["id"] not in seen, f"{name}: {event['id']} stands in another file too"
            seen.add(event["id"])
            assert name == where.get(event.get("task"), places.RECORDS)

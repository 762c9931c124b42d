"""tk without a process of its own: the same `main`, its streams caught. And the state that a test compares."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from bd_py import config, ids, paths
from bd_py.cache import build
from bd_py.cli.main import main

OWN_TABLES = (
    "issues deleted_issues dependencies suspended_dependencies labels comments blockers evidence artifacts "
    "conflicts lost_claims collections records record_index record_conflicts"
).split()
"""The tables that are nothing but a fold of the log."""

Rows = dict[str, list[tuple[Any, ...]]]


class Done:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The error objects on stderr."""
        return [json.loads(line)["error"] for line in self.err.splitlines()]


class Cli:
    """``cli("create", "A title")`` runs in this process; a status other than 0 fails unless ``check=False``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, *args: str, input: str | bytes = "", check: bool = True) -> Done:
        out, err = io.StringIO(), io.StringIO()
        data = input.encode() if isinstance(input, str) else input
        before = sys.stdin
        sys.stdin = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(args)
        finally:
            sys.stdin = before
        done = Done(code, out.getvalue(), err.getvalue())
        if "bug in tk" in done.err:
            pytest.fail(f"tk {args}: {done.err}")
        if check and code:
            pytest.fail(f"tk {args} exits {code}\n{done.out}{done.err}")
        return done

    def fails(self, code: int, *args: str, input: str | bytes = "") -> Done:
        """Run what must fail with this exit code."""
        done = self(*args, input=input, check=False)
        assert done.code == code, f"tk {args} exits {done.code}, not {code}\n{done.out}{done.err}"
        return done

    def json(self, *args: str, input: str | bytes = "", check: bool = True) -> Any:
        """The document that ``--json`` gives."""
        return self(*args, "--json", input=input, check=check).json

    def new(self, title: str = "A task", *options: str) -> str:
        """The id of a new task."""
        return self("create", title, *options).out.strip()

    def task(self, task_id: str) -> dict[str, Any]:
        """Everything about a task, as ``show --json`` has it."""
        found: dict[str, Any] = self.json("show", task_id)[0]
        return found

    def ready(self, *options: str) -> list[str]:
        """The ids that are ready, in order."""
        return [issue["id"] for issue in self.json("ready", "--limit", "0", *options)]

    def listed(self, *options: str) -> list[str]:
        """The ids that ``list`` gives, in order."""
        return [issue["id"] for issue in self.json("list", *options)]

    def configure(self, text: str) -> None:
        """Add lines to config.toml."""
        with (self.root / ".tasks/config.toml").open("a") as file:
            file.write(text)

    @property
    def log(self) -> Path:
        """The folder of the events, whichever backend the store has."""
        return Path(paths.Paths(str(self.root / ".tasks")).log)

    def lines(self) -> list[str]:
        """Every line of the log."""
        segments = sorted(self.log.rglob("*.jsonl"))
        return [line for path in segments for line in path.read_text(encoding="utf-8").splitlines()]

    def events(self, task_id: str | None = None) -> list[dict[str, Any]]:
        """The events of the log by id, or those of one task."""
        found = sorted((json.loads(line) for line in self.lines()), key=lambda event: str(event["id"]))
        return [event for event in found if task_id in (None, event.get("task"))]

    def types(self, task_id: str) -> list[str]:
        """The types of a task's events, without ``task.``."""
        return [event["type"].removeprefix("task.") for event in self.events(task_id)]

    def last(self, task_id: str) -> dict[str, Any]:
        """The newest event of a task."""
        return self.events(task_id)[-1]

    def bring(self, event: dict[str, Any], **changes: Any) -> str:
        """Add an event as a merge brings it: a known one with a later id and other values. Gives its id."""
        event_id = ids.encode(ids.milliseconds(event["id"]) + 1000, 7)
        made = {**event, **changes, "id": event_id}
        path = next(self.log.glob(f"*/{made['task']}.events.jsonl"), self.log / f"{event_id}.jsonl")
        with path.open("a") as file:
            file.write(json.dumps(made) + "\n")
        return event_id

    def cached(self) -> Rows:
        """What the cache holds."""
        with contextlib.closing(sqlite3.connect(self.root / ".tasks/cache.db")) as conn:
            return table_rows(conn)

    def folded(self) -> Rows:
        """What a cache made anew from the log would hold."""
        where = paths.Paths(str(self.root / ".tasks"))
        conn = build.in_memory(where, config.load(where.config))
        try:
            return table_rows(conn)
        finally:
            conn.close()


def table_rows(conn: Any) -> Rows:
    """Every row of the tables that are a fold of the log."""
    return {name: sorted(map(tuple, conn.execute(f"SELECT * FROM {name}").fetchall()), key=repr) for name in OWN_TABLES}

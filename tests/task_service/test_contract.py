"""docs/task-contract.md and the code say the same: methods, event types, payloads, errors."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from bd_py.payloads import TYPES
from bd_py.task_service import EVENT_TYPES, Actor, AsyncTaskService, TaskEvent, TaskService, TaskStore, errors

PAGE = (Path(__file__).parents[2] / "docs/task-contract.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    table = PAGE.split(f"\n## {heading}\n")[1].split("\n|---")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def signature(method: Any) -> str:
    """As the page writes it: names alone, `*` before those that go by keyword."""
    words: list[str] = []
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        words.append(("**" if parameter.kind is parameter.VAR_KEYWORD else "") + parameter.name)
    return ", ".join(words)


METHODS = {row[0].strip("`").split("(")[0]: row[0].strip("`") for row in rows("Methods")}


def test_there_are_eighteen() -> None:
    assert len(METHODS) == 18
    public = {name for name in vars(TaskService) if not name.startswith("_")}
    assert public == {*METHODS, "ensure_feature_task", "read_status"}
    assert {name for name in vars(AsyncTaskService) if not name.startswith("_")} == public


@pytest.mark.parametrize("name", METHODS)
def test_a_method(name: str) -> None:
    assert f"{name}({signature(getattr(TaskService, name))})" == METHODS[name]
    assert inspect.signature(getattr(AsyncTaskService, name)) == inspect.signature(getattr(TaskService, name))
    assert inspect.iscoroutinefunction(getattr(AsyncTaskService, name))


def test_the_closed_set_of_events() -> None:
    told = {row[0].strip("`"): re.findall(r"`([^`]+)`", row[1]) for row in rows("Events")}
    assert list(told) == list(EVENT_TYPES)
    for name, keys in told.items():
        assert keys == [key for key in TYPES[name] if key != "*"], name


def test_the_six_errors() -> None:
    told = {row[0].strip("`"): row[1].strip("`") for row in rows("Errors")}
    assert told == {kind.code: kind.__name__ for kind in errors.ERRORS}


def test_what_an_event_and_an_actor_hold() -> None:
    event = TaskEvent("01", "tk-1", "2026-11-20T00:00:00.000Z", "task.custom", Actor(agent="a"), {"name": "n"})
    assert list(event.to_json()) == ["id", "task", "at", "type", "actor", "payload"]
    assert list(Actor("a", "t", 1, "s").to_json()) == ["agent", "agent_type", "pid", "session"]


def test_the_seam() -> None:
    public = [name for name in vars(TaskStore) if not name.startswith("_")]
    told = PAGE.split("`TaskStore` is the seam: ")[1].split(". ")[0]
    assert re.findall(r"`(\w+)`", told) == public


def test_the_example_runs(store_folder: Path) -> None:
    code = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    for block in code:
        exec(compile(block.replace("path/to/repository", str(store_folder)), "task-contract.md", "exec"), {})


@pytest.fixture
def store_folder(repo: Path) -> Path:
    from bd_py.service.setup import init

    init(str(repo), None)
    return repo

"""docs/task-contract.md and the code say the same: methods, values, event types, payloads, errors, the seam."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from bd_py.payloads import TYPES
from bd_py.task_service import (
    EVENT_TYPES,
    Actor,
    AsyncTaskService,
    Draft,
    MemoryTaskStore,
    Task,
    TaskEvent,
    TaskService,
    TaskServiceError,
    TaskStatus,
    TaskStore,
    errors,
)

PAGE = (Path(__file__).parents[2] / "docs/task-contract.md").read_text(encoding="utf-8")
GIVES = {
    "Task": "Task",
    "Task or None": "Task | None",
    "Task and whether it is new": "tuple[Task, bool]",
    "list of Task, newest first": "Tasks",
    "list of Task, what fits best first": "Tasks",
    "Task and the blocker's id": "tuple[Task, str]",
    "Task and the evidence's id": "tuple[Task, str]",
    "Task and the artifact's id": "tuple[Task, str]",
    "TaskEvent": "TaskEvent",
    "list of TaskEvent, oldest first": "TaskEvents",
    "list of TaskEvent: those that were written, all or none": "TaskEvents",
}
"""The words of the page, and what they are in the code."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    table = PAGE.split(f"\n## {heading}\n")[1].split("\n|---")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def named(text: str) -> list[str]:
    """What stands in backquotes."""
    return re.findall(r"`([^`]+)`", text)


def said_of(what: str) -> list[str]:
    """The parts that a sentence of the page names: "`Actor` has `agent`, ..."."""
    return named(re.search(rf"`{what}` has (.*?)[.;]", PAGE.replace("\n", " ")).group(1))  # type: ignore[union-attr]


def signature(method: Any) -> str:
    """As the page writes it: names with their defaults, `*` before those that go by keyword."""
    words: list[str] = []
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        default = "" if parameter.default is parameter.empty else f"={parameter.default!r}"
        words.append(("**" if parameter.kind is parameter.VAR_KEYWORD else "") + parameter.name + default)
    return ", ".join(words)


def told(heading: str) -> dict[str, tuple[str, str]]:
    """The methods of a table by name: how they are called, and what they give."""
    return {row[0].strip("`").split("(")[0]: (row[0].strip("`"), row[1]) for row in rows(heading)}


METHODS = told("Methods")
BESIDE = ("ensure_feature_task", "read_status")
SEAM = told("Stores")


def public(kind: type) -> list[str]:
    return [name for name in vars(kind) if not name.startswith("_")]


def test_there_are_eighteen() -> None:
    assert len(METHODS) == 18
    assert public(TaskService) == [*METHODS, *BESIDE]
    assert public(AsyncTaskService) == [*METHODS, *BESIDE]


@pytest.mark.parametrize("name", METHODS)
def test_a_method(name: str) -> None:
    method = getattr(TaskService, name)
    assert (f"{name}({signature(method)})", GIVES[METHODS[name][1]]) == (
        METHODS[name][0],
        inspect.signature(method).return_annotation,
    )


@pytest.mark.parametrize("name", [*METHODS, *BESIDE])
def test_a_coroutine_is_called_as_the_method(name: str) -> None:
    assert inspect.signature(getattr(AsyncTaskService, name)) == inspect.signature(getattr(TaskService, name))
    assert inspect.iscoroutinefunction(getattr(AsyncTaskService, name))


@pytest.mark.parametrize("name", [*METHODS, *BESIDE])
def test_a_coroutine_hands_on_all_that_it_is_given(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = inspect.signature(getattr(TaskService, name))
    got: dict[str, Any] = {}

    def record(*args: Any, **kwargs: Any) -> None:
        got.update(shape.bind(*args, **kwargs).arguments)

    monkeypatch.setattr(TaskService, name, record)
    given = {key: object() for key, each in shape.parameters.items() if each.kind is not each.VAR_KEYWORD}
    del given["self"]
    more = {"fields": {"priority": object()}} if "fields" in shape.parameters else {}
    with MemoryTaskStore() as store:
        asyncio.run(getattr(AsyncTaskService(store), name)(**given, **more.get("fields", {})))
    del got["self"]
    assert got == {**given, **more}


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside(name: str) -> None:
    assert f"`{name}({signature(getattr(TaskService, name))})`" in PAGE


def test_the_seam() -> None:
    assert list(SEAM) == public(TaskStore)
    for name, (call, gives) in SEAM.items():
        method = getattr(TaskStore, name)
        assert (call, GIVES[gives]) == (f"{name}({signature(method)})", inspect.signature(method).return_annotation)
    drafts = PAGE.split("`append` takes `Draft`s: ")[1].split(". ")[0]
    assert named(drafts) == [field.name for field in fields(Draft)]


def test_the_closed_set_of_events() -> None:
    payloads = {row[0].strip("`"): named(row[1]) for row in rows("Events")}
    assert list(payloads) == list(EVENT_TYPES)
    for name, keys in payloads.items():
        assert keys == [key for key in TYPES[name] if key != "*"], name


def test_what_an_event_an_actor_and_a_status_hold() -> None:
    event = TaskEvent("01", "tk-1", "2026-11-20T00:00:00.000Z", "task.custom", Actor(agent="a"), {"name": "n"})
    assert list(event.to_json()) == said_of("TaskEvent") == [each.name for each in fields(TaskEvent)]
    assert list(Actor("a", "t", 1, "s").to_json()) == said_of("Actor") == [each.name for each in fields(Actor)]
    status = PAGE.replace("\n", " ").split("a `TaskStatus` with ")[1].split(": whether")[0]
    assert named(status) == [each.name for each in fields(TaskStatus)]


def everything(service: TaskService) -> Task:
    """A task whose working record has all there is."""
    me = Actor("opus", "coder", 41, "s1")
    links = {"branch": "b", "worktree": "w", "pr": "#1", "commits": ["c"]}
    ref = service.create("t", name="n", summary="s", tags=["a"], links=links, meta={"k": 1}, actor=me).id
    service.set_phase(ref, "build")
    service.set_progress(ref, "half", 50)
    service.set_next_step(ref, "go")
    service.resolve_blocker(ref, service.add_blocker(ref, "no")[1])
    service.add_evidence(ref, passed=True, command="c", exit_code=0, summary="s", artifacts=["a"], actor=me)
    service.add_artifact(ref, "p", kind="k", description="d")
    return service.set_attribution(ref, me)


def test_the_working_record(service: TaskService) -> None:
    task = everything(service)
    found = task.to_json()
    for row in rows("Values"):
        for key in named(row[0]):
            assert found[key], key
            assert hasattr(task, key)
    for key in ("progress", "attribution", "links"):
        assert set(found[key]) == set(parts(key)), key
    for key in ("blockers", "evidence", "artifacts"):
        assert set(found[key][0]) == set(parts(key)), key
        assert {each.name for each in fields(getattr(task, key)[0])} == set(parts(key)), key
    assert found["evidence"][0]["actor"].items() >= {"agent": "opus", "session": "s1"}.items()
    assert (task.version, task.event_count) == (service.get_events(task.id)[-1].id, len(service.get_events(task.id)))


def parts(key: str) -> list[str]:
    """The keys that the page names for a part of the working record."""
    return next(named(row[1]) for row in rows("Values") if named(row[0]) == [key])


def test_a_status_as_json(service: TaskService) -> None:
    task = everything(service)
    service.add_blocker(task.id, "again")
    found = service.read_status(task.id).to_json()
    assert json.loads(json.dumps(found)) == found
    assert found["open_blockers"][0]["text"] == "again"
    assert (found["task"], found["next_step"], found["validation_stale"]) == (task.id, "go", False)


def _ambiguous(service: TaskService) -> None:
    service.create("one")
    service.create("two")
    service.get("tk-")


RAISES: dict[str, Callable[[TaskService], object]] = {
    "TASK_NOT_FOUND": lambda service: service.get("nope"),
    "TASK_VALIDATION_ERROR": lambda service: service.create("t", phase=" "),
    "AMBIGUOUS_TASK_REF": _ambiguous,
    "TASK_RESOURCE_NOT_FOUND": lambda service: service.resolve_blocker(service.create("t").id, "bl-nope"),
    "TASK_STORE_ERROR": lambda service: service.list(),
    "UNKNOWN_EVENT_TYPE": lambda service: service.add_event("t", "task.nope", {}),
}


def test_the_six_errors() -> None:
    on_page = {row[0].strip("`"): row[1].strip("`") for row in rows("Errors")}
    assert on_page == {kind.code: kind.__name__ for kind in errors.ERRORS}
    assert list(on_page) == list(RAISES)


@pytest.mark.parametrize("row", rows("Errors"), ids=lambda row: row[0])
def test_what_an_error_tells(row: list[str]) -> None:
    code = row[0].strip("`")
    store = MemoryTaskStore()
    if code == "TASK_STORE_ERROR":
        store.close()
    with pytest.raises(TaskServiceError) as error:
        RAISES[code](TaskService(store))
    store.close()
    found = error.value.to_json()["error"]
    assert (type(error.value).__name__, found["code"]) == (row[1].strip("`"), code)
    assert set(named(row[2])) <= set(found["details"])
    every = named(PAGE.split("for values of a wrong type too. Each has ")[1].split(" and is")[0])
    assert {*found, "to_json()"} == set(every)


def test_the_example_runs(store_folder: Path) -> None:
    code = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    assert code
    for block in code:
        exec(compile(block.replace("path/to/repository", str(store_folder)), "task-contract.md", "exec"), {})


@pytest.fixture
def store_folder(repo: Path) -> Path:
    from bd_py.service.setup import init

    init(str(repo), None)
    return repo

"""What a caller may hand over by mistake: every method answers with one of the six errors, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from bd_py.task_service import (
    Actor,
    TaskNotFound,
    TaskResourceNotFound,
    TaskService,
    TaskValidationError,
    UnknownEventType,
)

ODD: dict[str, Any] = {
    "none": None,
    "number": 5,
    "float": 1.5,
    "nan": float("nan"),
    "true": True,
    "too large": 2**70,
    "bytes": b"x",
    "surrogate": "a\ud800b",
    "list": [object()],
    "mapping": {"a": object()},
    "object": object(),
    "time": datetime(2026, 11, 20, tzinfo=UTC),
}
Call = Callable[[TaskService, str, Any], object]
NO_TEXT: dict[str, Call] = {
    "title": lambda s, _, odd: s.create(odd),
    "a name": lambda s, _, odd: s.ensure_feature_task(odd),
    "a patch": lambda s, ref, odd: s.update(ref, odd),
    "a title": lambda s, ref, odd: s.update(ref, {"title": odd}),
    "a branch": lambda s, _, odd: s.create("t", links={"branch": odd}),
    "a commit": lambda s, ref, odd: s.update(ref, {"links": {"commits": [odd]}}),
    "a tag": lambda s, ref, odd: s.update(ref, {"tags": [odd]}),
    "status": lambda s, ref, odd: s.set_status(ref, odd),
    "blocker": lambda s, ref, odd: s.add_blocker(ref, odd),
    "blocker's id": lambda s, ref, odd: s.resolve_blocker(ref, odd),
    "path": lambda s, ref, odd: s.add_artifact(ref, odd),
    "note": lambda s, ref, odd: s.add_note(ref, odd),
    "resolution": lambda s, ref, odd: s.close(ref, odd),
    "attribution": lambda s, ref, odd: s.set_attribution(ref, odd),
    "type": lambda s, ref, odd: s.add_event(ref, odd, {}),
    "payload": lambda s, ref, odd: s.add_event(ref, "task.custom", odd),
    "resolution of an event": lambda s, ref, odd: s.add_event(ref, "task.closed", {"resolution": odd}),
}
NO_REF: dict[str, Call] = {
    "get": lambda s, _, odd: s.get(odd),
    "resolve_task": lambda s, _, odd: s.resolve_task(odd),
    "update": lambda s, _, odd: s.update(odd, {"title": "New"}),
    "set_phase": lambda s, _, odd: s.set_phase(odd, "build"),
    "set_status": lambda s, _, odd: s.set_status(odd, "open"),
    "close": lambda s, _, odd: s.close(odd),
    "add_event": lambda s, _, odd: s.add_event(odd, "task.custom", {"name": "n"}),
    "get_events": lambda s, _, odd: s.get_events(odd),
    "read_status": lambda s, _, odd: s.read_status(odd),
    "dependencies": lambda s, _, odd: s.create("t", dependencies=[("blocks", odd)]),
}
NO_LIST: dict[str, Call] = {
    "tags": lambda s, _, odd: s.create("t", tags=odd),
    "tags of a name": lambda s, _, odd: s.ensure_feature_task("n", tags=odd),
    "tags of a patch": lambda s, ref, odd: s.update(ref, {"tags": odd}),
    "artifacts": lambda s, ref, odd: s.add_evidence(ref, passed=True, artifacts=odd),
}
NO_LIMIT: dict[str, Call] = {
    "list": lambda s, _, odd: s.list(limit=odd),
    "get_events": lambda s, ref, odd: s.get_events(ref, limit=odd),
}
MISTAKES: dict[str, tuple[dict[str, Call], Iterable[Any]]] = {
    "no text": (NO_TEXT, ODD.values()),
    "no ref": (NO_REF, [None, 5, b"x", ["a"], object(), 2**70]),
    "no list, but text whose letters are one": (NO_LIST, ["core", b"core", {"core": 1}, 5]),
    "no limit": (NO_LIMIT, [-1, 1.5, True, "5", [], float("inf"), 2**70]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_type_is_refused(mistake: str, service: TaskService) -> None:
    calls, values = MISTAKES[mistake]
    ref = service.create("Base").id
    for odd in values:
        for name, call in calls.items():
            with pytest.raises((TaskValidationError, UnknownEventType, TaskNotFound, TaskResourceNotFound)) as error:
                call(service, ref, odd)
            assert json.loads(json.dumps(error.value.to_json()))["error"]["code"] == error.value.code, name
    assert len(service.list()) == 1
    assert len(service.get_events(ref)) == 1


def blamed(call: Callable[..., object], *args: Any, **given: Any) -> object:
    """The field that a refusal names."""
    with pytest.raises(TaskValidationError) as error:
        call(*args, **given)
    return error.value.details["field"]


def test_a_filter_is_text(service: TaskService) -> None:
    for name in ("name", "status", "phase", "tag", "assignee"):
        for odd in (5, b"x", ["a"], {"a": 1}, "a\ud800b", 2**70):
            assert blamed(service.list, **{name: odd}) == name


def test_no_limit_is_none_or_0(service: TaskService) -> None:
    ref = service.create("One").id
    assert len(service.list(limit=0)) == len(service.get_events(ref, limit=0)) == 1


def test_who_acts_is_an_actor(service: TaskService) -> None:
    for odd in ("ada", {"agent": "ada"}, 5, object()):
        assert blamed(service.create, "t", actor=odd) == "actor"


def test_who_acts_can_be_written(service: TaskService) -> None:
    ref = service.create("Base").id
    for key in ("agent", "agent_type", "session", "pid"):
        for odd in ("", " a", "a\nb", "a\ud800b", "x" * 201, -1, 2**70, True, 1.5, ["a"]):
            actor = Actor(**{key: odd})  # type: ignore[arg-type]
            assert blamed(service.add_note, ref, "n", actor=actor) == key
            assert blamed(service.set_attribution, ref, actor) == key
    assert len(service.get_events(ref)) == 1


def test_a_field_of_a_wrong_type(service: TaskService) -> None:
    for odd in (5, b"x", ["a"], object(), datetime(2026, 11, 20), datetime(2026, 11, 20, tzinfo=UTC)):
        for name in ("parent", "due_at", "defer_until", "issue_type", "priority", "assignee"):
            with pytest.raises(TaskValidationError):
                service.create("t", **{name: odd})  # type: ignore[arg-type]
    assert service.list() == []


def test_a_field_that_no_task_has(service: TaskService) -> None:
    for name in ("banana", "prioriti", "status", "closed_at", "labels"):
        assert blamed(service.create, "t", **{name: "x"}) == name
    assert service.list() == []


def test_mappings_and_tuples_are_as_good_as_dicts_and_lists(service: TaskService) -> None:
    links: Mapping[str, Any] = MappingProxyType({"branch": "x", "commits": ("a", "b")})
    meta = MappingProxyType({"deep": MappingProxyType({"list": (1, (2, 3))})})
    task = service.create("t", links=links, meta=meta, tags=("a", "b"))
    assert dict(task.links) == {"branch": "x", "commits": ["a", "b"]}
    assert dict(task.meta) == {"deep": {"list": [1, [2, 3]]}}
    copy = service.create("copy", links=task.links, meta=task.meta, tags=task.labels)
    assert (copy.links, copy.meta, copy.labels) == (task.links, task.meta, task.labels)
    event = service.add_event(task.id, "task.custom", MappingProxyType({"name": "n", "data": (1,)}))
    assert dict(event.payload) == {"name": "n", "data": [1]}


def test_what_is_nested_without_end(service: TaskService) -> None:
    ref = service.create("t").id
    loop: dict[str, Any] = {}
    loop["self"] = loop
    with pytest.raises(TaskValidationError):
        service.update(ref, {"meta": loop})
    with pytest.raises(TaskValidationError):
        service.create("t", meta=loop)


@pytest.mark.parametrize(
    "payload",
    [{}, {"resolution": "banana"}, {"resolution": "completed", "reason": 5}, {"resolution": "completed", "more": 1}],
)
def test_an_event_that_closes_is_looked_at_as_any_other(payload: dict[str, Any], service: TaskService) -> None:
    ref = service.create("t").id
    with pytest.raises(TaskValidationError):
        service.add_event(ref, "task.closed", payload)
    with pytest.raises(TaskValidationError):
        service.add_event(ref, "task.closed", {"resolution": "completed", "forced": True})
    assert service.get(ref).status == "open"


def test_an_unknown_type_is_told_as_it_was_given(service: TaskService) -> None:
    ref = service.create("t").id
    with pytest.raises(UnknownEventType) as error:
        service.add_event(ref, ["task.custom"], {})  # type: ignore[arg-type]
    assert error.value.details["type"] == "['task.custom']"

"""What each method of the task service does, over every store."""

from __future__ import annotations

from typing import Any

import pytest

from bd_py.errors import ConflictError
from bd_py.task_service import (
    Actor,
    AmbiguousTaskRef,
    Draft,
    TaskNotFound,
    TaskResourceNotFound,
    TaskService,
    TaskStore,
    TaskValidationError,
    UnknownEventType,
)

ME = Actor(agent="opus", agent_type="coder", pid=41, session="s1")


def types(service: TaskService, ref: str) -> list[str]:
    return [event.type.removeprefix("task.") for event in service.get_events(ref)]


@pytest.fixture
def ref(service: TaskService) -> str:
    return str(service.create("Port the parser", actor=ME).id)


def test_create_and_get(service: TaskService) -> None:
    task = service.create(
        "Refactor the vector layer",
        name="vector",
        summary="One index",
        phase="plan",
        tags=["core", "db"],
        links={"branch": "vector", "pr": "#1"},
        meta={"points": 3},
        priority=1,
        actor=ME,
    )
    assert service.get(task.id) == task
    assert (task.title, task.status, task.name, task.summary) == (
        "Refactor the vector layer",
        "open",
        "vector",
        "One index",
    )
    assert (task.phase, task.labels, task.priority) == ("plan", ("core", "db"), 1)
    assert dict(task.links) == {"branch": "vector", "pr": "#1"}
    assert dict(task.meta) == {"points": 3}
    (event,) = service.get_events(task.id)
    assert (event.type, event.task, event.actor) == ("task.created", task.id, ME)
    assert event.at == task.created_at
    assert event.to_json()["actor"] == {"agent": "opus", "agent_type": "coder", "pid": 41, "session": "s1"}


def test_an_event_of_nobody_says_so(service: TaskService) -> None:
    task = service.create("Unattributed")
    (event,) = service.get_events(task.id)
    assert event.actor is None
    assert event.to_json()["actor"] is None


def test_an_actor_that_another_program_wrote() -> None:
    odd = {"name": "ada", "agent": ["x"], "agent_type": 5, "pid": "41", "session": "s1"}
    assert Actor.from_json(odd) == Actor(session="s1")
    assert Actor.from_json({"agent": 5, "pid": True}) is None


def test_a_ref_is_an_id_a_prefix_or_a_name(service: TaskService, ref: str) -> None:
    old = service.create("old", name="layer")
    service.close(old.id)
    new = service.create("new", name="layer")
    assert service.get("layer").id == new.id
    service.close(new.id)
    assert service.resolve_task("layer") is None  # a name is that of work that goes on
    assert service.get(ref[:-2]).id == ref
    found = service.resolve_task(ref)
    assert found is not None
    assert found.id == ref
    assert service.resolve_task("nope") is None
    with pytest.raises(TaskNotFound) as error:
        service.get("nope")
    assert error.value.to_json()["error"]["code"] == "TASK_NOT_FOUND"


def test_an_ambiguous_ref_lists_what_it_fits(service: TaskService, ref: str) -> None:
    other = service.create("Another")
    for call in (service.get, service.resolve_task):
        with pytest.raises(AmbiguousTaskRef) as error:
            call("tk-")
        assert error.value.details["ref"] == "tk-"
        assert set(error.value.details["matches"]) == {ref, other.id}


def test_list_is_newest_first(service: TaskService) -> None:
    ids = [service.create(f"task {k}", name=f"n{k % 2}", phase="plan" if k else None).id for k in range(4)]
    assert [task.id for task in service.list()] == ids[::-1]
    assert [task.id for task in service.list(limit=2)] == ids[:1:-1]
    assert [task.id for task in service.list(name="n0")] == [ids[2], ids[0]]
    assert [task.id for task in service.list(phase="plan")] == ids[:0:-1]
    service.close(ids[3])
    assert [task.id for task in service.list(status="closed")] == [ids[3]]
    assert [task.id for task in service.list(status="open", limit=1)] == [ids[2]]
    with pytest.raises(TaskValidationError):
        service.list(status="banana")


def test_update(service: TaskService, ref: str) -> None:
    service.update(ref, {"tags": ["a", "b"], "links": {"branch": "x", "pr": "#1"}, "meta": {"k": 1, "l": 2}})
    task = service.update(
        ref, {"title": "New", "summary": "S", "tags": ["b", "c"], "links": {"pr": None}, "meta": {"m": 3}}, actor=ME
    )
    assert (task.title, task.summary, task.labels) == ("New", "S", ("b", "c"))
    assert dict(task.links) == {"branch": "x"}
    assert dict(task.meta) == {"m": 3}
    assert service.update(ref, {"title": " New "}).title == "New"
    count = len(service.get_events(ref))
    service.update(ref, {})
    service.update(ref, {"title": "New", "tags": ["c", "b"], "links": {"branch": "x"}, "meta": {"m": 3}})
    assert len(service.get_events(ref)) == count
    with pytest.raises(TaskValidationError) as error:
        service.update(ref, {"status": "closed"})
    assert error.value.details["field"] == "status"
    with pytest.raises(TaskValidationError):
        service.update(ref, {"title": ""})


def test_phase_and_next_step(service: TaskService, ref: str) -> None:
    task = service.set_phase(ref, "build", actor=ME)
    assert (task.phase, task.phase_entered_at) == ("build", service.get_events(ref)[-1].at)
    service.set_phase(ref, "build")
    assert service.set_next_step(ref, "run it").next_step == "run it"
    service.set_next_step(ref, "run it")
    assert service.set_phase(ref, None).phase is None
    assert service.set_next_step(ref, None).next_step is None
    assert types(service, ref) == ["created", "phase.set", "next_step.set", "phase.set", "next_step.set"]


def test_progress(service: TaskService, ref: str) -> None:
    service.set_progress(ref, "half way", 50)
    progress = service.set_progress(ref, percent=80).progress
    assert progress is not None
    assert (progress.text, progress.percent) == ("half way", 80)
    service.set_progress(ref, "half way", 80)
    assert types(service, ref) == ["created", "progress.set", "progress.set"]
    for bad in (101, -1, None):
        with pytest.raises(TaskValidationError):
            service.set_progress(ref, percent=bad)


def test_status(service: TaskService, ref: str) -> None:
    assert service.set_status(ref, "deferred").status == "deferred"
    service.set_status(ref, "deferred")
    assert service.set_status(ref, "todo").status == "open"
    assert types(service, ref) == ["created", "status.set", "status.set"]
    with pytest.raises(TaskValidationError):
        service.set_status(ref, "banana")
    assert service.set_status(ref, "abandoned").resolution == "abandoned"
    count = len(service.get_events(ref))
    for word in ("closed", "done", "abandoned"):
        assert service.set_status(ref, word).resolution == "abandoned"
    assert len(service.get_events(ref)) == count
    assert service.set_status(ref, "open").status == "open"


def test_blockers(service: TaskService, ref: str) -> None:
    task, one = service.add_blocker(ref, "no host", actor=ME)
    assert [(blocker.id, blocker.status, blocker.text) for blocker in task.blockers] == [(one, "open", "no host")]
    task = service.resolve_blocker(ref, one)
    assert [blocker.status for blocker in task.blockers] == ["resolved"]
    service.resolve_blocker(ref, one)
    assert types(service, ref) == ["created", "blocker.add", "blocker.resolve"]
    with pytest.raises(TaskResourceNotFound) as error:
        service.resolve_blocker(ref, "bl-nope")
    assert error.value.details == {"task": ref, "kind": "blocker", "id": "bl-nope"}


def test_evidence_and_artifacts(service: TaskService, ref: str) -> None:
    task, key = service.add_evidence(
        ref, passed=False, command="make", exit_code=2, summary="s", artifacts=["log"], actor=ME
    )
    (found,) = task.evidence
    assert (found.id, found.passed, found.command, found.exit_code, found.summary, found.artifacts) == (
        key,
        False,
        "make",
        2,
        "s",
        ("log",),
    )
    assert found.actor["agent"] == "opus"
    task, other = service.add_artifact(ref, "a.md", kind="design", description="draft")
    assert [(item.id, item.path, item.kind, item.description) for item in task.artifacts] == [
        (other, "a.md", "design", "draft")
    ]
    with pytest.raises(TaskValidationError):
        service.add_evidence(ref, passed=True, exit_code=1)


def test_attribution_and_notes(service: TaskService, ref: str) -> None:
    assert dict(service.set_attribution(ref, ME).attribution) == ME.to_json()
    service.set_attribution(ref, ME)
    task = service.add_note(ref, "A note", actor=ME)
    assert [comment.text for comment in task.comments] == ["A note"]
    assert types(service, ref) == ["created", "attribution.set", "note.append"]


def test_close(service: TaskService, ref: str) -> None:
    task = service.close(ref, "failed", actor=ME)
    assert (task.status, task.resolution) == ("closed", "failed")
    service.close(ref, "failed")
    assert types(service, ref) == ["created", "closed"]
    for resolution in ("completed", "banana", "", None):
        with pytest.raises(TaskValidationError):
            service.close(ref, resolution)  # type: ignore[arg-type]


EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("task.updated", {"set": {"title": "New"}}),
    ("task.phase.set", {"phase": "build"}),
    ("task.status.set", {"status": "deferred"}),
    ("task.progress.set", {"percent": 5}),
    ("task.next_step.set", {"step": "go"}),
    ("task.blocker.add", {"blocker": "b1", "text": "no"}),
    ("task.evidence.add", {"evidence": "e1", "passed": True}),
    ("task.artifact.add", {"artifact": "a1", "path": "p"}),
    ("task.attribution.set", {"agent": "opus"}),
    ("task.note.append", {"text": "a note"}),
    ("task.custom", {"name": "deploy", "data": {"host": "a1"}}),
    ("task.closed", {"resolution": "completed", "reason": "done"}),
]


@pytest.mark.parametrize(("type_", "payload"), EVENTS)
def test_add_event(type_: str, payload: dict[str, Any], service: TaskService, ref: str) -> None:
    event = service.add_event(ref, type_, payload, actor=ME)
    assert (event.type, event.task, event.actor) == (type_, ref, ME)
    assert payload.items() <= dict(event.payload).items()
    assert service.get_events(ref)[-1] == event
    assert service.get_events(ref, type=type_) == [event]


def test_an_event_that_changes_nothing_is_the_one_that_made_it_so(service: TaskService) -> None:
    ref = service.create("One", phase="build").id
    (created,) = service.get_events(ref)
    assert service.add_event(ref, "task.phase.set", {"phase": "build"}) == created
    assert service.add_event(ref, "task.next_step.set", {"step": None}) == created
    assert service.add_event(ref, "task.updated", {"set": {"title": "One"}}) == created
    done = service.add_event(ref, "task.phase.set", {"phase": "review"})
    service.add_note(ref, "between")
    assert service.add_event(ref, "task.phase.set", {"phase": "review"}) == done
    closed = service.add_event(ref, "task.closed", {"resolution": "failed"})
    assert service.add_event(ref, "task.closed", {"resolution": "failed"}) == closed


def test_the_set_of_events_is_closed(service: TaskService, ref: str) -> None:
    for type_ in ("task.label.add", "record.put", "nope"):
        with pytest.raises(UnknownEventType) as error:
            service.add_event(ref, type_, {})
        assert error.value.details["type"] == type_
        assert len(error.value.details["known"]) == 14
    for type_, payload in (
        ("task.created", {"title": "x"}),
        ("task.phase.set", {}),
        ("task.progress.set", {"percent": 101}),
    ):
        with pytest.raises(TaskValidationError):
            service.add_event(ref, type_, payload)
    assert types(service, ref) == ["created"]


def test_the_newest_events(service: TaskService, ref: str) -> None:
    for k in range(5):
        service.add_note(ref, f"note {k}")
    assert [dict(event.payload)["text"] for event in service.get_events(ref, limit=2)] == ["note 3", "note 4"]
    assert len(service.get_events(ref, type="task.note.append")) == 5


def test_parts_stand_in_the_order_in_which_they_were_told(service: TaskService, ref: str) -> None:
    """Those of one millisecond too: their ids are random."""
    blockers = [service.add_blocker(ref, f"{k}")[1] for k in range(8)]
    evidence = [service.add_evidence(ref, passed=True, summary=f"{k}")[1] for k in range(8)]
    artifacts = [service.add_artifact(ref, f"{k}")[1] for k in range(8)]
    task = service.get(ref)
    assert [each.id for each in task.blockers] == blockers
    assert [each.id for each in task.evidence] == evidence
    assert [each.id for each in task.artifacts] == artifacts


def test_a_new_task_under_another_and_after_another(service: TaskService) -> None:
    parent = service.create("Sum", name="sum", compound=True)
    first = service.create("First", parent="sum", due_at="2026-12-01T00:00:00Z", priority=1)
    task = service.create("Second", parent=parent.id[:-1], dependencies=[("blocks", first.id)])
    assert (first.parent, first.due_at, first.priority) == (parent.id, "2026-12-01T00:00:00.000Z", 1)
    edges = {(edge.type, edge.id) for edge in task.dependencies}
    assert edges == {("parent-child", parent.id), ("blocks", first.id)}
    with pytest.raises(TaskNotFound):
        service.create("Third", parent="nope")


def test_what_fails_writes_nothing(store: TaskStore) -> None:
    task, _ = store.create("One", {})
    with pytest.raises(Exception, match="no blocker"):
        store.append(
            [
                Draft(task.id, "task.note.append", {"text": "never"}),
                Draft(task.id, "task.blocker.resolve", {"blocker": "nope"}),
            ]
        )
    assert [event.type for event in store.events(task.id)] == ["task.created"]


def test_claim(store: TaskStore) -> None:
    task, _ = store.create("One", {})
    assert store.claim(task.id, actor=Actor(session="s1")).status == "in_progress"
    with pytest.raises(ConflictError):
        store.claim(task.id, actor=Actor(session="s2"))
    assert store.claim(task.id, actor=Actor(session="s2"), force=True).status == "in_progress"


def test_find(store: TaskStore) -> None:
    store.create("Paint the shed", {})
    task, _ = store.create("Refactor the vector layer", {"description": "one index"})
    assert [found.id for found in store.find("vector")] == [task.id]
    assert [found.id for found in store.find("index", limit=1)] == [task.id]


def test_ensure_feature_task(store: TaskStore) -> None:
    service = TaskService(store)
    task, created = service.ensure_feature_task("vector", title="The vector layer", phase="plan")
    assert (created, task.title, task.name, task.phase) == (True, "The vector layer", "vector", "plan")
    again, created = service.ensure_feature_task("vector", title="Another")
    assert (created, again.id) == (False, task.id)
    service.close(task.id)
    third, created = service.ensure_feature_task("vector")
    assert (created, third.title) == (True, "vector")


def test_the_last_check_counts(store: TaskStore) -> None:
    """By the order in which they were recorded, also within a millisecond."""
    service = TaskService(store)
    for passed in (True, False, True, False):
        ref = service.create("One").id
        service.add_evidence(ref, passed=not passed)
        service.add_evidence(ref, passed=passed)
        assert service.read_status(ref).validation_passed is passed


def test_read_status(store: TaskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from bd_py import times

    service = TaskService(store)
    ref = service.create("One", phase="build").id
    found = service.read_status(ref)
    assert (found.phase, found.validated_at, found.validation_stale) == ("build", None, True)
    service.set_next_step(ref, "go")
    _, blocker = service.add_blocker(ref, "no")
    _, other = service.add_blocker(ref, "gone")
    service.resolve_blocker(ref, other)
    service.add_evidence(ref, passed=True)
    found = service.read_status(ref)
    assert ([each.id for each in found.open_blockers], found.next_step) == ([blocker], "go")
    assert (found.validation_passed, found.validation_stale) == (True, False)
    now = times.now()
    monkeypatch.setattr(times, "now", lambda: times.iso(times.to_ms(now) + 25 * 3_600_000))
    assert service.read_status(ref).validation_stale is True

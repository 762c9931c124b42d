"""Every type of event: a payload that passes, and for each rule one that is refused by name."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.errors import InvalidError
from bd_py.payloads import (
    CONTRACT_TYPES,
    FIELDS,
    IGNORED,
    MAX_DEPTH,
    RESOLUTIONS,
    TYPES,
    check,
    check_field,
    clean,
)

ULID = "01JD3M6Q0R8V5T3C1N9XW2YB4F"
TIME = "2026-11-20T18:02:11.123Z"
SURROGATE = "\ud800"

FULL_TASK: dict[str, Any] = {
    "title": "Refactor the vector layer",
    "description": "Split\nthe index.",
    "design": "",
    "acceptance_criteria": "- it is fast",
    "notes": "see the paper",
    "status": "in_progress",
    "priority": 0,
    "issue_type": "merge-request",
    "assignee": "beads/crew/wolf",
    "owner": "ada@example.com",
    "estimated_minutes": 0,
    "created_at": "2026-01-16T07:21:09.280348123Z",
    "created_by": "Ada L.",
    "updated_at": "2024-02-29T23:59:60Z",
    "closed_at": TIME,
    "close_reason": "Merged to main",
    "resolution": "completed",
    "due_at": TIME,
    "defer_until": None,
    "external_ref": "github:a/b#23",
    "name": "vector-layer",
    "summary": "One index a file",
    "phase": "implementation",
    "links": {
        "branch": "feature/x",
        "worktree": "/tmp/a b",
        "pr": "https://example.com/1",
        "commits": ["1a"],
    },
    "meta": {"cost": 1.5, "": [None]},
    "checklist": {"1-x7k2m9": {"text": "It holds", "done": True}, "mine": {"text": "Told"}},
    "compound": False,
    "labels": ["gh:788", "needs review", "grün"],
    "dependencies": [{"on": "bd-a3f8.1", "type": "blocks", "created_at": TIME, "created_by": "ada"}],
    "compacted_at_commit": "",
}

VALID: dict[str, list[dict[str, Any]]] = {
    "task.created": [{"title": "x"}, {"title": "x" * 500}, FULL_TASK, {"title": " x ", "meta.cost": 3}],
    "task.updated": [
        {"set": {"title": "y"}},
        {"set": {"description": None, "links.branch": None, "links.commits": ["a"], "meta.a.b": {"c": []}}},
        {"set": {"checklist.2-x7k2m9": {"text": "Tested", "done": False}, "checklist.1-x7k2m9": None}},
        {"set": {"hooked_by": {"any": "thing"}, "meta": {}, "links": {}}},
    ],
    "task.phase.set": [{"phase": "review"}, {"phase": None, "previous": "review"}],
    "task.status.set": [{"status": "blocked", "previous": "open", "reason": "waits for the vendor"}],
    "task.progress.set": [{"text": "half", "percent": 0}, {"percent": 100}, {"text": None, "percent": None}],
    "task.next_step.set": [{"step": "write the test"}, {"step": None}],
    "task.blocker.add": [{"blocker": "b-1", "text": "no key"}],
    "task.blocker.resolve": [{"blocker": "b-1"}],
    "task.evidence.add": [
        {"evidence": "e-1", "passed": True, "exit_code": 0, "command": "make test", "artifacts": ["a/b.log"]},
        {"evidence": "e-1", "passed": False, "exit_code": -9, "summary": ""},
        {"evidence": "e-1", "passed": False, "exit_code": 0},
    ],
    "task.artifact.add": [{"artifact": "a-1", "path": "out/report.html", "kind": "report", "description": ""}],
    "task.attribution.set": [{"agent": "coder", "agent_type": "cli", "session": "s/1", "pid": 42}, {}],
    "task.note.append": [{"text": "seen\ntoo"}, {"text": "imported", "number": 11}],
    "task.custom": [{"name": "cost.counted"}, {"name": "x", "data": [1, None, {"a": "ü"}]}],
    "task.closed": [{"resolution": name} for name in RESOLUTIONS]
    + [{"resolution": "wontfix", "reason": "old", "forced": True}],
    "task.claimed": [{"assignee": "ada"}, {"assignee": "ada", "session": "s", "ttl": 600, "hold": ULID}],
    "task.released": [{"hold": ULID}, {"hold": ULID, "reason": "", "retry": True}],
    "task.reviewed": [{"verdict": "accepted"}, {"verdict": "rejected", "reason": "no test"}],
    "task.label.add": [{"label": "needs review"}],
    "task.label.remove": [{"label": "x" * 200}],
    "task.dep.add": [
        {"on": "tk-7f3k9q2m1x", "type": "waits-for"},
        {"on": "tk-1", "type": "my own", "created_at": TIME, "created_by": "ada"},
    ],
    "task.dep.remove": [{"on": "tk-7f3k9q2m1x", "type": "blocks"}],
    "task.deleted": [{}, {"reason": "batch delete"}],
    "task.restored": [{}, {"reason": "needed"}],
    "record.put": [{"set": {}}, {"set": {"title": None, "steps": [1, 2.5, {"x": True}]}}],
    "record.deleted": [{}],
    "collection.defined": [
        {"name": "prds", "schema": {}},
        {"name": "prds", "schema": {"a": 1}, "indexed": ["a"]},
    ],
}

BAD_VALUES: dict[str, list[Any]] = {
    "title": ["", "  ", "x" * 501, "a\nb", "a\rb", "a\0b", 1, None],
    "text": ["", " \n", 1, None],
    "text or null": ["", 1],
    "string": [1, ["a"]],
    "name": ["", " a", "a\n", "a\tb", "a\u2028b", "x" * 201, 1],
    "name or null": ["", " a", 1],
    "token": ["", "a b", "a\x7f", "x" * 257, 1],
    "open status": ["closed", "", "a b", 1],
    "id": ["", "a/b", "a b", "a\x00", "x" * 257, 1, None],
    "event id": ["", ULID.lower(), ULID[1:], "8" + ULID[1:], ULID[:-1] + "U", 1],
    "priority": [-1, 5, True, 1.0, "1"],
    "percent or null": [-1, 101, True, 50.0, "50"],
    "int": [-1, True, 1.5, "1", 2**63],
    "any int": [True, 1.5, "1", -(2**63) - 1],
    "seconds": [0, -1, True, "60", 2**40],
    "bool": [0, "true", None],
    "time": [
        "",
        "2026-11-20",
        "2026-11-20T18:02:11",
        "2026-11-20T18:02:11.Z",
        "2026-11-20T18:02:11,1Z",
        "2026-11-20T18:02:11.1a2Z",
        "2026-11-20T18:02:11.\u0663Z",
        "2026-11-20 18:02:11Z",
        "2026-11-20T18:02:11+01:00",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "\uff12026-01-01T00:00:00Z",
        1700000000,
    ],
    "resolution": ["done", "", 1],
    "verdict": ["ok", True],
    "object": [[], "x", None],
    "changes": [{}, [], None, {"status": "open"}, {"labels": []}, {"dependencies": []}, {"title": None}],
    "checklist": [
        None,
        [],
        {"a": {}},
        {"a": {"text": ""}},
        {"a": {"text": "x", "done": 1}},
        {"a": {"text": "x", "by": 1}},
    ],
    "links": [None, [], {"branch": ""}, {"branch": 1}, {"commits": "a"}, {"commits": [""]}, {"tag": "v1"}],
    "[name]": ["a", [""], ["a", " b"], [1], {}],
    "[text]": ["a", [""], [1]],
    "[dependency]": [
        {},
        ["tk-1"],
        [{"on": "tk-1"}],
        [{"type": "blocks"}],
        [{"on": "a/b", "type": "blocks"}],
        [{"on": "tk-1", "type": ""}],
        [{"on": "tk-1", "type": "blocks", "created_at": "yesterday"}],
        [{"on": "tk-1", "type": "blocks", "why": "x"}],
    ],
}

ANYTHING = ("json", "field")


def refusal(type_: str, data: object) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        check(type_, data)
    return caught.value


def test_types_are_those_of_the_design() -> None:
    assert set(VALID) == set(TYPES)
    assert tuple(VALID)[:14] == CONTRACT_TYPES
    assert CONTRACT_TYPES[0] == "task.created"
    assert CONTRACT_TYPES[-1] == "task.closed"
    assert set(FULL_TASK) >= set(FIELDS)


@pytest.mark.parametrize(("type_", "data"), [(name, data) for name in VALID for data in VALID[name]])
def test_valid_payload_passes_and_survives_json(type_: str, data: dict[str, Any]) -> None:
    check(type_, data)
    check(type_, json.loads(json.dumps(data)))


def bad_by_rule() -> list[tuple[str, str, object]]:
    cases: list[tuple[str, str, object]] = []
    for type_, spec in TYPES.items():
        for key, kind in spec.items():
            if kind not in ANYTHING:
                cases.extend((type_, key.rstrip("?"), value) for value in BAD_VALUES[kind])
    return cases


@pytest.mark.parametrize(("type_", "key", "value"), bad_by_rule())
def test_bad_value_is_refused_by_name(type_: str, key: str, value: object) -> None:
    error = refusal(type_, VALID[type_][0] | {key: value})
    field = error.details["field"]
    assert field.startswith(key) or (key == "set" and field in ("status", "labels", "dependencies", "title"))
    assert field in error.message
    if "allowed" in error.details:
        assert str(error.details["allowed"]) in error.message


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, kind in FIELDS.items() for v in BAD_VALUES[kind]])
def test_bad_field_is_refused_by_name_on_every_path(name: str, value: object) -> None:
    nullable = value is None and name not in ("title", "links", "meta", "checklist", "compound")
    if nullable or (name == "compound" and value is None):
        check_field(name, value)
        return
    with pytest.raises(InvalidError, match=name):
        check_field(name, value)
    assert name in refusal("task.created", {"title": "x"} | {name: value}).message
    assert name in refusal("task.updated", {"set": {name: value}}).message


@pytest.mark.parametrize("type_", TYPES)
def test_missing_and_unknown_keys_are_refused_by_name(type_: str) -> None:
    for key in TYPES[type_]:
        if key.endswith("?") or key == "*":
            continue
        error = refusal(type_, {k: v for k, v in VALID[type_][0].items() if k != key})
        assert f"{type_} needs {key}" == error.message
        assert error.hint is not None
    if "*" not in TYPES[type_]:
        error = refusal(type_, VALID[type_][-1] | {"colour": "red"})
        assert error.message == f"{type_} takes no 'colour'"
        assert error.details["field"] == "colour"


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_payload_must_be_an_object(data: object) -> None:
    for type_ in TYPES:
        assert "data" in refusal(type_, data).message


@pytest.mark.parametrize(
    ("type_", "hint"),
    [("task.close", "task.closed"), ("note.append", "task.note.append"), ("zzz", "task.custom")],
)
def test_unknown_type_suggests_the_nearest(type_: str, hint: str) -> None:
    error = refusal(type_, {})
    assert type_ in error.message
    assert hint in str(error.hint)
    assert error.details["field"] == "type"


@pytest.mark.parametrize("code", [1, -9, 255])
def test_evidence_that_failed_has_not_passed(code: int) -> None:
    error = refusal("task.evidence.add", {"evidence": "e", "passed": True, "exit_code": code})
    assert "exit_code" in error.message
    assert str(code) in error.message


def test_progress_says_something() -> None:
    assert refusal("task.progress.set", {}).details["field"] == "text"


def test_closing_is_always_task_closed() -> None:
    assert "task.closed" in refusal("task.status.set", {"status": "closed"}).message
    assert "task.closed" in str(refusal("task.updated", {"set": {"status": "closed"}}).hint)
    check("task.created", {"title": "imported", "status": "closed"})


@pytest.mark.parametrize(
    "name",
    ["links.tag", "links.", "meta.", "meta.a\nb", "checklist.", "title.x", "description.", "", " x", "a\nb", "x" * 201],
)
def test_names_that_are_no_field(name: str) -> None:
    for error in (
        refusal("task.updated", {"set": {name: "v"}}),
        refusal("task.created", {"title": "x", name: "v"}),
    ):
        assert repr(name)[:50] in error.message


def test_a_part_and_its_whole_are_not_set_at_once() -> None:
    error = refusal("task.updated", {"set": {"meta": {"a": 1}, "meta.a": 2}})
    assert error.details["field"] == "meta.a"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (2**63, "64 bits"),
        (-(2**63) - 1, "64 bits"),
        pytest.param(10**5000, "64 bits", id="5000 digits"),
        (float("nan"), "JSON"),
        (float("inf"), "JSON"),
        (SURROGATE, "surrogate"),
        ({SURROGATE: 1}, "key"),
        ({1: 1}, "key"),
        ((1, 2), "tuple"),
        (b"x", "bytes"),
        ({1}, "set"),
    ],
)
def test_what_json_readers_disagree_about_is_refused_everywhere(value: object, why: str) -> None:
    for type_, data in (
        ("task.created", {"title": "x", "meta": {"deep": [value]}}),
        ("task.updated", {"set": {"of_another_tool": value}}),
        ("task.custom", {"name": "x", "data": value}),
        ("record.put", {"set": {"content": value}}),
        ("collection.defined", {"name": "x", "schema": {"content": value}}),
    ):
        error = refusal(type_, data)
        assert why in error.message
        assert error.details["field"].split(".")[0] in data


@pytest.mark.parametrize("data", [{"title": SURROGATE}, {"title": "x", "of_another_tool": [SURROGATE]}])
def test_lone_surrogates_are_refused(data: dict[str, Any]) -> None:
    assert "surrogate" in refusal("task.created", data).message


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_depth_of_the_whole_line_is_one_hundred() -> None:
    check("task.custom", {"name": "x", "data": nested(MAX_DEPTH - 1)})
    assert "deeper" in refusal("task.custom", {"name": "x", "data": nested(MAX_DEPTH)}).message
    assert "deeper" in refusal("task.custom", {"name": "x", "data": nested(100_000)}).message
    cyclic: dict[str, Any] = {}
    cyclic["self"] = cyclic
    assert "deeper" in refusal("record.put", {"set": cyclic}).message


def test_refusing_a_monster_does_not_fail_itself() -> None:
    for monster in (10**5000, nested(100_000), "x" * 10**6):
        with pytest.raises(InvalidError) as caught:
            check_field("priority", monster)
        assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("title", "x" * 501, "x" * 500),
        ("title", "a\nb\rc\0d", "a b c d"),
        ("title", "", IGNORED),
        ("title", "\n", IGNORED),
        ("title", 5, IGNORED),
        ("title", None, IGNORED),
        ("status", None, IGNORED),
        ("status", "hooked", "hooked"),
        ("status", "", IGNORED),
        ("status", ["open"], IGNORED),
        ("issue_type", "my own type", "my own type"),
        ("priority", 9, IGNORED),
        ("priority", "1", IGNORED),
        ("priority", True, IGNORED),
        ("priority", None, None),
        ("description", 5, IGNORED),
        ("description", "", ""),
        ("description", None, None),
        ("assignee", "a\nb", "a\nb"),
        ("assignee", "", IGNORED),
        ("estimated_minutes", 2**63, IGNORED),
        ("created_at", "yesterday", IGNORED),
        ("created_at", TIME, TIME),
        ("resolution", "moved elsewhere", "moved elsewhere"),
        ("compound", 1, IGNORED),
        ("links", [], IGNORED),
        ("links.branch", 5, IGNORED),
        ("links.branch", None, None),
        ("links.commits", ["a", 5, ""], ["a"]),
        ("links.tag", 5, 5),
        ("meta", None, IGNORED),
        ("meta.x", [5], [5]),
        ("checklist", [], IGNORED),
        ("checklist.a", {"text": "x", "at": 1}, {"text": "x", "at": 1}),
        ("checklist.a", {"done": True}, IGNORED),
        ("checklist.a", "x", IGNORED),
        ("checklist.a", None, None),
        ("of_another_tool", {"x": 1}, {"x": 1}),
        ("labels", "x", IGNORED),
        ("dependencies", {}, IGNORED),
    ],
)
def test_clean_tolerates(name: str, value: object, kept: object) -> None:
    got = clean(name, value)
    assert got is IGNORED if kept is IGNORED else got == kept


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just(TIME),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*FIELDS, "links.branch", "links.commits", "meta.x", "checklist.x", "of_another_tool"])
GOOD_VALUES = st.sampled_from(list(FULL_TASK.values()))


@given(NAMES, JSON_VALUES | GOOD_VALUES | st.text() | st.integers(-3, 8) | st.lists(st.text(min_size=1)))
def test_what_check_accepts_clean_keeps_unchanged(name: str, value: object) -> None:
    try:
        check_field(name, value)
    except InvalidError:
        return
    assert clean(name, value) == value


@given(NAMES, JSON_VALUES)
def test_cleaning_twice_is_cleaning_once(name: str, value: object) -> None:
    once = clean(name, value)
    assert once is IGNORED or clean(name, once) == once


@given(st.sampled_from(list(TYPES)), st.dictionaries(st.text(max_size=8), JSON_VALUES, max_size=3))
def test_check_raises_nothing_else(type_: str, data: dict[str, Any]) -> None:
    for payload in (data, VALID[type_][0] | data, {"set": data}):
        try:
            check(type_, payload)
        except InvalidError as error:
            json.dumps(error.to_json())
        else:
            json.dumps(payload, allow_nan=False).encode()


@given(st.datetimes())
def test_every_utc_time_is_a_time(moment: datetime) -> None:
    check_field("due_at", moment.isoformat() + "Z")

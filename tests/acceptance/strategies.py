"""Events as a log may hold them: well formed, out of order, concurrent, and wrong in every payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from bd_py import ids
from bd_py.payloads import FIELDS, TYPES
from tests.acceptance.support import BASE_MS

TASKS = [f"tk-{name}" for name in "abcde"]
"""Few, so that random events meet on the same task."""

TASK_TYPES = sorted(name for name in TYPES if name.startswith("task."))
WAITING = ("blocks", "parent-child", "waits-for", "conditional-blocks")
TIMES = ("2026-11-20T18:02:11.123Z", "2026-11-21T00:00:00Z", "2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z")
KEYS = ["one", "two", "x"]

tasks = st.sampled_from(TASKS)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(["", "open", "closed", "\0", "x" * 600, *TIMES, *TASKS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
short = st.sampled_from(["A", "B", "C"])
times = st.sampled_from(TIMES)
statuses = st.sampled_from(["open", "in_progress", "blocked", "deferred", "closed", "todo", "qa"])
edge_types = st.sampled_from([*WAITING, *WAITING, "related", "own"])
edges = st.fixed_dictionaries({"on": tasks, "type": edge_types}, optional={"created_at": times, "created_by": short})
labels = st.sampled_from(["red", "green", "blue"])

_OF_KIND: Mapping[str, st.SearchStrategy[Any]] = {
    "title": short,
    "string": st.sampled_from(["", "A", "B"]),
    "text": short,
    "token": short,
    "priority": st.integers(0, 4),
    "percent": st.integers(0, 100),
    "name": short,
    "int": st.integers(0, 99),
    "any int": st.integers(-1, 2),
    "seconds": st.sampled_from([1, 3600, 2**35]),
    "time": times,
    "resolution": st.sampled_from(["completed", "failed", "wontfix"]),
    "verdict": st.sampled_from(["accepted", "rejected"]),
    "bool": st.booleans(),
    "links": st.fixed_dictionaries({}, optional={"branch": short, "pr": short, "commits": st.lists(short, max_size=2)}),
    "checklist": st.dictionaries(
        st.sampled_from(["1-a", "2-b"]),
        st.none() | st.fixed_dictionaries({"text": short}, optional={"done": st.booleans()}),
    ),
    "object": st.dictionaries(st.sampled_from(KEYS), st.integers(0, 2), max_size=2),
    "json": json_values,
    "[name]": st.lists(labels, max_size=3),
    "[text]": st.lists(short, max_size=2),
    "[dependency]": st.lists(edges, max_size=2),
    "open status": statuses,
    "id": st.sampled_from(KEYS),
    "event id": st.sampled_from(KEYS),
}


def of_kind(kind: str) -> st.SearchStrategy[Any]:
    """Values that a key of this kind may have."""
    if kind.endswith(" or null"):
        return st.none() | of_kind(kind.removesuffix(" or null"))
    return _OF_KIND[kind]


fields = st.fixed_dictionaries(
    {},
    optional={
        **{name: of_kind(kind) for name, kind in FIELDS.items() if name not in ("status", "issue_type")},
        "status": statuses,
        "issue_type": st.sampled_from(["bug", "epic"]),
        "phase_entered_at": times,
        "progress": short,
        "custom": json_values,
        "meta.one": json_values,
        "links.pr": short,
        "checklist.1-a": st.none() | st.fixed_dictionaries({"text": short, "done": st.booleans()}),
    },
)
_WITHOUT_MOST = fields.map(lambda found: dict(list(found.items())[:3]))
few_fields = st.tuples(_WITHOUT_MOST, st.sets(st.sampled_from(sorted(FIELDS)), max_size=1)).map(
    lambda pair: pair[0] | dict.fromkeys(pair[1])
)


def payload(type_: str, holds: Sequence[str] = ("none",)) -> st.SearchStrategy[dict[str, Any]]:
    """What an event of this type may carry, well formed. ``holds``: ids that may be the standing claim."""
    if type_ == "task.created":
        return st.builds(lambda title, rest: {"title": title, **rest}, short, _WITHOUT_MOST | fields)
    if type_ == "task.updated":
        return few_fields.map(lambda found: {"set": found})
    spec = TYPES[type_]
    made = {key.rstrip("?"): of_kind(kind) for key, kind in spec.items()}
    if type_.startswith("task.dep."):
        made |= {"on": tasks, "type": edge_types}
    if type_.startswith("task.label."):
        made["label"] = labels
    if "hold" in made:
        made["hold"] = st.sampled_from(list(holds))
    needed = {name: made[name] for name in made if name in spec}
    return st.fixed_dictionaries(needed, optional={name: made[name] for name in made if name not in needed})


def wrong_payload(type_: str) -> st.SearchStrategy[Any]:
    """The keys that the type knows, or the fields of a task, with any JSON value."""
    names = [key.rstrip("?") for key in TYPES[type_] if key != "*"]
    if type_ == "task.created":
        names = [*FIELDS, "progress", "progress_percent", "next_step", "attribution", "review", "phase_entered_at"]
    spoilt = st.dictionaries(st.sampled_from(names) if names else st.just("x"), json_values, max_size=5)
    if type_ == "task.updated":
        inner = st.dictionaries(st.sampled_from([*FIELDS, "progress_percent", "attribution", "id", "x.y"]), json_values)
        return spoilt | inner.map(lambda found: {"set": found})
    return spoilt


COLLECTIONS = ["notes", "prds", "undefined"]
RECORDS = ["r1", "r2"]
record_fields = st.dictionaries(st.sampled_from(["status", "title", "n", "x"]), json_values | short, max_size=3)
definitions = st.fixed_dictionaries(
    {"name": st.just("notes"), "schema": st.sampled_from([{}, {"type": "object"}]) | json_values},
    optional={"indexed": st.lists(st.sampled_from(["status", "n", "x"]), max_size=2) | json_values},
)


@st.composite
def record_events(draw: st.DrawFn, known: Sequence[str]) -> dict[str, Any]:
    """One event about a record or a collection, its ``prev`` naming events that it saw, or did not."""
    type_ = draw(st.sampled_from(["record.put", "record.put", "record.put", "record.deleted", "collection.defined"]))
    collection = draw(st.sampled_from([*COLLECTIONS, *COLLECTIONS, "a/b"]))
    made: dict[str, Any] = {"id": draw(ids_near(known)), "type": type_, "collection": collection}
    if type_ == "collection.defined":
        made["data"] = draw(definitions)
    else:
        made["record"] = draw(st.sampled_from([*RECORDS, *RECORDS, "", "a/b", 5]))
        made["data"] = {"set": draw(record_fields | json_values)} if type_ == "record.put" else {}
        if draw(st.booleans()):
            made["data"]["new"] = draw(st.sampled_from([True, True, False, "yes"]))
    if draw(st.integers(0, 9)):
        made["at"] = draw(times)
    if draw(st.integers(0, 4)):
        made["by"] = draw(st.sampled_from([{"name": "bob"}, {"name": 5}]))
    if draw(st.booleans()):
        seen = st.none() | st.sampled_from([*known, "gap"])
        made["prev"] = draw(st.dictionaries(st.sampled_from(["status", "title", "n"]), seen, max_size=2))
    return made


def ids_near(known: Sequence[str]) -> st.SearchStrategy[str]:
    """Ids that fall before, between and after others, and now and then on one of them."""
    free = st.builds(lambda ms, n: ids.encode(BASE_MS + ms, n), st.integers(-40, 20), st.integers(0, 3))
    return free | st.builds(_beside, st.sampled_from(list(known)), st.sampled_from([-2, -1, 1, 2]))


def _beside(event_id: str, step: int) -> str:
    value = 0
    for char in event_id:
        value = value * 32 + ids.ALPHABET.index(char)
    value = max(0, value + step)
    return min(ids.encode(value >> 80, value & (2**80 - 1)), ids.LAST_ID)


@st.composite
def events(draw: st.DrawFn, known: Sequence[str], holds: Sequence[str]) -> dict[str, Any]:
    """One event about one of `TASKS`, its ``prev`` naming events that it saw, or did not."""
    type_ = draw(st.sampled_from(["task.created", "task.updated", "task.dep.add", *TASK_TYPES, "task.unknown"]))
    if type_ == "task.unknown":
        data = draw(st.dictionaries(st.sampled_from(KEYS), json_values, max_size=2))
    elif draw(st.integers(0, 9)) == 0:
        data = draw(wrong_payload(type_))
    else:
        data = draw(payload(type_, holds))
    made: dict[str, Any] = {"id": draw(ids_near(known)), "type": type_, "task": draw(tasks)}
    if draw(st.integers(0, 9)):
        made["at"] = draw(times)
    if draw(st.integers(0, 4)):
        made["by"] = draw(st.sampled_from([{"name": "bob"}, {"agent": "coder"}, {"name": 5}, "bob"]))
    made["data"] = data
    if draw(st.booleans()):
        seen = st.none() | st.sampled_from([*known, "gap"])
        names = st.sampled_from(
            ["title", "status", "priority", "description", "phase", "assignee", "progress", "meta.one"]
        )
        made["prev"] = draw(st.dictionaries(names, seen, max_size=3))
        named = data.get("set")
        if isinstance(named, dict):
            made["prev"] |= {name: draw(seen) for name in named}
    return made

"""docs/event-format.md is run: its examples are events, and its tables name every type, key and field."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bd_py import events, ids
from bd_py.payloads import CONTRACT_TYPES, FIELDS, RESOLUTIONS, TYPES, check

PAGE = (Path(__file__).parent.parent / "docs" / "event-format.md").read_text("utf-8")
EXAMPLES = [line for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
TYPE_ROWS = dict(re.findall(r"^\| `([a-z]+\.[a-z_.]+)` \| ([^|]*) \|", PAGE, re.MULTILINE))


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("line", EXAMPLES)
def test_example_is_an_event_as_tk_writes_it(line: str) -> None:
    event = events.decode(line.encode())
    assert events.encode(event) == line
    assert line.encode().startswith(events.PREFIX)
    assert list(event) == [key for key in EVENT_KEYS if key in event]
    check(event["type"], event["data"])
    for seen in event.get("prev", {}).values():
        assert seen is None or (ids.is_event_id(seen) and seen < event["id"])


EVENT_KEYS = ("id", "type", "task", "collection", "record", "at", "by", "data", "prev")


def test_every_type_has_an_example_and_a_row() -> None:
    shown = [events.decode(line.encode())["type"] for line in EXAMPLES]
    assert sorted(shown) == sorted(TYPES)
    assert set(TYPE_ROWS) == set(TYPES)
    assert len({line[7:33] for line in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("type_", TYPES)
def test_row_names_the_keys_of_the_type(type_: str) -> None:
    named = quoted(TYPE_ROWS[type_])
    assert named == [key for key in TYPES[type_] if key != "*"]
    assert ("any field" in TYPE_ROWS[type_]) == ("*" in TYPES[type_])


def test_contract_and_resolutions_are_named() -> None:
    sentence = PAGE[PAGE.index("Fourteen types") :].split("\n\n")[0]
    assert tuple(quoted(sentence)) == CONTRACT_TYPES
    assert ", ".join(f"`{name}`" for name in RESOLUTIONS) in PAGE


def test_every_field_of_a_task_has_a_row() -> None:
    table = PAGE[PAGE.index("### The fields of a task") :].split("\n\n")[1]
    named = [name for row in table.splitlines()[2:] for name in quoted(row.split("|")[1])]
    assert sorted(named) == sorted(FIELDS)


def test_every_envelope_key_has_a_row() -> None:
    table = PAGE[PAGE.index("## The line") :].split("\n\n")[2]
    named = [name for row in table.splitlines()[2:] for name in quoted(row.split("|")[1])]
    assert named == list(EVENT_KEYS)


def test_segment_of_the_tree_is_where_its_name_says() -> None:
    found = re.search(r"log/(\d{4}-\d\d)/\s+(\w{18})\.jsonl", PAGE)
    assert found is not None
    month, first = found.groups()
    assert ids.is_event_id(first + "0" * 8)
    from bd_py import times

    assert times.iso(ids.milliseconds(first)).startswith(f"{month}-")


@pytest.mark.parametrize(
    "at", ["aaaaaaaaaaTZ", "2026-99-99T99:99:99Z", "2026-02-30T10:00:00.000Z", "2026-11-20T18:02:11.Z", "", 5, None]
)
def test_a_time_that_is_none_is_that_of_the_id(at: object) -> None:
    """Whoever reads the state, or an export of it, can count on times."""
    event = {"id": "01JD3M6Q0R8V5T3C1N9XW2YB4F", "type": "task.created", "task": "tk-a", "at": at, "data": {}}
    for _ in range(2):
        assert events.decode(json.dumps(event).encode())["at"] == "2024-11-20T01:50:17.112Z"
    good = {**event, "at": "2026-11-20T18:02:11.123456789123Z"}
    for _ in range(2):
        assert events.stored(json.dumps(good))["at"] == good["at"]

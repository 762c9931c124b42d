"""Which status may follow which."""

from __future__ import annotations

import pytest

from bd_py.config import Config
from bd_py.errors import InvalidError, TransitionError
from bd_py.statuses import BUILT_IN_STATUSES
from bd_py.workflow import SYNONYMS, allowed, check_transition, status_named

RELAXED = Config({})
STRICT = Config({"workflow": "strict"})
CUSTOM = Config(
    {
        "statuses": {
            "triage": {"category": "open", "to": ["open"]},
            "review": {"category": "active"},
            "parked": {"category": "waiting"},
            "shipped": {"category": "done"},
        }
    }
)


@pytest.mark.parametrize(
    ("config", "before", "after"),
    [
        (RELAXED, "open", {"in_progress", "blocked", "deferred", "closed"}),
        (RELAXED, "in_progress", {"open", "blocked", "deferred", "closed"}),
        (RELAXED, "blocked", {"open", "deferred", "closed"}),
        (RELAXED, "deferred", {"open", "blocked", "closed"}),
        (RELAXED, "closed", {"open"}),
        (RELAXED, "pinned", {"open", "in_progress", "blocked", "deferred", "closed"}),
        (STRICT, "open", {"in_progress"}),
        (STRICT, "in_progress", {"closed", "blocked", "open"}),
        (STRICT, "blocked", {"open"}),
        (STRICT, "closed", {"open"}),
        (CUSTOM, "triage", {"open"}),
        (CUSTOM, "review", {"open", "triage", "blocked", "deferred", "parked", "in_progress", "closed", "shipped"}),
        (CUSTOM, "parked", {"open", "triage", "blocked", "deferred", "closed", "shipped"}),
        (CUSTOM, "shipped", {"open", "triage", "closed"}),
        (CUSTOM, "closed", {"open", "triage", "shipped"}),
    ],
)
def test_edges(config: Config, before: str, after: set[str]) -> None:
    assert set(allowed(config, before)) == after
    for status in config.statuses:
        if status in after or status == before:
            check_transition(config, "tk-1", before, status)
            continue
        with pytest.raises(TransitionError) as caught:
            check_transition(config, "tk-1", before, status)
        assert caught.value.message == f"tk-1 is {before}: it cannot become {status}"
        assert caught.value.details == {"task": "tk-1", "status": before, "allowed": list(allowed(config, before))}


def test_a_dead_end() -> None:
    config = Config({"statuses": {"end": {"category": "active", "to": []}}})
    with pytest.raises(TransitionError) as caught:
        check_transition(config, "tk-1", "end", "open")
    assert caught.value.hint == "From end it can become: nowhere."


@pytest.mark.parametrize("name", BUILT_IN_STATUSES)
def test_statuses_by_name(name: str) -> None:
    for text in (name, name.upper(), f" {name} "):
        assert status_named(RELAXED, text) == name


def test_other_words() -> None:
    assert {status_named(RELAXED, word) for word in SYNONYMS} == {"open", "in_progress", "closed"}
    config = Config({"statuses": {"doing": {"category": "waiting"}, "Review": {"category": "active"}}})
    assert status_named(config, "doing") == "doing", "the project's own word comes first"
    assert status_named(config, "Review") == "Review"


@pytest.mark.parametrize(
    ("text", "near"), [("closd", "closed"), ("in_progres", "in_progress"), ("compleet", "completed")]
)
def test_the_nearest_is_suggested(text: str, near: str) -> None:
    with pytest.raises(InvalidError) as caught:
        status_named(RELAXED, text)
    assert (caught.value.hint or "").startswith(f"Did you mean {near}? Statuses here: open, ")


def test_nothing_is_near() -> None:
    with pytest.raises(InvalidError) as caught:
        status_named(RELAXED, "")
    assert (caught.value.hint or "").startswith("Statuses here: ")
    assert caught.value.details == {"allowed": list(BUILT_IN_STATUSES)}

"""Which status may follow which."""

from __future__ import annotations

from bd_py.errors import InvalidError, TransitionError
from bd_py.statuses import ACTIVE, DONE, OPEN, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bd_py.config import Config

SYNONYMS = {
    "todo": "open",
    "doing": "in_progress",
    "active": "in_progress",
    "in-progress": "in_progress",
    "inprogress": "in_progress",
    "done": "closed",
    "completed": "closed",
    "abandoned": "closed",
}
"""Other tools' words for the built-in statuses; input only."""

_RELAXED = {
    OPEN: (OPEN, WAITING, ACTIVE, DONE),
    ACTIVE: (OPEN, WAITING, ACTIVE, DONE),
    WAITING: (OPEN, WAITING, DONE),
    DONE: (OPEN, DONE),
}
_STRICT = {
    "open": ("in_progress",),
    "in_progress": ("closed", "blocked", "open"),
    "blocked": ("open",),
    "closed": ("open",),
}


def status_named(config: Config, text: str) -> str:
    """The status a person means. Raises InvalidError, suggesting the nearest."""
    word = text.strip().lower()
    for candidate in (text.strip(), word, SYNONYMS.get(word, "")):
        if candidate in config.statuses:
            return candidate
    import difflib

    near = difflib.get_close_matches(word, [*config.statuses, *SYNONYMS], 1, 0.6)
    raise InvalidError(
        f"'{text}' is no status",
        (f"Did you mean {near[0]}? " if near else "") + f"Statuses here: {', '.join(config.statuses)}.",
        allowed=list(config.statuses),
    )


def check_transition(config: Config, task_id: str, before: str, after: str) -> None:
    """Raise TransitionError where the workflow does not lead from one status to the other."""
    if before == after or after in allowed(config, before):
        return
    ways = ", ".join(allowed(config, before)) or "nowhere"
    raise TransitionError(
        f"{task_id} is {before}: it cannot become {after}",
        f"From {before} it can become: {ways}.",
        task=task_id,
        status=before,
        allowed=list(allowed(config, before)),
    )


def allowed(config: Config, before: str) -> tuple[str, ...]:
    """The statuses that may follow one. A status that nobody declared is treated as active."""
    listed = config.transitions.get(before)
    if listed is not None:
        return tuple(listed)
    if config.workflow == "strict" and before in _STRICT:
        return _STRICT[before]
    category = config.statuses.get(before, ACTIVE)
    return tuple(name for name, other in config.statuses.items() if name != before and other in _RELAXED[category])


def is_led_through(config: Config, fields: Mapping[str, Any]) -> bool:
    """Whether a task has to be in progress before it is closed, and cannot be claimed.

    The strict workflow leads from open nowhere else, and compound tasks are nobody's.
    """
    if not fields.get("compound"):
        return False
    ways = allowed(config, fields["status"])
    return "closed" not in ways and "in_progress" in ways


def has_checks(config: Config) -> bool:
    """Whether this project has gates or a judge at all: something that stands before done."""
    return bool(config.values["gates"] or config.values["judge"])

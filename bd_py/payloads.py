"""The types of event and what each may carry: tables, and the two functions that read them.

`check` is strict and runs before an event is written; `clean` is tolerant and runs when one is read, since
the log may hold what another program, or a newer tk, put there. docs/event-format.md says it in prose.
"""

from __future__ import annotations

from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeGuard

RESOLUTIONS = ("completed", "abandoned", "failed", "duplicate", "wontfix")
VERDICTS = ("accepted", "rejected")
MAX_DEPTH = 99
"""Of a payload; the envelope around it makes the hundred that every JSON reader takes."""

_FIELDS_OF = {
    "title": "title",
    "string": "description design acceptance_criteria notes close_reason external_ref summary",
    "token": "status issue_type",
    "priority": "priority",
    "name": "assignee owner created_by name phase",
    "int": "estimated_minutes",
    "time": "created_at updated_at closed_at due_at defer_until",
    "resolution": "resolution",
    "bool": "compound",
    "links": "links",
    "object": "meta",
    "checklist": "checklist",
    "[name]": "labels",
    "[dependency]": "dependencies",
}
FIELDS: Mapping[str, str] = {name: kind for kind, names in _FIELDS_OF.items() for name in names.split()}
"""The standard fields of a task and their kinds; labels and dependencies stand in task.created only."""

TYPES: Mapping[str, Mapping[str, str]] = {
    "task.created": {"title": "title", "*": "field"},
    "task.updated": {"set": "changes"},
    "task.phase.set": {"phase": "name or null", "previous?": "name or null"},
    "task.status.set": {"status": "open status", "previous?": "token", "reason?": "string"},
    "task.progress.set": {"text?": "text or null", "percent?": "percent or null"},
    "task.next_step.set": {"step": "text or null"},
    "task.blocker.add": {"blocker": "id", "text": "text"},
    "task.blocker.resolve": {"blocker": "id"},
    "task.evidence.add": {
        "evidence": "id",
        "passed": "bool",
        "command?": "string",
        "exit_code?": "any int",
        "summary?": "string",
        "artifacts?": "[text]",
    },
    "task.artifact.add": {"artifact": "id", "path": "text", "kind?": "name", "description?": "string"},
    "task.attribution.set": {"agent?": "name", "agent_type?": "name", "session?": "name", "pid?": "int"},
    "task.note.append": {"text": "text", "number?": "int"},
    "task.custom": {"name": "name", "data?": "json"},
    "task.closed": {"resolution": "resolution", "reason?": "string", "forced?": "bool"},
    "task.claimed": {"assignee": "name", "session?": "name", "ttl?": "seconds", "hold?": "event id"},
    "task.released": {"hold": "event id", "reason?": "string", "retry?": "bool"},
    "task.reviewed": {"verdict": "verdict", "reason?": "string"},
    "task.label.add": {"label": "name"},
    "task.label.remove": {"label": "name"},
    "task.dep.add": {"on": "id", "type": "name", "created_at?": "time", "created_by?": "name"},
    "task.dep.remove": {"on": "id", "type": "name"},
    "task.deleted": {"reason?": "string"},
    "task.restored": {"reason?": "string"},
    "record.put": {"set": "object", "new?": "bool"},
    "record.deleted": {},
    "collection.defined": {"name": "id", "schema": "object", "indexed?": "[name]"},
}
"""Every type and its keys. ``key?`` may be missing; ``*`` lets in any other field of a task."""

CONTRACT_TYPES = tuple(TYPES)[:14]
"""The published contract: these names and payloads stay as they are."""

OBJECTS: Mapping[str, Mapping[str, str]] = {
    "links": {"branch?": "text", "worktree?": "text", "pr?": "text", "commits?": "[text]"},
    "dependency": {"on": "id", "type": "name", "created_at?": "time", "created_by?": "name"},
    "checklist item": {"text": "text", "done?": "bool"},
}

ACTOR: Mapping[str, str] = {"name": "name", "agent": "name", "agent_type": "name", "session": "name", "pid": "int"}
"""Who does something, as ``by`` of an event names them."""

_WHO = "Who acts is told by --actor, --agent, --agent-type, --session, --pid, or TK_ACTOR, TK_AGENT and their like."

IGNORED: Any = object()
"""What `clean` gives for a value that the field cannot have: as if the event had not named the field."""

_NEVER_NULL = ("title", "status", "labels", "dependencies", "links", "meta", "checklist")
_OWN_EVENTS = {
    "status": "task.status.set or task.closed",
    "labels": "task.label.add and task.label.remove",
    "dependencies": "task.dep.add and task.dep.remove",
}
_PARTS = {"meta": "json", "checklist": "checklist item"}
_MAX_INT = 2**63
_CONTROL = frozenset(map(chr, [*range(32), *range(127, 160), 0x2028, 0x2029]))
_TITLE_BREAKS = frozenset("\n\r\0")
"""Line ends, and what SQLite takes for the end of a text."""
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_ZEROS = str.maketrans("123456789", "000000000")
_LAST_DAY = {"02": "29", "04": "30", "06": "30", "09": "30", "11": "30"}


def check(type_: str, data: Any) -> None:
    """Raise InvalidError unless ``data`` is what an event of this type may carry.

    The error's message names the field, the value and what is allowed; ``details["field"]`` holds the field.
    Whether a status, an id or a hold exists is for those to say who know the state.
    """
    if type_ not in TYPES:
        from difflib import get_close_matches

        near = get_close_matches(str(type_), TYPES, 1)
        hint = f"Did you mean {near[0]}?" if near else "task.custom holds what a program keeps of its own."
        raise InvalidError(f"there is no type of event {_show(type_)}", hint, field="type")
    flaw = _flaw(data, MAX_DEPTH)
    if flaw:
        path, _, why = flaw.lstrip(".").rpartition(": ")
        raise InvalidError(f"{path[:80] or 'data'} {why}", field=path[:80] or "data")
    _check_object(type_, "", TYPES, data)
    if type_ == "task.evidence.add" and data["passed"] and data.get("exit_code", 0) != 0:
        hint = "Give passed as false, or leave the exit code out."
        raise _refused("exit_code", data["exit_code"], "0 where passed is true", hint)
    if type_ == "task.progress.set" and not data:
        raise InvalidError("task.progress.set needs text or percent", field="text")


def check_field(name: str, value: Any) -> None:
    """Raise InvalidError unless the field ``name`` of a task may have ``value``; null takes a field away.

    ``links.branch`` and ``meta.KEY`` are fields of their own. Names that are not standard come from imports
    of other trackers: they may hold anything.
    """
    kind = FIELDS.get(name)
    if kind is None:
        kind = _kind_of_part(name)
    if value is not None or name in _NEVER_NULL:
        _check_value(name, kind, value)


def previous(name: str, value: Any) -> dict[str, Any]:
    """``previous`` of an event that sets a field; without it where the log has what no event may say."""
    try:
        check_field(name, value)
    except InvalidError:
        return {}
    return {} if value is None else {"previous": value}


def check_actor(actor: Mapping[str, Any]) -> None:
    """Raise InvalidError unless an event may name this actor as the one who did it."""
    for name, value in actor.items():
        fits, allowed = _KINDS[ACTOR[name]]
        if _flaw_of_scalar(value) or not fits(value):
            raise _refused(name, value, allowed, _WHO)


def is_id(value: object) -> TypeGuard[str]:
    """Whether a task may have this id."""
    return _is_token(value) and "/" not in str(value)


def clean(name: str, value: Any) -> Any:
    """``value`` as the field ``name`` can hold it, or `IGNORED`. Keeps unchanged whatever `check` accepts."""
    cleaner = _CLEAN.get(name)
    if cleaner is None:
        return _clean_item(value) if name[:10] == "checklist." else value
    if value is None:
        return IGNORED if name in _NEVER_NULL else None
    return cleaner(value)


def _check_object(what: str, where: str, specs: Mapping[str, Mapping[str, str]], value: Any) -> None:
    if not isinstance(value, dict):
        raise _refused(where[:-1] or "data", value, "an object")
    shape = _SHAPES.get(what) or _shape(what, specs[what])
    found = 0
    for name, kind, needed in shape.values():
        if name in value:
            found += 1
            _check_value(where + name, kind, value[name])
        elif needed:
            raise InvalidError(f"{what} needs {where}{name}", _keys_of(what, specs), field=where + name)
    if found == len(value):
        return
    for name, item in value.items():
        if name in shape:
            continue
        if "*" not in specs[what]:
            raise InvalidError(f"{what} takes no {_show(where + name)}", _keys_of(what, specs), field=where + name)
        check_field(name, item)


_SHAPES: dict[str, dict[str, tuple[str, str, bool]]] = {}


def _shape(what: str, spec: Mapping[str, str]) -> dict[str, tuple[str, str, bool]]:
    """What `_check_object` goes by: the keys without their marks, as (name, kind, whether it must be there)."""
    names = {key: key.rstrip("?") for key in spec if key != "*"}
    _SHAPES[what] = {name: (name, spec[key], name == key) for key, name in names.items()}
    return _SHAPES[what]


def _keys_of(what: str, specs: Mapping[str, Mapping[str, str]]) -> str:
    return f"Keys of {what}: {', '.join(specs[what]) or 'none'}"


def _check_value(name: str, kind: str, value: Any) -> None:
    plain = _KINDS.get(kind)
    if plain is not None:
        if not plain[0](value):
            raise _refused(name, value, plain[1])
    elif kind[0] == "[":
        if not isinstance(value, list):
            raise _refused(name, value, "a list")
        for k, item in enumerate(value):
            _check_value(f"{name}[{k}]", kind[1:-1], item)
    elif kind in OBJECTS:
        _check_object(kind, name + ".", OBJECTS, value)
    elif kind == "changes":
        _check_changes(name, value)
    elif kind == "checklist":
        _check_checklist(name, value)
    elif value is not None:
        fits, allowed = _KINDS[kind.removesuffix(" or null")]
        if not fits(value):
            raise _refused(name, value, allowed)


def _check_changes(name: str, value: Any) -> None:
    if not isinstance(value, dict) or not value:
        raise _refused(name, value, "an object with at least one field")
    for field, item in value.items():
        instead = _OWN_EVENTS.get(field)
        if instead:
            raise InvalidError(f"task.updated cannot set {field}", f"Use {instead}.", field=field)
        if "." in field and field.partition(".")[0] in value:
            raise InvalidError(f"{field} is set twice, the other time as part of the whole", field=field)
        check_field(field, item)


def _check_checklist(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise _refused(name, value, "an object of items by key")
    for key, item in value.items():
        check_field(f"{name}.{key}", item)


def _kind_of_part(name: str) -> str:
    base, dot, part = name.partition(".")
    if not dot or base not in FIELDS:
        if not _is_name(name):
            raise _refused("the name of a field", name, _KINDS["name"][1])
        return "json"
    kind = OBJECTS["links"].get(part + "?") if base == "links" else _PARTS.get(base)
    if kind is None or not _is_name(part):
        hint = "links has branch, worktree, pr and commits, meta and checklist have any, no other field has parts."
        raise InvalidError(f"there is no field {_show(name)}", hint, field=name)
    return kind


def _flaw(value: Any, room: int) -> str:
    """Where and why JSON readers would disagree about ``value``, as ``.path: why``; "" if they agree.

    Runs over whatever is written, so plain text, which most of it is, is passed over without a call.
    """
    if isinstance(value, dict):
        if not room:
            return f": is nested deeper than {MAX_DEPTH}"
        for key, item in value.items():
            if not (key.__class__ is str and key.isascii()) and (not isinstance(key, str) or _flaw(key, 0)):
                return f": has the key {_show(key)}, which is no text"
            if item.__class__ is str and item.isascii():
                continue
            flaw = _flaw(item, room - 1)
            if flaw:
                return f".{key}{flaw}"
        return ""
    if isinstance(value, list):
        if not room:
            return f": is nested deeper than {MAX_DEPTH}"
        for k, item in enumerate(value):
            if item.__class__ is str and item.isascii():
                continue
            flaw = _flaw(item, room - 1)
            if flaw:
                return f".{k}{flaw}"
        return ""
    return _flaw_of_scalar(value)


def _flaw_of_scalar(value: Any) -> str:
    if isinstance(value, str):
        whole = value.isascii() or value.encode(errors="ignore").decode() == value
        return "" if whole else ": holds half of a surrogate pair"
    if value is None or isinstance(value, int):
        return "" if value is None or -_MAX_INT <= value < _MAX_INT else ": is an integer past 64 bits"
    if isinstance(value, float):
        return "" if value - value == 0.0 else ": is a number that JSON does not have"
    return f": is of type {type(value).__name__}, which JSON does not have"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not value.isspace()


def _is_title(value: Any) -> bool:
    return _is_text(value) and len(value) <= 500 and (value.isprintable() or _TITLE_BREAKS.isdisjoint(value))


def _is_line(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and (value.isprintable() or _CONTROL.isdisjoint(value))


def _is_name(value: Any) -> bool:
    return _is_line(value, 200) and value.strip() == value


def _is_token(value: Any) -> bool:
    return _is_line(value, 256) and value.split() == [value]


def _is_event_id(value: Any) -> bool:
    return _is_line(value, 26) and len(value) == 26 and not value.strip(_CROCKFORD) and value[0] < "8"


def _is_whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _is_time(value: Any) -> bool:
    """By its shape and the calendar's ranges: times are compared as text."""
    if not isinstance(value, str) or value[:19].translate(_TO_ZEROS) != "0000-00-00T00:00:00":
        return False
    year, month, day, fraction = value[:4], value[5:7], value[8:10], value[19:-1]
    if month + day == "0229" and (int(year) % 4 or (int(year) % 100 == 0 and int(year) % 400)):
        return False
    in_year = year > "0000" and "01" <= month <= "12" and "01" <= day <= _LAST_DAY.get(month, "31")
    in_day = value[11:13] < "24" and value[14:16] < "60" and value[17:19] < "61"
    digits = not fraction or (fraction[0] == "." and fraction[1:].isdecimal() and fraction.isascii())
    return in_year and in_day and digits and value[19:].endswith("Z")


_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "title": (_is_title, "1 to 500 characters on one line"),
    "text": (_is_text, "text that is not empty"),
    "string": (lambda value: isinstance(value, str), "text"),
    "name": (_is_name, "1 to 200 characters, no space at the ends, no control characters"),
    "token": (_is_token, "1 to 256 characters, no spaces, no control characters"),
    "id": (
        lambda value: _is_token(value) and "/" not in value,
        "an id: 1 to 256 characters, no spaces, no slashes, no control characters",
    ),
    "event id": (_is_event_id, "the id of an event (26 characters of Crockford base32)"),
    "open status": (
        lambda value: _is_token(value) and value != "closed",
        "a status other than closed: closing is always task.closed",
    ),
    "priority": (_is_whole(0, 4), "a whole number from 0 (urgent) to 4 (low)"),
    "percent": (_is_whole(0, 100), "a whole number from 0 to 100"),
    "int": (_is_whole(0, _MAX_INT - 1), "a whole number, 0 or more"),
    "any int": (_is_whole(-_MAX_INT, _MAX_INT - 1), "a whole number"),
    "seconds": (_is_whole(1, 2**40 - 1), "a whole number of seconds, 1 or more"),
    "bool": (lambda value: isinstance(value, bool), "true or false"),
    "time": (_is_time, "a time in UTC like 2026-11-20T18:02:11.123Z"),
    "resolution": (lambda value: value in RESOLUTIONS, "one of " + ", ".join(RESOLUTIONS)),
    "verdict": (lambda value: value in VERDICTS, "accepted or rejected"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "json": (lambda _value: True, "anything"),
}


def _clean_title(value: Any) -> Any:
    if _is_title(value):
        return value
    if not isinstance(value, str):
        return IGNORED
    value = value.translate(dict.fromkeys(map(ord, _TITLE_BREAKS), " "))[:500]
    return value if _is_text(value) else IGNORED


def _clean_item(value: Any) -> Any:
    """An item of the checklist: what has no text is none."""
    return value if value is None or (isinstance(value, dict) and _is_text(value.get("text"))) else IGNORED


def _cleaner(kind: str) -> Callable[[Any], Any]:
    """Text is taken as it comes, since SQLite holds any; the rest has to fit."""
    if kind == "title":
        return _clean_title
    if kind == "[text]":
        return lambda value: [x for x in value if _is_text(x)] if isinstance(value, list) else IGNORED
    if kind in ("name", "token", "resolution"):
        return lambda value: value if isinstance(value, str) and value else IGNORED
    if kind[0] == "[" or kind in OBJECTS or kind == "checklist":
        shape = list if kind[0] == "[" else dict
        return lambda value: value if isinstance(value, shape) else IGNORED
    fits = _KINDS[kind][0]
    return lambda value: value if fits(value) else IGNORED


_CLEAN = {name: _cleaner(kind) for name, kind in FIELDS.items()}
_CLEAN.update(("links." + part.rstrip("?"), _cleaner(kind)) for part, kind in OBJECTS["links"].items())
# Set by events of their own, but an import may bring them in task.created, where any name is taken.
_CLEAN.update(progress=_cleaner("name"), next_step=_cleaner("name"), phase_entered_at=_cleaner("time"))
_CLEAN.update(progress_percent=_cleaner("percent"), attribution=_cleaner("links"), review=_cleaner("links"))


def _show(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a list of thousands of levels
        return f"this {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _refused(name: str, value: Any, allowed: str, hint: str | None = None) -> InvalidError:
    message = f"{name} {_show(value)} is not allowed: it must be {allowed}"
    return InvalidError(message, hint, field=name, allowed=allowed)

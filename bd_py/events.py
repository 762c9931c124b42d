"""The envelope of an event: one JSON line, one fact."""

from __future__ import annotations

from bd_py import ids, jsonio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Event = dict[str, Any]

PREFIX = b'{"id":"'
_ID = slice(7, 33)
_DAYS: set[str] = set()
"""Days that were found to be some (``2026-11-20``): most events share theirs with others."""
_HOURS = frozenset([f"T{k:02}" for k in range(24)])
_SIXTIETHS = frozenset([f":{k:02}" for k in range(60)])


def make(
    event_id: str,
    type_: str,
    task: str,
    at: str,
    by: dict[str, Any],
    data: dict[str, Any],
    prev: dict[str, str | None] | None = None,
) -> Event:
    """An event about a task, its keys in the order in which the line holds them."""
    event: Event = {"id": event_id, "type": type_, "task": task, "at": at, "by": by, "data": data}
    if prev:
        event["prev"] = prev
    return event


def make_record(
    event_id: str,
    type_: str,
    collection: str,
    record: str | None,
    at: str,
    by: dict[str, Any],
    data: dict[str, Any],
    prev: dict[str, str | None] | None = None,
) -> Event:
    """An event about a record, or (None) about its collection."""
    event: Event = {"id": event_id, "type": type_, "collection": collection}
    if record is not None:
        event["record"] = record
    event["at"] = at
    event["by"] = by
    event["data"] = data
    if prev:
        event["prev"] = prev
    return event


def record_key(event: Event) -> str | None:
    """What an event that names no task is about: ``collection/record``, ``collection/`` where it defines one.

    None for an event about neither: it is kept, and changes nothing.
    """
    collection = event.get("collection")
    if type(collection) is not str or not 0 < len(collection) <= 256 or "/" in collection:
        return None
    if event["type"] == "collection.defined":
        return collection + "/"
    record = event.get("record")
    if type(record) is not str or not 0 < len(record) <= 256 or "/" in record:
        return None
    return f"{collection}/{record}"


def encode(event: Event) -> str:
    """The line of an event, without its newline. Raises ValueError for what JSON cannot hold."""
    return jsonio.dumps(event)


def encode_fast(event: Event) -> str:
    """`encode` for one of many: also raises TypeError for what JSON does not have."""
    return jsonio.dumps_fast(event)


def decode(line: bytes) -> Event:
    """The event of a line.

    Raises ValueError with the reason for people where the line is no event. Types and keys that this version
    does not know are kept; what a known type carries is looked at by the fold.
    """
    try:
        event = jsonio.loads(line)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    return checked(event)


def stored(line: str) -> Event:
    """The event of a line that was found to be one when it was read."""
    event: Event = jsonio.loads(line)
    return event if is_plain(event) else checked(event)


def checked(event: object) -> Event:
    """A decoded document as an event. Raises ValueError with the reason where it is none."""
    if type(event) is not dict:
        raise ValueError("not a JSON object")
    event_id = event.get("id")
    if not ids.is_event_id(event_id):
        raise ValueError("its id is no event id (26 characters of Crockford base32, up to the year 9999)")
    kind = event.get("type")
    if type(kind) is not str or not kind:
        raise ValueError("it has no type")
    at = event.get("at")
    if type(at) is not str or not _is_moment(at):
        event["at"] = _at(str(event_id))
    data = event.get("data")
    if data is None:
        event["data"] = {}
    elif type(data) is not dict:
        raise ValueError("its data is not an object")
    task = event.get("task")
    if task is None:
        if type(event.get("collection")) is not str and kind != "collection.defined":
            raise ValueError("it names neither a task nor a collection")
    elif type(task) is not str or not 0 < len(task) <= 256:
        raise ValueError("its task is no id")
    return event


def is_plain(event: Any) -> bool:
    """Whether a decoded line is, without a closer look, an event about a task: nearly every line is."""
    try:
        event_id, task, at = event["id"], event["task"], event["at"]
        return (
            event["data"].__class__ is dict
            and at.__class__ is str
            and at[:10] in _DAYS
            and at[10:13] in _HOURS
            and at[13:16] in _SIXTIETHS
            and at[16:19] in _SIXTIETHS
            and at[19] == "."
            and at[-1] == "Z"
            and at[20:-1].isdigit()
            and at.isascii()
            and event["type"].__class__ is str
            and event["type"] != ""
            and len(event_id) == ids.LENGTH
            and event_id <= ids.LAST_ID
            and not event_id.strip(ids.ALPHABET)
            and task.__class__ is str
            and 0 < len(task) <= 256
        )
    except (KeyError, TypeError, AttributeError, IndexError):
        return False


def _is_moment(at: str) -> bool:
    from bd_py import times

    if not times.is_moment(at):
        return False
    _DAYS.add(at[:10])
    return True


def _at(event_id: str) -> str:
    from bd_py import times

    return times.iso(ids.milliseconds(event_id))


def id_of(line: bytes) -> str | None:
    """The id of a line by its place, without parsing; None where the line does not begin as events do."""
    if line.startswith(PREFIX):
        return line[_ID].decode("ascii", "replace")
    return None

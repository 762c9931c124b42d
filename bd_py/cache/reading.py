"""The whole log at once, for a rebuild: every event's line in order, and where it stands."""

from __future__ import annotations

from bd_py import ids, jsonio, log
from bd_py.cache import scan
from bd_py.events import checked, is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.cache.rows import Part
    from bd_py.events import Event
    from bd_py.log import Line

    Entry = tuple[str, str, int, str, str | None, Event | None]
    """id, line, number of the segment, type, task; the event where it has been decoded already."""

    Find = Callable[[str], list[tuple[str, str, str, str]]]

_BULK = 64 * 1024
"""Bytes of log from which the expression below and orjson are worth their imports: 1.7 interpreter starts."""
_SHALLOW = 2 * jsonio.MAX_DEPTH
_LINE = (
    r'^(\{"id":"([0-9A-HJKMNP-TV-Z]{26})","type":"([^"\\\n]+)","task":"([^"\\\n]{1,256})"'
    r',"at":"[^"\\\n]{10}T[^"\\\n]*Z".*)$'
)
"""A line about a task as this program writes it: what the table of events needs shows without decoding it."""


class Unplain(Exception):
    """A line is not what its beginning said: the segments have to be read with more care."""


class Everything:
    """What the segments hold: ``entries`` by id, each event once, ``segments`` and further ``copies`` as rows."""

    __slots__ = ("copies", "entries", "segments")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.segments: list[tuple[Any, ...]] = []
        self.copies: list[tuple[str, int, str | None]] = []


def read(folder: str, tree: scan.Tree, tell: Part | None = None, *, careful: bool = False) -> Everything:
    """The events of a log's files. Of two lines with one id the lesser counts, as everywhere.

    A segment whose every line begins as those of this program do is not decoded here: `decoded` does that later, and
    may find that it must be read again, ``careful``.
    """
    found = Everything()
    find = None if careful or size(tree) < _BULK else _finder()
    for number, (path, stat) in enumerate(sorted(tree.files.items()), 1):
        if tell is not None:
            tell(number / len(tree.files))
        data = log.read(folder + "/" + path)
        entries = None if find is None else _plain(find, data, number)
        bad = 0
        if entries is None:
            segment = log.parse(data)
            bad = len(segment.bad)
            entries = [_entry(number, line) for line in segment.lines.values()]
        found.segments.append(
            (
                number,
                path,
                len(data),
                *stat[1:],
                tree.checked_ns,
                scan.digest(data),
                bad,
                min(entries, default=(None,))[0],
                max(entries, default=(None,))[0],
            )
        )
        found.entries += entries
    found.entries.sort()
    _take_copies_out(found)
    return found


def size(tree: scan.Tree) -> int:
    """How many bytes the segments of a tree have."""
    return sum(stat[0] for stat in tree.files.values())


def _finder() -> Find:
    import re

    found: Find = re.compile(_LINE, re.MULTILINE).findall
    return found


def _plain(find: Find, data: bytes, number: int) -> list[Entry] | None:
    """The lines of a segment; None where they are not all plain, or not each of another event."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    found: list[Entry] = [(event_id, line, number, kind, task, None) for line, event_id, kind, task in find(text)]
    if not found or "\r" in text or len(found) != text.count("\n") + (text[-1] != "\n"):
        return None
    every = {entry[0] for entry in found}
    return None if len(every) < len(found) or max(every) > ids.LAST_ID else found


def _entry(number: int, line: Line) -> Entry:
    event = line.event
    return event["id"], line.text, number, event["type"], event.get("task"), event


def _take_copies_out(found: Everything) -> None:
    """Of the lines of one event the least counts, in the first of the segments that have it."""
    entries = found.entries
    if len({entry[0] for entry in entries}) == len(entries):
        return
    kept: list[Entry] = []
    for entry in entries:
        if kept and kept[-1][0] == entry[0]:
            found.copies.append((entry[0], entry[2], None if entry[1] == kept[-1][1] else entry[1]))
        else:
            kept.append(entry)
    found.entries = kept


def decoded(lines: list[str | Event]) -> list[Event]:
    """The events of a task from its lines, or as they are. Raises Unplain where one is not what it began as."""
    out = []
    loads: Callable[[str], Any] | None = None
    try:
        for line in lines:
            if not isinstance(line, str):
                out.append(line)
                continue
            if loads is None:
                import orjson  # not for a small log, whose lines are decoded already

                loads = orjson.loads
            if len(line) >= _SHALLOW and line.count("{") + line.count("[") > jsonio.MAX_DEPTH:
                jsonio.check_depth(line)
            event = loads(line)
            head = f'{{"id":"{event["id"]}","type":"{event["type"]}","task":"{event["task"]}","at":"{event["at"]}"'
            if not line.startswith(head):  # a key may stand there twice
                raise Unplain
            out.append(event if is_plain(event) else checked(event))
    except (ValueError, KeyError, RecursionError):
        raise Unplain from None
    return out

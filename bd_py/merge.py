"""The merge of two versions of a segment: sets of lines, bytes in, bytes out.

A line is in the result if both sides have it, or one side has it and their common base has not. So both
sides' new events are kept, what one side took away (a revert, a compaction) goes, and the order of the
sides, their repetition or grouping change nothing. The bytes of a line are never rewritten; a carriage
return before its end belongs to the line's end, as for every reader, and lines end with a line feed.
"""

from __future__ import annotations

_BEGIN = b'{"id":"'
_SEAM = b'}\n{"id":"'
_ID = slice(7, 33)
MAKING = "tk-merge"
"""What the driver's result is called while it is made (`files.making`), in the folder of git's files for it."""
_SIDES = (b"<<<<<<<", b"|||||||", b">>>>>>>")
_MIDDLE = b"======="


def merge(base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, list[bytes]]:
    """The merged segment, and those of its lines that are no events: kept, at its end, for people to look at.

    Events are sorted by id, then bytes, the other lines by their bytes. Conflict markers and blank lines are
    left out.
    """
    old, one, two = _lines(base), _lines(ours), _lines(theirs)
    kept = [line for line in one if line in two or line not in old]
    kept += [line for line in two if line not in one and line not in old]
    kept.sort()  # both sides are sorted already, or nearly: the sort merges two runs
    data = b"\n".join(kept)
    if _all_plain(data, len(kept)):
        return data + b"\n" if kept else b"", []
    found, strays = _told_apart(kept)
    return b"".join([line + b"\n" for line in (*found, *strays)]), strays


def _lines(data: bytes) -> dict[bytes, None]:
    """The lines in order, each once, without their ends."""
    found = dict.fromkeys(data.split(b"\n"))
    if b"\r" in data:
        found = dict.fromkeys([line.rstrip(b"\r") for line in found])
    found.pop(b"", None)
    return found


def _all_plain(data: bytes, count: int) -> bool:
    """Whether every line begins and ends as an event does, which is nearly always so and quickly seen.

    Then their order is that of their ids, since what stands before the id is the same in all.
    """
    return not count or (data.startswith(_BEGIN) and data.endswith(b"}") and data.count(_SEAM) == count - 1)


def _told_apart(kept: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The events among some sorted lines, by id; the lines that are none, without conflict markers."""
    found: list[tuple[str, bytes]] = []
    strays: list[bytes] = []
    for line in kept:
        if line.startswith(_BEGIN) and line.endswith(b"}"):
            found.append((line[_ID].decode("ascii", "replace"), line))
        elif (event_id := _parsed_id(line)) is not None:  # another program's spelling
            found.append((event_id, line))
        elif not (is_side(line) or is_middle(line)):
            strays.append(line)
    return [line for _, line in sorted(found)], strays


def _parsed_id(line: bytes) -> str | None:
    from bd_py import events

    try:
        return str(events.decode(line)["id"])
    except ValueError:
        return None


def without_markers(data: bytes) -> bytes:
    """A segment's bytes without the lines of conflict markers; every other byte stays.

    No event's line begins as a marker does, so the events of both sides are kept. A ``=======`` counts only
    where others are.
    """
    if not any(mark in data for mark in _SIDES):
        return data
    whole = [line + b"\n" for line in data.split(b"\n")]
    whole[-1] = whole[-1][:-1]
    rest = [line for line in whole if not is_side(line)]
    if len(rest) == len(whole):
        return data
    return b"".join(line for line in rest if not is_middle(line))


def is_side(line: bytes) -> bool:
    """Whether a line is a conflict marker that stands for itself.

    git writes seven characters, and more where it merged what had been merged with markers, or where the
    attribute conflict-marker-size says so.
    """
    if not line.startswith(_SIDES):
        return False
    rest = line.lstrip(line[:1])
    return not rest.rstrip(b"\r\n") or rest[:1] == b" "


def is_middle(line: bytes) -> bool:
    """Whether a line is the marker between two sides."""
    return line.startswith(_MIDDLE) and not line.rstrip(b"\r\n").strip(b"=")

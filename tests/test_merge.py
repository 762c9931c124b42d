"""The merge of segments: the same bytes in both directions, nothing lost, what one side took away goes."""

from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py import ids, log
from bd_py.merge import merge, without_markers
from tests.conftest import Runner


def line(k: int, text: str = "t") -> bytes:
    """The line of an event, the k-th in the order of ids."""
    event_id = ids.encode(1_790_000_000_000 + k, 7)
    return (
        b'{"id":"%s","type":"task.note.append","task":"tk-1","at":"2026-11-20T18:02:11.123Z","data":{"text":"%s"}}'
        % (
            event_id.encode(),
            text.encode(),
        )
    )


EVENTS = [line(k) for k in range(8)]
TWINS = [line(3, "other"), line(5, "a\\u2028b")]
SPELLED = [b' {"data":{},"type":"x","task":"t","id":"%s"}' % ids.encode(1_790_000_000_003, 9).encode()]
STRAYS = [b"not json", b"\xff\xfe", b'{"id":"01', b"[]", b"====== ="]
MARKERS = [b"<<<<<<< HEAD", b"||||||| 1a2b", b">>>>>>> other", b"<<<<<<<<< HEAD", b">>>>>>>", b"======="]
ENDS = [b"\n", b"\r\n", b"\n\n", b"\n\r\n"]

lines = st.lists(st.sampled_from([*EVENTS, *TWINS, *SPELLED, *STRAYS]), max_size=10)


@st.composite
def segments(draw: st.DrawFn, kinds: st.SearchStrategy[list[bytes]] = lines) -> bytes:
    """A segment with any ends of lines, with conflict markers or not, its last line whole or not."""
    rows = draw(kinds)
    for mark in draw(st.lists(st.sampled_from(MARKERS), max_size=2)):
        rows = [*rows]
        rows.insert(draw(st.integers(0, len(rows))), mark)
    data = b"".join(row + draw(st.sampled_from(ENDS)) for row in rows)
    return data.rstrip(b"\r\n") if draw(st.booleans()) else data


def held(data: bytes) -> set[bytes]:
    return {row.rstrip(b"\r") for row in without_markers(data).split(b"\n")} - {b"", b"======="}


def of(rows: set[bytes]) -> bytes:
    return b"".join(row + b"\n" for row in sorted(rows))


@given(segments(), segments(), segments())
def test_both_directions_give_the_same_bytes(base: bytes, ours: bytes, theirs: bytes) -> None:
    assert merge(base, ours, theirs) == merge(base, theirs, ours)


@given(segments(), segments(), segments())
def test_it_is_the_union_of_what_both_kept_and_what_each_brought(base: bytes, ours: bytes, theirs: bytes) -> None:
    old, one, two = held(base), held(ours), held(theirs)
    result, strays = merge(base, ours, theirs)
    expected = (one & two) | (one - old) | (two - old)
    assert held(result) == expected
    assert result == b"" or result.endswith(b"\n")
    assert set(strays) <= set(STRAYS) & held(result)
    assert result.count(b"\n") == len(held(result))


@given(segments(), segments(), segments())
def test_nothing_lost(base: bytes, ours: bytes, theirs: bytes) -> None:
    """Every event that a side wrote since the base is in the merge, and so is what both still have."""
    read = [log.parse(data) for data in (base, ours, theirs, merge(base, ours, theirs)[0])]
    old, one, two, result = (set(found.lines) for found in read)
    assert (one - old) | (two - old) <= result
    same = {event_id for event_id in one & two if read[1].lines[event_id].text == read[2].lines[event_id].text}
    assert same <= result


@given(segments(), segments())
def test_idempotent(base: bytes, ours: bytes) -> None:
    once = merge(base, ours, ours)[0]
    assert merge(base, once, once)[0] == once == merge(once, once, once)[0]
    assert merge(ours, ours, ours)[0] == once


@given(segments(), segments(), segments(), segments())
def test_associative(base: bytes, one: bytes, two: bytes, three: bytes) -> None:
    found = {merge(base, merge(base, a, b)[0], c)[0] for a, b, c in permutations((one, two, three))}
    assert len({frozenset(held(data)) for data in found}) == 1


@given(st.sets(st.sampled_from(EVENTS)), st.sets(st.sampled_from(EVENTS)), st.sets(st.sampled_from(EVENTS)))
def test_what_one_side_took_away_goes(base: set[bytes], gone: set[bytes], new: set[bytes]) -> None:
    """A revert and a compaction are let through; what the other side brought stays."""
    ours, theirs = base - gone, base | new
    result = merge(of(base), of(ours), of(theirs))[0]
    assert held(result) == (base - gone) | (new - base)


@given(segments(st.lists(st.sampled_from(EVENTS), unique=True)))
def test_events_are_sorted_by_id_and_their_bytes_stay(data: bytes) -> None:
    rows = merge(b"", data, b"")[0].splitlines()
    assert rows == sorted(held(data))


def test_same_id_other_bytes_both_stay() -> None:
    one, two = line(1, "one"), line(1, "two")
    assert merge(b"", one, two) == (one + b"\n" + two + b"\n", [])


def test_another_programs_spelling_has_its_place() -> None:
    data = b"\n".join([*reversed(EVENTS), *SPELLED])
    assert merge(b"", data, b"") == (b"".join(row + b"\n" for row in [*EVENTS[:4], *SPELLED, *EVENTS[4:]]), [])


def test_lines_that_are_no_events_stay_at_the_end() -> None:
    result, strays = merge(b"", b"zebra\n" + EVENTS[1], b"\xff\n" + EVENTS[0] + b"\r\n" + EVENTS[1][:50])
    assert strays == [b"zebra", EVENTS[1][:50], b"\xff"]
    assert result == b"\n".join([*EVENTS[:2], *strays, b""])


def test_markers_are_dropped() -> None:
    conflict = b"<<<<<<< HEAD\n" + EVENTS[0] + b"\n||||||| base\n=======\n" + EVENTS[1] + b"\n>>>>>>> side\n"
    assert merge(b"", conflict, EVENTS[2]) == (of(set(EVENTS[:3])), [])
    assert merge(b"", b"=======\r\n" + EVENTS[0], b"") == (of({EVENTS[0]}), [])
    assert merge(b"", b"<<<<<<<text\n", b"") == (b"<<<<<<<text\n", [b"<<<<<<<text"])


@pytest.mark.parametrize("empty", [b"", b"\n", b"\r\n\r\n"])
def test_nothing(empty: bytes) -> None:
    assert merge(empty, empty, empty) == (b"", [])
    assert merge(of(set(EVENTS)), empty, of(set(EVENTS))) == (b"", [])


@pytest.mark.slow
def test_a_hundred_thousand_lines(tmp_path: Path, tk: Runner) -> None:
    """Both sides new on a common base, by git's own command line; what is not linear outlasts the Runner's patience."""
    count = 100_000
    rows = [b'{"id":"%026d","type":"task.note.append","data":{"text":"x"}}' % k for k in range(3 * count)]
    base, ours, theirs = rows[:count], rows[: 2 * count], rows[:count] + rows[2 * count :]
    random.Random(1).shuffle(theirs)
    for name, some in (("O", base), ("A", ours), ("B", theirs)):
        (tmp_path / name).write_bytes(b"".join(row + b"\n" for row in some))
    tk("merge-driver", *(str(tmp_path / name) for name in "OAB"), "7", "x.jsonl", cwd=tmp_path, timeout=60)
    assert (tmp_path / "A").read_bytes() == b"".join(row + b"\n" for row in rows)

"""Event ids are a clock: their byte order is the order of events."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py import ids

MS = st.integers(0, ids.MAX_MS)
RANDOM = st.integers(0, 2**80 - 1)


@given(one=st.tuples(MS, RANDOM), other=st.tuples(MS, RANDOM))
def test_bytes_sort_as_time_then_random_bits(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (ids.encode(*one) < ids.encode(*other)) == (one < other)


@given(ms=MS, random=RANDOM)
def test_an_id_tells_its_time(ms: int, random: int) -> None:
    found = ids.encode(ms, random)
    assert ids.milliseconds(found) == ms
    assert ids.is_event_id(found)
    assert len(found) == 26


def test_no_id_is_later_than_the_year_9999() -> None:
    assert ids.is_event_id(ids.LAST_ID)
    assert not ids.is_event_id(ids.encode(ids.MAX_MS + 1, 0))
    assert time.gmtime(ids.MAX_MS // 1000).tm_year == 9999
    assert time.gmtime(ids.MAX_MS // 1000 + 1).tm_year == 10_000


@pytest.mark.parametrize(
    "text", [None, 5, "", "01M7X20VW22D7Z59TDWH9EDD1", "01M7X20VW22D7Z59TDWH9EDD1RR", "01m7x20vw22d7z59tdwh9edd1r"]
)
def test_what_is_no_event_id(text: object) -> None:
    assert not ids.is_event_id(text)


@pytest.mark.parametrize("letter", "ILOU -_a/\n\0é")
def test_letters_that_no_id_has(letter: str) -> None:
    for place in (0, 13, 25):
        text = list("01M7X20VW22D7Z59TDWH9EDD1R")
        text[place] = letter
        assert not ids.is_event_id("".join(text))


def test_a_batch_counts_up_within_one_millisecond() -> None:
    clock = ids.Clock()
    found = [clock.next() for _ in range(5000)]
    assert found == sorted(set(found))
    assert len({ids.milliseconds(each) for each in found}) == 1
    assert abs(ids.milliseconds(found[0]) - time.time() * 1000) < 60_000


def test_an_effect_sorts_after_its_cause_whatever_the_clocks_say() -> None:
    future = ids.encode(ids.MAX_MS - 5, 2**80 - 1)
    assert ids.Clock(future).next() > future
    assert ids.milliseconds(ids.Clock(future).next()) == ids.MAX_MS - 4
    assert ids.Clock(ids.encode(5, 0)).ms > 1_700_000_000_000


def test_two_clones_that_saw_the_same_event_mint_different_ids() -> None:
    seen = ids.encode(ids.MAX_MS - 9, 7)
    assert len({ids.Clock(seen).next() for _ in range(1000)}) == 1000


def test_after_the_last_millisecond_there_is_no_id() -> None:
    with pytest.raises(OverflowError, match="year 9999"):
        ids.Clock(ids.LAST_ID).next()
    assert ids.Clock(ids.encode(ids.MAX_MS - 1, 0)).next() <= ids.LAST_ID


@given(ms=st.integers(-(10**20), 10**20), digest=st.binary(min_size=10, max_size=32))
def test_a_derived_id_follows_from_its_content(ms: int, digest: bytes) -> None:
    found = ids.derived(ms, digest)
    assert found == ids.derived(ms, digest)
    assert ids.is_event_id(found)
    assert 0 <= ids.milliseconds(found) <= ids.MAX_MS


def test_task_ids_are_random_and_short() -> None:
    found = {ids.task_id("tk") for _ in range(5000)}
    assert len(found) == 5000
    assert all(each.startswith("tk-") and len(each) == 13 and not each[3:].strip(ids.LOWER) for each in found)

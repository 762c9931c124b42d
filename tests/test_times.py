"""Times, held against datetime."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py import times
from bd_py.errors import UsageError

NOW = 1_795_197_731_123  # 2026-11-20T18:02:11.123Z
MOMENTS = st.datetimes(dt.datetime(1, 1, 3), dt.datetime(9999, 12, 29))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


def shown(moment: dt.datetime) -> str:
    """A moment in UTC as tk writes it."""
    text = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}.{f'{moment.microsecond:06d}'.rstrip('0').ljust(3, '0')}Z"


@given(moment=MOMENTS, zone=ZONES)
def test_any_iso_time_with_an_offset(moment: dt.datetime, zone: dt.timezone) -> None:
    there = moment.replace(tzinfo=zone)
    assert times.parse(there.isoformat()) == shown(there)
    assert times.normal(shown(there)) == shown(there)


@given(ms=st.integers(0, 253_402_300_799_999))
def test_milliseconds_there_and_back(ms: int) -> None:
    text = times.iso(ms)
    assert times.to_ms(text) == ms
    assert times.is_utc(text)
    assert dt.datetime.fromisoformat(text) == dt.datetime.fromtimestamp(ms // 1000, dt.UTC).replace(
        microsecond=ms % 1000 * 1000
    )


@given(moment=MOMENTS)
def test_milliseconds_of_any_year(moment: dt.datetime) -> None:
    moment = moment.replace(tzinfo=dt.UTC)
    expected = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
    assert times.to_ms(shown(moment)) == expected


@given(one=MOMENTS, other=MOMENTS)
def test_text_sorts_as_time_to_the_millisecond(one: dt.datetime, other: dt.datetime) -> None:
    one, other = (each.replace(tzinfo=dt.UTC, microsecond=each.microsecond // 1000 * 1000) for each in (one, other))
    assert (shown(one) < shown(other)) == (one < other)


@given(text=st.text("0123456789-:.TZ+ a\u00b2\uff11", max_size=30))
def test_either_a_time_or_refused(text: str) -> None:
    try:
        found = times.parse(text, now_ms=NOW)
    except UsageError:
        return
    assert times.is_utc(found)
    assert times.normal(found) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-20T18:02:11.123Z"),
        ("+2d", "2026-11-22T18:02:11.123Z"),
        ("2d", "2026-11-22T18:02:11.123Z"),
        ("-3h", "2026-11-20T15:02:11.123Z"),
        ("+1w", "2026-11-27T18:02:11.123Z"),
        ("90m", "2026-11-20T19:32:11.123Z"),
        ("today", "2026-11-20T00:00:00.000Z"),
        ("Tomorrow", "2026-11-21T00:00:00.000Z"),
        ("yesterday", "2026-11-19T00:00:00.000Z"),
        ("2026-11-30", "2026-11-30T00:00:00.000Z"),
        ("2026-11-30T09:00", "2026-11-30T09:00:00.000Z"),
        ("2026-11-30T09:00:00.123456789Z", "2026-11-30T09:00:00.123456789Z"),
        ("2026-11-30T09:00:00.1200+02:00", "2026-11-30T07:00:00.120Z"),
        ("2024-02-29", "2024-02-29T00:00:00.000Z"),
    ],
)
def test_what_people_type(text: str, expected: str) -> None:
    assert times.parse(text, now_ms=NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "2026-13-01", "2026-02-30", "2025-02-29", "2026-11-20T25:00:00Z", "0000-01-01T00:00:00Z"),
        *(
            "0001-01-01T00:00:00+14:00",
            "999999w",
            "-999999w",
            "2d3h",
            "+d",
            "1y",
            "12345678d",
            "\u00b2d",
            "2026-11-20T18:02:11.Z",
        ),
        *("2026-11-20T18:02:11.abcZ", "\uff12026-11-20T18:02:11.123Z", "2026-11-20T18:02:11.\uff11Z"),
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        times.parse(text, now_ms=NOW)


def test_a_date_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert times.parse("2026-11-30", now_ms=NOW) == "2026-11-30T05:00:00.000Z"
        assert times.parse("2026-07-01T12:00", now_ms=NOW) == "2026-07-01T16:00:00.000Z"
        assert times.parse("tomorrow", now_ms=NOW) == "2026-11-21T05:00:00.000Z"
    finally:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()


@pytest.mark.parametrize(
    ("now", "word", "date"),
    [
        ("2026-10-25T00:10:00+02:00", "tomorrow", "2026-10-26"),
        ("2026-10-26T00:10:00+01:00", "yesterday", "2026-10-25"),
        ("2026-03-28T23:30:00+01:00", "tomorrow", "2026-03-29"),
        ("2026-03-30T00:10:00+02:00", "yesterday", "2026-03-29"),
        ("2026-12-31T23:30:00+01:00", "tomorrow", "2027-01-01"),
    ],
)
def test_a_day_on_when_the_clocks_change(monkeypatch: pytest.MonkeyPatch, now: str, word: str, date: str) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert times.parse(word, now_ms=times.to_ms(times.normal(now))) == times.parse(date)
    finally:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()


def test_now_is_the_wall_clock() -> None:
    assert abs(times.to_ms(times.now()) - time.time() * 1000) < 60_000

"""Times as ISO 8601 in UTC: what the log, the cache and JSON hold."""

from __future__ import annotations

import time

from bd_py.errors import UsageError

_UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}


def iso(ms: int) -> str:
    """``ms`` since 1970 as ``2026-11-20T18:02:11.123Z``."""
    t = time.gmtime(ms // 1000)
    return (
        f"{t.tm_year:04d}-{t.tm_mon:02d}-{t.tm_mday:02d}T{t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d}.{ms % 1000:03d}Z"
    )


def now() -> str:
    """The wall clock."""
    return iso(time.time_ns() // 1_000_000)


def parse(text: str, *, now_ms: int | None = None) -> str:
    """A time as a person or a program types it, as ISO 8601 UTC.

    Takes ISO 8601 with or without time, fraction and offset (without one: local time, as the person's
    clock shows it), ``now``, ``today``, ``tomorrow``, ``yesterday``, ``+2d``, ``-3h``, ``2w``.
    Raises UsageError for anything else.
    """
    word = text.strip().lower()
    base = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    if word in ("now", "today", "tomorrow", "yesterday"):
        days = {"tomorrow": 1, "yesterday": -1}.get(word, 0)
        return iso(base) if word == "now" else normal(_local_date(base // 1000, days))
    sign = -1 if word[:1] == "-" else 1
    digits = word.lstrip("+-")
    number = digits.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = digits[len(number) :]
    try:
        if number.isdigit() and number.isascii() and len(number) < 7 and unit in _UNITS:
            return normal(iso(base + sign * int(number) * _UNITS[unit] * 1000))
        return normal(text.strip())
    except ValueError:
        raise UsageError(
            f"'{text}' is no time",
            "Give a date (2026-11-30), ISO 8601 (2026-11-30T09:00:00Z), or a distance (+2d, 3h, tomorrow).",
        ) from None


def _local_date(seconds: int, days: int) -> str:
    """The date so many days on: counted from noon, since a day has 23 or 25 hours when the clocks change."""
    year, month, day = time.localtime(seconds)[:3]
    return time.strftime("%Y-%m-%d", time.localtime(time.mktime((year, month, day + days, 12, 0, 0, 0, 0, -1))))


def is_utc(text: str) -> bool:
    """Whether ``text`` already is ISO 8601 UTC as this program writes it (any number of fraction digits)."""
    digits = text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19] + text[20:-1]
    return (
        (len(text) == 20 or (22 <= len(text) <= 30 and text[19] == "."))
        and text[-1] == "Z"
        and text[4] == "-"
        and text[7] == "-"
        and text[10] == "T"
        and text[13] == ":"
        and text[16] == ":"
        and digits.isdigit()
        and digits.isascii()
    )


def normal(text: str) -> str:
    """Any ISO 8601 time as UTC, its fraction kept to the digit (at least milliseconds).

    Raises ValueError for what is no time.
    """
    if not is_utc(text):
        text = _to_utc(text)
    head, _, fraction = text[:-1].partition(".")
    _check_calendar(head)
    fraction = fraction.rstrip("0").ljust(3, "0")
    return f"{head}.{fraction}Z"


def _check_calendar(head: str) -> None:
    month, day = int(head[5:7]), int(head[8:10])
    year = int(head[:4])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    in_day = int(head[11:13]) < 24 and int(head[14:16]) < 60 and int(head[17:19]) < 61
    if not (year >= 1 and 1 <= month <= 12 and 1 <= day <= days[month - 1] and in_day):
        raise ValueError(f"{head} is no time")


def _to_utc(text: str) -> str:
    import datetime as dt

    # fromisoformat keeps six digits of a fraction; trackers write up to nine.
    head, dot, tail = text.partition(".")
    digits = len(tail) - len(tail.lstrip("0123456789"))
    fraction, zone = tail[:digits], tail[digits:]
    if dot and not fraction:
        raise ValueError(f"{text} is no time")
    moment = dt.datetime.fromisoformat(head + zone if dot else text)
    if moment.tzinfo is None:
        moment = moment.astimezone()
    try:
        moment = moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(f"{text} is out of range") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + f".{fraction or '000'}Z"


def to_ms(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 UTC time. Raises ValueError."""
    text = normal(text)
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    # Days from civil, by the proleptic Gregorian calendar, years beginning in March.
    year -= month <= 2
    era_days = 365 * year + year // 4 - year // 100 + year // 400
    days = era_days + (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1 - 719468
    seconds = int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
    return (days * 86400 + seconds) * 1000 + int(text[20:23])

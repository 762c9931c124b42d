"""Event ids and event lines, written here and not by tk: the log's format is a contract, not an import."""

from __future__ import annotations

import json
import random
import time

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in BASE32 for second in BASE32]
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_DAYS: dict[int, str] = {}

compact = _JSON.encode


def ulid(ms: int, random_bits: int) -> str:
    """26 characters: 48 bits of milliseconds, 80 random bits."""
    value = (ms << 80) | random_bits
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)])


def task_id(rng: random.Random, prefix: str) -> str:
    """``tk-`` and ten random characters of base32 in small letters."""
    value = rng.getrandbits(50)
    return prefix + "-" + "".join([_PAIRS[(value >> shift) & 1023] for shift in range(40, -1, -10)]).lower()


def iso(ms: int) -> str:
    """Milliseconds since 1970 as ``2025-11-20T18:02:11.123Z``."""
    seconds, fraction = divmod(ms, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{day(ms)}T{hours % 24:02d}:{minute:02d}:{second:02d}.{fraction:03d}Z"


def day(ms: int) -> str:
    """The day in UTC, ``2025-11-20``."""
    number = ms // 86_400_000
    found = _DAYS.get(number)
    if found is None:
        found = _DAYS[number] = time.strftime("%Y-%m-%d", time.gmtime(number * 86_400))
    return found


def line(
    event_id: str,
    kind: str,
    task: str,
    at: str,
    by: str,
    data: dict[str, object],
    prev: dict[str, str | None] | None,
) -> str:
    """One event in the canonical order of keys, with its newline. ``by`` is JSON already."""
    tail = f',"prev":{compact(prev)}' if prev else ""
    return f'{{"id":"{event_id}","type":"{kind}","task":"{task}","at":"{at}","by":{by},"data":{compact(data)}{tail}}}\n'

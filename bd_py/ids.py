"""Event ids, which are also the clock, and task ids.

An event id is a ULID: 26 characters of Crockford base32, 48 bits of milliseconds, then 80 random bits.
Its byte order is the order of events. The milliseconds are a hybrid logical clock: the larger of the wall
clock and one more than the largest seen, so that an effect always sorts after its cause.
"""

from __future__ import annotations

import os
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOWER = ALPHABET.lower()
LENGTH = 26
MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: a later id is no event."""

_RANDOM_BITS = 80
_DIGITS = LOWER.encode() * 8
"""A digit for each byte, by its last five bits."""
_VALUES = {char: k for k, char in enumerate(ALPHABET)}


def encode(ms: int, random: int) -> str:
    """The id of 48 bits of milliseconds and 80 random bits."""
    value = (ms << _RANDOM_BITS) | random
    return "".join([ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5)])


def is_event_id(text: object) -> bool:
    """Whether ``text`` is a well-formed event id no later than the year 9999."""
    return isinstance(text, str) and len(text) == LENGTH and not text.strip(ALPHABET) and text <= LAST_ID


def milliseconds(event_id: str) -> int:
    """The 48-bit time of an id, in milliseconds since 1970."""
    value = 0
    for char in event_id[:10]:
        value = (value << 5) | _VALUES[char]
    return value


class Clock:
    """Mints the ids of one batch of events, after everything this writer has seen.

    ``last`` is the largest id seen, or "". Within a batch ids count up from a random start in one
    millisecond; between batches the random bits are fresh, because two clones that saw the same last event
    would otherwise mint the same next one.
    """

    __slots__ = ("_head", "ms", "random")

    def __init__(self, last: str = "") -> None:
        self.ms = max(time.time_ns() // 1_000_000, milliseconds(last) + 1 if last else 0, 0)
        # The top bit stays clear, so that a batch never counts over the end of the random bits.
        self.random = int.from_bytes(os.urandom(10), "big") >> 1
        self._head = ""

    @property
    def latest(self) -> str:
        """The id that was given last; before the first, one that is less."""
        return encode(self.ms, self.random)

    def next(self) -> str:
        """The next id. Raises OverflowError past the year 9999, with why and what to do."""
        if self.ms > MAX_MS:
            if time.time_ns() // 1_000_000 > MAX_MS:
                raise OverflowError("the clock of this machine is past the year 9999", "Set it to what it is.")
            raise OverflowError(
                "the log holds an event at the end of the year 9999: no later id exists",
                "Remove the line with that id; 'tk doctor' names it.",
            )
        self.random += 1
        digit = self.random & 31
        if not (digit and self._head):  # the digits before the last change once in 32 times
            self._head = encode(self.ms, self.random)[:-1]
        return self._head + ALPHABET[digit]


def derived(ms: int, digest: bytes) -> str:
    """The id of an event whose identity is its content: ``ms`` and the first 80 bits of ``digest``."""
    return encode(min(max(ms, 0), MAX_MS), int.from_bytes(digest[:10], "big"))


def part_id(prefix: str) -> str:
    """An id for a part of a task (a blocker, evidence): 30 random bits, unique in its task, short enough to type."""
    return f"{prefix}-{part_key()}"


def part_key() -> str:
    """The random bits of a `part_id` alone."""
    return task_id("x")[2:8]


def task_id(prefix: str) -> str:
    """A new task id: the prefix, a dash and 50 random bits. Never reused, needs no coordination."""
    return prefix + "-" + os.urandom(10).translate(_DIGITS).decode()


LAST_ID = encode(MAX_MS, (1 << _RANDOM_BITS) - 1)

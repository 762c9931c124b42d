"""Priorities and estimates as people type them."""

from __future__ import annotations

from bd_py.errors import UsageError
from bd_py.payloads import check_field

PRIORITIES = {
    "urgent": 0,
    "critical": 0,
    "highest": 0,
    "high": 1,
    "medium": 2,
    "normal": 2,
    "low": 3,
    "lowest": 4,
    "backlog": 4,
}


def priority(text: str) -> int:
    """0-4, P0-P4 or a word. Raises UsageError for another form, InvalidError for a number out of range."""
    word = text.strip().lower()
    if word in PRIORITIES:
        return PRIORITIES[word]
    digits = word.removeprefix("p")
    if not (digits.removeprefix("-").isdigit() and digits.isascii()):
        raise UsageError(f"'{text}' is no priority", "Give 0-4, P0-P4, or urgent, high, medium, low.")
    value = int(digits)
    check_field("priority", value)
    return value


def minutes(text: str) -> int:
    """An estimate: minutes, or ``2h``, ``1h30m``, ``3d`` (of eight hours). Raises UsageError."""
    word = text.strip().lower()
    if word.isdigit() and word.isascii():
        return int(word)
    total, number = 0, ""
    for char in word:
        if char.isdigit() and char.isascii():
            number += char
        elif number and char in "mhdw":
            total += int(number) * {"m": 1, "h": 60, "d": 480, "w": 2400}[char]
            number = ""
        else:
            number = "x"
            break
    if number or not word:
        raise UsageError(f"'{text}' is no estimate", "Give minutes, or 90m, 2h, 1h30m, 3d.")
    return total

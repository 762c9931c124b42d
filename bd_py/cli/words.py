"""Small words for sentences."""

from __future__ import annotations


def count(n: int, what: str) -> str:
    """``1 event``, ``2 events``."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"

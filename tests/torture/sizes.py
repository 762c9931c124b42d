"""How much torture: the small size in every run, the full one where TK_TEST_TORTURE=full."""

from __future__ import annotations

import os

FULL = os.environ.get("TK_TEST_TORTURE") == "full"


def size(small: int, full: int) -> int:
    """A count for this run."""
    return full if FULL else small

"""The collector of reference cycles, kept out of the way while much is made that has none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """No collection within: a batch of 10,000 has the collector look at its events and states again and again.

    It is one for the whole process: where another thread pauses it too, it goes on when the first of them is done.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()

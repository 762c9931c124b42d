"""How far something is and how long it will take, on one line of stderr that is drawn anew."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

QUIET = 1.0
"""Seconds in which nothing is shown: most things are done by then."""
_EVERY = 0.2
"""Seconds between two drawings: fast enough to follow, slow enough to read."""


class Progress:
    """A line like ``Importing a.jsonl: 45 %, 3 s left``, from the second second on.

    ``step = Progress("Importing a.jsonl")``, then ``step(done, total)`` as often as one likes. ``clock`` gives seconds.
    """

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.what = what
        self._clock = clock
        self._started = clock()
        self._next = self._started + QUIET
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Draw the line, where it is time to."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _EVERY
        self._shown = True
        _draw(self.line(done, total, now - self._started))

    def line(self, done: int, total: int, elapsed: float) -> str:
        """The line; the time that is left is in proportion to what is left, once a twentieth is done."""
        share = min(done / total, 1.0) if total else 1.0
        text = f"{self.what}: {int(100 * share)} %"
        return f"{text}, {span(elapsed * (1 - share) / share)} left" if share >= 0.05 else text

    def clear(self) -> None:
        """Take the line away, and begin anew: what goes on from here takes its own time."""
        if self._shown:
            _draw("")
        self._shown = False
        self._started = self._clock()
        self._next = self._started + QUIET


def span(seconds: float) -> str:
    """``3 s``, ``2 min 5 s``, ``1 h 10 min``."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _draw(text: str) -> None:
    from bd_py.cli.terminal import size
    from bd_py.render import safe
    from bd_py.width import fit

    try:
        columns, _ = size(sys.stderr)
        sys.stderr.write("\r\x1b[K" + fit(safe(text), columns - 1))
        sys.stderr.flush()
    except (OSError, UnicodeError):
        pass  # nobody is looking; what is going on goes on

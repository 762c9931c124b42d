"""Statements that run beside the rest of the work: in a thread of their own, in the order in which they were given.

SQLite lets go of the interpreter while it runs a statement, so a rebuild can insert and index while it folds.
"""

from __future__ import annotations

import _thread
import sys

from bd_py.cache.level import sqlite3
from bd_py.cache.rows import insert_many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.cache.level import Connection

SOME = 2000
"""Rows that are handed on at once: enough to be few steps, few enough that they are soon forgotten again."""
_SWITCH = 0.0002
"""Seconds after which a thread that computes lets the other go on, for 5 ms are many statements of forty rows."""


class Beside:
    """A connection whose statements run in a thread; ``threaded`` tells whether there are enough for that to pay.

    A context manager. Between `run` and the end of `wait` the connection belongs to the thread. What a statement
    raises is raised by the next call, and nothing is run after it. Where the block is left by an exception, what is
    under way is waited for, and what is left is dropped.
    """

    def __init__(self, conn: Connection, *, threaded: bool) -> None:
        self.conn = conn
        self.threaded = threaded and getattr(sqlite3, "threadsafety", 0) > 0
        self._error: BaseException | None = None
        self._interval = sys.getswitchinterval()

    def __enter__(self) -> Beside:
        if self.threaded:
            from _queue import SimpleQueue

            self._jobs: SimpleQueue[tuple[Callable[..., object], tuple[Any, ...]] | None] = SimpleQueue()
            self._ended = _thread.allocate_lock()
            self._ended.acquire()
            try:
                _thread.start_new_thread(self._loop, ())
                sys.setswitchinterval(min(_SWITCH, self._interval))
            except RuntimeError:  # there is no thread to be had
                self.threaded = False
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.wait()
        finally:
            if self.threaded:
                self._end()

    def run(self, function: Callable[..., object], *args: Any) -> None:
        """Call a function that uses the connection, when it is its turn."""
        self._raise()
        if self.threaded:
            self._jobs.put((function, args))
        else:
            function(*args)

    def insert(self, head: str, rows: list[tuple[Any, ...]]) -> None:
        """`rows.insert_many`, when it is its turn."""
        for start in range(0, len(rows), SOME):
            self.run(insert_many, self.conn, head, rows[start : start + SOME])

    def wait(self) -> None:
        """Until everything is done that was given."""
        if self.threaded:
            done = _thread.allocate_lock()
            done.acquire()
            self._jobs.put((done.release, ()))
            done.acquire()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _loop(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                function, args = job
                if self._error is None or not args:  # without arguments: what `wait` waits for
                    try:
                        function(*args)
                    except BaseException as error:  # noqa: BLE001  (raised by whoever waits)
                        self._error = error
                del job, function, args  # rows may be large
        finally:
            self._ended.release()

    def _end(self) -> None:
        """End the thread; what it was not done with is dropped."""
        if self._error is None:
            self._error = RuntimeError("given up")
        self._jobs.put(None)
        self._ended.acquire()
        sys.setswitchinterval(self._interval)

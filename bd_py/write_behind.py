"""A write that is done when the log has it on disk: the cache follows later, with many others at once."""

from __future__ import annotations

from bd_py import ids, jsonio
from bd_py.cache.pending import MOST, Pending
from bd_py.errors import TkError
from bd_py.sqlite import sqlite3
from bd_py.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.writer import LevelCache
    from bd_py.config import Config
    from bd_py.events import Event
    from bd_py.workspace import Workspace

PATIENCE = 8
"""Writes in lock-step with the cache after somebody else wrote: else each of two would have to read the other's."""


class WriteBehind(Write):
    """A `Write` that opens the cache only when it is asked for more than to begin tasks and records.

    Until then nobody else wrote since this store's last write, so what it may say can be told without the
    tables. Asked for the cache, for a state, or for an event of something that is there already, it brings what
    waits into the tables, with what it has staged, and is a `Write` like any other from there on.
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._level: LevelCache | None = None
        self._waiting: Pending | None = None

    def __enter__(self) -> WriteBehind:
        self._lock.acquire()
        waiting = self.workspace.pending
        if waiting is not None and waiting.holds():
            self._waiting = self.workspace.take_pending()
        else:
            if waiting is not None and not waiting.is_full:
                self.workspace.patience = PATIENCE
            self._open()
        return self

    @property
    def waiting(self) -> Pending | None:
        """What waits for the cache, this write's own events too; None where the cache is open."""
        return self._waiting

    @property
    def cache(self) -> LevelCache:
        """The cache, in a transaction from now on."""
        if self._level is None:
            self._open_after_all()
        assert self._level is not None
        return self._level

    @cache.setter
    def cache(self, value: LevelCache) -> None:
        self._level = value

    @property
    def config(self) -> Config:
        """The settings in force."""
        return self.cache.config if self._waiting is None else self._waiting.config

    def _open_after_all(self) -> None:
        """Open the cache, with what waits and then what was staged."""
        self.workspace.pending, self._waiting = self._waiting, None
        self._open()
        begun, self.begun = self.begun, []
        for line in begun:
            self._apply(jsonio.loads(line), line, fresh=True)

    def _apply(self, event: Event, line: str, *, fresh: bool) -> None:
        if self._waiting is not None and fresh:
            self.begun.append(line)
        else:
            super()._apply(event, line, fresh=fresh)

    def next_id(self) -> str:
        """The next id, after every one of the log."""
        if self._clock is None and self._waiting is not None:
            self._clock = ids.Clock(self._waiting.newest)
        return super().next_id()

    def _commit(self) -> None:
        waiting = self._waiting
        if waiting is None or (self.begun and not waiting.append(self.begun, self._ids[-1])):
            super()._commit()
            self._begin()
            return
        self._lines, self._ids, self.begun = [], [], []
        if len(waiting.lines) < MOST:
            self.workspace.pending = waiting
        else:
            self._bring_in()

    def _bring_in(self) -> None:
        """Bring what waits into the cache. What was written stays so where that fails."""
        try:
            _ = self.cache
            super()._commit()
            self._begin()
        except (TkError, sqlite3.Error, OSError):
            self.workspace.close()

    def _begin(self) -> None:
        """The next write may be a light one, unless others write too."""
        if self.workspace.patience:
            self.workspace.patience -= 1
        else:
            self.workspace.pending = Pending.begin(self.paths, self.cache)

    def _roll_back(self) -> None:
        if self._level is not None:
            super()._roll_back()
        else:
            self.workspace.pending, self._waiting = self._waiting, None

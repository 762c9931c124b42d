"""A workspace without files: the same fold, cache and rules over a log that is a list of lines."""

from __future__ import annotations

from bd_py.cache.apply import Applier
from bd_py.cache.build import in_memory
from bd_py.cache.level import read_meta
from bd_py.cache.session import Notes
from bd_py.config import Config, check
from bd_py.paths import Paths
from bd_py.workspace import Workspace
from bd_py.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection

_NOWHERE = "/nonexistent/in memory"
"""Where such a store stands: a folder that cannot be made by accident, so that whatever asks for a file finds none."""


class _MemoryPaths(Paths):
    """No git directory, no other worktrees: nothing is looked for."""

    @property
    def git_dir(self) -> None:
        return None

    @property
    def shared(self) -> None:
        return None


class MemoryWorkspace(Workspace):
    """A workspace whose log is a list of lines, and whose cache lies in memory."""

    def __init__(self, name: str, settings: dict[str, Any]) -> None:
        from threading import RLock

        super().__init__(_MemoryPaths(f"{_NOWHERE}/.tasks"), {"name": name})
        self.turn = RLock()
        self.lines: list[str] = []
        self._settings = Config(check(settings, "config"))
        self._conn = in_memory(self.paths, self._settings)
        self._meta = read_meta(self._conn)

    @property
    def conn(self) -> Connection:
        """The cache."""
        assert self._conn is not None, "the store is closed"
        return self._conn

    @property
    def config(self) -> Config:
        """The settings in force."""
        return self._settings

    def current(self) -> Connection:
        """The same: it is always level."""
        return self.conn

    def refresh(self) -> None:
        """Nothing: nobody else changes it."""

    def noting(self) -> Notes:
        """As `Workspace.noting`, in this process alone."""
        return _MemoryNotes(self)

    def writing(
        self, *, batch: bool = False, every_file: bool = False, repair: bool = True, behind: bool = False
    ) -> Write:
        """As `Workspace.writing`, in this process alone."""
        return _MemoryWrite(self)


class _MemoryNotes(Notes):
    """A transaction for the ``meta`` table."""

    def __init__(self, workspace: MemoryWorkspace) -> None:
        super().__init__(workspace.paths, workspace.conn)
        self.meta = workspace.meta
        self._turn = workspace.turn

    def __enter__(self) -> Notes:
        self._turn.acquire()
        self.conn.execute("BEGIN")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.conn.execute("ROLLBACK" if kind else "COMMIT")
        finally:
            self._turn.release()


class _Cache:
    """What a `Write` needs of `LevelCache`."""

    def __init__(self, workspace: MemoryWorkspace) -> None:
        self.conn = workspace.conn
        self.meta = workspace.meta
        self.config = workspace.config
        self.applier = Applier(self.conn, self.config.statuses)


class _MemoryWrite(Write):
    """A write whose lines stay in memory."""

    def __init__(self, workspace: MemoryWorkspace) -> None:
        super().__init__(workspace)
        self._memory = workspace

    def __enter__(self) -> Write:
        self._memory.turn.acquire()
        try:
            self.cache = _Cache(self._memory)  # type: ignore[assignment]
            self.conn.execute("BEGIN")
        except BaseException:
            self._memory.turn.release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.applier.flush()
                self.conn.execute("COMMIT")
                self._memory.lines += self._lines
            else:
                self.conn.execute("ROLLBACK")
        finally:
            self._memory.turn.release()

    def _target(self, task: str | None) -> int:
        return 1

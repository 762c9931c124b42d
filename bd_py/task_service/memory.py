"""A store of tasks in memory, by the same rules, for the tests of programs that build on tk."""

from __future__ import annotations

from typing import Any

from bd_py.memory import MemoryWorkspace
from bd_py.task_service.stores import LogTaskStore
from bd_py.workspace import Workspace


class MemoryTaskStore(LogTaskStore):
    """A `TaskStore` without files; what it holds is gone when it is closed.

    ``name``: who acts. ``config``: settings as in config.toml, flat (``{"ready.sort": "oldest"}``). Commands of
    gates run in the working directory of the process, once they are trusted, which they never are here.
    """

    def __init__(self, *, name: str = "memory", config: dict[str, Any] | None = None) -> None:
        super().__init__(MemoryWorkspace(name, config or {}))

    def _apart(self) -> None:
        return None

    def _anew(self) -> Workspace:
        return self._opened  # the child's own copy, as all of its memory

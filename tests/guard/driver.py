"""Runs one tk command in this process and reports what it did: ``python -I driver.py REPORT ROOT ARGS...``.

Watches from outside, by audit events and by the import of the database module, so that the program needs no
hook. Itself imports nothing that a bare interpreter has not loaded, lest it hide what the command imports.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

BASELINE = frozenset(sys.modules)
CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".dylib")
PROCESSES = (
    "subprocess.Popen",
    "os.fork",
    "os.forkpty",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
)

seen: dict[str, list[str]] = {"sql": [], "opens": [], "scans": [], "processes": [], "fsyncs": []}


def audit(event: str, args: tuple[Any, ...]) -> None:
    """Note what is opened, listed and started; the interpreter's own code files don't count."""
    if event == "open":
        name = os.fsdecode(args[0]) if isinstance(args[0], (str, bytes)) else ""
        if name and not name.endswith(CODE) and ".pyc." not in name:
            seen["opens"].append(name)
    elif event in ("os.listdir", "os.scandir"):
        name = os.fsdecode(args[0]) if isinstance(args[0], (str, bytes)) else "."
        if name not in sys.path and "__pycache__" not in name and _outside_path(name):
            seen["scans"].append(name)
    elif event in PROCESSES:
        seen["processes"].append(f"{event} {args[0]!r}")


def _outside_path(name: str) -> bool:
    """False for the folders that the import system lists."""
    return not any(entry and name.startswith(entry + os.sep) for entry in sys.path)


class WatchSqlite:
    """A finder that lets the others find ``_sqlite3`` and traces every connection which it makes."""

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of ``_sqlite3`` with a loader that patches ``connect``; None for all else."""
        if name != "_sqlite3":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                loader: Any = spec.loader
                loader.exec_module = _traced(loader.exec_module)
                return spec
        return None


def _traced(exec_module: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    def patched(module: Any) -> None:
        exec_module(module)
        connect = module.connect

        def traced(*args: Any, **kwargs: Any) -> Any:
            connection = connect(*args, **kwargs)
            connection.set_trace_callback(_statement)
            return connection

        module.connect = traced

    return patched


def _statement(sql: str) -> None:
    if not sql.startswith("--"):  # what a trigger or a virtual table runs inside a statement
        seen["sql"].append(" ".join(sql.split())[:200])


def report(path: str, code: int) -> None:
    """Write what was seen as JSON."""
    modules = sorted(set(sys.modules) - BASELINE - {"__mp_main__"})
    found = {name: list(values) for name, values in seen.items()}
    import json

    with open(path, "w", encoding="utf-8") as file:
        json.dump({"modules": modules, "code": code, **found}, file)


def main() -> None:
    """Run the command as the ``tk`` script does, up to and including its early exit."""
    _, path, root, *arguments = sys.argv
    leave, sync = os._exit, os.fsync

    def exit_with_report(code: int) -> None:
        report(path, code)
        leave(code)

    def fsync(fd: Any) -> None:
        seen["fsyncs"].append(str(fd))
        sync(fd)

    os._exit = exit_with_report  # type: ignore[assignment]
    os.fsync = fsync
    sys.argv = ["tk", *arguments]
    sys.path[:0] = [root]
    finder: Any = WatchSqlite()
    sys.meta_path.insert(0, finder)
    sys.addaudithook(audit)
    from bd_py.__main__ import main as run

    run()


if __name__ == "__main__":
    main()

"""Change where a store keeps its tasks: in the log, or as plain files."""

from __future__ import annotations

from bd_py import config as config_module
from bd_py.filewrite import convert
from bd_py.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.paths import Paths


def _check_files(where: Paths) -> None:
    """Refuse to leave a task file behind that nobody could read, before anything is changed."""
    workspace = Workspace(where)
    try:
        with workspace.writing() as write:
            convert.refuse_unread(write.conn)
    finally:
        workspace.close()


def switch(where: Paths, backend: str) -> bool:
    """Bring a store to a backend, its events and its setting; False where it has it already.

    Done again after a crash it goes on where that ended. Raises InvalidError where a task file cannot be read, which
    then has to be mended first.
    """
    from bd_py.service import settings

    if backend == "log" and where.files:
        _check_files(where)
    if config_module.load(where.config).values["backend"] != backend:
        settings.set_value(where, "backend", backend)
    if where.files == (backend == "files"):
        convert.finish_taking_away(where)
        return False
    workspace = Workspace(where)
    try:
        if backend == "files":
            convert.to_files(where)
            with workspace.writing():
                pass  # this writes the files of the tasks
        else:
            convert.to_log(workspace)
            with workspace.writing(every_file=True):
                pass
    finally:
        workspace.close()
    return True

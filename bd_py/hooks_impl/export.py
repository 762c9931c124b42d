"""``export.path``: a file in the bd format beside the log, for teams where some still run other tools.

pre-commit writes it anew and commits it with the events; post-merge imports what another tool wrote to it.
"""

from __future__ import annotations

import os

from bd_py import files
from bd_py.cache.scan import digest
from bd_py.cache.session import set_meta
from bd_py.errors import TkError
from bd_py.interchange import exporter, importer
from bd_py.paths import STORE, find_git_dir
from bd_py.service.staging import add

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.service.hook_outcome import Outcome
    from bd_py.workspace import Workspace


_SEEN = "export_digest"


def refresh(workspace: Workspace, index: str, out: Outcome) -> None:
    """Write the export anew where it differs, and stage it with the events. Raises TkError."""
    full = _path(workspace)
    _refuse_source(workspace, full)
    content = b"".join(exporter.lines(workspace))
    try:
        if files.read(full) != content:
            os.makedirs(os.path.dirname(full), exist_ok=True)
            exporter.write_file(full, content)
    except OSError as error:
        raise files.cannot_write(full, error) from None
    _remember(workspace, content)
    name = _name(workspace, full)
    if workspace.config.values["hooks.stage"] and not add(workspace.paths.root, index, [name]):
        out.warnings.append(f"git did not take {name} along: 'git add {name}' says why")


def take_in(workspace: Workspace, out: Outcome) -> None:
    """Import what others' tools wrote to the export since it was last read or written here. Raises TkError."""
    full = _path(workspace)
    _refuse_source(workspace, full)
    data = files.read(full)
    if data is None or workspace.meta.get(_SEEN) == digest(data):
        return
    if data != b"".join(exporter.lines(workspace)):
        report = importer.import_data(workspace, _name(workspace, full), data)
        changed = len(report.created) + len(report.updated)
        if changed:
            out.done.append(f"{changed} task{'s' * (changed != 1)} taken in from {report.name}")
    _remember(workspace, data)


def _path(workspace: Workspace) -> str:
    """The full path of the export. Raises TkError for one outside of this working tree, or among git's and tk's files.

    The setting comes with a clone, and a hook that writes where it says must not be led to what others run or read.
    """
    name = workspace.config.values["export.path"]
    root = os.path.realpath(workspace.paths.root)
    full = os.path.realpath(os.path.join(root, name))
    # Without regard to case: some file systems have none.
    parts = full[len(root) :].lower().split("/")
    inside = full.startswith(root + "/") and not {".git", STORE}.intersection(parts) and "\0" not in name
    if not inside or find_git_dir(os.path.dirname(full)) != find_git_dir(root):
        raise TkError(f"export.path = '{name}' is not in this working tree: left alone")
    return full


def _refuse_source(workspace: Workspace, full: str) -> None:
    """Raise TkError where a file is there that is no export: a program, a text, another's data."""
    try:
        with open(full, "rb") as file:
            start = file.read(64)
    except FileNotFoundError:
        if full.endswith(".jsonl"):
            return
        start = b"no name of an export"
    except OSError as error:
        raise files.cannot_write(full, error) from None
    # One that git left in conflict may begin with its marker: taking it in says where.
    if start.strip() and not start.startswith((b'{"', b"<<<<<<< ")):
        raise TkError(
            f"export.path = '{workspace.config.values['export.path']}' is no file of tasks (.jsonl): left alone"
        )


def _name(workspace: Workspace, full: str) -> str:
    return os.path.relpath(full, os.path.realpath(workspace.paths.root))


def _remember(workspace: Workspace, data: bytes) -> None:
    mark = digest(data)
    if workspace.meta.get(_SEEN) != mark:
        with workspace.writing() as w:
            set_meta(w.conn, w.cache.meta, _SEEN, mark)

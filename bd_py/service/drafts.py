"""Texts that are being edited: kept outside of what git sees until what they say is saved."""

from __future__ import annotations

import os

from bd_py import files, jsonio
from bd_py.cache import rows
from bd_py.errors import ConflictError
from bd_py.taskfiles.places import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.paths import Paths
    from bd_py.workspace import Workspace


class Draft:
    """One task being edited.

    ``path`` is the file that the editor opens, ``base`` the text that it began with, ``fields`` and ``seen``
    the values at that time and the events that had set them. ``kept``: there is a text of an earlier try.
    """

    def __init__(self, task_id: str, path: str) -> None:
        self.task_id = task_id
        self.path = path
        self.base = ""
        self.fields: dict[str, Any] = {}
        self.seen: dict[str, str | None] = {}
        self.kept = False

    @property
    def _memory(self) -> str:
        return self.path.removesuffix(".md") + ".json"

    def load(self) -> bool:
        """Go on with an earlier try; False where there is none. Raises ConflictError while another goes on."""
        text, memory = files.read(self.path), files.read(self._memory)
        if text is None or memory is None:
            return False
        try:
            known = jsonio.loads(memory)
            base, fields, seen, pid = known["base"], known["fields"], known["seen"], known["pid"]
        except (ValueError, KeyError, TypeError):
            return False
        if pid != os.getpid() and files.is_alive(pid):
            raise ConflictError(
                f"{self.task_id} is being edited by process {pid}", "Finish there first, or end it.", task=self.task_id
            )
        self.base, self.fields, self.seen, self.kept = base, fields, seen, True
        self._remember()
        return True

    def begin(self, text: str, fields: dict[str, Any], seen: dict[str, str | None]) -> None:
        """Put a text there to be edited. Raises TkError where it cannot be written."""
        self.base, self.fields, self.seen = text, fields, seen
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        self._remember()
        files.replace(self.path, text.encode())

    def _remember(self) -> None:
        known = {"pid": os.getpid(), "fields": self.fields, "seen": self.seen, "base": self.base}
        files.replace(self._memory, jsonio.dumps(known).encode())

    def text(self) -> bytes:
        """What the editor left."""
        return files.read(self.path) or b""

    def discard(self) -> None:
        """The text is saved, or not wanted."""
        for path in (self.path, self._memory):
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass


def draft(where: Paths, task_id: str) -> Draft:
    """The draft of a task: in tk's folder of the git directory, outside git beside the cache."""
    folder = where.git_dir + "/tk/edit" if where.git_dir else where.tasks + "/edit"
    # An id of a log that others wrote may be `../../x`: quoted as the name of a task's file is.
    return Draft(task_id, f"{folder}/{stem(task_id)}.md")


def snapshot(workspace: Workspace, task_id: str) -> tuple[dict[str, Any], dict[str, str | None]]:
    """The scalar fields of a task, and for each the event that set it; of fields without a value too."""
    row = workspace.conn.execute(rows.SELECT, (task_id,)).fetchone()
    state = rows.from_row(row, workspace.config.statuses)
    names = {*rows.FIELDS, *state.fields, *state.setters}
    return dict(state.fields), {name: state.setter(name) for name in sorted(names)}

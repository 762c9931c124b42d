"""Which tracker a path belongs to: bd, ticket, Backlog.md, or a queue of Markdown files."""

from __future__ import annotations

import os

from bd_py.errors import InvalidError, NotFoundError
from bd_py.interchange import backlog, files, queue, ticket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bd_py.interchange.files import Raw

NAMES = {"bd": "bd's JSON lines", "ticket": "ticket", "backlog": "Backlog.md", "queue": "a queue of Markdown files"}
READERS = {"ticket": ticket.documents, "backlog": backlog.documents, "queue": queue.documents}
FORMATS = {"jsonl": "bd", "ticket": "ticket", "backlog": "backlog", "queue": "queue"}
"""What ``--format`` calls them: bd's records go by the name that ``tk export`` has for them."""
_BD_FILES = ("issues.jsonl", "beads.jsonl")


class Source:
    """What to import: ``path`` is a file for bd and a folder for the others; ``name`` is it in messages."""

    __slots__ = ("format", "name", "path")

    def __init__(self, format: str, path: str, name: str) -> None:
        self.format = format
        self.path = path
        self.name = name

    def documents(self) -> Iterator[tuple[str, int, Raw]]:
        """Each task as (file, line, record); not for bd. Raises InvalidError."""
        if os.path.isfile(self.path):
            task = files.load(self.path, self.name)
            stem = os.path.basename(self.path).removesuffix(".md")
            if backlog.is_task(task):
                raw = backlog.record(task, stem + ".md", "", "done")
                raw.pop(backlog.INVERSE)
                return iter([(self.name, 1, raw)])
            return iter([(self.name, 1, ticket.record(task, stem))])
        return READERS[self.format](self.path, self.name)


def recognise(path: str, name: str, only: str | None = None) -> Source:
    """The tracker at a path: its own folder, the repository that holds it, or a single file.

    ``only``: the kind that it has to be. Raises NotFoundError, InvalidError where there is none, or more than one.
    """
    if not os.path.exists(path):
        raise NotFoundError(f"file '{name}' not found")
    if not os.path.isdir(path):
        kind = only or ("ticket" if path.endswith(".md") else "bd")
        if kind != "bd" and not path.endswith(".md"):
            raise InvalidError(f"'{name}' is no Markdown file", "Name the task's file or its folder.", file=name)
        return Source(kind, path, name)
    found = [Source(kind, inner, _named(name, path, inner)) for kind, inner in _within(path) if only in (None, kind)]
    if not found:
        hint = "It knows .beads, .tickets, backlog/tasks, and folders named open, in_progress, blocked, closed."
        what = f"nothing of {NAMES[only]}" if only else "no tracker that tk can import"
        raise InvalidError(f"'{name}' holds {what}", hint, file=name)
    if len(found) > 1:
        names = " and ".join(source.name for source in found)
        hint = "Name the one to import, or its kind with --format."
        raise InvalidError(f"'{name}' holds several trackers: {names}", hint, file=name)
    return found[0]


def _named(name: str, path: str, inner: str) -> str:
    return name if inner == path else name.rstrip("/") + inner[len(path) :]


def _within(path: str) -> Iterator[tuple[str, str]]:
    path = path.rstrip("/") or "/"
    own: set[str] = set()  # Backlog.md has a folder `completed`, which would do for a queue
    for folder in (path, f"{path}/.beads"):
        for file in _BD_FILES:
            if os.path.isfile(f"{folder}/{file}"):
                yield "bd", f"{folder}/{file}"
                break
    for folder in (path, f"{path}/backlog", f"{path}/.backlog"):
        if os.path.isdir(f"{folder}/tasks") and files.markdown_files(f"{folder}/tasks"):
            yield "backlog", folder
            own.add(folder)
            break
    for folder in (path, f"{path}/.tickets"):
        if (folder != path or os.path.basename(path) == ".tickets") and files.markdown_files(folder):
            yield "ticket", folder
    for folder in (path, f"{path}/queue", f"{path}/.tasks/queue"):
        if folder not in own and queue.folders(folder):
            yield "queue", folder
            break

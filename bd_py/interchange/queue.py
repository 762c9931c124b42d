"""Queues of Markdown files: a folder a status, ``open/ID-slug.md``, moved from one to the next.

The folder says what the status is, whatever the front matter says. Beside a file ``ID.events.jsonl`` may hold
its history: the notes of it are taken over.
"""

from __future__ import annotations

import os

from bd_py import jsonio
from bd_py.interchange import files, ticket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bd_py.interchange.files import Raw, Task

STATUSES = {
    **dict.fromkeys(("open", "todo", "pending", "queued"), "open"),
    **dict.fromkeys(("in_progress", "in-progress", "doing", "active", "running"), "in_progress"),
    **dict.fromkeys(("blocked", "waiting"), "blocked"),
    **dict.fromkeys(("closed", "done", "complete", "completed"), "closed"),
}
"""The folders of a queue, and the status that they stand for."""

NOTES = ("task.note.append", "note")


def folders(root: str) -> list[str]:
    """The folders of a queue that are in ``root`` and hold Markdown files; [] where it is none."""
    try:
        names = sorted(os.listdir(root))
    except OSError:
        return []
    found = [name for name in names if name in STATUSES and os.path.isdir(f"{root}/{name}")]
    return found if any(files.markdown_files(f"{root}/{name}") for name in found) else []


def documents(root: str, name: str) -> Iterator[tuple[str, int, Raw]]:
    """The tasks of a queue as (file, line, record). Raises InvalidError."""
    for folder in folders(root):
        for file in files.markdown_files(f"{root}/{folder}"):
            task = files.load(f"{root}/{folder}/{file}", f"{name}/{folder}/{file}")
            task.left["status"] = STATUSES[folder]
            task.depend("blocks", [on for key in ("depends_on", "dependencies", "blocked_by") for on in ids(task, key)])
            raw = ticket.record(task, id_of(file.removesuffix(".md")))
            _history(task, f"{root}/{folder}/{raw['id']}.events.jsonl")
            yield task.where, 1, raw


def ids(task: Task, key: str) -> list[str]:
    """A list of ids; of ``{"id", ...}`` mappings the ids."""
    value = task.left.get(key)
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        task.take(key)
        named = [item.get("depends_on_id") or item.get("id") for item in value]
        return [str(on) for on in named if on]
    return task.take_list(key)


def id_of(stem: str) -> str:
    """The id in ``ID-slug``: up to the first part that holds a digit; without one it is the whole."""
    parts = stem.split("-")
    for k, part in enumerate(parts):
        if any(char.isdigit() for char in part):
            return "-".join(parts[: k + 1])
    return stem


def _history(task: Task, path: str) -> None:
    """The notes of the file's own history; a line that is none is passed over."""
    try:
        with open(path, "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    comments = task.raw["comments"]
    for line in lines:
        try:
            event = jsonio.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(event, dict) or event.get("type") not in NOTES:
            continue
        data = event.get("data") or event.get("payload") or event
        actor = event.get("by") or event.get("actor")
        text = data.get("text") if isinstance(data, dict) else None
        at = event.get("at") or event.get("created_at")
        if isinstance(text, str) and text.strip():
            author = actor.get("name") if isinstance(actor, dict) else actor
            comment = {"id": len(comments) + 1, "text": text, "created_at": at, "author": author}
            comments.append({key: value for key, value in comment.items() if value})
    if not task.document.fields.get("updated_at") and not task.document.fields.get("updated"):
        task.raw.pop("updated_at", None)
        task.note_time()

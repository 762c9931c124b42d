"""Where the files of the plain-files backend lie: ``queue/FOLDER/ID-slug.md``, ``ID.events.jsonl`` beside it."""

from __future__ import annotations

import os

from bd_py.stamps import stat_of_entry
from bd_py.statuses import ACTIVE, DONE, OPEN, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bd_py.stamps import Stat

FOLDERS = {"open": OPEN, "in_progress": ACTIVE, "blocked": WAITING, "closed": DONE}
"""The folders for tasks, and the category of status that each is for. Each is named as that category's own status."""

GONE = "deleted"
"""The folder for the events of tasks that are deleted, or that were never created as far as this log knows."""

END = ".events.jsonl"
RECORDS = "records.jsonl"
"""Events that are about no task."""
UNREAD = "unread.jsonl"
"""Lines of segments that are no events, kept by a conversion."""
JOURNAL = "journal.jsonl"
"""Events on their way to the files of their tasks: all of a write that touches several, whole or not at all."""

ASIDE = ".was"
"""How the name of a file ends that stands aside while another takes its place."""

ATTRIBUTES = ".gitattributes"
ATTRIBUTES_TEXT = "*.jsonl merge=tk diff=tk text eol=lf linguist-generated\n*.md merge=tk-text text eol=lf\n"
"""It keeps the folder in a clone where no task is committed yet, too."""

_LONGEST = 150
_SLUG = 40


def stem(task: str) -> str:
    """A task's id as the beginning of a file name: what a file system might mind is written as in a URL."""
    quoted = "".join(
        char if char.isascii() and (char.isalnum() or char in "-_" or (char == "." and k)) else _quoted(char)
        for k, char in enumerate(task)
    )
    if len(quoted) <= _LONGEST:
        return quoted
    from _blake2 import blake2b

    return f"{quoted[:_LONGEST]}~{blake2b(task.encode(), digest_size=8).hexdigest()}"


def _quoted(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def slug(title: str) -> str:
    """The words of a title for a file name; "" where it has none that are safe everywhere."""
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in title.lower()).split()
    out = ""
    for word in words:
        longer = f"{out}-{word}" if out else word[:_SLUG]
        if len(longer) > _SLUG:
            break
        out = longer
    return out


def file_name(task: str, title: str) -> str:
    """The name of a task's Markdown file."""
    words = slug(title)
    return f"{stem(task)}-{words}.md" if words else f"{stem(task)}.md"


def events_paths(task: str) -> list[str]:
    """Where a task's events may lie, by path below the queue."""
    name = stem(task) + END
    return [f"{folder}/{name}" for folder in (*FOLDERS, GONE)]


def folder_of(category: str) -> str:
    """The folder for tasks of a category."""
    return next((name for name, other in FOLDERS.items() if other == category), "in_progress")


def is_task_file(name: str) -> bool:
    """Whether a file name of a task folder is one of a task: editors and systems leave others there."""
    return name.endswith(".md") and name[0] not in "._#~"


def aside(path: str) -> str:
    """Where a file stands while another takes its place: beside it, hidden."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}{ASIDE}")


def place_of_aside(path: str) -> str:
    """The path of what stands aside."""
    folder, name = os.path.split(path)
    return os.path.join(folder, name[1:].removesuffix(ASIDE))


def look(queue: str) -> tuple[dict[str, Stat], dict[str, Stat]]:
    """The stat data of the event files and of the Markdown files, by path below the queue."""
    found: tuple[dict[str, Stat], dict[str, Stat]] = ({}, {})
    for kind, path, entry in _files(queue):
        if kind != _LEFTOVER and (stat := stat_of_entry(entry)) is not None:
            found[kind][path] = stat
    return found


def names(queue: str) -> tuple[list[str], list[str], list[str]]:
    """The event files, the Markdown files, and what a write had in the making or aside, by path below the queue.

    That is less work than `look`.
    """
    found: tuple[list[str], list[str], list[str]] = ([], [], [])
    for kind, path, _ in _files(queue):
        found[kind].append(path)
    return found


_EVENTS, _TASK, _LEFTOVER = range(3)


def _files(queue: str) -> Iterator[tuple[int, str, os.DirEntry[str]]]:
    """The files that are tk's: of which kind, their path below the queue, and what tells more of them."""
    for folder, entries in _walk(queue):
        prefix = folder + "/" if folder else ""
        for entry in entries:
            name = entry.name
            if name.endswith(".jsonl") and name[0] != ".":
                kind = _EVENTS
            elif folder in FOLDERS and is_task_file(name):
                kind = _TASK
            elif name[0] == "." and name.endswith((".tmp", ".md" + ASIDE)):
                kind = _LEFTOVER
            else:
                continue
            if entry.is_file(follow_symlinks=False):
                yield kind, prefix + name, entry


def _walk(queue: str) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    """All folders of the queue with what is in them: events are read wherever they lie. Links are not followed."""
    todo = [""]
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(f"{queue}/{folder}" if folder else queue) as found:
                entries = list(found)
        except OSError:
            continue  # gone while we looked, or not ours to read
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                todo.append(f"{folder}/{entry.name}" if folder else entry.name)
        yield folder, entries


def event_files(queue: str) -> Iterator[str]:
    """The event files by path below the queue, in order."""
    yield from sorted(names(queue)[0])


def where(paths: Iterable[str], task: str) -> list[str]:
    """Those of some paths that are a task's events file."""
    there = paths if isinstance(paths, (set, dict)) else set(paths)
    return [path for path in events_paths(task) if path in there]

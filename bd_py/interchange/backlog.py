"""The files of Backlog.md: ``backlog/tasks/ID - Title.md``, sections between markers in HTML comments."""

from __future__ import annotations

import os

from bd_py import markdown
from bd_py.errors import InvalidError
from bd_py.frontmatter.reader import read
from bd_py.frontmatter.scalars import text_of
from bd_py.interchange import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from bd_py.interchange.files import Raw, Task

FOLDERS = (("tasks", ""), ("completed", "closed"), ("drafts", "deferred"), ("archive/tasks", "closed"))
"""Where tasks are, and the status that a folder stands for whatever the file says."""

STATUSES = {"to do": "open", "in progress": "in_progress", "done": "closed", "blocked": "blocked", "draft": "deferred"}
INVERSE = "subtasks"
_MARKERS = tuple("SECTION: AC:BEGIN AC:END DOD: COMMENTS: COMMENT:".split())


def documents(root: str, name: str) -> Iterator[tuple[str, int, Raw]]:
    """The tasks of a backlog folder as (file, line, record). Raises InvalidError."""
    done = _last_status(root)
    found: list[tuple[Task, Raw]] = []
    seen: set[str] = set()
    for folder, status in FOLDERS:
        for file in files.markdown_files(f"{root}/{folder}"):
            task = files.load(f"{root}/{folder}/{file}", f"{name}/{folder}/{file}")
            raw = record(task, file, status, done)
            if folder.startswith("archive"):
                if raw["id"].lower() in seen:  # Backlog.md gives the number of an archived task to a new one
                    continue
                raw.setdefault("resolution", "abandoned")
            seen.add(raw["id"].lower())
            found.append((task, raw))
    _link(found)
    for task, raw in found:
        yield task.where, 1, raw


def record(task: Task, file: str, folder_status: str, done: str) -> Raw:
    """One file as a record."""
    raw = task.raw
    raw["id"] = task.take_text("id") or file.partition(" - ")[0].removesuffix(".md")
    status = task.take_text("status")
    raw["status"] = folder_status or ("closed" if status.lower() == done else _status(status))
    if status and status.lower() not in (*STATUSES, done):
        task.meta["status"] = status
    people = task.take_list("assignee")
    if people:
        raw["assignee"] = people[0]
        if people[1:]:
            task.meta["assignees"] = people
    task.depend("blocks", task.take_list("dependencies"))
    task.depend("parent-child", filter(None, [task.take_text("parent_task_id")]))
    subtasks = task.take_list(INVERSE)
    for key in ("created_date", "updated_date", "due_date"):
        if key in task.left:
            task.left[key] = _date(text_of(task.left[key]))
    task.fill()
    _body(task)
    raw[INVERSE] = subtasks
    raw.setdefault("title", file.partition(" - ")[2].removesuffix(".md").replace("-", " ") or raw["id"])
    if raw["status"] == "closed" and folder_status != "closed":
        raw["closed_at"] = raw.get("updated_at") or raw.get("created_at")
    task.note_time()
    return raw


def _body(task: Task) -> None:
    rest = task.body(_without_markers(task.document.body))
    raw = task.raw
    others: list[tuple[str, str]] = []
    raw["comments"] = []
    for heading, content in rest:
        if heading.lower() == "comments":
            raw["comments"] += _comments(task.document.body)
        elif heading.lower() == "definition of done" and content:
            _append(raw, "acceptance_criteria", f"Definition of Done:\n\n{content}")
        elif heading.lower() == "final summary" and content:
            _append(raw, "notes", f"Final summary:\n\n{content}")
        elif content:
            others.append((heading, content))
    task.keep(others)


def _append(raw: Raw, field: str, text: str) -> None:
    raw[field] = f"{raw[field]}\n\n{text}" if raw.get(field) else text


def _without_markers(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not _is_marker(line))


def _is_marker(line: str) -> bool:
    content = line.strip()
    inner = content.removeprefix("<!--").removesuffix("-->").strip()
    return content.startswith("<!--") and content.endswith("-->") and inner.startswith(_MARKERS)


def _comments(body: str) -> list[Raw]:
    """Between markers: lines of ``author: NAME`` and the like, a blank line, the text."""
    out: list[Raw] = []
    for part in body.split("<!-- COMMENT:BEGIN -->")[1:]:
        head, _, text = part.partition("<!-- COMMENT:END -->")[0].strip().partition("\n\n")
        said = dict(line.partition(":")[::2] for line in head.split("\n"))
        if text.strip():
            comment = {"id": len(out) + 1, "text": text.strip(), "author": said.get("author", "").strip()}
            comment["created_at"] = _date(said.get("created", ""))
            out.append({key: value for key, value in comment.items() if value})
    return out


def _status(text: str) -> str:
    word = text.strip().lower()
    return STATUSES.get(word, word.replace(" ", "_") or "open")


def _date(text: str) -> str:
    """``2026-08-17 07:26`` is UTC; older files have ``17-08-26``, with - / or . between."""
    text = text.strip().strip("'\"")
    parts = text.replace("/", "-").replace(".", "-").split("-")
    if len(text) == 8 and [len(part) for part in parts] == [2, 2, 2]:
        day, month, year = parts
        return f"20{year}-{month}-{day}"
    return files.when(text)


def _last_status(root: str) -> str:
    """The last of the configured statuses, which is the one that ends a task."""
    for name in ("config.yml", "config.yaml", "../backlog.config.yml"):
        path = f"{root}/{name}"
        if os.path.isfile(path):
            try:
                with open(path, encoding="utf-8") as file:
                    statuses: Any = read(f"---\n{file.read()}\n---\n").fields.get("statuses")
            except (OSError, UnicodeDecodeError, InvalidError):
                continue
            if isinstance(statuses, list) and statuses:
                return text_of(statuses[-1]).lower()
    return "done"


def _link(found: Iterable[tuple[Task, Raw]]) -> None:
    """Names of tasks as those tasks write them (``task-7`` is ``TASK-7``), and children that only the parent lists."""
    found = list(found)
    names = {raw["id"].lower(): raw["id"] for _, raw in found}
    by_id = {raw["id"]: task for task, raw in found}
    for _, raw in found:
        for edge in raw.get("dependencies", ()):
            edge["depends_on_id"] = names.get(edge["depends_on_id"].lower(), edge["depends_on_id"])
    for _, raw in found:
        for child in raw.pop(INVERSE):
            below = by_id.get(names.get(child.lower(), child))
            if below is not None and not any(e["type"] == "parent-child" for e in below.raw.get("dependencies", ())):
                below.depend("parent-child", [raw["id"]])


def is_task(task: Task) -> bool:
    """Whether a single file is one of Backlog.md's, by its front matter."""
    return bool({"created_date", "parent_task_id", "ordinal"} & task.document.fields.keys()) or any(
        map(_is_marker, (line for _, line, _ in markdown.lines(task.document.body)))
    )

"""The files of ``ticket``: ``.tickets/ID.md``, notes below a heading of that name, each under its time."""

from __future__ import annotations

from bd_py import markdown
from bd_py.interchange import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bd_py.interchange.files import Raw, Task


def documents(folder: str, name: str) -> Iterator[tuple[str, int, Raw]]:
    """The tasks of a folder as (file, line, record). Raises InvalidError."""
    for file in files.markdown_files(folder):
        task = files.load(f"{folder}/{file}", f"{name}/{file}")
        yield task.where, 1, record(task, file.removesuffix(".md"))


def record(task: Task, stem: str) -> Raw:
    """One file as a record. Without an id it is what the file is called."""
    raw = task.raw
    raw["id"] = task.take_text("id") or stem
    task.depend("blocks", task.take_list("deps"))
    task.depend("related", task.take_list("links"))
    task.depend("parent-child", filter(None, [task.take_text("parent")]))
    task.fill()
    rest = task.body(task.document.body)
    raw["comments"] = []
    for heading, content in rest:
        if heading.lower() == "notes":
            raw["comments"] += notes(task, content)
    task.keep((heading, content) for heading, content in rest if heading.lower() != "notes")
    raw.setdefault("title", raw["id"])
    task.note_time()
    return raw


def notes(task: Task, content: str) -> list[Raw]:
    """The notes of a section: each begins with a line that holds its time alone, in bold.

    What stands before the first of them is a note as old as the task.
    """
    found: list[tuple[str, list[str]]] = [(str(task.raw.get("created_at") or ""), [])]
    for _, line, code in markdown.lines(content):
        stamp = line.strip()
        inner = stamp[2:-2]
        if not code and len(stamp) > 20 and stamp == f"**{inner}**" and inner[:4].isdigit() and inner[10] in "T ":
            found.append((files.when(inner), []))
        else:
            found[-1][1].append(line)
    out: list[Raw] = []
    for at, lines in found:
        text = markdown.block(lines)
        if text:
            out.append({"id": len(out) + 1, "text": text, **({"created_at": at} if at else {})})
    return out

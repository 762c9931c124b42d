"""What trackers of Markdown files have in common: a file a task, front matter above sections of text.

Each format's module gives records of the bd format from its files; `bd_py.interchange.importer` takes those.
"""

from __future__ import annotations

import os

from bd_py import markdown
from bd_py.errors import InvalidError, NotFoundError
from bd_py.frontmatter.reader import read
from bd_py.frontmatter.scalars import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.frontmatter.reader import Document

    Raw = dict[str, Any]

ALIASES = {
    "type": "issue_type",
    "kind": "issue_type",
    "tags": "labels",
    "external-ref": "external_ref",
    "created": "created_at",
    "updated": "updated_at",
    "closed": "closed_at",
    "reporter": "created_by",
    "created_date": "created_at",
    "updated_date": "updated_at",
    "due_date": "due_at",
    "due": "due_at",
    "defer": "defer_until",
    "estimate": "estimated_minutes",
    "acceptance": "acceptance_criteria",
    "slug": "name",
}
"""Keys of front matter by the names that the bd record has for them."""

TEXTS = "title description design acceptance_criteria notes assignee owner created_by external_ref name phase".split()
TIMES = "created_at updated_at closed_at due_at defer_until".split()
KEYS = frozenset((*TEXTS, *TIMES, *"id status priority issue_type labels estimated_minutes close_reason".split()))
"""The keys that stand in the record as they are; any other is kept in ``meta``."""

PRIORITIES = {"critical": 0, "urgent": 0, "highest": 0, "high": 1, "medium": 2, "normal": 2, "low": 3, "lowest": 4}
SECTIONS = {
    "description": "description",
    "design": "design",
    "implementation plan": "design",
    "acceptance criteria": "acceptance_criteria",
    "acceptance": "acceptance_criteria",
    "implementation notes": "notes",
}
"""Second-level headings whose text is a field; ``Notes`` is a log of comments in some formats."""

MAX_BYTES = 10_000_000


class Task:
    """One file as it is turned into a record: ``where`` names it in messages, ``raw`` is the record."""

    def __init__(self, where: str, document: Document) -> None:
        self.where = where
        self.document = document
        self.raw: Raw = {}
        self.meta: Raw = {}
        self.left = dict(document.fields)

    def wrong(self, key: str, reason: str) -> InvalidError:
        """The error for a value of the front matter, with the line that it stands in."""
        return wrong(self.where, self.document.lines.get(key, 1), reason)

    def take(self, key: str) -> Any:
        """The value of a key, which is dealt with by that."""
        return self.left.pop(key, None)

    def take_text(self, key: str) -> str:
        """The same as text. Raises InvalidError for a list or a mapping."""
        value = self.take(key)
        if isinstance(value, (list, dict)):
            raise self.wrong(key, f"{key} is no text")
        return text_of(value).strip()

    def take_list(self, key: str) -> list[str]:
        """A list of texts; a single one, or several between commas, is as good. Raises InvalidError."""
        value = self.take(key)
        if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(i, (list, dict)) for i in value)):
            raise self.wrong(key, f"{key} is no list of texts")
        items = value if isinstance(value, list) else text_of(value).split(",")
        return [text for text in (text_of(item).strip() for item in items) if text]

    def depend(self, kind: str, ids: Iterable[str]) -> None:
        """Dependencies of one type, each once."""
        edges = self.raw.setdefault("dependencies", [])
        for on in ids:
            edge = {"depends_on_id": on, "type": kind}
            if edge not in edges and on != self.raw.get("id"):
                edges.append(edge)

    def fill(self) -> None:
        """What is left of the front matter: known keys into the record, others into ``meta``."""
        for key in list(self.left):
            name = ALIASES.get(key, key)
            if name == "priority":
                self.raw[name] = self._priority(key)
            elif name == "labels":
                self.raw[name] = self.take_list(key)
            elif name == "estimated_minutes":
                self.raw[name] = self._minutes(key)
            elif name in TIMES:
                self.raw[name] = when(self.take_text(key)) or None
            elif name in KEYS:
                self.raw.setdefault(name, self.take_text(key) or None)
            elif self.left[key] not in (None, [], {}):
                self.meta[key] = self.take(key)
        if self.meta:
            self.raw["meta"] = self.meta

    def _priority(self, key: str) -> int:
        word = self.take_text(key).lower()
        if not word:
            return 2
        digits = word.removeprefix("p")
        if word in PRIORITIES:
            return PRIORITIES[word]
        if not (digits.isascii() and digits.isdigit()):
            raise self.wrong(key, f"{word!r} is no priority")
        return int(digits)

    def _minutes(self, key: str) -> int | None:
        value = self.take(key)
        if value is not None and type(value) is not int:
            self.meta[key] = value
            return None
        return value

    def body(self, text: str) -> list[tuple[str, str]]:
        """Fill title and texts from the body; gives the sections that are none of `SECTIONS`, to be dealt with."""
        title, text = _title(text)
        if title and not self.raw.get("title"):
            self.raw["title"] = title
        head, sections = markdown.sections(text)
        parts = {"description": [head]} if head else {}
        rest = []
        for heading, content in sections:
            field = SECTIONS.get(heading.lower())
            if field is None:
                rest.append((heading, content))
            elif content:
                parts.setdefault(field, []).append(content)
        for field, texts in parts.items():
            given = [self.raw[field]] if self.raw.get(field) else []
            self.raw[field] = "\n\n".join(given + texts)
        return rest

    def keep(self, sections: Iterable[tuple[str, str]]) -> None:
        """Sections that no field is for stay in the description, under their headings."""
        for heading, content in sections:
            before = self.raw.get("description")
            text = f"## {heading}\n\n{content}".rstrip()
            self.raw["description"] = f"{before}\n\n{text}" if before else text

    def note_time(self) -> None:
        """A record without a time of its last change is as old as the newest that it holds."""
        if not self.raw.get("updated_at"):
            found = [self.raw.get(name) for name in ("created_at", "closed_at")]
            found += [comment.get("created_at") for comment in self.raw.get("comments", ())]
            known = [at for at in found if at]
            if known:
                self.raw["updated_at"] = max(known)


def wrong(where: str, line: int, reason: str, hint: str | None = None) -> InvalidError:
    """The error for a line of a file."""
    hint = hint or "Nothing of it was imported."
    return InvalidError(f"{where}:{line}: {reason}", hint, file=where, line=line, reason=reason)


def load(path: str, where: str) -> Task:
    """Read a file. Raises InvalidError naming file and line, NotFoundError."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"file '{where}' not found") from None
    except OSError as error:
        raise InvalidError(f"cannot read '{where}': {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise wrong(where, 1, f"it has more than {MAX_BYTES} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise wrong(where, data.count(b"\n", 0, error.start) + 1, f"not UTF-8 at byte {error.start + 1}") from None
    try:
        return Task(where, read(text))
    except InvalidError as error:
        raise wrong(where, error.details["line"], error.details["reason"], error.hint) from None


def markdown_files(folder: str) -> list[str]:
    """The names of the Markdown files in a folder, sorted; [] where there is none."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(".md") and name[0] not in "._")


def when(text: str) -> str:
    """A time as these trackers write it, in a form that the record takes: a blank for the T, no seconds."""
    text = text.strip()
    if len(text) > 10 and text[10] in " T" and text[:4].isdigit():
        text = f"{text[:10]}T{text[11:]}"
        if len(text) == 16:
            text += ":00"
    return text


def _title(text: str) -> tuple[str, str]:
    """The first-level heading that a body begins with, and what stands below it."""
    inner = text.split("\n")
    start = next((k for k, line in enumerate(inner) if line.strip()), 0)
    found = markdown.heading(inner[start])
    return (found[1], "\n".join(inner[start + 1 :])) if found is not None and found[0] == 1 else ("", text)

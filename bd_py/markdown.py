"""The outline of a Markdown text: its headings, and which lines are code and so none. No I/O."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_LEVEL = 6


def lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Each line with its number from 1 and whether it belongs to a fenced block of code or an HTML comment."""
    fence = ""
    comment = False
    for number, line in enumerate(text.split("\n"), 1):
        mark = _fence(line)
        if fence:
            closes = mark[:1] == fence[:1] and len(mark) >= len(fence) and not line.strip().strip(mark[:1])
            yield number, line, True
            fence = "" if closes else fence
        elif comment:
            yield number, line, True
            comment = "-->" not in line
        elif mark and not (mark[0] == "`" and "`" in line.strip().lstrip("`")):
            fence = mark
            yield number, line, True
        else:
            comment = line.lstrip().startswith("<!--") and "-->" not in line
            yield number, line, comment


def heading(line: str) -> tuple[int, str] | None:
    """The level and text of an ATX heading (``## Text``), None for another line."""
    content = line.lstrip(" ")
    text = content.lstrip("#")
    level = len(content) - len(text)
    if len(line) - len(content) > 3 or not 0 < level <= _MAX_LEVEL or text[:1] not in ("", " ", "\t"):
        return None
    text = text.strip()
    closed = text.rstrip("#")
    return level, closed.rstrip() if closed[-1:] in ("", " ", "\t") else text


def sections(text: str, level: int = 2) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first heading of a level, and each such heading with what stands below it."""
    head: list[str] = []
    found: list[tuple[str, list[str]]] = []
    for _, line, code in lines(text):
        at = None if code else heading(line)
        if at is not None and at[0] == level:
            found.append((at[1], []))
        else:
            (found[-1][1] if found else head).append(line)
    return block(head), [(title, block(inner)) for title, inner in found]


def block(inner: list[str]) -> str:
    """Lines as text, without blank lines at its ends."""
    start, end = 0, len(inner)
    while start < end and not inner[start].strip():
        start += 1
    while end > start and not inner[end - 1].strip():
        end -= 1
    return "\n".join(line.rstrip("\r") for line in inner[start:end])


def checkbox(line: str) -> tuple[bool, str] | None:
    """Whether a list item is ticked, and its text; None for a line that is no ``- [ ] item``."""
    content = line.strip()
    if content[:2] in ("- ", "* ", "+ ") and content[2:].lstrip()[:4].lower() in ("[ ] ", "[x] "):
        content = content[2:].lstrip()
        return content[1] != " ", content[4:].strip()
    return None


def _fence(line: str) -> str:
    content = line.strip()
    for char in "`~":
        length = len(content) - len(content.lstrip(char))
        if length >= 3 and len(line) - len(line.lstrip(" ")) < 4:
            return char * length
    return ""

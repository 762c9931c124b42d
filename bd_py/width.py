"""How many columns of a terminal a text takes, and how it is cut or broken to fit. No I/O.

Terminals disagree about emoji that are joined or varied (one picture here, its parts there), and about signs that
came with a later Unicode than theirs. Where they do, the larger width counts: what is cut to it wraps nowhere, and a
terminal that draws less has a few columns to spare.
"""

from __future__ import annotations

import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ELLIPSIS = "\u2026"
LEFT_TO_RIGHT = "\u200e"
"""A mark of no width, after which text runs from left to right again."""

_JOINER = "\u200d"
_EMOJI_VARIANT = "\ufe0f"
_HIDDEN = frozenset(("Mn", "Me", "Cf", "Cc"))
_MOST_MARKS = 8
"""So many marks on one letter are kept where a text is cut or laid out: no language needs more, and towers of them
cover the lines above."""


def char_width(char: str) -> int:
    """The columns of one character: 0, 1 or 2."""
    if char < "\u0300":
        return 0 if char < " " or "\x7f" <= char < "\xa0" else 1
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    kind = unicodedata.category(char)
    if kind in _HIDDEN or "\u1160" <= char <= "\u11ff":  # the vowels and ends of Korean syllables join what they follow
        return 0
    # Emoji that this Python's tables do not know yet, and flags: two letters, each drawn wide where it is alone.
    return 2 if (kind == "Cn" and "\U0001f000" <= char <= "\U0001faff") or _is_flag_letter(char) else 1


def width(text: str) -> int:
    """The columns of a line, at most: ``width("a") == 1``, ``width("日本") == 4``."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(columns for _, columns in clusters(text))


def clusters(text: str) -> Iterator[tuple[str, int]]:
    """What a reader takes for one sign, with its columns: a letter and its marks, joined emoji, a flag."""
    held, columns = "", 0
    joined = flag = False
    for char in text:
        flag_letter = _is_flag_letter(char)
        one = char_width(char)
        goes_on = joined or one == 0 or (flag and flag_letter) or _is_skin(char)
        if held and not goes_on:
            yield held, columns
            held, columns = "", 0
        if flag and flag_letter:
            one = 0  # the second half of a flag: two columns together
        flag = flag_letter and not held
        held += char
        columns += one
        if char == _EMOJI_VARIANT and columns == 1:
            columns = 2
        joined = char == _JOINER
    if held:
        yield held, columns


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_skin(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"


def fit(text: str, columns: int, ellipsis: str = ELLIPSIS) -> str:
    """The text in at most so many columns, cut between two signs, with an ellipsis where it was cut."""
    if len(text) <= columns and text.isascii():
        return text
    parts, used, end = [], 0, 0
    room = columns - len(ellipsis)
    for sign, size in clusters(text):
        used += size
        parts.append(_few_marks(sign))
        if used <= room:
            end = len(parts)
        if used > columns:
            return "".join(parts[:end]).rstrip() + ellipsis[: max(columns, 0)]
    return "".join(parts)


def _few_marks(sign: str) -> str:
    return sign if len(sign) <= _MOST_MARKS or _JOINER in sign else sign[: _MOST_MARKS + 1]


def pad(text: str, columns: int) -> str:
    """The text, with blanks up to so many columns."""
    return text + " " * (columns - width(text))


def contained(text: str) -> str:
    """The text so that what follows it on the line stands to its right, also where it runs from right to left."""
    if text.isascii():
        return text
    return text + LEFT_TO_RIGHT if any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text) else text


def wrap(text: str, columns: int) -> list[str]:
    """One line as several of at most so many columns, broken at blanks and set in as its text is.

    A word that is longer than a line stays whole, for copying: a terminal breaks it where it ends.
    """
    if width(text) <= columns:
        return [text]
    body = text.lstrip(" ")
    line = text[: len(text) - len(body)]
    indent = line + ("  " if body.startswith(("- ", "* ")) else "")
    if len(indent) >= columns // 2:  # no room to set in
        line = indent = ""
    lines: list[str] = []
    used, begun = len(line), False
    for word in body.split(" "):
        size = width(word)
        if begun and used + 1 + size > columns:
            lines.append(line.rstrip(" "))
            line, used = indent, len(indent)
        elif begun:
            line, used = line + " ", used + 1
        line, used, begun = line + word, used + size, True
        while used > columns and _breaks(word, size):
            head = _head(line, columns)
            if len(head) <= len(indent):  # not even one letter has room
                break
            lines.append(head)
            line = indent + line[len(head) :]
            used = width(line)
    lines.append(line.rstrip(" "))
    return lines


def _breaks(word: str, size: int) -> bool:
    """Whether a word may be broken anywhere: most of its letters are wide, as in scripts without blanks."""
    return size > 1.5 * len(word)


def _head(line: str, columns: int) -> str:
    head, used = "", 0
    for sign, size in clusters(line):
        if used + size > columns:
            break
        head, used = head + sign, used + size
    return head


def _pieces(line: str) -> Iterator[tuple[str, bool]]:
    """A painted line as stretches of text and escape sequences (True): colours and links, as tk writes them."""
    at = 0
    while (start := line.find("\x1b", at)) >= 0:
        if start > at:
            yield line[at:start], False
        if line.startswith("\x1b]", start):
            stop = line.find("\x1b\\", start)
            at = len(line) if stop < 0 else stop + 2
        else:
            stop = line.find("m", start)
            at = len(line) if stop < 0 else stop + 1
        yield line[start:at], True
    if at < len(line):
        yield line[at:], False


def visible(line: str) -> int:
    """The columns of a line that may be painted and hold links."""
    if "\x1b" not in line:
        return width(line)
    return sum(width(text) for text, escape in _pieces(line) if not escape)


def fit_painted(line: str, columns: int) -> str:
    """`fit` for a line that may be painted and hold links: those stay whole, and end where they did."""
    if "\x1b" not in line:
        return fit(line, columns)
    if visible(line) <= columns:
        return line
    out: list[str] = []
    room = columns
    for text, escape in _pieces(line):
        if escape:
            out.append(text)
        elif room > 0:
            size = width(text)
            # What goes on behind this piece needs an ellipsis, which must have its column here.
            cut = text if size < room else fit(text + ELLIPSIS, room)
            out.append(cut)
            room = 0 if size >= room else room - size
    return "".join(out)

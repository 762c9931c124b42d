"""The scalars of front matter: what a plain text stands for, escapes, and blocks that are folded."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FENCE = "---"
ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    '"': '"',
    "/": "/",
    "\\": "\\",
    " ": " ",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_HEX = {"x": 2, "u": 4, "U": 8}
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}


def plain_ends(text: str) -> str:
    """A text whose lines end with a line feed alone. All carriage returns before it are of the line's end.

    So once is enough: of two in a row none is left for a second reading to take away.
    """
    if "\r\n" not in text:
        return text
    *lines, last = text.split("\n")
    return "\n".join([*(line.rstrip("\r") for line in lines), last])


def text_of(value: object) -> str:
    """A scalar as the text it was written as."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def resolve(text: str) -> Any:
    """A plain scalar: the few that stand for something else, or itself."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) < 16 and text == str(int(text)):
        return int(text)
    return text


def fold(lines: list[str]) -> str:
    """Lines of a ``>`` block as paragraphs: single breaks become blanks, but beside lines that are indented more."""
    out = ""
    for k, line in enumerate(lines):
        if not k:
            out = line
        elif not line:
            out += "\n"
        elif not lines[k - 1]:
            before = next((text for text in reversed(lines[:k]) if text), "")
            out += "\n" * (line.startswith(" ") or before.startswith(" ")) + line
        else:
            plain = not (line.startswith(" ") or lines[k - 1].startswith(" "))
            out += (" " if plain else "\n") + line
    return out


def without_comment(text: str) -> str:
    """A plain text up to a comment."""
    at = text.find(" #")
    return (text if at < 0 else text[:at]).strip()


def escape(text: str, at: int) -> tuple[str, int] | None:
    """The character of the escape whose code stands at ``at``, and where it ends; None for what is no escape."""
    code = text[at : at + 1]
    if code in _HEX:
        digits = text[at + 1 : at + 1 + _HEX[code]]
        try:
            return chr(int(digits, 16)), at + 1 + len(digits)
        except (ValueError, OverflowError):
            return None
    return (ESCAPES[code], at + 1) if code in ESCAPES else None

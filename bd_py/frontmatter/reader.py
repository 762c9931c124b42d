"""Read front matter.

Mappings, lists, flow lists and mappings, quoted and plain scalars, block scalars (``|`` and ``>``), comments.
Anchors, tags, and documents of several parts are refused with the line that has them. A plain scalar is a
whole number, a truth value or nothing only where it is written in the one canonical way (``7``, ``true``,
``null``): so ``1.10``, ``007``, ``no`` and dates stay the text that they are, which is what an id or a title
needs. A value may begin with ``@``, which YAML reserves and Backlog.md writes.
"""

from __future__ import annotations

from bd_py.errors import InvalidError
from bd_py.frontmatter.scalars import FENCE, escape, fold, plain_ends, resolve, text_of, without_comment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REFUSED = {"&": "an anchor", "*": "an alias", "!": "a tag"}
_MAX_DEPTH = 20


class Document:
    """A text with front matter.

    ``fields`` is the mapping, {} where there is none; ``lines`` the line that each of its keys stands in,
    counted from 1. ``body`` is the rest, ``body_line`` the line it begins in.
    """

    __slots__ = ("body", "body_line", "fields", "lines")

    def __init__(self, fields: dict[str, Any], lines: dict[str, int], body: str, body_line: int) -> None:
        self.fields = fields
        self.lines = lines
        self.body = body
        self.body_line = body_line


def read(text: str) -> Document:
    """Front matter and body. Raises InvalidError; its message begins with the line, ``details["line"]`` holds it."""
    lines = plain_ends(text.removeprefix("\ufeff")).split("\n")
    if lines[0].rstrip() != FENCE:
        return Document({}, {}, "\n".join(lines), 1)
    end = next((k for k, line in enumerate(lines) if k and line.rstrip() in (FENCE, "...")), None)
    if end is None:
        raise _wrong(1, "the front matter has no end", "A line of '---' ends it.")
    reader = _Reader(lines[1:end], 2)
    fields = reader.document()
    return Document(fields, reader.keys, "\n".join(lines[end + 1 :]), end + 2)


def _wrong(line: int, reason: str, hint: str = "Mend that line.") -> InvalidError:
    return InvalidError(f"line {line}: {reason}", hint, line=line, reason=reason)


class _Reader:
    """Reads the lines of one mapping by indentation; ``first`` is the number of the first line."""

    def __init__(self, lines: list[str], first: int) -> None:
        self.lines = lines
        self.first = first
        self.at = 0
        self.keys: dict[str, int] = {}

    def document(self) -> dict[str, Any]:
        indent = self._next()
        if indent is None:
            return {}
        value = self._block(indent, 0)
        if self._next() is not None:
            raise self._error("it is indented less than the lines above it")
        if not isinstance(value, dict):
            raise _wrong(self.first, "it is a list, where 'key: value' is wanted")
        return value

    def _error(self, reason: str, hint: str = "Mend that line.") -> InvalidError:
        return _wrong(self.first + min(self.at, len(self.lines) - 1), reason, hint)

    def _next(self) -> int | None:
        """Go to the next line that says something; its indentation, None at the end."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            content = line.lstrip(" ")
            if content.startswith("\t") and content.strip():
                raise self._error("a tab indents it", "Indent with spaces.")
            if content.strip() and not content.startswith("#"):
                return len(line) - len(content)
            self.at += 1
        return None

    def _block(self, indent: int, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise self._error(f"it is nested deeper than {_MAX_DEPTH}")
        if _is_item(self.lines[self.at][indent:]):
            return self._list(indent, depth)
        return self._map(indent, depth)

    def _map(self, indent: int, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        while (found := self._next()) is not None and found >= indent:
            content = self.lines[self.at][found:]
            if found > indent:
                raise self._error("it is indented more than the key above it")
            if _is_item(content):
                raise self._error("a list item stands among keys")
            key, rest = self._key(content)
            if key in out:
                raise self._error(f"{key} stands here twice")
            if depth == 0:
                self.keys[key] = self.first + self.at
            out[key] = self._value(rest, indent, depth, in_map=True)
        return out

    def _key(self, content: str) -> tuple[str, str]:
        if content[0] in "\"'":
            key, rest = self._quoted(content)
            if not rest.startswith(":"):
                raise self._error("a colon is missing behind the key")
            return key, rest[1:]
        at = content.find(":")
        while at >= 0 and content[at + 1 : at + 2] not in ("", " ", "\t"):
            at = content.find(":", at + 1)
        if at < 1 or content[0] in "?{[":
            raise self._error("it is no 'key: value'")
        return content[:at].rstrip(), content[at + 1 :]

    def _list(self, indent: int, depth: int) -> list[Any]:
        out: list[Any] = []
        while (found := self._next()) is not None and found == indent:
            content = self.lines[self.at][indent:]
            if not _is_item(content):
                break
            rest = content[1:]
            inner = rest.lstrip(" ")
            if _is_item(inner) or _is_pair(inner):
                # A list or mapping that begins beside the dash: read it as if the dash were a blank.
                inside = indent + len(content) - len(inner)
                self.lines[self.at] = " " * inside + inner
                out.append(self._block(inside, depth + 1))
            else:
                out.append(self._value(rest, indent, depth, in_map=False))
        return out

    def _value(self, rest: str, indent: int, depth: int, *, in_map: bool) -> Any:
        """What stands behind a key or a dash; goes past it."""
        rest = rest.strip()
        if rest.startswith("#"):
            rest = ""
        if not rest:
            self.at += 1
            below = self._next()
            deeper = below is not None and below > indent
            beside = in_map and below == indent and _is_item(self.lines[self.at][indent:])
            return self._block(below, depth + 1) if below is not None and (deeper or beside) else None
        if rest[0] in "|>":
            return self._block_scalar(rest, indent)
        if rest[0] in _REFUSED and rest[1:2].strip():
            raise self._error(f"it has {_REFUSED[rest[0]]}, which is not read here", "Quote the value.")
        if rest[0] in "\"'":
            value, behind = self._quoted(rest)
            self._ends(behind)
            return value
        if rest[0] in "[{":
            return self._flow(rest)
        return self._plain(rest, indent)

    def _ends(self, behind: str) -> None:
        if behind.strip() and not behind.lstrip().startswith("#"):
            raise self._error(f"{behind.strip()[:20]!r} stands behind the value")
        self.at += 1

    def _plain(self, rest: str, indent: int) -> Any:
        parts = [without_comment(rest)]
        self.at += 1
        while parts[-1] == rest and self.at < len(self.lines):
            line = self.lines[self.at]
            rest = line.strip()
            if not rest or rest.startswith("#") or len(line) - len(line.lstrip(" ")) <= indent:
                break
            if _is_item(rest) or (": " in rest or rest.endswith(":")):
                raise self._error("it is indented more than the key above it")
            parts.append(without_comment(rest))
            self.at += 1
        return resolve(parts[0]) if len(parts) == 1 else " ".join(parts)

    def _quoted(self, text: str) -> tuple[str, str]:
        """A quoted scalar that may go on over lines, and what stands behind it in its last line."""
        quote, at, out = text[0], 1, ""
        while True:
            if at >= len(text):
                breaks, text = self._line_below(quote)
                out, at = out.rstrip(" \t") + ("\n" * breaks or " "), 0
                continue
            if text[at:] == "\\" and quote == '"':
                breaks, text = self._line_below(quote)
                out, at = out + "\n" * breaks, 0
                continue
            char = text[at]
            at += 1
            if char == quote:
                if quote == '"' or text[at : at + 1] != "'":
                    return out, text[at:]
                at += 1
            elif char == "\\" and quote == '"':
                char, at = self._escape(text, at)
            out += char

    def _line_below(self, quote: str) -> tuple[int, str]:
        """Where a quoted scalar goes on: how many blank lines below, and the line."""
        start = self.at + 1
        self.at = next((k for k in range(start, len(self.lines)) if self.lines[k].strip()), self.at)
        if self.at < start:
            raise self._error(f"a {quote} is missing at the end of the value")
        return self.at - start, self.lines[self.at].strip()

    def _escape(self, text: str, at: int) -> tuple[str, int]:
        found = escape(text, at)
        if found is None:
            raise self._error(f"\\{text[at : at + 1]} is no escape", "Write \\\\ for a backslash.")
        return found

    def _block_scalar(self, rest: str, indent: int) -> str:
        header = without_comment(rest)
        folded, flags = header[0] == ">", header[1:]
        chomp = next((c for c in flags if c in "+-"), "")
        digit = next((c for c in flags if c in "123456789"), "")
        if sorted(flags) != sorted(chomp + digit):
            raise self._error(f"{header!r} begins no block of text")
        self.at += 1
        depth = max(indent, 0) + int(digit) if digit else 0
        block: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            here = len(line) - len(line.lstrip(" "))
            if line.strip(" "):
                if not depth and here > indent:
                    depth = here
                if not depth or here < depth:
                    break
            block.append(line[depth:] if depth else "")
            self.at += 1
        kept = len(block)
        while kept and not block[kept - 1]:
            kept -= 1
        text = (fold if folded else "\n".join)(block[:kept])
        if chomp == "+":
            return text + "\n" * (len(block) - kept + bool(kept))
        return text + "\n" if kept and not chomp else text

    def _flow(self, rest: str) -> Any:
        """A flow list or mapping, which may go on over lines; errors name the line it begins in."""
        start = self.first + self.at
        try:
            return self._flow_lines(rest)
        except InvalidError as error:
            raise _wrong(start, error.details["reason"], error.hint or "") from None

    def _flow_lines(self, text: str) -> Any:
        while True:
            try:
                value, at = self._flow_value(text, 0, 0)
            except IndexError:
                if self.at + 1 >= len(self.lines):
                    raise self._error(f"the {'list' if text[0] == '[' else 'mapping'} has no end") from None
                self.at += 1
                above = text if any(quote in text for quote in "'\"") else without_comment(text)
                text = f"{above} {self.lines[self.at].strip()}"
                continue
            self._ends(text[at:])
            return value

    def _flow_value(self, text: str, at: int, depth: int) -> tuple[Any, int]:
        """The value that begins at ``at``, and where it ends. Raises IndexError where the text ends first."""
        if depth > _MAX_DEPTH:
            raise self._error(f"it is nested deeper than {_MAX_DEPTH}")
        if text[at] == "[":
            return self._flow_list(text, at + 1, depth)
        if text[at] == "{":
            return self._flow_map(text, at + 1, depth)
        if text[at] in "\"'":
            end = _closing(text, at) + 1
            return self._quoted(text[at:end])[0], end
        if text[at] in _REFUSED:
            raise self._error(f"it has {_REFUSED[text[at]]}, which is not read here", "Quote the value.")
        end = at
        while text[end] not in ",]}" and not (text[end] == ":" and text[end + 1] in " ,]}"):
            end += 1
        return resolve(text[at:end].strip()), end

    def _flow_list(self, text: str, at: int, depth: int) -> tuple[list[Any], int]:
        out: list[Any] = []
        while True:
            at = _past_blanks(text, at)
            if text[at] == "]":
                return out, at + 1
            if text[at] == ",":
                raise self._error("a list has an empty item", 'Write "" for empty text.')
            value, at = self._flow_value(text, at, depth + 1)
            out.append(value)
            at = self._past_comma(text, at, "]")

    def _flow_map(self, text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
        out: dict[str, Any] = {}
        while True:
            at = _past_blanks(text, at)
            if text[at] == "}":
                return out, at + 1
            key, at = self._flow_value(text, at, depth + 1)
            name = text_of(key)
            if isinstance(key, (list, dict)) or name in out:
                raise self._error(f"{name} stands here twice" if name in out else "a key must be text")
            at = _past_blanks(text, at)
            out[name] = None
            if text[at] == ":":
                at = _past_blanks(text, at + 1)
                if text[at] not in ",}":
                    out[name], at = self._flow_value(text, at, depth + 1)
            at = self._past_comma(text, at, "}")

    def _past_comma(self, text: str, at: int, end: str) -> int:
        at = _past_blanks(text, at)
        if text[at] == ",":
            return at + 1
        if text[at] != end:
            raise self._error(f"a comma or {end} is missing before {text[at : at + 20]!r}")
        return at


def _past_blanks(text: str, at: int) -> int:
    while text[at] in " \t":
        at += 1
    return at


def _closing(text: str, at: int) -> int:
    """Where the quoted scalar that begins at ``at`` ends. Raises IndexError where the text ends first."""
    quote, end = text[at], at + 1
    while text[end] != quote or (quote == "'" and text[end + 1 : end + 2] == "'"):
        end += 2 if text[end] == quote or (text[end] == "\\" and quote == '"') else 1
    return end


def _is_item(content: str) -> bool:
    return content == "-" or content.startswith("- ")


def _is_pair(content: str) -> bool:
    if content[:1] in ("'", '"'):
        try:
            return content[_closing(content, 0) + 1 :][:1] == ":"
        except IndexError:
            return False
    return content[:1] not in tuple("[{|>#") and (": " in content or content.endswith(":"))

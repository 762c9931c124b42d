"""Change one key of a TOML file and leave every other byte of it as it is.

The standard library reads TOML and does not write it. What is edited here is read back by `tomllib` and
compared with what it should say, so a file that is laid out in an unforeseen way is refused, never spoiled.
"""

from __future__ import annotations

import tomllib  # noqa: TID253  (only the config verb imports this module)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Key = tuple[str, ...]

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class _Statement:
    """One ``key = value`` of a file: its key with that of its table, the lines ``first`` to ``last``."""

    __slots__ = ("first", "key", "last")

    def __init__(self, key: Key, first: int, last: int) -> None:
        self.key = key
        self.first = first
        self.last = last


def set_key(text: str, key: Key, value: Any) -> str:
    """The text with ``key`` set. Raises ValueError where this editor cannot do it."""
    lines = _lines(text)
    outline = _Outline(lines)
    there = [s for s in outline.statements if s.key == key]
    if there:
        _replace(lines, there[0], value)
    else:
        table = key[:-1] if key[:-1] in outline.tables else ()
        at = outline.end_of(table)
        if at and not lines[at - 1].endswith("\n"):
            lines[at - 1] += "\n"
        lines.insert(at, f"{'.'.join(map(_key, key[len(table) :]))} = {dump(value)}\n")
    return _checked("".join(lines), _with(tomllib.loads(text), key, value))


def remove_key(text: str, key: Key) -> str:
    """The text without ``key``. Raises ValueError where this editor cannot do it, KeyError where it is not there."""
    lines = _lines(text)
    wanted = _without(tomllib.loads(text), key)
    for statement in _Outline(lines).statements:
        if statement.key == key:
            del lines[statement.first : statement.last + 1]
    return _checked("".join(lines), wanted)


def dump(value: Any) -> str:
    """A value as TOML on one line. Raises ValueError for what TOML does not have."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(dump, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {dump(item)}" for name, item in value.items()) + "}"
    raise ValueError(f"{value!r} is no value for a setting")


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if char >= " " and char != "\x7f" else f"\\u{ord(char):04x}"


def _key(name: str) -> str:
    return name if name and _BARE.issuperset(name) else dump(name)


def _lines(text: str) -> list[str]:
    """The lines with their ends; unlike str.splitlines, only at those that TOML knows."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


class _Outline:
    """The statements of a file, and the plain ``[tables]`` with the line of their header; the top is ``()``."""

    def __init__(self, lines: list[str]) -> None:
        self.statements: list[_Statement] = []
        self.tables: dict[Key, int] = {(): -1}
        self._headers = [len(lines)]
        table: Key = ()
        k = 0
        while k < len(lines):
            first, line = k, lines[k].strip()
            k += 1
            if not line or line[0] == "#":
                continue
            if line[0] == "[":
                table = _path(tomllib.loads(line))
                self._headers.append(first)
                if line[1:2] != "[":
                    self.tables[table] = first
                continue
            while (tree := _parsed("".join(lines[first:k]))) is None and k < len(lines):
                k += 1  # a value of several lines
            if tree is not None:
                key = _path(tree, _own_depth(lines[first]))
                self.statements.append(_Statement((*table, *key), first, k - 1))

    def end_of(self, table: Key) -> int:
        """The line after the last statement of a table: where one more belongs."""
        start = self.tables[table]
        end = min(at for at in self._headers if at > start)
        return max((s.last + 1 for s in self.statements if start < s.first < end), default=start + 1)


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _own_depth(line: str) -> int:
    """How many parts the key of a statement has: ``a.b = {c = 1}`` has two."""
    return len(_path(tomllib.loads(_left(line) + "= 0")))


def _left(line: str) -> str:
    """What stands before the ``=`` that ends the key; a quoted key may hold others."""
    at = line.find("=")
    while _parsed(line[:at] + "= 0") is None:
        at = line.find("=", at + 1)
    return line[:at]


def _path(tree: Any, stop: int = 99) -> Key:
    """The names that lead into a document that says one thing."""
    path: list[str] = []
    while isinstance(tree, dict) and len(tree) == 1 and len(path) < stop:
        name, tree = next(iter(tree.items()))
        path.append(name)
    return tuple(path)


def _replace(lines: list[str], statement: _Statement, value: Any) -> None:
    old = "".join(lines[statement.first : statement.last + 1])
    end = old[len(old.rstrip("\r\n")) :]
    text = f"{_left(lines[statement.first])}= {dump(value)}{_comment(old)}"
    lines[statement.first : statement.last + 1] = [text + end]


def _comment(old: str) -> str:
    """The comment behind a value on one line, with the space before it."""
    if old.count("\n") > 1:
        return ""
    line = old.rstrip("\r\n")
    at = line.find("#")
    while at >= 0:
        if _parsed(line[:at]) is not None:
            return line[len(line[:at].rstrip()) :]
        at = line.find("#", at + 1)
    return ""


def _with(tree: dict[str, Any], key: Key, value: Any) -> dict[str, Any]:
    here = tree
    for name in key[:-1]:
        here = here.setdefault(name, {})
        if not isinstance(here, dict):
            raise ValueError(f"{name} is no table")
    here[key[-1]] = value
    return tree


def _without(tree: dict[str, Any], key: Key) -> dict[str, Any]:
    here = tree
    for name in key[:-1]:
        here = here[name]
    del here[key[-1]]
    return tree


def _checked(text: str, wanted: dict[str, Any]) -> str:
    """The text, if it says what is wanted; a table that was left empty is nothing."""
    found = _parsed(text)
    if found is None or _solid(found) != _solid(wanted):
        raise ValueError("the file is laid out in a way that only a person can edit")
    return text


def _solid(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    return {name: _solid(item) for name, item in tree.items() if item != {}}

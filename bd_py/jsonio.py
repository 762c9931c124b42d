"""JSON for the hot path, where importing ``json`` (0.6 of an interpreter start) or orjson (1.7) shows.

``loads`` gives what ``orjson.loads`` gives: the interpreter's own C scanner reads plain documents, and
whatever the two might read differently (escapes of surrogates, huge numbers, NaN, deep nesting) goes to
orjson itself, which therefore decides. ``dumps`` writes what orjson writes.
"""

from __future__ import annotations

try:
    from _json import encode_basestring as _quote
    from _json import make_scanner
except ImportError:  # an interpreter without the accelerator: orjson does everything
    _make_scanner: Any = None
else:
    _make_scanner = make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 100
"""Deeper documents are refused on every path, since readers disagree about their limits."""

_MAX_INT = 2**63


class _Unsure(Exception):
    """The C scanner met something that orjson may read differently."""


def _int(text: str) -> int:
    value = int(text) if len(text) < 20 else _MAX_INT
    if -_MAX_INT <= value < _MAX_INT:
        return value
    raise _Unsure


def _float(text: str) -> float:
    value = float(text)
    if value - value == 0.0:  # false for infinity, which orjson refuses
        return value
    raise _Unsure


def _constant(_text: str) -> None:
    raise _Unsure


class _Plain:
    """What ``make_scanner`` reads its settings from."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = staticmethod(_float)
    parse_int = staticmethod(_int)
    parse_constant = staticmethod(_constant)
    memo: dict[str, str] = {}  # noqa: RUF012  (the scanner's own interface)


_scan = _make_scanner(_Plain) if _make_scanner is not None else None
_decode: Any = None


def loads(data: bytes | str) -> Any:
    """The value of one JSON document.

    Raises ValueError where orjson would, and for documents nested deeper than `MAX_DEPTH`.
    """
    text = data if isinstance(data, str) else data.decode("utf-8")
    if text.count("{") + text.count("[") > MAX_DEPTH:
        check_depth(text)
    elif _decode is not None:
        return _decode(text)
    elif _scan is not None and "\\u" not in text:
        try:
            value, end = _scan(text, 0)
            if end == len(text):
                return value
        except (_Unsure, StopIteration, ValueError, SystemError):
            pass  # SystemError: up to 3.12 the scanner cannot raise its own error while json is not imported
    import orjson

    return orjson.loads(data)


def check_depth(text: str) -> None:
    """Raise ValueError for a document nested deeper than `MAX_DEPTH`; strings do not count."""
    depth = 0
    for k, piece in enumerate(text.replace("\\\\", "").replace('\\"', "").split('"')):
        if k % 2:
            continue
        for char in piece:
            if char in "{[":
                depth += 1
                if depth > MAX_DEPTH:
                    raise ValueError(f"nested deeper than {MAX_DEPTH}")
            elif char in "}]":
                depth -= 1


def dumps(value: Any) -> str:
    """One compact JSON document, non-ASCII characters as they are.

    ``value``: dicts with string keys, lists, tuples, strings, ints, finite floats, booleans, None.
    Raises ValueError for a lone surrogate or a float that JSON cannot hold.
    """
    if _make_scanner is None:
        import orjson

        return orjson.dumps(value).decode()
    out: list[str] = []
    _write(value, out.append)
    text = "".join(out)
    if not text.isascii():
        text.encode("utf-8")  # UnicodeEncodeError, a ValueError, for lone surrogates
    return text


def prefer_orjson() -> None:
    """From now on `loads` and `dumps_fast` are orjson's: for a process that reads or writes much, or long documents."""
    global _decode, _fast
    import orjson

    _decode = orjson.loads

    def fast(value: Any) -> str:
        return orjson.dumps(value).decode()

    _fast = fast


def dumps_fast(value: Any) -> str:
    """`dumps`, by orjson after `prefer_orjson`. Also raises TypeError for what JSON does not have."""
    return _fast(value)


def _write(value: Any, put: Any) -> None:
    if value is None:
        put("null")
    elif value is True:
        put("true")
    elif value is False:
        put("false")
    elif isinstance(value, str):
        put(_quote(value))
    elif isinstance(value, int):
        put(str(value))
    elif isinstance(value, float):
        if value - value != 0.0:
            raise ValueError(f"{value} is not JSON")
        text = repr(value)
        if "e" in text:  # orjson has its own way with exponents
            import orjson

            text = orjson.dumps(value).decode()
        put(text)
    elif isinstance(value, dict):
        mark = "{"
        for key, item in value.items():
            put(mark)
            put(_quote(key))
            put(":")
            _write(item, put)
            mark = ","
        put("{}" if mark == "{" else "}")
    elif isinstance(value, (list, tuple)):
        mark = "["
        for item in value:
            put(mark)
            _write(item, put)
            mark = ","
        put("[]" if mark == "[" else "]")
    else:
        raise TypeError(f"{type(value).__name__} is not JSON")


_fast = dumps

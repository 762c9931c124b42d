"""What a filter on records may say, and what it says of one document, without an index.

`bd_py.query_records` asks SQLite for the fields that are indexed, and this for any other.
"""

from __future__ import annotations

from bd_py import schema
from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bd_py.documents import Definition

OPERATORS = ("eq", "ne", "lt", "lte", "gt", "gte", "like", "contains", "starts_with", "in")
COLUMNS = ("id", "created_at", "updated_at")
"""What every record has beside its fields; a field of the same name counts where it is indexed."""

_TEXT_ONLY = ("like", "contains", "starts_with")
_KINDS = {"string": "t", "number": "n", "integer": "n", "boolean": "b"}


class Condition:
    """One filter: a field, an operator of `OPERATORS`, a text, number or truth value (for ``in`` a list)."""

    __slots__ = ("field", "op", "value")

    def __init__(self, field: str, op: str, value: Any) -> None:
        self.field = field
        self.op = op
        self.value = value


def checked(what: Definition, given: Condition) -> Condition:
    """The filter itself. Raises InvalidError: no such operator or field, or no value to compare the field with."""
    if given.op not in OPERATORS:
        raise InvalidError(f"there is no operator {given.op!r}", f"One of {', '.join(OPERATORS)}.", field=given.field)
    check_field(what, given.field)
    values = given.value if given.op == "in" else [given.value]
    if not isinstance(values, (list, tuple)):
        raise InvalidError(f"{given.field}: 'in' takes a list of values", field=given.field)
    declared = schema.types_of(what.schema, given.field)
    kinds = None if declared is None else {_KINDS[name] for name in declared if name in _KINDS}
    for value in values:
        kind = kind_of(value)
        if kind is None:
            raise InvalidError(
                f"{given.field}: {value!r} is nothing to compare with",
                "A text, number or truth value.",
                field=given.field,
            )
        if given.op in _TEXT_ONLY and kind != "t":
            raise InvalidError(f"{given.field}: {given.op} takes a text, not {value!r}", field=given.field)
        if kinds is not None and kind not in kinds:
            names = " or ".join(sorted(declared or ()))
            raise InvalidError(f"{given.field} is {names}: {value!r} cannot be compared with it", field=given.field)
    return given


def check_field(what: Definition, name: str) -> None:
    """Raise InvalidError for a field that no record of the collection can have."""
    properties = what.schema.get("properties")
    if name in COLUMNS or name in what.indexed or not isinstance(properties, dict) or name in properties:
        return
    if what.schema.get("additionalProperties", False) is not False:
        return
    import difflib

    near = difflib.get_close_matches(name, properties, 1, 0.6)
    known = ", ".join([*COLUMNS, *(each for each in properties if each not in COLUMNS)])
    hint = f"Did you mean {near[0]}?" if near else f"Fields: {known}."
    raise InvalidError(f"{what.name} has no field {name!r}", hint, field=name)


def check_word(what: Definition, name: str, value: Any) -> None:
    """Raise InvalidError for a value that the field's schema lists others for: nothing could have it."""
    rule = schema.properties(what.schema).get(name)
    words = rule.get("enum") if isinstance(rule, dict) else None
    if not isinstance(words, list):
        return
    wrong = [each for each in (value if isinstance(value, list) else [value]) if each not in words]
    if wrong:
        import difflib

        near = difflib.get_close_matches(str(wrong[0]), [str(word) for word in words], 1, 0.6)
        hint = (f"Did you mean {near[0]}? " if near else "") + f"One of {', '.join(map(str, words))}."
        raise InvalidError(f"{wrong[0]!r} is no {name} of {what.name}", hint, field=name)


def kind_of(value: Any) -> str | None:
    """t, n or b; None for what cannot be compared."""
    if type(value) is str:
        return "t" if value.isascii() or value.encode(errors="ignore").decode() == value else None
    if type(value) is bool:
        return "b"
    if type(value) is int:
        return "n" if -(2**63) <= value < 2**63 else None
    return "n" if type(value) is float and value - value == 0.0 else None


def sorted_by(rows: list[dict[str, Any]], field: str, *, descending: bool) -> list[dict[str, Any]]:
    """Records in the order of a field, ids where that is equal; what lacks it last."""
    having: list[tuple[Any, ...]] = []
    lacking = []
    for row in rows:
        value = row["data"].get(field)
        kind = kind_of(value)
        if kind is None:
            lacking.append((row["id"], row))
        else:
            having.append((kind, value, row["id"], row))
    having.sort(key=lambda each: each[:3], reverse=descending)
    lacking.sort(key=lambda each: each[0], reverse=descending)
    return [each[-1] for each in (*having, *lacking)]


def test_of(given: Condition) -> Any:
    """A function that tells whether a field's value (None: there is none) fits."""
    op, wanted = given.op, given.value
    kind = None if op == "in" else kind_of(wanted)
    if op == "in":
        tests = [test_of(Condition(given.field, "eq", each)) for each in wanted]
        return lambda value: any(test(value) for test in tests)
    if op == "ne":
        return lambda value: not (kind_of(value) == kind and value == wanted)
    if op == "like":
        pattern = _like(wanted)
        return lambda value: type(value) is str and pattern.fullmatch(value) is not None
    compare = _COMPARE[op]
    return lambda value: kind_of(value) == kind and compare(value, wanted)


_COMPARE: Mapping[str, Any] = {
    "eq": lambda value, wanted: value == wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "contains": lambda value, wanted: wanted in value,
    "starts_with": lambda value, wanted: value.startswith(wanted),
}


def _like(pattern: str) -> Any:
    """SQL's LIKE, as SQLite has it: % any text, _ one character, ASCII letters in either case."""
    import re

    parts = [{"%": ".*", "_": "."}.get(char) or re.escape(char) for char in pattern]
    return re.compile("".join(parts), re.DOTALL | re.IGNORECASE | re.ASCII)

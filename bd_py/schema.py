"""JSON Schema, the part that documents need: compiled once, then a few calls a document.

A clone that has just been made must refuse what its collections refuse, with nothing but tk installed. So the
keywords below are checked here; a schema that uses others (``$ref``, ``format``, ``if``, ...) needs the jsonschema
package, the extra ``bd-py[schema]``, and is refused where that is missing.
"""

from __future__ import annotations

from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Check = Callable[[Any], str]
    """What is wrong with a value, as ``.path: why``; "" where nothing is."""

ANNOTATIONS = frozenset(
    "$schema $id $comment $anchor title description default examples deprecated readOnly writeOnly".split()
)
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "integer": lambda value: type(value) is int or (type(value) is float and value.is_integer()),
}


class NotHere(Exception):
    """A keyword that is left to the jsonschema package."""


def compile(schema: Any) -> Check:
    """What checks documents by a schema. Raises InvalidError for one that is none, or needs a package."""
    try:
        return _compiled(schema)
    except NotHere as keyword:
        return _by_library(schema, str(keyword))


def properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rules of the fields that a schema names; none where it is no schema, as a log may hold one."""
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def types_of(schema: Mapping[str, Any], field: str) -> frozenset[str] | None:
    """The JSON types that a document's field may have, as far as the schema says."""
    rule = properties(schema).get(field)
    if not isinstance(rule, dict):
        return None
    if isinstance(rule.get("type"), (str, list)):
        return frozenset(name for name in _several(rule["type"]) if isinstance(name, str))
    if isinstance(rule.get("enum"), list):
        return frozenset(name for name, fits in TYPES.items() for value in rule["enum"] if fits(value))
    return None


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, and true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other)


def _compiled(schema: Any) -> Check:
    if schema is True:
        return lambda _value: ""
    if schema is False:
        return lambda _value: ": is allowed to have no value"
    if not isinstance(schema, dict):
        raise InvalidError(f"a schema is an object, or true or false: {schema!r}", field="schema")
    checks = []
    for keyword, given in schema.items():
        if keyword in ANNOTATIONS or keyword in _BESIDE:
            continue
        make = _KEYWORDS.get(keyword)
        if make is None:
            raise NotHere(keyword)
        checks.append(make(given, schema))
    if len(checks) == 1:
        return checks[0]

    def every(value: Any) -> str:
        for check in checks:
            flaw = check(value)
            if flaw:
                return flaw
        return ""

    return every


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _wrong(keyword: str, given: Any, wanted: str) -> InvalidError:
    return InvalidError(f"schema: {keyword} {given!r} is not {wanted}", "See json-schema.org.", field="schema")


def _type(given: Any, _schema: Any) -> Check:
    names = _several(given)
    if not names or not all(isinstance(name, str) and name in TYPES for name in names):
        raise _wrong("type", given, f"one of {', '.join(TYPES)}")
    why = f": must be {' or '.join(names)}"
    if len(names) == 1:
        only = TYPES[names[0]]
        return lambda value: "" if only(value) else why
    fits = [TYPES[name] for name in names]
    return lambda value: "" if any(fit(value) for fit in fits) else why


def _enum(given: Any, _schema: Any) -> Check:
    if not isinstance(given, list):
        raise _wrong("enum", given, "a list")
    why = f": must be one of {', '.join(map(str, given))}"
    if all(isinstance(value, str) for value in given):
        words = frozenset(given)
        return lambda value: "" if isinstance(value, str) and value in words else why
    return lambda value: "" if any(same(value, each) for each in given) else why


def _const(given: Any, _schema: Any) -> Check:
    return lambda value: "" if same(value, given) else f": must be {given!r}"


def _properties(given: Any, _schema: Any) -> Check:
    if not isinstance(given, dict):
        raise _wrong("properties", given, "an object")
    rules = {name: _compiled(rule) for name, rule in given.items()}

    def check(value: Any) -> str:
        if isinstance(value, dict):
            for name, item in value.items():
                rule = rules.get(name)
                if rule is not None:
                    flaw = rule(item)
                    if flaw:
                        return f".{name}{flaw}"
        return ""

    return check


def _additional(given: Any, schema: Mapping[str, Any]) -> Check:
    declared = properties(schema).keys()
    rule = _compiled(given)

    def check(value: Any) -> str:
        if isinstance(value, dict):
            for name in value.keys() - declared:
                flaw = rule(value[name])
                if flaw:
                    return f".{name}{': is no field here' if given is False else flaw}"
        return ""

    return check


def _required(given: Any, _schema: Any) -> Check:
    names = given if isinstance(given, list) else None
    if names is None or not all(isinstance(name, str) for name in names):
        raise _wrong("required", given, "a list of names")

    def check(value: Any) -> str:
        if isinstance(value, dict):
            for name in names:
                if name not in value:
                    return f".{name}: is required"
        return ""

    return check


def _items(given: Any, _schema: Any) -> Check:
    rule = _compiled(given)

    def check(value: Any) -> str:
        if isinstance(value, list):
            for k, item in enumerate(value):
                flaw = rule(item)
                if flaw:
                    return f"[{k}]{flaw}"
        return ""

    return check


def _unique(given: Any, _schema: Any) -> Check:
    def check(value: Any) -> str:
        if given is True and isinstance(value, list):
            for k, item in enumerate(value):
                if any(same(item, other) for other in value[:k]):
                    return f"[{k}]: stands in the list twice"
        return ""

    return check


def _pattern(given: Any, _schema: Any) -> Check:
    import re

    try:
        search = re.compile(given).search
    except (re.error, TypeError):
        raise _wrong("pattern", given, "a regular expression") from None
    return lambda value: "" if not isinstance(value, str) or search(value) else f": must match {given}"


def _limit(keyword: str, applies: str, fits: Callable[[Any, Any], bool], words: str) -> Callable[[Any, Any], Check]:
    right = TYPES[applies]

    def make(given: Any, _schema: Any) -> Check:
        if not TYPES["number"](given):
            raise _wrong(keyword, given, "a number")
        return lambda value: "" if not right(value) or fits(value, given) else f": must be {words} {given}"

    return make


def _of(keyword: str, most: Callable[[int, int], bool], why: str) -> Callable[[Any, Any], Check]:
    def make(given: Any, _schema: Any) -> Check:
        if not isinstance(given, list) or not given:
            raise _wrong(keyword, given, "a list of schemas")
        rules = [_compiled(each) for each in given]

        def check(value: Any) -> str:
            right = sum(not rule(value) for rule in rules)
            return "" if most(right, len(rules)) else why

        return check

    return make


def _not(given: Any, _schema: Any) -> Check:
    rule = _compiled(given)
    return lambda value: "" if rule(value) else ": must not be as the schema's 'not' says"


_BESIDE = frozenset(("$defs", "definitions"))
"""Without a $ref nothing refers to them."""
_KEYWORDS: Mapping[str, Callable[[Any, Any], Check]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "minimum": _limit("minimum", "number", lambda value, given: value >= given, "at least"),
    "maximum": _limit("maximum", "number", lambda value, given: value <= given, "at most"),
    "exclusiveMinimum": _limit("exclusiveMinimum", "number", lambda value, given: value > given, "above"),
    "exclusiveMaximum": _limit("exclusiveMaximum", "number", lambda value, given: value < given, "below"),
    "minLength": _limit("minLength", "string", lambda value, given: len(value) >= given, "of a length of at least"),
    "maxLength": _limit("maxLength", "string", lambda value, given: len(value) <= given, "of a length of at most"),
    "minItems": _limit("minItems", "array", lambda value, given: len(value) >= given, "of a length of at least"),
    "maxItems": _limit("maxItems", "array", lambda value, given: len(value) <= given, "of a length of at most"),
    "minProperties": _limit("minProperties", "object", lambda value, given: len(value) >= given, "of at least"),
    "maxProperties": _limit("maxProperties", "object", lambda value, given: len(value) <= given, "of at most"),
    "allOf": _of("allOf", lambda right, all_: right == all_, ": is not all that the schema's 'allOf' says"),
    "anyOf": _of("anyOf", lambda right, _all: right > 0, ": is none of what the schema's 'anyOf' says"),
    "oneOf": _of("oneOf", lambda right, _all: right == 1, ": must be just one of what the schema's 'oneOf' says"),
    "not": _not,
}


def _by_library(schema: Any, keyword: str) -> Check:
    try:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError
    except ImportError:
        raise InvalidError(
            f"the schema says {keyword!r}, which takes the jsonschema package",
            "pip install 'bd-py[schema]', or say it otherwise.",
            field="schema",
        ) from None
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise InvalidError(f"schema: {error.message}", "See json-schema.org.", field="schema") from None
    validator = Draft202012Validator(schema)

    def check(value: Any) -> str:
        for error in validator.iter_errors(value):
            path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
            return f"{path}: {error.message}"
        return ""

    return check

"""What tk checks of JSON Schema by itself is what the jsonschema package says."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bd_py import documents, schema
from bd_py.errors import InvalidError

scalars = st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([0.5, 1.0, 2.0, "", "a", "ab", "é", "b1"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)
types = st.sampled_from(sorted(schema.TYPES))
small = st.integers(0, 2)
plain = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(sorted(schema.TYPES))
        | st.lists(st.sampled_from(sorted(schema.TYPES)), min_size=1, unique=True),
        "enum": st.lists(values, min_size=1, max_size=3),
        "const": values,
        "required": st.lists(st.sampled_from("abc"), unique=True, max_size=2),
        "uniqueItems": st.booleans(),
        "pattern": st.sampled_from(["^a", "b", "[0-9]$"]),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), small),
        **{name: st.integers(-1, 2) for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")},
        "title": st.just("A title"),
    },
)
schemas = st.recursive(
    plain.map(lambda found: dict(list(found.items())[:3])) | st.booleans(),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "additionalProperties": inner,
            "items": inner,
            "not": inner,
            **{name: st.lists(inner, min_size=1, max_size=2) for name in ("allOf", "anyOf", "oneOf")},
        },
    ),
    max_leaves=6,
)


@settings(max_examples=600)
@given(schemas, values)
def test_it_says_what_jsonschema_says(rules: Any, value: Any) -> None:
    assert (schema.compile(rules)(value) == "") == Draft202012Validator(rules).is_valid(value)


@pytest.mark.parametrize(
    ("rules", "value", "says"),
    [
        ({"properties": {"a": {"items": {"type": "string"}}}}, {"a": ["x", 1]}, ".a[1]: must be string"),
        ({"required": ["a"]}, {}, ".a: is required"),
        ({"additionalProperties": False}, {"b": 1}, ".b: is no field here"),
        ({"properties": {"n": {"minimum": 2}}}, {"n": 1}, ".n: must be at least 2"),
        ({"properties": {"s": {"enum": ["x", "y"]}}}, {"s": "z"}, ".s: must be one of x, y"),
    ],
)
def test_it_says_where(rules: Any, value: Any, says: str) -> None:
    assert schema.compile(rules)(value) == says


@pytest.mark.parametrize(
    "rules",
    [
        *(7, {"type": "text"}, {"type": []}, {"enum": "a"}, {"required": "a"}, {"pattern": "("}, {"minimum": "1"}),
        *(
            {"properties": []},
            {"additionalProperties": False, "properties": 7},
            {"items": 7},
            {"anyOf": []},
            {"properties": {"a": {"type": "text"}}},
        ),
    ],
)
def test_what_is_no_schema(rules: Any) -> None:
    with pytest.raises(InvalidError):
        schema.compile(rules)


def test_the_rest_is_left_to_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {"$defs": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/$defs/n"}}}
    check = schema.compile(rules)
    assert check({"a": 1}) == ""
    assert check({"a": "x"}).startswith(".a: ")
    with pytest.raises(InvalidError):
        schema.compile({**rules, "required": 5})
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(InvalidError, match="jsonschema package") as refused:
        schema.compile(rules)
    assert "bd-py[schema]" in str(refused.value.hint)


@pytest.mark.parametrize("name", sorted(documents.SCHEMAS))
def test_built_in_collections_need_no_package(name: str) -> None:
    Draft202012Validator.check_schema(documents.SCHEMAS[name])
    schema._compiled(documents.SCHEMAS[name])
    assert set(documents.INDEXED[name]) <= documents.SCHEMAS[name]["properties"].keys()

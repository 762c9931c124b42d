"""Front matter: what is written is what is read, and what YAML's own writers put there is read as they meant it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.errors import InvalidError
from bd_py.frontmatter.reader import read
from bd_py.frontmatter.scalars import plain_ends, text_of
from bd_py.frontmatter.writer import write

TEXT = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.text("ab \n:#-'\"|>[]{},&*!%@`\\\t?~=0", max_size=14)
    | st.sampled_from(["true", "null", "007", "1.10", "no", "2026-01-01", "-", "- a", "a: b", "a #b", "~"])
)
SCALAR = TEXT | st.none() | st.booleans() | st.integers(-(10**14), 10**14)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(TEXT, VALUE, max_size=5), TEXT)
def test_what_is_written_is_read(fields: dict[str, Any], body: str) -> None:
    document = read(write(fields, body))
    assert document.fields == fields
    assert document.body == plain_ends(body)


@given(st.text("\r\na", max_size=12))
def test_the_ends_of_lines_are_read_once(body: str) -> None:
    once = read(write({}, body)).body
    assert "\r\n" not in once
    assert once.replace("\r", "") == body.replace("\r", "")
    assert read(write({}, once)).body == once


@given(st.text("ab:-#'\"|>[]{},&* \n\t\\", max_size=60))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    refusal = None
    try:
        read(f"---\n{text}\n---\nbody")
    except InvalidError as error:
        refusal = error
    if refusal is not None:
        assert 1 <= refusal.details["line"] <= text.count("\n") + 3
        assert refusal.message.startswith(f"line {refusal.details['line']}: ")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a: 1\nb: -2\nc: 007\nd: 1.10\ne: 1e3", {"a": 1, "b": -2, "c": "007", "d": "1.10", "e": "1e3"}),
        ("a: true\nb: no\nc: ~\nd:\ne: null", {"a": True, "b": "no", "c": None, "d": None, "e": None}),
        ("a: it's # said\nb: x#y\n# whole line\nc: '#'", {"a": "it's", "b": "x#y", "c": "#"}),
        ("a: 'it''s'\nb: \"x\\ty\\u00e9\"\nc: ''", {"a": "it's", "b": "x\tyé", "c": ""}),
        ("a: @codex\nb: [@a, '@b']", {"a": "@codex", "b": ["@a", "@b"]}),
        ("a: http://x.y/z?q=1\nb: Fix: it", {"a": "http://x.y/z?q=1", "b": "Fix: it"}),
        ("a: [x, 'y, z', 3]\nb: []\nc: [\n  x,\n  y\n]", {"a": ["x", "y, z", 3], "b": [], "c": ["x", "y"]}),
        ("a:\n- x\n- y: 1\n  z: 2\nb:\n  - - p\n    - q", {"a": ["x", {"y": 1, "z": 2}], "b": [["p", "q"]]}),
        ("a: {b: 1, 'c': [x]}\nd:\n  e:\n    f: g", {"a": {"b": 1, "c": ["x"]}, "d": {"e": {"f": "g"}}}),
        ("a: |\n  one\n    two\n\n  three\nb: x", {"a": "one\n  two\n\nthree\n", "b": "x"}),
        ("a: >-\n  one\n  two\n\n  three\nb: |+\n  x\n", {"a": "one two\nthree", "b": "x\n\n"}),
        ("a: one\n  two\nb: 'one\n  two'", {"a": "one two", "b": "one two"}),
        ("a: 1\r\nb: 2\r", {"a": 1, "b": 2}),
        ("", {}),
    ],
)
def test_what_people_and_trackers_write(text: str, fields: dict[str, Any]) -> None:
    assert read(f"---\n{text}\n---\n").fields == fields


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\na: 2", 3, "a stands here twice"),
        ("a: 1\njust words", 3, "it is no 'key: value'"),
        ("a: [x, y\nb", 2, "the list has no end"),
        ("a: 'x\nb: 1", 3, "a ' is missing at the end of the value"),
        ('a: "\\q"', 2, "\\q is no escape"),
        ("a: 1\n\tb: 2", 3, "a tab indents it"),
        ("a: 1\n  b: 2", 3, "it is indented more than the key above it"),
        ("a: &x 1", 2, "it has an anchor, which is not read here"),
        ("a: !!str 1", 2, "it has a tag, which is not read here"),
        ("- a\n- b", 2, "it is a list, where 'key: value' is wanted"),
        ("a: 'x' y", 2, "'y' stands behind the value"),
        ("a: [x,, y]", 2, "a list has an empty item"),
    ],
)
def test_what_is_refused(text: str, line: int, reason: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read(f"---\n{text}\n---\n")
    assert (caught.value.details["line"], caught.value.details["reason"]) == (line, reason)


def test_body_and_lines() -> None:
    document = read("---\na: 1\n\nb: |\n  x\nc: 2\n---\nbody\n---\nmore\n")
    assert document.lines == {"a": 2, "b": 4, "c": 6}
    assert (document.body, document.body_line) == ("body\n---\nmore\n", 8)


def test_without_front_matter_all_is_body() -> None:
    document = read("# Title\n---\n")
    assert (document.fields, document.body, document.body_line) == ({}, "# Title\n---\n", 1)


def test_front_matter_without_an_end() -> None:
    with pytest.raises(InvalidError, match="line 1: the front matter has no end"):
        read("---\na: 1\n")


def test_scalars_as_they_were_written() -> None:
    assert [text_of(value) for value in (True, False, None, 1, "x")] == ["true", "false", "", "1", "x"]

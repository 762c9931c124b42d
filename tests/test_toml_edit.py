"""The editor of TOML: one key changes, every other byte stays, and what it cannot do it refuses."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.toml_edit import dump, remove_key, set_key

TEXT = """\
# first
format = 1   # of the log
"pre=fix" = "a # b"  # not the comment before

types = [
    "a",  # one
    "b",
]

[ready]
# in ready
sort = "oldest"

[[gates]]
name = "x"
"""


def test_a_value_changes_in_place() -> None:
    assert set_key(TEXT, ("format",), 2) == TEXT.replace("format = 1 ", "format = 2 ")
    assert set_key(TEXT, ("pre=fix",), "c") == TEXT.replace('"a # b"', '"c"')
    assert set_key(TEXT, ("ready", "sort"), "hybrid") == TEXT.replace('"oldest"', '"hybrid"')


def test_a_value_of_several_lines() -> None:
    after = set_key(TEXT, ("types",), ["c"])
    assert 'types = ["c"]\n\n[ready]' in after


def test_a_new_key_stands_where_it_belongs() -> None:
    assert ']\nworkflow = "strict"\n\n[ready]' in set_key(TEXT, ("workflow",), "strict")
    assert 'sort = "oldest"\nlimit = 5\n\n[[gates]]' in set_key(TEXT, ("ready", "limit"), 5)
    assert "]\nclaim.ttl = 60\n\n[ready]" in set_key(TEXT, ("claim", "ttl"), 60)
    assert set_key("", ("a", "b c"), [1]) == 'a."b c" = [1]\n'
    assert set_key("a = 1", ("b",), True) == "a = 1\nb = true\n"
    assert set_key("[t]\n", ("b",), True) == "b = true\n[t]\n"


def test_a_key_is_removed() -> None:
    assert remove_key(TEXT, ("ready", "sort")) == TEXT.replace('sort = "oldest"\n', "")
    assert remove_key("a.b = 1\n", ("a", "b")) == ""
    with pytest.raises(KeyError):
        remove_key(TEXT, ("nope",))


def test_line_ends_stay() -> None:
    assert set_key("a = 1 # x\r\nb = 2\r\n", ("a",), 3) == "a = 3 # x\r\nb = 2\r\n"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ready = {sort = 1}\n", ("ready", "sort")),
        ("ready = 1\n", ("ready", "sort")),
        ("[[gates]]\nname = 1\n", ("gates",)),
        ('[statuses.x]\ncategory = "open"\n', ("statuses", "x")),
    ],
)
def test_what_it_cannot_do_it_refuses(text: str, key: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"only a person|is no table"):
        set_key(text, key, 5)


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.=\"' é", max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_what_is_written_is_read(value: Any) -> None:
    assert tomllib.loads("x = " + dump(value))["x"] == value
    text = set_key(TEXT, ("new",), value)
    assert tomllib.loads(text) == {**tomllib.loads(TEXT), "new": value} or value == {}

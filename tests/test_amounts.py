"""Priorities and estimates: the same words on the command line, in plans and in files."""

from __future__ import annotations

import pytest

from bd_py import amounts
from bd_py.errors import TkError
from bd_py.taskfiles import text


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("priority", "backlog", 4),
        ("priority", "Critical", 0),
        ("priority", "p3", 3),
        ("estimate", "1h30m", 90),
        ("estimate", "2d", 960),
        ("estimate", "45", 45),
    ],
)
def test_a_file_takes_what_the_command_line_takes(key: str, typed: str, value: int) -> None:
    field, read = {
        "priority": ("priority", amounts.priority),
        "estimate": ("estimated_minutes", amounts.minutes),
    }[key]
    assert read(typed) == value
    assert text.parse(f"---\ntitle: T\n{key}: {typed}\n---\n".encode()).values[field] == value


@pytest.mark.parametrize(
    ("key", "typed"), [("priority", "5"), ("priority", "soon"), ("estimate", "1h30"), ("estimate", "h")]
)
def test_what_is_none_is_refused_with_its_line(key: str, typed: str) -> None:
    with pytest.raises(TkError, match=r"^line 3: "):
        text.parse(f"---\ntitle: T\n{key}: {typed}\n---\n".encode())

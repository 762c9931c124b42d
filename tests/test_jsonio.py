"""JSON without ``json``: it reads and writes what orjson does, errors included."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bd_py import jsonio
from tests.conftest import ROOT

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)
_WORDS = "true false null NaN Infinity -Infinity - 0 01 1. .5 1e5 1e400 -0 -0.0 1e".split()
_NUMBERS = ["9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" * 40]
_ESCAPES = r'"\u00e9" "\ud800" "\udc00\ud800" "\ud83d\ude00" "\x" "\/"'.split()
_STRINGS = [*_ESCAPES, '"a"', '"\u2028"', "\ufeff", "é"]
FRAGMENTS = st.lists(st.sampled_from([*'{}[],:"\\ \t\n\r\0', *_WORDS, *_NUMBERS, *_STRINGS]), max_size=12).map("".join)


@pytest.fixture(scope="module", autouse=True)
def _plain() -> Iterator[None]:
    """What a process begins with, whatever a test before has preferred."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jsonio, "_decode", None)
        patched.setattr(jsonio, "_fast", jsonio.dumps)
        yield


def answer(loads: Any, data: Any) -> tuple[str, Any]:
    """The value as text that tells 1 from 1.0, or that there was an error."""
    try:
        return "value", repr(loads(data))
    except ValueError:
        return "error", None


@given(value=VALUES)
def test_loads_what_any_json_writer_writes(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1), orjson.dumps(value).decode()):
        assert answer(jsonio.loads, text) == answer(orjson.loads, text)
        assert answer(jsonio.loads, text.encode()) == answer(orjson.loads, text)


@given(text=FRAGMENTS)
@example("1\x0b")
@example(" 1 ")
@example('{"a":1,"a":2}')
@example("[1e400]")
@example("123456789012345678901234567890")
def test_loads_reads_and_refuses_as_orjson(text: str) -> None:
    assert answer(jsonio.loads, text) == answer(orjson.loads, text)


@given(data=st.binary(max_size=30) | FRAGMENTS.map(lambda text: text.encode() + b"\xff"))
def test_loads_refuses_bytes_that_are_no_utf8(data: bytes) -> None:
    assert answer(jsonio.loads, data) == answer(orjson.loads, data)


@given(value=VALUES)
def test_dumps_writes_as_orjson(value: Any) -> None:
    assert jsonio.dumps(value) == orjson.dumps(value).decode()


@given(value=VALUES)
def test_what_was_written_is_read(value: Any) -> None:
    assert repr(jsonio.loads(jsonio.dumps(value))) == repr(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "\ud800", {"\udfff": 1}, ["a\udc00b"]])
def test_dumps_refuses_what_json_cannot_hold(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        jsonio.dumps(value)


@pytest.mark.parametrize("value", [b"bytes", {1: 2}, {1, 2}, object()])
def test_dumps_refuses_what_is_no_json(value: object) -> None:
    with pytest.raises(TypeError):
        jsonio.dumps(value)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"b":'])
def test_depth_has_one_limit_on_every_path(opening: str) -> None:
    closing = {"[": "]", '{"a":': "}", '[{"b":': "}]"}[opening]
    each = opening.count("[") + opening.count("{")
    deep = jsonio.MAX_DEPTH // each
    jsonio.loads(opening * deep + "1" + closing * deep)
    for more in (1, 900, 100_000):
        with pytest.raises(ValueError, match=f"deeper than {jsonio.MAX_DEPTH}"):
            jsonio.loads(opening * (deep + more) + "1" + closing * (deep + more))


def test_brackets_in_strings_are_not_depth() -> None:
    text = json.dumps({"text": '[{"\\' * 400, "list": ["{" * 300, '\\"[']})
    assert jsonio.loads(text) == json.loads(text)


def test_many_brackets_beside_each_other_are_not_depth() -> None:
    assert jsonio.loads("[" + "[]," * 1000 + "[]]") == [[] for _ in range(1001)]


def test_plain_documents_import_neither_json_nor_orjson() -> None:
    code = (
        "import sys; from bd_py import jsonio; "
        "assert jsonio.loads(jsonio.dumps({'a': [1, 2.5, 'é', None, True]})) == {'a': [1, 2.5, 'é', None, True]}; "
        "assert not {'json', 'orjson'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_an_interpreter_without_the_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonio, "_make_scanner", None)
    monkeypatch.setattr(jsonio, "_scan", None)
    assert jsonio.dumps({"a": ["é"]}) == '{"a":["é"]}'
    assert jsonio.loads('{"a":["é"]}') == {"a": ["é"]}


def test_a_process_that_prefers_orjson_refuses_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonio, "_decode", None)
    monkeypatch.setattr(jsonio, "_fast", jsonio.dumps)
    jsonio.prefer_orjson()
    assert jsonio.loads('{"a":[1,2.5,"é"]}') == jsonio.loads('{"a":[1,2.5,"é"]}'.encode()) == {"a": [1, 2.5, "é"]}
    assert jsonio.dumps_fast({"a": [1, 2.5, "é"]}) == jsonio.dumps({"a": [1, 2.5, "é"]})
    deep = jsonio.MAX_DEPTH + 1
    with pytest.raises(ValueError, match="nested deeper"):
        jsonio.loads("[" * deep + "]" * deep)
    with pytest.raises(UnicodeDecodeError):
        jsonio.loads(b'"\xff"')

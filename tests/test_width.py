"""Columns of a terminal: what a text takes, and that what is cut or broken to fit does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.render import Style, safe
from bd_py.width import ELLIPSIS, clusters, contained, fit, fit_painted, pad, visible, width, wrap

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ALPHABET = (
    "ab -\u00e9\u0301\u4e2d\u65e5\u05d0\u0628\u0663\u1100\u1161\u200d\ufe0f"
    "\u2764\U0001f680\U0001f1e9\U0001f3fd\U0001fae8"
)
TEXTS = st.text(st.sampled_from(ALPHABET), max_size=60) | st.text(max_size=40).map(safe)
COLUMNS = st.integers(1, 50)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("plain", 5),
        ("\u00e9", 1),
        ("e\u0301", 1),
        ("\u4e2d\u6587", 4),
        ("\uff21", 2),  # a wide A
        ("\uac00", 2),
        ("\u1100\u1161\u11ab", 2),  # the same kind of syllable, by its parts
        ("\u05e9\u05dc\u05d5\u05dd", 4),
        ("\u0644\u064e", 1),  # with a vowel sign
        ("\N{ROCKET}", 2),
        ("\u2764", 1),
        ("\u2764\ufe0f", 2),  # the same as an emoji
        ("\U0001f1e9\U0001f1ea", 2),  # a flag
        ("\U0001f1e9", 2),
        ("\U0001f44d\U0001f3fd", 4),  # some terminals draw the tone beside the thumb
        (FAMILY, 6),  # and each member of a family
        ("a\u200bb", 2),
        ("\U0001faef", 2),  # newer than the tables of the oldest Python
    ],
)
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


def test_signs_are_what_a_reader_takes_for_one() -> None:
    text = f"ae\u0301{FAMILY}\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7\u2764\ufe0f"
    flags = ["\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7"]
    assert [sign for sign, _ in clusters(text)] == ["a", "e\u0301", FAMILY, *flags, "\u2764\ufe0f"]


@pytest.mark.parametrize(
    ("text", "columns", "cut"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long\u2026"),
        ("a b c", 3, "a\u2026"),  # no blank before the ellipsis
        ("\u4e2d\u6587\u5b57", 6, "\u4e2d\u6587\u5b57"),
        ("\u4e2d\u6587\u5b57", 5, "\u4e2d\u6587\u2026"),
        ("\u4e2d\u6587\u5b57", 4, "\u4e2d\u2026"),  # half of a letter is none
        ("cafe\u0301s", 5, "cafe\u0301s"),
        ("cafe\u0301s", 4, "caf\u2026"),
        (f"x{FAMILY}y", 5, "x\u2026"),
        ("word", 1, "\u2026"),
        ("word", 0, ""),
    ],
)
def test_fit(text: str, columns: int, cut: str) -> None:
    assert fit(text, columns) == cut


def test_towers_of_marks_are_cut_down() -> None:
    assert fit("z" + "\u0301" * 50 + "ab", 3) == "z" + "\u0301" * 8 + "ab"
    assert fit(FAMILY, 6) == FAMILY


@given(TEXTS, COLUMNS)
def test_what_is_fitted_fits_and_is_the_start(text: str, columns: int) -> None:
    cut = fit(text, columns)
    assert width(cut) <= columns
    if width(text) > columns:
        assert cut.endswith(ELLIPSIS)
    assert width(pad(cut, columns)) == columns


@given(TEXTS)
def test_the_whole_is_the_sum_of_its_signs(text: str) -> None:
    signs = list(clusters(text))
    assert "".join(sign for sign, _ in signs) == text
    assert sum(size for _, size in signs) == width(text)


@given(st.lists(st.text(st.sampled_from("ab\u4e2d\u05d0\U0001f680"), min_size=1, max_size=9), max_size=30), COLUMNS)
def test_what_is_wrapped_keeps_its_words_and_fits(words: list[str], columns: int) -> None:
    text = " ".join(words)
    lines = wrap(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert width(line) <= columns or " " not in line


def test_wrap() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("  one two three", 9) == ["  one two", "  three"]
    assert wrap("- one two three", 9) == ["- one two", "  three"]
    assert wrap("see https://example.com/long now", 10) == ["see", "https://example.com/long", "now"]
    assert wrap("\u4e2d" * 5, 4) == ["\u4e2d\u4e2d", "\u4e2d\u4e2d", "\u4e2d"]
    assert wrap("a  b", 80) == ["a  b"]
    assert wrap("        deep", 10) == ["deep"]


def test_what_follows_text_from_the_right_stands_to_its_right() -> None:
    assert contained("abc") == "abc"
    assert contained("\u4e2d") == "\u4e2d"
    assert contained("a \u05d0") == "a \u05d0\u200e"
    assert contained("\u0663") == "\u0663\u200e"  # an Arabic digit


def test_painted_lines_are_cut_and_their_colours_end() -> None:
    style = Style(color=True)
    line = f"{style.paint('red', '31')} and {style.paint('green', '32')} end"
    assert visible(line) == len("red and green end")
    assert fit_painted(line, 17) == line
    assert fit_painted(line, 11) == style.paint("red", "31") + " and " + style.paint("gr\u2026", "32")
    assert fit_painted(line, 2) == style.paint("r\u2026", "31") + "\x1b[32m\x1b[0m"
    link = Style(links=True).link("https://example.com/abc")
    assert visible(link) == len("https://example.com/abc")
    assert visible(fit_painted(link + " more", 10)) == 10


@given(st.lists(st.tuples(TEXTS, st.sampled_from([None, "31", "1;32"])), max_size=5), COLUMNS)
def test_painted_lines_fit(parts: list[tuple[str, str | None]], columns: int) -> None:
    style = Style(color=True)
    line = "".join(style.paint(text, code) for text, code in parts)
    cut = fit_painted(line, columns)
    assert visible(cut) <= columns
    assert cut.count("\x1b[") == line.count("\x1b[")

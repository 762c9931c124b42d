"""What is typed, as expressions of FTS5: no text is an error, no single typo is missed."""

from __future__ import annotations

import sqlite3
import string
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bd_py import terms


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE t USING fts5(title, body, tokenize = 'porter unicode61 remove_diacritics 2')")
    conn.execute("CREATE VIRTUAL TABLE p USING fts5(title, tokenize = 'trigram')")
    conn.execute("INSERT INTO t VALUES ('Refactor the vector layer', 'The directive of the façade')")
    yield conn
    conn.close()


def expressions(found: list[terms.Term]) -> list[str]:
    """Everything that a search may ask of the index of words."""
    out = [terms.phrase(found), terms.every(term.exact() for term in found), terms.every(t.prefix() for t in found)]
    out += [terms.any_of([term.prefix(), *(f'"{v}"' for v in term.variants()[:20])]) for term in found]
    return out + [terms.in_title(each) for each in out]


HOSTILE = st.text(st.sampled_from("ab\"'*()-+^:{}.,\\ \x00\n\tNEARORANDNOT~%_é日\ud800️🎉")) | st.text(
    st.characters(), max_size=60
)


@given(HOSTILE)
@example('"')
@example('""')
@example('a" OR "b')
@example("NEAR(a b, 2)")
@example("title : x")
@example("{title body} : x AND NOT y")
@example("a" * 10_000)
@example("word " * 2_000)
@example('"' + "word " * 2_000 + '"')
@example("\x00\ud800")
@example("-" * 10_000)
def test_no_text_is_an_error_of_syntax(index: sqlite3.Connection, text: str) -> None:
    found = terms.parse(text)
    assert len(found) <= terms.MOST_TERMS
    if not found:
        return
    for expression in expressions(found):
        index.execute("SELECT rowid FROM t WHERE t MATCH ?", (expression,)).fetchall()
    pieces = terms.pieces(found)
    if pieces is not None:
        index.execute("SELECT rowid FROM p WHERE p MATCH ?", (pieces,)).fetchall()


WORDS = st.text(string.ascii_lowercase, min_size=5, max_size=12)


@given(WORDS, st.data())
def test_every_word_one_typo_away_is_tried(word: str, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    typo = data.draw(
        st.sampled_from(
            [
                word[:k] + word[k + 1 :],
                word[:k] + letter + word[k + 1 :],
                word[:k] + letter + word[k:],
                word[:k] + word[k + 1 : k + 2] + word[k] + word[k + 2 :],
            ]
        )
    )
    assert typo == word or word in terms.Term(typo).variants()
    assert typo not in terms.Term(typo).variants()


def test_a_typo_stays_in_its_script() -> None:
    assert "поиск" in terms.Term("поизк").variants()
    assert "λόγος" not in terms.Term("abcde").variants()
    assert terms.Term("日本語表示").variants(), "signs are turned and dropped, none is made up"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" -- \t…", []),
        ("vector  layer", [("vector", False), ("layer", False)]),
        ('"vector layer" fix', [("vector layer", True), ("fix", False)]),
        ('vector "layer', [("vector", False), ("layer", False)]),
        ('""', []),
        ('"one"', [("one", False)]),
        ("Same same SAME", [("Same", False)]),
        ("gt sling --create", [("gt", False), ("sling", False), ("--create", False)]),
        ("a\x00b", [("a", False), ("b", False)]),
    ],
)
def test_terms(text: str, found: list[tuple[str, bool]]) -> None:
    assert [(term.text, term.quoted) for term in terms.parse(text)] == found


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Fix the login", "fix: the login!", True),
        ("Refactor the vector layer", "Refactor the vector layers", True),
        ("Refactor the vector layer", "Remove the vector store", False),
        ("Release 1.2 of the client library", "Release 1.3 of the client library", False),
        ("日本語の入力を直す", "日本語の入力を直す。", True),
    ],
)
def test_likeness(one: str, other: str, alike: bool) -> None:
    score = terms.likeness(terms.normal(one), terms.normal(other))
    assert 0 <= score <= 1
    assert (score >= 0.85) == alike
    assert score == terms.likeness(terms.normal(other), terms.normal(one))

"""What a person typed to search for, as expressions of FTS5; and how alike two titles are.

Nothing of the text reaches FTS5 but inside of double quotes, so that no text is an error of syntax.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_TERMS = 32
"""Terms of one search; what follows is left out, so that a pasted page costs no more than a line."""
MOST_LETTERS = 200
"""Of one word."""
_PHRASE_WORDS = 32
_PREFIX_FROM = 3
_TYPO_LENGTHS = range(4, 25)
# A typo stays in the script of its word: the letters that may take the place of another.
_ALPHABETS = (
    ("a", "z", "abcdefghijklmnopqrstuvwxyz"),
    ("\u0430", "\u044f", "абвгдежзийклмнопрстуфхцчшщъыьэюя"),
    ("\u03b1", "\u03c9", "αβγδεζηθικλμνξοπρστυφχψως"),
)


class Term:
    """A word, or words that were quoted together: ``text`` as typed, without the quotes."""

    __slots__ = ("quoted", "text")

    def __init__(self, text: str, *, quoted: bool = False) -> None:
        self.text = text
        self.quoted = quoted

    def exact(self) -> str:
        """This word in any of its forms, or these words side by side."""
        return _quote(self.text)

    def prefix(self) -> str:
        """Also words that begin like this one."""
        word = self.text
        if self.quoted or (len(word) < _PREFIX_FROM and word.isascii()):
            return self.exact()
        return f"{_quote(word)}*"

    def variants(self) -> list[str]:
        """The words that may have been meant: one typo away, or with the ending that this one begins.

        A typo is a letter too many, missing or wrong, or two in turned order.
        """
        word = self.text.lower().strip(".,:;!?()[]{}'`")
        if self.quoted or len(word) not in _TYPO_LENGTHS or not word.isalnum():
            return []
        letters = "".join(dict.fromkeys("".join(_alphabet(word)) + word))
        cuts = [(word[:k], word[k:]) for k in range(len(word) + 1)]
        found = [head + tail[1:] for head, tail in cuts if tail]
        found += [head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1]
        found += [head + letter + tail[1:] for head, tail in cuts if tail for letter in letters]
        found += [head + letter + tail for head, tail in cuts for letter in letters]
        # The index holds stems: "directi" begins none of them, "direct" is what it keeps of "directive".
        found += [word[:-k] for k in range(2, 5) if len(word) - k >= 4]
        return [variant for variant in dict.fromkeys(found) if variant != word]


def _alphabet(word: str) -> Iterable[str]:
    return (letters for first, last, letters in _ALPHABETS if any(first <= char <= last for char in word))


def parse(text: str) -> list[Term]:
    """The terms of a text, each once: words, and what stands between two double quotes as one."""
    text = "".join(char if char >= " " and not "\ud800" <= char <= "\udfff" else " " for char in text)
    parts = text.split('"')
    found: dict[tuple[str, bool], Term] = {}
    for k, part in enumerate(parts):
        quoted = k % 2 == 1 and k < len(parts) - 1  # a quote that nothing closes is none
        chunks = [" ".join(part.split()[:_PHRASE_WORDS])] if quoted else part.split()
        for chunk in chunks:
            if any(map(str.isalnum, chunk)):
                several = quoted and " " in chunk
                word = chunk if several else chunk[:MOST_LETTERS]
                found.setdefault((word.lower(), several), Term(word, quoted=several))
    return list(found.values())[:MOST_TERMS]


def phrase(terms: Sequence[Term]) -> str:
    """All the words side by side, in this order."""
    return _quote(" ".join(term.text for term in terms))


def every(expressions: Iterable[str]) -> str:
    """All of them, anywhere."""
    return " AND ".join(expressions)


def any_of(expressions: Sequence[str]) -> str:
    """One of them at least."""
    return expressions[0] if len(expressions) == 1 else f"({' OR '.join(expressions)})"


def in_title(expression: str) -> str:
    """The same in the title alone."""
    return f"{{title}} : ({expression})"


def pieces(terms: Sequence[Term]) -> str | None:
    """All of them as pieces of words, for the index of trigrams; None where one is too short for that."""
    if any(len(term.text) < 3 for term in terms):
        return None
    return every(term.exact() for term in terms)


def _quote(text: str) -> str:
    return '"' + text.replace('"', " ") + '"'


def normal(title: str) -> str:
    """A title without what does not tell two apart: case, punctuation, spaces."""
    return " ".join("".join(char if char.isalnum() else " " for char in title.lower()).split())


def trigrams(title: str) -> frozenset[str]:
    """The pieces of three characters of a `normal` title, its ends included."""
    padded = f" {title} "
    return frozenset(padded[k : k + 3] for k in range(len(padded) - 2))


def numbers(title: str) -> frozenset[str]:
    """The words of a `normal` title that hold a digit."""
    return frozenset(word for word in title.split() if any(map(str.isdigit, word)))


def likeness(one: str, other: str) -> float:
    """How alike two `normal` titles are, from 0 to 1: Dice's coefficient of their trigrams.

    Titles that name other numbers are not alike: "Release 1.2" is no "Release 1.3".
    """
    if numbers(one) != numbers(other):
        return 0.0
    ours, theirs = trigrams(one), trigrams(other)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))

"""What the index of words finds, nearest first; `bd_py.service.search` sees to it that the index is level."""

from __future__ import annotations

from bd_py import jsonio, query, terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.query import Filter
    from bd_py.terms import Term

MARKS = ("\x02", "\x03")
"""Around each hit in `Hit.title` and `Hit.snippet`: no text that is shown can hold them."""
MOST_RANKED = 3_000
"""Of more matches than this for one kind of hit, only those of the newest tasks are ranked: a task costs 1 µs."""
_MOST_JOINED = 200
_MOST_TYPOS = 4
_SNIPPET_WORDS = 14
_COLUMNS = ("title", "body", "comments")


class Hit:
    """A task that was found. ``how``: id, phrase, words, prefix or typo, from the nearest on.

    ``score`` falls from one kind of hit to the next, and inside of one with the distance. ``title`` and
    ``snippet`` (of the text or the comments, '' where the hit is in neither) have `MARKS` around the hits.
    """

    __slots__ = ("docid", "how", "id", "match", "score", "snippet", "table", "title")

    def __init__(self, task_id: str, docid: int | None, how: str, score: float, table: str, match: str) -> None:
        self.id = task_id
        self.docid = docid
        self.how = how
        self.score = score
        self.table = table
        self.match = match
        self.title = self.snippet = ""


class _Stage:
    """One way of asking: ``how`` it counts, which table, the expression."""

    __slots__ = ("how", "match", "table", "value")

    def __init__(self, value: int, how: str, match: str, table: str = "search_text") -> None:
        self.value = value
        self.how = how
        self.match = match
        self.table = table


def search(conn: Connection, text: str, where: Filter, *, prefix: str = "", limit: int = 0) -> list[Hit]:
    """The tasks that fit a text and a filter, at most ``limit`` (0: all), the nearest first.

    The order: the id or name itself; the words side by side; all the words; words that begin so, or in the title
    hold them; and where all that finds nothing, words one typo away. Inside of each: hits in the title, then what
    is not done, then by BM25. ``prefix`` is that of the project's ids.
    """
    found = {hit.id: hit for hit in _named(conn, text.strip(), where, prefix)}
    wanted = terms.parse(text)
    if not wanted:
        return [*found.values(), *_holding(conn, text, where, found)][: limit or None]
    _ask(conn, _as_typed(wanted), text, where, limit, found)
    if not found:
        _ask(conn, _mended(conn, wanted, found), text, where, limit, found)
    if not found and not text.isascii():
        found = {hit.id: hit for hit in _holding(conn, text, where, found)}
    return list(found.values())[: limit or None]


def _ask(
    conn: Connection, stages: Iterable[_Stage], text: str, where: Filter, limit: int, found: dict[str, Hit]
) -> None:
    """Add what one stage after the other finds, until that is enough."""
    asked = set()
    for stage in stages:
        if (stage.table, stage.match) in asked:
            continue
        asked.add((stage.table, stage.match))
        for hit in _run(conn, stage, text, where, limit + len(found) if limit else 0):
            found.setdefault(hit.id, hit)
        if limit and len(found) >= limit:
            return


def _as_typed(wanted: Sequence[Term]) -> Iterator[_Stage]:
    if any(term.quoted for term in wanted) and len(wanted) == 1:
        yield _Stage(8, "phrase", terms.in_title(wanted[0].exact()))
        yield _Stage(7, "phrase", wanted[0].exact())
        return
    if len(wanted) > 1 and not any(term.quoted for term in wanted):
        phrase = terms.phrase(wanted)
        yield _Stage(8, "phrase", terms.in_title(phrase))
        yield _Stage(7, "phrase", phrase)
    exact = terms.every(term.exact() for term in wanted)
    yield _Stage(6, "words", terms.in_title(exact))
    yield _Stage(5, "words", exact)
    pieces = terms.pieces(wanted)
    if pieces is not None:
        yield _Stage(4, "prefix", pieces, "search_titles")
    begun = terms.every(term.prefix() for term in wanted)
    yield _Stage(3, "prefix", terms.in_title(begun))
    yield _Stage(2, "prefix", begun)


def _mended(conn: Connection, wanted: Sequence[Term], found: dict[str, Hit]) -> Iterator[_Stage]:
    """With the words that occur nowhere replaced by what they may have been meant for; failing that, every word."""
    unknown = [term for term in wanted if not _occurs(conn, term.prefix())]
    known: dict[int, list[str]] = {}
    for doubtful in (unknown, wanted) if unknown else (wanted,):
        if found:
            return
        for term in sorted(doubtful, key=lambda term: -len(term.text))[:_MOST_TYPOS]:
            if id(term) not in known:
                known[id(term)] = _occurring(conn, [f'"{variant}"' for variant in term.variants()])
        if any(known.values()):
            mended = terms.every(terms.any_of([term.prefix(), *known.get(id(term), ())]) for term in wanted)
            yield _Stage(1, "typo", terms.in_title(mended))
            yield _Stage(0, "typo", mended)


def _occurs(conn: Connection, match: str) -> bool:
    sql = "SELECT 1 FROM search_text WHERE search_text MATCH ? LIMIT 1"
    return conn.execute(sql, (match,)).fetchone() is not None


def _occurring(conn: Connection, matches: list[str]) -> list[str]:
    sql = (
        "SELECT value FROM json_each(?) "
        "WHERE EXISTS (SELECT 1 FROM search_text WHERE search_text MATCH json_each.value)"
    )
    return [row[0] for row in conn.execute(sql, (jsonio.dumps(matches),))]


def _run(conn: Connection, stage: _Stage, text: str, where: Filter, limit: int) -> list[Hit]:
    """The hits of one stage, at most so many (0: all)."""
    if 0 < limit <= _MOST_JOINED:
        found = _ranked(conn, stage, text, where, limit, _floor(conn, stage), _MOST_JOINED)
        # A filter may leave few of many, and what it keeps may be anywhere.
        if len(found) >= limit or where.conditions == [query.ALL]:
            return found
    return _ranked(conn, stage, text, where, limit)


def _ranked(
    conn: Connection, stage: _Stage, text: str, where: Filter, limit: int, floor: int = 0, most: int = 0
) -> list[Hit]:
    """The first hits of one stage: of the ``most`` best (0: all) above a docid, those that the filter keeps."""
    sql = (
        f"SELECT i.id, h.docid, h.score FROM (SELECT rowid AS docid, rank AS score FROM {stage.table} "
        f"WHERE {stage.table} MATCH :match AND rowid > :floor ORDER BY rank LIMIT :most) h "
        # Cross: from the hits to the tasks, whatever index a filter may seem to offer.
        f"CROSS JOIN search_tasks s ON s.docid = h.docid CROSS JOIN issues i ON i.id = s.issue_id{where.sql()} "
        "ORDER BY lower(i.title) <> :whole, i.category = 'done', h.score, i.created_at DESC, i.id LIMIT :limit"
    )
    values = {
        **where.values,
        "match": stage.match,
        "floor": floor,
        "most": most or -1,
        "whole": _storable(text.strip().lower()),
        "limit": limit or -1,
    }
    rows = conn.execute(sql, values).fetchall()
    return [
        Hit(task_id, docid, stage.how, stage.value + score / (score - 1), stage.table, stage.match)
        for task_id, docid, score in rows  # BM25 is negative here, the more so the nearer
    ]


def _floor(conn: Connection, stage: _Stage) -> int:
    """The docid below which nothing is ranked."""
    sql = f"SELECT rowid FROM {stage.table} WHERE {stage.table} MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?"
    row = conn.execute(sql, (stage.match, MOST_RANKED)).fetchone()
    return 0 if row is None else int(row[0])


def _named(conn: Connection, text: str, where: Filter, prefix: str) -> list[Hit]:
    """The task whose id or name this is, and those whose id begins so with the project's prefix."""
    if not text or " " in text or len(text) > 256:
        return []
    word = _storable(text)
    low = word.lower()
    ids = conn.execute("SELECT id FROM issues WHERE id IN (?, ?, ?)", (word, low, f"{prefix}-{low}")).fetchall()
    ids += conn.execute("SELECT id FROM issues WHERE name = ? ORDER BY id LIMIT 20", (word,)).fetchall()
    if low.startswith(f"{prefix}-") and len(low) > len(prefix) + 4:
        beyond = low + "\U0010ffff"
        ids += conn.execute("SELECT id FROM issues WHERE id > ? AND id < ? LIMIT 20", (low, beyond)).fetchall()
    sql = f"SELECT i.id FROM json_each(:named) n CROSS JOIN issues i ON i.id = n.value{where.sql()} ORDER BY n.key"
    named = conn.execute(sql, {**where.values, "named": jsonio.dumps([row[0] for row in ids])})
    return [Hit(row[0], None, "id", 10.0, "", "") for row in named]


def _holding(conn: Connection, text: str, where: Filter, but: dict[str, Hit]) -> list[Hit]:
    """Titles that hold the text as it is: for what no index has, as signs, or two characters of Chinese."""
    wanted = _storable(text.strip())
    if not wanted:
        return []
    narrower = where.copy()
    narrower.containing(conn, "title", wanted)
    rows = conn.execute(f"SELECT i.id FROM issues i{narrower.sql()} ORDER BY i.id", narrower.values).fetchall()
    return [Hit(row[0], None, "prefix", 4.0, "", wanted) for row in rows if row[0] not in but]


def _storable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def mark(conn: Connection, hits: Sequence[Hit]) -> None:
    """Fill in `Hit.title` and `Hit.snippet`."""
    groups: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.table, hit.match), []).append(hit)
    for (table, match), members in groups.items():
        by_docid = {hit.docid: hit for hit in members}
        if table == "search_text":
            for docid, *pieces in _pieces(conn, match, list(by_docid)):
                hit = by_docid[docid]
                hit.title = pieces[0]
                hit.snippet = max(pieces[1:], key=lambda piece: piece.count(MARKS[0]))
                if MARKS[0] not in hit.snippet:
                    hit.snippet = ""
        elif table:
            sql = (
                f"SELECT rowid, highlight({table}, 0, :open, :close) FROM {table} WHERE {table} MATCH :match "
                "AND +rowid IN (SELECT value FROM json_each(:docids))"
            )
            for docid, title in conn.execute(sql, _marking(match, list(by_docid))):
                by_docid[docid].title = title


def _pieces(conn: Connection, match: str, docids: list[Any]) -> Iterator[tuple[Any, ...]]:
    snippets = ", ".join(f"snippet(search_text, {k}, :open, :close, '…', {_SNIPPET_WORDS})" for k in (1, 2))
    sql = (
        f"SELECT rowid, highlight(search_text, 0, :open, :close), {snippets} FROM search_text "
        # The plus: rows are picked from the matches in one pass, not matched anew one by one.
        "WHERE search_text MATCH :match AND +rowid IN (SELECT value FROM json_each(:docids))"
    )
    yield from conn.execute(sql, _marking(match, docids))


def _marking(match: str, docids: list[Any]) -> dict[str, Any]:
    return {"match": match, "docids": jsonio.dumps(docids), "open": MARKS[0], "close": MARKS[1]}


def open_titles(conn: Connection) -> list[tuple[str, str]]:
    """(id, title) of what is not done, the oldest first."""
    return list(conn.execute(f"SELECT i.id, i.title FROM issues i WHERE {query.LIVE} ORDER BY i.created_at, i.id"))


def nearly(conn: Connection, words: Sequence[str], most: int) -> list[tuple[str, str]]:
    """(id, title) of what is not done and has all of these words in its title but one at most.

    Also whatever changed since the index was brought level; at most so many of each.
    """
    quoted = [f'"{word}"' for word in dict.fromkeys(words)][: terms.MOST_TERMS]
    sets = [quoted[:k] + quoted[k + 1 :] for k in range(len(quoted))] if len(quoted) > 2 else [quoted]
    match = " OR ".join(f"({terms.every(each)})" for each in sets)
    found = conn.execute(
        "SELECT i.id, i.title FROM search_text t CROSS JOIN search_tasks s ON s.docid = t.rowid "
        f"CROSS JOIN issues i ON i.id = s.issue_id WHERE t.search_text MATCH ? AND {query.LIVE} LIMIT ?",
        (terms.in_title(match), most),
    ).fetchall()
    return (
        found
        + conn.execute(
            f"SELECT i.id, i.title FROM search_changes c JOIN issues i ON i.id = c.issue_id WHERE {query.LIVE} LIMIT ?",
            (most,),
        ).fetchall()
    )


def some_open_titles(conn: Connection, most: int) -> list[tuple[str, str]]:
    """(id, title) of what is not done; nothing where that is more than ``most``."""
    sql = f"SELECT i.id, i.title FROM issues i WHERE {query.LIVE} LIMIT ?"
    found = conn.execute(sql, (most + 1,)).fetchall()
    return found if len(found) <= most else []

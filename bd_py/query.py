"""Read-only SQL to plain dicts: the JSON of an issue, lists, what is ready, what is blocked."""

from __future__ import annotations

from bd_py import jsonio, times
from bd_py.cache.level import FIELDS, PROGRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from bd_py.cache.level import Connection

    Issue = dict[str, Any]

_PLAIN = ("id", *FIELDS, "parent_id", "version", "event_count", "last_event_at")
_DOCUMENTS = ("attribution", "links", "meta", "extra")
_COUNTS = (
    "(SELECT count(*) FROM dependencies d WHERE d.issue_id = i.id)",
    "(SELECT count(*) FROM dependencies d WHERE d.depends_on_id = i.id)",
    "(SELECT count(*) FROM comments c WHERE c.issue_id = i.id)",
    "(SELECT json_group_array(label) FROM labels l WHERE l.issue_id = i.id)",
)
_SELECT = (
    f"SELECT {', '.join('i.' + c for c in (*_PLAIN, *PROGRESS, *_DOCUMENTS))}, "
    f"i.hold, i.hold_session, i.hold_until, i.is_blocked, {', '.join(_COUNTS)} FROM issues i "
)
_SIZE = len(_PLAIN)
# The column has the name that SQL of the bd world knows, the JSON the one that its records have.
_RENAMED = {"parent_id": "parent"}

_BRIEF_KEYS = ("id", "title", "status", "priority", "needs")
# By id, the order of the table: any other would sort anew for each task.
_NEEDS = (
    "(SELECT group_concat(d.depends_on_id, ' ') FROM dependencies d "
    "WHERE d.issue_id = i.id AND d.type IN ('blocks', 'conditional-blocks', 'waits-for'))"
)
_BRIEF = f"SELECT i.id, i.title, i.status, i.priority, {_NEEDS} FROM issues i "

# Every priority is 0 or more: the term makes the partial index a range to search, not a tree to scan.
ALL = "i.priority >= 0 AND i.category <> 'gone'"
LIVE = "i.priority >= 0 AND i.category IN ('open', 'waiting', 'active')"
READY = (
    "i.priority >= 0 AND i.is_blocked = 0 AND i.compound IS NOT 1 "
    "AND (i.category = 'open' OR (i.status = 'deferred' AND i.defer_until IS NOT NULL))"
)
LAPSED = "i.category = 'active' AND i.hold_until <= :lapsed_by"
"""What is claimed by a claim whose time has run out."""

ORDERS = {
    "priority": "i.priority, i.created_at, i.id",
    "oldest": "i.created_at, i.id",
    "created": "i.created_at DESC, i.created_event DESC, i.id DESC",
    "updated": "i.updated_at DESC, i.id DESC",
    "closed": "i.closed_at DESC, i.id DESC",
    "title": "i.title, i.id",
    "status": "i.status, i.priority, i.created_at, i.id",
    "id": "i.id",
    "due": "i.due_at IS NULL, i.due_at, i.priority, i.id",
    "hybrid": "i.created_at <= :cutoff, CASE WHEN i.created_at > :cutoff THEN i.priority END, i.created_at, i.id",
}


class Filter:
    """Conditions on issues, joined by AND: SQL with its parameters."""

    def __init__(self, *conditions: str) -> None:
        self.conditions = list(conditions)
        self.values: dict[str, Any] = {}

    def copy(self) -> Filter:
        """The same conditions, to add others to."""
        found = Filter(*self.conditions)
        found.values.update(self.values)
        return found

    def add(self, condition: str, **values: Any) -> None:
        """One more condition; ``:name`` in it is looked up in ``values``."""
        self.conditions.append(condition)
        self.values.update(values)

    def any_of(self, column: str, name: str, values: Sequence[Any]) -> None:
        """The column equals one of the values; nothing where there are none."""
        if len(values) == 1:
            self.add(f"{column} = :{name}", **{name: values[0]})
        elif values:
            self.add(f"{column} IN {self._list(name, values)}")

    def labelled(self, labels: Sequence[str]) -> None:
        """With all of these labels."""
        for k, label in enumerate(labels):
            name = f"label{k}"
            self.add(f"i.id IN (SELECT f.issue_id FROM labels f WHERE f.label = :{name})", **{name: label})

    def labelled_any(self, labels: Sequence[str]) -> None:
        """With one of these labels; nothing where there are none."""
        if labels:
            self.add(f"i.id IN (SELECT f.issue_id FROM labels f WHERE f.label IN {self._list('any', labels)})")

    def unlabelled(self) -> None:
        """Without any label."""
        self.add("NOT EXISTS (SELECT 1 FROM labels f WHERE f.issue_id = i.id)")

    def child_of(self, parent: str) -> None:
        """A child of this task."""
        self.add(
            "i.id IN (SELECT f.issue_id FROM dependencies f "
            "WHERE f.depends_on_id = :parent AND f.type = 'parent-child')",
            parent=parent,
        )

    def containing(self, conn: Connection, column: str, text: str) -> None:
        """With this text in the column, in capitals or not.

        SQLite's ``lower`` knows the letters of ASCII alone: a text with others is looked for here.
        """
        name = f"within{len(self.values)}"
        if text.isascii():
            self.add(f"instr(lower(i.{column}), lower(:{name})) > 0", **{name: text})
            return
        wanted = text.encode().decode().casefold()  # what is no UTF-8 fails here as it does in SQLite
        rows = conn.execute(f"SELECT id, {column} FROM issues WHERE {column} <> ''")
        ids = [task_id for task_id, value in rows if wanted in value.casefold()]
        self.add(f"i.id IN (SELECT value FROM json_each(:{name}))", **{name: jsonio.dumps(ids)})

    def without(self, ids: Sequence[str]) -> None:
        """None of these."""
        self.add("i.id NOT IN (SELECT value FROM json_each(:without))", without=jsonio.dumps(list(ids)))

    def _list(self, name: str, values: Sequence[Any]) -> str:
        names = [f"{name}{k}" for k in range(len(values))]
        self.values.update(zip(names, values, strict=True))
        return f"({', '.join(':' + n for n in names)})"

    def sql(self) -> str:
        """The WHERE clause, or nothing."""
        return " WHERE " + " AND ".join(self.conditions) if self.conditions else ""


def keys() -> list[str]:
    """Every key of the JSON of an issue, but for those that an import brought."""
    plain = [_RENAMED.get(name, name) for name in _PLAIN]
    more = ("summary", "labels", "progress", "checklist", *_DOCUMENTS[:-1], "review", "hold", "is_blocked")
    return [*plain, *more, "dependency_count", "dependent_count", "comment_count"]


def issue(row: Sequence[Any]) -> Issue:
    """One row of `_SELECT` as the JSON of an issue; empty values are left out but for the eight that never are."""
    out: Issue = {}
    for name, value in zip(_PLAIN, row, strict=False):  # the row goes on behind them
        if (value is not None and value != "") or name in ("title", "status"):
            out[_RENAMED.get(name, name)] = value
    if "compound" in out:
        out["compound"] = bool(out["compound"])
    text, percent = row[_SIZE], row[_SIZE + 1]
    if text is not None or percent is not None:
        both = {"text": text, "percent": percent}
        out["progress"] = {key: value for key, value in both.items() if value is not None}
    attribution, links, meta, extra, hold, session, until, blocked, needs, needed, comments, labels = row[_SIZE + 2 :]
    for name, document in (("attribution", attribution), ("links", links), ("meta", meta)):
        if document:
            out[name] = jsonio.loads(document)
    if extra:
        _add_extra(out, jsonio.loads(extra))
    if hold:
        out["hold"] = {key: v for key, v in (("event", hold), ("session", session), ("until", until)) if v}
    if blocked:
        out["is_blocked"] = True
    if labels != "[]":
        # The aggregate promises no order.
        out["labels"] = sorted(jsonio.loads(labels))
    out["dependency_count"], out["dependent_count"], out["comment_count"] = needs, needed, comments
    return out


def new_issue(columns: Mapping[str, Any], labels: Iterable[str]) -> Issue:
    """The JSON of a task from its columns by name, where it has no edges, no comments, and nothing depends on it."""
    row = [columns.get(name) for name in (*_PLAIN, *PROGRESS, *_DOCUMENTS, "hold", "hold_session", "hold_until")]
    return issue([*row, 0, 0, 0, 0, jsonio.dumps(list(labels))])


def _add_extra(out: Issue, extra: Issue) -> None:
    """What has no column of its own: the checklist, and the fields of other trackers."""
    from bd_py import checklist

    if items := checklist.items(extra):
        out["checklist"] = items
    for name, value in extra.items():
        if not name.startswith(checklist.PREFIX):
            out.setdefault(name, value)


def issues(
    conn: Connection,
    where: Filter,
    *,
    order: str = ORDERS["priority"],
    reverse: bool = False,
    limit: int = 0,
    brief: bool = False,
) -> list[Issue]:
    """The issues that `each` gives."""
    return list(each(conn, where, order=order, reverse=reverse, limit=limit, brief=brief))


def each(
    conn: Connection,
    where: Filter,
    *,
    order: str = ORDERS["priority"],
    reverse: bool = False,
    limit: int = 0,
    brief: bool = False,
) -> Iterator[Issue]:
    """The issues that fit, in order, one after the other. ``limit`` 0 is all.

    ``brief`` gives only what a line of text shows, for a fifth of the cost: ``needs`` is then the ids of what
    the task waits for, done or not, parents left out, with blanks between.
    """
    if reverse:
        order = ", ".join(
            part.removesuffix(" DESC") if part.endswith(" DESC") else part + " DESC" for part in order.split(", ")
        )
    query = f"{_BRIEF if brief else _SELECT}{where.sql()} ORDER BY {order}"
    if ":cutoff" in query:  # hybrid: what is younger than two days goes first, by priority
        import time

        where.values["cutoff"] = times.iso(time.time_ns() // 1_000_000 - 48 * 3600 * 1000)
    if limit:
        query += f" LIMIT {int(limit)}"
    rows = conn.execute(query, where.values)
    if brief:
        return (dict(zip(_BRIEF_KEYS, row, strict=True)) for row in rows)
    return map(issue, rows)


def first(conn: Connection, where: Filter, *, order: str, limit: int) -> list[Issue]:
    """`issues` in an order that no index has: it sorts ids alone, and reads only the tasks that are wanted."""
    if not limit:
        return issues(conn, where, order=order)
    query = f"SELECT i.id FROM issues i{where.sql()} ORDER BY {order} LIMIT {int(limit)}"
    return get(conn, [row[0] for row in conn.execute(query, where.values).fetchall()])


def widen(conn: Connection, issues: Iterable[Issue]) -> None:
    """Add type and assignee to brief issues, for a terminal that has room for them."""
    for found in issues:
        row = conn.execute("SELECT issue_type, assignee FROM issues WHERE id = ?", (found["id"],)).fetchone()
        found["issue_type"], found["assignee"] = row or (None, None)


def get(conn: Connection, ids: Iterable[str]) -> list[Issue]:
    """Issues by whole id, in the order given; those that are not there are left out."""
    out = []
    for task_id in ids:
        row = conn.execute(_SELECT + "WHERE i.id = ? AND i.category <> 'gone'", (task_id,)).fetchone()
        if row is not None:
            out.append(issue(row))
    return out


def ready(where: Filter, exclude_types: Sequence[str], *, include_deferred: bool = False) -> Filter:
    """Add to a filter what makes an issue ready."""
    where.conditions.insert(0, READY)  # the first, as `lapsed` expects
    if not include_deferred:
        where.add("(i.defer_until IS NULL OR i.defer_until <= :now)", now=times.now())
    if exclude_types:
        names = [f"x{k}" for k in range(len(exclude_types))]
        where.add(
            f"i.issue_type NOT IN ({', '.join(':' + n for n in names)})",
            **dict(zip(names, exclude_types, strict=True)),
        )
    return where


def lapsed(ready_filter: Filter) -> Filter:
    """The same filter for tasks that would be ready but for a claim whose time has run out."""
    # The fold reads no clock, so such a task is still in progress for the tables: READY does not fit it.
    where = Filter(LIVE, "i.is_blocked = 0 AND i.compound IS NOT 1", LAPSED, *ready_filter.conditions[1:])
    where.values = {**ready_filter.values, "lapsed_by": times.now()}
    return where


def is_ready(conn: Connection, task_id: str, exclude_types: Sequence[str] = ()) -> bool:
    """Whether a task can be worked on now."""
    where = Filter()
    where.add("i.id = :id", id=task_id)
    return bool(issues(conn, ready(where, exclude_types), brief=True))


def edges(conn: Connection, task_id: str) -> list[Issue]:
    """A task's dependencies as the bd record has them."""
    names = ("issue_id", "depends_on_id", "type", "created_at", "created_by")
    query = f"SELECT {', '.join(names)} FROM dependencies WHERE issue_id = ? ORDER BY event_id, depends_on_id"
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in conn.execute(query, (task_id,))
    ]


def comments(conn: Connection, task_id: str) -> list[Issue]:
    """A task's comments, oldest first, numbered: an imported one keeps its number, others go on after it."""
    query = "SELECT id, author, text, created_at, number FROM comments WHERE issue_id = ? ORDER BY id"
    rows = conn.execute(query, (task_id,)).fetchall()
    following = max((row[4] or 0 for row in rows), default=0)
    out = []
    for event_id, author, text, created_at, number in rows:
        if number is None:
            following += 1
            number = following
        item = {"id": number, "event_id": event_id, "issue_id": task_id, "author": author}
        out.append({**item, "text": text, "created_at": created_at})
    return out

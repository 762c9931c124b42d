"""A task's state as rows, and back."""

from __future__ import annotations

from itertools import chain

from bd_py import jsonio
from bd_py.cache import level
from bd_py.fold.state import TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from bd_py.cache.level import Connection

    Part = Callable[[float], None]
    """Told how much of a part is done, from 0 to 1."""

FIELDS = (*level.FIELDS, *level.PROGRESS)
OWN = (
    "category",
    "attribution",
    "links",
    "meta",
    "extra",
    "hold",
    "hold_session",
    "hold_until",
    "created_event",
    "setters",
    "conflict_count",
    "version",
    "event_count",
    "last_event_at",
)
COLUMNS = ("id", *FIELDS, *OWN)
TEXTS = COLUMNS[1:6]
"""What the index of words reads of ``issues``: title, description, design, acceptance_criteria, notes."""
_FIELD_SET = frozenset(FIELDS)

UPSERT = (
    f"INSERT INTO issues ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in COLUMNS[1:])}"
)
INSERT_ROW = UPSERT[: UPSERT.index(" ON CONFLICT")]
INSERT = UPSERT[: UPSERT.index(" VALUES")]
SELECT = f"SELECT {', '.join(COLUMNS)} FROM issues WHERE id = ? AND category <> 'gone'"
_SIZE = len(FIELDS)


def texts(task: TaskState) -> tuple[Any, ...]:
    """A task's `TEXTS`, as its row has them after the id."""
    return tuple([task.fields.get(name, "") for name in TEXTS])


def to_row(task: TaskState, conflict_count: int) -> tuple[Any, ...]:
    """The row of a task, in the order of `COLUMNS`."""
    fields = task.fields
    get = fields.get
    attribution = links = meta = extra = None
    if len(fields) > _SIZE or not fields.keys() <= _FIELD_SET:
        attribution, links, meta, extra = _documents(fields)
    hold = task.hold
    return (
        task.id,
        fields["title"],
        get("description", ""),
        get("design", ""),
        get("acceptance_criteria", ""),
        get("notes", ""),
        *[get(name) for name in _PLAIN],
        task.category,
        attribution,
        links,
        meta,
        extra,
        hold["event"] if hold else None,
        hold["session"] if hold else None,
        hold["until"] if hold else None,
        task.created,
        jsonio.dumps(task.setters) if task.setters else None,
        conflict_count,
        task.version,
        task.event_count,
        task.last_event_at,
    )


_PLAIN = FIELDS[5:]


def _documents(fields: Mapping[str, Any]) -> list[str | None]:
    """The columns that hold JSON: attribution, links, meta, and whatever field has no column."""
    links: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _FIELD_SET or name == "attribution":
            continue
        head, dot, tail = name.partition(".")
        if dot and head == "links":
            links[tail] = value
        elif dot and head == "meta":
            meta[tail] = value
        else:
            extra[name] = value
    found = (fields.get("attribution"), links, meta, extra)
    return [jsonio.dumps(value) if value else None for value in found]


def from_row(row: tuple[Any, ...], categories: Mapping[str, str]) -> TaskState:
    """The scalar state of a task; its collections stay empty until events fill them."""
    task = TaskState(row[0], categories)
    fields = task.fields
    for name, value in zip(FIELDS, row[1:], strict=False):
        if value is not None and value != "":
            fields[name] = value
    if "compound" in fields:
        fields["compound"] = bool(fields["compound"])
    own = dict(zip(OWN, row[1 + _SIZE :], strict=True))
    if own["attribution"]:
        fields["attribution"] = jsonio.loads(own["attribution"])
    for column in ("links", "meta"):
        if own[column]:
            fields.update({f"{column}.{k}": v for k, v in jsonio.loads(own[column]).items()})
    if own["extra"]:
        fields.update(jsonio.loads(own["extra"]))
    if own["hold"]:
        task.hold = {"event": own["hold"], "session": own["hold_session"], "until": own["hold_until"]}
    task.created = own["created_event"]
    task.conflict_count = own["conflict_count"]
    task.setters = jsonio.loads(own["setters"]) if own["setters"] else {}
    task.version = own["version"]
    task.event_count = own["event_count"]
    task.last_event_at = own["last_event_at"]
    return task


def members(task: TaskState, into: dict[str, list[tuple[Any, ...]]]) -> None:
    """Add the rows of the member tables that a state's collections give, by table."""
    key = task.id
    if task.labels:
        into["labels"] += [(key, name, by) for name, (there, by) in task.labels.items() if there]
    if task.comments:
        into["comments"] += [(cid, key, *rest) for cid, rest in task.comments.items()]
    if task.blockers or task.resolved:
        into["blockers"] += [
            (key, bid, *task.blockers.get(bid, (None, None, None)), *task.resolved.get(bid, (None, None)))
            for bid in {**task.blockers, **task.resolved}
        ]
    if task.evidence:
        into["evidence"] += [_evidence_row(key, eid, *rest) for eid, rest in task.evidence.items()]
    if task.artifacts:
        into["artifacts"] += [
            (key, aid, _text(data, "path"), _text(data, "kind"), _text(data, "description"), at)
            for aid, (data, at) in task.artifacts.items()
        ]
    if task.conflicts:
        into["conflicts"] += [
            (key, field, winner, loser, jsonio.dumps(new), jsonio.dumps(old))
            for field, winner, loser, new, old in task.conflicts
        ]
    if task.lost_claims:
        into["lost_claims"] += [(key, *claim) for claim in task.lost_claims]


def _evidence_row(key: str, eid: str, data: dict[str, Any], at: str, by: dict[str, Any]) -> tuple[Any, ...]:
    code = data.get("exit_code")
    artifacts = data.get("artifacts")
    return (
        key,
        eid,
        int(bool(data.get("passed"))),
        _text(data, "command"),
        code if type(code) is int and abs(code) < 2**63 else None,
        _text(data, "summary"),
        jsonio.dumps(artifacts) if isinstance(artifacts, list) and artifacts else None,
        at,
        jsonio.dumps(by) if by else None,
    )


def _text(data: dict[str, Any], name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) else None


INSERT_MEMBER = {
    "labels": "INSERT INTO labels VALUES (?, ?, ?) "
    "ON CONFLICT (issue_id, label) DO UPDATE SET event_id = excluded.event_id",
    "comments": "INSERT INTO comments (id, issue_id, author, text, created_at, number) VALUES (?, ?, ?, ?, ?, ?)",
    "blockers": "INSERT INTO blockers VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (issue_id, id) DO UPDATE SET "
    "text = coalesce(text, excluded.text), raised_at = coalesce(raised_at, excluded.raised_at), "
    "raised_by = coalesce(raised_by, excluded.raised_by), "
    "resolved_by = CASE WHEN resolved_at IS NULL THEN excluded.resolved_by ELSE resolved_by END, "
    "resolved_at = coalesce(resolved_at, excluded.resolved_at)",
    "evidence": "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (issue_id, id) DO NOTHING",
    "artifacts": "INSERT INTO artifacts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (issue_id, id) DO NOTHING",
    "conflicts": "INSERT INTO conflicts VALUES (?, ?, ?, ?, ?, ?)",
    "lost_claims": "INSERT INTO lost_claims VALUES (?, ?, ?, ?, ?)",
}
MEMBER_TABLES = tuple(INSERT_MEMBER)


def delete_members(conn: Connection, task_ids: Iterable[str]) -> None:
    """Remove every member row of some tasks."""
    keys = [(task_id,) for task_id in task_ids]
    for table in MEMBER_TABLES:
        conn.executemany(f"DELETE FROM {table} WHERE issue_id = ?", keys)


def insert_many(
    conn: Connection, head: str, rows_: list[tuple[Any, ...]], tell: Part | None = None, *, tail: str = ""
) -> None:
    """Insert rows forty at a time: a call of the statement costs more than a row. ``tail``: what follows VALUES.

    Where one is refused, those before it may be there: the caller rolls back. Taking them back by itself would have
    SQLite copy every page before it changes it.
    """
    if not rows_:
        return
    head = head.replace("INSERT INTO", "INSERT OR FAIL INTO", 1)
    width = len(rows_[0])
    slots = f"({', '.join('?' * width)})"
    size = max(1, min(40, 900 // width))
    whole = len(rows_) - len(rows_) % size
    flat = chain.from_iterable
    # A part at a time only where somebody wants to know how far it is.
    part = whole if tell is None else 250 * size
    for start in range(0, whole, part or 1):
        if tell is not None:
            tell(start / whole)
        conn.executemany(
            f"{head} VALUES {', '.join([slots] * size)}{tail}",
            (tuple(flat(rows_[k : k + size])) for k in range(start, min(start + part, whole), size)),
        )
    conn.executemany(f"{head} VALUES {slots}{tail}", rows_[whole:])

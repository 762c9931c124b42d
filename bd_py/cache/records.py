"""Records and collections as rows: applied one event at a time, or all at once on a rebuild."""

from __future__ import annotations

from bd_py import documents, jsonio
from bd_py.cache.rows import insert_many
from bd_py.events import stored
from bd_py.fold.record import RecordState, definition, fold_record, indexed_fields
from bd_py.fold.record import apply as fold_one
from bd_py.fold.state import NeedsHistory
from bd_py.fold.task import actor_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.events import Event

COLUMNS = (
    "collection, id, data, created_at, created_by, updated_at, created_event, setters, conflict_count, version, "
    "event_count"
)
_SELECT = f"SELECT {COLUMNS} FROM records WHERE collection = ? AND id = ?"
_INSERT = f"INSERT INTO records ({COLUMNS})"
_UPDATED = [name for name in COLUMNS.split(", ") if name not in ("collection", "id")]
_UPSERT = (
    f"{_INSERT} VALUES ({', '.join('?' * len(COLUMNS.split(', ')))}) ON CONFLICT (collection, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _UPDATED)
)
_INSERT_INDEX = "INSERT INTO record_index (collection, field, kind, value, id)"
_INSERT_CONFLICT = "INSERT INTO record_conflicts VALUES (?, ?, ?, ?, ?, ?, ?)"
_UNINDEX = "DELETE FROM record_index WHERE collection = ? AND field = ? AND kind = ? AND value = ? AND id = ?"
_INSERT_COLLECTION = (
    "INSERT INTO collections (name, schema, indexed, defined_at, defined_by, event_id) VALUES (?, ?, ?, ?, ?, ?)"
)
_MAX_INT = 2**63


class RecordApplier:
    """One transaction's worth of events about records on their way into the tables."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self._states: dict[str, RecordState] = {}
        self._rows: dict[str, tuple[Any, ...] | None] = {}
        self._dirty: dict[str, None] = {}
        self._refold: dict[str, None] = {}
        self._indexed: dict[str, list[str]] = {}

    @property
    def pending(self) -> bool:
        """Whether something waits for `flush`."""
        return bool(self._dirty or self._refold)

    def state(self, key: str) -> RecordState | None:
        """A record with everything staged so far; None where there is none."""
        if key in self._refold:
            self.flush()
        state = self._states.get(key)
        if state is None:
            state = self._load(key)
        return state if state is not None and state.exists else None

    def begin(self, key: str) -> None:
        """The record ``key`` has no events yet, as the caller made sure: it need not be looked up."""
        self._states[key] = RecordState(key)
        self._rows[key] = None

    def add(self, key: str, event: Event) -> None:
        """Take in an event that the log table has already."""
        if key in self._refold or key.endswith("/"):
            self._refold[key] = None
            return
        state = self._states.get(key) or self._load(key)
        if state is None:
            query = "SELECT 1 FROM log_events WHERE record = ? AND id <> ? LIMIT 1"
            if self.conn.execute(query, (key, event["id"])).fetchone():
                self._refold[key] = None
                return
            self.begin(key)
            state = self._states[key]
        if event["id"] <= state.version:
            self._refold[key] = None
            return
        try:
            fold_one(state, event)
        except NeedsHistory:
            self._refold[key] = None
        else:
            self._dirty[key] = None

    def refold(self, key: str) -> None:
        """Fold it from all of its present events when flushing."""
        self._refold[key] = None

    def flush(self) -> None:
        """Write every change; the events are in the log table."""
        definitions = [key for key in self._refold if key.endswith("/")]
        for key in definitions:
            del self._refold[key]
        for key in self._refold:
            self._dirty.pop(key, None)
            if key not in self._rows:
                self._load(key)
            self._states[key] = fold_record(key, self._events(key))
            self._write(self._states[key], full=True)
        self._refold.clear()
        self._write_new()
        for key in self._dirty:
            self._write(self._states[key], full=False)
        self._dirty.clear()
        for key in definitions:
            self._define(key)

    def forget(self) -> None:
        """Forget what was staged and not flushed, and every state."""
        for held in (self._states, self._rows, self._dirty, self._refold, self._indexed):
            held.clear()

    def indexed(self, collection: str) -> list[str]:
        """The fields of a collection that can be searched by."""
        found = self._indexed.get(collection)
        if found is None:
            found = self._indexed[collection] = indexed_of(self.conn, collection)
        return found

    def _load(self, key: str) -> RecordState | None:
        row = self.conn.execute(_SELECT, tuple(key.split("/", 1))).fetchone()
        self._rows[key] = row
        if row is None:
            return None
        state = self._states[key] = from_row(row)
        return state

    def _events(self, key: str) -> list[Event]:
        query = "SELECT line FROM log_events WHERE record = ? AND present = 1 ORDER BY id"
        return [stored(line) for (line,) in self.conn.execute(query, (key,)).fetchall()]

    def _write_new(self) -> None:
        """Records that begin: several to a statement. What comes after asks the table for them."""
        new = [
            key
            for key in self._dirty
            if self._rows[key] is None and self._states[key].exists and not self._states[key].conflicts
        ]
        made = [to_row(self._states[key], 0) for key in new]
        insert_many(self.conn, _INSERT, made)
        index: list[tuple[Any, ...]] = []
        for key, row in zip(new, made, strict=True):
            index += index_rows(self._states[key], self.indexed(row[0]))
            del self._states[key], self._rows[key], self._dirty[key]
        insert_many(self.conn, _INSERT_INDEX, index)

    def _write(self, state: RecordState, *, full: bool) -> None:
        key, old = state.id, self._rows[state.id]
        collection, record = key.split("/", 1)
        if not state.exists:
            if old is not None:
                self._unindex(old)
                self.conn.execute("DELETE FROM records WHERE collection = ? AND id = ?", (collection, record))
            self._delete_conflicts(collection, record)
            self._states.pop(key)
            self._rows.pop(key)
            return
        if full or (old is not None and old[6] != state.created):
            self._delete_conflicts(collection, record)
        elif state.cleared and state.conflict_count:
            query = "DELETE FROM record_conflicts WHERE collection = ? AND record = ? AND field = ?"
            self.conn.executemany(query, [(collection, record, field) for field in state.cleared])
        self.conn.executemany(_INSERT_CONFLICT, conflict_rows(state))
        count = self._count_conflicts(collection, record) if full or state.conflict_count else len(state.conflicts)
        row = to_row(state, count)
        self.conn.execute(_UPSERT, row)
        self._reindex(state, old)
        state.conflict_count = count
        state.cleared, state.conflicts, state.history = set(), [], None
        self._rows[key] = row

    def _count_conflicts(self, collection: str, record: str) -> int:
        query = "SELECT count(*) FROM record_conflicts WHERE collection = ? AND record = ?"
        found: int = self.conn.execute(query, (collection, record)).fetchone()[0]
        return found

    def _delete_conflicts(self, collection: str, record: str) -> None:
        query = "DELETE FROM record_conflicts WHERE collection = ? AND record = ?"
        self.conn.execute(query, (collection, record))

    def _reindex(self, state: RecordState, old: tuple[Any, ...] | None) -> None:
        names = self.indexed(state.id.split("/", 1)[0])
        if not names:
            return
        before = set(index_rows(from_row(old), names)) if old is not None else set()
        now = set(index_rows(state, names))
        self.conn.executemany(_UNINDEX, list(before - now))
        self.conn.executemany(f"{_INSERT_INDEX} VALUES (?, ?, ?, ?, ?)", list(now - before))

    def _unindex(self, old: tuple[Any, ...]) -> None:
        self.conn.executemany(_UNINDEX, index_rows(from_row(old), self.indexed(old[0])))

    def _define(self, key: str) -> None:
        """Take the definition that holds, and index the collection's records by it."""
        name = key[:-1]
        self.conn.execute("DELETE FROM collections WHERE name = ?", (name,))
        found = definition(self._events(key))
        if found is not None:
            self.conn.execute(_INSERT_COLLECTION, _collection_row(name, found))
        self._indexed.pop(name, None)
        self.conn.execute("DELETE FROM record_index WHERE collection = ?", (name,))
        names = self.indexed(name)
        if names:
            rows = self.conn.execute(f"SELECT {COLUMNS} FROM records WHERE collection = ?", (name,)).fetchall()
            insert_many(self.conn, _INSERT_INDEX, [each for row in rows for each in index_rows(from_row(row), names)])


def fill(conn: Connection, histories: Mapping[str, list[Event]]) -> None:
    """Every record and collection from all events, each history sorted by id; on a rebuild."""
    names: dict[str, list[str]] = {}
    for key, events in histories.items():
        if key.endswith("/") and (found := definition(events)) is not None:
            row = _collection_row(key[:-1], found)
            conn.execute(_INSERT_COLLECTION, row)
            names[row[0]] = jsonio.loads(row[2])
    states = [fold_record(key, events) for key, events in histories.items() if not key.endswith("/")]
    there = sorted((state for state in states if state.exists), key=lambda state: state.id.split("/", 1))
    insert_many(conn, _INSERT, [to_row(state, len(state.conflicts)) for state in there])
    index: list[tuple[Any, ...]] = []
    for state in there:
        collection = state.id.split("/", 1)[0]
        if collection not in names:
            names[collection] = documents.indexed(collection)
        index += index_rows(state, names[collection])
    index.sort(key=lambda row: row[:3])
    insert_many(conn, _INSERT_INDEX, index)
    conn.executemany(_INSERT_CONFLICT, [row for state in there for row in conflict_rows(state)])


def indexed_of(conn: Connection, collection: str) -> list[str]:
    """The fields that a collection's records are indexed by."""
    row = conn.execute("SELECT indexed FROM collections WHERE name = ?", (collection,)).fetchone()
    if row is None:
        return documents.indexed(collection)
    names: list[str] = jsonio.loads(row[0])
    return names


def from_row(row: tuple[Any, ...]) -> RecordState:
    """The state of a record, without its conflicts."""
    state = RecordState(f"{row[0]}/{row[1]}")
    state.fields = jsonio.loads(row[2])
    state.created_at, state.created_by, state.updated_at, state.created = row[3:7]
    state.setters = jsonio.loads(row[7]) if row[7] else {}
    state.conflict_count, state.version, state.event_count = row[8:11]
    return state


def to_row(state: RecordState, conflicts: int) -> tuple[Any, ...]:
    """The row of a record, in the order of `COLUMNS`."""
    collection, _, record = state.id.partition("/")
    return (
        collection,
        record,
        jsonio.dumps_fast(state.fields),
        state.created_at,
        state.created_by,
        state.updated_at,
        state.created,
        jsonio.dumps(state.setters) if state.setters else None,
        conflicts,
        state.version,
        state.event_count,
    )


def index_rows(state: RecordState, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """The rows of ``record_index``: one for each indexed field that holds a text, a number or a truth value."""
    collection, _, record = state.id.partition("/")
    fields = state.fields
    out = []
    for name in names:
        key = index_key(fields.get(name))
        if key is not None:
            out.append((collection, name, *key, record))
    return out


def index_key(value: Any) -> tuple[str, Any] | None:
    """(kind, value) as ``record_index`` holds a value; None for what cannot be searched by."""
    kind = type(value)
    if kind is str:
        return ("t", value)
    if kind is bool:
        return ("b", int(value))
    if kind is int:
        return ("n", value if -_MAX_INT <= value < _MAX_INT else float(value))
    return ("n", value) if kind is float else None


def conflict_rows(state: RecordState) -> list[tuple[Any, ...]]:
    """The rows of ``record_conflicts``."""
    key = state.id.split("/", 1)
    return [
        (*key, field, winner, loser, jsonio.dumps(new), jsonio.dumps(old))
        for field, winner, loser, new, old in state.conflicts
    ]


def _collection_row(name: str, event: Event) -> tuple[Any, ...]:
    data = event["data"]
    names = indexed_fields(data)
    return (name, jsonio.dumps(data["schema"]), jsonio.dumps(names), event["at"], actor_name(event), event["id"])

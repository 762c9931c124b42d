"""Records: define a collection, create, change and delete its documents."""

from __future__ import annotations

from bd_py import ids, jsonio, schema
from bd_py.errors import ConflictError, InvalidError, NotFoundError
from bd_py.query_records import Definition, definition

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.fold.record import RecordState
    from bd_py.schema import Check
    from bd_py.write import Write

MOST_BYTES = 10_000_000
"""Of a record as JSON."""

PREFIXES = {
    "prds": "prd",
    "task_specs": "spec",
    "executions": "exec",
    "exec_dependencies": "execdep",
    "workflows": "wf",
}
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-~@+=%,")
_COMPILED: dict[str, Check] = {}


def define(w: Write, name: str, document: Mapping[str, Any], indexed: Iterable[str] = ()) -> bool:
    """Say what a collection's documents are like; False where it is said already.

    ``document`` is a JSON Schema, ``indexed`` the fields to search by. What is there already is not looked at
    again. Raises InvalidError.
    """
    check_id(name, "the name of a collection")
    names = list(dict.fromkeys(indexed))
    given = dict(document)
    schema.compile(given)
    what = Definition(name, given, [], None)
    for field in names:
        _check_indexed(what, field)
    w.flush()
    try:
        known = definition(w.conn, name)
    except NotFoundError:
        known = None
    if known is not None:
        if schema.same(known.schema, given) and known.indexed == names:
            return False
        if known.event is None:
            raise InvalidError(f"{name} is built in", "Choose another name.", field="name")
    w.add_record("collection.defined", name, None, {"name": name, "schema": given, "indexed": names})
    return True


def _check_indexed(what: Definition, field: str) -> None:
    from bd_py.query_records import check_field

    if not isinstance(field, str):
        raise InvalidError(f"indexed: {field!r} is no field", field="indexed")
    check_field(what, field)


def create(w: Write, what: Definition, data: Mapping[str, Any], record_id: str | None = None) -> str:
    """A new record; its id. Raises InvalidError, ConflictError for an id that is taken."""
    minted = record_id is None
    if record_id is None:
        record_id = new_id(what.name)
    else:
        check_id(record_id)
        if state(w, what.name, record_id) is not None:
            raise ConflictError(
                f"{what.name} has a record {record_id}", "Choose another id, or update it.", record=record_id
            )
    _begin(w, what, data, record_id, fresh=minted)
    return record_id


def create_many(
    w: Write, what: Definition, many: Iterable[Mapping[str, Any]], record_ids: Sequence[str] | None = None
) -> list[str]:
    """New records; their ids. Raises as `create`."""
    data = list(many)
    names = [new_id(what.name) for _ in data] if record_ids is None else list(record_ids)
    if len(names) != len(data) or len(set(names)) != len(names):
        raise InvalidError("there must be one id for each record, each another", field="id")
    for name in record_ids or ():
        check_id(name)
    w.flush()
    keys = jsonio.dumps_fast([f"{what.name}/{name}" for name in names])
    query = "SELECT DISTINCT record FROM log_events WHERE record IN (SELECT value FROM json_each(?))"
    used = {row[0] for row in w.conn.execute(query, (keys,))}
    for name, document in zip(names, data, strict=True):
        if f"{what.name}/{name}" in used:
            create(w, what, document, name)
        else:
            _begin(w, what, document, name, fresh=True)
    return names


def update(w: Write, what: Definition, record_id: str, patch: Mapping[str, Any], *, version: str | None = None) -> bool:
    """Set the fields of a record that the patch names, None takes one away; False where nothing changes.

    Raises NotFoundError, InvalidError, ConflictError where the record is not at ``version``.
    """
    found = existing(w, what.name, record_id)
    if version is not None and found.version != version:
        raise ConflictError(
            f"{record_id} has changed: it is at version {found.version}", "Look at it again.", version=found.version
        )
    changed = {name: value for name, value in patch.items() if not schema.same(found.fields.get(name), value)}
    if not changed:
        return False
    merged = {**found.fields, **changed}
    merged = {name: value for name, value in merged.items() if value is not None}
    validate(what, merged)
    prev = {name: found.setter(name) for name in changed}
    w.add_record("record.put", what.name, record_id, {"set": changed}, prev=prev)
    if _too_long(merged):
        raise _long(record_id)
    return True


def delete(w: Write, what: Definition, record_id: str) -> None:
    """Take a record away. Raises NotFoundError."""
    existing(w, what.name, record_id)
    w.add_record("record.deleted", what.name, record_id, {})


def settle(w: Write, collection: str, record_id: str) -> list[str]:
    """Confirm the values that hold where two sides edited a field at once; the fields."""
    found = existing(w, collection, record_id)
    w.flush()
    query = "SELECT DISTINCT field FROM record_conflicts WHERE collection = ? AND record = ? ORDER BY field"
    names = [row[0] for row in w.conn.execute(query, (collection, record_id))]
    if names:
        values = {name: found.fields.get(name) for name in names}
        w.add_record("record.put", collection, record_id, {"set": values}, prev={n: found.setter(n) for n in names})
    return names


def existing(w: Write, collection: str, record_id: str) -> RecordState:
    """The state of a record. Raises NotFoundError."""
    found = state(w, collection, record_id)
    if found is None:
        raise not_found(w.conn, collection, record_id)
    return found


def state(w: Write, collection: str, record_id: str) -> RecordState | None:
    """The state of a record with everything staged; None where there is none."""
    w.applier.flush_events()
    return w.applier.records.state(f"{collection}/{record_id}")


def not_found(conn: Connection, collection: str, record_id: str) -> NotFoundError:
    """The error for an id that no record has, with the nearest as a hint."""
    import difflib

    query = "SELECT id FROM records WHERE collection = ? LIMIT 5000"
    near = difflib.get_close_matches(record_id, [row[0] for row in conn.execute(query, (collection,))], 1, 0.7)
    hint = f"Did you mean {near[0]}?" if near else f"'tk record list {collection}' shows what there is."
    return NotFoundError(f"{collection} has no record '{record_id}'", hint, ref=record_id, collection=collection)


def new_id(collection: str) -> str:
    """A new id, never used before."""
    return ids.task_id(PREFIXES.get(collection, collection[:200]))


def check_id(value: object, what: str = "the id of a record") -> None:
    """Raise InvalidError unless a record may have this id: 1 to 256 characters that are safe in a path."""
    if isinstance(value, str) and 0 < len(value) <= 256 and _SAFE.issuperset(value) and value.strip("."):
        return
    raise InvalidError(
        f"{what} cannot be {value!r}"[:200], "1 to 256 letters, digits, or any of . _ - ~ @ + = % ,", field="id"
    )


def validate(what: Definition, data: Mapping[str, Any]) -> None:
    """Raise InvalidError unless a document is as its collection's schema says."""
    key = what.event or what.name
    check = _COMPILED.get(key)
    if check is None:
        if len(_COMPILED) > 500:
            _COMPILED.clear()
        check = _COMPILED[key] = schema.compile(what.schema)
    flaw = check(data)
    if flaw:
        path, _, why = flaw.lstrip(".").partition(": ")
        raise InvalidError(f"{what.name}: {path or 'the document'} {why}", field=path)


def _begin(w: Write, what: Definition, data: Mapping[str, Any], record_id: str, *, fresh: bool) -> None:
    document = {name: value for name, value in data.items() if value is not None}
    validate(what, document)
    w.add_record("record.put", what.name, record_id, {"set": document, "new": True}, fresh=fresh)
    if len(w.last_line) > MOST_BYTES // 4 and _too_long(document):
        raise _long(record_id)


def _too_long(data: Mapping[str, Any]) -> bool:
    return len(jsonio.dumps_fast(data).encode()) > MOST_BYTES


def _long(record_id: str) -> InvalidError:
    return InvalidError(
        f"{record_id} would be longer than {MOST_BYTES // 1_000_000} MB",
        "Keep large things in files, and their paths here.",
    )

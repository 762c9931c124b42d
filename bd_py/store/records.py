"""Collections of typed documents: a dataclass or a JSON Schema, records, filters."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bd_py import query_records
from bd_py.errors import InvalidError, TkError
from bd_py.jsonio import prefer_orjson
from bd_py.query_records import Condition
from bd_py.store import collector, fresh
from bd_py.store.view import View

if TYPE_CHECKING:
    from bd_py.cache.level import Connection
    from bd_py.query_records import Definition
    from bd_py.store.batch import Batch
    from bd_py.store.core import Core

T = TypeVar("T")

Where = Mapping[str, Any] | Iterable[tuple[str, str, Any]]
"""Filters, joined by AND: ``{"status": "ready"}`` for equality, or ``[("passes", "gte", 2), ...]``."""

_MANY = 50
"""Records in one answer after which orjson, whose import takes 17 ms, is expected to pay."""


class Record(View, Generic[T]):
    """A document: ``data`` its fields, ``version`` its last event's id. Times are ISO 8601 in UTC."""

    __slots__ = ("_type",)
    _type: Callable[..., T] | None

    collection: str
    id: str
    data: Mapping[str, Any]
    created_at: str
    updated_at: str
    version: str
    created_by: str | None = None
    conflict_count: int = 0

    @property
    def value(self) -> T:
        """The fields as the dataclass that the collection was declared with, else as a dict."""
        kind = getattr(self, "_type", None)
        data = self.document["data"]
        found: T = data if kind is None else from_data(kind, data)
        return found


class Collection(Generic[T]):
    """The records of one collection. What `Store.collection` gives; it opens nothing and needs no closing."""

    def __init__(
        self,
        core: Core,
        name: str,
        kind: Callable[..., T] | None = None,
        validator: Callable[[Any], object] | None = None,
    ) -> None:
        self._core = core
        self.name = name
        self._kind = kind
        self._validator = validator
        self._known: tuple[Any, Definition] | None = None
        self._defined: tuple[Any, Definition] | None = None

    def create(self, value: T | Mapping[str, Any], id: str | None = None) -> Record[T]:
        """A new record. Raises InvalidError, ConflictError for an id that is taken."""
        from bd_py.service import records

        data = self._data(value)
        with self._core._writing() as batch:
            what = self._definition(batch)
            return self._after(batch, records.create(batch.write, what, data, id))

    def create_many(self, values: Iterable[T | Mapping[str, Any]], ids: Sequence[str] | None = None) -> list[str]:
        """New records in one batch; their ids. All of them or none."""
        from bd_py.service import records

        data = [self._data(value) for value in values]
        prefer_orjson()
        with collector.paused(), self._core._writing(whole=True) as batch:
            what = self._definition(batch)
            made: list[str] = self._guarded(batch, lambda: records.create_many(batch.write, what, data, ids))
            return made

    def get(self, id: str) -> Record[T]:
        """One record. Raises NotFoundError."""
        core = self._core
        with core._lock:
            conn = core._current()
            found = query_records.get(conn, self.name, id)
            if found is None:
                from bd_py.service import records

                query_records.definition(conn, self.name)
                raise records.not_found(conn, self.name, id)
        return self._record(found)

    def update(self, id: str, patch: Mapping[str, Any], *, if_version: str | None = None) -> Record[T]:
        """Set the fields that the patch names, None takes one away. What changes nothing writes nothing.

        Raises NotFoundError, InvalidError, ConflictError where the record is at another version.
        """
        from bd_py.service import records

        with self._core._writing() as batch:
            what = self._definition(batch)
            if self._validator is not None:
                before = records.existing(batch.write, self.name, id).fields
                merged = {key: value for key, value in {**before, **patch}.items() if value is not None}
                self._validate(merged)
            self._guarded(batch, lambda: records.update(batch.write, what, id, patch, version=if_version))
            return self._after(batch, id)

    def put(self, id: str, value: T | Mapping[str, Any]) -> Record[T]:
        """Create the record, or make it so: fields that the value does not have are taken away."""
        from bd_py.service import records

        data = self._data(value)
        with self._core._writing() as batch:
            what = self._definition(batch)
            found = records.state(batch.write, self.name, id)
            if found is None:
                records.create(batch.write, what, data, id)
            else:
                whole = {**dict.fromkeys(found.fields), **data}
                self._guarded(batch, lambda: records.update(batch.write, what, id, whole))
            return self._after(batch, id)

    def delete(self, id: str) -> None:
        """Take a record away. Raises NotFoundError."""
        from bd_py.service import records

        with self._core._writing() as batch:
            records.delete(batch.write, self._definition(batch), id)

    def list(
        self, where: Where = (), *, order: str = "id", limit: int | None = None, offset: int = 0
    ) -> list[Record[T]]:
        """The records that fit, in the order of a field (``-`` before it: descending).

        Operators: eq, ne, lt, lte, gt, gte, like, contains, starts_with, in. Values of another kind (text, number,
        truth value) than the filter's do not fit; ``ne`` gives all that ``eq`` does not. Raises InvalidError.
        """
        with self._core._reading() as conn:
            what = self._look_up(conn)
            found = query_records.select(conn, what, conditions(where), order=order, limit=_limit(limit), offset=offset)
        if len(found) > _MANY:
            prefer_orjson()  # for the next ones
        return [self._record(each) for each in found]

    def list_ids(
        self, where: Where = (), *, order: str = "id", limit: int | None = None, offset: int = 0
    ) -> Sequence[str]:
        """The ids of what `list` gives."""
        with self._core._reading() as conn:
            what = self._look_up(conn)
            return query_records.ids(conn, what, conditions(where), order=order, limit=_limit(limit), offset=offset)

    def count(self, where: Where = ()) -> int:
        """How many records fit."""
        with self._core._reading() as conn:
            return query_records.count(conn, self._look_up(conn), conditions(where))

    def _data(self, value: Any) -> dict[str, Any]:
        data = to_data(value) if dataclasses.is_dataclass(value) else value
        if not isinstance(data, Mapping):
            raise InvalidError(f"{self.name}: {type(value).__name__} is no document", "Give a dict or a dataclass.")
        data = {key: item for key, item in data.items() if item is not None}
        self._validate(data)
        return data

    def _validate(self, data: Mapping[str, Any]) -> None:
        """What the program itself asks of a document, beyond the schema."""
        if self._validator is None:
            return
        value = data if self._kind is None else from_data(self._kind, data)
        try:
            refused = self._validator(value)
        except TkError:
            raise
        except ValueError as error:
            raise InvalidError(f"{self.name}: {error}") from error
        if refused is False:
            raise InvalidError(f"{self.name}: the validator refuses this document")

    def _definition(self, batch: Batch) -> Definition:
        waiting = batch.write.waiting
        if waiting is None:
            batch.write.flush()
            return query_records.definition(batch.write.conn, self.name)
        if self._defined is None or self._defined[0] is not waiting:  # no definition waits
            self._defined = (waiting, query_records.definition(waiting.conn, self.name))
        return self._defined[1]

    def _look_up(self, conn: Connection) -> Definition:
        """The definition, remembered while nothing is written by anybody: as long as the probe stays the same."""
        workspace = self._core._workspace
        probe = None if workspace is None or self._core._batch is not None else workspace.probe
        if probe is not None and self._known is not None and self._known[0] is probe:
            return self._known[1]
        found = query_records.definition(conn, self.name)
        self._known = None if probe is None else (probe, found)
        return found

    def _guarded(self, batch: Batch, do: Callable[[], Any]) -> Any:
        before = batch.write.staged
        try:
            return do()
        except TkError as error:
            if batch.write.staged != before:
                batch.spoiled = error
            raise

    def _after(self, batch: Batch, id: str) -> Record[T]:
        if batch.write.waiting is not None:
            return self._typed(Record.made_by(fresh.record(batch.write)))
        batch.write.flush()
        found = query_records.get(batch.write.conn, self.name, id)
        assert found is not None
        return self._record(found)

    def _record(self, document: dict[str, Any]) -> Record[T]:
        return self._typed(Record.from_json(document))

    def _typed(self, made: Record[T]) -> Record[T]:
        object.__setattr__(made, "_type", self._kind)
        return made


def _limit(limit: int | None) -> int:
    if limit is None:
        return 0
    if limit < 1:
        raise InvalidError("limit is 1 or more, or None for all", field="limit")
    return limit


def conditions(where: Where) -> list[Condition]:
    """Filters as `query_records` takes them. Raises InvalidError."""
    if isinstance(where, Mapping):
        return [Condition(str(field), "eq", value) for field, value in where.items()]
    found: list[Condition] = []
    each: Any
    for each in where:
        if not isinstance(each, Sequence) or isinstance(each, str) or len(each) != 3:
            raise InvalidError(f"{each!r} is no filter", "Give (field, operator, value).")
        found.append(Condition(*each))
    return found


def schema_of(kind: type) -> dict[str, Any]:
    """The JSON Schema of a dataclass: its fields by their types; what has no default is required.

    Takes str, int, float, bool, None, list, dict, tuple, Literal, Enum, unions, Any, and dataclasses within.
    Raises InvalidError for another type.
    """
    hints = typing.get_type_hints(kind)
    properties = {}
    required = []
    for each in dataclasses.fields(kind):
        properties[each.name] = _schema_of(hints[each.name])
        if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
            required.append(each.name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def _schema_of(hint: Any) -> dict[str, Any]:
    if hint is Any:
        return {}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if dataclasses.is_dataclass(hint):
        return schema_of(typing.cast(type, hint))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [each.value for each in hint]}
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if origin in (typing.Union, types.UnionType):
        some = [_schema_of(each) for each in inner if each is not type(None)]
        if len(some) == 1:
            return some[0]
        if all(each.keys() == {"type"} for each in some):
            return {"type": [each["type"] for each in some]}
        return {"anyOf": some}
    if hint in (list, tuple) or origin in (list, tuple, Sequence):
        items = [each for each in inner if each is not ...]
        return {"type": "array", "items": _schema_of(items[0])} if len(items) == 1 else {"type": "array"}
    if hint is dict or origin in (dict, Mapping):
        more = {"additionalProperties": _schema_of(inner[1])} if inner and inner[1] is not Any else {}
        return {"type": "object", **more}
    raise InvalidError(f"a field of type {hint} has no JSON Schema", "Use text, numbers, lists, dicts, dataclasses.")


def to_data(value: Any) -> Any:
    """A dataclass as JSON values; what is None is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((each.name, getattr(value, each.name)) for each in dataclasses.fields(value))
        return {name: to_data(item) for name, item in pairs if item is not None}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [to_data(item) for item in value]
    if isinstance(value, dict):
        return {key: to_data(item) for key, item in value.items()}
    return value


def from_data(kind: Any, data: Mapping[str, Any]) -> Any:
    """A dataclass of a document; what it has no field for is left out."""
    if not dataclasses.is_dataclass(kind):
        return kind(**data)
    hints = typing.get_type_hints(kind)
    names = [each.name for each in dataclasses.fields(kind)]
    return typing.cast(Any, kind)(**{name: _from_value(hints[name], data[name]) for name in names if name in data})


def _from_value(hint: Any, value: Any) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        some = [each for each in inner if each is not type(None)]
        return _from_value(some[0], value) if len(some) == 1 and value is not None else value
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return from_data(hint, value)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(value)
    if origin in (list, Sequence) and inner and isinstance(value, list):
        return [_from_value(inner[0], each) for each in value]
    if (origin is tuple or hint is tuple) and isinstance(value, list):
        return tuple(_from_value(inner[0], each) for each in value) if inner else tuple(value)
    return value

"""Read-only SQL over records: by id, or by filters, which are joined by AND."""

from __future__ import annotations

from bd_py import documents, jsonio, schema
from bd_py.errors import InvalidError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from bd_py.cache.level import Connection

OPERATORS = ("eq", "ne", "lt", "lte", "gt", "gte", "like", "contains", "starts_with", "in")
COLUMNS = ("id", "created_at", "updated_at")
"""What every record has beside its fields; a field of the same name counts where it is indexed."""

_SIGNS = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_TEXT_ONLY = ("like", "contains", "starts_with")
_SELECT = "SELECT r.id, r.data, r.created_at, r.created_by, r.updated_at, r.version, r.conflict_count FROM records r"
_KINDS = {"string": "t", "number": "n", "integer": "n", "boolean": "b"}


class Definition:
    """What is known of a collection: its JSON Schema and the fields to search by; ``event`` None: built in."""

    __slots__ = ("event", "indexed", "name", "schema")

    def __init__(self, name: str, schema_: dict[str, Any], indexed: list[str], event: str | None) -> None:
        self.name = name
        self.schema = schema_
        self.indexed = indexed
        self.event = event

    def to_json(self) -> dict[str, Any]:
        """An entry of ``tk record collections --json``."""
        return {"name": self.name, "schema": self.schema, "indexed": self.indexed, "built_in": self.event is None}


class Condition:
    """One filter: a field, an operator of `OPERATORS`, a text, number or truth value (for ``in`` a list)."""

    __slots__ = ("field", "op", "value")

    def __init__(self, field: str, op: str, value: Any) -> None:
        self.field = field
        self.op = op
        self.value = value


def definition(conn: Connection, name: str) -> Definition:
    """What a collection is. Raises NotFoundError."""
    row = conn.execute("SELECT schema, indexed, event_id FROM collections WHERE name = ?", (name,)).fetchone()
    if row is not None:
        return Definition(name, jsonio.loads(row[0]), jsonio.loads(row[1]), row[2])
    if name in documents.SCHEMAS:
        return Definition(name, dict(documents.SCHEMAS[name]), documents.indexed(name), None)
    import difflib

    names = [each.name for each in definitions(conn)]
    near = difflib.get_close_matches(name, names, 1, 0.6)
    hint = f"Did you mean {near[0]}?" if near else f"Collections: {', '.join(names)}."
    raise NotFoundError(f"collection '{name}' not found", hint, ref=name)


def definitions(conn: Connection) -> list[Definition]:
    """Every collection by name, the built-in ones too."""
    rows = conn.execute("SELECT name, schema, indexed, event_id FROM collections").fetchall()
    found = {name: Definition(name, jsonio.loads(text), jsonio.loads(indexed), e) for name, text, indexed, e in rows}
    for name, given in documents.SCHEMAS.items():
        if name not in found:
            found[name] = Definition(name, dict(given), documents.indexed(name), None)
    return [found[name] for name in sorted(found)]


def record(collection: str, row: Sequence[Any]) -> dict[str, Any]:
    """The JSON of a record, from a row of `_SELECT`."""
    out = {"collection": collection, "id": row[0], "data": jsonio.loads(row[1]), "created_at": row[2]}
    if row[3] is not None:
        out["created_by"] = row[3]
    out["updated_at"], out["version"] = row[4], row[5]
    if row[6]:
        out["conflict_count"] = row[6]
    return out


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as one object, as programs know the built-in collections: its fields beside id and times."""
    head = {name: record[name] for name in COLUMNS}
    return {**head, **record["data"], "id": record["id"]}


def get(conn: Connection, collection: str, record_id: str) -> dict[str, Any] | None:
    """One record; None where there is none."""
    row = conn.execute(f"{_SELECT} WHERE r.collection = ? AND r.id = ?", (collection, record_id)).fetchone()
    return None if row is None else record(collection, row)


def find(conn: Connection, ref: str) -> list[tuple[str, str]]:
    """(collection, id) of the records of any collection that have an id, or else one that begins so."""
    names = _collections(conn)
    one = "SELECT collection, id FROM records WHERE collection = ? AND id = ?"
    rows = [row for name in names for row in conn.execute(one, (name, ref))]
    if not rows and len(ref) >= 4:
        some = "SELECT collection, id FROM records WHERE collection = ? AND id >= ? AND id < ? ORDER BY id LIMIT 11"
        rows = [row for name in names for row in conn.execute(some, (name, ref, ref + "\U0010ffff"))]
    return rows


def _collections(conn: Connection) -> list[str]:
    """The collections that have records, each found by a step over the others' rows."""
    found: list[str] = []
    query = "SELECT min(collection) FROM records WHERE collection > ?"
    while (name := conn.execute(query, (found[-1] if found else "",)).fetchone()[0]) is not None:
        found.append(name)
    return found


def serving(conn: Connection, task: str) -> list[dict[str, Any]]:
    """The specs and executions that name a task as the one they serve."""
    query = f"{_SELECT} JOIN record_index x ON x.collection = r.collection AND x.id = r.id WHERE x.collection = ? AND "
    query += "x.field = 'task' AND x.kind = 't' AND x.value = ? ORDER BY r.id"
    names = ("task_specs", "executions")
    return [record(name, row) for name in names for row in conn.execute(query, (name, task)).fetchall()]


def select(
    conn: Connection,
    what: Definition,
    conditions: Iterable[Condition] = (),
    *,
    order: str = "id",
    limit: int = 0,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """The records that fit, in order: of ``id``, ``created_at``, ``updated_at`` or a field, ``-`` for descending.

    What lacks the field comes last. ``limit`` 0 is all. Raises InvalidError for a filter that makes no sense.
    """
    given = [checked(what, each) for each in conditions]
    found = _Select(what, given, order)
    if limit < 0 or offset < 0:
        raise InvalidError("limit and offset are 0 or more", field="limit" if limit < 0 else "offset")
    query, values = found.sql(_SELECT)
    if not found.by_hand:
        query += f" LIMIT {int(limit) or -1} OFFSET {int(offset)}"
        return [record(what.name, row) for row in conn.execute(query, values)]
    rows = [record(what.name, row) for row in conn.execute(query, values)]
    rows = found.finish(rows)
    return rows[offset : offset + limit if limit else None]


def count(conn: Connection, what: Definition, conditions: Iterable[Condition] = ()) -> int:
    """How many records fit."""
    given = [checked(what, each) for each in conditions]
    found = _Select(what, given, "id")
    if found.by_hand:
        return len(select(conn, what, given))
    query, values = found.sql("SELECT count(*) FROM records r", ordered=False)
    return int(conn.execute(query, values).fetchone()[0])


def ids(conn: Connection, what: Definition, conditions: Iterable[Condition] = (), **how: Any) -> list[str]:
    """The ids of what `select` gives."""
    given = [checked(what, each) for each in conditions]
    found = _Select(what, given, how.get("order", "id"))
    if found.by_hand:
        return [each["id"] for each in select(conn, what, given, **how)]
    query, values = found.sql("SELECT r.id FROM records r")
    query += f" LIMIT {int(how.get('limit', 0)) or -1} OFFSET {int(how.get('offset', 0))}"
    return [row[0] for row in conn.execute(query, values)]


def checked(what: Definition, given: Condition) -> Condition:
    """The filter itself. Raises InvalidError: no such operator or field, or no value to compare the field with."""
    if given.op not in OPERATORS:
        raise InvalidError(f"there is no operator {given.op!r}", f"One of {', '.join(OPERATORS)}.", field=given.field)
    check_field(what, given.field)
    values = given.value if given.op == "in" else [given.value]
    if not isinstance(values, (list, tuple)):
        raise InvalidError(f"{given.field}: 'in' takes a list of values", field=given.field)
    declared = schema.types_of(what.schema, given.field)
    kinds = None if declared is None else {_KINDS[name] for name in declared if name in _KINDS}
    for value in values:
        kind = kind_of(value)
        if kind is None:
            raise InvalidError(
                f"{given.field}: {value!r} is nothing to compare with",
                "A text, number or truth value.",
                field=given.field,
            )
        if given.op in _TEXT_ONLY and kind != "t":
            raise InvalidError(f"{given.field}: {given.op} takes a text, not {value!r}", field=given.field)
        if kinds is not None and kind not in kinds:
            names = " or ".join(sorted(declared or ()))
            raise InvalidError(f"{given.field} is {names}: {value!r} cannot be compared with it", field=given.field)
    return given


def check_field(what: Definition, name: str) -> None:
    """Raise InvalidError for a field that no record of the collection can have."""
    properties = what.schema.get("properties")
    if name in COLUMNS or name in what.indexed or not isinstance(properties, dict) or name in properties:
        return
    if what.schema.get("additionalProperties", False) is not False:
        return
    import difflib

    near = difflib.get_close_matches(name, properties, 1, 0.6)
    known = ", ".join([*COLUMNS, *(each for each in properties if each not in COLUMNS)])
    hint = f"Did you mean {near[0]}?" if near else f"Fields: {known}."
    raise InvalidError(f"{what.name} has no field {name!r}", hint, field=name)


def check_word(what: Definition, name: str, value: Any) -> None:
    """Raise InvalidError for a value that the field's schema lists others for: nothing could have it."""
    rule = schema.properties(what.schema).get(name)
    words = rule.get("enum") if isinstance(rule, dict) else None
    if not isinstance(words, list):
        return
    wrong = [each for each in (value if isinstance(value, list) else [value]) if each not in words]
    if wrong:
        import difflib

        near = difflib.get_close_matches(str(wrong[0]), [str(word) for word in words], 1, 0.6)
        hint = (f"Did you mean {near[0]}? " if near else "") + f"One of {', '.join(map(str, words))}."
        raise InvalidError(f"{wrong[0]!r} is no {name} of {what.name}", hint, field=name)


def kind_of(value: Any) -> str | None:
    """t, n or b; None for what cannot be compared."""
    if type(value) is str:
        return "t" if value.isascii() or value.encode(errors="ignore").decode() == value else None
    if type(value) is bool:
        return "b"
    if type(value) is int:
        return "n" if -(2**63) <= value < 2**63 else None
    return "n" if type(value) is float and value - value == 0.0 else None


def after_prefix(text: str) -> str | None:
    """The least text that is greater than all that begin with ``text``; None where every text is less."""
    while text:
        last = ord(text[-1])
        if last < 0x10FFFF:
            return text[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
        text = text[:-1]
    return None


class _Select:
    """A query: what the index answers as SQL, the rest by looking at each document (``by_hand``)."""

    def __init__(self, what: Definition, conditions: Sequence[Condition], order: str) -> None:
        self.what = what
        self.descending = order.startswith("-")
        self.order = order.removeprefix("-")
        check_field(what, self.order)
        indexed = [each for each in conditions if self._in_sql(each.field)]
        self.rest = [each for each in conditions if not self._in_sql(each.field)]
        self.by_hand = bool(self.rest) or not self._in_sql(self.order)
        self.values: dict[str, Any] = {"c": what.name}
        self.where = [self._condition(k, each) for k, each in enumerate(indexed)]

    def _is_column(self, field: str) -> bool:
        """Whether a name is that of a column: no field of the documents has it."""
        return field == "id" or (field in COLUMNS and field not in self.what.indexed and not self._declared(field))

    def _declared(self, field: str) -> bool:
        return field not in COLUMNS and field in schema.properties(self.what.schema)

    def _in_sql(self, field: str) -> bool:
        return self._is_column(field) or field in self.what.indexed

    def sql(self, head: str, *, ordered: bool = True) -> tuple[str, dict[str, Any]]:
        """The statement and its values, without a limit."""
        join = by = head_of = ""
        if ordered and self._in_sql(self.order) and (not self.by_hand or self._is_column(self.order)):
            way = " DESC" if self.descending else ""
            if self._is_column(self.order):
                by = f" ORDER BY r.{self.order}{way}" + ("" if self.order == "id" else f", r.created_event{way}")
            else:
                head_of = (
                    "WITH o AS MATERIALIZED (SELECT id, kind, value FROM record_index "
                    "WHERE collection = :c AND field = :order) "
                )
                join = " LEFT JOIN o ON o.id = r.id"
                self.values["order"] = self.order
                by = f" ORDER BY o.kind IS NULL, o.kind{way}, o.value{way}, r.id{way}"
        where = " AND ".join(["r.collection = :c", *self.where])
        return f"{head_of}{head}{join} WHERE {where}{by}", self.values

    def _condition(self, k: int, given: Condition) -> str:
        if self._is_column(given.field):
            return self._compare(k, f"r.{given.field}", "'t'", given)
        self.values[f"f{k}"] = given.field
        if given.op == "ne":
            inner = self._compare(k, "x.value", "x.kind", Condition(given.field, "eq", given.value))
            return f"r.id NOT IN ({self._ids(k)} AND {inner})"
        return f"r.id IN ({self._ids(k)} AND {self._compare(k, 'x.value', 'x.kind', given)})"

    def _ids(self, k: int) -> str:
        return f"SELECT x.id FROM record_index x WHERE x.collection = :c AND x.field = :f{k}"

    def _compare(self, k: int, column: str, kind: str, given: Condition) -> str:
        """One comparison as SQL. ``kind`` is the SQL of the value's kind."""
        value, name = given.value, f"v{k}"
        if given.op == "in":
            alternatives = []
            for n, each in enumerate(value):
                alternatives.append(self._compare_one(f"{name}x{n}", column, kind, "=", each))
            return f"({' OR '.join(alternatives)})" if alternatives else "0"
        if given.op == "ne":
            return f"NOT {self._compare_one(name, column, kind, '=', value)}"
        if given.op in _SIGNS:
            return self._compare_one(name, column, kind, _SIGNS[given.op], value)
        self.values[name] = value
        if given.op == "like":
            return f"({kind} = 't' AND {column} LIKE :{name})"
        if given.op == "contains":
            return f"({kind} = 't' AND instr({column}, :{name}) > 0)"
        end = after_prefix(value)
        if end is None:
            return f"({kind} = 't' AND {column} >= :{name})"
        self.values[name + "e"] = end
        return f"({kind} = 't' AND {column} >= :{name} AND {column} < :{name}e)"

    def _compare_one(self, name: str, column: str, kind: str, sign: str, value: Any) -> str:
        self.values[name] = int(value) if type(value) is bool else value
        return f"({kind} = '{kind_of(value)}' AND {column} {sign} :{name})"

    def finish(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rest of the filters, and the order."""
        tests = [(each.field, test_of(each)) for each in self.rest]
        found = [row for row in rows if all(test(row["data"].get(field)) for field, test in tests)]
        if self._is_column(self.order):
            return found
        return sorted_by(found, self.order, descending=self.descending)


def sorted_by(rows: list[dict[str, Any]], field: str, *, descending: bool) -> list[dict[str, Any]]:
    """Records in the order of a field, ids where that is equal; what lacks it last."""
    having: list[tuple[Any, ...]] = []
    lacking = []
    for row in rows:
        value = row["data"].get(field)
        kind = kind_of(value)
        if kind is None:
            lacking.append((row["id"], row))
        else:
            having.append((kind, value, row["id"], row))
    having.sort(key=lambda each: each[:3], reverse=descending)
    lacking.sort(key=lambda each: each[0], reverse=descending)
    return [each[-1] for each in (*having, *lacking)]


def test_of(given: Condition) -> Any:
    """A function that tells whether a field's value (None: there is none) fits."""
    op, wanted = given.op, given.value
    kind = None if op == "in" else kind_of(wanted)
    if op == "in":
        tests = [test_of(Condition(given.field, "eq", each)) for each in wanted]
        return lambda value: any(test(value) for test in tests)
    if op == "ne":
        return lambda value: not (kind_of(value) == kind and value == wanted)
    if op == "like":
        pattern = _like(wanted)
        return lambda value: type(value) is str and pattern.fullmatch(value) is not None
    compare = _COMPARE[op]
    return lambda value: kind_of(value) == kind and compare(value, wanted)


_COMPARE: Mapping[str, Any] = {
    "eq": lambda value, wanted: value == wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "contains": lambda value, wanted: wanted in value,
    "starts_with": lambda value, wanted: value.startswith(wanted),
}


def _like(pattern: str) -> Any:
    """SQL's LIKE, as SQLite has it: % any text, _ one character, ASCII letters in either case."""
    import re

    parts = [{"%": ".*", "_": "."}.get(char) or re.escape(char) for char in pattern]
    return re.compile("".join(parts), re.DOTALL | re.IGNORECASE | re.ASCII)

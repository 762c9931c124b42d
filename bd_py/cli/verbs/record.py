"""``tk record``: collections of typed documents."""

from __future__ import annotations

from bd_py.cli.common import tell_cut
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import InvalidError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.query_records import Condition, Definition

DEFAULT_LIMIT = 50


def _define(ctx: Context, file: str, indexed: tuple[str, ...], name: str | None) -> None:
    from bd_py import query_records
    from bd_py.service import records

    given = _json(ctx.read_stdin() if file == "-" else ctx.read_file(file), file)
    if not isinstance(given, dict):
        raise InvalidError(f"{file} is no JSON object", "Give a JSON Schema, or {name, schema, indexed}.")
    if "schema" in given and not isinstance(given.get("type"), str):
        name = name or given.get("name")
        fields = [*(given.get("indexed") or ()), *indexed]
        given = given["schema"]
        if not isinstance(given, dict):
            raise InvalidError("schema is no JSON object", "See json-schema.org.", field="schema")
    else:
        fields = [*indexed]
        name = name or given.get("title")
    if not name:
        raise UsageError("the collection has no name", "Give --name, or a name in the file.")
    fields = [each for item in fields for each in (item.split(",") if isinstance(item, str) else [item])]
    workspace = ctx.workspace()
    with workspace.writing() as w:
        changed = records.define(w, name, given, fields)
    if ctx.json:
        ctx.emit(query_records.definition(workspace.conn, name).to_json())
    else:
        ctx.say(f"Defined {name}" if changed else f"{name} is so already")


def _put(ctx: Context, collection: str, id: str | None, sets: tuple[str, ...], data: str | None) -> None:
    from bd_py import query_records
    from bd_py.service import orchestration, records

    given: dict[str, Any] = {}
    if data is not None:
        found = _json(ctx.text_arg(data), "--data")
        if not isinstance(found, dict):
            raise InvalidError("--data is no JSON object", 'Give the fields: \'{"title": "T"}\'.')
        given.update(found)
    if not (given or sets):
        raise UsageError("no field was given", "Try --set title='A title', or --data @FILE.json.")
    workspace = ctx.workspace()
    with workspace.writing() as w:
        what = query_records.definition(w.conn, collection)
        given.update(_pair(ctx, what, text) for text in sets)
        if id is not None and records.state(w, collection, id) is not None:
            orchestration.update(w, collection, id, given)
        else:
            id = orchestration.create(w, collection, given, id)
    if ctx.json:
        ctx.emit(query_records.get(workspace.conn, collection, id))
    else:
        ctx.out(id)


def _get(ctx: Context, collection: str, id: str) -> None:
    from bd_py import query_records
    from bd_py.render_records import describe
    from bd_py.service import records

    conn = ctx.workspace().conn
    query_records.definition(conn, collection)
    found = query_records.get(conn, collection, id)
    if found is None:
        raise records.not_found(conn, collection, id)
    if ctx.json:
        ctx.emit(found)
    else:
        ctx.out(describe(found))


def _list(
    ctx: Context, collection: str, filters: tuple[str, ...], order: str, limit: int | None, offset: int, count: bool
) -> None:
    from bd_py import query_records

    conn = ctx.workspace().conn
    what = query_records.definition(conn, collection)
    where = [condition(what, text) for text in filters]
    if count:
        number = query_records.count(conn, what, where)
        ctx.emit({"total": number}) if ctx.json else ctx.out(str(number))
        return
    show(ctx, what, where, order=order, limit=limit, offset=offset)


def show(
    ctx: Context,
    what: Definition,
    where: list[Condition],
    *,
    order: str,
    limit: int | None,
    offset: int = 0,
    flat: bool = False,
) -> None:
    """Print the records that fit, a line each; a limit that cut says so on stderr."""
    from bd_py import query_records
    from bd_py.render_records import line

    most = DEFAULT_LIMIT if limit is None else max(limit, 0)
    conn = ctx.workspace().conn
    found = query_records.select(conn, what, where, order=order, limit=most + 1 if most else 0, offset=max(offset, 0))
    cut = bool(most) and len(found) > most
    found = found[:most] if cut else found
    if ctx.json:
        ctx.emit([query_records.flat(record) for record in found] if flat else found)
    else:
        for record in found:
            ctx.out(line(record))
        if cut:
            tell_cut(ctx, most)


def _delete(ctx: Context, collection: str, ids: tuple[str, ...]) -> None:
    from bd_py import query_records
    from bd_py.errors import TkError
    from bd_py.service import records

    done = []
    with ctx.workspace().writing() as w:
        what = query_records.definition(w.conn, collection)
        for name in dict.fromkeys(ctx.ids_arg(ids)):
            try:
                records.delete(w, what, name)
                done.append(name)
            except TkError as error:
                ctx.report(error)
    if ctx.json:
        ctx.emit([{"collection": collection, "id": name} for name in done])
    for name in done:
        ctx.say(f"Deleted {name}")


def _collections(ctx: Context) -> None:
    from bd_py import query_records

    found = query_records.definitions(ctx.workspace().conn)
    if ctx.json:
        ctx.emit([each.to_json() for each in found])
        return
    for each in found:
        fields = f" ({', '.join(each.indexed)})" if each.indexed else ""
        ctx.out(f"{each.name}{fields}" + ("" if each.event else " - built in"))


def condition(what: Definition, text: str) -> Condition:
    """``F=V`` or ``F:OP=V`` as a filter; the value as the field's type has it. Raises UsageError."""
    from bd_py.query_records import Condition

    head, equals, value = text.partition("=")
    if not (head and equals):
        raise UsageError(f"--filter {text}: not of the form FIELD=VALUE", "Or FIELD:OP=VALUE, as in passes:gte=2.")
    name, _, op = head.partition(":")
    op = op or "eq"
    if op == "in":
        return Condition(name, op, [_typed(what, name, each) for each in value.split(",")])
    return Condition(name, op, _typed(what, name, value))


def _typed(what: Definition, name: str, text: str) -> Any:
    """Text as the schema has the field: a number or truth value where it may be one, else the text."""
    from bd_py import schema

    declared = schema.types_of(what.schema, name)
    if declared is None or "string" in declared:
        return text
    for kind, read in (("integer", int), ("number", float)):
        if kind in declared:
            try:
                return read(text)
            except ValueError:
                pass
    if "boolean" in declared and text in ("true", "false"):
        return text == "true"
    return text


def _pair(ctx: Context, what: Definition, text: str) -> tuple[str, Any]:
    from bd_py import schema

    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"--set {text}: not of the form FIELD=VALUE")
    if not value:
        return name, None
    value = ctx.text_arg(value)
    declared = schema.types_of(what.schema, name)
    if declared is not None and not declared & {"string"}:
        return name, _json(value, f"--set {name}")
    return name, value


def _json(text: str, where: str) -> Any:
    from bd_py import jsonio

    try:
        return jsonio.loads(text)
    except ValueError as error:
        raise InvalidError(f"{where} is no JSON: {error}") from None


_COLLECTION = Argument("collection", "The collection")
VERB = Verb(
    "record",
    None,
    "Keep typed documents other than tasks, in collections",
    details="""A collection is declared once, by a JSON Schema and the fields to search by; every clone then validates
    and filters by it. Fields of a document merge one by one. 'tk record collections' also lists those built in.""",
    examples=("tk record put prds --set title='Vector search'", "tk record list prds --filter status=ready"),
    subverbs=(
        Verb(
            "define",
            _define,
            "Declare a collection by a JSON Schema",
            details="""The file is a JSON Schema (its title is the name, unless --name is given), or an object with
            name, schema and indexed.""",
            examples=("tk record define note.json --name notes --index status,stars",),
            arguments=(Argument("file", "The file; '-' is stdin", metavar="FILE"),),
            options=(
                Option("indexed", "--index", help="A field to search by (may be repeated, or a,b)", multiple=True),
                Option("name", "--name", help="The collection's name"),
            ),
        ),
        Verb(
            "put",
            _put,
            "Create a record, or set fields of one",
            details="Prints the id. Other fields of an existing record stay; an empty value clears a field.",
            examples=(
                "tk record put prds --set title='Vector search'",
                'tk record put notes n-1 --data \'{"title": "T", "stars": 3}\'',
            ),
            arguments=(_COLLECTION, Argument("id", "Use this id instead of a new one", required=False, metavar="ID")),
            options=(
                Option("sets", "--set", help="FIELD=VALUE (may be repeated); @FILE reads one", multiple=True),
                Option("data", "--data", help="The fields as JSON; '-' is stdin, @FILE a file", metavar="JSON"),
            ),
        ),
        Verb(
            "get",
            _get,
            "Show a record",
            examples=("tk record get prds prd-7f3k9q2m1x --json",),
            arguments=(_COLLECTION, Argument("id", "The record", metavar="ID")),
        ),
        Verb(
            "list",
            _list,
            "List records",
            details="""Filters are combined with AND: FIELD=VALUE, or FIELD:OP=VALUE with eq, ne, lt, lte, gt, gte,
            like, contains, starts_with, in.""",
            examples=(
                "tk record list prds --filter status=ready",
                "tk record list prds --filter review_passes:gte=2 --order -updated_at --limit 5",
            ),
            arguments=(_COLLECTION,),
            options=(
                Option("filters", "--filter", help="FIELD=VALUE or FIELD:OP=VALUE", multiple=True, metavar="F=V"),
                Option("order", "--order", help="A field, - before it for descending", default="id"),
                Option("limit", "-n", "--limit", kind="int", help=f"Show at most N, 0 for all ({DEFAULT_LIMIT})"),
                Option("offset", "--offset", kind="int", help="Skip the first N", default=0),
                Option("count", "--count", kind="flag", help="Print only how many"),
            ),
        ),
        Verb(
            "delete",
            _delete,
            "Delete records",
            examples=("tk record delete prds prd-7f3k9q2m1x",),
            arguments=(_COLLECTION, Argument("ids", "The records", nargs=-1, metavar="ID")),
        ),
        Verb(
            "collections",
            _collections,
            "List the collections, with the fields to search by",
            examples=("tk record collections",),
        ),
    ),
)

"""Records: collections of typed documents on the log, whose fields merge one by one."""

from __future__ import annotations

import enum
import math
import operator
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bd_py import Store
from bd_py.errors import ConflictError, InvalidError, NotFoundError, UsageError
from bd_py.record_filters import OPERATORS
from tests.acceptance.support import assert_one_truth, events_on_disk, head_moves, make_store, segments, workspace
from tests.conftest import Runner
from tests.inprocess import Cli


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass
class Author:
    name: str
    mail: str | None = None


@dataclass
class Note:
    title: str
    author: Author
    state: Literal["draft", "done"] = "draft"
    stars: int = 0
    weight: float | None = None
    tags: list[str] = field(default_factory=list)
    size: Size = Size.SMALL
    open: bool = True


def note(title: str, **more: Any) -> Note:
    return Note(title, Author("ada"), **more)


def test_a_dataclass_declares_a_collection(opened_store: Store, cli: Cli) -> None:
    notes = opened_store.define(Note, indexed=["state", "stars"])
    assert notes.name == "note"
    before = len(cli.lines())
    assert opened_store.define(Note, indexed=["state", "stars"]).name == "note"
    assert len(cli.lines()) == before, "declared so already"
    made = notes.create(note("First", tags=["a"], size=Size.LARGE, weight=1.5))
    assert made.value == note("First", tags=["a"], size=Size.LARGE, weight=1.5)
    assert made.data["size"] == "large"
    assert (made.collection, made.created_by, made.conflict_count) == ("note", "ada", 0)
    assert notes.get(made.id) == made
    changed = notes.update(made.id, {"stars": 3, "weight": None, "author": {"name": "grace"}})
    assert changed.value == Note("First", Author("grace"), stars=3, tags=["a"], size=Size.LARGE)
    assert notes.update(made.id, {"stars": 3}).version == changed.version
    assert cli.lines()[-1].count('"prev"') == 1
    notes.delete(made.id)
    with pytest.raises(NotFoundError):
        notes.get(made.id)
    again = notes.create({"title": "Again", "author": {"name": "a"}}, id=made.id)
    assert again.data == {"title": "Again", "author": {"name": "a"}}
    assert notes.put(made.id, note("Whole", weight=2.5)).value == note("Whole", weight=2.5)
    assert "weight" not in notes.put(made.id, note("Whole")).data
    assert_one_truth(workspace(opened_store._paths))


def test_what_is_refused(opened_store: Store, cli: Cli) -> None:
    notes = opened_store.define(Note, "notes", indexed=["stars"])
    kept = notes.create(note("Kept"), id="n-1")
    lines = cli.lines()
    wrong: list[Any] = [
        {"title": "No author"},
        {"title": 5, "author": {"name": "a"}},
        {"title": "T", "author": {"nome": "a"}},
        {"title": "T", "author": {"name": "a"}, "state": "gone"},
        {"title": "T", "author": {"name": "a"}, "colour": "red"},
        {"title": "T", "author": {"name": "a"}, "stars": 1.5},
        {"title": "T", "author": {"name": "a"}, "stars": True},
        {"title": "\ud800", "author": {"name": "a"}},
        {"title": "T", "author": {"name": "a"}, "weight": math.nan},
        7,
    ]
    for document in wrong:
        with pytest.raises(InvalidError):
            notes.create(document)
    for name in ("", "a/b", "a b", ".", "..", "x" * 257, "ä", "a\n"):
        with pytest.raises(InvalidError):
            notes.create(note("T"), id=name)
    with pytest.raises(ConflictError):
        notes.create(note("T"), id="n-1")
    with pytest.raises(InvalidError, match="stars"):
        notes.update("n-1", {"stars": "many"})
    with pytest.raises(InvalidError, match="title is required"):
        notes.update("n-1", {"title": None})
    with pytest.raises(ConflictError):
        notes.update("n-1", {"stars": 1}, if_version="01M7X20VW22D7Z59TDWH9EDD1R")
    with pytest.raises(NotFoundError, match="n-2"):
        notes.update("n-2", {"stars": 1})
    with pytest.raises(NotFoundError, match="nots"):
        opened_store.collection("nots")
    with pytest.raises(UsageError):
        opened_store.define({"type": "object"})
    with pytest.raises(InvalidError):
        opened_store.define({"type": "objekt"}, "x")
    with pytest.raises(InvalidError):
        opened_store.define(Note, "x", indexed=["colour"])
    with pytest.raises(InvalidError, match="built in"):
        opened_store.define({"type": "object"}, "prds")
    with pytest.raises(InvalidError):
        notes.create_many([note("Fine"), {"title": "Not fine"}])
    assert cli.lines() == lines
    assert notes.list() == [kept]


def test_a_validator_of_the_program(opened_store: Store) -> None:
    def positive(value: Note) -> None:
        if value.stars < 0:
            raise ValueError("stars below 0")

    notes = opened_store.define(Note, validator=positive)
    made = notes.create(note("T"))
    with pytest.raises(InvalidError, match="below 0"):
        notes.create(note("T", stars=-1))
    with pytest.raises(InvalidError, match="below 0"):
        notes.update(made.id, {"stars": -1})
    others = opened_store.collection("note", Note, validator=lambda value: value.title != "no")
    with pytest.raises(InvalidError):
        others.create(note("no"))


def test_create_many_is_one_batch(opened_store: Store, cli: Cli) -> None:
    notes = opened_store.define(Note, indexed=["stars", "state"])
    files = len(list((cli.root / ".tasks/log").rglob("*.jsonl")))
    ids = notes.create_many(note(f"N {k}", stars=k % 7) for k in range(500))
    assert len(list((cli.root / ".tasks/log").rglob("*.jsonl"))) == files + 1
    assert notes.count() == 500
    assert sorted(notes.list_ids({"stars": 3})) == sorted(ids[3::7])
    with pytest.raises(ConflictError):
        notes.create_many([note("T"), note("U")], ids=["new", ids[0]])
    with pytest.raises(InvalidError):
        notes.create_many([note("T"), note("U")], ids=["same", "same"])
    assert notes.count() == 500
    notes.delete(ids[0])
    assert notes.create_many([note("Back"), note("New")], ids=[ids[0], "new"]) == [ids[0], "new"]
    with opened_store.batch() as batch:
        task = batch.create("A task in the same batch")
        made = notes.create({"title": task, "author": {"name": "a"}})
        notes.update(made.id, {"stars": 9})
    assert notes.get(made.id).data["stars"] == 9
    assert_one_truth(workspace(opened_store._paths))


def test_large_records(opened_store: Store) -> None:
    blobs = opened_store.define({"type": "object"}, "blobs")
    text = "é" * 4_900_000
    made = blobs.create({"text": text})
    assert blobs.get(made.id).data == {"text": text}
    with pytest.raises(InvalidError, match="10 MB"):
        blobs.create({"text": "x" * 10_000_001})
    with pytest.raises(InvalidError, match="10 MB"):
        blobs.update(made.id, {"more": "y" * 9_000_000})
    assert blobs.count() == 1


def test_a_fresh_clone_knows_what_was_declared(tmp_path: Path, store: Path, git: Runner) -> None:
    with Store.open(store) as here:
        notes = here.define(Note, indexed=["stars"])
        notes.create_many([note(f"N {k}", stars=k) for k in range(5)])
        wanted = notes.list_ids([("stars", "gte", 3)])
    git("add", ".tasks")
    git("commit", "-qm", "Notes")
    git("clone", "-q", str(store), str(tmp_path / "clone"))
    with Store.open(tmp_path / "clone") as clone:
        found = clone.collection("note")
        assert found.list_ids([("stars", "gte", 3)]) == wanted
        with pytest.raises(InvalidError):
            found.create({"title": "No author"})
        assert [each["name"] for each in clone.collections() if not each["built_in"]] == ["note"]


def test_branches_edit_one_record(store: Path, git: Runner, tk: Runner) -> None:
    with Store.open(store) as here:
        prds = here.collection("prds")
        prds.create({"title": "Vector", "status": "draft"}, id="prd-1")
        git("add", "."), git("commit", "-qm", "base")
        git("checkout", "-qb", "other")
        prds.update("prd-1", {"title": "Theirs", "content": "C"})
        prds.create({"title": "Both", "status": "draft"}, id="prd-2")
        git("add", "."), git("commit", "-qm", "theirs")
        git("checkout", "-q", "main")
        assert prds.get("prd-1").data == {"title": "Vector", "status": "draft"}
        prds.update("prd-1", {"title": "Ours", "status": "ready"})
        prds.create({"title": "Both too", "status": "draft"}, id="prd-2")
        git("add", "."), git("commit", "-qm", "ours")
        git("merge", "-q", "other", "-m", "merge")
        merged = prds.get("prd-1")
        assert merged.data == {"title": "Ours", "status": "ready", "content": "C"}
        assert merged.conflict_count == 1
        told = here.conflicts()
        assert [(each["record"], each["field"]) for each in told] == [("prd-1", "title"), ("prd-2", "title")]
        assert {told[0][side]["value"] for side in ("winner", "loser")} == {"Ours", "Theirs"}
        assert prds.update("prd-1", {"title": "Agreed"}).conflict_count == 0
        assert prds.list_ids({"status": "ready"}) == ["prd-1"]
        assert_one_truth(workspace(here._paths))


def test_a_deleted_record_is_not_half_brought_back(opened_store: Store) -> None:
    """An edit of another branch that sorts after the deletion."""
    prds = opened_store.collection("prds")
    prds.create({"title": "T", "status": "draft"}, id="prd-1")
    prds.update("prd-1", {"status": "ready"})
    live = max(segments(opened_store._paths), key=lambda path: path.stat().st_mtime_ns)
    prds.delete("prd-1")
    edit = next(e for e in events_on_disk(opened_store._paths).values() if e["data"].get("set") == {"status": "ready"})
    from bd_py import ids
    from tests.acceptance.support import line, put_segment

    later = edit | {"id": ids.encode(ids.milliseconds(edit["id"]) + 10**6, 1), "data": {"set": {"status": "active"}}}
    put_segment(opened_store._paths, "2026-11/later.jsonl", [line(later)])
    assert prds.count() == 0
    assert live.exists()
    assert_one_truth(workspace(opened_store._paths))


# Filters

MIXED = {"type": "object"}
texts = st.text(st.sampled_from("aAbB%_\\é\ud7ff\ue000\U0010ffff "), max_size=4)
numbers = st.integers(-3, 3) | st.sampled_from([0.5, -0.0, 1.0, 2**53, 2**53 + 1, float(2**53), -(2**63), 1e300, 0.1])
values: st.SearchStrategy[Any] = texts | numbers | st.booleans()
documents = st.fixed_dictionaries(
    {}, optional={"a": values, "b": values, "c": values | st.none() | st.lists(st.integers(0, 2), max_size=1)}
)


def brute(value: Any, op: str, wanted: Any) -> bool:
    """What each operator means, written down once more."""
    kind = {str: "t", bool: "b", int: "n", float: "n"}
    alike = type(value) in kind and type(wanted) in kind and kind[type(value)] == kind[type(wanted)]
    if op == "in":
        return any(brute(value, "eq", each) for each in wanted)
    if op == "ne":
        return not brute(value, "eq", wanted)
    if not alike:
        return False
    if op == "like":
        return like(value, wanted)
    if op == "contains":
        return wanted in value
    if op == "starts_with":
        return bool(value[: len(wanted)] == wanted)
    names = {"eq": "eq", "lt": "lt", "lte": "le", "gt": "gt", "gte": "ge"}
    return bool(getattr(operator, names[op])(value, wanted))


def like(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(like(text[k:], pattern[1:]) for k in range(len(text) + 1))
    first = (
        pattern[0] == "_" or (text[:1].isascii() and text[:1].lower() == pattern[0].lower()) or text[:1] == pattern[0]
    )
    return bool(text) and first and like(text[1:], pattern[1:])


@st.composite
def filters(draw: st.DrawFn) -> tuple[str, str, Any]:
    op = draw(st.sampled_from(OPERATORS))
    strategy: st.SearchStrategy[Any] = values
    if op == "in":
        strategy = st.lists(values, max_size=3)
    elif op in ("like", "contains", "starts_with"):
        strategy = texts
    return draw(st.sampled_from(["a", "b", "c", "id"])), op, draw(strategy)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with a collection of anything; a and b are indexed, c is not."""
    root = tmp_path_factory.mktemp("filters") / "repo"
    make_store(root)
    with Store.open(root, actor="ada") as store:
        store.define(MIXED, "mixed", indexed=["a", "b"])
        yield store
    shutil.rmtree(root)


@settings(max_examples=150)
@given(
    docs=st.lists(documents, max_size=8),
    where=st.lists(filters(), max_size=3),
    order=st.sampled_from(["id", "-id", "a", "-a", "c", "-c", "created_at"]),
    limit=st.none() | st.integers(1, 4),
    offset=st.integers(0, 3),
)
def test_filters_are_what_they_say(
    mixed: Store, docs: list[dict[str, Any]], where: list[Any], order: str, limit: int | None, offset: int
) -> None:
    found = mixed.collection("mixed")
    for name in found.list_ids():
        found.delete(name)
    names = found.create_many(docs, ids=[f"r{k}" for k in range(len(docs))])
    every = dict(zip(names, docs, strict=True))
    fits = [n for n in names if all(brute(n if f == "id" else every[n].get(f), op, v) for f, op, v in where)]
    assert sorted(found.list_ids(where)) == fits
    assert found.count(where) == len(fits)
    got = found.list(where, order=order, limit=limit, offset=offset)
    whole = [each.id for each in found.list(where, order=order)]
    assert [each.id for each in got] == whole[offset:][:limit]
    assert list(found.list_ids(where, order=order, limit=limit, offset=offset)) == [each.id for each in got]
    assert sorted(whole) == fits
    name = order.removeprefix("-")
    if name in ("a", "c"):
        keys = [sort_key(every[each].get(name)) for each in whole]
        having = [key for key in keys if key is not None]
        assert keys[: len(having)] == having, "what lacks the field comes last"
        assert having == sorted(having, reverse=order.startswith("-"))


def sort_key(value: Any) -> Any:
    kinds = {bool: "b", int: "n", float: "n", str: "t"}
    return (kinds[type(value)], value) if type(value) in kinds else None


@pytest.mark.parametrize(
    "where",
    [
        [("stars", "almost", 3)],
        [("colour", "eq", "red")],
        [("stars", "eq", "3")],
        [("stars", "eq", None)],
        [("stars", "eq", [3])],
        [("stars", "in", 3)],
        [("stars", "in", [3, "x"])],
        [("stars", "contains", "3")],
        [("title", "contains", 3)],
        [("title", "lt", True)],
        [("weight", "gt", math.inf)],
        [("stars", "eq", 2**63)],
        [("stars", "eq")],
        ["stars"],
        {"open": 1},
    ],
)
def test_a_bad_filter_is_an_error(opened_store: Store, where: Any) -> None:
    notes = opened_store.define(Note, indexed=["stars"])
    notes.create(note("T"))
    for ask in (notes.list, notes.list_ids, notes.count):
        with pytest.raises(InvalidError):
            ask(where)


def test_one_of_very_many(opened_store: Store) -> None:
    """More than SQLite takes as alternatives of one expression."""
    notes = opened_store.define(Note, indexed=["title", "stars"])
    made = notes.create(note("T", stars=7))
    for name, wanted in (("id", made.id), ("title", "T")):
        assert notes.list_ids([(name, "in", [*(f"x{k}" for k in range(3000)), wanted])]) == [made.id]
    assert notes.count([("stars", "in", list(range(3000)))]) == 1
    assert notes.count([("stars", "in", list(range(100, 3100)))]) == 0


def test_a_bad_order_or_limit_is_an_error(opened_store: Store) -> None:
    notes = opened_store.define(Note)
    wrong: Any
    for wrong in ({"order": "colour"}, {"limit": 0}, {"limit": -1}, {"offset": -1}):
        with pytest.raises(InvalidError):
            notes.list(**wrong)


def test_declared_anew_it_is_searched_anew(opened_store: Store) -> None:
    things = opened_store.define({"type": "object"}, "things")
    things.create_many([{"n": k, "s": str(k)} for k in range(10)])
    rows = opened_store.connection()
    assert rows.execute("SELECT count(*) FROM record_index").fetchone() == (0,)
    opened_store.define({"type": "object"}, "things", indexed=["n"])
    assert rows.execute("SELECT count(*) FROM record_index WHERE field = 'n'").fetchone() == (10,)
    opened_store.define({"type": "object"}, "things", indexed=["s"])
    assert rows.execute("SELECT DISTINCT field FROM record_index").fetchall() == [("s",)]
    rows.close()
    assert things.count([("n", "lt", 5)]) == 5
    head_moves_if_there(opened_store)
    assert_one_truth(workspace(opened_store._paths))


def head_moves_if_there(store: Store) -> None:
    if Path(store._paths.git_dir or "", "logs/HEAD").exists():
        head_moves(store._paths)

"""One direction (docs/architecture.md), read off the imports: those inside of functions count, too."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bd_py"

LAYERS = (
    "errors statuses jsonio sqlite toml_edit markdown width terms documents",
    "render",
    "columns",
    "spawn frontmatter checklist draw jq",
    "times ids files git workflow stamps",
    "payloads paths events lock schema render_records render_events",
    "record_filters",
    "merge amounts",
    "config fold log",
    "taskfiles",
    "cache sync worktrees",
    "leases",
    "query query_events query_facts query_records write identity",
    "query_detail query_history query_search write_behind",
    "filewrite",
    "workspace",
    "memory",
    "service interchange",
    "hooks_impl",
    "store",
    "task_service",
    "cli",
    "__main__",
)
"""From the bottom to the top. A module imports what lies below it, never beside or above it."""

PURE = set("errors statuses jsonio toml_edit markdown frontmatter width render columns terms".split())
PURE |= set("events payloads fold merge checklist draw documents schema record_filters".split())
PURE |= set("render_records render_events".split())
"""Neither I/O nor a clock: the same arguments give the same answer anywhere."""

PURE_STDLIB = {"__future__", "_json", "difflib", "re", "tomllib", "unicodedata"}
PURE_PACKAGES = {"jsonschema", "orjson"}
IMPURE_NAMES = {"times.now", "times.parse", "ids.Clock", "ids.task_id"}
"""What a pure module must not use of its neighbours: these read the clock or draw random bits."""

IMPURE_CALLS = {"open", "print", "input", "exec", "eval"}

SQL = set("cache query query_detail query_events query_facts query_history query_records query_search".split())
SQL |= set("service write sync interchange leases memory worktrees hooks_impl taskfiles filewrite".split())
"""Who may speak to SQLite. Only `cache` and `write` change tables of tk."""

CHANGES_TABLES = {"cache", "write", "leases", "taskfiles", "filewrite"}

CLICK = {f"cli/{name}.py" for name in ("click_app", "help_page", "context")}
"""Where click may be imported: the whole parser, the help, questions on a terminal."""

PROCESSES = {"git.py", "spawn.py", "service/commands.py", "service/demo.py", "jq.py"}
"""What may start a process: the one door to git; the demo; jq; the checks that a task must pass."""

FILES = sorted(PACKAGE.rglob("*.py"))


def layer_of(name: str) -> int:
    return next(k for k, names in enumerate(LAYERS) if name in names.split())


def top(path: Path) -> str:
    """The part of bd_py that a file belongs to: ``cli`` of ``bd_py/cli/verbs/show.py``."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def own_parts(names: Iterator[str]) -> set[str]:
    """The parts of bd_py among imported names; the package's own version is none."""
    found = {name.split(".")[1] for name in names if name.startswith("bd_py.")}
    return {part for part in found if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()}


def imported(node: ast.AST) -> Iterator[str]:
    """Dotted names of everything that is imported when the program runs, wherever it stands."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        else:
            yield from imported(child)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string of a file, docstrings left out."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def test_every_part_has_its_layer() -> None:
    names = [name for layer in LAYERS for name in layer.split()]
    assert len(set(names)) == len(names)
    parts = {top(path) for path in FILES} - {"__init__", "_script", "_data"}
    assert parts == set(names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    here = top(path)
    parts = own_parts(imported(parsed(path))) - {here}
    if here == "__init__":
        assert parts <= {"store", "errors"}, "the library's door, which opens when it is asked for"
        return
    assert {part for part in parts if layer_of(part) >= layer_of(here)} == set()


def test_no_module_needs_itself() -> None:
    """Neither at once nor by way of others, wherever the imports stand; the library's door opens when it is asked."""
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES}
    needs = {}
    for name, path in files.items():
        found = {each if each in files else each.rpartition(".")[0] for each in imported(parsed(path))}
        needs[name] = found & files.keys() - {"bd_py", name}
    left = dict(needs)
    while free := {name for name, below in left.items() if not below & left.keys()}:
        left = {name: below for name, below in left.items() if name not in free}
    assert left == {}


@pytest.mark.parametrize("name", sorted(PURE))
def test_pure_modules_do_no_io_and_read_no_clock(name: str) -> None:
    for path in FILES:
        if top(path) != name:
            continue
        tree = parsed(path)
        names = list(imported(tree))
        outside = {found.split(".")[0] for found in names if not found.startswith("bd_py")}
        assert outside & sys.stdlib_module_names <= PURE_STDLIB, path
        assert outside - sys.stdlib_module_names - PURE_STDLIB <= PURE_PACKAGES, path
        assert own_parts(iter(names)) <= PURE | {"times", "ids"}, path
        used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not used & IMPURE_NAMES, path
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not calls & IMPURE_CALLS, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_sql_stands_where_it_belongs(path: Path) -> None:
    tree = parsed(path)
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls = {function.attr for function in functions if isinstance(function, ast.Attribute)}
    words = {text.split()[0] for text in texts(tree) if text.split()}
    asks = bool(calls & {"execute", "executemany", "executescript"}) or "SELECT" in words
    changes = bool(words & {"INSERT", "UPDATE", "DELETE"})
    assert not asks or top(path) in SQL
    assert not changes or top(path) in CHANGES_TABLES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_click_stays_where_it_is_needed(path: Path) -> None:
    uses = any(name.split(".")[0] == "click" for name in imported(parsed(path)))
    assert not uses or str(path.relative_to(PACKAGE)) in CLICK


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_git_has_one_door(path: Path) -> None:
    starts = any(name.split(".")[0] == "subprocess" for name in imported(parsed(path)))
    assert not starts or str(path.relative_to(PACKAGE)) in PROCESSES

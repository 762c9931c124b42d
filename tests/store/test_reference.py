"""docs/api.md is what signatures and docstrings say; the programs that it shows are run."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from bd_py import errors, store
from bd_py.store import reference
from tests.inprocess import Cli

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "api.md").read_text(encoding="utf-8")


def test_it_is_not_stale() -> None:
    assert reference.markdown(str(DOCS / "examples")) == PAGE, "'make docs' writes docs/api.md anew"


def test_the_command_writes_it(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(DOCS / "examples")
    reference.main([str(tmp_path / "api.md")])
    assert (tmp_path / "api.md").read_text(encoding="utf-8") == PAGE


def test_everything_public_stands_in_it() -> None:
    told = [name for _, names in reference.SECTIONS for name in names]
    assert sorted(told) == sorted(store.__all__)
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.TkError):
            assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", store.__all__)
def test_everything_has_a_docstring(name: str) -> None:
    kind = getattr(store, name)
    assert kind.__doc__
    for member_name, member in reference.public(kind):
        assert inspect.getdoc(member), f"{name}.{member_name}"
        assert f"#### {name}.{member_name}\n" in PAGE
        if inspect.isfunction(member):
            hints: dict[str, Any] = member.__annotations__
            assert "return" in hints, f"{name}.{member_name} is typed"


def test_links_lead_somewhere() -> None:
    headings = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall("^#+ (.*)$", PAGE, re.M)}
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", PAGE):
        assert not target or (DOCS / target).is_file(), target
        assert not anchor or anchor in headings, anchor
    names = {name for line in re.findall(r"Raises ([^.]*)\.", PAGE) for name in re.findall(r"\b\w+Error\b", line)}
    known = vars(errors).keys() | {"ValueError", "AttributeError"}
    assert {name for name in names if not name.startswith("sqlite3")} - known <= {"DatabaseError"}


SAYS = {
    "tasks": [
        "ID -> ID would close a cycle",
        "ada has it",
        "['Tag the release']",
        "['task.created', 'task.claimed', 'task.updated', 'task.evidence.add', 'task.closed']",
    ],
    "documents": ["reviews: points are 0 to 10", "[('bob', 9), ('grace', 8), ('grace', 7)]", "2 of 3", "complete"],
    "following": ["['task.created', 'task.custom']", "bob task.closed"],
}


@pytest.mark.parametrize("name", SAYS)
def test_its_programs_run(cli: Cli, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(DOCS / f"examples/{name}.py"))["main"](str(cli.root))
    said = re.sub(r"tk-\w{10}", "ID", capsys.readouterr().out)
    assert said.splitlines() == SAYS[name]

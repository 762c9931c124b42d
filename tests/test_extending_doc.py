"""docs/extending.md, run: every block of SQL and Python, in its order, on one store."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.support import assert_one_truth, workspace
from tests.inprocess import Cli

DOC = Path(__file__).parent.parent / "docs/extending.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", DOC.read_text(encoding="utf-8"), re.S | re.M)


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert {language for language, _ in BLOCKS} == {"sql", "python"}
    assert len(BLOCKS) > 15


def statements(script: str) -> Iterator[str]:
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""
    assert not held.strip(), "a block is whole statements"


def run_python(code: str, names: dict[str, Any], number: int) -> None:
    exec(compile(code, f"docs/extending.md, block {number}", "exec"), names)


def in_python(cache: Path, script: str) -> None:
    """As a program would; what a query or RETURNING gives must not be empty."""
    with contextlib.closing(sqlite3.connect(cache, isolation_level=None)) as conn:
        for statement in statements(script):
            rows = conn.execute("PRAGMA foreign_keys = ON").fetchall() + conn.execute(statement).fetchall()
            asks = re.search(r"^(SELECT|WITH|RETURNING)\b", statement, re.M)
            assert bool(rows) == bool(asks), statement


def in_the_shell(cache: Path, script: str) -> None:
    """As a person would; what a query gives must not be empty."""
    done = subprocess.run(["sqlite3", "-bail", str(cache)], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) == bool(re.search(r"^(SELECT|WITH|RETURNING)\b", script, re.M)), script


@pytest.mark.parametrize("ask", [in_python, in_the_shell])
def test_its_blocks_in_order(cli: Cli, ask: Any) -> None:
    if ask is in_the_shell and shutil.which("sqlite3") is None:
        pytest.skip("no sqlite3 shell")
    names: dict[str, Any] = {}
    for number, (language, text) in enumerate(BLOCKS, 1):
        if language == "python":
            run_python(text, names, number)
        else:
            ask(cli.root / ".tasks/cache.db", text)
    assert_one_truth(workspace(names["store"]._paths))


def test_what_it_says_of_files_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", DOC.read_text(encoding="utf-8")):
        assert (DOC.parent / target).is_file(), target


def test_the_lock_from_the_shell(cli: Cli) -> None:
    if shutil.which("flock") is None or shutil.which("sqlite3") is None:
        pytest.skip("no flock or sqlite3")
    cli.new("one")
    command = "flock .tasks/lock sqlite3 .tasks/cache.db 'CREATE TABLE app_x (n); INSERT INTO app_x VALUES (1)'"
    subprocess.run(["sh", "-c", command], cwd=cli.root, check=True)
    assert cli.json("rebuild")["foreign_tables"] == ["app_x"]

"""The guide for extending bd, run against tk: its script with the names replaced, its SQL as it stands."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DATA_REQUIRED, Runner
from tests.inprocess import Cli

GUIDE = "001-beads-jsonl-and-extending.txt"
ELIDED = ("(...)", "-- Don't do this!")
"""Marks of statements that the guide shows in part: no database would take them."""

QUICK, SCHEMA, ACROSS, ORCHESTRATOR, INDEXES, JOINING, TITLE, RUNNING = 0, 1, 2, 3, 6, 7, 12, 13
BEFORE = {ACROSS: SCHEMA, INDEXES: QUICK, JOINING: QUICK, RUNNING: QUICK}
"""The pieces of SQL that build on the tables of another piece."""


@pytest.fixture(scope="session")
def guide(data: Path) -> str:
    path = data.parent / "seeds" / GUIDE
    if not path.is_file():
        reason = f"no {path}"
        pytest.fail(reason) if DATA_REQUIRED else pytest.skip(reason)
    return path.read_text(encoding="utf-8")


def blocks(guide: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", guide, re.S | re.M)


def sql(guide: str) -> list[str]:
    """Every piece of SQL in the order of the text: whole blocks, and strings in Go."""
    found: list[str] = []
    for language, body in re.findall(r"^```(\w+)\n(.*?)^```$", guide, re.S | re.M):
        if language == "sql":
            found.append(body)
        elif language == "go":
            found += [text for text in re.findall(r"`([^`]*)`", body) if re.search("SELECT|INSERT|CREATE", text)]
    return found


def statements(script: str) -> Iterator[str]:
    """The statements of a piece of SQL that are shown whole."""
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            if not any(mark in held for mark in ELIDED):
                yield held
            held = ""
    if held.strip():
        yield held


@pytest.fixture
def worked(cli: Cli) -> dict[str, str]:
    """Four tasks: an epic that waits, what it waits for, one that is done, one in progress."""
    names = ("first", "done", "doing")
    ids = {name: cli.new(name, "-p", str(k)) for k, name in enumerate(names)}
    ids["waits"] = cli.new("waits", "-p", "0", "--depends-on", ids["first"])
    cli("close", ids["done"])
    cli("claim", ids["doing"])
    return ids


@contextlib.contextmanager
def copied(cli: Cli, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the cache, to make tables in that would be in each other's way."""
    path = tmp_path / "copy.db"
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(cli.root / ".tasks/cache.db")) as source:
        source.execute("VACUUM INTO ?", (str(path),))
    with contextlib.closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA foreign_keys = ON")
        yield conn


def tables(script: str) -> Iterator[str]:
    return (text for text in statements(script) if "CREATE TABLE" in text)


@pytest.mark.parametrize("piece", range(14))
def test_its_sql_runs_unchanged(guide: str, cli: Cli, worked: dict[str, str], tmp_path: Path, piece: int) -> None:
    pieces = sql(guide)
    assert len(pieces) == 14
    with copied(cli, tmp_path) as conn:
        if piece in BEFORE:
            for statement in tables(pieces[BEFORE[piece]]):
                conn.execute(statement)
        for statement in statements(pieces[piece]):
            # The program's own values: the id of a task, then words.
            values = (worked["first"], "agent-1")[: statement.count("?")]
            conn.execute(statement, values).fetchall()
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


def test_its_queries_answer(guide: str, cli: Cli, worked: dict[str, str], tmp_path: Path) -> None:
    pieces = sql(guide)
    with copied(cli, tmp_path) as conn:
        *make, query = statements(pieces[QUICK])
        for statement in make:
            conn.execute(statement)
        insert = "INSERT INTO myapp_executions (issue_id, status, agent_id) VALUES (?, 'running', 'a')"
        conn.execute(insert, (worked["doing"],))
        assert conn.execute(query).fetchall() == [(worked["doing"], "doing", 2, "running", "a", None)]
        assert conn.execute(pieces[TITLE], (worked["first"],)).fetchall() == [("first", 0)]
        (join,) = statements(pieces[JOINING])
        assert conn.execute(join).fetchall() == [("doing", 2, "running")]


def test_its_claim_takes_the_ready_one(guide: str, cli: Cli, worked: dict[str, str], tmp_path: Path) -> None:
    with copied(cli, tmp_path) as conn:
        *make, claim = statements(sql(guide)[ORCHESTRATOR])
        for statement in make:
            conn.execute(statement)
        for name in ("waits", "first"):
            conn.execute(
                "INSERT INTO vc_executor_instances (id, issue_id, executor_type, status, created_at) "
                "VALUES (?, ?, 'agent', 'pending', datetime('now'))",
                (f"x-{name}", worked[name]),
            )
        ((key, issue, _, status, agent, *_),) = conn.execute(claim).fetchall()
        assert (key, issue, status, agent) == ("x-first", worked["first"], "executing", "agent-1")
        assert conn.execute(claim).fetchall() == [], "the other waits for it"


@pytest.fixture
def script(guide: str, cli: Cli, tmp_path: Path) -> Runner:
    """Its script for bash, with ``tk`` for ``bd`` and the cache for its database."""
    for program in ("bash", "jq", "sqlite3"):
        if shutil.which(program) is None:
            pytest.skip(f"the script runs {program}, which is not here")
    (body,) = blocks(guide, "bash")
    path = tmp_path / "work.sh"
    path.write_text(re.sub(r"\bbd\b", "tk", body).replace(".beads/myapp.db", ".tasks/cache.db"))
    command = tmp_path / "bin/tk"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bd_py "$@"\n')
    command.chmod(0o755)
    runner = Runner(("env", f"PATH={command.parent}{os.pathsep}{os.environ['PATH']}", "bash", str(path)), cli.root)
    with contextlib.closing(sqlite3.connect(cli.root / ".tasks/cache.db")) as conn:
        for statement in list(statements(sql(guide)[QUICK]))[:-1]:
            conn.execute(statement)
        conn.commit()
    return runner


def executions(cli: Cli) -> list[tuple[str, str, bool]]:
    with contextlib.closing(sqlite3.connect(cli.root / ".tasks/cache.db")) as conn:
        query = "SELECT issue_id, status, completed_at IS NOT NULL FROM myapp_executions ORDER BY id"
        return [(issue, status, bool(over)) for issue, status, over in conn.execute(query)]


def test_its_script_works_through_what_is_ready(script: Runner, cli: Cli, worked: dict[str, str]) -> None:
    for k, name in enumerate(("first", "waits"), 1):
        done = script()
        assert f"Working on {worked[name]}\n" in done.stdout
        assert done.stderr == ""
        task = cli.task(worked[name])
        assert (task["status"], task["close_reason"]) == ("closed", "Completed by agent-1")
        assert cli.types(worked[name]) == ["created", "claimed", "closed"]
        assert executions(cli)[k - 1] == (worked[name], "completed", True)
    assert script().stdout == "No ready work\n"
    cli("rebuild")
    assert [row[0] for row in executions(cli)] == [worked["first"], worked["waits"]]


def test_its_script_in_a_store_without_tasks(script: Runner) -> None:
    done = script()
    assert (done.stdout, done.stderr) == ("No ready work\n", "")

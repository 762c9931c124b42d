"""The guide for extending bd: all of its SQL, unchanged, on ``.tasks/cache.db``, from Python and from the shell.

On a store whose branches each added one edge of a cycle: a program that trusts ``dependencies`` must not wait for ever.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.conftest import Runner
from tests.inprocess import Cli
from tests.test_seed_script import (
    ACROSS,
    BEFORE,
    JOINING,
    ORCHESTRATOR,
    QUICK,
    SCHEMA,
    TITLE,
    guide,
    sql,
    statements,
    tables,
)

__all__ = ["guide"]

Rows = list[tuple[str, ...]]
Ask = Callable[[Path, Sequence[str], Sequence[str]], Rows]


def in_python(root: Path, script: Sequence[str], values: Sequence[str] = ()) -> Rows:
    """The rows of the last statement, as text."""
    with contextlib.closing(sqlite3.connect(root / ".tasks/cache.db", isolation_level=None)) as conn:
        conn.execute("PRAGMA foreign_keys = ON")
        rows: list[tuple[object, ...]] = []
        for statement in script:
            rows = conn.execute(statement, values[: statement.count("?")]).fetchall()
        return [tuple("" if value is None else str(value) for value in row) for row in rows]


def in_the_shell(root: Path, script: Sequence[str], values: Sequence[str] = ()) -> Rows:
    """The same by the sqlite3 shell; values are bound by its ``.parameter``."""
    if shutil.which("sqlite3") is None:
        pytest.skip("no sqlite3 shell")
    if not script:  # a piece of which the guide shows parts alone
        return []
    bound = [f".parameter set ?{k} \"'{value}'\"" for k, value in enumerate(values, 1)]
    whole = [text if text.rstrip().endswith(";") else text + ";" for text in script]
    head = ["PRAGMA foreign_keys = ON;", ".parameter init", *bound, ".mode ascii", '.separator "\\t" "\\n"']
    done = subprocess.run(
        ["sqlite3", "-bail", str(root / ".tasks/cache.db")],
        input="\n".join([*head, *whole[:-1], ".print -- answer", whole[-1], ""]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [tuple(line.split("\t")) for line in done.stdout.partition("-- answer\n")[2].splitlines()]


@pytest.fixture(params=[in_python, in_the_shell])
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


@pytest.fixture
def merged(cli: Cli, git: Runner) -> dict[str, str]:
    """Two tasks that wait for each other since a merge, one that waits for both, one in progress, one closed."""
    ids = {name: cli.new(name, "-p", str(k)) for k, name in enumerate(("one", "other", "doing", "done"))}
    ids["last"] = cli.new("last", "-p", "0", "--depends-on", ids["one"], "--depends-on", ids["other"])
    cli("claim", ids["doing"])
    cli("close", ids["done"])
    git("add", ".")
    git("commit", "-qm", "base")
    git("switch", "-qc", "side")
    cli("dep", "add", ids["one"], ids["other"])
    git("add", ".")
    git("commit", "-qm", "side")
    git("switch", "-q", "main")
    cli("dep", "add", ids["other"], ids["one"])
    git("add", ".")
    git("commit", "-qm", "main")
    git("merge", "-q", "--no-edit", "side")
    assert cli.json("sync")["suspended"] == [ids["other"]]
    return ids


def check_store(cli: Cli) -> None:
    """tk goes on as if nothing were beside, and what is beside stays."""
    before = in_python(cli.root, ["SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"])
    assert cli.json("doctor")["ok"]
    cli("rebuild")
    assert in_python(cli.root, ["SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"]) == before
    assert in_python(cli.root, ["PRAGMA foreign_key_check"]) == []


@pytest.mark.parametrize("piece", range(14))
def test_every_piece_runs(guide: str, cli: Cli, merged: dict[str, str], ask: Ask, piece: int) -> None:
    pieces = sql(guide)
    script = [*(tables(pieces[BEFORE[piece]]) if piece in BEFORE else ()), *statements(pieces[piece])]
    ask(cli.root, script, (merged["one"], "agent-1"))
    check_store(cli)


def test_its_joins_answer(guide: str, cli: Cli, merged: dict[str, str], ask: Ask) -> None:
    pieces = sql(guide)
    *make, query = statements(pieces[QUICK])
    insert = "INSERT INTO myapp_executions (issue_id, status, agent_id) SELECT id, 'running', 'a' FROM issues"
    rows = ask(cli.root, [*make, insert, query], ())
    assert [row[:5] for row in rows] == [(merged["doing"], "doing", "2", "running", "a")]
    assert ask(cli.root, [pieces[TITLE]], (merged["last"],)) == [("last", "0")]
    (join,) = statements(pieces[JOINING])
    by_title = {row[0]: row[1:] for row in ask(cli.root, [join], ())}
    assert by_title == {
        "one": ("0", "running"),
        "other": ("1", "running"),
        "doing": ("2", "running"),
        "done": ("3", "running"),
        "last": ("0", "running"),
    }
    check_store(cli)


def test_its_query_across_layers_counts_checkpoints(guide: str, cli: Cli, merged: dict[str, str], ask: Ask) -> None:
    pieces = sql(guide)
    (query,) = statements(pieces[ACROSS])
    insert = [
        f"INSERT INTO myapp_executions (issue_id, status, agent_id) VALUES ('{merged[name]}', 'running', '{name}')"
        for name in ("doing", "one", "last")
    ]
    steps = "INSERT INTO myapp_checkpoints (execution_id, step_name) SELECT 1, 'a' UNION ALL SELECT 1, 'b'"
    rows = ask(cli.root, [*statements(pieces[SCHEMA]), *insert, steps, query], ())
    assert [(row[0], row[3], row[8]) for row in rows] == [
        (merged["one"], "open", "0"),
        (merged["last"], "open", "0"),
        (merged["doing"], "in_progress", "2"),
    ]


def test_its_claim_is_right_where_a_merge_brought_a_cycle(
    guide: str, cli: Cli, merged: dict[str, str], ask: Ask
) -> None:
    """Each claim takes what tk calls ready, one after the other, until all of them are done."""
    *make, claim = statements(sql(guide)[ORCHESTRATOR])
    waiting = ("last", "other", "one")
    insert = [
        "INSERT INTO vc_executor_instances (id, issue_id, executor_type, status, created_at) "
        f"VALUES ('x-{name}', '{merged[name]}', 'agent', 'pending', datetime('now'))"
        for name in waiting
    ]
    ask(cli.root, [*make, *insert], ())
    order = []
    for _ in waiting:
        (ready,) = cli.ready()
        ((key, issue, *_),) = ask(cli.root, [claim], ())
        assert issue == ready
        order.append(key)
        assert ask(cli.root, [claim], ()) == [], "the others wait for it"
        cli("close", issue)
    assert order == ["x-other", "x-one", "x-last"]
    assert ask(cli.root, [claim], ()) == []
    check_store(cli)


def test_delete_cascades_and_a_delete_that_fails_does_not(
    guide: str, cli: Cli, merged: dict[str, str], ask: Ask
) -> None:
    ask(cli.root, [*statements(sql(guide)[SCHEMA])], ())
    ask(
        cli.root,
        [
            "INSERT INTO myapp_executions (issue_id, status) SELECT id, 'pending' FROM issues ORDER BY priority",
            "INSERT INTO myapp_checkpoints (execution_id, step_name) SELECT id, 'a' FROM myapp_executions",
            "CREATE TABLE myapp_keeps (issue_id TEXT REFERENCES issues (id) ON DELETE RESTRICT)",
            f"INSERT INTO myapp_keeps VALUES ('{merged['one']}')",
        ],
        (),
    )
    count = "SELECT (SELECT count(*) FROM myapp_executions), (SELECT count(*) FROM myapp_checkpoints)"
    log = cli.lines()
    assert "does not allow its deletion" in cli.fails(5, "delete", merged["one"]).err
    cli.fails(3, "delete", "nope")
    assert cli.lines() == log
    assert ask(cli.root, [count], ()) == [("5", "5")]
    cli.fails(5, "delete", merged["one"], merged["other"])
    assert ask(cli.root, [count], ()) == [("4", "4")]
    assert ask(cli.root, [f"SELECT * FROM myapp_executions WHERE issue_id = '{merged['other']}'"], ()) == []
    check_store(cli)

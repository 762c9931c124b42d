"""What a shell is offered at a Tab: from the declarations and the cache, in bash itself too."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bd_py.cache import level
from bd_py.cli import complete, registry
from tests.cli.test_imports import BANNED
from tests.conftest import child_env
from tests.guard import harness
from tests.inprocess import Cli


@pytest.fixture
def world(cli: Cli) -> Cli:
    cli.configure('types = ["spike"]\n[statuses.review]\ncategory = "active"\n')
    for end, title in (("7f3k000001", "Alpha"), ("7f3m000002", "Beta\x1b"), ("9aaa000003", "Gamma")):
        cli("create", title, "--id", f"tk-{end}", "-l", "core", "-a", "grace")
    cli("create", "Done", "--id", "tk-7done00004")
    cli("close", "tk-7done00004")
    cli("create", "Gone", "--id", "tk-gone000005")
    cli("delete", "tk-gone000005")
    return cli


def offered(*words: str) -> list[str]:
    return complete.main(words)


def words(*line: str) -> list[str]:
    return [found.partition("\t")[0] for found in offered(*line)]


def test_no_connection_is_left_open(world: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, made = level.connect_read_only, []

    def noted(path: str, *, immutable: bool) -> sqlite3.Connection:
        made.append(connect(path, immutable=immutable))
        return made[-1]

    monkeypatch.setattr("bd_py.service.candidates.connect_read_only", noted)
    assert words("reopen", "") == ["tk-7done00004"]
    (conn,) = made
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        conn.execute("SELECT 1")


def test_ids_with_their_titles(world: Cli) -> None:
    assert offered("show", "tk-7f") == ["tk-7f3k000001\tAlpha", "tk-7f3m000002\tBeta\\x1b"]
    assert offered("show", "7f3k") == ["7f3k000001\tAlpha"]
    assert words("show", "tk-7") == ["tk-7f3k000001", "tk-7f3m000002", "tk-7done00004"], "closed ones last"
    assert set(words("show", "")) == {"tk-7f3k000001", "tk-7f3m000002", "tk-9aaa000003"}
    assert words("reopen", "") == ["tk-7done00004"]
    assert offered("restore", "tk") == ["tk-gone000005\tGone"]
    assert words("close", "tk-7f3k000001", "tk-9") == ["tk-9aaa000003"]
    assert words("dep", "add", "tk-9aaa000003", "9") == ["9aaa000003"]
    assert words("create", "T", "--dep", "related:9") == ["related:9aaa000003"]
    assert words("list", "--parent=9") == ["--parent=9aaa000003"]
    assert words("edit", "9") == ["9aaa000003"]
    assert words("show", "nope") == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("clo", ["close", "closed"]),
        ("dep tr", ["tree"]),
        ("list -s rev", ["review"]),
        ("list --status=op", ["--status=open"]),
        ("list -s open,cl", ["open,closed"]),
        ("create T -t sp", ["spike"]),
        ("create T -l ", ["core"]),
        ("list -a g", ["grace"]),
        ("create T -p P", ["P0", "P1", "P2", "P3", "P4"]),
        ("export --format m", ["markdown"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("help qui", ["quickstart"]),
        ("import ", [":files"]),
        ("create --from ", [":files"]),
        ("create --graph=", [":files"]),
        ("-C ", [":folders"]),
        ("--act", ["--actor"]),
        ("-C . versi", ["version"]),
        ("init --no-h", ["--no-hooks"]),
        ("nonsense ", []),
        ("setup a", ["agents"]),
    ],
)
def test_words(world: Cli, line: str, found: list[str]) -> None:
    assert words(*line.split(" ")) == found


def test_flags_tell_what_they_are(world: Cli) -> None:
    assert offered("list", "--una") == ["--unassigned\tOnly unassigned tasks"]


@pytest.mark.parametrize("name", registry.NAMES)
def test_every_verb_can_be_completed(world: Cli, name: str) -> None:
    assert offered(name, "--js")[0].startswith("--json") or name in complete.HIDDEN
    offered(name, "")
    offered(name, "x", "")


def test_hidden_verbs_are_those_declared_so() -> None:
    assert {verb.name for verb in registry.load_all() if verb.hidden} <= set(complete.HIDDEN) <= set(registry.NAMES)


def test_without_a_store_and_with_a_cache_that_is_behind(world: Cli, tmp_path: Path) -> None:
    assert offered("-C", str(tmp_path), "show", "tk") == []
    assert words("-C", str(tmp_path), "list", "-s", "op") == ["open"]
    before = {path: path.stat().st_mtime_ns for path in (world.root / ".tasks").rglob("*.jsonl")}
    (world.root / ".tasks/cache.db").write_bytes(b"no database")
    for path in (world.root / ".tasks").glob("cache.db-*"):
        path.unlink()
    assert offered("show", "tk") == []
    assert {path: path.stat().st_mtime_ns for path in (world.root / ".tasks").rglob("*.jsonl")} == before
    world("rebuild")


def test_a_tab_imports_little(world: Cli) -> None:
    script = "import sys; from bd_py.cli.complete import main; main(sys.argv[2:]); print(*sys.modules)"
    roots = f"import sys; sys.path[:0] = [{str(harness.ROOT)!r}]; {script}"
    command = [sys.executable, "-I", "-S", "-c", roots, "", "show", "7f"]
    done = subprocess.run(command, cwd=world.root, capture_output=True, text=True, check=True)
    assert not set(BANNED) & set(done.stdout.split())


BASH = r"""
eval "$(tk completion bash)"
COMP_TYPE=${TYPE:-9}
COMP_WORDS=(tk "$@")
COMP_CWORD=$#
compopt() { :; }
_tk
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("line", "kind", "found"),
    [
        (["show", "7f3k"], "9", ["7f3k000001"]),
        (["show", "7f"], "63", ["7f3k000001  Alpha", "7f3m000002  Beta\\x1b"]),
        (["list", "--status", "=", "op"], "9", ["open"]),
        (["create", "T", "--dep", "related", ":", "9"], "9", ["9aaa000003"]),
    ],
)
def test_in_bash(world: Cli, tmp_path: Path, line: list[str], kind: str, found: list[str]) -> None:
    program = tmp_path / "bin/tk"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bd_py "$@"\n')
    program.chmod(0o755)
    env = child_env({"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "TYPE": kind})
    done = subprocess.run(
        ["bash", "-c", BASH, "bash", *line], cwd=world.root, env=env, capture_output=True, text=True, check=True
    )
    assert (done.stdout.splitlines(), done.stderr) == (found, "")

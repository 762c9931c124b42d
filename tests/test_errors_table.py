"""Every verb against what it must refuse: the exit code of docs/cli.md, and nothing is changed by it.

One store for all of the table: since no case may change it, every case also proves that for those before.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bd_py.cli import registry
from tests.conftest import Runner, child_env
from tests.errors_table import TABLE, WORLD, Case
from tests.inprocess import Cli, Done, Rows

ROOT = Path(__file__).parent.parent
ERROR = Draft202012Validator(json.loads((ROOT / "docs/schemas/error.schema.json").read_text()))
KINDS = {1: "failed newer_format read_only log_write", 2: "usage", 3: "not_found ambiguous no_store"}
KINDS |= {4: "invalid transition", 5: "conflict", 6: "cycle", 7: "lock_timeout"}

Snapshot = tuple[dict[str, str], Rows, str]


def snapshot(cli: Cli) -> Snapshot:
    """The files of the log, what the cache holds, and what git sees."""
    files = [*sorted((cli.root / ".tasks").rglob("*.jsonl")), cli.root / ".tasks/config.toml"]
    digests = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    status = ["git", "status", "--porcelain", "-uall", "--ignored=no"]
    seen = subprocess.run(status, cwd=cli.root, capture_output=True, text=True, check=True).stdout
    return digests, cli.cached(), seen


def check_errors(done: Done, code: int) -> None:
    """What ``--json`` puts on stderr: objects of the schema, of a kind that has this exit code."""
    assert done.errors
    for error in done.errors:
        ERROR.validate({"error": error})
        assert error["message"] == error["message"].strip() != ""
    assert done.errors[0]["code"] in KINDS[code].split()


def fill(cli: Cli) -> None:
    """The tasks that the table speaks of."""
    for word, *options in (
        ("OPEN",),
        ("CHILD", "--parent", WORLD["OPEN"]),
        ("WAITS", "--depends-on", WORLD["OPEN"]),
        *((word,) for word in ("MINE", "THEIRS", "CLOSED", "BLOCKED", "GONE")),
    ):
        cli("create", word.title(), "--id", WORLD[word], *options)
    for letter in "ab":
        cli("create", "Twin", "--id", f"tk-twin{letter}00001")
    cli("claim", WORLD["MINE"])
    cli("claim", WORLD["THEIRS"], "--actor", "grace")
    cli("close", WORLD["CLOSED"])
    cli("block", WORLD["BLOCKED"], "no key")
    cli("delete", WORLD["GONE"])
    (cli.root / "latin1").write_bytes(b"no\xff\n")
    for name, text in PLANS.items():
        (cli.root / name).write_text(text)


A = '{"key": "a", "title": "A"'
PLANS = {
    "good.md": "# A\n",
    "cycle.md": "# A\n## B\n## C\ndepends on: D\n## D\ndepends on: C\n",
    "cycle.json": f'{{"nodes": [{A}, "deps": "b"}}, {{"key": "b", "title": "B", "deps": "a"}}]}}',
    "unknown.json": f'{{"nodes": [{A}, "prioritty": 1}}]}}',
    "twice.json": f'{{"nodes": [{A}}}, {A}}}]}}',
    "missing.json": f'{{"nodes": [{A}}}], "edges": [{{"from": "b", "to": "a"}}]}}',
    "AGENTS.md": "<!-- tk: begin -->\n",
}
"""Plans that say what must be refused, and an AGENTS.md that was broken by hand."""

SHARED: list[tuple[Cli, Snapshot]] = []


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """The store of the table, made once a process and made anew after a case that changed it."""
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")
    if not SHARED:
        root = tmp_path_factory.mktemp("world")
        Runner(("git",), root)("init", "-q")
        cli = Cli(root)
        monkeypatch.chdir(root)
        cli("init")
        fill(cli)
        SHARED.append((cli, snapshot(cli)))
    cli, before = SHARED.pop()
    monkeypatch.chdir(cli.root)
    yield cli
    after = snapshot(cli)
    for one, other in zip(before, after, strict=True):
        assert one == other
    SHARED.append((cli, before))


def argv(case: Case) -> list[str]:
    """The command line of a row."""
    return [WORLD.get(word, word) for word in case.line.split()]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.line)
def test_it_is_refused_and_nothing_is_changed(world: Cli, case: Case) -> None:
    told = world.fails(case.code, *argv(case), input=case.input)
    first, *hint = told.err.splitlines()
    assert first.startswith("Error: ")
    assert case.says in told.err
    assert len(hint) <= 1, "a line and a hint"
    assert told.out == ""
    done = world.fails(case.code, "--json", *argv(case), input=case.input)
    check_errors(done, case.code)
    assert done.out in ("", "[]\n")


def test_every_verb_is_in_the_table() -> None:
    seen = {name for case in TABLE for name in case.line.split()[:1]}
    mine = "create q show list ready blocked claim release update close reopen block unblock defer undefer delete"
    wanted = {*mine.split(), *"restore dep undep label comment log".split()}
    wanted |= set("install-hooks uninstall-hooks hook merge-driver textconv diff undo compact sync".split())
    wanted |= set("edit sql prime setup completion import export".split())
    wanted |= set("link unlink tag untag assign unassign priority comments count stats status stale".split())
    wanted |= set("closed children graph epic check query metrics".split())
    wanted |= set("phase progress next blocker evidence artifact event accept reject gates".split())
    assert wanted <= seen
    assert wanted <= set(registry.NAMES)


def test_a_stale_version_names_the_new_one(cli: Cli) -> None:
    task = cli.new()
    old = cli.task(task)["version"]
    cli("update", task, "-p", "1", "--if-version", old)
    error = cli.fails(5, "update", task, "-p", "0", "--if-version", old, "--json").errors[0]
    assert error["details"] == {"task": task, "version": cli.task(task)["version"]}


def test_the_holder_is_told_to_programs(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task, "--actor", "grace", "--session", "s1")
    error = cli.fails(5, "claim", task, "--json").errors[0]
    assert error["details"]["holder"] == {"name": "grace", "session": "s1", "until": None}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("update A NOPE B -p 0", 3),
        ("claim A HELD B", 5),
        ("close A NOPE B HELD", 3),
        ("label add A NOPE B core", 3),
        ("delete A NOPE B", 3),
        ("defer A DONE B", 4),
        ("show A NOPE B", 3),
    ],
)
def test_of_several_ids_those_that_can_be_done_are_done(cli: Cli, line: str, code: int) -> None:
    ids = {name: cli.new(name) for name in ("A", "B", "HELD", "DONE")}
    cli("claim", ids["HELD"], "--actor", "grace")
    cli("close", ids["DONE"])
    done = cli.fails(code, *(ids.get(word, word) for word in line.split()), "--json")
    wanted = [ids[word] for word in line.split() if word in ids and word != "DONE"]
    if line.startswith("claim"):
        wanted.remove(ids["HELD"])
    assert [issue["id"] for issue in done.json] == wanted
    assert len(done.errors) == 1
    check_errors(done, code)


def test_an_item_that_fails_in_the_middle_has_written_nothing(cli: Cli) -> None:
    good, closed = cli.new(), cli.new()
    cli("close", closed)
    count = len(cli.lines())
    cli.fails(4, "update", closed, good, "-p", "0", "--add-label", "x", "-s", "in_progress", "-a", "grace")
    assert cli.types(closed) == ["created", "closed"]
    assert len(cli.lines()) == count + 3
    assert cli.task(good)["labels"] == ["x"]


def test_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    for line in ("list", "create T", "show x", "close x"):
        done = cli.fails(3, *line.split(), "--json")
        assert done.errors[0]["code"] == "no_store"
        check_errors(done, 3)
    assert "tk init" in cli.fails(3, "list").err
    monkeypatch.setenv("TK_DIR", str(outside))
    assert "TK_DIR" in cli.fails(3, "list").err
    assert list(outside.iterdir()) == []
    monkeypatch.delenv("TK_DIR")
    monkeypatch.chdir(cli.root)


WRITES = ("create T", "close OPEN", "update OPEN -p 0", "claim OPEN", "dep add OPEN CHILD", "delete OPEN")


@pytest.mark.parametrize("line", [*WRITES, "list", "ready", "show OPEN"])
@pytest.mark.parametrize(
    ("config", "code", "says"),
    [
        ("format = 99\n", 1, "this store has format 99, this tk reads up to format 1"),
        ("format = \n", 4, "is no TOML"),
        ('format = 1\nworkflow = "lax"\n', 4, "workflow = 'lax' is not 'relaxed' or 'strict'"),
    ],
)
def test_a_config_that_cannot_be_read(cli: Cli, line: str, config: str, code: int, says: str) -> None:
    fill(cli)
    path = cli.root / ".tasks/config.toml"
    good = path.read_text()
    path.write_text(config)
    before = snapshot(cli)
    words = [WORLD.get(word, word) for word in line.split()]
    assert says in cli.fails(code, *words).err
    check_errors(cli.fails(code, *words, "--json"), code)
    assert snapshot(cli) == before
    path.write_text(good)


@pytest.mark.parametrize("cache", ["there", "missing"])
def test_a_newer_format_is_refused_with_and_without_a_cache(cli: Cli, cache: str) -> None:
    fill(cli)
    path = cli.root / ".tasks/config.toml"
    path.write_text("format = 99\n")
    if cache == "missing":
        (cli.root / ".tasks/cache.db").unlink()
    names = sorted(str(p) for p in cli.root.rglob("*"))
    error = cli.fails(1, "create", "T", "--json").errors[0]
    assert (error["code"], error["details"]) == ("newer_format", {"format": 99})
    assert sorted(str(p) for p in cli.root.rglob("*")) == names
    path.write_text("format = 1\n")


def test_a_lock_that_is_held(cli: Cli, tk: Runner) -> None:
    task = cli.new()
    before = snapshot(cli)
    with (cli.root / ".tasks/lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for line in ("create T", f"close {task}", f"claim {task}"):
            done = tk(*line.split(), "--json", env={"TK_LOCK_TIMEOUT": "0.2"}, check=False)
            assert done.returncode == 7
            error = json.loads(done.stderr)["error"]
            assert (error["code"], error["retryable"]) == ("lock_timeout", True)
        assert tk("list", env={"TK_LOCK_TIMEOUT": "0.2"}).stdout == f"{task} [open] - A task\n"
    assert snapshot(cli) == before


UNPRIVILEGED = """
import ctypes, os, sys
if os.geteuid() == 0:  # whose writes no permission refuses, unless these capabilities go
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        if libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            sys.exit(77)
os.execv(sys.executable, [sys.executable, "-m", "bd_py", *sys.argv[1:]])
"""


def test_a_store_that_cannot_be_written(cli: Cli) -> None:
    task = cli.new()
    before = snapshot(cli)
    tasks = cli.root / ".tasks"
    modes = {path: path.stat().st_mode for path in [tasks, *tasks.rglob("*")]}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", UNPRIVILEGED, *args]
        return subprocess.run(command, cwd=cli.root, env=child_env({}), capture_output=True, text=True, check=False)

    try:
        reads = run("list", "--json")
        if reads.returncode == 77:
            pytest.skip("the superuser may write anything here, and cannot give that up")
        writes = [run(*line.split(), "--json") for line in ("create T", f"close {task}", f"claim {task}")]
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert [issue["id"] for issue in json.loads(reads.stdout)] == [task]
    for done in writes:
        assert (done.returncode, done.stdout) == (1, "")
        error = json.loads(done.stderr)["error"]
        ERROR.validate({"error": error})
        assert error["code"] == "read_only"
    assert snapshot(cli) == before


def test_as_processes(store: Path, tk: Runner) -> None:
    """The wiring: exit codes and streams of the real program."""
    for line, code in (
        ("show nope", 3),
        ("crate T", 2),
        ("create --bogus", 2),
        ("list -s banana", 4),
        ("create T -p abc", 2),
    ):
        done = tk(*line.split(), check=False)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith("Error: ")
    assert tk("show", "nope", check=False).stderr.splitlines()[0] == "Error: task 'nope' not found"
    assert os.listdir(store / ".tasks/log") == []

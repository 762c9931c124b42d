"""What others wrote into a task cannot drive the reader's terminal, and is whole in JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bd_py.cli import terminal
from tests.conftest import Runner
from tests.security.hostile import DRIVES, Log, commit_all
from tests.terminal import on_a_terminal

OWN = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[\x20-\x7e]*\x1b\\")
BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
T, U = "tk-aaaa" + DRIVES, "tk-bbbb" + DRIVES

EVERYDAY = """\
list --all|list --tree --all|ready|blocked|show tk-aaaa|show tk-bbbb|log --verbose|comments tk-aaaa|dep tree tk-aaaa
dep list tk-aaaa|dep cycles|graph --all|graph --format mermaid --all|graph --format dot --all|label list-all|conflicts
doctor|status|count --by status|search other|closed|blocker list tk-aaaa|check tk-aaaa|record collections|list-prds
config list|gates list|prime|sync|describe tk-aaaa|export --format markdown|sql SELECT_title_FROM_issues|diff HEAD
list --fields id,title,status,assignee,labels|update tk-bbbb --status zzz|claim tk-bbbb|show nope
textconv .tasks/log/2026-05/odd.jsonl|help shown|dep add tk-bbbb tk-aaaa|close tk-cccc"""
COMMANDS = [text.split() for line in EVERYDAY.splitlines() for text in line.split("|")]


def hostile_log() -> Log:
    log, x = Log(by="eve" + DRIVES), DRIVES
    log.task(U, title="other" + x)
    texts = dict.fromkeys("description design acceptance_criteria notes owner created_by external_ref name".split(), x)
    log.task(T, status="in" + x, issue_type="t" + x, assignee="a" + x, phase="p" + x, labels=["l" + x], **texts)
    log.task("tk-cccc" + x, meta={"k" + x: "v" + x}, links={"pr": "https://x/" + x}, due_at="2026" + x)
    log.add("task.note.append", T, {"text": "c" + x})
    log.add("task.blocker.add", T, {"blocker": "b" + x, "text": "x" + x})
    log.add("task.evidence.add", T, {"evidence": "e" + x, "passed": True, "command": "c" + x})
    log.add("task.artifact.add", T, {"artifact": "a" + x, "path": "p" + x, "kind": "k" + x})
    log.add("task.claimed", T, {"assignee": "z" + x, "session": "s" + x})
    log.add("task.claimed", T, {"assignee": "y" + x})
    for source, target, kind in ((T, U, "odd" + x), (T, U, "blocks"), (U, T, "blocks"), (U, "nope" + x, "blocks")):
        log.add("task.dep.add", source, {"on": target, "type": kind})
    log.add("task.updated", T, {"set": {"title": "again" + x, "checklist.a": {"text": "c" + x}}}, prev={"title": None})
    log.add("task.odd" + x, T, {"k" + x: x})
    log.record("collection.defined", "co" + x, {"name": "co" + x, "schema": {"type": "object"}, "indexed": ["f" + x]})
    log.record("record.put", "prds", {"set": {"title": "t" + x, "status": "s" + x}}, record="r" + x)
    log.lines += ["<<<<<<< " + x, json.dumps({"bad": x})]
    return log


@pytest.fixture
def hostile(store: Path, git: Runner) -> Path:
    hostile_log().put(store)
    (store / ".tasks/log/2026-05").joinpath("odd.jsonl").write_text("? " + DRIVES + "\n")
    escaped = json.dumps(DRIVES.replace("\x9b", "")).strip('"').replace("\x7f", "")
    settings = f'[alias]\nshown = "list {escaped}"\n[[gates]]\nname = "g{escaped}"\ncommand = "true {escaped}"\n'
    with (store / ".tasks/config.toml").open("a") as file:
        file.write(settings)
    commit_all(git)
    return store


def driving(text: str) -> str:
    """Where a text would drive a terminal, with what stands around it; "" where nowhere."""
    rest = OWN.sub("", text)
    found = BAD.search(rest)
    return "" if found is None else repr(rest[max(0, found.start() - 40) : found.end() + 10])


@pytest.mark.slow
def test_no_command_passes_it_on(hostile: Path) -> None:
    shown = {}
    for command in COMMANDS:
        args = [arg.replace("_", " ") if "SELECT" in arg else arg for arg in command]
        text = run(hostile, *args)
        assert "bug in tk" not in text, (args, text)
        shown[" ".join(args)] = driving(text)
    assert {name: where for name, where in shown.items() if where} == {}


def run(store: Path, *args: str) -> str:
    """What a command shows on a terminal, whatever its exit code is; nobody answers what it asks."""
    env = {"FORCE_HYPERLINK": "1", "TK_PAGER": "cat", "COLUMNS": "100", "LINES": "40"}
    return on_a_terminal(store, *args, answered=False, code=None, env=env)


def test_json_on_a_terminal_is_the_document_in_a_pipe(hostile: Path, tk: Runner) -> None:
    for args in (["show", "tk-aaaa", "--json"], ["list", "--all", "--jsonl"], ["config", "list", "--json"]):
        text = on_a_terminal(hostile, *args, separate_stderr=True)
        assert driving(text) == "", args
        piped = tk(*args).stdout
        documents = [[json.loads(line) for line in one.splitlines()] for one in (text, piped)]
        assert documents[0] == documents[1]
    assert json.loads(tk("show", "tk-aaaa", "--json").stdout)[0]["title"] == "again" + DRIVES


def test_an_error_as_json(hostile: Path) -> None:
    text = on_a_terminal(hostile, "show", "nope\u202e\x9b", "--json", code=3)
    assert driving(text) == ""
    assert json.loads(text.splitlines()[0])["error"]["details"]["ref"] == "nope\u202e\x9b"


def test_git_diff_of_the_log(hostile: Path, tk: Runner, git: Runner) -> None:
    tk("install-hooks")
    # what textconv gives, whatever git makes of names in its own headers
    shown = tk("textconv", ".tasks/log/2026-05/odd.jsonl").stdout
    segment = next((hostile / ".tasks/log/2026-05").glob("01*.jsonl"))
    shown += tk("textconv", segment).stdout
    assert driving(shown) == ""
    assert "again" in shown


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
        ("\x1b]8;;https://x/\x1b\\x\x1b]8;;\x1b\\", "\x1b]8;;https://x/\x1b\\x\x1b]8;;\x1b\\"),
        ("\x1b]52;c;eA==\x07", "\\x1b]52;c;eA==\\x07"),
        ("\x1b[2J \x1b[31 m", "\\x1b[2J \\x1b[31 m"),
        ("\x1b]8;;https://x/\u202e\x1b\\x", "\x1b]8;;https://x/\\u202e\x1b\\x"),
        ("\x1b\\ \x1b", "\\x1b\\ \\x1b"),
        ("a\rb\x9bc\n\td", "a b\\x9bc\n\td"),
        ("👩\u200d💻 ünï 日本", "👩\u200d💻 ünï 日本"),
    ],
)
def test_the_second_line_of_defence(text: str, harmless: str) -> None:
    assert terminal.harmless(text, as_json=False) == harmless


def test_diagrams_and_tables_hold_together(hostile: Path, tk: Runner) -> None:
    for form in ("mermaid", "dot"):
        drawn = tk("graph", "--all", "--format", form).stdout
        assert driving(drawn) == "", form
    assert driving(tk("export", "--format", "markdown").stdout) == ""

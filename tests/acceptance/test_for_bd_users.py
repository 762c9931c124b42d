"""The verbs of bd's daily use, with the flags and the JSON that its users and their scripts know.

Each is run as text and with ``--json``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bd_py.cli import registry
from tests.acceptance.transcripts import play
from tests.inprocess import Cli


@pytest.fixture
def bd(cli: Cli) -> Cli:
    """A tracker with bd's prefix: an epic with two children of which one waits, and a bug."""
    cli("config", "set", "prefix", "bd")
    cli("create", "Auth", "-t", "epic", "-p", "1", "--id", "bd-a3f8")
    cli("create", "Login page", "-p", "1", "--parent", "bd-a3f8", "--id", "bd-b001", "-l", "ui")
    cli("create", "Validate tokens", "-p", "2", "--parent", "bd-a3f8", "--deps", "blocks:bd-b001", "--id", "bd-b002")
    cli("create", "Crash on start", "-t", "bug", "-p", "0", "-a", "grace", "--id", "bd-c001")
    return cli


SESSIONS = {
    "ready": """
$ tk ready
bd-c001 [P0][open] - Crash on start
bd-a3f8 [P1][open] - Auth
bd-b001 [P1][open] - Login page
$ tk ready -n 1
bd-c001 [P0][open] - Crash on start
2> The first 1 are shown; --limit 0 shows all.
$ tk ready -p 1 -t task -l ui -u
bd-b001 [P1][open] - Login page
$ tk ready -a grace --sort oldest
bd-c001 [P0][open] - Crash on start
$ tk ready --parent bd-a3f8 -s priority
bd-b001 [P1][open] - Login page
""",
    "list": """
$ tk list
bd-c001 [open] - Crash on start
bd-a3f8 [open] - Auth
bd-b001 [open] - Login page
bd-b002 [open] - Validate tokens <- [bd-b001]
$ tk list -s open -p 0 -t bug -a grace
bd-c001 [open] - Crash on start
$ tk list --label-any ui,api --no-assignee
bd-b001 [open] - Login page
$ tk list --no-labels --priority-min 2
bd-b002 [open] - Validate tokens <- [bd-b001]
$ tk list --title-contains LOGIN
bd-b001 [open] - Login page
$ tk list --title crash
bd-c001 [open] - Crash on start
$ tk list --id bd-b001,bd-c001 --priority-max 0
bd-c001 [open] - Crash on start
$ tk list --all --limit 1
bd-c001 [open] - Crash on start
2> The first 1 are shown; --limit 0 shows all.
""",
    "update": """
$ tk update bd-b001 -s in_progress
Updated bd-b001 -> in_progress
$ tk update bd-b001 -p 0 -a eve --title "Sign in" -d Why --notes n --design how --acceptance-criteria when -t feature
Updated bd-b001
$ tk update bd-b001 --add-label next --remove-label ui --external-ref gh-9 -e 60 --due +2d
Updated bd-b001
$ tk update bd-c001 bd-b002 --priority 3
Updated bd-c001
Updated bd-b002
$ tk update bd-c001 --claim --actor grace
Updated bd-c001 -> in_progress
$ tk update bd-c001 --claim --actor eve
2> Error: bd-c001 is held by grace
2> Take other work ('tk ready'), or take it over with --force.
exit 5
""",
    "close, reopen": """
$ tk close bd-b001 bd-c001 --reason Done
Updated bd-b001 -> closed
Updated bd-c001 -> closed
$ tk reopen bd-b001 -r "Came back"
Updated bd-b001 -> open
$ tk close bd-b001 -r Fixed --suggest-next
Updated bd-b001 -> closed
Now ready: bd-b002 [P2][open] - Validate tokens
""",
    "delete": """
$ tk delete bd-c001 --dry-run
Would delete bd-c001: Crash on start
$ tk delete bd-c001 -f --reason Twice
Deleted bd-c001: Crash on start
$ tk delete bd-a3f8 --cascade --force
Deleted bd-a3f8: Auth
Deleted bd-b001: Login page
Deleted bd-b002: Validate tokens
""",
    "dep": """
$ tk dep add bd-c001 bd-b001
Added dependency: bd-c001 -> bd-b001
$ tk dep add bd-c001 bd-b002 -t discovered-from
Added dependency: bd-c001 -> bd-b002
$ tk dep add bd-b002 --blocked-by bd-c001
Added dependency: bd-b002 -> bd-c001
$ tk dep add bd-b001 bd-c001
2> Error: bd-b001 -> bd-c001 would close a cycle
2> The way back: bd-b001 -> bd-c001 -> bd-b001.
exit 6
$ tk dep tree bd-c001 --max-depth 1
bd-c001 [open] - Crash on start
├── bd-b001 [open] - Login page
└── bd-b002 [open] - Validate tokens (discovered-from)
2> Cut at depth 1; --depth shows more.
$ tk dep list bd-b001 --direction up -t blocks
bd-b002 [open] - Validate tokens (blocks)
bd-c001 [open] - Crash on start (blocks)
$ tk dep rm bd-c001 bd-b002
Removed dependency: bd-c001 -> bd-b002
$ tk dep cycles
2> No cycles.
""",
    "label": """
$ tk label add bd-b001 bd-c001 core
Labelled bd-b001: core
Labelled bd-c001: core
$ tk label list bd-b001
core
ui
$ tk label remove bd-b001 ui
Removed from bd-b001: ui
$ tk label list-all
2 core
""",
    "comments": """
$ tk comments add bd-b001 Looks like a race
Commented on bd-b001
$ tk comment bd-b001 In the cache
Commented on bd-b001
$ echo "From a pipe" | tk comments add bd-b001 -f -
Commented on bd-b001
""",
    "stats, count": """
$ tk stats
Tasks          4
  open         4
  in progress  0
  deferred     0
  closed       0
Ready          3
Blocked        1
Deleted        0
$ tk count
4
$ tk count --by-status
4 open
$ tk count --by priority -t task
1 1
1 2
$ tk count --status open --assignee grace
1
""",
    "blocked, stale": """
$ tk blocked
bd-b002 [P2][open] - Validate tokens <- [bd-b001]
$ tk stale --days 30
2> Nothing open was left untouched for 30 days.
$ tk stale --days 0 --status open --limit 1
bd-a3f8 [P1][open] - Auth (0 days)
2> The first 1 are shown; --limit 0 shows all.
""",
    "epic, children": """
$ tk epic status
bd-a3f8 [P1][open] - Auth (0/2 closed, 0 %)
$ tk children bd-a3f8
bd-b001 [open] - Login page
bd-b002 [open] - Validate tokens
$ tk close bd-b001 bd-b002
Updated bd-b001 -> closed
Updated bd-b002 -> closed
$ tk epic status --eligible-only
bd-a3f8 [P1][open] - Auth (2/2 closed, 100 %, all done: tk epic close-eligible)
$ tk epic close-eligible
Updated bd-a3f8 -> closed
""",
    "defer": """
$ tk defer bd-c001 --until 2999-01-01
Updated bd-c001 -> deferred
$ tk undefer bd-c001
Updated bd-c001 -> open
""",
    "config": """
$ tk config get prefix
bd
$ tk config set claim.ttl 3600
claim.ttl = 3600
$ tk config get claim.ttl
3600
""",
    "sync": """
$ tk sync
Nothing new came in.
""",
    "create": """
$ tk create "Fix: tokens" -t bug -p 1 -d "Text" -l a,b -a eve --deps discovered-from:bd-c001 --id bd-n001 --silent
bd-n001
$ tk create Child --parent bd-a3f8 --labels x --external-ref gh-1 -e 30 --acceptance ok --design d --dry-run
Would create: Child
$ echo "From a pipe" | tk create Piped --body-file - --id bd-n002
bd-n002
$ tk create
2> Error: Missing argument 'TITLE'.
2> Try 'tk create --help'.
exit 2
""",
}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_of(bd: Cli, name: str) -> None:
    play(bd, SESSIONS[name])


ISSUE = {"id", "title", "status", "priority", "issue_type", "created_at", "updated_at"}
"""Never left out."""

SHAPES: dict[str, Any] = {
    "create T -p 1": ISSUE,
    "list": [ISSUE | {"dependency_count", "dependent_count", "comment_count"}],
    "ready": [ISSUE],
    "show bd-b002": [ISSUE | {"dependencies", "parent"}],
    "update bd-b001 -p 0": [ISSUE],
    "close bd-b001 -r Done": [ISSUE | {"closed_at", "close_reason"}],
    "close bd-b001 --suggest-next": {"closed", "unblocked"},
    "reopen bd-c001": [ISSUE],
    "delete bd-c001 --force": [ISSUE],
    "dep add bd-c001 bd-b001": {"status", "issue_id", "depends_on_id", "type"},
    "dep remove bd-b002 bd-b001": {"status", "issue_id", "depends_on_id", "type"},
    "dep tree bd-b002": [ISSUE | {"depth", "parent_id", "truncated"}],
    "dep list bd-b002": [ISSUE | {"dependency_type"}],
    "dep cycles": [],
    "label add bd-b001 core": [ISSUE | {"labels"}],
    "label remove bd-b001 ui": [ISSUE],
    "label list-all": [{"label", "count"}],
    "comments bd-c001": [{"id", "issue_id", "author", "text", "created_at"}],
    "comments add bd-b001 text": [ISSUE],
    "stats": {"summary"},
    "blocked": [ISSUE | {"blocked_by", "blocked_by_count"}],
    "stale --days 0": [ISSUE],
    "export": [ISSUE],
    "count --by status": {"total", "by"},
    "sync": {"imported", "repaired", "created", "updated", "closed", "claimed", "conflicts"},
    "epic status": [{"epic", "total_children", "closed_children", "eligible_for_close"}],
    "epic close-eligible": [],
    "children bd-a3f8": [ISSUE],
    "graph bd-b002": {"nodes", "edges"},
    "config list": [{"key", "value"}],
    "config get prefix": {"key", "value"},
    "doctor": {"ok", "checks"},
    "defer bd-b001 --until +2d": [ISSUE | {"defer_until"}],
    "q Quick": {"id"},
    "version": {"version"},
}


@pytest.mark.parametrize("line", SHAPES)
def test_json_of(bd: Cli, line: str) -> None:
    bd("comment", "bd-c001", "A remark")
    if line.startswith("reopen"):
        bd("close", "bd-c001")
    check_shape(bd.json(*line.split()), SHAPES[line])


def check_shape(found: Any, shape: Any) -> None:
    """An object with at least these keys, an array of such, or an empty array."""
    if isinstance(shape, set):
        assert isinstance(found, dict)
        assert shape <= found.keys()
    elif shape:
        assert isinstance(found, list)
        assert found
        for each in found:
            check_shape(each, shape[0])
    else:
        assert found == []


def test_the_first_ready_id_as_scripts_take_it(bd: Cli) -> None:
    """``ready --limit 1 --json | jq -r '.[0].id'``."""
    assert bd.json("ready", "--limit", "1")[0]["id"] == "bd-c001"


def test_summary_of_stats_has_bds_keys(bd: Cli) -> None:
    found = bd.json("stats")["summary"]
    assert found["total_issues"] == found["open_issues"] == 4
    assert (found["ready_issues"], found["blocked_issues"], found["tombstone_issues"]) == (3, 1, 0)
    assert bd.json("status")["summary"] == found


def test_blocked_names_what_blocks(bd: Cli) -> None:
    assert [(i["id"], i["blocked_by"], i["blocked_by_count"]) for i in bd.json("blocked")] == [
        ("bd-b002", ["bd-b001"], 1)
    ]


def test_init(tmp_path: Path, cli: Cli) -> None:
    done = cli("init", "--prefix", "web", "-C", str(tmp_path))
    assert "Ids of tasks will begin with web-" in done.out
    assert re.fullmatch(r"web-\w{10}\n", cli("-C", str(tmp_path), "create", "T").out)


def test_an_export_comes_back(bd: Cli, tmp_path: Path) -> None:
    out = tmp_path / "issues.jsonl"
    bd("export", "-o", str(out))
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [
        *("bd-a3f8", "bd-b001", "bd-b002", "bd-c001")
    ]
    assert bd("import", str(out)).out.endswith("0 created, 0 updated, 4 unchanged, 0 comments\n")


LATER = {"search": "search crash", "duplicates": "duplicates"}


@pytest.mark.parametrize("name", LATER)
def test_found_by_words(bd: Cli, name: str) -> None:
    if name not in registry.NAMES:
        pytest.skip(f"this version has no {name}")
    found = bd.json(*LATER[name].split())
    assert isinstance(found, list)
    if name == "search":
        assert found[0]["id"] == "bd-c001"

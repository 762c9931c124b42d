"""What people type who know the shell tool ``ticket``, and the answers that docs/cli.md promises them."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from bd_py.cli import registry
from tests.acceptance.transcripts import play
from tests.inprocess import Cli

WORLD = (
    ("tk-7f3k", "Refactor the vector layer", "-p", "1", "--tags", "core,storage", "-a", "ada"),
    ("tk-2c9d", "Write the migration", "--tags", "storage", "-a", "grace"),
    ("tk-88a1", "Measure recall"),
    ("tk-88b2", "Draw the plan", "-t", "epic"),
)


@pytest.fixture
def world(cli: Cli) -> Cli:
    """Four tasks with ids that one can remember."""
    for task_id, title, *options in WORLD:
        assert cli("create", title, "--id", task_id, *options).out == f"{task_id}\n"
    return cli


SESSIONS = {
    "create": """
$ tk create "Fix the build" -d Why --design How --acceptance When -t bug -p 0 -a ada --external-ref gh-1 --id tk-new1
tk-new1
$ tk create Child --parent tk-88b2 --tags ui,backend --id tk-new2
tk-new2
$ tk ls -T ui
tk-new2 [open] - Child
""",
    "start, close, reopen": """
$ tk start 7f3k
Updated tk-7f3k -> in_progress
$ tk close 7f3k
Updated tk-7f3k -> closed
$ tk close 7f3k
tk-7f3k is already closed
$ tk reopen 7f3k
Updated tk-7f3k -> open
$ tk start 7f3k 2c9d
Updated tk-7f3k -> in_progress
Updated tk-2c9d -> in_progress
""",
    "status": """
$ tk status 7f3k in_progress
Updated tk-7f3k -> in_progress
$ tk status 7f3k open
Updated tk-7f3k -> open
$ tk status 7f3k closed
Updated tk-7f3k -> closed
$ tk status 7f3k nonsense
2> Error: 'nonsense' is no status
2> Statuses here: open, blocked, deferred, in_progress, closed.
exit 4
""",
    "dep, undep": """
$ tk dep tk-7f3k tk-2c9d
Added dependency: tk-7f3k -> tk-2c9d
$ tk dep 7f3k 2c9d
tk-7f3k already depends on tk-2c9d
$ tk ls
tk-7f3k [open] - Refactor the vector layer <- [tk-2c9d]
tk-2c9d [open] - Write the migration
tk-88a1 [open] - Measure recall
tk-88b2 [open] - Draw the plan
$ tk undep 7f3k 2c9d
Removed dependency: tk-7f3k -> tk-2c9d
$ tk undep 7f3k 2c9d
2> Error: tk-7f3k has no dependency on tk-2c9d
2> 'tk dep list tk-7f3k' shows what it has.
exit 3
""",
    "dep tree": """
$ tk dep 7f3k 2c9d
Added dependency: tk-7f3k -> tk-2c9d
$ tk dep 2c9d 88a1
Added dependency: tk-2c9d -> tk-88a1
$ tk dep 88a1 88b2
Added dependency: tk-88a1 -> tk-88b2
$ tk dep 7f3k 88a1
Added dependency: tk-7f3k -> tk-88a1
$ tk dep tree 7f3k
tk-7f3k [open] - Refactor the vector layer
├── tk-2c9d [open] - Write the migration
│   └── tk-88a1 [open] - Measure recall
│       └── tk-88b2 [open] - Draw the plan
└── tk-88a1 [open] - Measure recall (see above)
$ tk dep tree --full 7f3k
tk-7f3k [open] - Refactor the vector layer
├── tk-2c9d [open] - Write the migration
│   └── tk-88a1 [open] - Measure recall
│       └── tk-88b2 [open] - Draw the plan
└── tk-88a1 [open] - Measure recall
    └── tk-88b2 [open] - Draw the plan
""",
    "dep cycle": """
$ tk dep cycle
2> No cycles.
$ tk dep 7f3k 2c9d
Added dependency: tk-7f3k -> tk-2c9d
$ tk dep 2c9d 7f3k
2> Error: tk-2c9d -> tk-7f3k would close a cycle
2> The way back: tk-2c9d -> tk-7f3k -> tk-2c9d.
exit 6
""",
    "link, unlink": """
$ tk link 7f3k 2c9d 88a1
Linked tk-7f3k <-> tk-2c9d
Linked tk-7f3k <-> tk-88a1
Linked tk-2c9d <-> tk-88a1
$ tk link 2c9d 7f3k
tk-2c9d <-> tk-7f3k are already linked
$ tk unlink 2c9d 7f3k
Removed link: tk-2c9d <-> tk-7f3k
$ tk unlink 2c9d 7f3k
2> Error: tk-2c9d and tk-7f3k are not linked
2> 'tk dep list tk-2c9d --direction both' shows its relations.
exit 3
$ tk ready
tk-7f3k [P1][open] - Refactor the vector layer
tk-2c9d [P2][open] - Write the migration
tk-88a1 [P2][open] - Measure recall
tk-88b2 [P2][open] - Draw the plan
""",
    "ls": """
$ tk close 88a1
Updated tk-88a1 -> closed
$ tk start 2c9d
Updated tk-2c9d -> in_progress
$ tk ls
tk-7f3k [open] - Refactor the vector layer
tk-2c9d [in_progress] - Write the migration
tk-88b2 [open] - Draw the plan
$ tk list --status=open
tk-7f3k [open] - Refactor the vector layer
tk-88b2 [open] - Draw the plan
$ tk ls --status closed
tk-88a1 [closed] - Measure recall
$ tk ls -a ada
tk-7f3k [open] - Refactor the vector layer
tk-2c9d [in_progress] - Write the migration
$ tk ls -T storage -a ada
tk-7f3k [open] - Refactor the vector layer
tk-2c9d [in_progress] - Write the migration
$ tk ls -T core
tk-7f3k [open] - Refactor the vector layer
$ tk ls --tag nothing
""",
    "ready, blocked": """
$ tk dep 7f3k 2c9d
Added dependency: tk-7f3k -> tk-2c9d
$ tk ready
tk-2c9d [P2][open] - Write the migration
tk-88a1 [P2][open] - Measure recall
tk-88b2 [P2][open] - Draw the plan
$ tk ready -T storage
tk-2c9d [P2][open] - Write the migration
$ tk ready -a grace
tk-2c9d [P2][open] - Write the migration
$ tk blocked
tk-7f3k [P1][open] - Refactor the vector layer <- [tk-2c9d]
$ tk blocked -a grace
$ tk blocked -T core
tk-7f3k [P1][open] - Refactor the vector layer <- [tk-2c9d]
$ tk close 2c9d
Updated tk-2c9d -> closed
$ tk blocked
""",
    "closed": """
$ tk closed
2> Nothing is closed.
$ tk close 88a1
Updated tk-88a1 -> closed
$ tk close 7f3k
Updated tk-7f3k -> closed
$ tk closed
tk-7f3k [closed] - Refactor the vector layer
tk-88a1 [closed] - Measure recall
$ tk closed --limit=1
tk-7f3k [closed] - Refactor the vector layer
2> The first 1 are shown; --limit 0 shows all.
$ tk closed -a ada
tk-7f3k [closed] - Refactor the vector layer
$ tk closed -T core
tk-7f3k [closed] - Refactor the vector layer
""",
    "show": """
$ tk show nope
2> Error: task 'nope' not found
2> 'tk list --all' shows every task.
exit 3
$ tk show 88
2> Error: ambiguous ID '88' matches multiple tasks: tk-88a1, tk-88b2
2> Type more of it.
exit 3
$ tk show 7
tk-7f3k: Refactor the vector layer
  Status:      open
  Priority:    P1
  Type:        task
  Assignee:    ada
  Labels:      core, storage
  Created:...
  Updated:...
""",
    "add-note": """
$ tk add-note 7f3k The cause is in the cache
Commented on tk-7f3k
$ echo "from a pipe" | tk add-note 7f3k
Commented on tk-7f3k
$ tk add-note 7f3k
2> Error: an empty comment
2> Give the text, or pipe it in.
exit 4
""",
    "delete": """
$ tk delete 7f3k 2c9d
Deleted tk-7f3k: Refactor the vector layer
Deleted tk-2c9d: Write the migration
$ tk show 7f3k
2> Error: task '7f3k' not found...
2> ...
exit 3
""",
}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_of(world: Cli, name: str) -> None:
    play(world, SESSIONS[name])


def test_create_prints_the_new_id_alone(cli: Cli) -> None:
    assert re.fullmatch(r"tk-[0-9a-hjkmnp-tv-z]{10}\n", cli("create", "A task").out)


def test_notes_are_kept_as_they_came(world: Cli) -> None:
    world("add-note", "7f3k", "from", "an", "argument")
    world("add-note", "7f3k", input="from\n\na pipe\n")
    assert [comment["text"] for comment in world.json("comments", "7f3k")] == ["from an argument", "from\n\na pipe"]
    assert "from an argument" in world("show", "7f3k").out


def test_query_prints_json_lines(world: Cli) -> None:
    world("close", "88a1")
    found = [json.loads(line) for line in world("query").lines]
    assert {issue["id"]: issue["status"] for issue in found} == {
        "tk-7f3k": "open",
        "tk-2c9d": "open",
        "tk-88a1": "closed",
        "tk-88b2": "open",
    }


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq")
@pytest.mark.parametrize(
    ("program", "ids"),
    [
        ('.status == "open" and .priority < 2', ["tk-7f3k"]),
        ('.assignee == "grace"', ["tk-2c9d"]),
        ('any(.labels[]?; . == "storage")', ["tk-2c9d", "tk-7f3k"]),
    ],
)
def test_query_selects(world: Cli, program: str, ids: list[str]) -> None:
    assert sorted(json.loads(line)["id"] for line in world("query", program).lines) == ids


@pytest.mark.skipif("edit" not in registry.NAMES, reason="this version has no edit")
def test_edit_opens_the_editor(
    world: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    script = tmp_path_factory.mktemp("editor") / "editor"
    script.write_text("#!/bin/sh\nsed -i 's/Refactor the vector layer/Refactor the vector index/' \"$1\"\n")
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))
    world("edit", "7f3k")
    assert world.task("tk-7f3k")["title"] == "Refactor the vector index"

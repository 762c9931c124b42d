"""``tk stale``."""

from __future__ import annotations

import time

from bd_py import times
from tests.inprocess import Cli


def record(name: str, days: int, **more: str) -> str:
    at = times.iso(time.time_ns() // 1_000_000 - days * 86_400_000 - 60_000)
    keys = {"id": name, "title": name, "created_at": at, "updated_at": at, **more}
    return "{" + ",".join(f'"{key}":"{value}"' for key, value in keys.items()) + "}\n"


def test_what_was_not_touched(cli: Cli) -> None:
    old, older = record("x-old", 31), record("x-older", 45, status="in_progress", assignee="ada")
    closed = record("x-closed", 50, status="closed", closed_at="2026-01-01T00:00:00Z")
    cli("import", "-", input=old + older + closed + record("x-new", 2))
    assert cli("stale").lines == [
        "x-older [P2][in_progress] - x-older (45 days)",
        "x-old [P2][open] - x-old (31 days)",
    ]
    assert [issue["id"] for issue in cli.json("stale", "--days", "40")] == ["x-older"]
    assert [issue["id"] for issue in cli.json("stale", "-d", "1", "-s", "open")] == ["x-old", "x-new"]
    done = cli("stale", "-n", "1")
    assert (len(done.lines), done.err) == (1, "The first 1 are shown; --limit 0 shows all.\n")
    assert cli("stale", "--days", "90").err == "Nothing open was left untouched for 90 days.\n"
    cli("comment", "x-old", "still here")
    assert [issue["id"] for issue in cli.json("stale")] == ["x-older"]


def test_days_that_are_none(cli: Cli) -> None:
    cli.fails(4, "stale", "--days", "-1")

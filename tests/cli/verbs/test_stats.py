"""``tk stats``."""

from __future__ import annotations

from tests.inprocess import Cli


def test_an_empty_tracker(cli: Cli) -> None:
    found = cli.json("stats")["summary"]
    assert set(found.values()) == {0}
    assert "average_lead_time_hours" not in found
    assert cli("stats").lines[0] == "Tasks          0"


def test_every_number(cli: Cli) -> None:
    a = cli.new("A")
    cli.new("B", "--depends-on", a)
    cli("claim", cli.new("C"))
    cli("defer", cli.new("D"))
    cli("block", cli.new("E"), "no key")
    cli("delete", cli.new("F"))
    cli("import", "-", input=CLOSED)
    assert cli.json("stats") == {
        "summary": {
            "total_issues": 7,
            "open_issues": 2,
            "in_progress_issues": 1,
            "closed_issues": 2,
            "blocked_issues": 2,
            "deferred_issues": 1,
            "ready_issues": 1,
            "tombstone_issues": 1,
            "average_lead_time_hours": 36.0,
        }
    }
    assert cli("stats").lines[-1] == "From creation to close: 36.0 hours on average"


CLOSED = """\
{"id":"x-1","title":"G","status":"closed","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z",\
"closed_at":"2026-01-02T00:00:00Z"}
{"id":"x-2","title":"H","status":"closed","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-03T00:00:00Z",\
"closed_at":"2026-01-03T00:00:00Z"}
"""

"""``tk metrics``."""

from __future__ import annotations

import re

from tests.inprocess import Cli


def test_numbers(cli: Cli) -> None:
    a = cli.new("a")
    cli.new("b")
    cli("claim", a)
    cli("close", a)
    old = '{"id":"x-1","title":"old","status":"closed","created_at":"2020-01-01T00:00:00Z",'
    cli("import", "-", input=old + '"updated_at":"2020-01-02T00:00:00Z","closed_at":"2020-01-02T00:00:00Z"}\n')
    found = cli.json("metrics")
    assert found["tasks"]["total"] == 3
    flow = found["flow"]
    assert (flow["days"], flow["created"], flow["closed"]) == (7, 2, 1)
    assert 0 <= flow["cycle_time_hours"] <= flow["lead_time_hours"] < 1
    assert cli.json("metrics", "--days", "36500")["flow"]["closed"] == 2
    assert found["store"]["events"] == len(cli.lines())
    assert found["store"]["log_bytes"] == sum(len(line.encode()) + 1 for line in cli.lines())
    assert "tasks.total               3" in cli("metrics").lines


def test_what_is_not_known(cli: Cli) -> None:
    assert cli.json("metrics")["flow"]["lead_time_hours"] is None
    assert "flow.lead_time_hours      -" in cli("metrics").lines
    assert "lead_time" not in cli("metrics", "--format", "prometheus").out
    cli.fails(4, "metrics", "--days", "0")


def test_prometheus(cli: Cli) -> None:
    lines = cli("metrics", "--days", "3", "--format", "prometheus").lines
    assert 'tk_flow_created{days="3"} 0' in lines
    samples = [line for line in lines if not line.startswith("# TYPE ")]
    assert all(re.fullmatch(r'tk_[a-z_]+(\{days="3"\})? [0-9.]+', line) for line in samples)
    assert len(samples) * 2 == len(lines)

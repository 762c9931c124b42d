"""``tk defer``: not now."""

from __future__ import annotations

import pytest

from bd_py import times
from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    assert cli("defer", task).out == f"Updated {task} -> deferred\n"
    assert cli("defer", task).out == f"{task} is already deferred\n"
    assert cli.types(task) == ["created", "status.set"]
    assert cli.ready() == []


def test_until(cli: Cli) -> None:
    task = cli.new()
    (after,) = cli.json("defer", task, "--until", "2030-01-01")
    assert (after["status"], after["defer_until"]) == ("deferred", "2030-01-01T00:00:00.000Z")
    assert cli("defer", task, "--until", "2030-01-01").out == f"{task} is already deferred\n"
    cli("defer", task, "--until", "2031-01-01")
    assert cli.task(task)["defer_until"][:4] == "2031"
    cli("defer", task)
    assert "defer_until" not in cli.task(task), "now without end"
    assert cli.types(task) == ["created", "status.set", "updated", "updated", "updated"]


def test_it_is_ready_again_by_itself(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    past, future = cli.new("past"), cli.new("future")
    cli("defer", past, "--until", "2020-01-01")
    cli("defer", future, "--until", "+2h")
    assert cli.ready() == [past]
    later = times.iso(times.to_ms(times.now()) + 7_200_001)
    monkeypatch.setattr(times, "now", lambda: later)
    assert cli.ready() == [past, future]
    assert len(cli.lines()) == 6, "time passes without events"
    cli("claim", future)
    assert cli.task(future)["status"] == "in_progress"


def test_what_waits_for_it_waits_on(cli: Cli) -> None:
    first = cli.new()
    cli.new("B", "--depends-on", first)
    cli("defer", first)
    assert cli.ready() == []


def test_work_in_progress_can_be_put_off(cli: Cli) -> None:
    task = cli.new()
    cli("claim", task)
    cli("defer", task)
    assert cli.task(task)["assignee"] == "ada"


def test_as_a_process(store: object, tk: Runner) -> None:
    task = tk("create", "A").stdout.strip()
    assert tk("defer", task, "--until", "tomorrow").stdout == f"Updated {task} -> deferred\n"
    assert tk("ready").stdout == ""

"""Clocks that are years off, and converge all the same: order agrees with cause, ids are valid, nothing crashes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bd_py import ids
from bd_py.errors import InvalidError
from bd_py.service import claims, tasks
from tests.git.scenarios import Clock, Clone, fold
from tests.inprocess import Cli
from tests.torture.tally import tally

YEAR = 365.2425 * 86400
_NOW = time.time()
PAST, BEGIN, LONG_AGO, FUTURE, LAST = ((year - 1970) * YEAR + 86400 - _NOW for year in (1932, 1970, 2001, 2099, 9998))
"""Seconds from the real clock to some day of 1932, 1970, 2001, 2099, 9998."""
_BEYOND = 8100 * YEAR


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Team:
    """Clones of one bare remote, each with a clock of its own."""

    def __init__(self, folder: Path, clock: Clock, shifts: list[float]) -> None:
        self.clock = clock
        first = Clone.init(folder / "first")
        first.git("clone", "-q", "--bare", str(first.root), str(folder / "remote.git"))
        self.clones = [Clone(folder / "remote.git").clone(folder / f"c{k}", f"w{k}") for k in range(len(shifts))]
        self.shifts = shifts

    def act(self, who: int, change: Callable[[Clone], object]) -> None:
        """One of them pulls, does something at its time, and pushes."""
        clone = self.clones[who]
        clone.git("pull -q --no-rebase --no-edit")
        self.clock.shift = self.shifts[who]
        change(clone)
        clone.commit("work")
        clone.git("push -q")


@pytest.mark.parametrize(
    "shifts", [[BEGIN, FUTURE, 0.0], [FUTURE, LONG_AGO, BEGIN], [PAST, 0.0, LAST]], ids=["1970", "2001", "1932"]
)
def test_order_agrees_with_cause_whatever_the_clocks_say(shifts: list[float], tmp_path: Path, clock: Clock) -> None:
    team = Team(tmp_path, clock, shifts)
    team.act(0, lambda clone: clone.tk(lambda w: tasks.create(w, "First", task_id="tk-a")))
    edits = [who for _ in range(3) for who in (1, 2, 0)]
    for number, who in enumerate(edits):
        title = f"Title {number}"
        team.act(who, lambda clone, title=title: clone.tk(lambda w: tasks.set_fields(w, "tk-a", {"title": title})))  # type: ignore[misc]
        assert team.clones[who].issue("tk-a")["title"] == title  # what was seen is older than what was done upon it
    team.act(1, lambda clone: clone.tk(lambda w: claims.claim(w, "tk-a", ttl=60)))
    team.act(2, lambda clone: clone.tk(lambda w: tasks.comment(w, "tk-a", "said")))
    team.act(0, lambda clone: clone.tk(lambda w: tasks.close(w, "tk-a")))
    for clone in team.clones:
        clone.git("pull -q --no-rebase --no-edit")
    log = team.clones[0].log()
    assert len(log) == 1 + len(edits) + 3
    assert all(map(ids.is_event_id, log))
    state = fold(log.values(), tmp_path / "fold")
    for clone in team.clones:
        assert clone.log() == log
        assert clone.cached() == state
        assert clone.issue("tk-a")["title"] == f"Title {len(edits) - 1}"
        assert clone.issue("tk-a")["status"] == "closed"
    tally("events checked", len(log))


@pytest.mark.parametrize("shift", [PAST, BEGIN, LONG_AGO, FUTURE, LAST], ids=["1932", "1970", "2001", "2099", "9998"])
def test_every_verb_works_at_any_time(cli: Cli, clock: Clock, shift: float) -> None:
    before = cli.new("Of now")
    clock.shift = shift
    task = cli.new("Of then", "--due", "+2d")
    cli("claim", task, "--ttl", "60")
    cli("comment", task, "said")
    for args in (["ready"], ["list", "--overdue"], ["stale"], ["stats"], ["show", task], ["log"], ["search", "then"]):
        cli(*args)
    cli("close", before)
    cli("undo")
    cli("doctor", check=False)
    assert all(ids.is_event_id(event["id"]) for event in cli.events())
    clock.shift = 0.0
    cli("update", task, "--title", "Of now again")
    assert cli.task(task)["title"] == "Of now again"


def test_a_clock_beyond_the_last_id_is_refused(cli: Cli, clock: Clock) -> None:
    cli.new("Of now")
    before = cli.lines()
    clock.shift = _BEYOND
    done = cli.fails(4, "create", "Of the year 10126")
    assert "the clock of this machine" in done.err
    assert "doctor" not in done.err
    assert cli.lines() == before
    cli("list")
    clock.shift = 0.0
    cli.new("Of now again")


def test_an_id_before_1970_is_none(clock: Clock) -> None:
    clock.shift = PAST
    assert ids.is_event_id(ids.Clock().next())


def test_an_event_at_the_end_of_all_time_is_named(clock: Clock) -> None:
    with pytest.raises(OverflowError, match="the log holds an event"):
        ids.Clock(ids.LAST_ID).next()
    assert InvalidError(*_refusal(ids.Clock(ids.LAST_ID))).hint == "Remove the line with that id; 'tk doctor' names it."


def _refusal(clock: ids.Clock) -> tuple[str, ...]:
    try:
        clock.next()
    except OverflowError as error:
        return error.args
    raise AssertionError

"""The measurement: runs take turns, and nothing is shown of a tracker that did not do what it was asked."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.peers import measure, tables, tasks
from benchmarks.peers.find import Absent, Found
from benchmarks.peers.measure import Limits, Result
from benchmarks.peers.seam import Counts, Peer, Place, TooSlow
from benchmarks.peers.timing import Figures, Run, quartiles, time_once
from tests.benchmarks.peers.shell import LINES, Broken, Forgetful, Lines, Lossy, Other, Slow, program

YARDSTICK = ["true"]
COUNT = 40
SCRIPT = Path("lines")


def measured(tmp_path: Path, *peers: Peer, rounds: int = 2, patience: float = 60.0) -> list[Result]:
    script = program(tmp_path / "lines", LINES)
    founds = [Found(peer, script, "1") for peer in peers]
    results, bare = measure.measure(founds, tasks.made(COUNT), tmp_path, Limits(rounds, patience), YARDSTICK)
    assert len(bare.runs) == rounds
    return results


def row(results: list[Result], verb: str, name: str) -> str:
    (found,) = [line for line in tables.details(results) if line.startswith(f"| {verb} | {name} |")]
    return found


def test_every_verb_is_run_in_every_round(tmp_path: Path) -> None:
    (found,) = measured(tmp_path, Lines(), rounds=3)
    assert {name: len(figures.runs) for name, figures in found.figures.items()} == {
        "create": 3,
        "list open": 3,
        "show": 3,
        "claim": 0,
        "close": 3,
    }
    assert all(run.wall > 0 and run.cpu > 0 for figures in found.figures.values() for run in figures.runs)


def test_runs_of_trackers_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def note(place: Place, argv: list[str], errors: object, timeout: float = 1.0) -> Run:
        order.append(place.home.parent.name)
        return Run(0.1, 0.1)

    monkeypatch.setattr(measure, "time_once", note)
    measured(tmp_path, Lines(), Other(), rounds=6)
    a_round = len(order) // 6
    for at in range(0, len(order), a_round):
        assert Counter(order[at : at + a_round])["0"] == Counter(order[at : at + a_round])["1"] == 4
    assert any(order[at : at + 4] not in (["0"] * 4, ["1"] * 4) for at in range(0, len(order), a_round))


def test_a_verb_that_fails_is_a_row_that_says_so(tmp_path: Path) -> None:
    assert "**fails**: it fails: it is full" in row(measured(tmp_path, Lines()), "claim", "Lines")


def test_a_verb_that_it_has_not_is_named_so(tmp_path: Path) -> None:
    assert "it has no such verb" in row(measured(tmp_path, Lines()), "dep add", "Lines")


def test_what_answers_nothing_has_no_figures(tmp_path: Path) -> None:
    results = measured(tmp_path, Forgetful())
    for verb in ("list, all that is open", "show one"):
        assert "**fails**" in row(results, verb, "Forgetful")
    for verb in ("create", "close"):
        assert "**fails**: it counts 13 open of 40, not 13 of 43" in row(results, verb, "Forgetful")
    assert "fails" in "\n".join(tables.overview(results, Figures([Run(1, 1)])))


def test_what_did_not_get_all_tasks_is_not_measured(tmp_path: Path) -> None:
    lossy, slow, broken = results = measured(tmp_path, Lossy(), Slow(), Broken())
    assert lossy.unloaded.startswith("it counts ")
    assert slow.unloaded == "7 of 9 tasks were in after 600 s"
    assert broken.unloaded == "disk | full"
    assert not any(result.figures for result in results)
    assert row(results, "create", "Broken").endswith("not loaded: disk / full |")


def test_a_tracker_is_stopped_whatever_became_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peers = [Lines(), Lossy(), Broken()]
    measured(tmp_path / "once", *peers)
    assert [peer.stopped for peer in peers] == [1, 1, 1]

    def interrupted(*args: object) -> Run:
        raise KeyboardInterrupt

    monkeypatch.setattr(measure, "time_once", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path / "again", *peers)
    assert [peer.stopped for peer in peers] == [2, 2, 2]


def test_a_slow_verb_is_run_less_often_but_once(tmp_path: Path) -> None:
    (found,) = measured(tmp_path, Lines(), rounds=3, patience=0.0)
    assert {len(found.figures[name].runs) for name in ("create", "show", "close")} == {1}


def test_tasks_that_run_out_end_the_runs_of_that_verb(tmp_path: Path) -> None:
    free = sum(task.free for task in tasks.made(COUNT))
    (found,) = measured(tmp_path, Lines(), rounds=free)
    assert len(found.figures["close"].runs) < free == len(found.figures["show"].runs)
    assert not found.figures["close"].wrong


def test_quartiles() -> None:
    assert quartiles([3.0]) == (3.0, 3.0, 3.0)
    assert quartiles([5.0, 1.0, 3.0, 2.0, 4.0]) == (2.0, 3.0, 4.0)


def test_a_run_has_its_message_and_the_cpu_of_its_children(tmp_path: Path) -> None:
    busy = program(tmp_path / "busy", f"{sys.executable} -c 'import time\nwhile time.process_time() < 0.2: pass'")
    place = Place(busy, tmp_path / "home", tmp_path / "tasks")
    with tempfile.TemporaryFile() as errors:
        run = time_once(place, [str(busy)], errors)
        assert run.failure == ""
        assert run.cpu > 0.15  # of a process that it waited for
        failing = program(tmp_path / "failing", "echo first >&2; echo last >&2; exit 3")
        assert time_once(place, [str(failing)], errors).failure == "last"
        silent = program(tmp_path / "silent", "exit 3")
        assert time_once(place, [str(silent)], errors).failure == "exit 3"
        endless = program(tmp_path / "endless", "exec sleep 60")
        assert time_once(place, [str(endless)], errors, timeout=0.2).failure == "no answer in 0.2 s"


def test_a_load_of_a_command_a_task_ends_with_its_time(tmp_path: Path) -> None:
    place = Place(SCRIPT, tmp_path / "home", tmp_path / "tasks", load_seconds=-1.0)
    with pytest.raises(TooSlow, match="0 of 5 tasks"):
        list(place.within(tasks.made(5)))


def figures(*walls: float, failure: str = "") -> Figures:
    return Figures([Run(wall, wall / 2, failure) for wall in walls])


def test_the_tables() -> None:
    ours, theirs = (Result(Found(Lines(), SCRIPT, "1"), load_seconds=2.0) for _ in range(2))
    ours.figures["show"] = figures(0.010, 0.020, 0.040)
    theirs.figures["show"] = figures(0.040)
    theirs.figures["create"] = figures(0.5, 0.5, failure="a | b")
    overview = list(tables.overview([ours, theirs], figures(0.012, 0.012)))
    assert "| show one | 20 (10) | 40 (20) |" in overview
    assert "| create | none | fails |" in overview
    assert "| load, seconds | 2.0 | 2.0 |" in overview
    assert overview[-1] == "The bare start of Python in the same rounds: 12 ms (12-12), 6 of CPU."
    details = list(tables.details([ours, theirs]))
    assert "| show one | Lines | 20.0 | 15.0-30.0 | 10.0 | 7.5-15.0 | 1.00 | 3 |  |" in details
    assert "| show one | Lines | 40.0 | 40.0-40.0 | 20.0 | 20.0-20.0 | 2.00 | 1 |  |" in details
    assert (
        "| create | Lines | 500.0 | 500.0-500.0 | 250.0 | 250.0-250.0 |  | 2 | **fails** in 2 of 2 runs: a / b |"
        in details
    )


def test_absent_trackers_are_named() -> None:
    found = Result(Found(Lines(), SCRIPT, "1"))
    table = list(tables.trackers([found], [Absent("ticket", "no `ticket` on PATH")]))
    assert table[-2:] == ["| Lines | 1 |  | writing its file |", "| ticket | absent: no `ticket` on PATH | | |"]


def test_a_count_that_differs_is_told() -> None:
    assert measure.differs(Counts(1, 2), Counts(1, 2)) == ""
    assert measure.differs(Counts(0, 0), Counts(400, 1000)) == "it counts 0 open of 0, not 400 of 1,000"

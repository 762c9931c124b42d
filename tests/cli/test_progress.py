"""A line that tells how far something is: for a person, after a second, with the time left."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bd_py.cli import progress
from bd_py.cli.context import Context
from bd_py.cli.progress import Progress, span
from tests.conftest import ROOT, Runner
from tests.inprocess import Cli
from tests.terminal import on_a_terminal


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(progress, "_draw", lines.append)
    return lines


def test_nothing_is_shown_in_the_first_second(clock: Clock, drawn: list[str]) -> None:
    step = Progress("Importing", clock)
    for tenth in range(10):
        clock.now = tenth / 10
        step(tenth, 100)
    step.clear()
    assert drawn == []


def test_share_and_time_left(clock: Clock, drawn: list[str]) -> None:
    step = Progress("Importing", clock)
    for seconds, done in ((1, 3), (1.1, 10), (2, 50), (4, 80)):
        clock.now = seconds
        step(done, 100)
    step.clear()
    step.clear()
    assert drawn == ["Importing: 3 %", "Importing: 50 %, 2 s left", "Importing: 80 %, 1 s left", ""]


@pytest.mark.parametrize(("done", "total"), [(5, 0), (7, 5)])
def test_odd_totals(clock: Clock, done: int, total: int) -> None:
    assert Progress("X", clock).line(done, total, 3).startswith("X: 100 %")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 s"), (59.4, "59 s"), (60, "1 min 0 s"), (125, "2 min 5 s"), (4200, "1 h 10 min")]
)
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_who_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert Context().progress("X") is not None
    assert Context({"quiet": True}).progress("X") is None
    assert Context({"json": True}).progress("X") is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert Context().progress("X") is None


@pytest.mark.parametrize("line", ["rebuild", "import issues.jsonl", "export -o out.jsonl", "list"])
def test_what_takes_its_time_says_so(store: Path, tk: Runner, line: str) -> None:
    """With a first second that is over at once."""
    for k in range(3):
        tk("q", f"Task {k}")
    tk("export", "-o", "issues.jsonl")
    (store / ".tasks/cache.db").unlink()
    (store / "slow").mkdir()
    (store / "slow/sitecustomize.py").write_text("import bd_py.cli.progress as p; p.QUIET = p._EVERY = 0\n")
    seen = on_a_terminal(store, *line.split(), PYTHONPATH=f"{store / 'slow'}{os.pathsep}{ROOT}")
    first, *rest = seen.split("\r\x1b[K")
    assert first == ""
    assert any("%" in part for part in rest)
    assert "%" not in rest[-1], "the line is gone when the command is done"


def test_services_tell_how_far_they_are(cli: Cli) -> None:
    from bd_py import paths
    from bd_py.service.rebuild import rebuild

    for k in range(3):
        cli.new(f"Task {k}")
    shares: list[float] = []
    rebuild(paths.Paths(str(cli.root / ".tasks")), lambda done, total: shares.append(done / total))
    assert shares == sorted(shares)
    assert len(shares) > 10
    assert 0 <= shares[0] < 0.3 < 0.85 < shares[-1] <= 1

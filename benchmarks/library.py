"""The rows of the library: what `Store` costs a program, beside the same bytes and rows written and read by hand."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Program

INSIDE = Path(__file__).with_name("inside.py")
BATCH = 10_000
WALL, CPU = 0, 1

Samples = dict[str, list[list[float]]]
"""(wall, CPU) in seconds of each run, by ``library`` and ``raw``."""

READS = {
    "read task": "one task by id",
    "read record": "one record by id",
    "read query": "a filter on an indexed field",
}


class Spread:
    """A median, with the quartiles around it."""

    def __init__(self, values: list[float], middle: float | None = None) -> None:
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        self.low, self.median, self.high = low, median if middle is None else middle, high

    @classmethod
    def of_ratios(cls, one: list[list[float]], other: list[list[float]], clock: int) -> Spread:
        """The ratio of the medians, with the quartiles of those of each round: a round's two runs are neighbours."""
        middle = statistics.median(run[clock] for run in one) / statistics.median(run[clock] for run in other)
        return cls([a[clock] / b[clock] for a, b in zip(one, other, strict=True)], middle)

    def row(self, name: str, budget: str, form: str, unit: str, seconds: float, fits: bool | None) -> str:
        """A line of the table."""
        verdict = "" if fits is None else "pass" if fits else "**over**"
        span = f"{self.low:{form}}-{self.high:{form}}"
        milliseconds = f"{seconds * 1000:.1f}" if seconds > 0.001 else f"{seconds * 1000:.3f}"
        return f"| library: {name} | {budget} | {self.median:{form}}{unit} | {span} | {milliseconds} | {verdict} |"


def measure(program: Program, work: Path, rounds: int, records: int) -> dict[str, Samples]:
    """The samples of `benchmarks.inside`, run by the interpreter that tk is installed for.

    Raises subprocess.CalledProcessError.
    """
    command = [program.python, str(INSIDE), str(work), "--rounds", str(rounds), "--records", str(records)]
    done = subprocess.run(command, env=program.env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    found: dict[str, Samples] = json.loads(done.stdout)
    return found


def table(found: dict[str, Samples], records: int) -> Iterator[str]:
    """Its rows."""
    starts = [run[CPU] for run in found["F"]["library"]]
    start = Spread(starts)
    low, high = start.low * 1000, start.high * 1000
    yield f"| F beside the library, CPU | | 1 F | {low:.1f}-{high:.1f} ms | {start.median * 1000:.1f} | |"
    yield from _rates(found["batch of tasks"]["library"], start.median)
    for kind in ("tasks", "records"):
        name = f"{BATCH:,} {kind} in a batch, beside raw"
        yield _speed(name, "1/3", 1 / 3, found[f"batch of {kind}"], WALL)
        yield _speed(f"{name}, CPU", "1/3", 1 / 3, found[f"batch of {kind}"], CPU)
    for kind in ("task", "record"):
        pair = found[f"one {kind}"]
        yield _speed(f"one {kind}, beside an append and fsync", "1/2", 1 / 2, pair, WALL)
        cpu = [run[CPU] for run in pair["library"]]
        yield Spread([each / start.median for each in cpu]).row(
            f"one {kind}, CPU", "", ".3f", " F", statistics.median(cpu), None
        )
    for kind in ("task", "record"):
        pair = found[f"{kind} behind"]
        name = f"one {kind} with write_behind, beside an append and fsync"
        yield _speed(name, "1/2", 1 / 2, pair, WALL)
        whole, raw = (sum(run[WALL] for run in pair[side]) for side in ("library", "raw"))
        mean = Spread([raw / whole] * 2)
        yield mean.row(f"{name}, with the cache's part", "", ".2f", "", whole / len(pair["library"]), None)
    for key, name in READS.items():
        pair = found[key]
        ratio = Spread.of_ratios(pair["library"], pair["raw"], WALL)
        title = f"{name}, beside its query, {records:,} records"
        yield ratio.row(title, "3 times", ".2f", " times", _median(pair["library"], WALL), ratio.median <= 3)


def _rates(tasks: list[list[float]], start: float) -> Iterator[str]:
    """Tasks a second; and as CPU, since that many are 50 F where a start takes 10 ms, on a busy machine too."""
    name = f"create in a batch of {BATCH:,}"
    rate = Spread([BATCH / run[WALL] for run in tasks])
    seconds = _median(tasks, WALL)
    yield rate.row(name, "20,000 a second", ",.0f", " a second", seconds, rate.median >= 20_000)
    cost = Spread([run[CPU] / start for run in tasks])
    yield cost.row(f"{name}, CPU", "50 F", ".1f", " F", _median(tasks, CPU), cost.median <= 50)


def _speed(name: str, budget: str, least: float, pair: Samples, clock: int) -> str:
    """How fast the library is, where 1 is as fast as by hand."""
    ratio = Spread.of_ratios(pair["raw"], pair["library"], clock)
    return ratio.row(name, f"{budget} of its speed", ".2f", "", _median(pair["library"], clock), ratio.median >= least)


def _median(runs: list[list[float]], clock: int) -> float:
    return statistics.median(run[clock] for run in runs)

"""One whole process timed, with the CPU time that it and the processes it waited for took.

hyperfine measures tk's budgets. Here every run needs its own exit code and its own CPU time, and some trackers take
seconds: so this is its inner loop alone.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import IO

from benchmarks.peers.seam import TIMEOUT, Argv, Place, last_line


@dataclass(frozen=True)
class Run:
    """One process: seconds on the clock, seconds of user and system CPU, and its message where it failed."""

    wall: float
    cpu: float
    failure: str = ""


@dataclass
class Figures:
    """The runs of one verb of one tracker."""

    runs: list[Run] = field(default_factory=list)
    wrong: str = ""
    """What made its answers worth nothing: no figure is shown then."""

    @property
    def failure(self) -> str:
        """The first message of a run that failed, with their number."""
        failed = [run.failure for run in self.runs if run.failure]
        return f"{len(failed)} of {len(self.runs)} runs: {failed[0]}" if failed else ""

    def wall(self) -> tuple[float, float, float]:
        """Quartiles of the seconds, the median in the middle."""
        return quartiles([run.wall for run in self.runs])

    def cpu(self) -> tuple[float, float, float]:
        """Quartiles of the seconds of CPU."""
        return quartiles([run.cpu for run in self.runs])

    def spent(self) -> float:
        """Seconds that all runs took together."""
        return sum(run.wall for run in self.runs)


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile; of one value, that value."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def time_once(place: Place, argv: Argv, errors: IO[bytes], timeout: float = TIMEOUT) -> Run:
    """Run a command to its end, its answers to nowhere. ``errors`` is an open file, emptied first, for its messages."""
    errors.seek(0)
    errors.truncate()
    begin = time.perf_counter()
    process = subprocess.Popen(
        argv,
        cwd=place.directory,
        env=place.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )
    late = threading.Timer(timeout, os.kill, (process.pid, signal.SIGKILL))
    late.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    late.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    failure = ""
    if process.returncode:
        errors.seek(0)
        failure = last_line(errors.read()) or f"exit {process.returncode}"
        if wall >= timeout:
            failure = f"no answer in {timeout:g} s"
    return Run(wall, usage.ru_utime + usage.ru_stime, failure)

"""Whole processes timed by hyperfine: single runs, the interpreter's bare start before each of them.

One call of hyperfine gets every run as a command of its own (``--runs 1``), so that each write can have its
own arguments, and the noise of the machine falls on the rows and on their yardstick alike.
"""

from __future__ import annotations

import json
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.rows import Group, Row

YARDSTICK = "F"
RUNS_A_CALL = 200


@dataclass
class Program:
    """The tk that is measured, its interpreter, and the environment of every process."""

    tk: Path
    python: str
    env: dict[str, str]


@dataclass
class Timing:
    """The seconds of one row's runs, and the exit codes other than 0 that it gave."""

    seconds: list[float] = field(default_factory=list)
    failures: set[int] = field(default_factory=set)

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.seconds)

    def quartiles(self) -> tuple[float, float]:
        """The middle half of the runs lies between these."""
        if len(self.seconds) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return low, high


@dataclass
class _Run:
    name: str
    argv: list[str]
    prepare: list[str]


def interpreter(tk: Path) -> str:
    """The interpreter in the first lines of an installed console script.

    Raises ValueError for what is no script.
    """
    with tk.open("rb") as file:
        head = file.read(2048).decode("utf-8", "replace").splitlines()
    if not head or not head[0].startswith("#!"):
        raise ValueError(f"{tk} is no script: name its interpreter with --python")
    words = shlex.split(head[0][2:])
    if Path(words[0]).name == "sh" and len(head) > 1:  # a path too long for a first line: '''exec' PYTHON "$0" "$@"
        words = shlex.split(head[1].removeprefix("'''exec'"))
    if Path(words[0]).name == "env":
        return shutil.which(words[1]) or words[1]
    return words[0]


def measure(program: Program, groups: list[Group], rounds: int) -> list[dict[str, Timing]]:
    """``rounds`` runs of every row, after one that does not count. Groups take turns, and rows in them."""
    found: list[dict[str, Timing]] = [{} for _ in groups]
    rng = random.Random(1)
    for group in groups:
        _warm_up(program, group)
    done = 0
    while done < rounds:
        block = min(5, rounds - done)
        for group, timings in zip(groups, found, strict=True):
            runs: list[_Run] = []
            for _ in range(block):
                for row in rng.sample(group.rows, len(group.rows)):
                    runs.append(_Run(YARDSTICK, [program.python, "-I", "-c", "pass"], ["true"]))
                    runs.append(_run(program, group, row))
            for at in range(0, len(runs), RUNS_A_CALL):
                _hyperfine(program, group.store.path, runs[at : at + RUNS_A_CALL], timings)
        done += block
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def _warm_up(program: Program, group: Group) -> None:
    """Build the cache, and run each row once: files in memory, compiled modules on disk."""
    _call(program, group.store.path, ["ready", "--limit", "1"])
    for row in group.rows:
        run = _run(program, group, row)
        subprocess.run(run.prepare, cwd=group.store.path, env=program.env, stdout=subprocess.DEVNULL, check=True)
        _run_quietly(program, group.store.path, run.argv)
        if row.new_events and _run_quietly(program, group.store.path, ["git", "diff", "--cached", "--quiet"]) != 1:
            raise RuntimeError(f"{row.name} did not stage the event: is tk where the hook looks for it?")


def _call(program: Program, directory: Path, arguments: list[str]) -> int:
    return _run_quietly(program, directory, [str(program.tk), *arguments])


def _run_quietly(program: Program, directory: Path, argv: list[str]) -> int:
    return subprocess.run(
        argv,
        cwd=directory,
        env=program.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


def _run(program: Program, group: Group, row: Row) -> _Run:
    if row.hook:
        return _hook(program, group, row)
    prepare = list(row.prepare)
    if row.catches_up:
        source, target = group.store.new_segment(group.store.path.with_name(group.store.path.name + "-pulled"))
        prepare = ["cp", str(source), str(target)]
    if row.before is not None:
        prepare = [str(program.tk), *row.before(group.store)]
    return _Run(row.name, [str(program.tk), *row.argv(group.store)], prepare)


def _hook(program: Program, group: Group, row: Row) -> _Run:
    """A hook, after a commit of code: with nothing of tasks left to do, or with an event in a new file."""
    commit = "git commit -q --no-verify -m run"
    code = f"git add .tasks && {{ {commit} || :; }} && date +%N >code && git add code && {commit}"
    prepare = f"{{ [ -e .git/hooks/pre-commit ] || tk install-hooks; }} && {code} && git update-ref ORIG_HEAD HEAD~1"
    if row.new_events:
        prepare += " && tk create measured"
    argv = [f"{group.store.path}/.git/hooks/{row.hook}", *row.argv(group.store)]
    return _Run(row.name, argv, ["sh", "-c", f"{{ {prepare}; }} >/dev/null"])


def _hyperfine(program: Program, directory: Path, runs: list[_Run], timings: dict[str, Timing]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "times.json"
        command = ["hyperfine", "-N", "-i", "--runs", "1", "--style", "none", "--export-json", str(export)]
        for run in runs:
            command += ["--prepare", shlex.join(run.prepare)]
        subprocess.run(
            [*command, *(shlex.join(run.argv) for run in runs)],
            cwd=directory,
            env=program.env,
            check=True,
            capture_output=True,
        )
        results = json.loads(export.read_text())["results"]
    for run, (seconds, code) in zip(runs, _times(results), strict=True):
        timing = timings.setdefault(run.name, Timing())
        timing.seconds.append(seconds)
        if code:
            timing.failures.add(code)


def _times(results: list[dict[str, list[float]]]) -> Iterator[tuple[float, int]]:
    for result in results:
        yield result["times"][0], int(result["exit_codes"][0])


def caught_up(program: Program, group: Group) -> bool:
    """Whether the events that were dropped into the log are in the answers."""
    return all(_call(program, group.store.path, ["show", task]) == 0 for task in group.store.dropped[-3:])

"""What the everyday verbs import, ask and open, against lists that are written down.

Timings depend on the machine and its mood; counts do not. ``python tests/guard/regenerate.py`` writes the
lists anew: look at their diff as at any other change.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate import FACTS, generate
from benchmarks.store import hermetic_environment

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
IMPORTS = FOLDER / "imports.txt"
COUNTS = FOLDER / "counts.txt"
COUNTED = ("sql", "opens", "scans", "fsyncs", "processes")
SETTLE = 0.06
"""Seconds after a write until the stat data of a file is trusted, and then some."""

READS = ("ready", "show SOME", "list", "list --limit 50")
WRITES = ("create Title", "update FREE --title Other", "close FREE", "claim FREE", "dep add FREE FREE")
OTHER_READS = (
    *("status", "closed", "stale", "children SOME", "comments SOME", "check SOME", "dep tree SOME", "graph SOME"),
    *("count --by status", "stats", "epic status", "tag SOME"),
    *("prime", "sql VALUES(1)", "__complete show tk-", "edit SOME --discard"),
)
OTHER_WRITES = (
    *("link FREE FREE", "tag FREE core", "assign FREE grace", "priority FREE 1", "comment FREE text"),
    *("check FREE add text", "status FREE blocked"),
)
EVERYDAY = [f"{case}{more}" for case in (*READS, *WRITES) for more in ("", " --json")]
CASES = [*EVERYDAY, *OTHER_READS, *OTHER_WRITES]


@dataclass
class Report:
    """What one command did."""

    code: int
    modules: list[str]
    seen: dict[str, list[str]]
    stderr: str

    @property
    def counts(self) -> dict[str, int]:
        """How often, by kind."""
        return {kind: len(self.seen[kind]) for kind in COUNTED}


class Bench:
    """A generated store and a driver that runs tk in it."""

    def __init__(self, folder: Path, tasks: int) -> None:
        self.store = folder / "store"
        self.report = folder / "report.json"
        home = folder / "home"
        home.mkdir(parents=True)
        self.env = hermetic_environment(home)
        generate(self.store, tasks=tasks)
        facts = json.loads((self.store / FACTS).read_text())
        self.some: str = facts["free"][0]
        # Tasks of their own to change: of the generated ones, some have more that waits for them than others.
        self.free = iter([self._create() for _ in range(2 * len(WRITES) + len(OTHER_WRITES) + 4)])

    def _create(self) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bd_py", "q", "A task to change"],
            cwd=self.store,
            env={**self.env, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def _word(self, word: str) -> str:
        if word == "SOME":
            return self.some
        return next(self.free) if word == "FREE" else word

    def run(self, case: str) -> Report:
        """Run one command line; FREE is an open task not used before, SOME always the same one."""
        arguments = [self._word(word) for word in case.split()]
        self.report.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-I", str(FOLDER / "driver.py"), str(self.report), str(ROOT), *arguments],
            cwd=self.store,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if not self.report.exists():
            return Report(done.returncode or -1, [], {kind: [] for kind in COUNTED}, done.stderr)
        found = json.loads(self.report.read_text())
        # Folding the write-ahead log back falls to one write in a dozen, whichever that is.
        found["sql"] = [text for text in found["sql"] if "wal_checkpoint" not in text and "busy_timeout" not in text]
        return Report(found.pop("code"), found.pop("modules"), found, done.stderr)


def everyday(folder: Path, tasks: int) -> dict[str, Report]:
    """Every case in a store of so many tasks: a level cache, a live segment that has begun."""
    bench = Bench(folder, tasks)
    time.sleep(SETTLE)
    for case in ("ready", "ready"):  # the first builds the cache, and compiles modules
        bench.run(case)
    found = {}
    for case in CASES:
        if case == CASES[2 * len(READS)]:
            bench.run("create First")
        time.sleep(SETTLE)
        found[case] = bench.run(case)
    return found


def write_imports(reports: dict[str, Report]) -> str:
    """The text of imports.txt: what all cases import, then what each imports beside."""
    common = set.intersection(*(set(report.modules) for report in reports.values()))
    lines = [f"# Python {python()}", "[every]", *sorted(common)]
    for case, report in reports.items():
        lines += ["", f"[{case}]", *sorted(set(report.modules) - common)]
    return "\n".join(lines) + "\n"


def read_imports(text: str) -> tuple[str, dict[str, set[str]]]:
    """The version of Python whose imports they are, and the modules that each case may import."""
    version, sections, current = "", dict[str, set[str]](), set[str]()
    for line in text.splitlines():
        if line.startswith("# Python "):
            version = line.removeprefix("# Python ")
        elif line.startswith("["):
            current = sections[line[1:-1]] = set()
        elif line:
            current.add(line)
    common = sections.pop("every", set())
    return version, {case: modules | common for case, modules in sections.items()}


def write_counts(reports: dict[str, Report]) -> str:
    """The text of counts.txt: a line a case."""
    lines = ["case".ljust(32) + "".join(kind.rjust(10) for kind in COUNTED)]
    for case, report in reports.items():
        lines.append(case.ljust(32) + "".join(str(count).rjust(10) for count in report.counts.values()))
    return "\n".join(lines) + "\n"


def read_counts(text: str) -> dict[str, dict[str, int]]:
    """The largest count of each kind that a case may have."""
    found = {}
    for line in text.splitlines()[1:]:
        values = map(int, line[32:].split())
        found[line[:32].rstrip()] = dict(zip(COUNTED, values, strict=True))
    return found


def python() -> str:
    """The feature version of this interpreter: which modules of its own a module needs varies with it."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"

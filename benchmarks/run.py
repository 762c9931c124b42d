"""Measure tk against its budgets: ``python benchmarks/run.py --tk .venv/bin/tk``. See README.md here."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import exchange, growth, imports, library, measure, rows
from benchmarks.generate import generate
from benchmarks.measure import YARDSTICK, Program, Timing
from benchmarks.rows import Group, Store
from benchmarks.store import hermetic_environment

SECTIONS = (
    "reads",
    "writes",
    "others",
    "searches",
    "hooks",
    "past",
    "merge",
    "rebuild",
    "catch-up",
    "growth",
    "library",
)


class Stores:
    """Generated stores by size: made when asked for, kept pristine in ``kept``, measured in a copy."""

    def __init__(self, work: Path, kept: Path | None) -> None:
        self.work = work
        self.kept = kept or work / "kept"

    def make(self, purpose: str, *, tasks: int = 0, events: int = 0) -> Store:
        """A fresh store of so many tasks, or events."""
        name = f"{tasks}-tasks" if tasks else f"{events}-events"
        pristine = self.kept / name
        if not pristine.exists():
            print(f"generating {name} ...", file=sys.stderr)
            generate(pristine, tasks=tasks, events=events)
        copy = self.work / f"{purpose}-{name}"
        shutil.copytree(pristine, copy)
        return Store(copy)


def groups(stores: Stores, section: str, quick: bool) -> list[Group]:
    """What a section measures: the same rows in stores of different sizes."""
    if section == "rebuild":
        sizes = ((10_000, 10.0),) if quick else ((10_000, 10.0), (100_000, 80.0))
        return [Group(f"{n:,} events", stores.make(section, events=n), rows.rebuild(budget)) for n, budget in sizes]
    if section == "catch-up":
        many = 100_000 if quick else 1_000_000
        return [Group(f"{n:,} events", stores.make(section, events=n), rows.catch_up()) for n in (10_000, many)]
    if section == "past":
        sizes_past = (10_000,) if quick else (10_000, 100_000)
        found = [Group(f"{n:,} events", stores.make(section, events=n), rows.past()) for n in sizes_past]
        for group in found:
            exchange.commit_on_top(group.store)
        return found
    if section == "merge":
        return [_merge(stores, 10_000, 8.0), _merge(stores, 20_000 if quick else 100_000, None)]
    if section == "hooks":
        counts = (10_000,) if quick else (10_000, 100_000)
        return [Group(f"{n:,} tasks", stores.make(section, tasks=n), rows.hooks()) for n in counts]
    found = []
    for n, read, write in ((10_000, 2.0, 2.4), (100_000, 2.2, 2.6))[: 1 if quick else 2]:
        chosen = {
            "reads": [*rows.reads(read), *rows.completion()],
            "writes": rows.writes(write),
            "others": rows.others(),
            "searches": rows.searches(),
        }[section]
        found.append(Group(f"{n:,} tasks", stores.make(section, tasks=n), chosen))
    return found


def _merge(stores: Stores, lines: int, budget: float | None) -> Group:
    folder = stores.work / f"merge-{lines}"
    versions = exchange.versions(folder, lines)
    title = f"{lines:,} + {lines:,} lines on {lines:,}"
    return Group(title, Store(folder), rows.merge_driver(*versions, budget))


def table(group: Group, timings: dict[str, Timing]) -> Iterator[str]:
    """One line a row: the medians and quartiles as multiples of the group's own F."""
    start = timings[YARDSTICK].median
    for row in group.rows:
        timing = timings[row.name]
        low, high = timing.quartiles()
        budget = f"{row.budget:.1f} F" if row.budget else ""
        verdict = "" if row.budget is None else "pass" if timing.median / start <= row.budget else "**over**"
        if timing.failures:
            verdict = f"**fails** (exit {', '.join(map(str, sorted(timing.failures)))})"
        yield (
            f"| {row.name}, {group.title} | {budget} | {timing.median / start:.2f} F "
            f"| {low / start:.2f}-{high / start:.2f} | {timing.median * 1000:.1f} | {verdict} |"
        )


def linearity(pair: list[Group], timings: list[dict[str, Timing]]) -> str:
    """The row that compares the merge of many lines with that of few: what a line costs above the group's own F."""
    name = pair[0].rows[-1].name
    above = [found[name].median / found[YARDSTICK].median - 1 for found in timings]
    few, many = (int(group.title.split(" ")[0].replace(",", "")) for group in pair)
    ratio = above[1] / above[0] / (many / few)
    verdict = "pass" if ratio <= 1.25 else "**over**"
    return f"| {name}, a line of {many:,} to a line of {few:,} | 1.25 times | {ratio:.2f} times | | | {verdict} |"


def flatness(program: Program, pair: list[Group], timings: list[dict[str, Timing]]) -> str:
    """The row that compares the catch-up in a large log with that in a small one."""
    name = pair[0].rows[-1].name
    small, large = (found[name].median / found[YARDSTICK].median for found in timings)
    verdict = "pass" if large <= 1.5 * small else "**over**"
    if not all(measure.caught_up(program, group) for group in pair):
        verdict = "**fails** (the new events are not in the answers)"
    title = f"{name}, {pair[1].title} to {pair[0].title}"
    return f"| {title} | 1.5 times | {large / small:.2f} times | | | {verdict} |"


def report(program: Program, stores: Stores, sections: list[str], rounds: int, quick: bool) -> None:
    """Measure the sections and print the table as it grows."""
    print(f"{platform.platform()}. F is `{program.python} -I -c pass`; medians of {rounds} runs.\n")
    print("| row | budget | median | quartiles | ms | |\n|---|---|---|---|---|---|")
    for section in sections:
        if section == "growth":
            store = stores.make(section, events=10_000 if quick else 100_000)
            title = f"{10_000 if quick else 100_000:,} events"
            grown = growth.measure(program, store.path, 100 if quick else 1000)
            print("\n".join(growth.table(grown, title)), flush=True)
            continue
        if section == "library":
            records = 10_000 if quick else 100_000
            samples = library.measure(program, stores.work / "library", min(rounds, 15), records)
            print("\n".join(library.table(samples, records)), flush=True)
            continue
        found = groups(stores, section, quick)
        print(f"{section} ", end="", file=sys.stderr, flush=True)
        timings = measure.measure(program, found, min(rounds, 11) if section == "rebuild" else rounds)
        for group, timing in zip(found, timings, strict=True):
            start = timing[YARDSTICK]
            low, high = (value * 1000 for value in start.quartiles())
            name = f"F beside {section}, {group.title}"
            print(f"| {name} | | 1 F | {low:.1f}-{high:.1f} ms | {start.median * 1000:.1f} | |")
            print("\n".join(table(group, timing)), flush=True)
        if section == "merge":
            print(linearity(found, timings))
        if section == "catch-up":
            print(flatness(program, found, timings))


def main(argv: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tk", type=Path, required=True, help="the tk of an installed wheel")
    parser.add_argument("--python", help="its interpreter, where tk is no script")
    parser.add_argument("--quick", action="store_true", help="small sizes, few runs")
    parser.add_argument("--rounds", type=int, help="runs a row (31; quick: 7)")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section; may be repeated")
    parser.add_argument("--stores", type=Path, help="keep generated stores here and use them again")
    parser.add_argument("--profile", action="store_true", help="only show what ready and create import")
    args = parser.parse_args(argv)
    if not args.profile and shutil.which("hyperfine") is None:
        parser.exit(
            1,
            "run.py: hyperfine is not on PATH; install it: https://github.com/sharkdp/hyperfine\n",
        )
    tk = shutil.which(str(args.tk))
    if tk is None:
        parser.error(f"{args.tk} is no program")
    found = Path(tk).absolute()
    with tempfile.TemporaryDirectory(prefix="tk-bench-") as folder:
        work = Path(folder)
        (work / "home").mkdir()
        try:
            python = args.python or measure.interpreter(found)
        except ValueError as error:
            parser.error(str(error))
        env = hermetic_environment(work / "home")
        env["PATH"] = f"{found.parent}:{env['PATH']}"  # where hooks look for tk
        program = Program(found, python, env)
        stores = Stores(work, args.stores)
        if args.profile:
            store = stores.make("profile", tasks=1000)
            for arguments in (["ready"], ["ready", "--json"], ["create", "A title"]):
                imports.profile(program, store.path, arguments)  # once for the cache
                print(imports.profile(program, store.path, arguments))
            return 0
        rounds = args.rounds or (7 if args.quick else 31)
        report(program, stores, args.only or list(SECTIONS), rounds, args.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure other trackers beside tk: ``python benchmarks/beside.py --tk .venv/bin/tk``. See README.md here."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import measure as budgets
from benchmarks.peers import find, measure, tables, tasks
from benchmarks.peers.find import Absent, Found
from benchmarks.peers.measure import Limits
from benchmarks.peers.seam import Peer
from benchmarks.peers.tk import Tk

SEALED = "TK_BENCH_SEALED"
UNSHARE = ("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


def sealing() -> list[str]:
    """What to put before a command so that it has no network, and nothing that it starts outlives it; [] where not."""
    for words in ((*UNSHARE,), (*UNSHARE, "--map-root-user")):
        try:
            done = subprocess.run([*words, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        except OSError:
            return []
        if done.returncode == 0:
            return list(words)
    return []


def seal() -> str:
    """Start this program again where it is sealed off. What there is to say of the seal, once it is."""
    state = os.environ.get(SEALED)
    if state is None:
        words = sealing()
        os.environ[SEALED] = "no network, and no process outlives the run" if words else "not sealed off the network"
        if words:
            os.execvp(words[0], [*words, sys.executable, *sys.argv])  # noqa: S606
    return os.environ[SEALED]


def chosen(only: list[str]) -> list[type[Peer]]:
    """The trackers whose name or program is in ``only``; all, where it is empty."""
    return [kind for kind in find.PEERS if not only or kind.name in only or kind.program in only]


def report(founds: list[Found], absent: list[Absent], work: Path, sizes: list[int], limits: Limits) -> None:
    """Print the tables, a size after the other."""
    python = budgets.interpreter(founds[0].program)
    for number, size in enumerate(sizes):
        folder = work / str(size)
        made = tasks.made(size)
        results, bare = measure.measure(founds, made, folder, limits, [python, "-I", "-c", "pass"])
        if number == 0:
            print("\n".join(tables.trackers(results, absent)))
        not_closed = sum(not task.closed for task in made)
        print(f"\n## {size:,} tasks, {not_closed:,} of them open\n")
        print("\n".join([*tables.overview(results, bare), "", *tables.details(results)]), flush=True)
        shutil.rmtree(folder)


def _named(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    found = shutil.which(path)
    if not equals or found is None or name not in {kind.program for kind in find.PEERS}:
        raise argparse.ArgumentTypeError(f"{text}: not PROGRAM=PATH of a tracker")
    return name, Path(found).absolute()


def main(argv: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tk", type=Path, required=True, help="the tk of an installed wheel")
    parser.add_argument("--size", type=int, action="append", help="tasks (1000 and 10000); may be repeated")
    parser.add_argument("--rounds", type=int, default=15, help="runs a verb (15)")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds for all runs of a verb of a tracker (60)")
    parser.add_argument("--load-limit", type=float, default=600.0, help="seconds for a load (600)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this tracker; may be repeated")
    parser.add_argument(
        "--program", type=_named, action="append", default=[], metavar="PROGRAM=PATH", help="if not on PATH"
    )
    args = parser.parse_args(argv)
    tk = shutil.which(str(args.tk))
    if tk is None:
        parser.error(f"{args.tk} is no program")
    sealed = seal()
    with tempfile.TemporaryDirectory(prefix="tk-beside-", ignore_cleanup_errors=True) as name:
        work = Path(name)
        named = {Tk.program: Path(tk).absolute(), **dict(args.program)}
        kinds: list[type[Peer]] = [Tk, *chosen(args.only)]
        answers = [find.find(kind, work, named) for kind in kinds]
        founds = [answer for answer in answers if isinstance(answer, Found)]
        absent = [answer for answer in answers if isinstance(answer, Absent)]
        if not founds or not isinstance(founds[0].peer, Tk):
            parser.error(f"{tk}: {absent[0].reason}")
        print(f"{platform.platform()}, {os.cpu_count()} cores; {sealed}; load {os.getloadavg()[0]:.1f} at the start.\n")
        report(founds, absent, work, args.size or [1000, 10_000], Limits(args.rounds, args.patience, args.load_limit))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Make a store of made-up tasks: ``python benchmarks/generate.py DIR --tasks 10000``.

The same seed and size give the same bytes. With ``--format bd`` DIR is a file instead: the same tasks as bd
tools would hold them, one issue a line.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import encode, store
from benchmarks.history import History, Summary

FACTS = "benchmark.json"
"""Beside .tasks, committed: what the store holds, and ids that a measurement may change."""


def generate(
    directory: Path, *, tasks: int = 0, events: int = 0, seed: int = 1, prefix: str = "tk", git: bool = True
) -> Summary:
    """Make a store in ``directory``, which must be missing or empty, of ``tasks`` tasks or ``events`` events.

    Raises FileExistsError where there is something already, subprocess.CalledProcessError where git fails.
    """
    if directory.exists() and any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty")
    history = History(tasks=tasks, events=events, seed=seed, prefix=prefix)
    store.lay_out(directory, history.events(), prefix)
    found = history.summary
    facts = {"seed": seed, **vars(found), "free": list(found.free)}
    (directory / FACTS).write_text(json.dumps(facts, indent=1) + "\n")
    if git:
        store.commit(directory)
    return found


def write_bd(path: Path, *, tasks: int = 0, events: int = 0, seed: int = 1, prefix: str = "tk") -> Summary:
    """Write the same tasks in the bd format, one issue a line, sorted by id."""
    records: list[dict[str, object]] = []
    history = History(tasks=tasks, events=events, seed=seed, prefix=prefix, records=records)
    for _ in history.events():
        pass
    records.sort(key=lambda record: str(record["id"]))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(encode.compact(record) + "\n" for record in records)
    return history.summary


def main(argv: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, metavar="DIR", help="new folder, or the file of --format bd")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--tasks", type=int, default=0, metavar="N", help="so many tasks")
    size.add_argument("--events", type=int, default=0, metavar="N", help="exactly so many events")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prefix", default="tk", help="of the task ids")
    parser.add_argument("--format", choices=("tk", "bd"), default="tk")
    parser.add_argument("--no-git", action="store_true", help="the files only, no repository")
    args = parser.parse_args(argv)
    if max(args.tasks, args.events) < 1:
        parser.error("the size must be at least 1")
    begin = time.perf_counter()
    sizes = {"tasks": args.tasks, "events": args.events, "seed": args.seed, "prefix": args.prefix}
    try:
        if args.format == "bd":
            found = write_bd(args.directory, **sizes)
        else:
            found = generate(args.directory, git=not args.no_git, **sizes)
    except FileExistsError as error:
        parser.error(str(error))
    counts = ", ".join(f"{count} {status}" for status, count in sorted(found.statuses.items()))
    print(f"{found.tasks} tasks ({counts}), {found.events} events, {found.dependencies} dependencies,")
    print(f"{found.labels} labels, {found.comments} comments in {time.perf_counter() - begin:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

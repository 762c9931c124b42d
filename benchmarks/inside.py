"""The library measured from inside of a process, beside what it cannot be faster than: prints samples as JSON.

Run by `benchmarks.library` with the interpreter that has tk installed, so it imports nothing else of this folder. In
each round the library and its raw counterpart take turns in random order. A sample is (seconds of wall, seconds of
CPU): on a busy machine only the ratios of CPU mean much, on a quiet one they agree with those of wall.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bd_py import Store

Sample = tuple[float, float]
Samples = dict[str, list[Sample]]

TEXT = "A paragraph of some length that says what this is about, and why somebody wrote it down. " * 3
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "status": {"enum": ["draft", "ready", "done"]},
        "stars": {"type": "integer", "minimum": 0},
        "body": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title", "status"],
}
NOT_ROWS = frozenset(("meta", "folders", "segments", "collections"))
"""Tables that say where the cache stands: a few rows whatever is written."""


def timed(do: Callable[[], object]) -> Sample:
    """What one call takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - wall, time.process_time() - cpu


def take_turns(rounds: int, sides: Mapping[str, Callable[[], Sample]]) -> Samples:
    """``rounds`` samples of each side."""
    found: Samples = {name: [] for name in sides}
    for _ in range(rounds):
        for name in random.sample(list(sides), len(sides)):
            found[name].append(sides[name]())
    return found


def task(number: int) -> dict[str, Any]:
    """The keywords of a task to create."""
    labels = ["measured"] if number % 3 == 0 else []
    return {"title": f"Task number {number}", "description": TEXT, "priority": number % 5, "labels": labels}


def document(number: int) -> dict[str, Any]:
    """A record to create: two of its fields are indexed."""
    status = ("draft", "ready", "done")[number % 3]
    return {"title": f"Note {number}", "status": status, "stars": number % 1000, "body": TEXT, "tags": ["a", "b"]}


def fresh(directory: Path) -> Store:
    """A new store in a repository with a commit, with a collection ``notes``."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Begin"]):
        subprocess.run(["git", *arguments], cwd=directory, check=True, stdin=subprocess.DEVNULL)
    store = Store.init(directory, actor="bench")
    store.define(SCHEMA, "notes", indexed=["status", "stars"])
    return store


# A batch, beside the same bytes with one fsync and the same rows by executemany


def create_many(store: Store, kind: str, many: list[dict[str, Any]]) -> object:
    """The batch that is measured."""
    return store.create_many(many) if kind == "tasks" else store.collection("notes").create_many(many)


class Raw:
    """What a batch wrote: the bytes of its segment, and its rows by table in the order in which they came."""

    def __init__(self, directory: Path, empty: Path) -> None:
        segments = (directory / ".tasks/log").rglob("*.jsonl")
        self.content = max(segments, key=lambda path: path.stat().st_size).read_bytes()
        conn = sqlite3.connect(directory / ".tasks/cache.db")
        before = sqlite3.connect(empty)
        order = {key: k for k, key in enumerate(self._subjects())}
        self.inserts: list[tuple[str, list[tuple[Any, ...]]]] = []
        for table, key in self._tables(conn):
            known = set(before.execute(f"SELECT * FROM {table}"))
            rows = [row for row in conn.execute(f"SELECT * FROM {table}") if row not in known]
            rows = [row for row in rows if table == "log_events" or row[key] in order]
            if rows:
                rows.sort(key=lambda row: (0 if table == "log_events" else order[row[key]], row[0]))
                self.inserts.append((f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows))

    def _subjects(self) -> Iterator[str]:
        for line in self.content.splitlines():
            event = json.loads(line)
            yield event.get("task") or event["record"]

    @staticmethod
    def _tables(conn: sqlite3.Connection) -> list[tuple[str, int]]:
        """Every table of rows, with the column that names the task or the record."""
        found = []
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [row[1] for row in conn.execute(f"PRAGMA table_info({name})")]
            key = next((columns.index(each) for each in ("issue_id", "id", "name") if each in columns), 0)
            if name == "record_index":
                key = columns.index("id")
            if name not in NOT_ROWS and not name.startswith("sqlite_"):
                found.append((name, key))
        return found

    def write(self, directory: Path, conn: sqlite3.Connection) -> None:
        """All of it again, in one transaction."""
        conn.execute("BEGIN IMMEDIATE")
        for statement, rows in self.inserts:
            conn.executemany(statement, rows)
        fd = os.open(directory / "segment.jsonl", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(fd, self.content)
        os.fsync(fd)
        os.close(fd)
        conn.execute("COMMIT")

    @property
    def count(self) -> int:
        """How many rows."""
        return sum(len(rows) for _, rows in self.inserts)


def connected(path: Path) -> sqlite3.Connection:
    """A connection set up as tk's own for a batch."""
    conn = sqlite3.connect(path, isolation_level=None)
    for setting in ("foreign_keys = ON", "synchronous = NORMAL", "wal_autocheckpoint = 0", "cache_size = -65536"):
        conn.execute(f"PRAGMA {setting}")
    return conn


def batches(work: Path, kind: str, size: int, rounds: int) -> Samples:
    """A batch of so many in a new store each time."""
    store, raw, empty = work / "batch", work / "raw", work / "empty.db"
    many = [task(k) if kind == "tasks" else document(k) for k in range(size)]
    fresh(store).close()
    shutil.copy(store / ".tasks/cache.db", empty)

    def library() -> Sample:
        with fresh(store) as opened:
            return timed(lambda: create_many(opened, kind, many))

    library()
    written = Raw(store, empty)
    assert written.count >= 2 * size, "a row of the log and one of the state for each"

    def by_hand() -> Sample:
        shutil.rmtree(raw, ignore_errors=True)
        raw.mkdir()
        shutil.copy(empty, raw / "cache.db")
        conn = connected(raw / "cache.db")
        try:
            return timed(lambda: written.write(raw, conn))
        finally:
            conn.close()

    return take_turns(rounds, {"library": library, "raw": by_hand})


# One at a time


def single_writes(work: Path, rounds: int, *, behind: bool = False) -> dict[str, Samples]:
    """A task and a record each in a write of its own, beside an append of the same line and an fsync.

    ``behind``: by a store that leaves the cache for later, and brings in hundreds at a time now and then.
    """
    found = {}
    folder = work / ("behind" if behind else "single")
    fresh(folder).close()
    with Store.open(folder, actor="bench", write_behind=behind) as store:
        notes = store.collection("notes")
        makers: dict[str, Callable[[], object]] = {
            "task": lambda: store.create(**task(3)),
            "record": lambda: notes.create(document(3)),
        }
        for name, make in makers.items():
            for _ in range(20):
                make()
            line = max((folder / ".tasks/log").rglob("*.jsonl")).read_bytes().splitlines(keepends=True)[-1]
            fd = os.open(folder / f"{name}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            found[name] = take_turns(
                rounds, {"library": partial(timed, make), "raw": partial(timed, partial(_append, fd, line))}
            )
            os.close(fd)
    return found


def _append(fd: int, line: bytes) -> None:
    os.write(fd, line)
    os.fsync(fd)


def reads(work: Path, count: int, rounds: int) -> dict[str, Samples]:
    """One task, one record and a filter on an indexed field, beside the query that each of them asks."""
    with fresh(work / "reads") as store:
        notes = store.collection("notes")
        made = notes.create_many(document(k) for k in range(count))
        ids = store.create_many(task(k) for k in range(1000))
        time.sleep(0.1)  # a file that was written this moment is looked at again by whoever reads
        raw = sqlite3.connect(work / "reads/.tasks/cache.db", isolation_level=None)
        columns = "r.id, r.data, r.created_at, r.created_by, r.updated_at, r.version, r.conflict_count"
        one = f"SELECT {columns} FROM records r WHERE r.collection = 'notes' AND r.id = ?"
        some = (
            f"SELECT {columns} FROM records r WHERE r.collection = 'notes' AND r.id IN (SELECT id FROM record_index "
            "WHERE collection = 'notes' AND field = 'stars' AND kind = 'n' AND value = ?) ORDER BY r.id"
        )

        def by_hand(statement: str, value: object) -> Sample:
            return timed(lambda: raw.execute(statement, (value,)).fetchall())

        sides: dict[str, dict[str, Callable[[], Sample]]] = {
            "task": {
                "library": lambda: timed(partial(store.get, random.choice(ids))),
                "raw": lambda: by_hand("SELECT * FROM issues WHERE id = ?", random.choice(ids)),
            },
            "record": {
                "library": lambda: timed(partial(notes.get, random.choice(made))),
                "raw": lambda: by_hand(one, random.choice(made)),
            },
            "query": {
                "library": lambda: timed(partial(notes.list, {"stars": 7})),
                "raw": lambda: by_hand(some, 7),
            },
        }
        return {name: take_turns(rounds, both) for name, both in sides.items()}


def start() -> Sample:
    """One bare start of this interpreter, the F of the table."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--batch", type=int, default=10_000, help="tasks, and records, in a batch")
    parser.add_argument("--rounds", type=int, required=True, help="batches of each kind")
    parser.add_argument("--records", type=int, required=True, help="in the store that is read")
    args = parser.parse_args()
    found: dict[str, Any] = {}
    for kind in ("tasks", "records"):
        found[f"batch of {kind}"] = batches(args.work, kind, args.batch, args.rounds)
    found["F"] = {"library": [start() for _ in range(6 + args.rounds)]}
    found |= {f"one {name}": samples for name, samples in single_writes(args.work, 20 * args.rounds).items()}
    later = single_writes(args.work, 200 * args.rounds, behind=True)
    found |= {f"{name} behind": samples for name, samples in later.items()}
    found |= {f"read {name}": samples for name, samples in reads(args.work, args.records, 100 * args.rounds).items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()

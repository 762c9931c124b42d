"""The cache made anew: quickly or with care, in a thread or not, and what is left when it is cut off."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bd_py import config
from bd_py.cache import build, reading
from bd_py.cache.beside import Beside
from bd_py.cache.level import connect
from bd_py.cache.session import prepare
from bd_py.paths import Paths
from bd_py.service import tasks
from bd_py.service.rebuild import rebuild
from tests.acceptance.support import event, event_id, line, make_store, put_segment, workspace
from tests.acceptance.test_damaged_log import COUNTED, GOOD, SKIPPED

NOTE = line(event(event_id(50), "task.note.append", "tk-good1", {"text": "kept"}))
AGAIN = {
    "id": b'"id":"%s"' % event_id(70).encode(),
    "type": b'"type":"task.closed"',
    "task": b'"task":"tk-good2"',
    "at": b'"at":"2026-11-21T00:00:00.000Z"',
    "data": b'"data":{"text":"other"}',
    "data, no object": b'"data":5',
    "at, no text": b'"at":5',
}
LINES = {
    **{name: data for name, data in (SKIPPED | COUNTED).items() if len(data) < 1000},
    **{f"twice: {name}": NOTE[:-2] + b"," + key + b"}\n" for name, key in AGAIN.items()},
    **{
        f"at: {at}": line(event(event_id(50), "task.closed", "tk-good1", at=at))
        for at in ("2026-02-30T00:00:00.000Z", "2026-11-20T25:00:00Z", "yesterday-ATnoonZ", "2026-11-20T18:02:11.Z")
    },
    "commits member by member": b"".join(
        line(
            event(
                event_id(60 + k),
                "task.updated",
                "tk-good1",
                {"set": {"links": {"commits": ["a", "b"][: k + 1]}}},
                prev={"links.commits": None if k == 0 else event_id(60)},
            )
        )
        for k in range(2)
    ),
}


@pytest.fixture
def where(tmp_path: Path) -> Paths:
    found = make_store(tmp_path / "repo")
    put_segment(found, "2026-11/good.jsonl", GOOD)
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small log is taken for a large one."""
    monkeypatch.setattr(reading, "_BULK", 0)
    monkeypatch.setattr(build, "_THREADED", -1)


def made(where: Paths) -> dict[str, list[Any]]:
    """Every row of a cache made anew, in memory."""
    with closing(build.in_memory(where, config.load(where.config))) as conn:
        names = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: sorted(conn.execute(f"SELECT * FROM {name}"), key=repr) for name in names}
    found["meta"] = [row for row in found["meta"] if row[0] != "epoch"]
    for table, first in (("folders", 1), ("segments", 3)):  # without the times of looking
        found[table] = [(*row[:first], *row[first + 4 :]) for row in found[table]]
    return found


@pytest.mark.parametrize("what", LINES)
def test_quickly_or_with_care(where: Paths, what: str, request: pytest.FixtureRequest) -> None:
    put_segment(where, "2026-11/also.jsonl", [LINES[what]])
    with_care = made(where)
    request.getfixturevalue("quick")
    assert made(where) == with_care


def test_copies_of_an_event(where: Paths, request: pytest.FixtureRequest) -> None:
    """The lesser line counts, in the first file that has it; the others are noted."""
    lesser = NOTE.replace(b"kept", b"Kept")
    for name, data in (("a", NOTE), ("b", lesser), ("c", lesser), ("d", NOTE + GOOD[0])):
        put_segment(where, f"2026-11/{name}.jsonl", [data])
    with_care = made(where)
    request.getfixturevalue("quick")
    found = made(where)
    assert found == with_care
    assert [row[2] is None for row in found["event_copies"] if row[0] == event_id(50)] == [False, True, False]
    assert [row[7] for row in found["log_events"] if row[0] == event_id(50)] == [lesser.decode().strip()]


def test_what_is_plain_waits_to_be_decoded(where: Paths, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bd_py.log.parse", None)
    put_segment(where, "2026-11/also.jsonl", [NOTE, COUNTED["unknown type"].partition(b"\n")[0]])
    assert len(made(where)["log_events"]) == len(GOOD) + 2


def test_a_small_log_does_not_pay_for_orjson(where: Paths) -> None:
    """The first command in a small clone: the import alone is more than a start of the interpreter."""
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
from bd_py import config, paths
from bd_py.cache import build
where = paths.Paths({os.path.dirname(where.cache)!r})
build.create(where, config.load(where.config))
print("orjson" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


@pytest.fixture
def kept(where: Paths) -> tuple[Paths, str]:
    """A store with a cache in which another program has a table."""
    opened = workspace(where)
    with opened.writing() as w:
        task = tasks.create(w, "one")
    opened.close()
    with closing(sqlite3.connect(where.cache)) as conn:
        conn.execute("CREATE TABLE theirs (issue TEXT REFERENCES issues (id) ON DELETE CASCADE)")
        conn.execute("INSERT INTO theirs VALUES (?)", (task,))
        conn.execute("UPDATE issues SET notes = 'as it was'")
        conn.commit()
    return where, task


def as_it_was(where: Paths) -> bool:
    with closing(sqlite3.connect(where.cache)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("SELECT count(*) FROM theirs").fetchone() == (1,)
        found: int = conn.execute("SELECT count(*) FROM issues WHERE notes = 'as it was'").fetchone()[0]
        return found == len(GOOD) + 1


def test_an_error_of_a_statement_in_the_thread(
    kept: tuple[Paths, str], quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, _ = kept
    real = build.schema
    monkeypatch.setattr(build, "schema", lambda name: real(name) + ("CREATE INDEX x ON nothing (y);\n" * ("i" in name)))
    conn = connect(where.cache)
    prepare(conn)
    with closing(conn), pytest.raises(sqlite3.OperationalError, match="nothing"):
        build.rebuild(conn, where, config.load(where.config))
    assert as_it_was(where)


KILLED = """
import os, signal
from bd_py.cache import build, filling, reading
from bd_py.paths import Paths
from bd_py.service.rebuild import rebuild

def killed(beside, *args, real=filling.{after}):
    real(beside, *args)
    beside.wait()
    os.kill(os.getpid(), signal.SIGKILL)

reading._BULK, build._THREADED = 0, -1
filling.{after} = killed
rebuild(Paths({where!r}))
"""


@pytest.mark.parametrize("after", ["fill_events", "fill_tasks"])
def test_killed_in_the_middle(kept: tuple[Paths, str], after: str) -> None:
    """Drops, rows and all were done, but not committed."""
    where, _ = kept
    script = textwrap.dedent(KILLED).format(after=after, where=os.path.dirname(where.cache))
    found = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert found.returncode == -signal.SIGKILL
    assert as_it_was(where)
    assert rebuild(where)["foreign_tables"] == ["theirs"]
    assert not as_it_was(where)


def test_nothing_runs_after_an_error() -> None:
    ran: list[int] = []

    def fail(_: int) -> None:
        raise ValueError("no")

    def work() -> None:
        with closing(connect(":memory:")) as conn, Beside(conn, threaded=True) as beside:
            beside.run(ran.append, 1)
            beside.run(fail, 2)
            beside.run(ran.append, 3)

    with pytest.raises(ValueError, match="no"):
        work()
    assert ran == [1]


def test_what_is_left_is_dropped_when_the_work_fails() -> None:
    interval = sys.getswitchinterval()
    ran: list[int] = []

    def work() -> None:
        with closing(connect(":memory:")) as conn, Beside(conn, threaded=True) as beside:
            beside.run(ran.append, 1)
            beside.wait()
            beside.run(time.sleep, 0.05)
            beside.run(ran.append, 2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert ran == [1]
    assert sys.getswitchinterval() == interval

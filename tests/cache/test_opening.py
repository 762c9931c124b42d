"""Whatever lies where the cache should be: it is made anew from the log, or refused and left as it is."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bd_py import config
from bd_py.cache import build, foreign, level, upgrade
from bd_py.errors import LockTimeoutError, NewerError, ReadOnlyError
from bd_py.paths import Paths
from bd_py.service import rebuild, tasks
from bd_py.workspace import Workspace
from tests.acceptance.support import (
    assert_one_truth,
    drop_cache,
    event,
    event_id,
    events_on_disk,
    line,
    make_store,
    put_segment,
    workspace,
)
from tests.inprocess import Cli

NOW = level.SCHEMA_VERSION


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    found = make_store(tmp_path / "repo")
    lines = [
        line(event(event_id(k), "task.created", f"tk-{k}", {"title": f"T {k}", "labels": ["x"]})) for k in range(30)
    ]
    put_segment(found, "2026-11/20/a.jsonl", lines)
    monkeypatch.chdir(found.root)
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")  # a command in this process lets go of the cache at its end
    return found


@pytest.fixture
def cli(where: Paths) -> Cli:
    found = Cli(Path(where.root))
    found("list")
    return found


def settled(where: Paths) -> bytes:
    """The bytes of the cache with nothing left in its write-ahead log."""
    conn = sqlite3.connect(where.cache)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    return Path(where.cache).read_bytes()


def deleted(cache: Path) -> None:
    cache.unlink()


def empty(cache: Path) -> None:
    cache.write_bytes(b"")


def text(cache: Path) -> None:
    cache.write_text("not a database\n" * 100)


def noise(cache: Path) -> None:
    cache.write_bytes(random.Random(1).randbytes(50_000))


def half(cache: Path) -> None:
    cache.write_bytes(cache.read_bytes()[: cache.stat().st_size // 2])


def only_a_header(cache: Path) -> None:
    cache.write_bytes(cache.read_bytes()[:100])


def header_gone(cache: Path) -> None:
    cache.write_bytes(b"\0" * 100 + cache.read_bytes()[100:])


def without_settings(cache: Path) -> None:
    conn = sqlite3.connect(cache)
    conn.executescript("DELETE FROM meta")
    conn.close()


def wal_of_another(cache: Path) -> None:
    Path(f"{cache}-wal").write_bytes(random.Random(2).randbytes(9000))
    Path(f"{cache}-shm").write_bytes(random.Random(3).randbytes(32768))


def wal_left_without_its_database(cache: Path) -> None:
    wal_of_another(cache)
    cache.unlink()


@pytest.mark.parametrize("first", [["list", "--all"], ["create", "New"], ["rebuild"]], ids=["read", "write", "rebuild"])
@pytest.mark.parametrize(
    "harm",
    [
        deleted,
        empty,
        text,
        noise,
        half,
        only_a_header,
        header_gone,
        without_settings,
        wal_of_another,
        wal_left_without_its_database,
    ],
)
def test_made_anew(where: Paths, cli: Cli, harm: Callable[[Path], None], first: list[str]) -> None:
    settled(where)
    harm(Path(where.cache))
    cli(*first)
    assert len(cli.listed("--all", "--limit", "0")) == 30 + (first[0] == "create")
    opened = workspace(where)
    assert_one_truth(opened)
    opened.close()


def test_damage_that_shows_late_names_the_way_out(where: Paths, cli: Cli) -> None:
    conn = sqlite3.connect(where.cache)
    conn.executescript("DROP VIEW events; DROP TABLE labels; DROP TABLE issues")
    conn.close()
    for args in (["list"], ["create", "New"]):
        assert "'tk rebuild' makes it anew" in cli.fails(1, *args).err
    cli("rebuild")
    assert len(cli.listed("--all", "--limit", "0")) == 30


def test_random_damage_never_crashes(where: Paths, cli: Cli) -> None:
    whole = settled(where)
    chance = random.Random(7)
    for _ in range(40):
        drop_cache(where)
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at, size = chance.randrange(len(damaged)), chance.choice([1, 40, 400])
            damaged[at : at + size] = chance.randbytes(min(size, len(damaged) - at))
        Path(where.cache).write_bytes(damaged)
        for args in (["list", "--all"], ["ready"], ["show", "tk-3"], ["comment", "tk-4", "A word"]):
            done = cli(*args, check=False)
            assert not done.code or "the cache is damaged" in done.err or "not found" in done.err, done.err
        cli("rebuild")
        opened = workspace(where)
        assert_one_truth(opened)
        opened.close()


@pytest.mark.parametrize("args", [["list"], ["create", "New"], ["rebuild"], ["sync"]])
def test_made_by_a_newer_tk(where: Paths, cli: Cli, args: list[str]) -> None:
    conn = sqlite3.connect(where.cache)
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    before, events = settled(where), events_on_disk(where)
    done = cli.fails(1, *args)
    assert "made by a newer tk (schema 99" in done.err
    assert "Upgrade tk" in done.err
    assert settled(where) == before
    assert events_on_disk(where) == events


def test_a_database_that_another_program_made_first(where: Paths) -> None:
    drop_cache(where)
    conn = sqlite3.connect(where.cache)
    conn.executescript("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7);")
    conn.close()
    opened = workspace(where)
    assert_one_truth(opened)
    assert opened.conn.execute("SELECT * FROM theirs").fetchall() == [(7,)]
    assert opened.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    opened.close()


def test_an_older_schema_is_upgraded_by_its_steps(where: Paths, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    conn = sqlite3.connect(where.cache)
    conn.executescript("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7);")
    conn.close()
    for module in (level, upgrade):
        monkeypatch.setattr(module, "SCHEMA_VERSION", NOW + 2)
    monkeypatch.setattr(
        upgrade,
        "STEPS",
        {
            NOW + 1: ("CREATE TABLE two (x)", "INSERT INTO two VALUES (2)"),
            NOW + 2: ("ALTER TABLE two ADD COLUMN y DEFAULT 3",),
        },
    )
    monkeypatch.setattr("bd_py.cache.build.rebuild", None)  # not called
    cli("create", "New")
    conn = sqlite3.connect(where.cache)
    assert conn.execute("SELECT * FROM two").fetchall() == [(2, 3)]
    assert conn.execute("SELECT * FROM theirs").fetchall() == [(7,)]
    assert conn.execute("PRAGMA user_version").fetchone() == (NOW + 2,)
    conn.close()
    assert len(cli.listed("--all", "--limit", "0")) == 31


def test_a_step_that_fails_leaves_nothing_and_is_a_rebuild(
    where: Paths, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("level", "upgrade", "build"):
        monkeypatch.setattr(f"bd_py.cache.{module}.SCHEMA_VERSION", NOW + 1)
    monkeypatch.setattr(upgrade, "STEPS", {NOW + 1: ("CREATE TABLE two (x)", "INSERT INTO issues (id) VALUES (NULL)")})
    opened = workspace(where)
    assert_one_truth(opened)
    assert opened.conn.execute("SELECT name FROM sqlite_master WHERE name = 'two'").fetchall() == []
    assert opened.conn.execute("PRAGMA user_version").fetchone() == (NOW + 1,)
    opened.close()


def test_an_older_schema_without_steps_is_rebuilt(where: Paths, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("level", "upgrade", "build"):
        monkeypatch.setattr(f"bd_py.cache.{module}.SCHEMA_VERSION", NOW + 1)
    opened = workspace(where)
    assert_one_truth(opened)
    assert opened.conn.execute("PRAGMA user_version").fetchone() == (NOW + 1,)
    opened.close()


def test_another_program_holds_the_cache(where: Paths, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "BUSY_SECONDS", 0.2)
    other = sqlite3.connect(where.cache, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    before = events_on_disk(where)
    assert "T 3" in cli("show", "tk-3").out  # who only reads is not in the way
    done = cli.fails(7, "create", "New")
    assert "locked by another program" in done.err
    with pytest.raises(LockTimeoutError):
        rebuild.rebuild(where)
    assert events_on_disk(where) == before
    other.execute("ROLLBACK")
    other.close()
    cli("create", "New")


def test_another_program_reads_while_tk_writes(where: Paths, cli: Cli) -> None:
    other = sqlite3.connect(where.cache, isolation_level=None)
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM issues").fetchone() == (30,)
    cli("create", "New")
    cli("rebuild")
    assert other.execute("SELECT count(*) FROM issues").fetchone() == (30,)
    other.execute("COMMIT")
    assert other.execute("SELECT count(*) FROM issues").fetchone() == (31,)
    other.close()


def test_the_file_is_replaced_under_an_open_store(where: Paths) -> None:
    opened = workspace(where)
    assert opened.conn.execute("SELECT count(*) FROM issues").fetchone() == (30,)
    Path(where.cache).rename(where.cache + ".old")
    with opened.writing() as w:
        tasks.create(w, "New")
    assert_one_truth(opened)
    opened.close()


def test_a_newer_cache_refuses_in_the_library(where: Paths) -> None:
    conn = sqlite3.connect(where.cache)
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    with pytest.raises(NewerError):
        _ = workspace(where).conn


@pytest.mark.parametrize("schema", [NOW, NOW - 1], ids=["of this schema", "of the schema before"])
def test_a_cache_that_is_behind_where_nothing_can_be_written_is_closed_again(
    where: Paths, monkeypatch: pytest.MonkeyPatch, schema: int
) -> None:
    made(where)
    with closing(sqlite3.connect(where.cache)) as conn:
        conn.execute(f"PRAGMA user_version = {schema}")
    put_segment(where, "2026-11/21/later.jsonl", [line(event(event_id(900), "task.created", "tk-z", {"title": "Z"}))])
    connect, tried = level.connect_read_only, []

    def noted(path: str, *, immutable: bool) -> sqlite3.Connection:
        tried.append(connect(path, immutable=immutable))
        return tried[-1]

    def refused(*_: object, **__: object) -> None:
        raise ReadOnlyError("a read-only disk")

    monkeypatch.setattr(level, "connect_read_only", noted)
    monkeypatch.setattr(Workspace, "writing", refused)
    opened = workspace(where)
    assert opened.conn.execute("SELECT title FROM issues WHERE id = 'tk-z'").fetchone() == ("Z",)
    assert tried
    for conn in tried:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            conn.execute("SELECT 1")


def test_threads_open_their_own(where: Paths) -> None:
    """The lock keeps threads of one process apart as it does processes."""
    failed: list[BaseException] = []

    def work(k: int) -> None:
        try:
            opened = workspace(where)
            for n in range(5):
                with opened.writing() as w:
                    tasks.create(w, f"{k}-{n}")
            opened.close()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    opened = workspace(where)
    assert_one_truth(opened)
    assert opened.conn.execute("SELECT count(*) FROM issues").fetchone() == (70,)
    opened.close()


def made(where: Paths) -> None:
    """Have the cache made."""
    opened = workspace(where)
    assert opened.conn is not None
    opened.close()


def made_with_a_table(where: Paths) -> None:
    """Have the cache made, and in it another program's table."""
    made(where)
    with closing(sqlite3.connect(where.cache)) as conn:
        conn.execute("CREATE TABLE app (note TEXT)")
        conn.execute("INSERT INTO app VALUES ('mine')")
        conn.commit()


def test_what_a_killed_write_left_in_the_making_goes_with_the_next_write(where: Paths) -> None:
    made(where)
    folder = Path(where.log, "2026-11/20")
    (folder / ".b.jsonl.tmp").write_bytes(b'{"id":"')
    (folder / "notes.tmp").write_bytes(b"not ours")
    with workspace(where).writing() as w:
        tasks.create(w, "One more")
    assert {path.name for path in folder.iterdir()} == {"a.jsonl", "notes.tmp"}


def test_a_salvage_that_was_cut_off_is_done_again(where: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other programs' rows in the write-ahead log of a damaged cache outlive a crash at any step."""
    made(where)
    with closing(sqlite3.connect(where.cache)) as conn:
        conn.execute("CREATE TABLE app (note TEXT)")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.execute("INSERT INTO app VALUES ('mine')")
        conn.commit()
        saved = {end: Path(where.cache + end).read_bytes() for end in ("", "-wal")}
    for end, data in saved.items():
        Path(where.cache + end).write_bytes(data)
    steps = 0
    for name in ("link", "unlink", "rename"):
        real = getattr(os, name)

        def crash(*args: object, real: Callable[..., object] = real) -> object:
            nonlocal steps
            steps += 1
            monkeypatch.undo()
            raise KeyboardInterrupt

        monkeypatch.setattr(build.os, name, crash)  # type: ignore[attr-defined]
        with pytest.raises(KeyboardInterrupt):
            build.salvage(where, config.load(where.config))
        monkeypatch.undo()
    assert steps == 3
    assert build.salvage(where, config.load(where.config)) == ["app"]
    with closing(sqlite3.connect(where.cache)) as conn:
        assert conn.execute("SELECT * FROM app").fetchall() == [("mine",)]
    assert not list(Path(where.tasks).glob("cache.db.new*"))


def test_a_salvage_on_a_full_disk_fails_and_loses_nothing(where: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    made(where)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(foreign, "_copy_rows", full)
    with closing(sqlite3.connect(where.cache)) as conn:
        conn.execute("CREATE TABLE app (note TEXT)")
        conn.commit()
    with pytest.raises(ReadOnlyError, match="disk is full"):
        build.salvage(where, config.load(where.config))
    monkeypatch.undo()
    assert build.salvage(where, config.load(where.config)) == ["app"]


@pytest.mark.parametrize("where_it_fails", ["connect", "tables", "_definitions", "_readable"])
def test_a_salvage_that_cannot_read_for_the_disk_s_sake_loses_nothing(
    where: Paths, monkeypatch: pytest.MonkeyPatch, where_it_fails: str
) -> None:
    """What the disk refuses to read now is not damaged: it was thrown away with the cache."""
    made_with_a_table(where)

    def fail(*_: object) -> Iterator[object]:
        raise sqlite3.OperationalError("disk I/O error")

    def fail_late(*_: object) -> Iterator[object]:
        yield from fail()

    if where_it_fails == "_readable":
        real = foreign._readable
        monkeypatch.setattr(foreign, "_readable", lambda _rows: real(fail_late()))  # type: ignore[arg-type]
    else:
        monkeypatch.setattr(foreign, where_it_fails, fail)
    with pytest.raises(ReadOnlyError, match="disk I/O error"):
        build.salvage(where, config.load(where.config))
    monkeypatch.undo()
    assert build.salvage(where, config.load(where.config)) == ["app"]
    with closing(sqlite3.connect(where.cache)) as conn:
        assert conn.execute("SELECT * FROM app").fetchall() == [("mine",)]


@pytest.mark.parametrize("wal", [True, False])
@pytest.mark.parametrize("room", [True, False])
def test_a_salvage_where_nothing_can_have_a_second_name(
    where: Paths, monkeypatch: pytest.MonkeyPatch, wal: bool, room: bool
) -> None:
    """Without hard links the damaged files are copied; where there is no room for that, all is as before, and told."""
    made_with_a_table(where)
    if wal:
        Path(where.cache + "-wal").touch()

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build.os, "link", refused)  # type: ignore[attr-defined]
    if not room:
        monkeypatch.setattr(shutil, "copyfile", refused)
        before = Path(where.cache).read_bytes()
        with pytest.raises(ReadOnlyError, match="No space left"):
            build.salvage(where, config.load(where.config))
        assert Path(where.cache).read_bytes() == before
        assert not list(Path(where.tasks).glob("cache.db.new*"))
        monkeypatch.undo()
    assert build.salvage(where, config.load(where.config)) == ["app"]
    assert Path(where.cache + ".damaged").exists()
    with closing(sqlite3.connect(where.cache)) as conn:
        assert conn.execute("SELECT * FROM app").fetchall() == [("mine",)]

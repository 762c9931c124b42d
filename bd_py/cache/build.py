"""Make the cache anew: all of it from the log, one sorted insertion a table, indexes last."""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py import jsonio
from bd_py.cache import filling, foreign, reading, records, scan
from bd_py.cache.beside import Beside
from bd_py.cache.carried import Carried, keep_referred, referred
from bd_py.cache.level import SCHEMA_VERSION, UNSEEN_DAMAGE, Connection, connect, sqlite3
from bd_py.cache.rows import insert_many
from bd_py.cache.session import cannot_write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from bd_py.cache.rows import Part
    from bd_py.config import Config
    from bd_py.fold.state import TaskState
    from bd_py.log import Line
    from bd_py.paths import Paths

    Progress = Callable[[int, int], None]
    """Told how much is done, of how much."""

# How much of the time is over when a part begins, in thousandths: 160,000 events, two processors.
_READ, _FOLD, _INDEXES, _WHOLE = 0, 150, 600, 1000

_THREADED = 1 << 20
"""Bytes of log from which a thread of its own pays for what SQLite does."""
_NEW = ".new"


def create(paths: Paths, config: Config, progress: Progress | None = None) -> None:
    """Make ``cache.db`` where there is none: in a temporary file, renamed into place when it is whole.

    The lock is held. Nobody can have the database open, since it has no name yet.
    """
    for leftover in (paths.cache + "-wal", paths.cache + "-shm"):
        _unlink(leftover)
    _make_aside(paths, config, progress)
    os.rename(paths.cache + _NEW, paths.cache)


def _make_aside(paths: Paths, config: Config, progress: Progress | None = None) -> None:
    try:
        conn = _aside(paths)
        try:
            _make(conn, paths, config, Carried(), progress=progress)
            conn.execute("PRAGMA journal_mode = WAL")
        finally:
            conn.close()
    except BaseException:
        _drop_aside(paths)
        raise


def _drop_aside(paths: Paths) -> None:
    for end in ("", "-wal", "-shm"):
        _unlink(paths.cache + _NEW + end)


def _aside(paths: Paths) -> Connection:
    """A new database beside the cache, without what makes a write safe: nobody reads it before it is whole."""
    _drop_aside(paths)
    conn = connect(paths.cache + _NEW)
    conn.execute("PRAGMA journal_mode = OFF")
    conn.execute("PRAGMA synchronous = OFF")
    return conn


def in_memory(paths: Paths, config: Config) -> Connection:
    """A cache that leaves no trace, for a store that cannot be written."""
    conn = connect(":memory:")
    _make(conn, paths, config, Carried())
    return conn


def of_states(states: Iterable[TaskState], lines: Mapping[str, Line], edges: Iterable[tuple[Any, ...]]) -> Connection:
    """A cache in memory of some tasks and their events, for what a log held elsewhere or once.

    ``edges``: further dependencies, as rows, of tasks that are not among them.
    """
    conn = connect(":memory:")
    conn.execute("BEGIN")
    _run(conn, statements(schema("schema.sql")))
    insert_many(
        conn,
        "INSERT INTO log_events (id, issue_id, type, line, arrived)",
        [(i, lines[i].event.get("task"), lines[i].event["type"], lines[i].text, 0) for i in sorted(lines)],
    )
    with Beside(conn, threaded=False) as beside:
        filling.fill_tasks(beside, sorted(states, key=lambda task: task.id))
    insert_many(conn, filling.EDGE.format("dependencies"), list(edges))
    _run(conn, statements(schema("indexes.sql")))
    conn.execute("COMMIT")
    return conn


def rebuild(conn: Connection, paths: Paths, config: Config, progress: Progress | None = None) -> None:
    """Make tk's tables anew in place; other programs' tables stay as they are. The lock is held.

    Events that no segment holds any more are carried over, so that `recover` can still find them.
    """
    carried = Carried(conn)
    conn.execute("PRAGMA foreign_keys = OFF")
    try:
        _make(conn, paths, config, carried, drop=True, progress=progress)
    finally:
        conn.execute("PRAGMA foreign_keys = ON")


def salvage(paths: Paths, config: Config) -> list[str]:
    """Replace an unreadable cache by one with what can be read of other programs' tables.

    Gives the tables that were saved; where there are any, the unreadable files are kept beside. The new cache is whole
    before it takes the place of the old one, so a crash leaves the old one to be salvaged again. The lock is held.
    Raises TkError where the new one cannot be written.
    """
    aside, new = paths.cache + ".damaged", paths.cache + _NEW
    # Cut off while it took the place: the write-ahead log of the old one has only its second name any more.
    cut_off = os.path.exists(aside) and os.path.samefile(aside, paths.cache)
    _make_aside(paths, config)
    try:
        saved = foreign.salvage(aside if cut_off else paths.cache, new)
        if saved:
            _sync(new)
        if not cut_off:
            for end in ("", "-wal", "-shm"):
                _unlink(aside + end)
            for end in ("-wal", "") if saved else ():
                _second_name(paths.cache + end, aside + end)
        for end in ("-wal", "-shm"):  # never beside another database: SQLite would take them for its own
            _unlink(paths.cache + end)
        os.rename(new, paths.cache)
    except (sqlite3.Error, OSError) as error:
        _drop_aside(paths)
        raise cannot_write(paths, error) from error
    return saved


def _second_name(path: str, other: str) -> None:
    if not os.path.lexists(path):
        return  # no write-ahead log
    try:
        os.link(path, other)
    except OSError:  # a file system without hard links
        import shutil

        shutil.copyfile(path, other)


def _sync(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def schema(name: str) -> str:
    """One of the SQL files beside this module."""
    with open(os.path.dirname(__file__) + "/" + name, encoding="utf-8") as file:
        return file.read()


def statements(script: str) -> list[str]:
    """The statements of a script: executescript would commit what is under way."""
    text = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    return [part for part in text.split(";\n") if part.strip()]


def _run(conn: Connection, script: list[str], tell: Part | None = None) -> None:
    for k, statement in enumerate(script):
        if tell is not None:
            tell(k / len(script))
        conn.execute(statement)


def _part(progress: Progress | None, start: int, end: int) -> Part | None:
    """What a part of the work tells how far it is, from 0 to 1."""
    if progress is None:
        return None
    tell = progress
    return lambda share: tell(start + int((end - start) * share), _WHOLE)


def _make(
    conn: Connection,
    paths: Paths,
    config: Config,
    carried: Carried,
    *,
    drop: bool = False,
    progress: Progress | None = None,
) -> None:
    conn.execute("PRAGMA cache_size = -200000")
    conn.execute("PRAGMA temp_store = MEMORY")
    erasing = conn.execute("PRAGMA secure_delete").fetchone()[0]
    conn.execute("PRAGMA secure_delete = OFF")  # the pages that are dropped are written anew
    conn.execute("BEGIN IMMEDIATE")
    try:
        before = referred(conn) if drop else {}
        try:
            _fill(conn, paths, config, carried, progress, drop=drop)
        except reading.Unplain:
            _fill(conn, paths, config, carried, progress, drop=True, careful=True)
        keep_referred(conn, before)
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    finally:
        conn.execute(f"PRAGMA secure_delete = {erasing}")


def _fill(
    conn: Connection,
    paths: Paths,
    config: Config,
    carried: Carried,
    progress: Progress | None,
    *,
    drop: bool,
    careful: bool = False,
) -> None:
    """Tables, rows and indexes. Raises reading.Unplain, with whatever was made until then, unless it is careful."""
    signature = config_module.signature(paths.config)
    tree = scan.look(paths.log)
    found = reading.read(paths.log, tree, _part(progress, _READ, _FOLD), careful=careful)
    order = [entry[0] for entry in found.entries]
    lost = carried.lost(conn, order)
    every = sorted([*order, *(row[0] for row in lost)]) if lost else order
    arrived = carried.arrivals(every)
    if lost:
        numbers = dict(zip(every, arrived, strict=True))
        arrived = [numbers[event_id] for event_id in order]
        lost = [(*row[:3], None, 0, numbers[row[0]], row[4], row[3]) for row in lost]
    indexes = statements(schema("indexes.sql"))
    of_events = [statement for statement in indexes if " ON log_events " in statement]
    with Beside(conn, threaded=reading.size(tree) > _THREADED) as beside:
        if drop:
            beside.run(foreign.drop_own, conn)
        beside.run(_run, conn, statements(schema("schema.sql")))
        beside.insert(
            "INSERT INTO folders", [(path, *stat[1:], tree.checked_ns) for path, stat in tree.folders.items()]
        )
        beside.insert("INSERT INTO segments", found.segments)
        beside.insert("INSERT INTO event_copies", found.copies)
        tasks, histories = filling.fill_events(beside, found.entries, arrived, lost)
        beside.run(_run, conn, of_events)
        states = filling.folded(tasks, config.statuses, _part(progress, _FOLD, _INDEXES))
        filling.fill_tasks(beside, states)
        if histories:
            beside.run(records.fill, conn, histories)
        beside.run(carried.fill_inbox, conn, order)
        of_rest = [statement for statement in indexes if statement not in of_events]
        beside.run(_run, conn, of_rest, _part(progress, _INDEXES, _WHOLE))
        beside.run(_fill_meta, conn, config, signature, carried.name())


def _fill_meta(conn: Connection, config: Config, signature: str, epoch: str) -> None:
    write_meta(conn, config, signature)
    conn.execute("INSERT INTO meta VALUES ('epoch', ?)", (epoch,))
    conn.execute("INSERT INTO meta SELECT 'bad_lines', coalesce(sum(bad_lines), 0) FROM segments")
    conn.execute("INSERT INTO meta SELECT ?, '1' FROM segments WHERE bad_lines > 0 LIMIT 1", (UNSEEN_DAMAGE,))


def write_meta(conn: Connection, config: Config, signature: str) -> None:
    """What the hot path needs to know of the settings, and which file state it was read from."""
    conn.executemany(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [
            ("config", jsonio.dumps(config.given)),
            ("config_stat", signature),
            ("statuses", jsonio.dumps(config.statuses)),
            ("exclude_types", jsonio.dumps(config.exclude_types)),
        ],
    )


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass

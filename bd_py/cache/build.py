"""Make the cache anew: everything in memory, one sorted insertion a table, indexes last."""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py import jsonio, log
from bd_py.cache import foreign, records, rows, scan
from bd_py.cache.graph import all_suspended
from bd_py.cache.level import SCHEMA_VERSION, UNSEEN_DAMAGE, Connection, connect, sqlite3
from bd_py.cache.rows import insert_many
from bd_py.cache.session import cannot_write
from bd_py.events import record_key
from bd_py.fold import graph
from bd_py.fold.task import fold_ordered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from bd_py.cache.rows import Part
    from bd_py.config import Config
    from bd_py.fold.state import TaskState
    from bd_py.log import Line
    from bd_py.paths import Paths

    Progress = Callable[[int, int], None]
    """Told how much is done, of how much."""

# How much of the time is over when a part begins, in thousandths: 160,000 events, 4.7 s.
_READ, _EVENTS, _FOLD, _TASKS, _GRAPH, _INDEXES, _WHOLE = 0, 220, 400, 530, 810, 850, 1000

_NEW = ".new"
_EDGE = "INSERT INTO {} (issue_id, depends_on_id, type, created_at, created_by, event_id)"


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
            _make(conn, paths, config, _Carried(), progress=progress)
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
    _make(conn, paths, config, _Carried())
    return conn


def of_states(states: Iterable[TaskState], lines: Mapping[str, Line], edges: Iterable[tuple[Any, ...]]) -> Connection:
    """A cache in memory of some tasks and their events, for what a log held elsewhere or once.

    ``edges``: further dependencies, as rows, of tasks that are not among them.
    """
    conn = connect(":memory:")
    conn.execute("BEGIN")
    for statement in statements(schema("schema.sql")):
        conn.execute(statement)
    insert_many(
        conn,
        "INSERT INTO log_events (id, issue_id, type, line, arrived)",
        [(i, lines[i].event.get("task"), lines[i].event["type"], lines[i].text, 0) for i in sorted(lines)],
    )
    _fill_tasks(conn, list(states))
    insert_many(conn, _EDGE.format("dependencies"), list(edges))
    for statement in statements(schema("indexes.sql")):
        conn.execute(statement)
    conn.execute("COMMIT")
    return conn


def rebuild(conn: Connection, paths: Paths, config: Config, progress: Progress | None = None) -> None:
    """Make tk's tables anew in place; other programs' tables stay as they are. The lock is held.

    Events that no segment holds any more are carried over, so that `recover` can still find them.
    """
    carried = _Carried(conn)
    conn.execute("PRAGMA foreign_keys = OFF")
    try:
        _make(conn, paths, config, carried, drop=True, progress=progress)
    finally:
        conn.execute("PRAGMA foreign_keys = ON")


class _Carried:
    """What the log does not tell and a rebuild takes over from the cache before it, if there was one."""

    def __init__(self, conn: Connection | None = None) -> None:
        self.events = {} if conn is None else _old_events(conn)
        self.inbox = [] if conn is None else _old_inbox(conn)
        self.epoch = None if conn is None else _old_epoch(conn)


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
    except (sqlite3.Error, OSError) as error:
        _drop_aside(paths)
        raise cannot_write(paths, error) from error
    if not cut_off:
        for end in ("", "-wal", "-shm"):
            _unlink(aside + end)
        for end in ("-wal", "") if saved else ():
            _second_name(paths.cache + end, aside + end)
    for end in ("-wal", "-shm"):  # never beside another database: SQLite would take them for its own
        _unlink(paths.cache + end)
    os.rename(new, paths.cache)
    return saved


def _second_name(path: str, other: str) -> None:
    try:
        os.link(path, other)
    except FileNotFoundError:
        pass  # no write-ahead log
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


def _old_events(conn: Connection) -> dict[str, tuple[Any, ...]]:
    from bd_py.cache.level import sqlite3

    for arrived, record in (("arrived", "record"), ("NULL", "NULL")):  # the second: before schema 2
        try:
            found = conn.execute(
                f"SELECT id, issue_id, type, line, present, {arrived}, {record} FROM log_events "
                "WHERE length(id) = 26 AND typeof(type) = 'text' AND typeof(line) = 'text'"  # it may be damaged
            ).fetchall()
        except sqlite3.Error:
            continue
        return {row[0]: row for row in found}
    return {}


def _old_epoch(conn: Connection) -> str | None:
    from bd_py.cache.level import sqlite3

    try:
        row = conn.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])


def _old_inbox(conn: Connection) -> list[tuple[str, int]]:
    from bd_py.cache.level import sqlite3

    try:
        return list(conn.execute("SELECT event_id, change FROM inbox"))
    except sqlite3.Error:
        return []


def _fill_inbox(conn: Connection, waiting: list[tuple[str, int]], old: dict[str, tuple[Any, ...]]) -> None:
    """What was not told yet, and the difference between the events of before and of now."""
    from bd_py.cache import inbox

    conn.executemany("INSERT INTO inbox VALUES (?, ?)", waiting)
    if old:
        now = {row[0] for row in conn.execute("SELECT id FROM log_events WHERE present = 1")}
        before = {event_id for event_id, row in old.items() if row[4]}
        inbox.note(conn, now - before, before - now)


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
    carried: _Carried,
    *,
    drop: bool = False,
    progress: Progress | None = None,
) -> None:
    conn.execute("PRAGMA cache_size = -200000")
    conn.execute("PRAGMA temp_store = MEMORY")
    conn.execute("BEGIN IMMEDIATE")
    try:
        ghosts = _referenced(conn) if drop else {}
        epoch = carried.epoch or os.urandom(4).hex()
        if drop:
            foreign.drop_own(conn)
        for statement in statements(schema("schema.sql")):
            conn.execute(statement)
        _fill(conn, paths, config, carried.events, progress)
        conn.execute("INSERT INTO meta VALUES ('epoch', ?)", (epoch,))
        tell = _part(progress, _INDEXES, _WHOLE)
        indexes = statements(schema("indexes.sql"))
        for k, statement in enumerate(indexes):
            if tell is not None:
                tell(k / len(indexes))
            conn.execute(statement)
        _keep_ghosts(conn, ghosts)
        _fill_inbox(conn, carried.inbox, carried.events)
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def _fill(
    conn: Connection, paths: Paths, config: Config, old: dict[str, tuple[Any, ...]], progress: Progress | None
) -> None:
    signature = config_module.signature(paths.config)
    tree = scan.look(paths.log)
    conn.executemany(
        "INSERT INTO folders VALUES (?, ?, ?, ?, ?)",
        [(path, *stat[1:], tree.checked_ns) for path, stat in tree.folders.items()],
    )
    found, places, copies = _read_all(conn, paths, tree, _part(progress, _READ, _EVENTS))
    _fill_events(conn, config, found, places, old, progress)
    conn.executemany("INSERT INTO event_copies VALUES (?, ?, ?)", copies)
    write_meta(conn, config, signature)
    conn.execute("INSERT INTO meta SELECT 'bad_lines', coalesce(sum(bad_lines), 0) FROM segments")
    conn.execute("INSERT INTO meta SELECT ?, '1' FROM segments WHERE bad_lines > 0 LIMIT 1", (UNSEEN_DAMAGE,))


def _fill_events(
    conn: Connection,
    config: Config,
    found: Mapping[str, Line],
    places: Mapping[str, int | None],
    old: Mapping[str, tuple[Any, ...]],
    progress: Progress | None = None,
) -> None:
    """The events, each with its segment, and the tasks that follow from them."""
    order = sorted(found)
    get = found.__getitem__
    tasks: dict[str, list[Any]] = {}
    records_: dict[str, list[Any]] = {}
    event_rows = []
    arrived = _arrivals(order, old)
    for event_id in order:
        line = get(event_id)
        event = line.event
        task_id = event.get("task")
        record = None
        if task_id is not None:
            history = tasks.get(task_id)
            if history is None:
                tasks[task_id] = [event]
            else:
                history.append(event)
        else:
            record = record_key(event)
            if record is not None:
                records_.setdefault(record, []).append(event)
        event_rows.append((event_id, task_id, event["type"], places[event_id], 1, arrived[event_id], record, line.text))
    if old:
        event_rows += [
            (*row[:3], None, 0, arrived[event_id], row[6], row[3])
            for event_id, row in old.items()
            if event_id not in found
        ]
        event_rows.sort()
    head = "INSERT INTO log_events (id, issue_id, type, segment, present, arrived, record, line)"
    insert_many(conn, head, event_rows, _part(progress, _EVENTS, _FOLD))
    histories = _watched(tasks, _part(progress, _FOLD, _TASKS))
    states = [fold_ordered(task_id, tasks[task_id], config.statuses) for task_id in histories]
    _fill_tasks(conn, states, progress)
    if records_:
        records.fill(conn, records_)


def _arrivals(order: list[str], old: Mapping[str, tuple[Any, ...]]) -> dict[str, int]:
    """In which order events came: what was here keeps its number, the rest follows by id."""
    known = {event_id: row[5] for event_id, row in old.items() if type(row[5]) is int}
    last = max(known.values(), default=0)
    every = sorted({*order, *old}) if old else order
    new = [event_id for event_id in every if event_id not in known] if known else every
    return known | {event_id: last + k for k, event_id in enumerate(new, 1)}


def _watched(items: Mapping[str, Any], tell: Part | None) -> Iterator[str]:
    """The keys, with a word now and then on how many are through."""
    if tell is None:
        yield from items
        return
    for k, key in enumerate(items):
        if not k % 1000:
            tell(k / len(items))
        yield key


def _read_all(
    conn: Connection, paths: Paths, tree: scan.Tree, tell: Part | None
) -> tuple[dict[str, Line], dict[str, int], list[Any]]:
    """Every event once, where it stands, and its further copies."""
    found: dict[str, Line] = {}
    places: dict[str, int] = {}
    copies: list[tuple[str, int, str]] = []
    for number, (path, stat) in enumerate(sorted(tree.files.items()), 1):
        if tell is not None:
            tell(number / len(tree.files))
        data = log.read(paths.log + "/" + path)
        segment = log.parse(data)
        conn.execute(
            "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                path,
                len(data),
                *stat[1:],
                tree.checked_ns,
                digest(data),
                len(segment.bad),
                min(segment.lines, default=None),
                max(segment.lines, default=None),
            ),
        )
        lines = segment.lines
        if found.keys().isdisjoint(lines):
            found.update(lines)
            places.update(dict.fromkeys(lines, number))
            continue
        for event_id, line in lines.items():
            known = found.get(event_id)
            if known is None:
                found[event_id], places[event_id] = line, number
            elif line.text < known.text:
                copies.append((event_id, places[event_id], known.text))
                found[event_id], places[event_id] = line, number
            else:
                copies.append((event_id, number, line.text))
    return found, places, [(i, s, None if text == found[i].text else text) for i, s, text in copies]


def digest(data: bytes) -> str:
    """What tells two versions of a segment apart."""
    from _blake2 import blake2b

    return str(blake2b(data, digest_size=16).hexdigest())


def _fill_tasks(conn: Connection, states: list[TaskState], progress: Progress | None = None) -> None:
    states.sort(key=lambda task: task.id)
    there = [task for task in states if task.exists]
    middle = (_TASKS + _GRAPH) // 2
    new = [rows.to_row(task, len(task.conflicts)) for task in there]
    insert_many(conn, rows.INSERT, new, _part(progress, _TASKS, middle))
    conn.executemany(
        "INSERT INTO deleted_issues VALUES (?, ?, ?, ?, ?, ?)",
        [
            (t.id, t.fields["title"], t.deleted["at"], t.deleted["by"], t.deleted["reason"], t.version)
            for t in states
            if t.created and t.deleted is not None
        ],
    )
    gathered: dict[str, list[tuple[Any, ...]]] = {table: [] for table in rows.MEMBER_TABLES}
    edges: list[tuple[Any, ...]] = []
    for task in there:
        rows.members(task, gathered)
        if task.edges:
            edges += [
                (task.id, on, kind, at, by, event_id)
                for (on, kind), (present, event_id, at, by) in task.edges.items()
                if present
            ]
    gathered["comments"].sort()
    tell = _part(progress, middle, _GRAPH)
    for k, (table, values) in enumerate(gathered.items()):
        if tell is not None:
            tell(k / len(gathered))
        insert_many(conn, rows.INSERT_MEMBER[table].partition(" VALUES")[0], values)
    if progress is not None:
        progress(_GRAPH, _WHOLE)
    _fill_graph(conn, there, edges)


def _fill_graph(conn: Connection, there: list[TaskState], edges: list[tuple[Any, ...]]) -> None:
    edges.sort()
    out = all_suspended([(row[5], row[:3]) for row in edges])
    kept = [row for row in edges if row[:3] not in out] if out else edges
    insert_many(conn, _EDGE.format("dependencies"), kept)
    insert_many(conn, _EDGE.format("suspended_dependencies"), [row for row in edges if row[:3] in out])
    parents: dict[str, tuple[str, str]] = {}
    for issue, on, kind, _, _, event_id in kept:
        if kind == "parent-child" and (issue not in parents or event_id > parents[issue][0]):
            parents[issue] = (event_id, on)
    blockers = {task.id: sum(key not in task.resolved for key in task.blockers) for task in there if task.blockers}
    conditions = {
        task.id: (task.category, task.fields["status"], task.fields.get("resolution"), bool(blockers.get(task.id)))
        for task in there
    }
    blocked = graph.blocked(conditions, [row[:3] for row in kept])
    conn.executemany(
        "UPDATE issues SET parent_id = ? WHERE id = ?", [(on, issue) for issue, (_, on) in parents.items()]
    )
    conn.executemany("UPDATE issues SET open_blockers = ? WHERE id = ?", [(n, key) for key, n in blockers.items()])
    conn.executemany("UPDATE issues SET is_blocked = 1 WHERE id = ?", [(key,) for key in blocked])


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


def _referenced(conn: Connection) -> dict[str, tuple[Any, ...]]:
    """The rows that other programs' tables refer to, as (id, title, status, times) before the rebuild."""
    out: dict[str, tuple[Any, ...]] = {}
    known = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, column in foreign.references(conn):
        ids = [row[0] for row in conn.execute(f'SELECT DISTINCT "{column}" FROM "{table}"')]
        for task_id in ids:
            row = None
            if "issues" in known:
                row = conn.execute(
                    "SELECT id, title, created_at, updated_at, version FROM issues WHERE id = ?", (task_id,)
                ).fetchone()
            if task_id is not None:
                out[task_id] = row or (task_id, "(unknown)", "", "", "")
    return out


def _keep_ghosts(conn: Connection, ghosts: dict[str, tuple[Any, ...]]) -> None:
    """A row for each task that is gone but referred to: a foreign key must not dangle, nor cascade."""
    for task_id, (_, title, created_at, updated_at, version) in ghosts.items():
        if conn.execute("SELECT 1 FROM issues WHERE id = ?", (task_id,)).fetchone():
            continue
        deleted = conn.execute("SELECT 1 FROM deleted_issues WHERE id = ?", (task_id,)).fetchone()
        conn.execute(
            "INSERT INTO issues (id, title, status, category, created_at, updated_at, created_event, version, "
            "event_count, last_event_at) VALUES (?, ?, ?, 'gone', ?, ?, '', ?, 0, ?)",
            (task_id, title, "tombstone" if deleted else "unreachable", created_at, updated_at, version, updated_at),
        )


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass

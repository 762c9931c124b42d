"""The index of words: made by the first search, brought level by those that follow, never by a write.

A write only notes which tasks said something new (``search_changes``), and only once there is an index. So the
index holds every task but those, and the two are changed in one transaction. The first filling is many short
ones: another command waits for one of them at most, and whoever searches meanwhile goes on where it stands.
"""

from __future__ import annotations

from bd_py.cache import rows
from bd_py.cache.searched import KEY, READY, VERSION
from bd_py.cache.session import set_meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.level import Connection

PART = 5_000
"""Tasks that one transaction of the first filling takes in: under half a second of work."""

TABLES = ("search_titles", "search_text", "search_tasks")
_BODY = "i.description" + "".join(
    f" || CASE WHEN i.{name} = '' THEN '' ELSE char(10) || i.{name} END" for name in rows.TEXTS[2:]
)
_PUT_TEXT = (
    f"INSERT INTO search_text (rowid, title, body, comments) SELECT s.docid, i.title, {_BODY}, "
    "ifnull((SELECT group_concat(text, char(10)) FROM "
    "(SELECT c.text FROM comments c WHERE c.issue_id = i.id ORDER BY c.id)), '') "
    "FROM search_tasks s JOIN issues i ON i.id = s.issue_id "
    "WHERE s.docid BETWEEN ? AND ? AND i.category <> 'gone' ORDER BY s.docid"
)
_PUT_TITLES = (
    "INSERT INTO search_titles (rowid, title) SELECT rowid, title FROM search_text WHERE rowid BETWEEN ? AND ?"
)
_TAKE_TITLE = (
    "INSERT INTO search_titles (search_titles, rowid, title) "
    "SELECT 'delete', rowid, title FROM search_text WHERE rowid = ?"
)
# The oldest first, so that a search that cannot rank all it found takes the newest.
_NUMBER = "INSERT INTO search_tasks (issue_id) SELECT id FROM issues WHERE category <> 'gone' ORDER BY created_at, id"


def update(conn: Connection, meta: dict[str, str]) -> float:
    """Bring the index level, or one part nearer to it; how much of it is filled, from 0 to 1.

    The lock is held and a transaction open.
    """
    state = meta.get(KEY, "")
    if not state.startswith(VERSION + " "):
        _make(conn)
        state = f"{VERSION} 0"
    if state == READY:
        _take_in_changes(conn)
        return 1.0
    first = int(state.partition(" ")[2]) + 1
    last = first + PART - 1
    _fill(conn, first, last)
    highest = _highest(conn)
    if last >= highest:
        set_meta(conn, meta, KEY, READY)
        _take_in_changes(conn)
        return 1.0
    set_meta(conn, meta, KEY, f"{VERSION} {last}")
    return last / highest


def make_temporary(conn: Connection) -> None:
    """An index for this connection alone, which hides the cache's: for a cache that cannot be written."""
    conn.execute("PRAGMA temp_store = MEMORY")
    for statement in _statements():
        conn.execute(
            statement.replace("CREATE TABLE ", "CREATE TABLE temp.").replace(
                "CREATE VIRTUAL TABLE ", "CREATE VIRTUAL TABLE temp."
            )
        )
    conn.execute(_NUMBER.replace("search_tasks", "temp.search_tasks"))
    _fill(conn, 1, _highest(conn))


def _make(conn: Connection) -> None:
    for name in TABLES:
        conn.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _statements():
        conn.execute(statement)
    conn.execute("DELETE FROM search_changes")
    conn.execute(_NUMBER)


def _statements() -> list[str]:
    from bd_py.cache.build import schema, statements

    return statements(schema("search.sql"))


def _highest(conn: Connection) -> int:
    return int(conn.execute("SELECT ifnull(max(docid), 0) FROM search_tasks").fetchone()[0])


def _fill(conn: Connection, first: int, last: int) -> None:
    conn.execute(_PUT_TEXT, (first, last))
    conn.execute(_PUT_TITLES, (first, last))


def _take_in_changes(conn: Connection) -> None:
    """What changed since: out as it was, in as it is now, where it is still there."""
    changed = [row[0] for row in conn.execute("SELECT issue_id FROM search_changes ORDER BY issue_id")]
    for task_id in changed:
        row = conn.execute("SELECT docid FROM search_tasks WHERE issue_id = ?", (task_id,)).fetchone()
        docid = None if row is None else row[0]
        if docid is not None:
            conn.execute(_TAKE_TITLE, (docid,))
            conn.execute("DELETE FROM search_text WHERE rowid = ?", (docid,))
        here = conn.execute("SELECT 1 FROM issues WHERE id = ? AND category <> 'gone'", (task_id,)).fetchone()
        if here is None:
            conn.execute("DELETE FROM search_tasks WHERE docid = ?", (docid,))
            continue
        if docid is None:
            docid = conn.execute("INSERT INTO search_tasks (issue_id) VALUES (?)", (task_id,)).lastrowid
        assert docid is not None
        _fill(conn, docid, docid)
    if changed:
        conn.execute("DELETE FROM search_changes")

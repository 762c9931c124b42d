"""Write task files anew from the state of their tasks, and move them and their events to the right folder."""

from __future__ import annotations

import os

from bd_py import files, jsonio
from bd_py.filewrite import swap
from bd_py.fold.task import fold_ordered
from bd_py.stamps import clock_ns, stat_of
from bd_py.taskfiles import index, places, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bd_py.fold.state import Event, TaskState
    from bd_py.write import Write

_EVENTS = "SELECT line FROM log_events WHERE issue_id = ? AND present = 1 ORDER BY id"


def history(write: Write, task: str) -> list[Event]:
    """All events of a task, in order."""
    return [jsonio.loads(row[0]) for row in write.conn.execute(_EVENTS, (task,))]


def state(write: Write, task: str, events: list[Event] | None = None) -> TaskState:
    """A task from its events, with everything that belongs to it."""
    return fold_ordered(task, history(write, task) if events is None else events, write.config.statuses)


def project(write: Write, tasks: Iterable[str]) -> None:
    """Bring the files of some tasks level with their events. What cannot be written is for the next write to do."""
    moved: set[str] | None = None
    for task in tasks:
        try:
            rows = index.every_of(write.conn, task)
            if not rows and not _is_new(write, task):
                moved = _unnoted(write) if moved is None else moved
                if task in moved:
                    continue
            _project(write, task, rows)
        except OSError:
            continue


def _is_new(write: Write, task: str) -> bool:
    """Whether this write made a task, which has no file yet: the common case, told without a look at the folders."""
    query = "SELECT min(id) FROM log_events WHERE issue_id = ? AND present = 1"
    first: str = write.conn.execute(query, (task,)).fetchone()[0] or ""
    return bool(write.first_id) and first >= write.first_id


def _unnoted(write: Write) -> set[str]:
    """The tasks whose file was being moved while this write looked, so that it saw none."""
    queue, noted = write.paths.queue, index.every(write.conn)
    texts = (files.read(f"{queue}/{path}") for path in places.look(queue)[1] if path not in noted)
    return {task for data in texts if data and (task := text.id_of(data)) is not None}


def _project(write: Write, task: str, rows: list[index.Noted]) -> None:
    queue = write.paths.queue

    if not all(row.problem is None and _is_as_noted(queue, row) for row in rows):
        return  # a person is at it: their text stays, and the task has its state from its events
    found = state(write, task)
    folder = places.folder_of(found.category) if found.exists else places.GONE
    _move_events(write, task, folder)
    if not found.exists:
        for row in rows:
            swap.take_away(f"{queue}/{row.path}", row.digest)
        index.drop(write.conn, [row.path for row in rows])
        return
    path = f"{folder}/{_name(write, found, rows, folder)}"
    data = text.project(found).encode("utf-8", "surrogatepass")
    checked_ns = clock_ns()
    if not swap.put(f"{queue}/{path}", data, {f"{queue}/{row.path}": row.digest for row in rows}):
        return
    index.drop(write.conn, [row.path for row in rows])
    stat = stat_of(os.stat(f"{queue}/{path}"))
    index.put(write.conn, [index.Noted(path, task, found.version, stat, index.digest(data), checked_ns=checked_ns)])


def _is_as_noted(queue: str, row: index.Noted) -> bool:
    """Whether a file is still what this write found: one saved or moved meanwhile is for the next write to take in."""
    try:
        return stat_of(os.stat(f"{queue}/{row.path}", follow_symlinks=False)) == row.stat
    except OSError:
        return False


def _name(write: Write, task: TaskState, rows: list[index.Noted], folder: str) -> str:
    """What a task's file is called: as a person named it where that begins with the id, and stays so."""
    stem = places.stem(task.id)
    for row in rows:
        name = row.path.rpartition("/")[2]
        if name == stem + ".md" or name.startswith(stem + "-"):
            return name if row.path == f"{folder}/{name}" else _free(write, folder, name, stem)
    return _free(write, folder, places.file_name(task.id, task.fields["title"]), stem)


def _free(write: Write, folder: str, name: str, stem: str) -> str:
    """The name, or one like it where another's file has that."""
    for k in range(100):
        wanted = name if not k else f"{stem}-{k + 1}.md"
        if not os.path.lexists(f"{write.paths.queue}/{folder}/{wanted}"):
            return wanted
    return name


def _move_events(write: Write, task: str, folder: str) -> None:
    """Bring a task's events beside its file, and note where they are."""
    wanted = f"{folder}/{places.stem(task)}{places.END}"
    marks = ", ".join("?" * len(places.events_paths(task)))
    query = f"SELECT id, path FROM segments WHERE path IN ({marks})"
    for number, path in write.conn.execute(query, places.events_paths(task)).fetchall():
        if path == wanted or os.path.lexists(f"{write.paths.queue}/{wanted}"):
            continue
        os.makedirs(f"{write.paths.queue}/{folder}", exist_ok=True)
        os.rename(f"{write.paths.queue}/{path}", f"{write.paths.queue}/{wanted}")
        found = os.stat(f"{write.paths.queue}/{wanted}")
        write.conn.execute(
            "UPDATE segments SET path = ?, ctime_ns = ? WHERE id = ?", (wanted, found.st_ctime_ns, number)
        )

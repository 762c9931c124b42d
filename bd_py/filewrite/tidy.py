"""What a crash or a merge left in the queue, put right before anything is read. The lock is held.

Events are known by their ids, so each step may be done twice.
"""

from __future__ import annotations

import os

from bd_py import files, jsonio, log
from bd_py.cache import scan
from bd_py.filewrite import swap
from bd_py.paths import refuse_link
from bd_py.taskfiles import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bd_py.paths import Paths


def tidy(paths: Paths) -> set[str]:
    """Take in a log that a merge brought back, finish what a journal says, bring each task's events into one file.

    Gives the paths of task files that a write which was killed had left aside, and that are back. Raises InvalidError
    where a folder of the queue is a symbolic link.
    """
    for folder in (*places.FOLDERS, places.GONE):  # nothing is written, moved or removed beyond one
        refuse_link(f"{paths.queue}/{folder}")
    if os.path.isdir(paths.tasks + "/log"):
        absorb(paths)
    if os.path.exists(f"{paths.queue}/{places.JOURNAL}"):
        finish(paths)
    given_back = _gather(paths)
    for folder in places.FOLDERS:  # git keeps no empty folder, and people move files into them
        if not os.path.isdir(f"{paths.queue}/{folder}"):
            os.makedirs(f"{paths.queue}/{folder}")
    return given_back


def absorb(paths: Paths) -> None:
    """Bring the events of ``log`` into the queue, by way of the journal, and take that folder away."""
    source = paths.tasks + "/log"
    lines, unread = read_all(source)
    have, odd = read_all(paths.queue)
    missing = [lines[event_id] for event_id in sorted(lines) if event_id not in have]
    journal = f"{paths.queue}/{places.JOURNAL}"
    if missing:
        files.replace(journal, _whole_lines(log.read(journal)) + joined(missing))
    strays = [line for line in unread if line not in odd]
    if strays:
        extend(f"{paths.queue}/{places.UNREAD}", b"".join(line + b"\n" for line in strays))
    remove_tree(source)


def read_all(folder: str) -> tuple[dict[str, str], list[bytes]]:
    """The events of every segment in a folder by id, and the lines that are none."""
    events: dict[str, str] = {}
    unread: list[bytes] = []
    for path in places.event_files(folder):
        data = log.read(f"{folder}/{path}")
        segment = log.parse(data)
        for event_id, line in segment.lines.items():
            if event_id not in events or line.text < events[event_id]:
                events[event_id] = line.text
        if segment.bad:
            rows = data.split(b"\n")
            unread += [rows[number - 1] for number, _ in segment.bad]
    return events, unread


def joined(lines: Iterable[str]) -> bytes:
    """Lines as the bytes of a segment."""
    return "".join(line + "\n" for line in lines).encode()


def _whole_lines(data: bytes) -> bytes:
    return data if not data or data.endswith(b"\n") else data + b"\n"


def finish(paths: Paths) -> None:
    """Append what the journal holds to the files of its tasks, then take the journal away."""
    journal = f"{paths.queue}/{places.JOURNAL}"
    data = log.read(journal)
    segment = log.parse(data)
    grouped: dict[str | None, list[str]] = {}
    for event_id in sorted(segment.lines):
        line = segment.lines[event_id]
        grouped.setdefault(line.event.get("task"), []).append(event_id)
    there = set(places.names(paths.queue)[0])
    for task, ids in grouped.items():
        path = _place(task, there, [segment.lines[event_id].event["type"] for event_id in ids])
        have = log.parse(log.read(f"{paths.queue}/{path}")).lines if path in there else {}
        new = [segment.lines[event_id].text for event_id in ids if event_id not in have]
        if new:
            extend(f"{paths.queue}/{path}", joined(new), sync_folder=False)
    if segment.bad:
        rows = data.split(b"\n")
        extend(f"{paths.queue}/{places.UNREAD}", b"".join(rows[number - 1] + b"\n" for number, _ in segment.bad))
    let_go(paths)


def let_go(paths: Paths) -> None:
    """Take the journal away: the files that its events are in are there for good first."""
    for folder in (*places.FOLDERS, places.GONE):
        if os.path.isdir(f"{paths.queue}/{folder}"):
            files.sync_folder(f"{paths.queue}/{folder}")
    os.unlink(f"{paths.queue}/{places.JOURNAL}")
    files.sync_folder(paths.queue)


def _place(task: str | None, there: set[str], kinds: list[str]) -> str:
    """Where events of these types go that have no file yet; projecting a task that is there moves them on."""
    if task is None:
        return places.RECORDS
    found = places.where(there, task)
    if found:
        return found[0]
    folder = places.GONE if "task.deleted" in kinds or "task.created" not in kinds else next(iter(places.FOLDERS))
    return f"{folder}/{places.stem(task)}{places.END}"


def _gather(paths: Paths) -> set[str]:
    """A merge may leave a task's events in two folders: bring them into the first.

    What a kill left half made is swept, what it left aside given back; the paths of that.
    """
    by_name: dict[str, list[str]] = {}
    events, texts, leftovers = places.names(paths.queue)
    aside = [path for path in leftovers if path.endswith(places.ASIDE)]
    for path in aside:  # it may be what a person saved, and nowhere else
        swap.give_back(f"{paths.queue}/{places.place_of_aside(path)}")
    scan.sweep(paths.queue, [path for path in leftovers if path not in aside])
    for path in events:
        folder, _, name = path.rpartition("/")
        if name.endswith(places.END) and folder in (*places.FOLDERS, places.GONE):
            by_name.setdefault(name, []).append(path)
    for found in by_name.values():
        if len(found) > 1:
            beside = [path for path in found if _has_text(path, texts)]
            _into_one(paths, beside + sorted(path for path in found if path not in beside))
    return {places.place_of_aside(path) for path in aside}


def _has_text(path: str, texts: Iterable[str]) -> bool:
    """Whether a task's text lies beside its events, under a name that begins with its id."""
    start = path.removesuffix(places.END)
    return any(text.startswith((start + "-", start + ".md")) for text in texts)


def _into_one(paths: Paths, found: list[str]) -> None:
    first, *others = found
    have = log.parse(log.read(f"{paths.queue}/{first}")).lines
    for path in others:
        data = log.read(f"{paths.queue}/{path}")
        segment = log.parse(data)
        rows = data.split(b"\n")
        more = [line.text for event_id, line in sorted(segment.lines.items()) if event_id not in have]
        extend(f"{paths.queue}/{first}", joined(more) + b"".join(rows[number - 1] + b"\n" for number, _ in segment.bad))
        os.unlink(f"{paths.queue}/{path}")


def extend(path: str, data: bytes, *, sync_folder: bool = True) -> os.stat_result:
    """Append whole lines to a file, made where it is missing, and force them to disk; its stat data afterwards.

    A line that a crash tore is ended first: it stays a line that is no event. Not ``sync_folder``: `let_go` of
    the journal does that, once for many files. Raises LogWriteError with the file as it was.
    """
    if not os.path.lexists(path):
        return log.create(path, data, None, sync_folder=sync_folder)
    size = os.stat(path).st_size
    with open(path, "rb") as file:
        file.seek(max(0, size - 1))
        end = b"" if file.read(1) in (b"", b"\n") else b"\n"
    found = log.append(path, size, end + data)
    if found is None:
        raise log.LogWriteError(f"cannot write {path}: it changed at the same moment", "Try again.")
    return found


def remove_tree(folder: str) -> None:
    """Take away a folder with all that is in it."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def task_of(line: str) -> str | None:
    """The task that an event's line is about."""
    found: str | None = jsonio.loads(line).get("task")
    return found

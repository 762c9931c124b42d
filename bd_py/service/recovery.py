"""Bring back events that vanished from the log: this worktree's own, or those that a revision holds."""

from __future__ import annotations

import os

from bd_py import git, log, paths
from bd_py.cache import inbox
from bd_py.errors import NoStoreError, TkError
from bd_py.paths import STORE, Paths
from bd_py.service import revision
from bd_py.sync import place_of, second_names
from bd_py.taskfiles import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.log import Line
    from bd_py.workspace import Workspace

OWN = "this worktree, never committed"
UNREACHABLE = "another branch, or withdrawn"


class Missing:
    """An event that is not in the log, and where it was found."""

    __slots__ = ("line", "source")

    def __init__(self, line: Line, source: str) -> None:
        self.line = line
        self.source = source

    def to_json(self) -> dict[str, Any]:
        """One entry of ``tk recover --list``."""
        event = self.line.event
        return {
            "id": event["id"],
            "type": event["type"],
            "task": event.get("task"),
            "at": event["at"],
            "by": event.get("by"),
            "from": self.source,
        }


def missing_own(workspace: Workspace) -> list[Missing]:
    """The events that this worktree wrote, that no commit ever held, and that are gone from the log.

    What a commit, a stash or a reflog holds was taken away by git and comes back by git: not these.
    """
    where = workspace.paths
    found = _second_lines(where)
    absent = _absent(workspace.conn, {i for lines in found.values() for i in lines})
    found = {name: lines for name, lines in found.items() if not absent.isdisjoint(lines)}
    committed = _committed(where, found)
    merged: dict[str, Line] = {}
    for lines in found.values():
        merged.update({i: line for i, line in lines.items() if i in absent and i not in committed})
    return _sorted(merged, OWN)


def missing_in(workspace: Workspace, rev: str) -> list[Missing]:
    """The events of a revision's log that are not here. Raises as `_segments_of`."""
    merged: dict[str, Line] = {}
    for data in _segments_of(workspace.paths, rev).values():
        merged.update(log.parse(data).lines)
    absent = _absent(workspace.conn, set(merged))
    return _sorted({i: line for i, line in merged.items() if i in absent}, rev)


def unreachable(workspace: Workspace) -> list[Missing]:
    """The events that the cache has seen and no segment holds now, whoever wrote them."""
    rows = workspace.conn.execute("SELECT line FROM log_events WHERE present = 0 ORDER BY id").fetchall()
    lines: dict[str, Line] = {}
    for (text,) in rows:
        lines.update(log.parse(text.encode() + b"\n").lines)
    return _sorted(lines, UNREACHABLE)


def everything(workspace: Workspace) -> list[Missing]:
    """What `tk recover --list` shows: this worktree's own first, then what is only unreachable."""
    own = missing_own(workspace)
    ids = {missing.line.event["id"] for missing in own}
    return own + [m for m in unreachable(workspace) if m.line.event["id"] not in ids]


def restore(workspace: Workspace, rev: str | None = None) -> list[Missing]:
    """Write missing events back, verbatim, as a segment of their own; what was written.

    Nothing that is present is written again. Raises NotFoundError for no such revision, TkError where this clone
    lacks a part of its log, ReadOnlyError.
    """
    with workspace.writing(every_file=True) as w:
        found = missing_own(workspace) if rev is None else missing_in(workspace, rev)
        rest = {missing.line.event["id"]: missing.line.text for missing in found}
        if rev is not None:
            for event_id in _restore_whole(workspace.paths, rev, rest.keys()) if not workspace.paths.files else ():
                del rest[event_id]
        if rest and workspace.paths.files:
            data = "".join(text + "\n" for text in rest.values()).encode()
            log.create_whole(f"{workspace.paths.queue}/{places.JOURNAL}", data, None)
        elif rest:
            # A name of its own: under the old one, a branch that has the old file could not be merged.
            data = "".join(text + "\n" for text in rest.values()).encode()
            _write_segment(workspace.paths, log.segment_path(w.next_id()), data)
    if found:
        # Only now does the cache read them; whoever brought them back need not be told by sync that they came.
        with workspace.writing() as w:
            inbox.forget(w.conn, [missing.line.event["id"] for missing in found])
    return found


def _segments_of(where: Paths, rev: str) -> dict[str, bytes]:
    """The segments of a revision's log by path below its folder.

    Raises NotFoundError for no revision, TkError where this clone lacks a part of its log.
    """
    commit = revision.commit(where, rev)
    wanted = revision.segments(where.root, commit)
    data = revision.contents(where.root, commit, set(wanted.values()))
    return {name.removeprefix(paths.LOG + "/"): data[oid] for name, oid in wanted.items()}


def _restore_whole(where: Paths, rev: str, missing: Iterable[str]) -> set[str]:
    """Write back a revision's segments that are missing as a whole; the ids of their events.

    With the old name and bytes, as a revert of the revert does it: a new file of the same lines git would take
    for the old one renamed, and where the old one was the last of its folder, the folder for renamed too.
    """
    gone = set(missing)
    done: set[str] = set()
    for path, data in _segments_of(where, rev).items():
        lines = log.parse(data).lines
        if lines and gone >= lines.keys() and not os.path.lexists(f"{where.log}/{path}"):
            _write_segment(where, path, data)
            done |= lines.keys()
    return done


def _write_segment(where: Paths, path: str, data: bytes) -> None:
    folder = where.open_segments
    log.create_whole(f"{where.log}/{path}", data, f"{folder}/{os.path.basename(path)}" if folder else None)


def remake_store(directory: str | None) -> Paths:
    """The store of a repository whose ``.tasks`` is gone, made again so that `restore` can fill it.

    Raises NoStoreError where nothing tells that there was one, TkError where git has it committed: it is
    for git to bring that back first.
    """
    from bd_py.service import setup

    root = setup.place(directory)
    where = Paths(f"{root}/{STORE}")
    if where.git_dir is None or not second_names(where):
        return paths.find(directory)
    if git.tree(root, "HEAD", f"{STORE}/config.toml"):
        raise TkError(
            f"{where.tasks} is gone, and HEAD has one",
            "Run 'git checkout HEAD -- .tasks', then 'tk recover' for what was never committed.",
        )
    setup.init(root)
    return where


def find_store(directory: str | None) -> Paths:
    """The store, made again where ``.tasks`` was deleted with events in it. Raises NoStoreError, TkError."""
    try:
        return paths.find(directory)
    except NoStoreError:
        return remake_store(directory)


def missing_with_store(directory: str | None) -> list[Missing] | None:
    """What is missing where ``.tasks`` itself is gone; None where it is not. Writes nothing."""
    from bd_py.service import setup

    try:
        paths.find(directory)
    except NoStoreError:
        where = Paths(f"{setup.place(directory)}/{STORE}")
        found = _second_lines(where)
        if not found:
            raise
        committed = _committed(where, found)
        lines = {i: line for each in found.values() for i, line in each.items() if i not in committed}
        return _sorted(lines, OWN)
    return None


def _second_lines(where: Paths) -> dict[str, dict[str, Line]]:
    return {name: log.parse(log.read(f"{where.open_segments}/{name}")).lines for name in second_names(where)}


def _absent(conn: Connection, ids: Iterable[str]) -> set[str]:
    query = "SELECT 1 FROM log_events WHERE id = ? AND present = 1"
    return {event_id for event_id in ids if conn.execute(query, (event_id,)).fetchone() is None}


def _committed(where: Paths, found: dict[str, dict[str, Line]]) -> set[str]:
    """The ids of those of some events that any commit holds where they belong; by second name."""
    spots = {f"{paths.LOG}/{place_of(name)}": None for name in found}
    if where.files:
        for task in {line.event.get("task") for lines in found.values() for line in lines.values()}:
            below = [places.RECORDS] if task is None else places.events_paths(task)
            spots.update(dict.fromkeys(f"{paths.QUEUE}/{each}" for each in below))
    versions = git.committed_versions(where.root, list(spots))
    ids: set[str] = set()
    for data in git.blobs(where.root, (oid for oids in versions.values() for oid in oids)).values():
        ids.update(log.parse(data).lines)
    return ids


def _sorted(lines: dict[str, Line], source: str) -> list[Missing]:
    return [Missing(lines[event_id], source) for event_id in sorted(lines)]

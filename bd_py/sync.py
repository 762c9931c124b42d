"""Repair what a merge left in segments, and let go of second names that are no longer needed."""

from __future__ import annotations

import os

from bd_py import files, git, ids, log
from bd_py.merge import without_markers as without_markers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bd_py.cache.level import Connection
    from bd_py.paths import Paths


def repair_markers(paths: Paths, names: Iterable[str]) -> list[str]:
    """Drop the conflict markers from some segments; the names of those that had any. The lock is held."""
    repaired = []
    for name in names:
        full = f"{paths.log}/{name}"
        before = log.read(full)
        after = without_markers(before)
        if after != before:
            files.replace(full, after)
            repaired.append(name)
    return repaired


def prune_second_names(paths: Paths, conn: Connection) -> int:
    """Remove the second names of segments whose events HEAD holds; how many. The lock is held."""
    folder = paths.open_segments
    if folder is None or not (names := second_names(paths)):
        return 0
    head = {name.removeprefix(".tasks/log/"): oid for name, oid in git.tree(paths.root, "HEAD", ".tasks/log").items()}
    if not head:
        return 0
    like = next(iter(head.values()))
    clean: dict[str, bool] = {}

    def in_head(path: str) -> bool:
        if path not in clean:
            oid = head.get(path)
            clean[path] = oid is not None and oid == git.hash_blob(paths.root, log.read(f"{paths.log}/{path}"), like)
        return clean[path]

    pruned = 0
    for name in names:
        lines = log.parse(log.read(f"{folder}/{name}")).lines
        places = [_place(conn, event_id) for event_id in lines]
        if all(path is not None and in_head(path) for path in places):
            os.unlink(f"{folder}/{name}")
            pruned += 1
    return pruned


def second_names(paths: Paths) -> list[str]:
    """The names in ``tk/open`` of the git directory: segments of this worktree, until HEAD holds them."""
    folder = paths.open_segments
    if folder is None:
        return []
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return sorted(name for name in names if log.is_segment(name) and ids.is_event_id(_first_id(name)))


def place_of(name: str) -> str:
    """The path below the log's folder that a second name stands for."""
    return f"{os.path.dirname(log.segment_path(_first_id(name)))}/{name}"


def _first_id(name: str) -> str:
    """The least id that a segment of this name can begin with; no event id where it is another's file."""
    return name[: log.NAME_LENGTH] + "0" * (ids.LENGTH - log.NAME_LENGTH)


def _place(conn: Connection, event_id: str) -> str | None:
    row = conn.execute(
        "SELECT s.path FROM log_events e JOIN segments s ON s.id = e.segment WHERE e.id = ? AND e.present = 1",
        (event_id,),
    ).fetchone()
    return None if row is None else row[0]

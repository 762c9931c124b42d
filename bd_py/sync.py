"""Repair what git left in segments, and let go of second names that are no longer needed."""

from __future__ import annotations

import os

from bd_py import files, git, ids, log, merge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bd_py.cache.level import Connection
    from bd_py.paths import Paths


class Repaired:
    """What a repair did: the segments it mended, by path below the log's folder.

    ``merged``: from the stages of git's index; ``unmarked``: only conflict markers were dropped; ``staged``: the
    index has them so.
    """

    __slots__ = ("merged", "staged", "unmarked")

    def __init__(self, merged: list[str], unmarked: list[str], *, staged: bool) -> None:
        self.merged = merged
        self.unmarked = unmarked
        self.staged = staged

    @property
    def names(self) -> list[str]:
        """All of them, in order."""
        return sorted({*self.merged, *self.unmarked})


def repair(paths: Paths, suspects: Iterable[str]) -> Repaired:
    """Merge every segment that git could not, drop the conflict markers from others, stage the result.

    ``suspects``: the segments to look at for markers. The lock is held. Where git cannot be asked, the markers go
    all the same: the events of both sides stand between them. What a merge driver that was killed left beside goes,
    too. Raises ReadOnlyError, TkError.
    """
    if paths.git_dir is not None:
        up = "../" * git.prefix(paths.root).count("/")
        files.sweep(os.path.join(paths.root, up, merge.MAKING))
    try:
        merged = _merge_stages(paths)
    except git.GitError:
        merged = []
    unmarked = _drop_markers(paths, [name for name in suspects if name not in merged])
    return Repaired(merged, unmarked, staged=not (merged or unmarked) or _stage(paths, merged, unmarked))


def damaged(conn: Connection) -> list[str]:
    """The segments that hold lines that are no events."""
    return [row[0] for row in conn.execute("SELECT path FROM segments WHERE bad_lines > 0 ORDER BY path")]


def _drop_markers(paths: Paths, names: Iterable[str]) -> list[str]:
    """Drop the conflict markers from some segments; the names of those that had any."""
    unmarked = []
    for name in names:
        full = f"{paths.log}/{name}"
        before = log.read(full)
        after = merge.without_markers(before)
        if after != before:
            files.replace(full, after)
            unmarked.append(name)
    return unmarked


def _merge_stages(paths: Paths) -> list[str]:
    """Merge every segment that the index has in stages; their names.

    Where both sides have the file, as the driver merges. Where one took it away and the other changed it, what
    that one has stays: its events may stand nowhere else. Where both took it away it goes. What the work tree
    has beside the stages is kept.
    """
    if paths.git_dir is None or not os.path.exists(paths.git_dir + "/index"):
        return []
    unmerged = git.unmerged(paths.root, paths.below).items()
    found = {name: sides for name, sides in unmerged if log.is_segment(os.path.basename(name))}
    contents = git.blobs(paths.root, (oid for sides in found.values() for oid in sides.values()))
    found = _whole(found, contents)
    for name, sides in found.items():
        base, ours, theirs = (contents.get(sides.get(k, ""), b"") for k in (1, 2, 3))
        full = f"{paths.root}/{name}"
        here = log.read(full)
        if 2 not in sides and 3 not in sides:
            _take_away(full)
            continue
        merged, _ = merge.merge(base if 2 in sides and 3 in sides else b"", ours, theirs)
        added = _lines(here).difference(_lines(base), _lines(ours), _lines(theirs))
        if added:
            merged, _ = merge.merge(b"", merged, merge.without_markers(b"\n".join(sorted(added))))
        if merged != here or not os.path.exists(full):
            os.makedirs(os.path.dirname(full), exist_ok=True)
            files.replace(full, merged)
    if paths.files:
        _choose_texts(paths, {name: sides for name, sides in unmerged if name.endswith(".md")})
    return sorted(name.removeprefix(paths.below + "/") for name in found)


def _whole(found: dict[str, dict[int, str]], contents: dict[str, bytes]) -> dict[str, dict[int, str]]:
    """Those files all of whose stages can be read. A side that this clone lacks is not one without lines.

    The others stay unmerged.
    """
    return {name: sides for name, sides in found.items() if contents.keys() >= set(sides.values())}


def _choose_texts(paths: Paths, found: dict[str, dict[int, str]]) -> None:
    """Settle task files that the index has in stages, where nobody has edited any side: they are written anew.

    What a person wrote stays in conflict, for a person to resolve.
    """
    from bd_py.taskfiles import text

    contents = git.blobs(paths.root, (oid for sides in found.values() for oid in sides.values()))
    for name, sides in _whole(found, contents).items():
        there = [contents[sides[k]] for k in (2, 3) if k in sides]
        chosen = text.newest(there)
        full = f"{paths.root}/{name}"
        if there and chosen is None:
            _settle_text(paths, name)
            continue
        if chosen is None or len(there) == 1:
            # One side has the task's file elsewhere, or deleted the task: it is written where it belongs.
            _take_away(full)
            git.do(paths.root, "rm", "--quiet", "--cached", "--", name)
        else:
            files.replace(full, chosen)
            git.stage(paths.root, [name])


def _settle_text(paths: Paths, name: str) -> None:
    """Stage a text that a person has edited on one side, once it is an event: it was written anew since, or moved."""
    from bd_py.taskfiles import places, text

    full = f"{paths.root}/{name}"
    if os.path.lexists(full):
        if text.newest([log.read(full)]) is not None:
            git.stage(paths.root, [name])
        return
    base = os.path.basename(name)
    if any(text.newest([log.read(f"{paths.queue}/{folder}/{base}")]) for folder in places.FOLDERS):
        git.do(paths.root, "rm", "--quiet", "--cached", "--", name)


def _stage(paths: Paths, merged: Iterable[str], unmarked: Iterable[str]) -> bool:
    """Stage segments as they are now; whether that could be done.

    Of those that only lost their markers, what git tracks: a new file is for its owner to add.
    """
    if paths.git_dir is None:
        return True
    wanted = [f"{paths.below}/{name}" for name in merged]
    maybe = [f"{paths.below}/{name}" for name in unmarked]
    try:
        if maybe:
            wanted += git.tracked(paths.root, maybe)
        return git.stage(paths.root, wanted)
    except git.GitError:
        return False


def _lines(data: bytes) -> set[bytes]:
    return {line.rstrip(b"\r") for line in data.split(b"\n")} - {b""}


def _take_away(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def prune_second_names(paths: Paths, conn: Connection) -> int:
    """Remove the second names of segments whose events HEAD holds; how many. The lock is held."""
    folder = paths.open_segments
    if folder is None or not (names := second_names(paths)):
        return 0
    below = paths.below
    head = {name.removeprefix(below + "/"): oid for name, oid in git.tree(paths.root, "HEAD", below).items()}
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

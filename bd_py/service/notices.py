"""What a person must be told about the store, whatever the command was: a line each, on stderr."""

from __future__ import annotations

from bd_py import git, log
from bd_py.cache.level import UNSEEN_DAMAGE
from bd_py.merge import without_markers
from bd_py.paths import LOG
from bd_py.sync import damaged, place_of, second_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.sync import Repaired
    from bd_py.workspace import Workspace


def notices(workspace: Workspace) -> list[str]:
    """The lines. Asked only where `Workspace.has_notices`, so the everyday command pays nothing."""
    out = [*workspace.remarks, *_bad_files(workspace)]
    if workspace.repaired is not None:
        out.append(_repaired(workspace.repaired, workspace.paths.below))
    bad = workspace.bad_lines
    if bad and (marked := _marked(workspace)):
        out.append(
            f"warning: conflict markers in {marked}: the next write, or 'tk sync', keeps the events of both sides"
        )
    elif bad:
        out.append(f"warning: {bad_lines(bad)}: 'tk doctor' names file, line and reason")
    if workspace.salvaged is not None:
        kept = f"; tables of other programs saved: {', '.join(workspace.salvaged)}" if workspace.salvaged else ""
        out.append(f"warning: the cache was unreadable and has been made anew from the log{kept}")
    if workspace.suspect:
        lost = vanished(workspace)
        if len(lost) == 1:
            out.append("warning: 1 event that was never committed vanished from the log: 'tk recover' brings it back")
        elif lost:
            many = f"{len(lost)} events that were never committed vanished from the log"
            out.append(f"warning: {many}: 'tk recover' brings them back")
    return out


def _marked(workspace: Workspace) -> str | None:
    """A segment that holds conflict markers; looked for only until a write has."""
    if not workspace.meta.get(UNSEEN_DAMAGE):
        return None
    for name in damaged(workspace.conn):
        data = log.read(f"{workspace.paths.log}/{name}")
        if without_markers(data) != data:
            return f"{workspace.paths.below}/{name}"
    return None


def _bad_files(workspace: Workspace) -> list[str]:
    """Task files that say nothing which can be used; their tasks stay as they were."""
    if workspace.meta.get("bad_files", "0") == "0":
        return []
    from bd_py.taskfiles import index

    found = index.problems(workspace.conn)
    path, line, reason = found[0]
    more = f" (and {len(found) - 1} more: 'tk doctor')" if len(found) > 1 else ""
    return [f"warning: {workspace.paths.below}/{path}:{line or 1}: {reason}: the file is left alone{more}"]


def _repaired(done: Repaired, below: str) -> str:
    what = f"{below}/{done.names[0]}" if len(done.names) == 1 else f"{len(done.names)} segments of the log"
    then = "" if done.staged else ": 'git add .tasks' when the rest of the merge is resolved"
    return f"mended {what} after a merge, the events of both sides are kept{then}"


def bad_lines(count: int) -> str:
    """What is to be said of so many."""
    return "1 line of the log is no event" if count == 1 else f"{count} lines of the log are no events"


def vanished(workspace: Workspace) -> list[str]:
    """The ids of events that this worktree wrote, that are gone from the log, and that git cannot bring back.

    What a commit, a stash or a reflog holds a checkout or a stash took away. What was only staged is gone with
    a ``reset --hard``, though git may have it as an object that nothing refers to.
    """
    paths, conn = workspace.paths, workspace.conn
    if paths.files:
        return _vanished_of_files(workspace)
    query = "SELECT 1 FROM log_events WHERE id = ? AND present = 1"
    missing: dict[str, tuple[str, list[str]]] = {}
    for name in second_names(paths):
        data = log.read(f"{paths.open_segments}/{name}")
        ids = [i for i in log.parse(data).lines if conn.execute(query, (i,)).fetchone() is None]
        if ids:
            # By content: a segment that was committed under this name may have grown afterwards, unseen by git.
            missing[git.hash_blob(paths.root, data)] = (f"{LOG}/{place_of(name)}", ids)
    try:
        known = git.known_objects(paths.root, missing)
        kept = [oid for oid, (path, _) in missing.items() if oid in known and git.ever_had(paths.root, path)]
    except git.GitError:
        return []  # git cannot say what it still has, and a warning that may be wrong is worse than none
    # An event that `recover` brought back has two second names, and the commit of either of them keeps it.
    safe = {event_id for oid in kept for event_id in missing[oid][1]}
    return sorted({event_id for _, ids in missing.values() for event_id in ids} - safe)


def _vanished_of_files(workspace: Workspace) -> list[str]:
    """The same where a task's events are a file that grows, of which git may have any part."""
    from bd_py.service.recovery import missing_own

    try:
        return [missing.line.event["id"] for missing in missing_own(workspace)]
    except git.GitError:
        return []

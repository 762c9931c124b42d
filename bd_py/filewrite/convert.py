"""From one backend to the other: every event moves, none is dropped, and what a crash left is done again."""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py import files, log
from bd_py.errors import InvalidError
from bd_py.filewrite import second, tidy
from bd_py.lock import Lock
from bd_py.taskfiles import index, places, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cache.level import Connection
    from bd_py.paths import Paths
    from bd_py.workspace import Workspace


def settle(workspace: Workspace) -> None:
    """Where config.toml says ``log`` and there is a queue all the same (a checkout left it), bring it into the log."""
    raw = config_module.read(workspace.paths.config) or b""
    if b'backend="files"' in raw.replace(b" ", b"").replace(b"'", b'"'):
        return
    if config_module.load(workspace.paths.config).values["backend"] != "files":
        workspace.close()
        if os.path.isdir(workspace.paths.tasks + "/log"):
            _clear_away(workspace.paths)
        else:
            to_log(workspace)


def _clear_away(paths: Paths) -> None:
    """Bring what a checkout left of a queue into the log that is there: events that it lacks, in one segment.

    Raises InvalidError for a text that a person has edited and no command has taken in.
    """
    with Lock(paths.lock):
        events, tasks = places.look(paths.queue)
        for path in sorted(tasks):
            if text.newest([log.read(f"{paths.queue}/{path}")]) is None:
                hint = "config.toml says backend = 'log'. Move the file away, or 'tk config set backend files'."
                raise InvalidError(f".tasks/queue/{path} was edited, and not taken in", hint)
        if events:
            have, _ = tidy.read_all(paths.tasks + "/log")
            lines, unread = tidy.read_all(paths.queue)
            _to_segment(paths, {key: line for key, line in lines.items() if key not in have}, unread)
        _take_away(paths)


def to_files(paths: Paths) -> None:
    """Bring the log into a queue: all events at first in its journal, which appears whole or not at all.

    Raises ReadOnlyError, LockTimeoutError.
    """
    with Lock(paths.lock):
        if not os.path.isdir(paths.queue):
            new = paths.tasks + "/.queue.new"
            tidy.remove_tree(new)
            lines, unread = tidy.read_all(paths.tasks + "/log")
            try:
                os.mkdir(new)
                files.replace(f"{new}/{places.ATTRIBUTES}", places.ATTRIBUTES_TEXT.encode())
                if lines:
                    files.replace(f"{new}/{places.JOURNAL}", tidy.joined(lines[key] for key in sorted(lines)))
                if unread:
                    files.replace(f"{new}/{places.UNREAD}", b"".join(line + b"\n" for line in unread))
                os.rename(new, paths.queue)
            except OSError as error:
                raise files.cannot_write(paths.queue, error) from None
            files.sync_folder(paths.tasks)
        paths.choose()
        tidy.tidy(paths)


def to_log(workspace: Workspace) -> None:
    """Bring a queue into the log: people's edits first, then every event in one segment; then the queue goes.

    Raises InvalidError where a task file cannot be read, ReadOnlyError, LockTimeoutError.
    """
    from bd_py.filewrite.write import FilesWrite

    paths = workspace.paths
    if not paths.files:
        return
    with FilesWrite(workspace, repair=False) as write:
        refuse_unread(write.conn)
    workspace.close()
    with Lock(paths.lock):
        tidy.tidy(paths)
        _to_segment(paths, *tidy.read_all(paths.queue))
        _take_away(paths)


def _to_segment(paths: Paths, lines: dict[str, str], unread: list[bytes]) -> None:
    """Events and other lines as one segment of the log."""
    os.makedirs(paths.tasks + "/log", exist_ok=True)
    if lines or unread:
        data = tidy.joined(lines[key] for key in sorted(lines)) + b"".join(line + b"\n" for line in unread)
        first = min(lines, default="0" * 26)
        log.create_whole(
            f"{paths.tasks}/log/{log.segment_path(first, data)}", data, second.path_for(paths, first, data)
        )


def _take_away(paths: Paths) -> None:
    """Take the queue away: at once under another name, so that no reader meets half of it."""
    old = _old(paths)
    tidy.remove_tree(old)
    os.rename(paths.queue, old)
    files.sync_folder(paths.tasks)
    tidy.remove_tree(old)
    paths.choose()


def _old(paths: Paths) -> str:
    """Where a queue is while it is taken away: a name that git ignores, should that be cut off."""
    return paths.cache + ".queue"


def finish_taking_away(paths: Paths) -> None:
    """Remove what a crash left of a queue whose events are all in the log."""
    if os.path.isdir(_old(paths)):
        with Lock(paths.lock):
            tidy.remove_tree(_old(paths))


def refuse_unread(conn: Connection) -> None:
    """Raise InvalidError where a task file cannot be read: what it says would be left behind."""
    found = index.problems(conn)
    if found:
        path, line, reason = found[0]
        raise InvalidError(
            f".tasks/queue/{path}:{line or 1}: {reason}",
            "Mend or remove that file, then its tasks can move to the log.",
        )

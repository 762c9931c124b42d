"""Segments: the files of the log. Reading tolerates whatever it finds, writing leaves whole lines.

A segment is ``log/YYYY-MM/<start of its first event's id>.jsonl``. It is *live*, and may grow, only while HEAD
stays where it was when this worktree opened it; afterwards it never changes.
"""

from __future__ import annotations

import os

from bd_py import events, ids, jsonio, times
from bd_py.errors import TkError
from bd_py.paths import is_segment as is_segment
from bd_py.paths import refuse_link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.events import Event

NAME_LENGTH = 18
FULL = 256 * 1024
"""Bytes after which a live segment is left for a new one: git hashes a small file in no time."""

_BULK = 16 * 1024
_SHALLOW = 2 * jsonio.MAX_DEPTH
"""A shorter line cannot be nested too deep."""
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


class LogWriteError(TkError):
    """The log could not be written; it is as it was before."""

    code = "log_write"


class Line:
    """One line that is an event."""

    __slots__ = ("event", "text")

    def __init__(self, text: str, event: Event) -> None:
        self.text = text
        self.event = event


class Segment:
    """What one file holds: its events by id, and its lines that are none with number and reason."""

    __slots__ = ("bad", "lines", "torn")

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.bad: list[tuple[int, str]] = []
        self.torn = False


def segment_path(first_id: str, content: bytes | None = None) -> str:
    """The path below the log's folder of the segment that begins with an event.

    Its name is the time of the event's id and half of its random bits: all 26 characters would cost a month of
    1,000 commits 3 KB of tree a commit more, and nobody mints two events in one millisecond with 40 bits alike.
    Where the same event may begin another segment elsewhere (an import on two branches), ``content`` makes the
    name differ when the bytes do: git has nothing to merge then.
    """
    name = first_id[:NAME_LENGTH]
    if content is not None:
        from _blake2 import blake2b

        name += "-" + blake2b(content, digest_size=8).hexdigest()
    return f"{times.iso(ids.milliseconds(first_id))[:7]}/{name}.jsonl"


def read(path: str) -> bytes:
    """The bytes of a file; empty where the file is gone or is no file of ours."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return b""
    try:
        with open(fd, "rb", closefd=False) as file:
            return file.read()
    except OSError:
        return b""
    finally:
        os.close(fd)


def parse(data: bytes) -> Segment:
    """The events of a segment's bytes.

    Two lines with one id count once, the lesser bytes. Blank lines are nothing; a line that is no event is
    listed as bad; a last line without its newline counts when it is whole.
    """
    segment = Segment()
    lines, bad = segment.lines, segment.bad
    loads, careful = _loads(len(data))
    plain, checked, make = events.is_plain, events.checked, Line
    rows = data.split(b"\n")
    last = len(rows) - 1
    for k, raw in enumerate(rows):
        if not raw:
            continue
        if raw[-1] == 13:
            raw = raw.rstrip(b"\r")
            if not raw:
                continue
        try:
            event = loads(raw) if len(raw) < _SHALLOW else careful(raw)
            if not plain(event):
                checked(event)
        except (ValueError, RecursionError) as error:
            bad.append((k + 1, _reason(raw, error, torn=k == last)))
            segment.torn = segment.torn or k == last
            continue
        text = raw.decode()
        event_id = event["id"]
        known = lines.get(event_id)
        if known is None:
            lines[event_id] = make(text, event)
        elif known.text != text:
            bad.append((k + 1, f"a second line with id {event['id']} and other content; the lesser counts"))
            if text < known.text:
                lines[event["id"]] = make(text, event)
    return segment


def _loads(size: int) -> tuple[Any, Any]:
    """The decoder that pays (orjson's import is worth it from some 16 KB on), and one that minds the depth."""
    if size < _BULK:
        return jsonio.loads, jsonio.loads
    import orjson

    loads = orjson.loads

    def careful(raw: bytes) -> Any:
        if raw.count(b"{") + raw.count(b"[") > jsonio.MAX_DEPTH:
            jsonio.check_depth(raw.decode("utf-8"))
        return loads(raw)

    return loads, careful


def _reason(raw: bytes, error: Exception, *, torn: bool) -> str:
    from bd_py import merge

    if merge.is_side(raw) or merge.is_middle(raw):
        return "conflict marker"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start + 1}"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        return f"not UTF-8 at byte {bad.start + 1}"
    if torn:
        return "torn last line"
    text = str(error)
    return text if text.startswith(("its ", "it ", "not a")) else f"not JSON: {text}"


def append(path: str, size: int, data: bytes) -> os.stat_result | None:
    """Append whole lines to a live segment and force them to disk; its stat data afterwards.

    None, with nothing written, where the file is not as it was left (gone, or not ``size`` bytes long).
    Raises LogWriteError with the file as it was.
    """
    fd = open_live(path)
    if fd is None:
        return None
    try:
        return append_to(fd, path, size, data) if os.fstat(fd).st_size == size else None
    finally:
        os.close(fd)


def open_live(path: str) -> int | None:
    """A descriptor for appending to a segment that is there; None where it cannot be opened."""
    try:
        return os.open(path, _FLAGS)
    except OSError:
        return None


def append_to(fd: int, path: str, size: int, data: bytes) -> os.stat_result:
    """`append` to an open file of ``size`` bytes. Raises LogWriteError with the file as it was."""
    _write(fd, path, size, data)
    return os.fstat(fd)


def create(path: str, data: bytes, second_name: str | None, *, sync_folder: bool = True) -> os.stat_result:
    """Begin a segment with whole lines, on disk when this returns; its stat data.

    Not ``sync_folder``: its folder is for the caller to force to disk, once for many segments.
    ``second_name`` becomes a hard link that outlives ``git clean`` and ``rm -rf .tasks``. Raises
    LogWriteError with nothing left behind.
    """
    made = _folders(os.path.dirname(path))
    try:
        fd = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise _failed(path, error) from error
    try:
        _write(fd, path, 0, data)
        _link(path, second_name)
        found = os.fstat(fd)
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(fd)
    _sync_folders(made if sync_folder else made[1:])
    return found


def create_whole(path: str, data: bytes, second_name: str | None) -> os.stat_result:
    """Make a segment appear whole or not at all: temporary file, fsync, rename, fsync of the folder."""
    from bd_py import files

    folder = os.path.dirname(path)
    made = _folders(folder)
    temporary = f"{folder}/.{os.path.basename(path)}.tmp"
    try:
        fd = files.open_new(temporary)
    except OSError as error:
        raise _failed(path, error) from error
    try:
        _write(fd, path, 0, data)
        _link(temporary, second_name)
        os.rename(temporary, path)
        found = os.fstat(fd)
    except BaseException as error:
        for leftover in (temporary, second_name):
            if leftover:
                _unlink(leftover)
        if isinstance(error, OSError):
            raise _failed(path, error) from error
        raise
    finally:
        os.close(fd)
    _sync_folders(made)
    return found


def cut(path: str, size: int) -> None:
    """Cut a torn tail off one's own live segment."""
    os.truncate(path, size)


def _write(fd: int, path: str, size: int, data: bytes) -> None:
    """Write and fsync, or truncate back to ``size`` and raise LogWriteError."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]
        os.fsync(fd)
    except BaseException as error:
        os.ftruncate(fd, size)
        if isinstance(error, OSError):
            raise _failed(path, error) from error
        raise


def _failed(path: str, error: OSError) -> LogWriteError:
    return LogWriteError(
        f"cannot write {path}: {error.strerror}", "Nothing was recorded. Free space or mend access, then try again."
    )


def _link(path: str, second_name: str | None) -> None:
    """Best effort: another file system, or one without hard links, only means no second name."""
    if second_name is None:
        return
    try:
        os.makedirs(os.path.dirname(second_name), exist_ok=True)
        os.link(path, second_name)
    except OSError:
        pass


def _folders(folder: str) -> list[str]:
    """Make a folder and those above it; the ones whose entries changed, for fsync."""
    refuse_link(folder)
    changed = [folder]
    missing = []
    here = folder
    while not os.path.isdir(here):
        missing.append(here)
        here = os.path.dirname(here)
    for path in reversed(missing):
        try:
            os.mkdir(path)
        except FileExistsError:
            pass
        except OSError as error:
            raise _failed(path, error) from error
        changed.append(os.path.dirname(path))
    return changed


def _sync_folders(folders: list[str]) -> None:
    for path in folders:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        except OSError:
            pass  # file systems that cannot sync a folder say EINVAL, and need none
        finally:
            os.close(fd)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass

"""Compaction: old segments into packs, one a month, as ``git gc`` does with loose objects.

Only what HEAD holds and the work tree has unchanged is packed: lines verbatim, sorted by id, none dropped. A
branch that never saw it merges as ever: git takes the sources away on one side, and their events are in the
pack. So a pack must not look like a renamed source, or git would ask about two renames of one file where two
branches packed: it is more than twice as large as its largest source, the most that git finds similar.
"""

from __future__ import annotations

import os

from bd_py import files, git, ids, log, times
from bd_py.cache import scan
from bd_py.errors import InvalidError, TkError
from bd_py.paths import LOG, STORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from bd_py.log import Segment
    from bd_py.paths import Paths
    from bd_py.workspace import Workspace

PACK = "pack-"
_FOLDER = f"{LOG}/"


class Source:
    """A segment or pack that may be packed."""

    __slots__ = ("name", "segment", "size")

    def __init__(self, name: str, data: bytes, segment: Segment) -> None:
        self.name = name
        self.size = len(data)
        self.segment = segment


class Report:
    """What a compaction did, or would do; names are paths below the log's folder.

    ``packs``: name, sources, events, bytes of each; ``removed``: packs and segments all of whose events stand
    in another pack; ``waiting``: month and files that would not make a pack yet; ``left``: name and reason.
    """

    def __init__(self, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.packs: list[dict[str, Any]] = []
        self.removed: list[str] = []
        self.waiting: list[dict[str, Any]] = []
        self.left: list[dict[str, str]] = []
        self.staged = True

    def to_json(self) -> dict[str, Any]:
        """The document of ``tk compact --json``."""
        names = ("dry_run", "packs", "removed", "waiting", "left", "staged")
        return {name: getattr(self, name) for name in names}


def compact(
    workspace: Workspace, before: str, *, dry_run: bool = False, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Pack the months that ended by the day ``before`` (``2026-11-01``), and of the month of that day what is older.

    ``progress`` is told how many files of the log are read, of how many: what takes the time.

    Raises TkError outside git, during a merge or rebase, and where a pack cannot be written.
    """
    paths = workspace.paths
    _check(paths)
    report = Report(dry_run)
    with workspace.writing(every_file=True):
        months = _gather(paths, before, report, progress)
        for month, sources in sorted(months.items()):
            _one_month(paths, month, sources, report)
    if (report.packs or report.removed) and not dry_run:
        with workspace.writing(every_file=True):
            pass
    return report


def _check(paths: Paths) -> None:
    if paths.files:
        raise InvalidError(
            "with backend = 'files' there is nothing to compact",
            "Each task has one file of events, which git packs itself.",
        )
    if paths.git_dir is None:
        raise TkError("compaction needs git: only what is committed is packed", "Without git there is nothing to gain.")
    busy = git.under_way(paths.git_dir)
    if busy is None and git.unmerged(paths.root, STORE):
        busy = "merge"
    if busy:
        raise TkError(f"a {busy} is under way", f"Finish it, or 'git {busy} --abort'; then compact.")


def _gather(
    paths: Paths, before: str, report: Report, progress: Callable[[int, int], None] | None
) -> dict[str, list[Source]]:
    """The sources of each month: in HEAD, as HEAD has them, every line an event."""
    day = ids.encode(times.to_ms(f"{before}T00:00:00.000Z"), 0)
    head = {name.removeprefix(_FOLDER): oid for name, oid in git.tree(paths.root, "HEAD", LOG).items()}
    months: dict[str, list[Source]] = {}
    lines: dict[str, tuple[str, str]] = {}
    spoilt: set[str] = set()
    names = sorted(scan.look(paths.log).files)
    for done, name in enumerate(names):
        if progress is not None:
            progress(done, len(names))
        month = name.partition("/")[0]
        ended = _is_past(month, before)
        if not ended and month != before[:7]:
            continue
        data = log.read(f"{paths.log}/{name}")
        in_head = name in head and git.hash_blob(paths.root, data, head[name]) == head[name]
        if not (in_head or _is_whole_pack(name, data)):
            continue
        segment = log.parse(data)
        if not ended and max(segment.lines, default=day) >= day:
            continue
        for event_id, line in segment.lines.items():
            other, text = lines.setdefault(event_id, (name, line.text))
            if text != line.text:
                spoilt |= {name, other}
        if segment.bad:
            number, reason = segment.bad[0]
            report.left.append({"file": name, "reason": f"line {number}: {reason}"})
        else:
            months.setdefault(month, []).append(Source(name, data, segment))
    for name in sorted(spoilt):
        report.left.append({"file": name, "reason": "an event that another file has with other bytes"})
    return {month: [s for s in found if s.name not in spoilt] for month, found in months.items()}


def _is_past(month: str, before: str) -> bool:
    """Whether a folder ``2026-10`` is a month that ended by a day."""
    digits = month.partition("-")
    if len(month) != 7 or not (digits[0].isdigit() and digits[2].isdigit()):
        return False
    year, number = int(digits[0]), int(digits[2])
    following = f"{year + number // 12:04d}-{number % 12 + 1:02d}-01"
    return following <= before


def _is_whole_pack(name: str, data: bytes) -> bool:
    """Whether a file is a pack that was written whole: its name says what it holds."""
    return os.path.basename(name) == _pack_name(data)


def _pack_name(data: bytes) -> str:
    from _blake2 import blake2b

    return f"{PACK}{blake2b(data, digest_size=16).hexdigest()}.jsonl"


def _one_month(paths: Paths, month: str, sources: list[Source], report: Report) -> None:
    packs = [source for source in sources if os.path.basename(source.name).startswith(PACK)]
    done = _held_by_another(packs, sources)
    chosen = _choose([source for source in sources if source.name not in done])
    rest = [s.name for s in sources if s.name not in done and s not in chosen]
    pack = None
    if chosen:
        data = _joined(chosen)
        pack = f"{month}/{_pack_name(data)}"
        names = [source.name for source in chosen]
        count = data.count(b"\n")
        report.packs.append({"pack": pack, "sources": names, "events": count, "bytes": len(data)})
        if not report.dry_run:
            _write(paths, pack, data)
            _replace(paths, [pack], names, report)
    elif len(rest) > 1:
        report.waiting.append({"month": month, "files": rest})
    if done:
        report.removed += sorted(done)
        if not report.dry_run:
            _replace(paths, [p.name for p in packs if p.name not in done and p not in chosen], sorted(done), report)


def _held_by_another(packs: list[Source], sources: list[Source]) -> set[str]:
    """Files all of whose events a pack has: what two branches packed, what a crash left behind."""
    done: set[str] = set()
    for pack in sorted(packs, key=lambda source: (-len(source.segment.lines), source.name)):
        if pack.name not in done:
            held = pack.segment.lines.keys()
            done |= {s.name for s in sources if s is not pack and s.segment.lines.keys() <= held}
    return done


def _choose(sources: list[Source]) -> list[Source]:
    """The most files that make a pack more than twice as large as each; what is larger waits."""
    chosen = sorted(sources, key=lambda source: (source.size, source.name))
    while chosen and len(_joined(chosen)) <= 2 * chosen[-1].size:
        chosen.pop()
    return sorted(chosen, key=lambda source: source.name)


def _joined(sources: Iterable[Source]) -> bytes:
    lines = {event_id: line.text for source in sources for event_id, line in source.segment.lines.items()}
    return "".join(lines[event_id] + "\n" for event_id in sorted(lines)).encode()


def _write(paths: Paths, pack: str, data: bytes) -> None:
    full = f"{paths.log}/{pack}"
    if files.read(full) != data:
        log.create_whole(full, data, None)


def _replace(paths: Paths, packs: list[str], gone: list[str], report: Report) -> None:
    """Take files away whose events are in packs; the index first learns of the packs, so that no commit lacks them."""
    if not git.stage(paths.root, [_FOLDER + name for name in packs]):
        raise TkError(
            "git's index could not be changed: the packs are written, and nothing was taken away",
            "Another git command may be running. Run 'tk compact' again when it is done.",
        )
    for name in gone:
        os.unlink(f"{paths.log}/{name}")
        try:
            os.rmdir(os.path.dirname(f"{paths.log}/{name}"))
        except OSError:
            pass  # it holds others
    report.staged = git.stage(paths.root, [_FOLDER + name for name in gone]) and report.staged

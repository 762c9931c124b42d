"""Checks of the log itself: every file is read whole."""

from __future__ import annotations

import os
import time

from bd_py import ids, log, payloads, times
from bd_py.cache import scan
from bd_py.errors import InvalidError, LockTimeoutError
from bd_py.lock import Lock
from bd_py.service.checks.finding import ERROR, INFO, WARNING, Finding
from bd_py.taskfiles import index, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.paths import Paths

_DAY = 86_400_000
_MANY = 20
"""Findings of one kind in one file that are listed; further ones are counted."""


class Survey:
    """One reading of the whole log; each check takes its findings from it."""

    def __init__(self, paths: Paths) -> None:
        self.files = 0
        self.events = 0
        self.bad: list[Finding] = []
        self.duplicates: list[Finding] = []
        self.future: list[Finding] = []
        self.payloads: list[Finding] = []
        self.types: list[Finding] = []
        self.line_ends: list[Finding] = []
        self.torn_files: set[str] = set()
        self.marked = False
        self._first: dict[str, tuple[str, str]] = {}
        self._latest = time.time_ns() // 1_000_000 + _DAY
        for name in sorted(scan.look(paths.log).files):
            self._read(f"{paths.below}/{name}", name, _whole(paths, f"{paths.log}/{name}"))

    def _read(self, file: str, name: str, data: bytes) -> None:
        self.files += 1
        segment = log.parse(data)
        self.events += len(segment.lines)
        if segment.torn:
            self.torn_files.add(name)
        for number, reason in segment.bad:
            self._bad(file, number, reason)
        if data.count(b"\r\n"):
            self.line_ends.append(
                Finding(INFO, "its lines end with CRLF", "They are read all the same; see .gitattributes.", file=file)
            )
        numbers = {number for number, _ in segment.bad}
        unknown: dict[str, tuple[int, int]] = {}
        for number, raw in enumerate(data.split(b"\n"), 1):
            line = segment.lines.get(raw[7:33].decode("ascii", "replace")) if number not in numbers else None
            if line is None and number not in numbers and raw.strip():
                line = next(iter(log.parse(raw + b"\n").lines.values()), None)  # its id does not come first
            if line is not None:
                self._event(file, number, line, unknown)
        for kind, (number, count) in unknown.items():
            self.types.append(
                Finding(
                    INFO,
                    f"{count} events of type {kind}, which this tk does not know",
                    "They are kept and change nothing.",
                    file=file,
                    line=number,
                )
            )

    def _bad(self, file: str, number: int, reason: str) -> None:
        if reason.startswith("a second line with id"):
            self.duplicates.append(_duplicate(file, number, reason))
            return
        hint = "The line is skipped and stays; mend or remove it by hand."
        if reason == "conflict marker":
            self.marked = True
            hint = "'tk sync' drops the marker lines and keeps the events of both sides."
        elif reason == "torn last line":
            hint = "A write that never finished. It is skipped; remove the line."
        self.bad.append(Finding(ERROR, reason, hint, file=file, line=number))

    def _event(self, file: str, number: int, line: log.Line, unknown: dict[str, tuple[int, int]]) -> None:
        event, text = line.event, line.text
        event_id, kind = event["id"], event["type"]
        known = self._first.setdefault(event_id, (text, file))
        if known[0] != text and known[1] != file:
            reason = f"the id {event_id} has other content in {known[1]}; the lesser bytes count"
            self.duplicates.append(_duplicate(file, number, reason))
        ms = ids.milliseconds(event_id)
        if ms > self._latest:
            self.future.append(
                Finding(
                    WARNING,
                    f"event {event_id} is of {times.iso(ms)}, which is yet to come",
                    "Every later id counts on from there. Check the clock of whoever wrote it.",
                    file=file,
                    line=number,
                )
            )
        if kind not in payloads.TYPES:
            first, count = unknown.get(kind, (number, 0))
            unknown[kind] = (first, count + 1)
            return
        flaw = _flaw(kind, event["data"])
        if flaw:
            hint = "The fold takes what it can use and ignores the rest."
            self.payloads.append(Finding(WARNING, f"{kind}: {flaw}", hint, file=file, line=number))


def _whole(paths: Paths, file: str) -> bytes:
    """The bytes of a segment; one that ends in the middle of a line is read again when nobody is writing."""
    data = log.read(file)
    if data and not data.endswith(b"\n") and os.access(paths.lock, os.W_OK):
        try:
            with Lock(paths.lock):
                return log.read(file)
        except LockTimeoutError:
            pass
    return data


def _duplicate(file: str, number: int, reason: str) -> Finding:
    hint = "Both lines stay. Find out which program wrote one id twice."
    return Finding(ERROR, reason, hint, file=file, line=number)


def _flaw(kind: str, data: Any) -> str | None:
    try:
        payloads.check(kind, data)
    except InvalidError as error:
        return error.message
    return None


def task_files(paths: Paths, conn: Connection) -> list[Finding]:
    """The files of tasks that say nothing which can be used."""
    hint = "The task stays as it is. Mend the file, or remove it: it is written anew."
    return [
        Finding(ERROR, problem, hint, file=f"{paths.below}/{path}", line=line or 1)
        for path, line, problem in index.problems(conn)
    ]


def shortened(findings: list[Finding]) -> list[Finding]:
    """The first findings of each file, and how many more there are."""
    out: list[Finding] = []
    counts: dict[str | None, int] = {}
    last: dict[str | None, Finding] = {}
    for finding in findings:
        counts[finding.file] = counts.get(finding.file, 0) + 1
        last[finding.file] = finding
        if counts[finding.file] <= _MANY:
            out.append(finding)
    for file, count in counts.items():
        if count > _MANY:
            out.append(Finding(last[file].level, f"and {count - _MANY} more in this file", file=file))
    return out


def _belongs(folder: str, name: str) -> bool:
    """Whether a file of a queue is a task, or the one that tells git how to merge them."""
    return name == places.ATTRIBUTES or (os.path.basename(folder) in places.FOLDERS and places.is_task_file(name))


def strays(paths: Paths) -> list[Finding]:
    """What lies in the log's folders and is not read: links, files in the making that a crash left."""
    found = []
    for folder, below, names in os.walk(paths.log):
        for name in sorted([*names, *(name for name in below if os.path.islink(f"{folder}/{name}"))]):
            full = f"{folder}/{name}"
            file = ".tasks/" + os.path.relpath(full, paths.tasks)
            if os.path.islink(full):
                found.append(Finding(WARNING, "a symbolic link is not read", "Put a file in its place.", file=file))
            elif name.endswith(".tmp"):
                found.append(
                    Finding(INFO, "left over from a write that did not finish", "The next write removes it.", file=file)
                )
            elif not log.is_segment(name) and not (paths.files and _belongs(folder, name)):
                found.append(Finding(INFO, "no segment: it is not read", file=file))
    return found

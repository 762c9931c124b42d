"""Lays a history out as tk's log, in a git repository (docs/event-format.md)."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from benchmarks import encode
from benchmarks.history import Event

SEGMENT_BYTES = 256 * 1024
SHIFT_MS = 6 * 3_600_000
"""How long a writer's HEAD stands still: so often the latest month has a new segment at least."""

CONFIG = 'format = 1\nprefix = "{prefix}"\n'
ATTRIBUTES = "log/** merge=tk diff=tk text eol=lf linguist-generated\n"
IGNORE = "cache.db*\nlock\n"


class LogWriter:
    """Writes events, which come ascending by id, as packs of the past months and segments of the last.

    Only the end of the history says which month is the last, so each month is written as segments and turned
    into a pack when the next one begins, as ``compact`` would.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self._month = ""
        self._shift = -1
        self._lines: list[bytes] = []
        self._size = 0
        self._name = Path()
        self._written: list[Path] = []

    def write(self, events: Iterable[Event]) -> None:
        """Write them all."""
        for event in events:
            shift = event.ms // SHIFT_MS
            line = event.line.encode()
            if shift != self._shift or self._size + len(line) > SEGMENT_BYTES:
                self._begin(event, shift)
            self._lines.append(line)
            self._size += len(line)
        self._end_segment()

    def _begin(self, event: Event, shift: int) -> None:
        self._end_segment()
        day = encode.day(event.ms)
        if day[:7] != self._month:
            self._pack()
            self._month = day[:7]
        self._shift = shift
        self._name = self.log / day[:7] / f"{event.id[:18]}.jsonl"

    def _end_segment(self) -> None:
        if self._lines:
            self._name.parent.mkdir(parents=True, exist_ok=True)
            self._name.write_bytes(b"".join(self._lines))
            self._written.append(self._name)
        self._lines.clear()
        self._size = 0

    def _pack(self) -> None:
        if self._written:
            content = b"".join([path.read_bytes() for path in self._written])
            digest = hashlib.sha256(content).hexdigest()
            (self.log / self._month / f"pack-{digest}.jsonl").write_bytes(content)
        for path in self._written:
            path.unlink()
        self._written.clear()


def lay_out(directory: Path, events: Iterable[Event], prefix: str = "tk") -> None:
    """Make the store in ``directory``, which must hold none: its files, without git."""
    tasks = directory / ".tasks"
    tasks.mkdir(parents=True)
    (tasks / "config.toml").write_text(CONFIG.format(prefix=prefix))
    (tasks / ".gitattributes").write_text(ATTRIBUTES)
    (tasks / ".gitignore").write_text(IGNORE)
    LogWriter(tasks / "log").write(events)


def hermetic_environment(home: Path) -> dict[str, str]:
    """The environment without what git, tk and Python would take from the person's own; ``home`` is empty."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "TK_", "PYTHON", "XDG_"))}
    return env | {
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "bench",
        "GIT_AUTHOR_EMAIL": "bench@example.invalid",
        "GIT_COMMITTER_NAME": "bench",
        "GIT_COMMITTER_EMAIL": "bench@example.invalid",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        "TZ": "UTC",
    }


def commit(directory: Path) -> None:
    """Make ``directory`` a git repository whose HEAD holds all of it."""
    env = hermetic_environment(directory)
    for command in (
        ("init", "-q", "-b", "main"),
        ("config", "user.name", "bench"),
        ("config", "user.email", "bench@example.invalid"),
        ("config", "gc.auto", "0"),
        ("-c", "core.looseCompression=1", "-c", "core.autocrlf=false", "add", "-A"),
        ("commit", "-q", "-m", "A project of a year"),
    ):
        subprocess.run(("git", *command), cwd=directory, env=env, check=True, stdin=subprocess.DEVNULL)

"""Run a check: a command with a time limit, of whose output the end is kept."""

from __future__ import annotations

import os
import time

from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 4_000
"""Bytes of the end of the output: a page of it, however much there was."""
TIMEOUT = 600.0
"""Seconds a gate may take unless it says otherwise: a check that hangs must not hold up its task for good."""
TIMED_OUT, NOT_FOUND, NOT_RUNNABLE = 124, 127, 126
"""Exit codes as the shell and timeout(1) have them; a signal gives 128 more than its number, as there."""


class Outcome:
    """How a command ended: its exit code, how long it took (seconds), the end of stdout and stderr together."""

    __slots__ = ("command", "exit_code", "interrupted", "output", "seconds", "timed_out")

    def __init__(self, command: str) -> None:
        self.command = command
        self.exit_code = 0
        self.seconds = 0.0
        self.output = ""
        self.timed_out = False
        self.interrupted = False

    @property
    def passed(self) -> bool:
        """Whether it said so itself: exit code 0."""
        return self.exit_code == 0

    @property
    def summary(self) -> str:
        """How it ended in one line, and below it the end of its output."""
        if self.interrupted:
            how = "interrupted"
        elif self.timed_out:
            how = "ended at its time limit"
        else:
            how = "passed" if self.passed else f"failed with exit code {self.exit_code}"
        line = f"{how} after {self.seconds:.1f} s"
        return f"{line}\n{self.output}" if self.output else line


def run(command: str | Sequence[str], directory: str, *, timeout: float | None = None) -> Outcome:
    """Run a command to its end; a string goes to ``sh -c``.

    It reads nothing, and none of what it started is left running afterwards: it has a process group of its own,
    which is killed when the command has ended, at the limit (``timeout``, in seconds) and when the user
    interrupts. Git's variables are not passed on: a hook's would point the command at another index.
    """
    import shlex
    import signal
    import subprocess

    argv = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
    if not argv:
        raise InvalidError("an empty command", "Give the command to run.")
    outcome = Outcome(command if isinstance(command, str) else shlex.join(argv))
    began = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        process = subprocess.Popen(
            argv,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        outcome.exit_code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
        outcome.output = f"{argv[0]}: {error.strerror if isinstance(error, OSError) else error}"
        return outcome
    assert process.stdout is not None
    tail = bytearray()
    try:
        outcome.timed_out = not _read(process, tail, began + (timeout or TIMEOUT))
    except KeyboardInterrupt:
        outcome.interrupted = True
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # all of the group is gone
        status = process.wait()
        process.stdout.close()
    outcome.seconds = time.monotonic() - began
    if outcome.interrupted:
        outcome.exit_code = 130
    elif outcome.timed_out:
        outcome.exit_code = TIMED_OUT
    else:
        outcome.exit_code = status if status >= 0 else 128 - status
    outcome.output = _text(tail)
    return outcome


def _read(process: subprocess.Popen[bytes], tail: bytearray, end: float) -> bool:
    """Keep the end of what the command writes until it has ended; False where that takes too long.

    What it leaves in the background may keep the pipe open: that is not waited for.
    """
    import select

    assert process.stdout is not None
    fd = process.stdout.fileno()
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLHUP)
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return False
        if poll.poll(min(left, 0.05) * 1000):
            part = os.read(fd, 1 << 16)
            if not part:
                return _ended(process, end)
            tail += part
            if len(tail) > 16 * KEPT:
                del tail[:-KEPT]
        elif process.poll() is not None:
            return True


def _ended(process: subprocess.Popen[bytes], end: float) -> bool:
    """Wait for a command that has closed its output."""
    import subprocess

    try:
        process.wait(timeout=max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _text(tail: bytearray) -> str:
    """The last bytes as text that an event can hold, from the start of a line on where anything was cut."""
    data = bytes(tail[-KEPT:])
    if len(tail) > KEPT:
        data = data.partition(b"\n")[2] or data
    return data.decode("utf-8", "replace").replace("\0", "\ufffd").strip("\r\n")


if TYPE_CHECKING:
    import subprocess

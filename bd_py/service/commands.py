"""Run a check: a command with a time limit, of whose output the end is kept."""

from __future__ import annotations

import os
import signal
import time

from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

KEPT = 4_000
"""Bytes of the end of the output: a page of it, however much there was."""
TIMEOUT = 600.0
"""Seconds a gate may take unless it says otherwise: a check that hangs must not hold up its task for good."""
SHOWN = 20
"""Lines of it that are shown at once; the evidence has them all."""
GRACE = 2.0
"""Seconds for a command that is asked to end, before it is killed: tests put away what they made."""
_IN_THE_PIPE = 1 << 20
"""Bytes that a pipe holds at most, as Linux allows it to anybody: more than that was written afterwards."""
TIMED_OUT, NOT_FOUND, NOT_RUNNABLE = 124, 127, 126
"""Exit codes as the shell and timeout(1) have them; a signal gives 128 more than its number, as there."""


class Outcome:
    """How a command ended: its exit code, how long it took (seconds), the end of stdout and stderr together.

    ``signal`` is the one that asked this process to end meanwhile; `pass_on` does what it asked for.
    """

    __slots__ = ("command", "exit_code", "output", "seconds", "signal", "timed_out")

    def __init__(self, command: str) -> None:
        self.command = command
        self.exit_code = 0
        self.seconds = 0.0
        self.output = ""
        self.timed_out = False
        self.signal: int | None = None

    @property
    def passed(self) -> bool:
        """Whether it said so itself: exit code 0."""
        return self.exit_code == 0

    @property
    def summary(self) -> str:
        """How it ended in one line, and below it the end of its output."""
        return f"{self.how}\n{self.output}" if self.output else self.how

    @property
    def shown(self) -> str:
        """The last lines of the output, as many as a terminal has room for."""
        lines = self.output.splitlines()
        return "\n".join(["...", *lines[-SHOWN:]] if len(lines) > SHOWN else lines)

    @property
    def how(self) -> str:
        """How it ended, in one line."""
        if self.signal == signal.SIGINT:
            how = "interrupted"
        elif self.signal is not None:
            how = f"interrupted by {signal.Signals(self.signal).name}"
        elif self.timed_out:
            how = "ended at its time limit"
        else:
            how = "passed" if self.passed else f"failed with exit code {self.exit_code}"
        return f"{how} after {self.seconds:.1f} s"


def run(
    command: str | Sequence[str],
    directory: str,
    *,
    timeout: float | None = None,
    variables: Mapping[str, str] | None = None,
) -> Outcome:
    """Run a command to its end; a string goes to ``sh -c``.

    It reads nothing, and none of what it started is left running afterwards: it has a process group of its own,
    which is killed when the command has ended, and asked to end, then killed, at the limit (``timeout``, in seconds)
    and when this process is told to end. Its environment is this one's with ``variables``, without git's: a hook's
    would point the command at another index.
    """
    import shlex
    import subprocess

    argv = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
    if not argv:
        raise InvalidError("an empty command", "Give the command to run.")
    outcome = Outcome(command if isinstance(command, str) else shlex.join(argv))
    began = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment.update(variables or {})
    with _Signals() as signals:
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
        else:
            _watch(process, outcome, began + (timeout or TIMEOUT), signals)
        outcome.signal = signals.first
    outcome.seconds = time.monotonic() - began
    if outcome.signal is not None:
        outcome.exit_code = 128 + outcome.signal
    elif outcome.timed_out:
        outcome.exit_code = TIMED_OUT
    return outcome


def pass_on(outcome: Outcome) -> None:
    """Do what a signal asked for that came while the command ran. Raises KeyboardInterrupt for an interrupt."""
    if outcome.signal == signal.SIGINT:
        raise KeyboardInterrupt
    if outcome.signal is not None:
        signal.raise_signal(outcome.signal)


class _Signals:
    """The signals by which a process is told to end, noted while a command runs: else it would outlive this one.

    Those that the program around this has handlers of its own for, or ignores, are left to it.
    """

    NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

    def __init__(self) -> None:
        self.first: int | None = None
        self.count = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        import threading

        if threading.current_thread() is threading.main_thread():  # no other may set handlers
            for number in self.NUMBERS:
                if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: object) -> None:
        self.count += 1
        if self.first is None:
            self.first = number


def _watch(process: subprocess.Popen[bytes], outcome: Outcome, end: float, signals: _Signals) -> None:
    """Read what a command says until it has ended, or has to."""
    assert process.stdout is not None
    tail = bytearray()
    try:
        if not _read(process, tail, end, lambda: signals.count > 0):
            seen = signals.count
            outcome.timed_out = not seen
            _signal_group(process, signals.first or signal.SIGTERM)
            _read(process, tail, time.monotonic() + GRACE, lambda: signals.count > seen)
    finally:
        _signal_group(process, signal.SIGKILL)
        status = process.wait()
        process.stdout.close()
    outcome.exit_code = status if status >= 0 else 128 - status
    outcome.output = _text(tail)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # all of the group is gone


def _read(process: subprocess.Popen[bytes], tail: bytearray, end: float, told: Callable[[], bool]) -> bool:
    """Keep the end of what the command writes until it has ended; False at the limit, and where this was told to end.

    What it leaves in the background may keep the pipe open, and write to it: that is not waited for.
    """
    import select

    assert process.stdout is not None
    fd = process.stdout.fileno()
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLHUP)
    afterwards = 0
    while True:
        ended = process.poll() is not None  # asked before the pipe: what it wrote is in there
        left = end - time.monotonic()
        if not ended and (left <= 0 or told()):
            return False
        if poll.poll(0 if ended else min(left, 0.05) * 1000):
            part = os.read(fd, 1 << 16)
            if not part:
                return _ended(process, end, told)
            tail += part
            if len(tail) > 16 * KEPT:
                del tail[: -KEPT - 1]  # more than is kept, which tells that something was cut
            afterwards += len(part) if ended else 0
        elif ended:
            return True
        if afterwards > _IN_THE_PIPE:
            return True


def _ended(process: subprocess.Popen[bytes], end: float, told: Callable[[], bool]) -> bool:
    """Wait for a command that has closed its output."""
    import subprocess

    while not told():
        left = end - time.monotonic()
        try:
            process.wait(timeout=max(0.0, min(left, 0.05)))
        except subprocess.TimeoutExpired:
            if left <= 0:
                return False
        else:
            return True
    return False


def _text(tail: bytearray) -> str:
    """The last bytes as text that an event can hold, from the start of a line on where anything was cut."""
    data = bytes(tail[-KEPT:])
    if len(tail) > KEPT:
        data = data.partition(b"\n")[2] or data
    return data.decode("utf-8", "replace").replace("\0", "\ufffd").strip("\r\n")

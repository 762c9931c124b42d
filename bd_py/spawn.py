"""Run a command and read what it says, without the subprocess package: its import costs half an interpreter start."""

from __future__ import annotations

import os
import time

MOST_INPUT = 4096
"""What a pipe takes before anybody reads from it, on every system."""
_SIGPIPE = 13
"""Python ignores it, and a child would go on to. Importing signal costs more than the rest of this module."""


class Timeout(OSError):
    """The command took too long, and was ended."""


def status(argv: list[str], env: dict[str, str]) -> int:
    """The exit status of a command that reads nothing and whose words are dropped; it takes as long as it takes.

    Raises FileNotFoundError where there is no such command, OSError.
    """
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDONLY if fd == 0 else os.O_WRONLY, 0) for fd in range(3)]
    pid = os.posix_spawnp(argv[0], argv, env, file_actions=null, setsigdef=[_SIGPIPE])
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def output(argv: list[str], env: dict[str, str], timeout: float, input: bytes = b"") -> tuple[int, bytes]:
    """The exit status and stdout of a command; its stderr is dropped. ``input``: at most `MOST_INPUT` bytes.

    Raises FileNotFoundError where there is no such command, Timeout, OSError.
    """
    read, written = os.pipe()
    stdin = _filled(input) if input else None
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0) if stdin is None else (os.POSIX_SPAWN_DUP2, stdin, 0),
            (os.POSIX_SPAWN_DUP2, written, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        pid = os.posix_spawnp(argv[0], argv, env, file_actions=actions, setsigdef=[_SIGPIPE])
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(written)
        if stdin is not None:
            os.close(stdin)
    done = False
    try:
        data = _read(read, time.monotonic() + timeout)
        done = True
    finally:
        os.close(read)
        if not done:
            os.kill(pid, 9)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), data


def on_terminal(command: str, *args: str) -> int:
    """Run a shell command that has the terminal to itself, as an editor does; its exit status.

    Interrupts from the keyboard are meant for it meanwhile, not for this process. Raises OSError.
    """
    import signal

    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        argv = ["sh", "-c", f'{command} "$@"', command, *args]
        pid = os.posix_spawnp("sh", argv, dict(os.environ), setsigdef=[_SIGPIPE, *before])
        _, status = os.waitpid(pid, 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return os.waitstatus_to_exitcode(status)


def _filled(data: bytes) -> int:
    """A pipe that holds these bytes already, to be read from."""
    read, written = os.pipe()
    try:
        os.write(written, data)
    finally:
        os.close(written)
    return read


def _read(fd: int, end: float) -> bytes:
    import select

    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLHUP)
    parts: list[bytes] = []
    while True:
        if not poll.poll(max(0, end - time.monotonic()) * 1000):
            raise Timeout("it took too long")
        part = os.read(fd, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)


def feed(command: str, data: bytes, env: dict[str, str]) -> int:
    """Run a command line of the shell with ``data`` on its stdin, on our stdout, and wait. Its exit status.

    It may leave before it has read everything. Meanwhile an interrupt is its own business, as with git's pager.
    Raises OSError where there is no shell.
    """
    import signal

    read, written = os.pipe()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            pid = os.posix_spawnp(
                "sh",
                ["sh", "-c", command],
                env,
                file_actions=[(os.POSIX_SPAWN_DUP2, read, 0)],
                setsigdef=[_SIGPIPE, signal.SIGINT],
            )
        except BaseException:
            os.close(written)
            raise
        finally:
            os.close(read)
        _write(written, data)
        _, status = os.waitpid(pid, 0)
    finally:
        signal.signal(signal.SIGINT, before)
    return os.waitstatus_to_exitcode(status)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except BrokenPipeError:
        pass
    finally:
        os.close(fd)

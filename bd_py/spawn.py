"""Run a command and read what it says, without the subprocess package: its import costs half an interpreter start."""

from __future__ import annotations

import os
import time

_SIGPIPE = 13
"""Python ignores it, and a child would go on to. Importing signal costs more than the rest of this module."""


class Timeout(OSError):
    """The command took too long, and was ended."""


def output(argv: list[str], env: dict[str, str], timeout: float) -> tuple[int, bytes]:
    """The exit status and stdout of a command that reads nothing; its stderr is dropped.

    Raises FileNotFoundError where there is no such command, Timeout, OSError.
    """
    read, written = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, written, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        pid = os.posix_spawnp(argv[0], argv, env, file_actions=actions, setsigdef=[_SIGPIPE])
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(written)
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

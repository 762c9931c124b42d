"""The one lock of a store: ``.tasks/lock``, never replaced.

A blocking ``flock``: measured with 32 processes, SQLite's own ``BEGIN IMMEDIATE`` starves some of them.
"""

from __future__ import annotations

import os

from bd_py.errors import InvalidError, LockTimeoutError, ReadOnlyError, TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TIMEOUT = 30.0
"""Seconds to wait; TK_LOCK_TIMEOUT overrides."""

_LONGEST = 86_400.0 * 365
"""An alarm cannot be set for ever, which ``TK_LOCK_TIMEOUT=inf`` asks for; a year will do."""

_UNWRITABLE = (1, 13, 30, 5, 28, 122)  # EPERM, EACCES, EROFS; EIO, ENOSPC, EDQUOT
_NO_FLOCK = (22, 37, 38, 45, 95, 102)  # EINVAL, ENOLCK, ENOSYS, ENOTSUP of Linux and macOS
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class Lock:
    """An exclusive lock on a file, held from ``acquire`` to ``release`` or the end of the process."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = -1

    def acquire(self, timeout: float | None = None) -> None:
        """Wait for the lock.

        Raises LockTimeoutError, ReadOnlyError where the file cannot be opened, InvalidError where it is a link.
        """
        try:
            fd = os.open(self.path, _FLAGS, 0o666)
        except OSError as error:
            if error.errno in _UNWRITABLE:
                raise ReadOnlyError(
                    f"cannot write {self.path}: {error.strerror}",
                    "Reading verbs work here; writing ones need access and space.",
                ) from None
            if os.path.islink(self.path):
                raise InvalidError(f"{self.path} is a symbolic link", "Remove it: tk makes its own lock.") from None
            raise
        try:
            _lock(fd, self.path, timeout)
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def try_acquire(self) -> bool:
        """Take the lock if it is free at this moment."""
        try:
            self.acquire(0.0)
        except (LockTimeoutError, ReadOnlyError, InvalidError, OSError):
            return False
        return True

    def release(self) -> None:
        """Give the lock back; nothing where it is not held."""
        if self._fd >= 0:
            held = _HELD.pop(self._fd, None)
            if held is not None:
                held.release()
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Lock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _timeout() -> float:
    try:
        return min(max(0.0, float(os.environ.get("TK_LOCK_TIMEOUT", TIMEOUT))), _LONGEST)
    except ValueError:
        return TIMEOUT


def _lock(fd: int, path: str, timeout: float | None) -> None:
    try:
        import fcntl
    except ImportError:
        _lock_elsewhere(fd, path, _timeout() if timeout is None else timeout)
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    except BlockingIOError:
        timeout = _timeout() if timeout is None else timeout
        if timeout <= 0:
            raise _late(path, timeout) from None
    except OSError as error:
        if error.errno not in _NO_FLOCK:
            raise
        _lock_a_range(fd, path, _timeout() if timeout is None else timeout)
        return
    _wait(fd, path, timeout)


def _wait(fd: int, path: str, timeout: float) -> None:
    """Block in the kernel's queue, which is fair, with an alarm to end it.

    Signals reach the main thread alone, so other threads ask again and again instead.
    """
    import fcntl
    import signal
    import threading
    import time

    if threading.current_thread() is not threading.main_thread() or signal.getitimer(signal.ITIMER_REAL)[0]:
        end = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise _late(path, timeout) from None
                time.sleep(0.005)

    def on_alarm(_number: int, _frame: object) -> None:
        raise _late(path, timeout)

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _lock_a_range(fd: int, path: str, timeout: float) -> None:
    """Where the file system has no ``flock``, as some network ones: a lock of POSIX on the file's first byte.

    It tells processes apart, which is what counts, but not two stores that one process opened. Raises TkError where
    there is none of either.
    """
    import fcntl
    import time

    end = time.monotonic() + timeout
    while True:
        try:
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
            return
        except (BlockingIOError, PermissionError):
            if time.monotonic() >= end:
                raise _late(path, timeout) from None
            time.sleep(0.005)
        except OSError as error:
            raise TkError(
                f"cannot lock {path}: {error.strerror}", "Its file system has no locks: keep the repository on another."
            ) from None


def _lock_elsewhere(fd: int, path: str, timeout: float) -> None:
    """Where there is no fcntl: the filelock package, on a file beside."""
    from filelock import FileLock, Timeout

    try:
        held = FileLock(path + ".held", timeout=timeout)
        held.acquire()
    except Timeout:
        raise _late(path, timeout) from None
    _HELD[fd] = held


_HELD: dict[int, Any] = {}


def _late(path: str, timeout: float) -> LockTimeoutError:
    return LockTimeoutError(
        f"the lock {path} was not free within {timeout:g} s",
        "Another tk is writing. Try again, or set TK_LOCK_TIMEOUT to wait longer.",
        path=path,
    )

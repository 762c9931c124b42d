"""The one lock of a store: exclusive between processes and between threads, with a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bd_py import lock as lock_module
from bd_py.errors import LockTimeoutError, ReadOnlyError
from bd_py.lock import Lock
from tests.acceptance.support import make_store
from tests.inprocess import Cli

HOLDER = "import sys; from bd_py.lock import Lock; Lock(sys.argv[1]).acquire(); print('held', flush=True); input()"


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "lock")


def hold(path: str) -> subprocess.Popen[str]:
    """A process that holds the lock, until its stdin ends."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


@pytest.fixture
def held(path: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock."""
    with hold(path) as holder:
        yield holder
        holder.kill()


@pytest.mark.parametrize("given", ["inf", "1e300"])
def test_a_wait_without_end_is_a_long_one(path: str, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("TK_LOCK_TIMEOUT", given)
    with hold(path) as holder:
        threading.Timer(0.2, holder.kill).start()
        with Lock(path):
            assert holder.wait() != 0


def test_free_then_held_then_free(path: str) -> None:
    one, other = Lock(path), Lock(path)
    with one:
        assert not other.try_acquire()
    assert other.try_acquire()
    other.release()
    other.release()
    assert os.path.exists(path)


@pytest.mark.usefixtures("held")
def test_held_elsewhere_until_the_limit(path: str) -> None:
    started = time.monotonic()
    with pytest.raises(LockTimeoutError, match=r"not free within 0\.3 s") as raised:
        Lock(path).acquire(0.3)
    assert 0.25 < time.monotonic() - started < 5
    assert raised.value.exit_code == 7
    assert raised.value.retryable
    assert not Lock(path).try_acquire()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_waits_until_it_is_free(path: str, held: subprocess.Popen[str]) -> None:
    threading.Timer(0.2, held.kill).start()
    started = time.monotonic()
    with Lock(path):
        assert time.monotonic() - started > 0.1


def test_a_killed_holder_holds_nothing(path: str, held: subprocess.Popen[str]) -> None:
    held.kill()
    held.wait()
    assert Lock(path).try_acquire()


@pytest.mark.usefixtures("held")
def test_in_a_thread_and_beside_another_alarm(path: str) -> None:
    failed: list[type[BaseException]] = []

    def wait() -> None:
        try:
            Lock(path).acquire(0.1)
        except LockTimeoutError as error:
            failed.append(type(error))

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()
    assert failed == [LockTimeoutError]
    signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        with pytest.raises(LockTimeoutError):
            Lock(path).acquire(0.1)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 50
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_threads_take_turns(path: str) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with Lock(path):
                inside += 1
                most = max(most, inside)
                time.sleep(0.0005)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


@pytest.mark.parametrize(("value", "limit"), [("0.2", "0.2 s"), ("0", "0 s"), ("-5", "0 s")])
def test_the_environment_sets_the_limit(path: str, monkeypatch: pytest.MonkeyPatch, value: str, limit: str) -> None:
    monkeypatch.setenv("TK_LOCK_TIMEOUT", value)
    with Lock(path), pytest.raises(LockTimeoutError, match=limit):
        Lock(path).acquire()


def test_what_is_no_number_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TK_LOCK_TIMEOUT", "soon")
    assert lock_module._timeout() == lock_module.TIMEOUT


def test_a_command_that_waits_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = make_store(tmp_path / "repo")
    monkeypatch.chdir(where.root)
    monkeypatch.setenv("TK_LOCK_TIMEOUT", "0.2")
    cli = Cli(Path(where.root))
    task = cli.new("A task")
    with hold(where.lock) as holder:
        done = cli.fails(7, "create", "Another")
        assert "Another tk is writing" in done.err
        assert cli("show", task).out
        holder.kill()
    cli("create", "Another")


def test_where_the_file_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Lock(str(tmp_path / "nowhere" / "lock")).acquire()
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        Lock(str(tmp_path / "folder")).acquire()


def test_without_access(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ReadOnlyError, match="Permission denied"):
        Lock(path).acquire()
    assert not Lock(path).try_acquire()


def test_where_there_is_no_fcntl(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock  # noqa: F401  (it looks for fcntl too, when it is imported)

    monkeypatch.setitem(sys.modules, "fcntl", None)
    with Lock(path), pytest.raises(LockTimeoutError):
        Lock(path).acquire(0.1)
    with Lock(path):
        pass

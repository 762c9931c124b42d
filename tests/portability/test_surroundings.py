"""Locales, streams, users and file systems that are not as usual."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bd_py.lock import Lock
from tests.conftest import Runner, child_env

WITHOUT = {
    "flock": "import fcntl\ndef flock(fd, how): raise OSError(95, 'Operation not supported')\nfcntl.flock = flock\n",
    "links": "import os\ndef link(*a, **k): raise OSError(1, 'Operation not permitted')\nos.link = link\n",
}


@pytest.fixture
def lacking(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str | None]:
    """An environment in which Python lacks what the parameter names, as on a file system that has none."""
    folder = tmp_path / "lacking"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("".join(WITHOUT[name] for name in request.param))
    return {"PYTHONPATH": f"{folder}:{os.environ['PYTHONPATH']}"}


@pytest.mark.parametrize("lacking", [["flock"], ["links"], ["flock", "links"]], indirect=True)
def test_a_file_system_without(store: Path, tk: Runner, git: Runner, lacking: dict[str, str | None]) -> None:
    command = [sys.executable, "-m", "bd_py", "create", "One"]
    at_once = [subprocess.Popen(command, cwd=store, env=child_env(lacking), stdout=-3, stderr=-3) for _ in range(6)]
    assert [process.wait(60) for process in at_once] == [0] * 6
    assert len(tk("list", env=lacking).stdout.splitlines()) == 6
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    tk("sync", env=lacking)
    assert "all is well" in tk("doctor", env=lacking).stdout


def test_locks_of_a_range_keep_processes_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def no_flock(_fd: int, _how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_flock)
    holds = f"import fcntl, sys; f = open({str(tmp_path / 'lock')!r}, 'w'); fcntl.lockf(f, fcntl.LOCK_EX, 1)"
    code = f"{holds}; print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        assert not Lock(str(tmp_path / "lock")).try_acquire()
        other.stdin.close()
        other.wait(60)
    lock = Lock(str(tmp_path / "lock"))
    lock.acquire(10)
    lock.release()


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONUTF8": None},
        {"LC_ALL": "POSIX", "LANG": None, "PYTHONUTF8": None},
        {"LC_ALL": "xx_XX.nonsense", "PYTHONUTF8": None, "PYTHONCOERCECLOCALE": "0"},
        {"HOME": None, "XDG_CONFIG_HOME": None, "XDG_CACHE_HOME": None},
        {"TERM": None, "LANG": "", "TZ": "Nowhere/Nothing"},
    ],
)
def test_environments(store: Path, tk: Runner, env: dict[str, str | None]) -> None:
    tk("create", "ünï 日本", env=env)
    assert tk("list", env=env).stdout.endswith("ünï 日本\n")
    assert "ünï 日本" in tk("search", "ünï", env=env).stdout


def test_a_locale_that_is_not_utf8(store: Path, tk: Runner) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    tk("create", "ünï")
    assert tk("list", env=env).stdout.endswith("[open] - \\xfcn\\xef\n")
    assert tk("create", "日本", env=env, check=False).returncode == 4
    assert "bug in tk" not in tk("create", "-d", "@ünï", "x", env=env, check=False).stderr


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_umasks(repo: Path, tk: Runner, umask: int) -> None:
    before = os.umask(umask)
    try:
        tk("init")
        tk("create", "One")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (repo / ".tasks").rglob("*")}
    assert all(not mode & umask for mode in modes.values()), modes
    assert all(mode & 0o600 == 0o600 for mode in modes.values()), modes


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(store: Path, closed: str) -> None:
    def sh(line: str) -> int:
        env = child_env({"TK": f"{sys.executable} -m bd_py"})
        return subprocess.run(["sh", "-c", line], cwd=store, env=env, check=False, timeout=60).returncode

    assert sh(f"$TK create One {closed}") == 0
    assert sh(f"$TK list --json {closed}") == 0
    assert sh(f"$TK show nope {closed}") == 3
    assert sh(f"$TK doctor {closed}") == 0


def test_a_full_disk_and_a_reader_that_left(store: Path, tk: Runner) -> None:
    for k in range(3):
        tk("create", f"Task {k}", "-d", "x" * 60_000)

    def sh(line: str) -> tuple[int, str]:
        env = child_env({"TK": f"{sys.executable} -m bd_py"})
        done = subprocess.run(["bash", "-c", line], cwd=store, env=env, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    code, said = sh("$TK list > /dev/full")
    assert (code, "cannot write to stdout" in said) == (1, True)
    assert sh("$TK show nope 2> /dev/full")[0] == 3
    for command in ("export", "list --all --json", "export --format csv"):
        assert sh(f"$TK {command} | true; exit ${{PIPESTATUS[0]}}") in ((141, ""), (0, "")), command
        assert sh(f"$TK {command} | head -c 1; exit ${{PIPESTATUS[0]}}")[1] == "", command


def test_a_read_only_file_system(tmp_path: Path, tk: Runner, store: Path) -> None:
    """A mount of its own, which only some may make; chmod keeps root from nothing."""
    tk("create", "One")
    here = f"{sys.executable} -m bd_py"
    script = f"mount --bind {store} {store} && mount -o remount,ro,bind {store} && cd {store} && echo MOUNTED && "
    script += f"{here} list && {here} show --json $({here} list --json | cut -d'\"' -f4) && ! {here} create Two"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    if "MOUNTED" not in done.stdout:
        pytest.skip("no right to mount here")
    assert "One" in done.stdout
    assert "cannot write" in done.stderr
    assert "bug in tk" not in done.stderr
    assert done.returncode == 0

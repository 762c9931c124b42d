"""What every test gets: a world of its own. Nothing of the machine's git, home, clock zone or tk reaches it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from bd_py.paths import Paths
from bd_py.service.setup import init
from bd_py.workspace import Workspace
from tests.acceptance.support import close_all
from tests.inprocess import Cli

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("TK_TEST_DATA") or ROOT.parent / "shared" / "data")
BACKEND = os.environ.get("TK_TEST_BACKEND")
DATA_REQUIRED = bool(os.environ.get("TK_REQUIRE_DATA"))

GIT_CONFIG = """\
[user]
    name = ada
    email = ada@example.com
[init]
    defaultBranch = main
[core]
    fsync = none
[gc]
    auto = 0
[maintenance]
    auto = false
"""
DATE = "2026-11-20T12:00:00+00:00"

# Started in the background of a shell, the suite would hand down that SIGINT is ignored, and some tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: the suite runs in parallel, on machines of any speed. The same examples wherever all must pass. Where it
# is enough to know that an example fails, none is made smaller, which takes minutes for a state machine.
settings.register_profile(
    "tk",
    deadline=None,
    derandomize=DATA_REQUIRED,
    suppress_health_check=[HealthCheck.too_slow],
    phases=set(Phase) - ({Phase.shrink, Phase.explain} if os.environ.get("TK_TEST_FIRST_FAILURE") else set()),
)
settings.load_profile("tk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the tests, the slow ones come first: none is left with a long one at the end."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def backend_options() -> list[str]:
    """What `store` and `cli` give to ``tk init``: TK_TEST_BACKEND=files runs any test over the plain-files backend."""
    return ["--backend", BACKEND] if BACKEND else []


class Runner:
    """Runs one program in real processes: ``tk("create", "A title").stdout``.

    ``cwd`` defaults to the folder of the fixture `repo`, ``env`` adds to the environment (None removes),
    ``input`` is its stdin (default: empty). A status other than 0 fails the test unless ``check=False``.
    """

    def __init__(self, command: tuple[str, ...], cwd: Path) -> None:
        self.command = command
        self.cwd = cwd

    def __call__(
        self,
        *args: str | os.PathLike[str],
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str | None] | None = None,
        input: str | None = None,
        check: bool = True,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        command = [*self.command, *(os.fspath(arg) for arg in args)]
        done = subprocess.run(
            command,
            cwd=cwd or self.cwd,
            env=child_env(env or {}),
            input=input or "",
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            pytest.fail(f"{command} exits {done.returncode}\n{done.stdout}{done.stderr}")
        return done


def child_env(changes: Mapping[str, str | None]) -> dict[str, str]:
    """The environment of a child process; None in ``changes`` removes a variable."""
    merged: dict[str, str | None] = {**os.environ, **changes}
    return {name: value for name, value in merged.items() if value is not None}


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names for homes. Of a factory that counts up, each of thousands would cost a look at all before it."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def _hermetic(
    _homes: Iterator[Path], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seals the test off: home, git's configuration, identity, dates, zone, language, network, temporary files."""
    home = next(_homes)
    home.mkdir()
    (home / ".gitconfig").write_text(GIT_CONFIG)
    monkeypatch.setattr(tempfile, "tempdir", str(home))  # on the disk of all other files, and away with them
    for name in list(os.environ):
        if name.startswith(("GIT_", "TK_", "XDG_", "LC_")):
            monkeypatch.delenv(name)
    for name in ("EDITOR", "VISUAL", "PAGER", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LANGUAGE", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    sealed = {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CEILING_DIRECTORIES": str(tmp_path_factory.getbasetemp()),
        "GIT_AUTHOR_DATE": DATE,
        "GIT_COMMITTER_DATE": DATE,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file",  # no network
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "PYTHONPATH": str(ROOT),  # children run this tree too, whatever is installed
        "PYTHONUTF8": "1",
    }
    for name, value in sealed.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # compiled once, not once a process


@pytest.fixture(autouse=True)
def _closed(_hermetic: None) -> Iterator[None]:
    """Closes the stores that the test opened with `support.workspace`."""
    yield
    close_all()


@pytest.fixture
def git(tmp_path: Path) -> Runner:
    """Runs git: ``git("log", "--oneline").stdout``."""
    return Runner(("git",), tmp_path / "repo")


@pytest.fixture
def repo(git: Runner, tmp_path: Path) -> Path:
    """A fresh git repository on branch main, without a commit."""
    path = tmp_path / "repo"
    git("init", "-q", path, cwd=tmp_path)
    return path


@pytest.fixture
def tk(repo: Path) -> Runner:
    """Runs tk as users do, as a process of its own: ``tk("create", "A title").stdout``."""
    return Runner((sys.executable, "-m", "bd_py"), repo)


@pytest.fixture
def store(repo: Path) -> Path:
    """A repository after ``tk init``; nothing is committed."""
    init(str(repo), backend=BACKEND)
    return repo


@pytest.fixture
def cli(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """Runs tk in this process, in a repository after ``tk init``; afterwards fold(log) == cache must hold."""
    monkeypatch.chdir(repo)
    monkeypatch.setenv("TK_NO_FAST_EXIT", "1")  # stores are closed, not left to the end of the process
    cli = Cli(repo)
    cli("init", *backend_options())
    yield cli
    if (repo / ".tasks/cache.db").exists():
        cli("list")
        assert cli.cached() == cli.folded()


@pytest.fixture
def opened(cli: Cli) -> Iterator[Workspace]:
    """The store of `cli`, opened by ada as the use cases take it."""
    workspace = Workspace(Paths(str(cli.root / ".tasks")), {"name": "ada"})
    yield workspace
    workspace.close()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real trackers' files. Skips where there is none, fails where TK_REQUIRE_DATA is set."""
    if not DATA.is_dir():
        reason = f"no test data in {DATA} (TK_TEST_DATA names another folder)"
        pytest.fail(reason) if DATA_REQUIRED else pytest.skip(reason)
    return DATA

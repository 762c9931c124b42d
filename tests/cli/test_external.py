"""Aliases and programs ``tk-NAME``: found as git finds its own, and never instead of a verb."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bd_py.cli import external
from tests.conftest import Runner
from tests.inprocess import Cli

SCRIPT = """\
#!/bin/sh
echo "args: $*"
echo "actor: $TK_ACTOR, session: $TK_SESSION, own: $OWN"
echo "in: $(basename "$PWD")"
cat
exit 7
"""


def program(folder: Path, name: str, text: str = SCRIPT, mode: int = 0o755) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


class TestPlugins:
    """Programs on PATH."""

    def test_arguments_environment_streams_and_exit_code(self, repo: Path, tk: Runner, path: Path) -> None:
        program(path, "tk-hello")
        (repo / "below").mkdir()
        line = ("--json", "-C", "below", "--actor=eve", "--session", "s1", "hello", "a b", "--own", "-x")
        done = tk(*line, env={"OWN": "kept"}, input="from stdin\n", check=False)
        assert done.returncode == 7
        assert done.stdout.splitlines() == [
            "args: a b --own -x --json",
            "actor: eve, session: s1, own: kept",
            "in: below",
            "from stdin",
        ]
        assert done.stderr == ""

    def test_without_a_store_and_without_a_first_line(self, repo: Path, tk: Runner, path: Path) -> None:
        program(path, "tk-plain", 'echo "plain $1"\n')
        assert tk("plain", "x").stdout == "plain x\n"

    def test_help_is_the_programs_own(self, tk: Runner, repo: Path, path: Path) -> None:
        found = program(path, "tk-hello", '#!/bin/sh\necho "$@"\n')
        assert tk("hello", "--help").stdout == "--help\n"
        assert tk("help", "hello").stdout == f"'hello' is the program {found}.\n"

    def test_never_instead_of_a_verb(self, cli: Cli, path: Path) -> None:
        for name in ("tk-list", "tk-ls", "tk-version", "tk-close"):
            program(path, name, "#!/bin/sh\necho shadowed\n")
        task = cli.new()
        assert cli("list").out == f"{task} [open] - A task\n"
        assert external.plugins() == []

    def test_what_is_no_program(self, cli: Cli, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program(path, "tk-data", mode=0o644)
        (path / "tk-folder").mkdir()
        program(tmp_path, "tk-outside")
        for name in ("data", "folder", "../tk-outside", "--x", "-", ""):
            assert external.find_plugin(name) is None, name
        program(path, "tk-here")
        monkeypatch.chdir(path)
        monkeypatch.setenv("PATH", ".::bin")
        assert external.find_plugin("here") is None, "relative folders are not searched"

    def test_one_that_cannot_start(self, repo: Path, tk: Runner, path: Path) -> None:
        program(path, "tk-broken", "#!/no/such/interpreter\n")
        done = tk("broken", check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: cannot run {path / 'tk-broken'}: ")

    def test_a_near_miss_names_it(self, cli: Cli, path: Path) -> None:
        program(path, "tk-burnup")
        cli.configure('alias.overview = "list --all"\n')
        assert external.plugins() == ["burnup"]
        assert "Did you mean 'tk burnup'?" in cli.fails(2, "burnpu").err
        assert "Did you mean 'tk overview'?" in cli.fails(2, "overveiw").err

    def test_a_verb_does_not_look_for_them(self, store: Path, path: Path) -> None:
        """Counted, not timed: no module, and no folder of PATH is looked at."""
        code = (
            "import os, sys; seen = []\n"
            "sys.addaudithook(lambda e, a: seen.append(a[0]) if e == 'os.listdir' else None)\n"
            "from bd_py.cli.main import main; main(['list']); main(['list', '--help']); main(['list', '--bogus'])\n"
            "print('bd_py.cli.external' in sys.modules, os.environ['FOLDER'] in seen)"
        )
        env = {**os.environ, "FOLDER": str(path)}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=store, env=env, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "False False"


class TestAliases:
    """``alias.NAME`` in config.toml."""

    def test_words_options_and_what_follows(self, cli: Cli) -> None:
        cli("config", "set", "alias.mine", "list -a ada")
        cli("config", "set", "alias.everything", "mine --all")
        cli("config", "set", "alias.todo-for", "create 'A quoted title' -a")
        task = cli("todo-for", "ada").out.strip()
        assert cli.task(task)["title"] == "A quoted title"
        cli("close", task)
        assert cli("mine").out == ""
        assert cli("everything").out == f"{task} [closed] - A quoted title\n"
        assert [issue["id"] for issue in cli("--json", "everything").json] == [task]
        assert [issue["id"] for issue in cli.json("everything", "-s", "closed")] == [task]
        assert cli("help", "mine").out == "'mine' is an alias of 'list -a ada'.\n"

    def test_in_the_store_that_is_asked(self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cli.configure('alias.two = "list -n 2"\n')
        monkeypatch.chdir(tmp_path)
        cli("-C", str(cli.root), "two")
        assert "unknown command 'two'" in cli.fails(2, "two").err
        monkeypatch.chdir(cli.root)

    def test_never_instead_of_a_verb(self, cli: Cli) -> None:
        cli.configure('[alias]\nlist = "version"\nls = "version"\n')
        task = cli.new()
        assert cli("ls").out == cli("list").out == f"{task} [open] - A task\n"

    def test_a_program_comes_first(self, store: Path, tk: Runner, path: Path) -> None:
        tk("config", "set", "alias.both", "list")
        tk("config", "set", "alias.more", "both a")
        program(path, "tk-both", '#!/bin/sh\necho "program $@"\n')
        assert tk("both").stdout == "program \n"
        assert tk("more", "b").stdout == "program a b\n"

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("loop", "leads back to itself"),
            ("other", "leads back to itself"),
            ("!rm -rf /", "does not run"),
            ("list 'open", "cannot be read"),
            (" ", "is empty"),
            ("nothing-like-it", "unknown command 'nothing-like-it'"),
        ],
    )
    def test_what_cannot_be_one(self, cli: Cli, text: str, says: str) -> None:
        cli.configure(f'[alias]\nloop = "{text}"\nother = "loop"\n')
        done = cli.fails(2, "loop")
        assert says in done.err

    def test_settings_that_cannot_be_read(self, cli: Cli) -> None:
        good = (cli.root / ".tasks/config.toml").read_text()
        (cli.root / ".tasks/config.toml").write_text("alias = 1\n")
        assert "alias = 1 is not a table" in cli.fails(4, "mine").err
        (cli.root / ".tasks/config.toml").write_text(good)

"""Every command over plain files: it works and leaves the files right, or says plainly that it does not apply."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import Runner
from tests.files_backend.support import sound
from tests.inprocess import Cli
from tests.test_schemas import validate
from tests.test_schemas_verbs import LINES, VERBS, make_world, words

REFUSED = {"compact": ("compact", "compact --dry-run", "compact --older-than 7")}
"""Commands that are of the log alone, and the lines that say so."""

WORKING = [path for path in VERBS if path not in REFUSED]


class World:
    """A store where everything has happened once: made by the first test of a process, copied for each."""

    def __init__(self) -> None:
        self.made: Path | None = None
        self.ids: dict[str, str] = {}


_WORLD = World()


@pytest.fixture
def world(
    cli: Cli, git: Runner, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Ids by what they are, and files."""
    monkeypatch.setenv("EDITOR", "true")
    if _WORLD.made is None:
        _WORLD.ids = {
            name: value.replace(str(tmp_path), "{}") for name, value in make_world(cli, git, tmp_path).items()
        }
        _WORLD.made = tmp_path_factory.mktemp("world") / "made"
        shutil.copytree(tmp_path, _WORLD.made, symlinks=True)
    else:
        shutil.rmtree(cli.root)
        shutil.copytree(_WORLD.made, tmp_path, symlinks=True, dirs_exist_ok=True)
        monkeypatch.chdir(cli.root)
    return {name: value.replace("{}", str(tmp_path)) for name, value in _WORLD.ids.items()}


@pytest.mark.parametrize("path", WORKING)
def test_a_verb_works_and_leaves_the_files_right(path: str, cli: Cli, world: dict[str, str]) -> None:
    assert path in LINES, "a new command needs a line here too: does it work over plain files?"
    for line in LINES[path]:
        validate(path.replace(" ", "-"), cli.json(*words(line, world)))
        sound(cli.root)


@pytest.mark.parametrize("path", REFUSED)
def test_a_verb_of_the_log_alone_says_so(path: str, cli: Cli, world: dict[str, str]) -> None:
    before = cli.lines()
    for line in REFUSED[path]:
        [error] = cli.fails(4, *words(line, world), "--json").errors
        assert (error["code"], error["retryable"]) == ("invalid", False)
        assert "backend = 'files'" in error["message"]
        assert error["hint"]
    assert cli.lines() == before
    sound(cli.root)

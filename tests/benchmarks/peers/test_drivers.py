"""The drivers against the trackers themselves, those that are on PATH; tk is, always."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.peers import find, measure, tables, tasks
from benchmarks.peers.find import Absent, Found
from benchmarks.peers.measure import Limits
from benchmarks.peers.seam import Peer
from benchmarks.peers.tk import Tk
from benchmarks.peers.verbs import VERBS
from tests.benchmarks.peers.shell import program

COUNT = 40


@pytest.fixture
def own_tk(tmp_path: Path) -> Path:
    """This tree's tk as a program."""
    root = Path(__file__).resolve().parents[3]
    return program(tmp_path / "bin/tk", f'PYTHONPATH={root} exec {sys.executable} -m bd_py "$@"')


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Tk, *find.PEERS], ids=lambda kind: kind.name)
def test_it_is_loaded_and_does_what_its_verbs_say(kind: type[Peer], own_tk: Path, tmp_path: Path) -> None:
    found = find.find(kind, tmp_path / "look", {"tk": own_tk})
    if isinstance(found, Absent):
        pytest.skip(f"{found.name}: {found.reason}")
    (result,), _ = measure.measure(
        [found], tasks.made(COUNT), tmp_path / "work", Limits(rounds=1), [str(own_tk), "version"]
    )
    assert result.unloaded == ""
    assert set(result.figures) == set(found.peer.verbs)
    assert {name: figures.wrong or figures.failure for name, figures in result.figures.items()} == dict.fromkeys(
        found.peer.verbs, ""
    )
    assert not any("fails" in line for line in tables.details([result]))


@pytest.mark.parametrize("kind", [Tk, *find.PEERS], ids=lambda kind: kind.name)
def test_its_words_name_only_what_is_measured(kind: type[Peer]) -> None:
    names = {verb.name for verb in VERBS}
    assert set(kind.verbs) <= names
    assert set(kind.nearest) <= set(kind.verbs)
    assert kind.claimed or "claim" not in kind.verbs
    fresh = {"title": "T", "word": "W", "task": "1", "other": "2"}
    for words in kind.verbs.values():
        assert all("{" not in word.format_map(fresh) for word in words)


def test_tk_has_every_verb() -> None:
    assert set(Tk.verbs) == {verb.name for verb in VERBS}


def test_found_is_told_with_its_version(own_tk: Path, tmp_path: Path) -> None:
    from bd_py import __version__

    found = find.find(Tk, tmp_path / "look", {"tk": own_tk})
    assert isinstance(found, Found)
    assert found.version == __version__

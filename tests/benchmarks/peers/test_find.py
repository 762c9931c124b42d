"""Which trackers are taken for present: only what answers as the tracker of that name, and never our own tk."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import beside
from benchmarks.peers import find
from benchmarks.peers.find import Absent, Found
from benchmarks.peers.seam import Peer
from benchmarks.peers.taskwarrior import Taskwarrior
from benchmarks.peers.ticket import Ticket
from benchmarks.peers.tk import Tk
from tests.benchmarks.peers.shell import program

HELP_OF_TICKET = "echo 'ticket - minimal ticket system with dependency tracking'"


def look(kind: type[Peer], tmp_path: Path, named: dict[str, Path] | None = None) -> Found | Absent:
    """As the program looks, but only in ``bin`` and where git and sh are."""
    return find.find(kind, tmp_path / "work", named or {}, str(tmp_path / "bin"))


@pytest.mark.parametrize("kind", find.PEERS)
def test_what_is_not_on_path_is_absent(kind: type[Peer], tmp_path: Path) -> None:
    assert look(kind, tmp_path) == Absent(kind.name, f"no `{kind.program}` on PATH")


@pytest.mark.parametrize("kind", find.PEERS)
def test_another_program_of_the_name_is_absent(kind: type[Peer], tmp_path: Path) -> None:
    program(tmp_path / "bin" / kind.program, "echo 'something else 3.49.1'")
    found = look(kind, tmp_path)
    assert isinstance(found, Absent)
    assert "is not" in found.reason


@pytest.mark.parametrize("kind", find.PEERS)
def test_a_program_that_fails_is_absent_with_its_message(kind: type[Peer], tmp_path: Path) -> None:
    program(tmp_path / "bin" / kind.program, "echo 'no such library' >&2; exit 127")
    found = look(kind, tmp_path)
    assert isinstance(found, Absent)
    assert found.reason == "it does not tell its version: no such library"


def test_the_runner_of_taskfiles_is_not_taskwarrior(tmp_path: Path) -> None:
    program(tmp_path / "bin/task", "echo 'Task version: v3.39.2 (h1:abc)'")
    found = look(Taskwarrior, tmp_path)
    assert isinstance(found, Absent)
    assert found.reason.endswith("is not Taskwarrior (Task version: v3.39.2 (h1:abc))")


def test_a_newer_runner_of_taskfiles_tells_its_number_alone(tmp_path: Path) -> None:
    program(tmp_path / "bin/task", "echo '3.45.4'")
    assert isinstance(look(Taskwarrior, tmp_path), Absent)


def test_taskwarrior_is_known_by_what_it_says_of_itself(tmp_path: Path) -> None:
    program(tmp_path / "bin/task", "if [ $1 = --version ]; then echo 2.6.2; else echo 'Taskwarrior is open source'; fi")
    found = look(Taskwarrior, tmp_path)
    assert isinstance(found, Found)
    assert found.version == "2.6.2"


def test_ticket_is_never_found_as_tk(tmp_path: Path) -> None:
    program(tmp_path / "bin/tk", HELP_OF_TICKET)
    assert look(Ticket, tmp_path) == Absent("ticket", "no `ticket` on PATH")
    program(tmp_path / "bin/ticket", HELP_OF_TICKET)
    assert isinstance(look(Ticket, tmp_path), Found)


def test_our_own_tk_is_no_ticket_under_any_name(tmp_path: Path) -> None:
    own = program(tmp_path / "own/tk", HELP_OF_TICKET)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ticket").symlink_to(own)
    found = look(Ticket, tmp_path, {"tk": own})
    assert found == Absent("ticket", "the `ticket` on PATH is the tk that is measured")


def test_tk_is_never_looked_for_on_path(tmp_path: Path) -> None:
    program(tmp_path / "bin/tk", 'echo \'{"version":"1"}\'')
    assert isinstance(look(Tk, tmp_path), Absent)
    assert isinstance(look(Tk, tmp_path, {"tk": tmp_path / "bin/tk"}), Found)


def test_ticket_under_the_name_of_tk_is_not_measured_as_tk(tmp_path: Path) -> None:
    other = program(tmp_path / "bin/tk", HELP_OF_TICKET)
    found = look(Tk, tmp_path, {"tk": other})
    assert isinstance(found, Absent)
    assert "another tk" in found.reason


def test_a_program_can_be_named_that_is_not_on_path(tmp_path: Path) -> None:
    elsewhere = program(tmp_path / "elsewhere/script", HELP_OF_TICKET)
    found = look(Ticket, tmp_path, {"ticket": elsewhere})
    assert isinstance(found, Found)
    assert found.program == elsewhere


def test_trackers_are_chosen_by_name_or_program() -> None:
    assert [kind.name for kind in beside.chosen([])] == [kind.name for kind in find.PEERS]
    assert [kind.name for kind in beside.chosen(["bd", "Taskwarrior"])] == ["bd", "bd, daemon", "Taskwarrior"]
    assert [kind.name for kind in beside.chosen(["task"])] == ["Taskwarrior"]


def test_the_sealed_environment_has_a_home_of_its_own_and_no_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "http_proxy", "TASKRC", "BEADS_DIR", "BD_ACTOR", "SSH_AUTH_SOCK", "TK_ACTOR"):
        monkeypatch.setenv(name, "theirs")
    place = find.place_of(Taskwarrior(), Path("task"), tmp_path)
    assert "theirs" not in place.env.values()
    assert place.env["HOME"] == str(tmp_path / "home")
    assert place.env["TASKRC"] == str(tmp_path / "home/taskrc")

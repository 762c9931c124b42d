"""The driver's files: replaced whole or not at all, and a status that git can rely on."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bd_py import files, merge
from bd_py.service.merge_driver import main
from tests.conftest import Runner, backend_options
from tests.test_files import a_dead_process
from tests.test_merge import EVENTS, of
from tests.torture.disks import mounted

PATH = ".tasks/log/2026-11/20/X.jsonl"


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    """Base, ours, theirs."""
    for name, rows in (("O", EVENTS[:1]), ("A", EVENTS[:3]), ("B", [EVENTS[0], EVENTS[4]])):
        (tmp_path / name).write_bytes(of(set(rows)))
    return [str(tmp_path / name) for name in "OAB"]


MERGED = of({*EVENTS[:3], EVENTS[4]})


def test_ours_becomes_the_merge(names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*names, "7", PATH]) == 0
    assert Path(names[1]).read_bytes() == MERGED
    assert sorted(os.listdir(Path(names[1]).parent)) == ["A", "B", "O"]
    assert capsys.readouterr() == ("", "")


def test_a_killed_driver_s_id_comes_again(names: list[str], tmp_path: Path) -> None:
    (tmp_path / f".tk-merge.{os.getpid()}.tmp").write_bytes(b"half")
    assert main([*names, "7", PATH]) == 0
    assert Path(names[1]).read_bytes() == MERGED
    assert sorted(os.listdir(tmp_path)) == ["A", "B", "O"]


def test_both_directions(names: list[str], tmp_path: Path) -> None:
    base, ours, theirs = names
    shutil.copy(ours, tmp_path / "ours")
    assert main([base, ours, theirs, "7", PATH]) == 0
    assert main([base, theirs, str(tmp_path / "ours"), "7", PATH]) == 0
    assert Path(ours).read_bytes() == Path(theirs).read_bytes() == MERGED


def test_lines_that_are_no_events_are_told(names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(names[2]).write_bytes(b"x" * 70 + b"\n\x1b[31m\xff\na\nb\n")
    assert main([*names, "7", PATH]) == 0
    assert capsys.readouterr().err == (
        f"warning: {PATH}: 4 lines are no events and stay ('tk doctor'):\n  \\x1b[31m\\xff\n  a\n  b\n  and 1 more\n"
    )


@pytest.mark.parametrize("gone", range(3))
def test_a_missing_file(names: list[str], gone: int, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(names[1]).read_bytes()
    os.unlink(names[gone])
    assert main([*names, "7", PATH]) == 1
    assert capsys.readouterr().err == f"Error: cannot merge {PATH}: {names[gone]}: No such file or directory\n"
    assert gone == 1 or Path(names[1]).read_bytes() == before


def test_a_folder_in_place_of_a_file(names: list[str], tmp_path: Path) -> None:
    assert main([names[0], names[1], str(tmp_path), "7", PATH]) == 1


def test_a_read_only_target(names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    ours = Path(names[1])
    before = ours.read_bytes()
    ours.chmod(0o444)
    assert main([*names, "7", PATH]) == 1
    assert "it is read-only" in capsys.readouterr().err
    assert ours.read_bytes() == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KB."""
    with mounted(tmp_path / "small", "64k") as where:
        yield where


def test_a_full_disk(small_disk: Path, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    ours = small_disk / "A"
    ours.write_bytes(Path(names[1]).read_bytes())
    (small_disk / "fill").write_bytes(b"x" * 56 * 1024)
    Path(names[2]).write_bytes(b"".join(b"x%d\n" % k for k in range(10_000)))
    assert main([names[0], str(ours), names[2], "7", PATH]) == 1
    assert capsys.readouterr().err == f"Error: cannot merge {PATH}: No space left on device\n"
    assert ours.read_bytes() == of(set(EVENTS[:3]))
    assert sorted(os.listdir(small_disk)) == ["A", "fill"]


def test_a_read_only_file_system(small_disk: Path, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    ours = small_disk / "A"
    ours.write_bytes(Path(names[1]).read_bytes())
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert main([names[0], str(ours), names[2], "7", PATH]) == 1
    assert "Read-only file system" in capsys.readouterr().err
    assert ours.read_bytes() == of(set(EVENTS[:3]))


def test_a_limit_on_file_size(names: list[str], tk: Runner) -> None:
    """As a quota: whatever goes wrong in the middle of the write, ours is as it was."""
    Path(names[2]).write_bytes(b"".join(b"x%d\n" % k for k in range(50_000)))
    before = Path(names[1]).read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "bd_py", "merge-driver", *names, "7", PATH],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert Path(names[1]).read_bytes() == before


@pytest.mark.parametrize("count", [0, 1, 4, 6])
def test_another_number_of_arguments_is_no_merge(count: int, names: list[str], tk: Runner) -> None:
    """A driver that prints its usage and exits 0 would be taken for a clean merge."""
    before = Path(names[1]).read_bytes()
    done = tk("merge-driver", *[*names, "7", PATH, "x"][:count], check=False)
    assert done.returncode == 2
    assert Path(names[1]).read_bytes() == before


def test_through_the_whole_command_line(names: list[str], tk: Runner, tmp_path: Path) -> None:
    tk("-C", tmp_path, "merge-driver", "O", "A", "B", "7", PATH)
    assert Path(names[1]).read_bytes() == MERGED


def test_git_comes_here_directly(names: list[str]) -> None:
    """The budget of a merge leaves no room for a command line: what is imported, by name."""
    script = (
        "import sys; sys.argv[1:] = sys.argv[1].split(); import bd_py.__main__ as m; print(m._run(sys.argv[1:], True))"
    )
    script += "; print(*sorted(n for n in sys.modules if n.startswith('bd_py')))"
    words = " ".join(["merge-driver", *names, "7", PATH])
    done = subprocess.run([sys.executable, "-S", "-c", script, words], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "0",
        *"bd_py bd_py.__main__ bd_py.merge bd_py.service bd_py.service.merge_driver".split(),
    ]


@pytest.mark.parametrize("below", [".", "sub"])
@pytest.mark.parametrize(
    "sweep", [["sync"], ["hook", "post-merge", "0"], ["doctor", "--fix"]], ids=lambda args: args[0]
)
def test_what_a_killed_driver_left_is_swept(repo: Path, tk: Runner, below: str, sweep: list[str]) -> None:
    """git runs it at the top of the work tree, wherever in it the store is."""
    (repo / below).mkdir(exist_ok=True)
    tk("init", *backend_options(), cwd=repo / below)
    ours, dead = f".tk-merge.{os.getpid()}.tmp", f".tk-merge.{a_dead_process()}.tmp"
    for name in (ours, dead):
        (repo / name).write_bytes(b"half")
    tk(*sweep, cwd=repo / below)
    assert (repo / ours).exists()
    assert not (repo / dead).exists()


def test_the_driver_makes_what_sync_sweeps(names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(os, "rename", lambda source, _target: made.append(source))
    assert main([*names, "7", PATH]) == 0
    assert made == [files.making(str(tmp_path / merge.MAKING))]

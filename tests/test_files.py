"""What is in the making beside a file, and whose it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bd_py import files


def a_dead_process() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
    process.wait()
    return process.pid


def test_what_a_killed_process_was_making_is_swept(tmp_path: Path) -> None:
    dead = a_dead_process()
    for name in (f".out.{dead}.tmp", f".out.{dead}.tmp.gz"):
        (tmp_path / name).write_text("half")
    (tmp_path / f".out.{dead}.tmp.old").mkdir()
    (tmp_path / f".out.{dead}.tmp.old/file").touch()
    files.sweep(str(tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_another_s_stays(tmp_path: Path) -> None:
    """Of a process that is alive, of another file, or of anybody."""
    dead = a_dead_process()
    names = [
        f".out.{os.getppid()}.tmp",
        f".out.x.{dead}.tmp",
        f".other.{dead}.tmp",
        f".out.{dead}.bak",
        f"out.{dead}.tmp",
    ]
    names += [".out.tmp", f".out.{dead}", ".out.-1.tmp", ".out.٣.tmp"]
    for name in names:
        (tmp_path / name).touch()
    files.sweep(str(tmp_path / "out"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_link_is_swept_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").touch()
    (tmp_path / f".out.{a_dead_process()}.tmp").symlink_to(tmp_path / "folder")
    files.sweep(str(tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder/file").exists()


def test_sweeping_where_nothing_can_be_read_is_no_error(tmp_path: Path) -> None:
    files.sweep(str(tmp_path / "no such folder/out"))


def test_the_name_is_found_again(tmp_path: Path) -> None:
    assert files.making(str(tmp_path / "out")) == str(tmp_path / f".out.{os.getpid()}.tmp")
    assert files.making("out") == f".out.{os.getpid()}.tmp"


def test_who_is_alive() -> None:
    assert files.is_alive(os.getpid())
    assert files.is_alive(1)
    assert not files.is_alive(a_dead_process())
    assert not any(map(files.is_alive, (0, -1, True, "1", 10**30)))

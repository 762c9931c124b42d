"""Durable on a disk that is full or broken: a command fails in words, writes nothing by halves, and loses nothing."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.crowd import Crowd, Done
from tests.acceptance.support import segments
from tests.torture import tracer, worlds
from tests.torture.disks import mounted
from tests.torture.place import Place
from tests.torture.scenes import SCENES, Scene
from tests.torture.sizes import FULL, size
from tests.torture.takes import Events, calls_of, check, chosen, take, whole_or_nothing
from tests.torture.tally import tally

_TRIES = size(1, 10**9)
"""How many of a scene's calls fail in a run; spread over them, other ones for each scene."""
_SOME = (
    "create",
    "plan",
    "claim with leases",
    "rebuild",
    "damaged cache",
    "compact",
    "sync of markers",
    "backup",
    "restore",
    "block a file",
    "to files",
    "settings",
)
"""The scenes whose disk fails in every run."""
_INJECTED = pytest.mark.skipif(not tracer.AVAILABLE, reason=tracer.WHY_NOT)
_ALL = [pytest.param(each, id=each.name) for each in SCENES if FULL or each.name in _SOME]
_FULL_DISK = {"kind": "space", "errno": errno.ENOSPC, "lasting": True}
_BROKEN_DISK = {"kind": "disk", "errno": errno.EIO}


def in_words(done: Done) -> None:
    """A command that did not succeed says why in its own words."""
    assert "Traceback" not in done.err, done.err
    assert "bug in tk" not in done.err, done.err
    assert done.code in (0, 1), done
    if done.code:
        assert done.err.startswith(("Error: ", "tk: ", "warning: ")), done


def fail_at_each(place: Place, scene: Scene, injection: dict[str, Any]) -> int:
    """Let each call of a scene fail in turn; how often that made the command fail."""
    calls = calls_of(place, scene, injection["kind"])
    failed = 0
    for at in chosen(calls, _TRIES, scene.name):
        done, before = take(place, scene, at, **injection)
        try:
            in_words(done)
            whole_or_nothing(place, scene, done, before)
            check(place, scene, done, before, doctor=at % 8 == 0)
        except BaseException as error:
            error.add_note(f"call {at} of {len(calls)} failed: {done.calls[:at][-3:]}; {done}")
            raise
        failed += done.code != 0
    return failed


@_INJECTED
@pytest.mark.parametrize("scene", _ALL)
def test_no_space_from_any_call_on(place: Place, scene: Scene) -> None:
    failed = fail_at_each(place, scene, _FULL_DISK)
    tally(f"commands failed on a full disk: {scene.name}", failed)


@_INJECTED
@pytest.mark.parametrize("scene", _ALL)
def test_any_call_meets_a_broken_disk(place: Place, scene: Scene) -> None:
    failed = fail_at_each(place, scene, _BROKEN_DISK)
    tally(f"commands failed on a broken disk: {scene.name}", failed)


@_INJECTED
def test_what_could_not_be_synced_is_taken_back(place: Place) -> None:
    """To the byte: no segment is longer than before, none is new."""
    worlds.some(place)
    place.tk("create", "Just before")
    before = {path: path.read_bytes() for path in segments(place.where)}
    done = place.run("create", "New", injection={"at": 1, "kind": "sync", "errno": errno.EIO})
    assert (done.code, done.calls[0]) == (1, "fsync")
    assert "cannot write" in done.err
    assert "Nothing was recorded" in done.err
    assert {path: path.read_bytes() for path in segments(place.where)} == before
    place.tk("create", "And on")
    place.sound()


VERBS = (
    ("create", "New", "-d", "x" * 9000),
    ("update", "tk-a", "tk-b", "-d", "y" * 9000),
    ("claim", "tk-c"),
    ("import", "in.jsonl"),
    ("rebuild",),
    ("config", "set", "workflow", "strict"),
    ("backup", "../made"),
    ("search", "task"),
)


def _events_of(place: Place, done: Done, before: Events) -> None:
    after = place.events()
    assert {id_: after.get(id_) for id_ in before} == before
    assert done.code == 0 or after == before


@pytest.mark.parametrize("room", [0, 4, 16, 40] if not FULL else list(range(0, 200, 4)))
def test_a_small_disk(tmp_path: Path, small_disk: Path, room: int) -> None:
    """With ``room`` KB left every verb works or fails in words; with space again, all do."""
    with Crowd(tmp_path) as crowd:
        place = Place(small_disk, crowd)
        worlds.with_import(place)
        for args in VERBS:
            place.tk("list")
            before = place.events()
            filler = small_disk / "filler"
            _fill(filler, room)
            done = place.run(*args)
            _events_of(place, done, before)
            in_words(done)
            filler.unlink()
        assert place.run("list").code == 0
        place.tk("create", "Afterwards")
        place.sound()
        place.healthy()
        assert place.strays() == []


def _fill(filler: Path, room: int) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() - room * 1024))


@pytest.mark.parametrize("args", VERBS, ids=lambda args: args[0])
def test_no_file_may_grow(place: Place, args: tuple[str, ...]) -> None:
    """The portable way to have writes refused: a limit on the size of a file, here the smallest ones first."""
    worlds.with_import(place)
    place.keep()
    failed = 0
    for limit in (100, 1000, 5000, 40_000, 200_000) if FULL else (1000, 40_000):
        place.put_back()
        place.tk("list")
        before = place.events()
        done = place.run(*args, file_limit=limit)
        _events_of(place, done, before)
        in_words(done)
        failed += done.code != 0
        place.tk("create", "Afterwards")
        place.sound()
        assert place.strays() == []
    assert failed or args[0] in ("config", "search")  # what these write is small, or done without


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB; where this user may not mount one, the test is skipped."""
    with mounted(tmp_path / "disk", "3m") as path:
        yield path

"""Takes of a scene: played with an injection at one of its calls, and then looked at."""

from __future__ import annotations

import itertools
import json
from typing import Any

from tests.acceptance.crowd import Done
from tests.torture.place import Place
from tests.torture.scenes import Scene
from tests.torture.tally import tally

_NEVER = 10**9
_ROW = 100
Events = dict[str, dict[str, Any]]


def take(place: Place, scene: Scene, at: int, **injection: Any) -> tuple[Done, Events]:
    """Play a scene from its beginning, with an injection at a call; how it ended, and the events of before."""
    place.put_back()
    if scene.warm:
        place.tk(*scene.warm)
    before = place.events()
    more = {"env": scene.env, "input": scene.input}
    return place.run(*scene.args, injection={"at": at, **injection}, **more), before


def check(place: Place, scene: Scene, done: Done, before: Events, *, doctor: bool) -> None:
    """Whatever happened: all or nothing, what was acknowledged is there, and all commands go on.

    ``doctor``: ask it too, which takes as long as all the rest.
    """
    whole_or_nothing(place, scene, done, before)
    _clear_locks_of_git(place)
    if scene.first:
        place.tk(*scene.first)
    listed = place.run("list", "--all", "--limit", "0", "--json")
    assert listed.code == 0, listed
    there = {each["id"] for each in json.loads(listed.out)}
    assert {"tk-a", "tk-b", "tk-c"} - there <= ({"tk-a"} if scene.name == "delete" else set())
    whole_or_nothing(place, scene, done, before)
    if scene.again:
        again = place.run(*scene.args, env=scene.env, input=scene.input)
        assert again.code == 0, again
        scene.after(place)
    made = place.run("create", "Afterwards")
    assert (made.code, made.out.strip() in {each.get("task") for each in place.events().values()}) == (0, True), made
    place.sound()
    if doctor:
        place.healthy()
    assert place.strays() == []
    tally("events checked", len(place.events()))


def whole_or_nothing(place: Place, scene: Scene, done: Done, before: Events) -> None:
    """Of the events of before none is lost or another; of those that the command adds, all are there or none."""
    after = place.events()
    assert {id_: after.get(id_) for id_ in before} == before
    added = sorted(after[id_]["type"] for id_ in after.keys() - before.keys())
    if scene.adds:
        assert added == sorted(scene.adds) or (not added and (scene.reads or done.code != 0)), (added, done)


def _clear_locks_of_git(place: Place) -> None:
    """What git itself leaves behind when it is killed, and tells its user to remove."""
    for folder in (place.root / ".git", place.folder / "remote.git"):
        for path in folder.rglob("*.lock"):
            if "tk" not in path.relative_to(folder).parts:
                path.unlink()


def calls_of(place: Place, scene: Scene, kind: str = "any") -> list[str]:
    """Play a scene to its end; the calls of a kind that it makes."""
    scene.begin(place)
    place.keep()
    done, before = take(place, scene, _NEVER, kind=kind)
    assert done.code == 0, done
    scene.after(place)
    check(place, scene, done, before, doctor=False)
    return done.calls


def chosen(calls: list[str], most: int, name: str) -> list[int]:
    """``most`` of the numbers of some calls, from 1 on: spread over them, other ones for each name; or all.

    Of all, a row of the same call that is longer than `_ROW` gives its first, its last and every tenth: these are the
    pages of one transaction of SQLite, and a large import writes 1,400 of them.
    """
    if most < len(calls):
        return spread(len(calls), most, name)
    found, start = [], 1
    for _, row in itertools.groupby(calls):
        end = start + len(list(row))
        step = 10 if end - start > _ROW else 1
        found += sorted({*range(start, end, step), end - 1})
        start = end
    return found


def spread(count: int, most: int, name: str) -> list[int]:
    """``most`` of the numbers from 1 to ``count``, other ones for each name."""
    if not most:
        return []
    offset = sum(name.encode()) % max(count // most, 1)
    return [1 + (k * count // most + offset) % count for k in range(most)]

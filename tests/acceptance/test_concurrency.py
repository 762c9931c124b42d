"""Many at once: no command fails, and no event is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bd_py.paths import Paths
from tests.acceptance.crowd import Command, Crowd, Done
from tests.acceptance.support import drop_cache, events_of_type, segments, sound
from tests.conftest import Runner
from tests.torture.sizes import size

MANY = 32


def ids_of(done: list[Done]) -> list[str]:
    assert not [each for each in done if each.code], [each for each in done if each.code]
    return [each.out.strip() for each in done]


@pytest.mark.slow
def test_sixteen_writers(crowd: Crowd, where: Paths) -> None:
    each_makes = range(size(20, 50))
    lanes = [
        [Command(["create", f"{k}-{n}", "--id", f"tk-{k}-{n}"]) for n in each_makes]
        + [Command(["update", f"tk-{k}-{n}", "--priority", str(n % 5), "-d", f"by {k}"]) for n in each_makes]
        for k in range(16)
    ]
    done = crowd.lanes(lanes)
    assert {each.code for lane in done for each in lane} == {0}
    made = events_of_type(where, "task.created")
    assert sorted(str(event["task"]) for event in made) == sorted(f"tk-{k}-{n}" for k in range(16) for n in each_makes)
    assert len(events_of_type(where, "task.updated")) == len(made)
    lines = [line for path in segments(where) for line in path.read_bytes().splitlines()]
    assert len(lines) == 2 * len(made)
    assert all(json.loads(line)["id"] for line in lines)
    sound(where)


def test_twenty_dependencies_of_one_task(crowd: Crowd, where: Paths) -> None:
    one, *others = (crowd.one("create", f"Task {k}").out.strip() for k in range(21))
    done = crowd.at_once([Command(["dep", one, other]) for other in others])
    assert [each.code for each in done] == [0] * 20, done
    shown = json.loads(crowd.one("show", one, "--json").out)[0]
    assert sorted(each["id"] for each in shown["dependencies"]) == sorted(others)
    sound(where)


def test_two_halves_of_a_cycle_at_once(crowd: Crowd, where: Paths) -> None:
    for k in range(10):
        crowd.one("create", "A", "--id", f"tk-a{k}")
        crowd.one("create", "B", "--id", f"tk-b{k}")
        pair = [Command(["dep", f"tk-a{k}", f"tk-b{k}"]), Command(["dep", f"tk-b{k}", f"tk-a{k}"])]
        assert sorted(each.code for each in crowd.at_once(pair)) == [0, 6]
    sound(where)


def test_first_commands_on_a_fresh_clone(crowd: Crowd, where: Paths, store: Path, tmp_path: Path, git: Runner) -> None:
    for k in range(40):
        crowd.one("create", f"Task {k}", "--id", f"tk-{k}")
    git("add", "-A")
    git("commit", "-qm", "Tasks")
    git("clone", "-q", store, tmp_path / "clone", cwd=tmp_path)
    commands = [Command(["-C", str(tmp_path / "clone"), "list", "--limit", "0", "--json"]) for _ in range(MANY)]
    done = crowd.at_once(commands)
    assert {(each.code, each.err) for each in done} == {(0, "")}
    assert len({each.out for each in done}) == 1
    assert len(json.loads(done[0].out)) == 40
    sound(Paths(str(tmp_path / "clone" / ".tasks")))


def test_reads_and_writes_while_the_cache_is_made_anew(crowd: Crowd, where: Paths) -> None:
    ids_of(crowd.at_once([Command(["create", f"Task {k}"]) for k in range(5)]))
    for _ in range(5):
        drop_cache(where)
        commands = [["list", "--all"], ["ready"], ["create", "One more"], ["rebuild"], ["list"], ["create", "And one"]]
        done = crowd.at_once([Command(each) for each in commands])
        assert [(each.code, each.err) for each in done if each.code] == []
    assert len(events_of_type(where, "task.created")) == 15
    sound(where)

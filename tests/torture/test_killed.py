"""Durable and one truth, under SIGKILL at every call that changes a file, whoever makes it: tk, SQLite, git."""

from __future__ import annotations

import pytest

from tests.acceptance.crowd import KILLED
from tests.torture import tracer
from tests.torture.place import Place
from tests.torture.scenes import SCENES, Scene
from tests.torture.sizes import FULL, size
from tests.torture.takes import calls_of, check, chosen, take
from tests.torture.tally import tally

pytestmark = pytest.mark.skipif(not tracer.AVAILABLE, reason=tracer.WHY_NOT)

_KILLS = size(2, 10**9)
"""How many of a scene's calls are tried; spread over them, other ones for each scene."""


@pytest.mark.parametrize("scene", [pytest.param(each, id=each.name) for each in SCENES if FULL or not each.slow])
def test_killed_at_every_call_that_writes(place: Place, scene: Scene) -> None:
    calls = calls_of(place, scene)
    killed = 0
    numbers = chosen(calls, _KILLS, scene.name)
    for at in numbers:
        done, before = take(place, scene, at)
        killed += done.code == KILLED
        try:
            check(place, scene, done, before, doctor=at == numbers[-1] or at % 4 == 0)
        except BaseException as error:
            error.add_note(f"after a kill at call {at} of {len(calls)}: {done.calls[-3:]}")
            raise
    assert killed
    tally(f"kills survived: {scene.name}", killed)

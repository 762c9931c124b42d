"""A store, and many processes at once on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bd_py.paths import Paths
from tests.acceptance.crowd import Crowd


@pytest.fixture
def crowd(store: Path) -> Iterator[Crowd]:
    """Runs tk in many processes at one moment."""
    with Crowd(store) as found:
        yield found


@pytest.fixture
def where(store: Path) -> Paths:
    """Where the store's files are."""
    return Paths(str(store / ".tasks"))

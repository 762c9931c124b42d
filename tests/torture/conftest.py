"""A place for scenes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.crowd import Crowd
from tests.torture.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An empty place, with a crowd to run its commands."""
    with Crowd(tmp_path) as crowd:
        yield Place(tmp_path, crowd)

"""Stores for the use cases that need no git."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bd_py.service.setup import init
from bd_py.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty store outside of git, opened by ada."""
    folder = tmp_path / "plain"
    folder.mkdir()
    opened = Workspace(init(str(folder), None).paths, {"name": "ada"})
    yield opened
    opened.close()

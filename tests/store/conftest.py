"""An opened store of the library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bd_py import Store
from tests.inprocess import Cli


@pytest.fixture
def opened_store(cli: Cli) -> Iterator[Store]:
    """The store of `cli`, opened as a program does, by ada."""
    with Store.open(cli.root) as store:
        yield store

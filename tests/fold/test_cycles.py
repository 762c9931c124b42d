"""Which edges are suspended does not depend on how that is worked out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.fold import cycles, graph
from bd_py.fold.graph import suspended

Edge = tuple[str, str, str]

GRAPHS = st.integers(2, 12).flatmap(
    lambda nodes: st.lists(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)), max_size=80, unique=True)
)


def numbered(pairs: list[tuple[int, int]]) -> list[tuple[str, Edge]]:
    return [(f"{k:06d}", (str(a), str(b), "blocks")) for k, (a, b) in enumerate(pairs)]


@given(GRAPHS, st.integers(1, 7))
def test_in_batches_as_one_by_one(pairs: list[tuple[int, int]], few: int) -> None:
    edges = numbered(pairs)
    with pytest.MonkeyPatch.context() as patch:
        one_by_one = suspended(edges)
        patch.setattr(graph, "MANY", 0)
        patch.setattr(cycles, "FEW", few)
        assert suspended(edges) == one_by_one


def test_every_edge_on_a_cycle() -> None:
    """A way back looked for at each edge would be some 10^9 steps here."""
    nodes = range(180)
    edges = numbered([(a, b) for a in nodes for b in nodes if a != b])
    kept = {edge for _, edge in edges} - suspended(edges)
    assert kept == {edge for _, edge in edges if int(edge[0]) < int(edge[1])}

"""Which edges close a cycle with those before them, where a component has many: dense graphs, long rings.

Looking for a way back at each edge costs the number of edges each time, so hours for a log that somebody made of
100,000 that all lie on cycles. Here the edges are taken a few hundred at a time: which of their ends reach which
through what is kept already is worked out for all of them in one pass over the graph, as bits of integers, and what
remains to be asked at each edge is a walk over those few hundred.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FEW = 500
"""Edges at a time: the pass over the graph and the walks over its ends cost about the same then."""


def closing(edges: Sequence[tuple[int, int]], nodes: int) -> list[bool]:
    """For each edge, in this order, whether it closes a cycle with those before it that closed none.

    ``edges``: pairs of numbers below ``nodes``.
    """
    ahead: list[list[int]] = [[] for _ in range(nodes)]
    out: list[bool] = []
    for start in range(0, len(edges), FEW):
        few = edges[start : start + FEW]
        walk = _Walk(few, ahead)
        for a, b in few:
            closes = walk.reaches(b, a)
            out.append(closes)
            if not closes:
                walk.add(a, b)
                ahead[a].append(b)
    return out


class _Walk:
    """What a few edges' ends reach: through the graph as it was, and the edges added since."""

    def __init__(self, few: Sequence[tuple[int, int]], ahead: list[list[int]]) -> None:
        ends = dict.fromkeys(node for edge in few for node in edge)
        self.place = {node: k for k, node in enumerate(ends)}
        reached = _reached(self.place, ahead)
        self.reached = [reached[node] for node in ends]
        self.added: dict[int, int] = {}
        """By end: what it reaches in one further step, whole."""
        self.sources = 0

    def add(self, a: int, b: int) -> None:
        """Add an edge."""
        source = self.place[a]
        self.added[source] = self.added.get(source, 0) | self.reached[self.place[b]]
        self.sources |= 1 << source

    def reaches(self, start: int, goal: int) -> bool:
        """Whether there is a way from one end to another."""
        wanted = 1 << self.place[goal]
        found = self.reached[self.place[start]]
        done = 0
        while not found & wanted:
            todo = found & self.sources & ~done
            if not todo:
                return False
            bit = todo & -todo
            done |= bit
            found |= self.added[bit.bit_length() - 1]
        return True


def _reached(place: dict[int, int], ahead: list[list[int]]) -> list[int]:
    """For each node, which ends it reaches (itself included, where it is one), as bits; the graph has no cycle."""
    found = [0] * len(ahead)
    for node, k in place.items():
        found[node] = 1 << k
    for node in _last_first(ahead):
        bits = found[node]
        for other in ahead[node]:
            bits |= found[other]
        found[node] = bits
    return found


def _last_first(ahead: list[list[int]]) -> list[int]:
    """All nodes with edges, each after those that it leads to."""
    waits = [len(others) for others in ahead]
    behind: list[list[int]] = [[] for _ in ahead]
    for node, others in enumerate(ahead):
        for other in others:
            behind[other].append(node)
    order = [node for node, left in enumerate(waits) if not left]
    for node in order:  # which grows meanwhile
        for before in behind[node]:
            waits[before] -= 1
            if not waits[before]:
                order.append(before)
    return order

"""Open tasks whose titles say nearly the same."""

from __future__ import annotations

from bd_py import query_search
from bd_py.cache.searched import is_filled
from bd_py.terms import likeness, normal, numbers, trigrams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.cache.level import Connection

THRESHOLD = 0.85
"""Dice's coefficient of the titles' trigrams: a typo, another ending, a short word more or less."""
MOST_COMPARED = 2_000
"""Titles that one new title is compared with where there is no index: a millisecond's work."""


def groups(titles: Sequence[tuple[str, str]], threshold: float = THRESHOLD) -> list[tuple[float, list[str]]]:
    """Ids of tasks with near-identical titles, and how alike the least alike is to the first of its group.

    ``titles``: (id, title), in the order in which a group's first is chosen. Each task is in one group at most,
    that of the first that it is like. The most alike group comes first.
    """
    rank = {task_id: k for k, (task_id, _) in enumerate(titles)}
    like: dict[str, list[tuple[float, str]]] = {}
    for one, other, alike in _pairs(titles, threshold):
        first, second = sorted((one, other), key=rank.__getitem__)
        like.setdefault(first, []).append((alike, second))
    taken: set[str] = set()
    found = []
    for first, _ in titles:
        members = [(alike, other) for alike, other in like.get(first, ()) if other not in taken]
        if first in taken or not members:
            continue
        ids = [first, *sorted((other for _, other in members), key=rank.__getitem__)]
        taken.update(ids)
        found.append((min(alike for alike, _ in members), ids))
    return sorted(found, key=lambda group: -group[0])


def _pairs(titles: Sequence[tuple[str, str]], threshold: float) -> list[tuple[str, str, float]]:
    """Every pair at least so alike.

    Equal titles are compared once for all of them. Two sets with a Dice coefficient of t share t / (2 - t) of the
    smaller at least, so in some order of their pieces, here the rarest first, one piece of the first few is shared:
    only those that share one are compared.
    """
    by_title: dict[str, list[str]] = {}
    for task_id, title in titles:
        by_title.setdefault(normal(title) or title, []).append(task_id)
    out = [(ids[0], other, 1.0) for ids in by_title.values() for other in ids[1:]]
    sets = {title: trigrams(title) for title in by_title}
    counts: dict[str, int] = {}
    for pieces in sets.values():
        for piece in pieces:
            counts[piece] = counts.get(piece, 0) + 1
    share = threshold / (2 - threshold)
    # Keyed by the numbers too: titles that name other numbers are never alike.
    seen: dict[tuple[frozenset[str], str], list[str]] = {}
    for title in sorted(sets, key=lambda title: (len(sets[title]), title)):
        pieces, named = sets[title], numbers(title)
        first = sorted(pieces, key=lambda piece: (counts[piece], piece))[: len(pieces) - _ceil(share * len(pieces)) + 1]
        near = {other for piece in first for other in seen.get((named, piece), ())}
        for other in near:
            if len(sets[other]) < share * len(pieces):
                continue
            alike = 2 * len(pieces & sets[other]) / (len(pieces) + len(sets[other]))
            if alike >= threshold:
                out += [(one, two, alike) for one in by_title[title] for two in by_title[other]]
        for piece in first:
            seen.setdefault((named, piece), []).append(title)
    return out


def _ceil(value: float) -> int:
    return int(value) + (value > int(value))


def like(conn: Connection, title: str, but: str) -> tuple[str, str, float] | None:
    """The open task, not ``but``, whose title is most like this one: (id, title, likeness), None where none is near.

    Asks the index of words as it is, and what changed since. Where nobody has searched yet, the open titles
    themselves, unless there are more than `MOST_COMPARED`.
    """
    wanted = normal(title)
    if not wanted:
        return None
    if is_filled(conn):
        near = query_search.nearly(conn, wanted.split(), MOST_COMPARED)
    else:
        near = query_search.some_open_titles(conn, MOST_COMPARED)
    compared = [(likeness(wanted, normal(other)), task_id, other) for task_id, other in near if task_id != but]
    alike, task_id, other = max(compared, default=(0.0, "", ""))
    return (task_id, other, alike) if alike >= THRESHOLD else None

"""Open tasks whose titles say nearly the same."""

from __future__ import annotations

from itertools import combinations

from bd_py import query_search
from bd_py.cache.searched import is_filled
from bd_py.terms import likeness, normal, numbers, trigrams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.cache.level import Connection

THRESHOLD = 0.85
"""Dice's coefficient of the titles' trigrams: a typo, another ending, a short word more or less."""
MOST_COMPARED = 1_000
"""Titles that one new title is compared with: some milliseconds' work."""


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
    """Every pair at least so alike, of titles that are the same words but for one: changed, more, or less.

    Titles meet under what is left of each without one of its words, and whole. So 30,000 of them are compared in
    seconds, where their trigrams alone took a minute and a half.
    """
    by_title: dict[str, list[str]] = {}
    for task_id, title in titles:
        by_title.setdefault(normal(title) or title, []).append(task_id)
    out = [(ids[0], other, 1.0) for ids in by_title.values() for other in ids[1:]]
    met: dict[tuple[str, ...], list[str]] = {}
    for title in by_title:
        for key in _keys(title):
            met.setdefault(key, []).append(title)
    pieces = {title: trigrams(title) for titles_ in met.values() if len(titles_) > 1 for title in titles_}
    done: set[tuple[str, str]] = set()
    for together in met.values():
        for one, other in combinations(together, 2):
            if (one, other) not in done:
                done.add((one, other))
                ours, theirs = pieces[one], pieces[other]
                alike = 2 * len(ours & theirs) / (len(ours) + len(theirs))
                if alike >= threshold and numbers(one) == numbers(other):
                    out += [(first, second, alike) for first in by_title[one] for second in by_title[other]]
    return out


def _keys(title: str) -> set[tuple[str, ...]]:
    words = sorted(title.split())
    return {tuple(words), *(tuple(words[:k] + words[k + 1 :]) for k in range(len(words)) if len(words) > 1)}


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
    most = len(wanted) // 2  # a title half as long again is not alike
    compared = [
        (likeness(wanted, normal(other)), task_id, other)
        for task_id, other in near
        if task_id != but and abs(len(other) - len(title)) <= most
    ]
    alike, task_id, other = max(compared, default=(0.0, "", ""))
    return (task_id, other, alike) if alike >= THRESHOLD else None

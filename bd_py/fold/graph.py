"""The graph of dependencies: which edges are suspended, and which tasks are blocked.

Both answers depend on the set of tasks and edges alone, never on the order in which they arrived.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Edge = tuple[str, str, str]
    """(issue, what it depends on, type)"""

MANY = 1000
"""Edges on cycles with each other, from which on looking along them at each one costs more than `cycles.closing`."""
WAITS = ("blocks", "conditional-blocks", "waits-for", "parent-child")
"""The types of dependency that readiness waits on; only they can close a cycle."""


def suspended(edges: Iterable[tuple[str, Edge]]) -> set[Edge]:
    """The waiting edges that close a cycle with those added before them.

    ``edges`` are pairs (id of the latest add, edge). They are taken by ascending id; one that closes a cycle
    with those kept is suspended. Cycles stay inside strongly connected components, so only their edges are
    looked at one by one.
    """
    ordered = sorted(edges)
    ahead: dict[str, list[str]] = {}
    for _, (issue, on, _) in ordered:
        ahead.setdefault(issue, []).append(on)
    component = components(ahead)
    inside: dict[str, list[Edge]] = {}
    out: set[Edge] = set()
    for _, edge in ordered:
        issue, on, _ = edge
        if issue == on:
            out.add(edge)
        elif issue in component and component[issue] == component.get(on):
            inside.setdefault(component[issue], []).append(edge)
    for edges_of_one in inside.values():
        out.update(_closing(edges_of_one))
    return out


def _closing(edges: list[Edge]) -> Iterable[Edge]:
    """Those edges of a component that close a cycle with the ones before them that closed none."""
    if len(edges) > MANY:
        from bd_py.fold import cycles

        number: dict[str, int] = {}
        pairs = [(number.setdefault(a, len(number)), number.setdefault(b, len(number))) for a, b, _ in edges]
        closes = cycles.closing(pairs, len(number))
        return [edge for edge, does in zip(edges, closes, strict=True) if does]
    kept: dict[str, set[str]] = {}
    out = []
    for edge in edges:
        if reaches(edge[1], edge[0], kept):
            out.append(edge)
        else:
            kept.setdefault(edge[0], set()).add(edge[1])
    return out


def reaches(start: str, goal: str, ahead: dict[str, set[str]]) -> bool:
    """Whether ``goal`` can be reached from ``start``."""
    stack, seen = [start], {start}
    while stack:
        node = stack.pop()
        if node == goal:
            return True
        for other in ahead.get(node, ()):
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return False


def components(ahead: dict[str, list[str]]) -> dict[str, str]:
    """A name of the strongly connected component of each node in one of two or more nodes.

    Tarjan's algorithm without recursion, so that a chain of 100,000 is no deeper than one of two.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    result: dict[str, str] = {}
    for root in ahead:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(ahead.get(root, ())))]
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(ahead.get(other, ()))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    members = _pop_component(stack, on_stack, node)
                    if len(members) > 1:
                        result.update(dict.fromkeys(members, node))
    return result


def _pop_component(stack: list[str], on_stack: set[str], root: str) -> list[str]:
    members = []
    while True:
        node = stack.pop()
        on_stack.discard(node)
        members.append(node)
        if node == root:
            return members


def holds_back(edge_type: str, other: tuple[str, str | None] | None, open_children: bool) -> bool:
    """Whether a dependency keeps its task from being ready.

    ``other`` is the category and the resolution of what it depends on, None where that is unknown or
    deleted, which blocks nothing. ``open_children`` tells whether that has a child that is not closed.
    """
    if other is None:
        return False
    category, resolution = other
    if edge_type == "blocks":
        return category != "done"
    if edge_type == "conditional-blocks":
        return category != "done" or resolution != "failed"
    if edge_type == "waits-for":
        return open_children
    return False


def blocked(tasks: dict[str, tuple[str, str, str | None, bool]], edges: Iterable[Edge]) -> set[str]:
    """The ids of the tasks that are blocked, from scratch.

    ``tasks``: id -> (category, status, resolution, has an unresolved blocker), of those that exist.
    ``edges``: all that are not suspended.
    """
    children: dict[str, list[str]] = {}
    waiting: list[Edge] = []
    for edge in edges:
        issue, on, kind = edge
        if issue not in tasks:
            continue
        if kind == "parent-child":
            children.setdefault(on, []).append(issue)
        elif kind in WAITS:
            waiting.append(edge)
    out = {task for task, (_, _, _, own) in tasks.items() if own}
    for issue, on, kind in waiting:
        other = tasks.get(on)
        state = None if other is None else (other[0], other[2])
        open_children = kind == "waits-for" and any(tasks[child][0] != "done" for child in children.get(on, ()))
        if holds_back(kind, state, open_children):
            out.add(issue)
    stack = [task for task in children if task in tasks and passes_on(tasks[task], task in out)]
    while stack:
        for child in children.get(stack.pop(), ()):
            if child not in out:
                out.add(child)
                if passes_on(tasks[child], True):
                    stack.append(child)
    return out


def passes_on(task: tuple[str, str, str | None, bool], is_blocked: bool) -> bool:
    """Whether a task that is blocked, or whose status says so, holds its children back; a closed one not."""
    category, status, _, _ = task
    return category != "done" and (is_blocked or status == "blocked")

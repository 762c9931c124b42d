"""A plan: many tasks that refer to each other, created in one batch or not at all."""

from __future__ import annotations

from bd_py import ids
from bd_py.errors import CycleError, InvalidError, NotFoundError, TkError
from bd_py.fold.graph import WAITS
from bd_py.service import tasks
from bd_py.service.resolve import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from bd_py.write import Write


class Node:
    """One task of a plan.

    ``key`` is its name inside the plan. ``parent`` and the second parts of ``needs`` (type, what it depends
    on) are keys of other nodes or ids of tasks that are there. ``where`` (file and place) is for messages.
    """

    __slots__ = ("done", "fields", "key", "labels", "needs", "parent", "title", "where")

    def __init__(self, key: str, title: str, where: str) -> None:
        self.key = key
        self.title = title
        self.where = where
        self.fields: dict[str, Any] = {}
        self.labels: list[str] = []
        self.parent: str | None = None
        self.needs: list[tuple[str, str]] = []
        self.done = False

    def edges(self) -> list[tuple[str, str]]:
        """All dependencies, the one on the parent among them, each once."""
        parent = [("parent-child", self.parent)] if self.parent is not None else []
        return list(dict.fromkeys([*self.needs, *parent]))


def create(w: Write, nodes: Sequence[Node], under: str | None = None) -> dict[str, str]:
    """Create the tasks of a plan; their ids by key, in the order of the plan.

    Nodes without a parent become children of ``under``. Ids ascend in the order of the plan, so that tasks of
    one priority come up for work in that order. Raises InvalidError and NotFoundError with the node's place,
    CycleError with the keys of the cycle; nothing is staged then.
    """
    by_key: dict[str, Node] = {}
    for node in nodes:
        first = by_key.setdefault(node.key, node)
        if first is not node:
            raise InvalidError(f"{node.where}: the key {node.key!r} stands here twice", f"First: {first.where}.")
    outside = _outside(w, nodes, by_key)
    order = _in_order(nodes, by_key)
    minted = sorted({ids.task_id(w.config.prefix) for _ in nodes})
    while len(minted) < len(nodes):
        minted = sorted({*minted, ids.task_id(w.config.prefix)})
    found = dict(zip(by_key, minted, strict=True))
    for node in order:
        edges = [(kind, found.get(ref) or outside[ref]) for kind, ref in node.edges()]
        if under is not None and node.parent is None:
            edges.append(("parent-child", under))
        try:
            _create(w, node, found[node.key], edges)
        except TkError as error:
            error.message = f"{node.where}: {error.message}"
            error.args = (error.message,)
            raise
    for node in order:
        if node.done:
            tasks.close(w, found[node.key], checked=True)
    return found


def _create(w: Write, node: Node, task_id: str, edges: list[tuple[str, str]]) -> None:
    data: dict[str, Any] = {"title": node.title, **node.fields}
    tasks.check_type(w.config, data.get("issue_type"))
    if edges:
        data["dependencies"] = [{"on": on, "type": kind} for kind, on in edges]
    if node.labels:
        data["labels"] = list(dict.fromkeys(node.labels))
    w.add("task.created", task_id, data)


def _outside(w: Write, nodes: Sequence[Node], by_key: Mapping[str, Node]) -> dict[str, str]:
    """The ids of tasks that are no part of the plan, by what the plan calls them."""
    found: dict[str, str] = {}
    for node in nodes:
        for _, ref in node.edges():
            if ref == node.key:
                raise InvalidError(f"{node.where}: {ref!r} depends on itself", "Name another task.")
            if ref in by_key or ref in found:
                continue
            try:
                found[ref] = resolve(w.conn, w.config.prefix, ref)
            except NotFoundError as error:
                message = f"{node.where}: {ref!r} is no part of the plan, and {error.message}"
                raise NotFoundError(message, error.hint, ref=ref) from None
    return found


def _in_order(nodes: Sequence[Node], by_key: Mapping[str, Node]) -> list[Node]:
    """The nodes, each behind those that it waits for. Raises CycleError."""
    out: list[Node] = []
    done: set[str] = set()
    for root in nodes:
        path: dict[str, None] = {}  # in order
        stack = [(root.key, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                path.popitem()
                done.add(key)
                out.append(by_key[key])
                continue
            if key in done:
                continue
            if key in path:
                way = [*path, key]
                way = way[way.index(key) :]
                message = f"{by_key[key].where}: the plan has a cycle: {' -> '.join(way)}"
                raise CycleError(message, "Nothing was created.", cycle=way)
            path[key] = None
            stack.append((key, True))
            ahead = [ref for kind, ref in by_key[key].edges() if kind in WAITS and ref in by_key]
            stack += [(ref, False) for ref in reversed(ahead)]
    return out

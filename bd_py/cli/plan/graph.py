"""A plan as JSON: ``{"nodes": [{"key", "title", ...any field}], "edges": [{"from", "to", "type"}]}``."""

from __future__ import annotations

from bd_py.cli.plan.values import put
from bd_py.errors import InvalidError
from bd_py.service.plan import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read(text: str, name: str) -> list[Node]:
    """The nodes of a graph. Raises InvalidError that says where in the file and what is allowed."""
    document = _decode(text, name)
    _check_keys(document, ("nodes", "edges"), ("nodes",), name)
    nodes: dict[str, Node] = {}
    for k, item in enumerate(_list(document, "nodes", name)):
        node = _node(item, f"{name}: nodes[{k}]")
        if node.key in nodes:
            raise InvalidError(
                f"{node.where}: the key {node.key!r} stands here twice", "Each node has a key of its own."
            )
        nodes[node.key] = node
    if not nodes:
        raise InvalidError(f"{name}: it has no nodes", "A plan has at least one.")
    for k, item in enumerate(_list(document, "edges", name)):
        _edge(item, f"{name}: edges[{k}]", nodes)
    return list(nodes.values())


def _node(item: Any, where: str) -> Node:
    if not isinstance(item, dict):
        raise InvalidError(f"{where}: it is no object", 'A node is {"key", "title", ...}.')
    for needed in ("key", "title"):
        if not isinstance(item.get(needed), str) or not item[needed].strip():
            raise InvalidError(f"{where}: it has no {needed}", f"Every node has a {needed}, which is text.")
    node = Node(item["key"], item["title"].strip(), f"{where} ({item['key']!r})")
    for field, value in item.items():
        if field not in ("key", "title") and value is not None:
            put(node, field, value, node.where)
    return node


def _edge(item: Any, where: str, nodes: dict[str, Node]) -> None:
    if not isinstance(item, dict):
        raise InvalidError(f"{where}: it is no object", 'An edge is {"from", "to", "type"}: from depends on to.')
    _check_keys(item, ("from", "to", "type"), ("from", "to"), where)
    start, to, kind = item["from"], item["to"], item.get("type", "blocks")
    if not all(isinstance(part, str) and part for part in (start, to, kind)):
        raise InvalidError(f"{where}: from, to and type are texts", "from depends on to.")
    if start not in nodes:
        raise InvalidError(f"{where}: there is no node {start!r}", _keys(start, nodes))
    if kind == "parent-child":
        if nodes[start].parent not in (None, to):
            raise InvalidError(f"{where}: {start!r} already has a parent", "A task has one parent at most.")
        nodes[start].parent = to
    else:
        nodes[start].needs.append((kind, to))


def _keys(key: str, nodes: dict[str, Node]) -> str:
    import difflib

    near = difflib.get_close_matches(key, nodes, 1)
    return f"Did you mean {near[0]!r}?" if near else "'from' names a node of this file, 'to' one of it or a task."


def _check_keys(item: dict[str, Any], known: tuple[str, ...], needed: tuple[str, ...], where: str) -> None:
    for key in item:
        if key not in known:
            raise InvalidError(f"{where}: {key!r} is not known here", f"Known: {', '.join(known)}.")
    for key in needed:
        if key not in item:
            raise InvalidError(f"{where}: {key!r} is missing", f"Needed: {', '.join(needed)}.")


def _list(document: dict[str, Any], key: str, name: str) -> list[Any]:
    found = document.get(key, [])
    if not isinstance(found, list):
        raise InvalidError(f"{name}: {key!r} is no list", "See 'tk create --help'.")
    return found


def _decode(text: str, name: str) -> dict[str, Any]:
    import json

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) < len(pairs):
            twice = next(key for k, (key, _) in enumerate(pairs) if key in dict(pairs[:k]))
            raise InvalidError(f"{name}: an object has {twice!r} twice", "JSON would keep the last one alone.")
        return out

    try:
        document = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise InvalidError(f"{name}:{error.lineno}: not JSON: {error.msg}", "Nothing was created.") from None
    except RecursionError:
        raise InvalidError(f"{name}: it is nested too deep", "Nothing was created.") from None
    if not isinstance(document, dict):
        raise InvalidError(f"{name}: it is no object", 'A graph is {"nodes": [...], "edges": [...]}.')
    return document

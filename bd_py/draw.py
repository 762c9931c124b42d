"""Graphs of tasks as text, Mermaid and DOT. Titles are made safe for each: none can break out of its label."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    Issue = dict[str, Any]
    Edge = tuple[str, str, str]
    """From, to, type: from depends on to."""

_MERMAID_CLASSES = (
    ("closed", "fill:#e6e6e6,stroke:#999,color:#666"),
    ("in_progress", "fill:#fff3c4,stroke:#c90"),
    ("blocked", "fill:#ffe0e0,stroke:#c33"),
)
_DOT_COLORS = {"closed": "#e6e6e6", "in_progress": "#fff3c4", "blocked": "#ffe0e0"}
_DASHED = ("related", "discovered-from", "duplicates", "supersedes")


def tree(rows: Sequence[Issue], line: Callable[[Issue], str]) -> str:
    """Rows in depth-first order with ``depth``, each under the one it hangs on.

    Where a task is met again its branch is not drawn twice: ``line`` says so by what it gives.
    """
    out = []
    last = _last_ones(rows)
    stem: list[bool] = []
    for k, row in enumerate(rows):
        depth = row["depth"]
        if depth == 0:
            stem = []
            out.append(line(row))
            continue
        del stem[depth - 1 :]
        lead = "".join("    " if done else "│   " for done in stem)
        out.append(f"{lead}{'└── ' if last[k] else '├── '}{line(row)}")
        stem.append(last[k])
    return "\n".join(out)


def _last_ones(rows: Sequence[Issue]) -> list[bool]:
    """Whether each row is the last of those that hang on the same one."""
    out = [False] * len(rows)
    later: set[int] = set()
    for k in range(len(rows) - 1, -1, -1):
        depth = rows[k]["depth"]
        out[k] = depth not in later
        later = {seen for seen in later if seen < depth} | {depth}
    return out


def forest(nodes: Iterable[str], edges: Sequence[Edge]) -> list[tuple[str, str | None, str | None, int, bool]]:
    """All nodes, each below what depends on it: (id, above, type, depth, met before), depth first.

    Roots are those that nothing depends on; what only lies on a cycle begins where it was given first.
    """
    order = list(dict.fromkeys(nodes))
    below: dict[str, list[tuple[str, str]]] = {}
    for source, target, kind in edges:
        below.setdefault(source, []).append((target, kind))
    targets = {target for _, target, _ in edges}
    out: list[tuple[str, str | None, str | None, int, bool]] = []
    seen: set[str] = set()
    for root in [*(node for node in order if node not in targets), *order]:
        if root in seen:
            continue
        stack: list[tuple[str, str | None, str | None, int]] = [(root, None, None, 0)]
        while stack:
            node, above, kind_, depth = stack.pop()
            out.append((node, above, kind_, depth, node in seen))
            if node not in seen:
                seen.add(node)
                stack += [(target, node, kind, depth + 1) for target, kind in reversed(below.get(node, []))]
    return out


def mermaid(issues: Sequence[Issue], edges: Iterable[Edge]) -> str:
    """A Mermaid flowchart; an arrow leads from what waits to what it waits for."""
    names = {issue["id"]: f"n{k}" for k, issue in enumerate(issues)}
    lines = ["flowchart TD"]
    lines += [f'  {names[issue["id"]]}["{_mermaid_text(issue)}"]' for issue in issues]
    for source, target, kind in edges:
        arrow = "-.->" if kind in _DASHED else "-->"
        label = "" if kind == "blocks" else f"|{_entities(kind)}|"
        lines.append(f"  {names[source]} {arrow}{label} {names[target]}")
    for status, look in _MERMAID_CLASSES:
        members = [names[issue["id"]] for issue in issues if issue["status"] == status]
        if members:
            lines += [f"  classDef {status} {look}", f"  class {','.join(members)} {status}"]
    return "\n".join(lines)


def _mermaid_text(issue: Issue) -> str:
    return f"{_entities(issue['id'])} {_entities('[' + issue['status'] + ']')}<br/>{_entities(issue['title'])}"


def _entities(text: str) -> str:
    """Whatever Mermaid or HTML could take for their own as a numbered entity, controls as blanks."""
    out = []
    for char in str(text):
        if char < " " or char in "\x7f\u2028\u2029":
            out.append(" ")
        elif char in "\"'`<>&#;|[]{}()\\":
            out.append(f"#{ord(char)};")
        else:
            out.append(char)
    return "".join(out)


def dot(issues: Sequence[Issue], edges: Iterable[Edge]) -> str:
    """A DOT digraph for Graphviz."""
    lines = ["digraph tasks {", "  rankdir=LR;", '  node [shape=box, style="rounded,filled", fillcolor=white];']
    for issue in issues:
        color = _DOT_COLORS.get(issue["status"])
        fill = f', fillcolor="{color}"' if color else ""
        label = f"{_quoted(issue['id'])} [{_quoted(issue['status'])}]\\n{_quoted(issue['title'])}"
        lines.append(f'  "{_quoted(issue["id"])}" [label="{label}"{fill}];')
    for source, target, kind in edges:
        looks = [] if kind == "blocks" else [f'label="{_quoted(kind)}"']
        looks += ["style=dashed"] if kind in _DASHED else []
        look = f" [{', '.join(looks)}]" if looks else ""
        lines.append(f'  "{_quoted(source)}" -> "{_quoted(target)}"{look};')
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    """For the inside of a DOT string."""
    plain = "".join(" " if char < " " or char in "\x7f\u2028\u2029" else char for char in str(text))
    return plain.replace("\\", "\\\\").replace('"', '\\"')

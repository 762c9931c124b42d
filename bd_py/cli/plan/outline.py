"""A plan as Markdown: a heading is a task, and the headings below it are its children (docs/plans.md)."""

from __future__ import annotations

from bd_py import markdown
from bd_py.cli.plan import values
from bd_py.errors import InvalidError
from bd_py.frontmatter.reader import read as read_front_matter
from bd_py.service.plan import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.frontmatter.reader import Document

FIELD_HEADINGS = frozenset(
    "acceptance_criteria acceptance priority type labels assignee estimate depends_on dependencies description".split()
)
"""Headings that are no tasks: what stands below them is a field of the task above."""

_LISTS = frozenset((*values.LABELS, *values.NEEDS))


class Outline:
    """What a file says: ``nodes``, the ``parent`` that its front matter names for all, lines ``before`` any heading."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.parent: str | None = None
        self.before = 0


class _Section:
    """A heading, and the lines below it up to the next."""

    def __init__(self, level: int, text: str, line: int) -> None:
        self.level = level
        self.text = text
        self.line = line
        self.lines: list[tuple[int, str, bool]] = []

    @property
    def field(self) -> str | None:
        """The field that it holds, None where it is a task."""
        name = values.plain(self.text.rstrip(":"))
        return name if name in FIELD_HEADINGS else None


def read(text: str, name: str) -> Outline:
    """The tasks of a Markdown file. Raises InvalidError with file and line."""
    try:
        document = read_front_matter(text)
    except InvalidError as error:
        raise InvalidError(f"{name}:{error.details['line']}: {error.details['reason']}", error.hint) from None
    out = Outline()
    sections, out.before = _sections(document)
    title = document.fields.pop("title", None)
    if title is not None:
        sections.insert(0, _Section(0, str(title), document.lines["title"]))
    _nest(out, sections, name)
    if not out.nodes:
        raise InvalidError(f"{name}: it has no heading", "A heading is a task: '# Title'.")
    _defaults(out, document, name)
    _name_targets(out.nodes)
    return out


def _sections(document: Document) -> tuple[list[_Section], int]:
    found: list[_Section] = []
    before = 0
    for number, line, code in markdown.lines(document.body):
        at = None if code else markdown.heading(line)
        if at is not None and at[1]:
            found.append(_Section(at[0], at[1], number + document.body_line - 1))
        elif found:
            found[-1].lines.append((number + document.body_line - 1, line, code))
        else:
            before += bool(line.strip())
    return found, before


def _nest(out: Outline, sections: list[_Section], name: str) -> None:
    """Make the nodes: each is a child of the nearest heading above it with a lower level."""
    path: list[tuple[_Section, Node]] = []
    for section in sections:
        while path and path[-1][0].level >= section.level:
            path.pop()
        if section.field is not None and path:
            _put_field(path[-1][1], section, name)
            continue
        node = _node(section, name, len(out.nodes) + 1)
        if path:
            node.parent = node.parent or path[-1][1].key
            path[-1][1].fields.setdefault("issue_type", "epic")
        path.append((section, node))
        out.nodes.append(node)


def _node(section: _Section, name: str, number: int) -> Node:
    title, where = section.text, f"{name}:{section.line}"
    done = False
    if title[:4].lower() in ("[ ] ", "[x] "):
        done, title = title[1] != " ", title[4:].strip()
    key = f"#{number}"
    if title.endswith("}") and " {#" in title:
        title, _, key = title[:-1].rpartition(" {#")
    node = Node(key, title.strip(), where)
    node.done = done
    lines = _take_fields(node, section.lines, name)
    _put_text(node, lines)
    return node


def _take_fields(node: Node, lines: list[tuple[int, str, bool]], name: str) -> list[tuple[int, str, bool]]:
    """Take the ``Key: value`` lines that stand right below the heading; gives the other lines."""
    k = 0
    while k < len(lines) and (not lines[k][1].strip() or _field(lines[k][1]) is not None):
        found = _field(lines[k][1])
        if found is not None and not lines[k][2]:
            values.put(node, found[0], found[1], f"{name}:{lines[k][0]}")
        k += 1
    return lines[k:]


def _field(line: str) -> tuple[str, str] | None:
    """``Priority: P1``, also as a list item, also with the key in bold; None for another line."""
    content = line.strip()
    if content[:2] in ("- ", "* "):
        content = content[2:].strip()
    key, colon, value = content.replace("**", "").partition(":")
    known = colon and values.plain(key) in values.NAMES and "`" not in key
    return (key, value.strip()) if known and value[:1] in ("", " ") else None


def _put_text(node: Node, lines: list[tuple[int, str, bool]]) -> None:
    """Boxes to tick are acceptance criteria; the rest is the description."""
    text: list[str] = []
    boxes: list[str] = []
    depth = -1
    for _, line, code in lines:
        indent = len(line) - len(line.lstrip())
        if not code and markdown.checkbox(line) is not None:
            depth = indent if depth < 0 else min(depth, indent)
            boxes.append(line)
        elif depth >= 0 and line.strip() and indent > depth:
            boxes.append(line)
        else:
            depth = -1 if line.strip() else depth
            text.append(line)
    _append(node, "description", markdown.block(text))
    _append(node, "acceptance_criteria", markdown.block(boxes))


def _append(node: Node, field: str, text: str) -> None:
    if text:
        before = node.fields.get(field)
        node.fields[field] = f"{before}\n\n{text}" if before else text


def _put_field(node: Node, section: _Section, name: str) -> None:
    field = section.field
    assert field is not None
    text = markdown.block([line for _, line, _ in section.lines])
    if field in ("acceptance_criteria", "acceptance", "description"):
        _append(node, values.FIELDS[field], text)
        return
    items = [line.strip().lstrip("-*+ ").strip() for line in text.split("\n") if line.strip()]
    value = items if field in _LISTS and len(items) > 1 else " ".join(items)
    values.put(node, field, value, f"{name}:{section.line}")


def _defaults(out: Outline, document: Document, name: str) -> None:
    """Front matter holds for every task that does not say otherwise; its labels are added to each."""
    common = Node("", "", name)
    for field, value in document.fields.items():
        if value is not None:
            values.put(common, field, value, f"{name}:{document.lines[field]}")
    out.parent = common.parent
    for node in out.nodes:
        node.fields = {**common.fields, **node.fields}
        node.labels += common.labels
        node.needs += common.needs if node.parent is None else []


def _name_targets(nodes: list[Node]) -> None:
    """A dependency may name a heading by its text, if only one has it."""
    titles: dict[str, list[str]] = {}
    for node in nodes:
        titles.setdefault(node.title.casefold(), []).append(node.key)
    keys = {node.key for node in nodes}
    for node in nodes:
        for k, (kind, ref) in enumerate(node.needs):
            meant = titles.get(ref.casefold(), [])
            if ref.removeprefix("#") in keys:
                node.needs[k] = (kind, ref.removeprefix("#"))
            elif len(meant) > 1:
                raise InvalidError(
                    f"{node.where}: several headings are called {ref!r}",
                    "Name one: '## Title {#name}', 'depends on: name'.",
                )
            elif meant and ref not in keys:
                node.needs[k] = (kind, meant[0])
        if node.parent is not None and node.parent not in keys:
            meant = titles.get(node.parent.casefold(), [])
            node.parent = meant[0] if len(meant) == 1 else node.parent

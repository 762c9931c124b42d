"""Plain dicts to text for people. No I/O: whether ids are shortened and colours used is the caller's to say."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Issue = dict[str, Any]
    Shorten = Callable[[str], str]

TURNING = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
STATUS_COLORS = {"in_progress": "33", "blocked": "31", "closed": "90", "deferred": "90"}
PRIORITY_COLORS = {0: "1;31", 1: "31", 3: "90", 4: "90"}


class Style:
    """How to write ids, colours and links: ``Style(str, color=False)`` writes whole ids, plain.

    ``width``: the columns that lines are cut or broken to; 0, as in a pipe: none is. ``links``: whether addresses
    are written as OSC 8 hyperlinks.
    """

    def __init__(self, shorten: Shorten = str, *, color: bool = False, width: int = 0, links: bool = False) -> None:
        self._shorten = shorten
        self.color = color
        self.width = width
        self.links = links

    def id(self, task_id: str) -> str:
        """An id as it is shown. It may be another's, and hold anything."""
        return safe(self._shorten(task_id))

    def paint(self, text: str, code: str | None) -> str:
        """The text in a colour, where colours are wanted and there is one."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code else text

    def fit(self, line: str, used: int = 0) -> str:
        """A line that may be painted, cut to the width less what is used of it."""
        if not self.width:
            return line
        from bd_py.width import fit_painted

        return fit_painted(line, self.width - used)

    def wrap(self, line: str, used: int = 0) -> list[str]:
        """A line of plain text, broken at blanks into several."""
        if not self.width:
            return [line]
        from bd_py.width import wrap

        return wrap(line, max(self.width - used, 1))

    def link(self, text: str) -> str:
        """The text with the web addresses in it as links."""
        if not self.links or "://" not in text:
            return text
        return " ".join(map(_linked, text.split(" ")))


_PLAIN = Style()


def _linked(word: str) -> str:
    start = max(word.find("https://"), word.find("http://"))
    address = word[start:].rstrip(".,;)")
    if start < 0 or not (address.isascii() and address.isprintable()):
        return word
    return f"{word[:start]}\x1b]8;;{address}\x1b\\{address}\x1b]8;;\x1b\\{word[start + len(address) :]}"


def safe(text: str) -> str:
    """The text on one line with control characters made visible, so that no title can drive a terminal.

    Line separators and the characters that turn the direction of what follows are escaped too; joiners, which
    emoji are made with, stay.
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char in "\t\n\r":
        return " "
    harmless = char >= " " and not "\x7f" <= char < "\xa0" and char not in TURNING
    return char if harmless else ascii(char)[1:-1]


def safe_block(text: str) -> str:
    """`safe` for text of several lines."""
    return "\n".join(safe(line) for line in text.replace("\r\n", "\n").split("\n"))


def ready_line(issue: Issue, style: Style, used: int = 0) -> str:
    """``tk-7f3k [P1][open] - Refactor the vector layer``; ``used``: columns of its line that are taken."""
    return blocked_line(issue, (), style, used)


def list_line(issue: Issue, needs: Sequence[str], style: Style, used: int = 0) -> str:
    """``tk-7f3k [open] - Refactor the vector layer <- [tk-2c9d, tk-88a1]``; ``used``: columns of its line taken."""
    return _line(f"{style.id(issue['id'])} {_status(issue, style)} - ", issue, needs, style, used)


def search_lines(issue: Issue, title: str, snippet: str, style: Style) -> str:
    """``tk-7f3k [P1][open] - Refactor the vector layer``, and set in below it what was found elsewhere.

    ``title`` and ``snippet`` have U+0002 and U+0003 around each hit, which is bold where colours are wanted.
    """
    line = ready_line(issue, Style(style._shorten, color=style.color))
    lines = [style.fit(line[: -len(safe(issue["title"]))] + _marked(title or issue["title"], style))]
    if snippet:
        lines.append(style.fit("    " + _marked(" ".join(snippet.split()), style)))
    return "\n".join(lines)


def _marked(text: str, style: Style) -> str:
    first, *rest = text.split("\x02")
    out = [safe(first)]
    for part in rest:
        hit, _, after = part.partition("\x03")
        out += [style.paint(safe(hit), "1"), safe(after)]
    return "".join(out)


def blocked_line(issue: Issue, by: Sequence[str], style: Style, used: int = 0) -> str:
    """``tk-7f3k [P1][open] - Refactor the vector layer <- [tk-2c9d]``."""
    priority = style.paint(f"[P{issue['priority']}]", PRIORITY_COLORS.get(issue["priority"]))
    return _line(f"{style.id(issue['id'])} {priority}{_status(issue, style)} - ", issue, by, style, used)


def _line(head: str, issue: Issue, ids: Sequence[str], style: Style, used: int = 0) -> str:
    """On a terminal it is the title that is cut, not what stands behind it."""
    title = safe(issue["title"])
    tail = f" <- [{', '.join(style.id(i) for i in ids)}]" if ids else ""
    if not style.width:
        return f"{head}{title}{tail}"
    from bd_py.width import contained, fit, visible

    room = style.width - used - visible(head) - len(tail)
    return style.fit(head + contained(fit(title, max(room, style.width // 4))) + tail, used)


def _status(issue: Issue, style: Style) -> str:
    return style.paint(f"[{safe(issue['status'])}]", STATUS_COLORS.get(issue["status"]))


_HEAD = (
    ("status", "Status"),
    ("priority", "Priority"),
    ("issue_type", "Type"),
    ("assignee", "Assignee"),
    ("owner", "Owner"),
    ("labels", "Labels"),
    ("parent", "Parent"),
    ("name", "Name"),
    ("phase", "Phase"),
    ("progress", "Progress"),
    ("next_step", "Next step"),
    ("estimated_minutes", "Estimate"),
    ("due_at", "Due"),
    ("defer_until", "Deferred"),
    ("external_ref", "External"),
    ("created_at", "Created"),
    ("updated_at", "Updated"),
    ("closed_at", "Closed"),
    ("resolution", "Resolution"),
    ("close_reason", "Reason"),
    ("links", "Links"),
    ("meta", "Meta"),
)
_BLOCKS = (
    ("description", "Description"),
    ("design", "Design"),
    ("acceptance_criteria", "Acceptance"),
    ("notes", "Notes"),
)
_RELATIONS = {
    "blocks": ("Depends on", "Blocks"),
    "parent-child": ("Child of", "Children"),
    "related": ("Related", "Related"),
    "discovered-from": ("Discovered from", "Led to"),
}


def show(issue: Issue, style: Style) -> str:
    """Everything about one task, in sections; what it does not have is left out."""
    head = f"{style.id(issue['id'])}: "
    lines = []
    for k, part in enumerate(style.wrap(safe(issue["title"]), len(head))):
        lines.append((" " * len(head) if k else head) + style.paint(part, "1"))
    lines += _head(issue, style)
    for key, title in _BLOCKS:
        if issue.get(key):
            lines += ["", f"{title}:", *_indented(issue[key], style=style)]
    if issue.get("checklist"):
        lines += ["", "Checklist:"]
        for k, item in enumerate(issue["checklist"], 1):
            lines += style.wrap("  " + check_line(k, item))
    lines += _edges(issue, style)
    lines += _working_record(issue, style)
    if issue.get("comments"):
        lines += ["", "Comments:"]
        for comment in issue["comments"]:
            lines.append(f"  {short_time(comment['created_at'])} {safe(comment['author'] or '?')}:")
            lines += _indented(comment["text"], "    ", style)
    return "\n".join(lines)


def _head(issue: Issue, style: Style) -> list[str]:
    lines = []
    for key, title in _HEAD:
        value = issue.get(key)
        if value is None:
            continue
        lines += _field(title, safe(_value(key, value, issue, style)), style)
    for field in issue.get("conflicts", ()):
        text = f"{safe(field['field'])} was edited on two sides; 'tk conflicts' shows both values"
        lines += _field("Conflict", text, style)
    for record in issue.get("served_by", ()):
        status = f"[{safe(str(record['status']))}]"
        lines += _field("Served by", f"{safe(record['id'])} {status} ({safe(record['collection'])})", style)
    for claim in issue.get("lost_claims", ()):
        text = f"{safe(claim['assignee'])} claimed it at {short_time(claim['at'])}, too late"
        lines += _field("Lost claim", text, style)
    return lines


def _field(title: str, text: str, style: Style) -> list[str]:
    head = f"  {title + ':':<12} "
    parts = style.wrap(text, len(head))
    return [(" " * len(head) if k else head) + style.link(part) for k, part in enumerate(parts)]


def _value(key: str, value: Any, issue: Issue, style: Style) -> str:
    if key == "priority":
        return f"P{value}"
    if key == "parent":
        return style.id(value)
    if key.endswith("_at") or key == "defer_until":
        by = f" by {issue['created_by']}" if key == "created_at" and issue.get("created_by") else ""
        return short_time(value) + by
    if key == "estimated_minutes":
        return f"{value} min"
    if key == "assignee" and issue.get("hold"):
        session = issue["hold"].get("session")
        return f"{value} (holds it{', session ' + session if session else ''})"
    if key == "progress":
        return " ".join(str(v) + ("%" if k == "percent" else "") for k, v in reversed(value.items()))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{k}={_plain(v)}" for k, v in value.items())
    return _plain(value)


def _plain(value: Any) -> str:
    """Words with blanks between, and what is neither text nor number as JSON: never as Python writes it."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    if isinstance(value, (dict, list, bool)):
        from bd_py.jsonio import dumps

        return dumps(value)
    return str(value)


def _edges(issue: Issue, style: Style) -> list[str]:
    lines: list[str] = []
    for key, side in (("dependencies", 0), ("dependents", 1)):
        groups: dict[str, list[str]] = {}
        for other in issue.get(key, ()):
            kind = other["dependency_type"]
            title = _RELATIONS.get(kind, (safe(kind), f"{safe(kind)} of"))[side]
            groups.setdefault(title, []).append(f"  {list_line(other, (), style, 2)}")
        for title, entries in groups.items():
            lines += ["", f"{title}:", *entries]
    if issue.get("suspended"):
        lines += ["", "Suspended (they close a cycle, ready ignores them):"]
        lines += [f"  {safe(edge['type'])} {style.id(edge['depends_on_id'])}" for edge in issue["suspended"]]
    return lines


def _working_record(issue: Issue, style: Style) -> list[str]:
    lines: list[str] = []
    if issue.get("blockers"):
        lines += ["", "Blockers:"]
        for b in issue["blockers"]:
            lines += style.wrap(f"  [{b['status']}] {safe(b['id'])}: {safe(b['text'])}")
    if issue.get("evidence"):
        lines += ["", "Evidence:"]
        for item in issue["evidence"]:
            what = item.get("command") or item.get("summary") or ""
            code = f" (exit {item['exit_code']})" if "exit_code" in item else ""
            lines += style.wrap(f"  [{'passed' if item['passed'] else 'failed'}] {safe(what)}{code}")
    if issue.get("artifacts"):
        lines += ["", "Artifacts:"]
        lines += [f"  {safe(a['path'])}" + (f" ({safe(a['kind'])})" if "kind" in a else "") for a in issue["artifacts"]]
    return lines


def indented(text: str, style: Style = _PLAIN) -> str:
    """A block of text, set in."""
    return "\n".join(_indented(text, "    ", style))


def _indented(text: str, by: str = "  ", style: Style = _PLAIN) -> list[str]:
    lines = [by + line if line else "" for line in safe_block(text.rstrip("\n")).split("\n")]
    return [part for line in lines for part in style.wrap(line)] if style.width else lines


def short_time(text: str) -> str:
    """``2026-11-20 18:02`` of an ISO 8601 UTC time."""
    return text[:10] + " " + text[11:16] if len(text) > 16 and text[10] == "T" else text


def tree_line(issue: Issue, style: Style, used: int = 0) -> str:
    """One task of a tree: with the type of its dependency where it is no usual one, and a remark if met before."""
    kind = issue.get("dependency_type", "blocks")
    tail = ("" if kind == "blocks" else f" ({safe(kind)})") + (" (see above)" if issue.get("again") else "")
    return style.fit(list_line(issue, (), style, used + len(tail)) + tail, used)


def check_line(number: int, item: Issue) -> str:
    """``2. [x] The old index still opens``."""
    return f"{number}. [{'x' if item['done'] else ' '}] {safe(item['text'])}"


def cycle(found: Issue, style: Style) -> str:
    """A cycle and which of its dependencies is suspended."""
    edge = found["suspended"]
    way = " -> ".join(style.id(task) for task in [*found["tasks"], found["tasks"][0]])
    return f"{way} (suspended: {style.id(edge['issue_id'])} -> {style.id(edge['depends_on_id'])}, {safe(edge['type'])})"


def brief(value: Any) -> str:
    """A value in at most 72 characters."""
    if value is None:
        return "nothing"
    text = safe(_plain(value))
    return text if len(text) <= 72 else text[:69] + "..."

"""Tasks and other rows as columns of a terminal. No I/O; in a pipe `bd_py.render` writes the lines instead.

The title comes last, and only its end moves with what terminals make of emoji and of scripts that run from right to
left: nothing that is to stand in a column comes after it.
"""

from __future__ import annotations

from bd_py.render import PRIORITY_COLORS, STATUS_COLORS, safe
from bd_py.width import contained, fit, pad, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from bd_py.render import Style

    Issue = dict[str, Any]

_ROOMY, _NARROW, _WIDE = 80, 60, 100
"""Columns from which on there are two blanks between cells, statuses are whole, and there are type and assignee."""
_SHORT_STATUS = 6
_LEAST_TITLE = 10
"""Where a title has less, it is given the column before it."""
_MOST = {"issue_type": 12, "assignee": 16}
_ID_COLOR = "36"
_DONE_COLOR = "90"


def tasks(issues: Sequence[Issue], needs: Sequence[Sequence[str]], style: Style) -> list[str]:
    """A line a task: id, priority, status, where there is room type and assignee, the title, what it waits for."""
    columns: list[tuple[list[str], Callable[[Issue], str | None]]] = [
        ([style.id(issue["id"]) for issue in issues], lambda _: _ID_COLOR),
        ([f"P{issue['priority']}" for issue in issues], lambda issue: PRIORITY_COLORS.get(issue["priority"])),
        (_statuses(issues, style.width), lambda issue: STATUS_COLORS.get(issue["status"])),
    ]
    if style.width >= _WIDE:
        for key, most in _MOST.items():
            cells = [fit(safe(issue.get(key) or ""), most) for issue in issues]
            if any(cells):
                columns.append((cells, lambda _: None))
    gap = "  " if style.width >= _ROOMY else " "
    widths = [max(map(width, cells), default=0) for cells, _ in columns]
    room = style.width - sum(widths) - len(gap) * len(widths)
    while room < _LEAST_TITLE and len(columns) > 1:
        columns.pop()
        room += widths.pop() + len(gap)
    lines = []
    for row, issue in enumerate(issues):
        line = ""
        for (cells, color), size in zip(columns, widths, strict=True):
            line += style.paint(cells[row], color(issue)) + " " * (size - width(cells[row])) + gap
        lines.append(line + _title(issue, needs[row], room, style))
    return lines


def _statuses(issues: Sequence[Issue], columns: int) -> list[str]:
    most = _SHORT_STATUS if columns < _NARROW else columns // 4
    return [fit(safe(issue["status"]), most) for issue in issues]


def _title(issue: Issue, needs: Sequence[str], room: int, style: Style) -> str:
    tail = arrow([style.id(task_id) for task_id in needs], max(room // 3, 12))
    if room < len(tail) + _LEAST_TITLE // 2:
        tail = ""
    title = fit(safe(issue["title"]), room - len(tail))
    color = _DONE_COLOR if issue["status"] == "closed" else None
    return style.paint(contained(title) if tail else title, color) + style.paint(tail, _DONE_COLOR)


def arrow(ids: Sequence[str], room: int) -> str:
    """`` <- [tk-2c9d, tk-88a1]``, in at most so many columns: `` <- [tk-2c9d, +1]``, `` <- [2]``."""
    if not ids:
        return ""
    for shown in range(len(ids), 0, -1):
        rest = [f"+{len(ids) - shown}"] if shown < len(ids) else []
        text = f" <- [{', '.join([*ids[:shown], *rest])}]"
        if len(text) <= room:
            return text
    return f" <- [{len(ids)}]"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> list[str]:
    """Rows under their heads; what does not fit is taken from the widest columns, and cut."""
    gap = "  " if style.width >= _ROOMY else " "
    sizes = [max(map(width, cells)) for cells in zip(heads, *rows, strict=True)]
    room = max(style.width - len(gap) * (len(sizes) - 1), len(sizes))
    limit = _level(sizes, room)
    sizes = [min(size, limit) for size in sizes]
    lines = []
    for k, row in enumerate([heads, *rows]):
        cells = [contained(fit(cell, size)) for cell, size in zip(row, sizes, strict=True)]
        padded = [pad(cell, size) for cell, size in zip(cells[:-1], sizes[:-1], strict=True)]
        line = gap.join([*padded, cells[-1]])
        lines.append(style.paint(line.rstrip(), "1") if k == 0 else line)
    return lines


def _level(sizes: Sequence[int], room: int) -> int:
    """The size that the widest columns are cut to so that all of them have room."""
    left, ordered = room, sorted(sizes)
    for k, size in enumerate(ordered):
        share = left // (len(ordered) - k)
        if size > share:
            return max(share, 1)
        left -= size
    return ordered[-1]

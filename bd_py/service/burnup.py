"""A burn-up chart: how many tasks there were, and how many were done, day by day. Drawn by matplotlib, an extra."""

from __future__ import annotations

import os

from bd_py import files
from bd_py.errors import InvalidError, TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bd_py.cache.level import Connection

    Series = list[tuple[str, int, int]]
    """A day (``2026-11-20``), tasks made by its end, tasks done by its end; days on which something changed."""

_QUERY = """
    SELECT day, sum(made), sum(done) FROM (
        SELECT substr(created_at, 1, 10) AS day, 1 AS made, 0 AS done FROM issues WHERE category <> 'gone'
        UNION ALL
        SELECT substr(coalesce(closed_at, updated_at), 1, 10), 0, 1 FROM issues WHERE category = 'done')
    GROUP BY day ORDER BY day"""


def series(conn: Connection) -> Series:
    """What the tasks of now were: those that are deleted never were, a reopened one was never done."""
    out: Series = []
    made = done = 0
    for day, more, closed in conn.execute(_QUERY):
        made, done = made + more, done + closed
        out.append((day, made, done))
    return out


def plot(conn: Connection, path: str) -> int:
    """Draw the chart into an SVG file, which is replaced whole; gives the number of days that it spans.

    Raises TkError where matplotlib is missing, the file cannot be written or there is nothing to draw.
    """
    if not path.lower().endswith(".svg"):
        raise InvalidError(f"'{path}' is no name of an SVG file", "Let it end in .svg.")
    points = series(conn)
    if not points:
        raise TkError("there are no tasks to draw")
    figure = _figure(points)
    files.replace(os.path.realpath(path), _svg(figure))
    from datetime import date

    return (date.fromisoformat(points[-1][0]) - date.fromisoformat(points[0][0])).days + 1


def _figure(points: Series) -> Figure:
    try:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, datestr2num
        from matplotlib.figure import Figure
    except ImportError:
        hint = "It comes with the extra 'plot': pip install 'bd-py[plot]'."
        raise TkError("a plot needs matplotlib, which is not installed", hint) from None
    days = [float(datestr2num(day)) for day, _, _ in points]
    made, done = [row[1] for row in points], [row[2] for row in points]
    if len(days) == 1:  # a step needs a width
        days, made, done = [*days, days[0] + 1], made * 2, done * 2
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.fill_between(days, done, step="post", color="#2da44e", alpha=0.25)
    axes.step(days, made, where="post", color="#57606a", label=f"all ({made[-1]})")
    axes.step(days, done, where="post", color="#2da44e", label=f"done ({done[-1]})")
    axes.set(title="Burn-up", ylabel="tasks", ylim=(0, made[-1] * 1.05), xlim=(days[0], days[-1]))
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    return figure


def _svg(figure: Figure) -> bytes:
    """The same chart gives the same bytes: no date, and names in it that do not depend on chance."""
    from io import BytesIO

    from matplotlib import rc_context

    buffer = BytesIO()
    with rc_context({"svg.hashsalt": "tk", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()

"""``tk metrics``: numbers for a dashboard."""

from __future__ import annotations

from bd_py.cli.declare import Option, Verb
from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context


def run(ctx: Context, days: int, format: str) -> None:
    """Print the state, the flow of the last days and the size of the store."""
    from bd_py.service.metrics import metrics, prometheus

    if days < 1:
        raise InvalidError(f"--days {days}: not a number of days above 0", "Give 1 or more.")
    found = metrics(ctx.workspace(), days)
    if ctx.json:
        ctx.emit(found)
    elif format == "prometheus":
        ctx.out(prometheus(found))
    else:
        _print(ctx, found)


def _print(ctx: Context, found: dict[str, Any]) -> None:
    rows = [(f"{part}.{name}", value) for part, values in found.items() for name, value in values.items()]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        ctx.out(f"{name:<{width}}  {'-' if value is None else value}")


VERB = Verb(
    "metrics",
    run,
    "Print numbers for a dashboard: state, flow, size of the store",
    details="Nothing is sent anywhere. The lead time runs from creation to close, the cycle time from the last claim "
    "to the close; both are medians of what was closed in the last days. --format prometheus is for the textfile "
    "collector of a node exporter.",
    examples=("tk metrics", "tk metrics --days 30 --json", "tk metrics --format prometheus > tk.prom"),
    options=(
        Option("days", "--days", kind="int", help="How many days to look at", default=7),
        Option("format", "--format", help="The format of the text", choices=("text", "prometheus"), default="text"),
    ),
)

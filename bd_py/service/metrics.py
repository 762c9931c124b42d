"""Numbers for a dashboard, and in the form that Prometheus reads."""

from __future__ import annotations

import os
import time

from bd_py.service import statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.workspace import Workspace


def metrics(workspace: Workspace, days: int) -> dict[str, dict[str, Any]]:
    """``tasks``: how many there are now; ``flow``: of the last days; ``store``: the size of log and cache."""
    conn = workspace.conn
    summary = statistics.summary(conn, workspace.config.exclude_types)
    tasks = {name.removesuffix("_issues"): value for name, value in summary.items() if name.endswith("_issues")}
    store = statistics.store(conn)
    try:
        store["cache_bytes"] = os.stat(workspace.paths.cache).st_size
    except OSError:  # a store that cannot be written, read in memory
        store["cache_bytes"] = 0
    return {"tasks": tasks, "flow": statistics.flow(conn, time.time_ns() // 1_000_000, days), "store": store}


def prometheus(found: dict[str, dict[str, Any]]) -> str:
    """The same as text for Prometheus; what is not known is left out."""
    lines = []
    for part, values in found.items():
        labels = f'{{days="{values["days"]}"}}' if "days" in values else ""
        for name, value in values.items():
            if value is None or name == "days":
                continue
            full = f"tk_{part}_{name}"
            lines += [f"# TYPE {full} gauge", f"{full}{labels} {value}"]
    return "\n".join(lines)

"""``--fields``: of each task only what was asked for, as JSON, as columns of a terminal, or with tabs in a pipe."""

from __future__ import annotations

from bd_py import query
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.render import Style

    Issue = dict[str, Any]

DETAILS = (
    "dependencies dependents comments blockers evidence artifacts suspended conflicts lost_claims history "
    "blocked_by blocked_by_count dependency_type match score snippet"
).split()
"""Keys that tasks have in the output of some verbs only."""
OBJECTS = ("meta", "links", "progress", "hold", "attribution")
"""Keys whose own keys can be named: ``meta.team``."""
_IDS = ("id", "parent", "blocked_by")


class Shape:
    """Some fields, in the order in which they were named: ``Shape("id,title,meta.team")``.

    Raises UsageError for a name that no task has a field of; a field without a value is none.
    """

    def __init__(self, names: str) -> None:
        self.names = list(dict.fromkeys(name for part in names.split(",") if (name := part.strip())))
        if not self.names:
            raise UsageError("--fields: no field was named", f"Fields: {', '.join(known())}.")
        for name in self.names:
            _check(name)

    def of(self, issue: Issue) -> Issue:
        """The fields that the issue has."""
        found = {name: _value(issue, name) for name in self.names}
        return {name: value for name, value in found.items() if value is not None}

    def show(self, ctx: Context, issues: Iterable[Issue], how: Style) -> None:
        """Print the issues: a table on a terminal; in a pipe a line each, with a tab between two fields."""
        rows = [[_text(name, _value(issue, name), how) for name in self.names] for issue in issues]
        if not how.width:
            for row in rows:
                ctx.out("\t".join(row))
        elif rows:
            from bd_py import columns

            for line in columns.table(self.names, rows, how):
                ctx.out(line)


def known() -> list[str]:
    """Every name that ``--fields`` takes."""
    return [*query.keys(), *DETAILS]


def _check(name: str) -> None:
    head, dot, tail = name.partition(".")
    if name in known() or (dot and tail and head in OBJECTS):
        return
    from difflib import get_close_matches

    near = get_close_matches(name, known(), 1, 0.5)
    hint = f"Did you mean {near[0]}?" if near else f"Fields: {', '.join(known())}."
    raise UsageError(f"--fields: tasks have no field '{name}'", hint, suggestion=near[0] if near else None)


def _value(issue: Issue, name: str) -> Any:
    if name in issue:
        return issue[name]
    head, _, tail = name.partition(".")
    inner = issue.get(head)
    return inner.get(tail) if tail and isinstance(inner, dict) else None


def _text(name: str, value: Any, how: Style) -> str:
    """A value on one line, without tabs."""
    from bd_py.jsonio import dumps
    from bd_py.render import safe, short_time

    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(how.id(item) if name in _IDS else safe(item) for item in value)
    if not isinstance(value, str):
        return safe(dumps(value))
    if name in _IDS:
        return how.id(value)
    return short_time(value) if how.width and name.endswith(("_at", "_until")) else safe(value)

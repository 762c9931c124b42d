"""What a person changed in a task's text: how it differs from what tk had written into the file."""

from __future__ import annotations

from bd_py.filewrite.project import state
from bd_py.fold.task import fold_steps
from bd_py.taskfiles import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.fold.state import Event, TaskState
    from bd_py.taskfiles.text import Text
    from bd_py.write import Write

_TRIED = 30
"""So many of the last events of a task may be ones that the writer of its text had not seen."""


class Baseline:
    """The state that tk had written into a file, and what the file said then.

    ``known``: it is that state for sure. Else events older than the file's version have come in since, and it is the
    state with those.
    """

    __slots__ = ("known", "state", "values")

    def __init__(self, state: TaskState, values: dict[str, Any], *, known: bool) -> None:
        self.state = state
        self.values = values
        self.known = known


def find(write: Write, task: str, found: Text, events: list[Event], now: TaskState) -> tuple[Baseline, bool]:
    """The baseline of a text, and whether the text is of all the events up to its version.

    Where a merge has brought events older than that, the text's digest tells which: those that were one branch's stand
    together mostly, so it is looked for without any run of them.
    """
    seen = events
    if found.version is not None:
        seen = [event for event in events if event["id"] <= found.version] or events
    base = state(write, task, seen)
    if not base.created:
        base = now
    first = _said(base)
    if found.version is None or first.digest == found.digest:
        return Baseline(base, first.values, known=True), True
    if found.as_written or found.digest is None:
        return Baseline(base, first.values, known=False), False
    tried = range(max(1, len(seen) - _TRIED), len(seen))
    for size in range(1, len(tried) + 1):
        for k in reversed(tried):
            if k + size < len(seen):
                base = state(write, task, seen[:k] + seen[k + size :])
                if (said := _said(base)).digest == found.digest:
                    return Baseline(base, said.values, known=True), False
    return Baseline(state(write, task, seen), first.values, known=False), False


def _said(base: TaskState) -> Text:
    return text.parse(text.project(base).encode("utf-8", "surrogatepass"))


def differences(before: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What a text says that its baseline does not; an unknown key that is missing was taken away."""
    changes = {name: value for name, value in said.items() if before.get(name) != value}
    changes.update((name, None) for name in before if name.startswith("meta.") and name not in said)
    return changes


def unheard_of(
    changes: dict[str, Any], before: dict[str, Any], task: str, events: list[Event], categories: dict[str, str]
) -> dict[str, Any]:
    """The changes that must be a person's, where the baseline is not known exactly.

    A merge may have brought events older than the file's version. A value that the task ever had may be theirs, and
    a member that is missing may be new to the file: neither is taken for an edit.
    """
    had: dict[str, list[Any]] = {}
    for _, _, after in fold_steps(task, events, categories):
        for name in changes:
            value = after.get(name)
            if value not in (seen := had.setdefault(name, [])):
                seen.append(value)
    out: dict[str, Any] = {}
    for name, value in changes.items():
        if name in text.MEMBERS:
            out[name] = [*before[name], *(item for item in value if item not in before[name])]
        elif name == "parent" and value is None:
            continue
        elif name == "parent" or value not in had.get(name, []):
            out[name] = value
    return out

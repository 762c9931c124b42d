"""``Closes: ID`` and ``Refs: ID`` at the end of a commit message: the commit is noted on the task.

A commit's name is known only when it is made, so post-commit records it, in events that go with the next
commit. ``git log`` of another's commits is never read: whoever made a commit recorded it.
"""

from __future__ import annotations

from bd_py import git
from bd_py.errors import GateError, TkError
from bd_py.service import tasks
from bd_py.service.resolve import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bd_py.service.hook_outcome import Outcome
    from bd_py.workspace import Workspace
    from bd_py.write import Write

_FORMAT = "%(trailers:key=Closes,key=Refs,unfold)"
_FOREIGN = ("#", "http://", "https://")


def record_head(workspace: Workspace, out: Outcome) -> None:
    """Record the commit that HEAD is. What cannot be done is told, and the rest done; twice changes nothing."""
    oid, trailers = _named_by(workspace.paths.root, "-1")
    _record_all(workspace, oid, trailers, out)


def record_merge(workspace: Workspace, out: Outcome) -> None:
    """Record the merge commit that HEAD is: git runs no post-commit for one that it makes itself.

    Not one that a fast-forward took over: whoever made it recorded it.
    """
    root = workspace.paths.root
    oid, trailers = _named_by(root, "--no-walk", "--merges")
    if trailers.strip() and b"Fast-forward" not in (git.log(root, "-1", "-g", "--format=%gs", "HEAD") or b""):
        _record_all(workspace, oid, trailers, out)


def _named_by(root: str, *which: str) -> tuple[str, str]:
    """HEAD's id and its trailers; both empty where it is not ``which``."""
    text = git.log(root, *which, f"--format=%H%n{_FORMAT}", "HEAD") or b""
    oid, _, trailers = text.decode("utf-8", "replace").partition("\n")
    return oid, trailers


def _record_all(workspace: Workspace, oid: str, trailers: str, out: Outcome) -> None:
    named = list(_named(trailers))
    if not named:
        return
    with workspace.writing() as w:
        for closes, ref in named:
            token = w.begin_item()
            try:
                _record(w, resolve(w.conn, w.config.prefix, ref), oid, closes, out)
                w.end_item()
            except TkError as error:
                w.undo_item(token)
                out.warnings.append(error.message)


def follow(workspace: Workspace, before: str) -> None:
    """Commits were rewritten: what named one of them names its successor.

    The successor has the same author date and subject. One that is gone without a successor stays named.
    """
    root = workspace.paths.root
    pairs = _commits(root, f"HEAD..{before}"), _commits(root, f"{before}..HEAD")
    new = {mark: oid for oid, mark in pairs[1]}
    moved = {oid: new[mark] for oid, mark in pairs[0] if mark in new}
    if not moved:
        return
    with workspace.writing() as w:
        marks = [f"%{oid}%" for oid in moved]
        query = "SELECT id FROM issues WHERE category <> 'gone' AND (" + " OR ".join(["links LIKE ?"] * len(marks))
        for (task_id,) in w.conn.execute(query + ")", marks).fetchall():
            named = tasks.existing(w, task_id).fields.get("links.commits") or []
            after = list(dict.fromkeys(moved.get(oid, oid) for oid in named))
            tasks.set_fields(w, task_id, {"links.commits": after})


def _record(w: Write, task_id: str, oid: str, closes: bool, out: Outcome) -> None:
    task = tasks.existing(w, task_id)
    have = list(task.fields.get("links.commits") or [])
    if oid not in have:
        tasks.set_fields(w, task_id, {"links.commits": [*have, oid]})
    if closes and task.category != "done":
        try:
            tasks.close(w, task_id, reason=f"Closed by commit {oid[:12]}")
        except GateError as error:
            # A hook does not run what may take minutes; the commit is noted all the same.
            out.warnings.append(f"{error.message}; {error.hint}")
            return
        out.done.append(f"closed {task_id}; 'tk reopen {task_id}' takes it back")


def _named(text: str) -> Iterator[tuple[bool, str]]:
    """(whether it closes, id) for each id; another tracker's (#12, a URL) are left out."""
    seen = set()
    for line in text.splitlines():
        key, colon, values = line.partition(":")
        key = key.strip().lower()
        if not colon or key not in ("closes", "refs"):
            continue
        for ref in values.replace(",", " ").split():
            if not ref.startswith(_FOREIGN) and (key, ref) not in seen:
                seen.add((key, ref))
                yield key == "closes", ref


def _commits(root: str, span: str) -> list[tuple[str, str]]:
    out = git.log(root, "--no-merges", "-z", "--format=%H %at %s", "--max-count=500", span) or b""
    found = (entry.decode("utf-8", "replace").partition(" ") for entry in out.split(b"\0") if entry)
    return [(oid, mark) for oid, _, mark in found]

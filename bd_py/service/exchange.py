"""``sync`` on one machine: level with every file, markers dropped, and told what came in since the last time."""

from __future__ import annotations

from bd_py import sync
from bd_py.cache import inbox
from bd_py.cache.level import UNSEEN_DAMAGE
from bd_py.cache.session import set_meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.workspace import Workspace


class Report:
    """What came in. Lists hold ids of tasks, ``unreachable`` those of events that went.

    ``imported``: how many events came; ``repaired``: the files that held conflict markers or that git had not
    merged, those are ``merged``; ``staged``: the index has them so;
    ``records``: what came in of records, as COLLECTION/ID;
    ``finished``: compound tasks that were closed now, since two branches closed the last of their children.
    """

    __slots__ = (
        "claimed",
        "closed",
        "conflicts",
        "created",
        "finished",
        "imported",
        "lost_claims",
        "merged",
        "records",
        "repaired",
        "staged",
        "suspended",
        "unreachable",
        "updated",
    )

    def __init__(self) -> None:
        self.imported = 0
        self.repaired: list[str] = []
        self.merged: list[str] = []
        self.staged = True
        self.created: list[str] = []
        self.updated: list[str] = []
        self.closed: list[str] = []
        self.finished: list[str] = []
        self.records: list[str] = []
        self.claimed: list[str] = []
        self.lost_claims: list[str] = []
        self.conflicts: list[str] = []
        self.suspended: list[str] = []
        self.unreachable: list[str] = []

    def to_json(self) -> dict[str, Any]:
        """The document of ``tk sync --json``."""
        tasks = "created updated closed finished claimed lost_claims conflicts suspended"
        order = f"imported repaired {tasks} records unreachable"
        return {name: getattr(self, name) for name in order.split()}


def sync_local(workspace: Workspace) -> Report:
    """Catch up with every file, repair, and report. Raises ReadOnlyError, LockTimeoutError."""
    from bd_py.service.compounds import close_finished_compounds

    report = repair(workspace)
    # A second opening: what a repair did to the files must be caught up with before it can be told.
    with workspace.writing(every_file=bool(report.repaired)) as w:
        came, went = inbox.read(w.conn)
        _describe(w.conn, report, came)
        report.unreachable = went
        report.finished = close_finished_compounds(w)
        inbox.clear(w.conn)
        sync.prune_second_names(workspace.paths, w.conn)
    return report


def repair(workspace: Workspace) -> Report:
    """Catch up with every file, merge what git could not, drop conflict markers, and stage that."""
    report = Report()
    with workspace.writing(every_file=True, repair=False) as w:
        done = sync.repair(workspace.paths, sync.damaged(w.conn))
        set_meta(w.conn, w.cache.meta, UNSEEN_DAMAGE, "")
    report.repaired, report.merged, report.staged = done.names, done.merged, done.staged
    return report


def finish(workspace: Workspace) -> list[str]:
    """Close the compound tasks whose last children a merge brought together, before a sync tells of the merge."""
    from bd_py.service.compounds import close_finished_compounds

    with workspace.writing() as w:
        return close_finished_compounds(w)


def _describe(conn: Connection, report: Report, came: list[str]) -> None:
    report.imported = len(came)
    records: set[str] = set()
    kinds: dict[str, set[str]] = {}
    ids: dict[str, set[str]] = {}
    for event_id in came:
        query = "SELECT issue_id, type, record FROM log_events WHERE id = ?"
        task, kind, record = conn.execute(query, (event_id,)).fetchone()
        if task is not None:
            kinds.setdefault(task, set()).add(kind)
            ids.setdefault(task, set()).add(event_id)
        elif record is not None and not record.endswith("/"):
            records.add(record)
    report.records = sorted(records)
    for task, has in kinds.items():
        row = conn.execute(
            "SELECT category, hold, conflict_count FROM issues WHERE id = ? AND category <> 'gone'", (task,)
        ).fetchone()
        category, hold, conflicts = row or ("gone", None, 0)
        new = "task.created" in has and row is not None
        closed = category == "done" and bool(has & {"task.closed", "task.created"})
        claimed = hold is not None and hold in ids[task]
        for into, applies in (
            (report.created, new),
            (report.closed, closed),
            (report.claimed, claimed),
            (report.updated, not (new or closed or claimed)),
            (report.conflicts, conflicts > 0),
            (report.lost_claims, "task.claimed" in has and _lost_a_claim(conn, task)),
        ):
            if applies:
                into.append(task)
    # All that are suspended, not only the tasks that events came for: a new edge may suspend another task's.
    if any(has & {"task.created", "task.dep.add", "task.dep.remove"} for has in kinds.values()):
        rows = conn.execute("SELECT DISTINCT issue_id FROM suspended_dependencies ORDER BY issue_id")
        report.suspended = [row[0] for row in rows]


def _lost_a_claim(conn: Connection, task: str) -> bool:
    return conn.execute("SELECT 1 FROM lost_claims WHERE issue_id = ? LIMIT 1", (task,)).fetchone() is not None

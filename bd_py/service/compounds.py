"""Compound tasks that a merge finished: two branches closed the last of their children."""

from __future__ import annotations

from bd_py import jsonio
from bd_py.errors import TkError
from bd_py.service.tasks import close_compound, existing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.write import Write

_PARENTS_OF_CAME = (
    "SELECT i.id, max(b.event_id) FROM inbox b JOIN log_events e ON e.id = b.event_id AND e.type = 'task.closed' "
    "JOIN dependencies d ON d.issue_id = e.issue_id AND d.type = 'parent-child' "
    "JOIN issues i ON i.id = d.depends_on_id "
    "WHERE b.change > 0 AND i.compound = 1 AND i.category NOT IN ('done', 'gone') GROUP BY i.id ORDER BY i.id"
)


def close_finished_compounds(w: Write) -> list[str]:
    """Close the compound tasks whose last children were closed on two branches that came together; their ids.

    Looked at are the parents of what came in closed (`inbox`): one that was reopened after that stays open.
    """
    if not w.config.values["auto_close"]:
        return []
    before = w.staged
    for task_id, closed_by in w.conn.execute(_PARENTS_OF_CAME).fetchall():
        if (existing(w, task_id).setter("status") or "") > closed_by:
            continue
        token = w.begin_item()
        try:
            close_compound(w, task_id)
        except TkError:  # what the workflow does not allow is for a person to decide: the merge has gone through
            w.undo_item(token)
        else:
            w.end_item()
    events = [jsonio.loads(line) for line in w.lines[before:]]
    return [event["task"] for event in events if event["type"] == "task.closed"]

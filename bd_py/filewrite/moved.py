"""A task whose file a person moved: its new status as an event, and what that does to the compound tasks above it."""

from __future__ import annotations

from bd_py import query_facts
from bd_py.filewrite.project import state
from bd_py.payloads import previous
from bd_py.statuses import DONE
from bd_py.workflow import allowed, is_led_through

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.fold.state import TaskState
    from bd_py.write import Write


def set_status(write: Write, task: TaskState, status: str, setter: str | None, reason: str | None = None) -> str:
    """Stage another status than closed, in the place of what ``setter`` set; the event's id.

    Compound parents that closed with the task are open again, as in a command.
    """
    data = {"status": status, **previous("status", task.fields["status"]), **({"reason": reason} if reason else {})}
    event_id: str = write.add("task.status.set", task.id, data, prev={"status": setter})["id"]
    if task.category == DONE and write.config.values["auto_close"]:
        write.flush()
        for parent in query_facts.compound_parents(write.conn, task.id, finished=True):
            above = state(write, parent)
            if "open" in allowed(write.config, above.fields["status"]):
                set_status(write, above, "open", above.setter("status"), "a child of it is open again")
    return event_id


def close(write: Write, task: TaskState, setter: str | None, reason: str | None = None) -> None:
    """Stage that a task is closed, and with it the compound parents whose last child it was, as in a command."""
    if is_led_through(write.config, task.fields):
        setter = set_status(write, task, "in_progress", setter)
    data = {"resolution": "completed", **({"reason": reason} if reason else {})}
    write.add("task.closed", task.id, data, prev={"status": setter})
    if not write.config.values["auto_close"]:
        return
    write.flush()
    for parent in query_facts.compound_parents(write.conn, task.id):
        above = state(write, parent)
        may = "closed" in allowed(write.config, above.fields["status"]) or is_led_through(write.config, above.fields)
        if may and not query_facts.has_unfinished_child(write.conn, parent):
            close(write, above, above.setter("status"), "all of its children are closed")

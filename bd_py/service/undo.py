"""Take the last command of somebody back: find its events, plan what compensates them, write that.

Nothing leaves the log. What a command did to a task is the difference between the fold before it and after
it; the plan leads from the state of now back to the one before, and refuses where somebody has changed the
same thing since. Undoing the undoing does it again.
"""

from __future__ import annotations

from bd_py import events, ids, jsonio, query_history
from bd_py.errors import InvalidError, NotFoundError
from bd_py.fold.task import fold_ordered
from bd_py.service.holders import elsewhere, leased
from bd_py.service.undo_plan import Plan, plan_task
from bd_py.service.undo_records import plan_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.config import Config
    from bd_py.events import Event
    from bd_py.service.undo_plan import Step
    from bd_py.workspace import Workspace
    from bd_py.write import Write

_WHO = ("name", "agent", "agent_type", "session")
_GAP = 2**32
"""Ids of one batch count up by one, and by the few of items that failed; those of two begin 2**78 apart."""


def undo(
    workspace: Workspace, imported: Callable[[Event], bool], task_id: str | None = None, *, dry_run: bool = False
) -> Plan:
    """Take back the last command of whoever acts, or what their last one about a task did to that task.

    All of it or nothing; ``dry_run`` only plans. ``imported`` tells the events of imports. Raises NotFoundError
    where there is none, InvalidError where nothing of it can be taken back, ConflictError where it was changed
    since, TransitionError or CycleError where the way back is closed.
    """
    actor = workspace.actor()
    if dry_run:
        return make_plan(workspace.conn, workspace.config, last_command(workspace.conn, actor, imported, task_id))
    with workspace.writing() as w:
        plan = make_plan(w.conn, w.config, last_command(w.conn, actor, imported, task_id))
        _apply(w, plan)
    return plan


def make_plan(conn: Connection, config: Config, command: list[Event]) -> Plan:
    """What takes the events of a command back."""
    plan = Plan()
    for key in dict.fromkeys(_record(event) for event in reversed(command) if event.get("task") is None):
        mine = [event for event in command if event.get("task") is None and _record(event) == key]
        if key is None:
            plan.keep(mine, "the definition of a collection")
        else:
            plan_record(plan, key, mine, query_history.history(conn, record=key, newest_first=False))
    for task in dict.fromkeys(event["task"] for event in reversed(command) if event.get("task")):
        mine = [event for event in command if event.get("task") == task]
        history = query_history.history(conn, task, newest_first=False)
        first, last = mine[0]["id"], mine[-1]["id"]
        before, after, now = (
            fold_ordered(task, some, config.statuses)
            for some in (
                [event for event in history if event["id"] < first],
                [event for event in history if event["id"] <= last],
                history,
            )
        )
        plan_task(plan, config, mine, before, after, now)
    if not plan.steps:
        _refuse(plan)
    return plan


def _record(event: Event) -> str | None:
    """COLLECTION/ID where an event is about a record."""
    return f"{event['collection']}/{event['record']}" if event.get("record") else None


def last_command(
    conn: Connection, actor: Mapping[str, Any], imported: Callable[[Event], bool], task_id: str | None = None
) -> list[Event]:
    """The events of the last command that somebody (name, agent and session) gave, in order.

    One command mints ids that count up within one millisecond. What an import wrote is nobody's command: its
    events carry the authors of the records. With a task, those of its events that are about it.
    Raises NotFoundError.
    """
    last = _last_event(conn, actor, imported, task_id)
    found = [last]
    before = "SELECT line FROM events WHERE present = 1 AND id > ? AND id < ? ORDER BY id DESC"
    for (line,) in conn.execute(before, (last["id"][:10], last["id"])):
        event = _event(line)
        if _number(found[-1]["id"]) - _number(event["id"]) > _GAP or _who(event.get("by")) != _who(actor):
            break
        found.append(event)
    found.reverse()
    return [event for event in found if task_id in (None, event.get("task"))]


def _last_event(
    conn: Connection, actor: Mapping[str, Any], imported: Callable[[Event], bool], task_id: str | None
) -> Event:
    where = "present = 1 AND json_extract(line, '$.by.name') = :name"
    if task_id is not None:
        where += " AND issue_id = :task"
    values = {"name": actor.get("name"), "task": task_id}
    for (line,) in conn.execute(f"SELECT line FROM events WHERE {where} ORDER BY id DESC", values):
        event = _event(line)
        if _who(event.get("by")) == _who(actor) and not ("task" in event and imported(event)):
            return event
    session = f" in session {actor['session']}" if actor.get("session") else ""
    about = f" about {task_id}" if task_id else ""
    raise NotFoundError(
        f"no command of {actor.get('name')}{session}{about} to take back",
        "'tk log' tells who did what; --actor and --session act for others.",
    )


def _event(line: str) -> Event:
    return events.checked(jsonio.loads(line))


def _who(by: object) -> tuple[Any, ...]:
    return tuple(by.get(key) for key in _WHO) if isinstance(by, dict) else ()


def _number(event_id: str) -> int:
    value = 0
    for char in event_id:
        value = value << 5 | ids.ALPHABET.index(char)
    return value


def _refuse(plan: Plan) -> None:
    words = ", ".join(dict.fromkeys(reason for _, reason in plan.kept))
    if not words:
        raise InvalidError("nothing to take back: all is as it was before that command", "'tk log' tells what it did.")
    raise InvalidError(
        f"{words} cannot be taken back: the log only grows",
        "'tk log' shows it. With an ID, undo looks at what was last done to that task.",
        kept=[event["id"] for event, _ in plan.kept],
    )


def _apply(w: Write, plan: Plan) -> None:
    claims = [step.task for step in plan.steps if step.type == "task.claimed" and "hold" not in step.data]
    _refuse_leased(w, claims)
    for step in plan.steps:
        _write(w, step)


def _refuse_leased(w: Write, tasks: list[str]) -> None:
    """Nobody is given a task back that another worktree of the clone has taken meanwhile."""
    for task_id in tasks:
        lease = elsewhere(w, task_id)
        if lease is not None:
            raise leased(w, lease)


def _write(w: Write, step: Step) -> None:
    from bd_py.service import deps, records, tasks

    if step.type.startswith("record."):
        collection, _, name = step.task.partition("/")
        state = records.state(w, collection, name)
        prev = {field: state.setter(field) for field in step.fields} if state is not None and step.fields else None
        w.add_record(step.type, collection, name, step.data, prev=prev)
        return
    if step.type == "task.deleted":
        tasks.delete(w, step.task, reason="undo")
    elif step.type == "task.restored":
        tasks.restore(w, step.task, reason="undo")
        w.flush()
    else:
        if step.type == "task.dep.add":
            deps.check_new(w, step.task, step.data["on"], step.data["type"], force=True)
        task = tasks.existing(w, step.task)
        w.add(step.type, step.task, step.data, prev={field: task.setter(field) for field in step.fields})

"""From what a command did to a task, to the events that compensate it. Reads states, writes nothing."""

from __future__ import annotations

from bd_py import ids
from bd_py.errors import ConflictError, TransitionError
from bd_py.payloads import previous
from bd_py.statuses import ACTIVE, DONE
from bd_py.workflow import allowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.config import Config
    from bd_py.events import Event
    from bd_py.fold.state import TaskState

_KEPT = {
    "task.note.append": "a comment",
    "task.evidence.add": "evidence",
    "task.artifact.add": "an artifact",
    "task.custom": "an event of task.custom",
}
"""What only grows."""
_FOLLOWS = ("updated_at", "phase_entered_at", "closed_at", "close_reason", "resolution", "status", "assignee")
"""Fields that are not set back by themselves: they follow from others, or are `_Task._status`'s."""
_WORKING = ("progress", "progress_percent", "next_step", "attribution", "review")


class Step:
    """One event to write about a task, or a record (COLLECTION/ID in ``task``).

    ``fields`` are those whose setters it names in ``prev``.
    """

    __slots__ = ("data", "fields", "task", "type")

    def __init__(self, type_: str, task: str, data: dict[str, Any], *fields: str) -> None:
        self.type = type_
        self.task = task
        self.data = data
        self.fields = fields


class Plan:
    """``undone``: the events that are taken back by ``steps``; ``kept``: those that cannot be, and what they are."""

    def __init__(self) -> None:
        self.undone: list[Event] = []
        self.kept: list[tuple[Event, str]] = []
        self.steps: list[Step] = []

    def keep(self, found: list[Event], what: str) -> None:
        """These cannot be taken back."""
        self.kept += [(event, what) for event in found]

    def tasks(self) -> list[str]:
        """The tasks that change."""
        return list(dict.fromkeys(step.task for step in self.steps if step.type.startswith("task.")))


def plan_task(
    plan: Plan, config: Config, mine: list[Event], before: TaskState, after: TaskState, now: TaskState
) -> None:
    """Add to a plan what leads one task back.

    ``mine`` are the command's events about it; the states are those before the command, after it, and now.
    Raises ConflictError, TransitionError.
    """
    task = _Task(config, mine, before, after, now)
    task.plan()
    lost = {claim[0] for claim in after.lost_claims}
    for event in mine:
        what = _KEPT.get(event["type"]) or ("a lost claim" if event["id"] in lost else None)
        if what is None and event["type"] == "task.reviewed" and "review" not in before.fields:
            what = "a first verdict"
        if what is not None and not task.whole:
            plan.keep([event], what)
        elif task.steps:
            plan.undone.append(event)
    plan.steps += task.steps


class _Task:
    """One task's part of a plan. ``whole``: it goes, or comes back, with all that it has."""

    def __init__(self, config: Config, mine: list[Event], before: TaskState, after: TaskState, now: TaskState) -> None:
        self.config = config
        self.mine = mine
        self.types = {event["type"] for event in mine}
        self.before = before
        self.after = after
        self.now = now
        self.id = now.id
        self.steps: list[Step] = []
        self.whole = False
        self._set: dict[str, Any] = {}

    def plan(self) -> None:
        """Fill ``steps``."""
        if self.before.exists != self.after.exists:
            self._existence()
            return
        if not self.now.exists:
            raise self._changed("it was deleted" if self.now.created else "it is gone")
        self._status()
        self._fields()
        self._labels()
        self._edges()
        self._blockers()

    def _add(self, type_: str, data: dict[str, Any], *fields: str) -> None:
        self.steps.append(Step(type_, self.id, data, *fields))

    def _changed(self, what: str) -> ConflictError:
        return ConflictError(
            f"{self.id} has changed since: {what}",
            f"Nothing was taken back. 'tk log {self.id}' tells what happened.",
            task=self.id,
        )

    def _existence(self) -> None:
        before, after, now = self.before, self.after, self.now
        self.whole = True
        if now.exists == before.exists:
            return
        if not before.created and now.version != after.version:
            count = now.event_count - after.event_count
            raise self._changed(f"{count} more event{'s' if count != 1 else ''}; 'tk delete' deletes it all the same")
        if after.exists:
            self._add("task.deleted", {})
            return
        self._add("task.restored", {})
        if before.hold is not None:  # the deletion ended it, and nothing else
            self._claim(None)

    # Status, hold and assignee hang together

    def _status(self) -> None:
        before, after, now = self.before, self.after, self.now
        if _standing(before) == _standing(after) or _standing(now) == _standing(before):
            return
        if _standing(now) != _standing(after):
            raise self._changed(f"status {now.fields['status']}, assignee {now.fields.get('assignee', 'nobody')}")
        status, who = now.fields["status"], now.fields.get("assignee")
        if before.hold is None:
            if now.hold is not None:
                self._add("task.released", {"hold": now.hold["event"], "reason": "undo"})
                status, who = "open", None
        elif now.hold is not None and now.hold["event"] != before.hold["event"]:
            self._claim(now.hold["event"])
            who = before.fields.get("assignee")
        elif now.hold is None or status != before.fields["status"]:
            if now.hold is not None or now.category != ACTIVE:
                self._walk(status, "open")
            self._claim(None)
            status, who = "in_progress", before.fields.get("assignee")
        self._walk(status, before.fields["status"])
        if who != before.fields.get("assignee"):
            self._set["assignee"] = before.fields.get("assignee")

    def _claim(self, hold: str | None) -> None:
        """The hold of before, with its time to live, if it had one, from now on."""
        was = self.before.hold
        assert was is not None
        data: dict[str, Any] = {"assignee": self.before.fields["assignee"]}
        if was["session"]:
            data["session"] = was["session"]
        ttl = next(e["data"].get("ttl") for e in self.before.history or () if e["id"] == was["event"])
        if was["until"]:
            data["ttl"] = ttl
        if hold is not None:
            data["hold"] = hold
        self._add("task.claimed", data)

    def _walk(self, status: str, target: str) -> None:
        """The changes of status that the workflow allows from one to another, by the shortest way."""
        for following in _way(self.config, self.id, status, target):
            if following == "closed":
                self._close()
            else:
                data = {"status": following, **previous("status", status), "reason": "undo"}
                self._add("task.status.set", data, "status")
            status = following
        if self.config.statuses.get(target) == DONE and status == target != "closed":
            self._set["closed_at"] = self.before.fields.get("closed_at")

    def _close(self) -> None:
        was = self.before.fields
        data = {"resolution": was.get("resolution", "completed")}
        if "close_reason" in was:
            data["reason"] = was["close_reason"]
        self._add("task.closed", data, "status")
        self._set["closed_at"] = was["closed_at"]

    # Fields

    def _fields(self) -> None:
        before, after, now = self.before.fields, self.after.fields, self.now.fields
        working: dict[str, Any] = {}
        for name in dict.fromkeys([*before, *after]):
            value = before.get(name)
            if name in _FOLLOWS or value == after.get(name) or value == now.get(name):
                continue
            if self.now.setter(name) != self.after.setter(name):
                raise self._changed(f"{name} was set again")
            if name in _WORKING or (name == "phase" and "task.phase.set" in self.types):
                working[name] = value
            else:
                self._set[name] = value
        if self._set:
            self._add("task.updated", {"set": self._set}, *self._set)
        self._working(working)

    def _working(self, was: dict[str, Any]) -> None:
        """Fields that events of their own set."""
        progress = {key: was[name] for name, key in _PROGRESS.items() if name in was}
        if progress:
            self._add("task.progress.set", progress, *(name for name in _PROGRESS if name in was))
        if "phase" in was:
            data = {"phase": was["phase"], **previous("phase", self.now.fields.get("phase"))}
            self._add("task.phase.set", data, "phase")
        if "next_step" in was:
            self._add("task.next_step.set", {"step": was["next_step"]}, "next_step")
        if "attribution" in was:
            self._add("task.attribution.set", was["attribution"] or {}, "attribution")
        if was.get("review"):
            verdict = {key: was["review"][key] for key in ("verdict", "reason") if key in was["review"]}
            self._add("task.reviewed", verdict, "review")

    # Members

    def _labels(self) -> None:
        before, after, now = self.before.labels, self.after.labels, self.now.labels
        for label, (there, by) in after.items():
            was = before.get(label, (False, ""))[0]
            if was == there or was == now[label][0]:
                continue
            if now[label][1] != by:
                raise self._changed(f"label {label}")
            self._add("task.label.add" if was else "task.label.remove", {"label": label})

    def _edges(self) -> None:
        before, after, now = self.before.edges, self.after.edges, self.now.edges
        for (on, kind), (there, by, _, _) in after.items():
            was = before.get((on, kind), (False, "", "", None))
            if was[0] == there or was[0] == now[on, kind][0]:
                continue
            if now[on, kind][1] != by:
                raise self._changed(f"its dependency on {on}")
            data: dict[str, Any] = {"on": on, "type": kind}
            if was[0]:
                data["created_at"] = was[2]
                if was[3]:
                    data["created_by"] = was[3]
            self._add("task.dep.add" if was[0] else "task.dep.remove", data)

    def _blockers(self) -> None:
        """Resolving is final: a blocker that was resolved is raised again under another id."""
        before, after, now = self.before, self.after, self.now
        for key in after.blockers:
            if key not in before.blockers and key not in now.resolved:
                self._add("task.blocker.resolve", {"blocker": key})
            elif key in before.blockers and key in after.resolved and key not in before.resolved:
                text = before.blockers[key][0] or "?"
                self._add("task.blocker.add", {"blocker": ids.part_id("bl"), "text": text})


_PROGRESS = {"progress": "text", "progress_percent": "percent"}


def _standing(task: TaskState) -> tuple[Any, ...]:
    hold = task.hold["event"] if task.hold else None
    return (task.fields.get("status"), task.fields.get("assignee"), hold, task.fields.get("resolution"))


def _way(config: Config, task_id: str, status: str, target: str) -> list[str]:
    ways: dict[str, list[str]] = {status: []}
    queue = [status]
    for here in queue:
        if here == target:
            return ways[here]
        if here == "closed" != status:
            continue  # closing is no station on the way
        for following in allowed(config, here):
            if following not in ways:
                ways[following] = [*ways[here], following]
                queue.append(following)
    raise TransitionError(
        f"{task_id} is {status}: the workflow leads nowhere back to {target}",
        f"From {status} it can become: {', '.join(allowed(config, status)) or 'nothing else'}.",
        task=task_id,
        status=status,
    )

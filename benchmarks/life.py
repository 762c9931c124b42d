"""One made-up task, from its creation to where it stands at the end of the year."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple

from benchmarks import encode, words

DAY_MS = 86_400_000
WAITS = ("blocks", "parent-child")


class Draft(NamedTuple):
    """An event that has no id yet."""

    ms: int
    kind: str
    by: str
    data: dict[str, object]
    prev: dict[str, str | None] | None = None


Steps = Generator[Draft, str, None]
Step = Callable[[float], Steps]
"""What may happen at a moment of a task's life, 0 to 1: the events of it."""


class Life:
    """A task. ``live`` is a coroutine: it yields the next event and is sent the id which that event got.

    ``record`` is the task's present state in the bd format; ``at`` the time of its latest event, set by
    whoever drives ``live``.
    """

    def __init__(self, rng: random.Random, task: str, born: int, end: int, older: Sequence[Life]) -> None:
        self.rng = rng
        self.task = task
        self.born = born
        self.at = encode.iso(born)
        # What would outlive the year is squeezed into it, so that the mix of statuses holds at the end.
        self.lasts = min(rng.expovariate(1 / (9 * DAY_MS)), (end - born) * 0.95)
        self.done = rng.random() < 0.6
        kinds = ("task", "bug", "feature", "chore", "epic", "decision")
        self.kind = rng.choices(kinds, (46, 27, 15, 7, 4, 1))[0]
        self.edges = list(self._dependencies(older))
        self.setters: dict[str, str] = {}
        self.hold = ""
        self.record: dict[str, object] = {}
        self.labels: list[str] = []
        self.dependencies: list[dict[str, str]] = []
        self.comments: list[dict[str, object]] = []

    @property
    def free(self) -> bool:
        """Open, unclaimed and waiting for nothing."""
        waits = any(edge["type"] in WAITS for edge in self.dependencies)
        return self.record["status"] == "open" and not waits

    def live(self) -> Steps:
        """The events of the task, oldest first."""
        rng = self.rng
        early = len(self.edges) if rng.random() < 0.5 else 0
        yield from self._create(self.edges[:early])
        for edge in self.edges[early:]:
            yield self._draft(0.0, "task.dep.add", dict(edge))
            self._depend(edge)
        for when, step in self._plan():
            yield from step(when)
        yield from self._settle()

    def _dependencies(self, older: Sequence[Life]) -> Iterator[dict[str, str]]:
        """Only on tasks born before: no cycle can close. What is done waited for nothing that is not."""
        rng = self.rng
        known: set[str] = set()
        parent = False
        for _ in range(rng.choices((0, 1, 2, 3), (64, 25, 8, 3))[0] if older else 0):
            other = older[-1 - int(len(older) * rng.random() ** 3)]
            roll = rng.random()
            if not parent and (other.kind == "epic" or roll > 0.9):
                kind = "parent-child"
            elif roll < 0.75 and (other.done or not self.done):
                kind = "blocks"
            else:
                kind = "related" if roll < 0.83 else "discovered-from"
            if other.task not in known:
                known.add(other.task)
                parent |= kind == "parent-child"
                yield {"on": other.task, "type": kind}

    def _plan(self) -> list[tuple[float, Step]]:
        """What happens between creation and end, and when, in parts of the task's life."""
        rng = self.rng
        plan: list[tuple[float, Step]] = []
        for step, chance in ((self._edit, 0.5), (self._label, 0.2), (self._progress, 0.15)):
            if rng.random() < chance:
                plan.append((rng.random(), step))
        for _ in range(rng.choice((0, 0, 1, 1, 2, 2, 3, 3, 4, 4))):
            plan.append((rng.random(), self._comment))
        if rng.random() < (0.8 if self.done else 0.13):
            when = rng.random() * 0.6
            plan.append((when, self._claim))
            if self.done and rng.random() < 0.05:
                plan += [(when + 0.1, self._release), (when + 0.2, self._claim)]
        return sorted(plan, key=lambda entry: entry[0])

    def _draft(
        self, when: float, kind: str, data: dict[str, object], prev: dict[str, str | None] | None = None
    ) -> Draft:
        return Draft(self.born + 1000 + int(self.lasts * when), kind, self.rng.choice(words.PEOPLE), data, prev)

    def _create(self, edges: list[dict[str, str]]) -> Steps:
        rng = self.rng
        by = rng.choice(words.PEOPLE)
        data: dict[str, object] = {"title": words.title(rng), "issue_type": self.kind}
        data["priority"] = rng.choices((0, 1, 2, 3, 4), (3, 17, 45, 25, 10))[0]
        for name, chance, mean in (
            ("description", 0.7, 3),
            ("design", 0.12, 6),
            ("acceptance_criteria", 0.12, 2),
        ):
            if rng.random() < chance:
                data[name] = words.text(rng, mean)
        if rng.random() < 0.25:
            data["assignee"] = rng.choice(words.PEOPLE)
        if rng.random() < 0.1:
            data["due_at"] = encode.iso(self.born + int(DAY_MS * rng.uniform(3, 120)))
        self.record = {"id": self.task, **data, "status": "open", "created_at": self.at, "created_by": by}
        self.labels = words.labels(rng)
        if self.labels:
            data["labels"] = list(self.labels)
        if edges:
            data["dependencies"] = edges
        event = yield Draft(self.born, "task.created", by, data)
        self.record["created_at"] = self.at
        self.setters = dict.fromkeys([*data, "status"], event)
        for edge in edges:
            self._depend(edge)

    def _depend(self, edge: dict[str, str]) -> None:
        found = {
            "issue_id": self.task,
            "depends_on_id": edge["on"],
            "type": edge["type"],
            "created_at": self.at,
        }
        self.dependencies.append(found)

    def _set(self, when: float, name: str, value: object) -> Steps:
        event = yield self._draft(when, "task.updated", {"set": {name: value}}, {name: self.setters.get(name)})
        self.setters[name] = event
        self.record[name] = value

    def _status(self, when: float, status: str, **more: object) -> Steps:
        data = {"status": status, "previous": self.record["status"], **more}
        self.setters["status"] = yield self._draft(when, "task.status.set", data)
        self.record["status"] = status

    def _edit(self, when: float) -> Steps:
        name = self.rng.choice(("priority", "priority", "title", "description", "notes", "estimated_minutes"))
        if name in ("priority", "estimated_minutes"):
            yield from self._set(when, name, self.rng.randrange(5) * (1 if name == "priority" else 30))
        else:
            yield from self._set(when, name, words.title(self.rng) if name == "title" else words.text(self.rng, 3))

    def _label(self, when: float) -> Steps:
        label = self.rng.choice(words.LABELS)
        if label not in self.labels:
            yield self._draft(when, "task.label.add", {"label": label})
            self.labels = sorted([*self.labels, label])

    def _progress(self, when: float) -> Steps:
        data: dict[str, object] = {"text": words.sentence(self.rng), "percent": self.rng.randrange(101)}
        yield self._draft(when, "task.progress.set", data)

    def _comment(self, when: float) -> Steps:
        draft = self._draft(when, "task.note.append", {"text": words.text(self.rng, 1.5)})
        yield draft
        found = {"id": len(self.comments) + 1, "issue_id": self.task, "author": draft.by}
        self.comments.append(found | {"text": draft.data["text"], "created_at": self.at})

    def _claim(self, when: float) -> Steps:
        who = self.rng.choice(words.PEOPLE)
        draft = self._draft(when, "task.claimed", {"assignee": who})
        self.hold = yield draft._replace(by=who)
        self.record |= {"assignee": who, "status": "in_progress"}
        self.setters |= {"assignee": self.hold, "status": self.hold}

    def _release(self, when: float) -> Steps:
        event = yield self._draft(when, "task.released", {"hold": self.hold, "reason": words.sentence(self.rng)})
        self.setters |= {"assignee": event, "status": event}
        self.record["status"] = "open"
        self.record.pop("assignee", None)

    def _settle(self) -> Steps:
        roll = self.rng.random()
        if self.done:
            yield from self._close(0.98)
            if roll < 0.03:
                yield from self._status(0.99, "open", reason=words.sentence(self.rng))
                for name in ("closed_at", "close_reason", "resolution"):
                    self.record.pop(name, None)
                yield from self._close(1.0)
        elif roll < 0.08:
            yield from self._status(0.99, "blocked", reason=words.sentence(self.rng))
        elif roll < 0.13 and self.record["status"] == "open":
            yield from self._set(0.99, "defer_until", encode.iso(self.born + 3650 * DAY_MS))
            yield from self._status(1.0, "deferred")

    def _close(self, when: float) -> Steps:
        outcomes = ("completed", "abandoned", "duplicate", "wontfix", "failed")
        data: dict[str, object] = {"resolution": self.rng.choices(outcomes, (88, 4, 3, 3, 2))[0]}
        if self.rng.random() < 0.6:
            data["reason"] = words.sentence(self.rng)
        self.setters["status"] = yield self._draft(when, "task.closed", data)
        self.record |= {"status": "closed", "closed_at": self.at, "resolution": data["resolution"]}
        if "reason" in data:
            self.record["close_reason"] = data["reason"]

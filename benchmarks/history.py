"""The history of a made-up project: many tasks live side by side, and their events come out in log order.

The tasks under way wait in a heap, by the time of their next event. So a history of any length is one pass in
little memory, and ``prev`` and ``hold`` name the ids that a real writer would have named.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks import encode
from benchmarks.life import Draft, Life, Steps

BEGIN_MS = 1_735_689_600_000
"""2025-01-01. Fixed, so that the same seed gives the same bytes on any day."""
YEAR_MS = 365 * 86_400_000
EVENTS_A_TASK = 5.2
"""A little less than the mean: what a history of so many events needs tasks for, and some to spare."""
NEAR = 400
"""A task depends on one of so many before it."""
KEPT = 4000
"""So many free tasks are named in the summary, the newest."""


class Event(NamedTuple):
    """One event of the log; ``line`` ends with its newline."""

    ms: int
    id: str
    line: str


@dataclass
class Summary:
    """What a history came to; complete once its last event is out."""

    tasks: int = 0
    events: int = 0
    comments: int = 0
    labels: int = 0
    dependencies: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    free: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))
    """Open, unclaimed tasks that wait for nothing, newest last: what a measurement may change."""
    last_id: str = ""


class History:
    """A seeded history: of ``tasks`` tasks, or of exactly ``events`` events.

    ``records`` collects the tasks in the bd format where it is given.
    """

    def __init__(
        self,
        *,
        tasks: int = 0,
        events: int = 0,
        seed: int = 1,
        prefix: str = "tk",
        records: list[dict[str, object]] | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        self.prefix = prefix
        self.limit = events
        self.count = tasks or int(events / EVENTS_A_TASK) + 20
        self.records = records
        self.summary = Summary()
        self._waiting: list[tuple[int, int, Draft, Life, Steps]] = []
        self._last_ms = 0
        self._actors: dict[str, str] = {}

    def events(self) -> Iterator[Event]:
        """Every event, ascending by id."""
        older: deque[Life] = deque(maxlen=NEAR)
        span = YEAR_MS - 3_600_000
        for number in range(self.count):
            born = BEGIN_MS + int(span * (number + self.rng.random()) / self.count)
            yield from self._until(born)
            if self._full:
                break
            task = encode.task_id(self.rng, self.prefix)
            life = Life(self.rng, task, born, BEGIN_MS + YEAR_MS, older)
            older.append(life)
            steps = life.live()
            heapq.heappush(self._waiting, (born, number, next(steps), life, steps))
        yield from self._until(BEGIN_MS + 2 * YEAR_MS)
        for _, _, draft, life, _ in sorted(self._waiting, key=lambda entry: entry[1]):
            if draft.kind != "task.created":
                self._count(life)

    @property
    def _full(self) -> bool:
        return bool(self.limit) and self.summary.events >= self.limit

    def _until(self, ms: int) -> Iterator[Event]:
        waiting = self._waiting
        while waiting and waiting[0][0] < ms and not self._full:
            _, number, draft, life, steps = heapq.heappop(waiting)
            event = self._stamp(draft, life)
            yield event
            try:
                following = steps.send(event.id)
            except StopIteration:
                self._count(life)
            else:
                heapq.heappush(waiting, (following.ms, number, following, life, steps))

    def _stamp(self, draft: Draft, life: Life) -> Event:
        """The id and line of a draft. Ids ascend by their milliseconds alone, as one writer's do."""
        ms = self._last_ms = max(draft.ms, self._last_ms + 1)
        event_id = encode.ulid(ms, self.rng.getrandbits(80))
        at = life.at = encode.iso(ms)
        life.record["updated_at"] = at
        by = self._actors.get(draft.by)
        if by is None:
            by = self._actors[draft.by] = encode.compact({"name": draft.by})
        self.summary.events += 1
        self.summary.last_id = event_id
        return Event(ms, event_id, encode.line(event_id, draft.kind, life.task, at, by, draft.data, draft.prev))

    def _count(self, life: Life) -> None:
        found = self.summary
        found.tasks += 1
        found.comments += len(life.comments)
        found.labels += len(life.labels)
        found.dependencies += len(life.dependencies)
        status = str(life.record["status"])
        found.statuses[status] = found.statuses.get(status, 0) + 1
        if life.free:
            found.free.append(life.task)
        if self.records is not None:
            members = {"labels": life.labels, "dependencies": life.dependencies, "comments": life.comments}
            self.records.append(life.record | {name: value for name, value in members.items() if value})

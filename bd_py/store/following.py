"""The log as it grows: what came in, by a cursor, by waiting for it, or as a report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event as Stop

from bd_py import query_events
from bd_py.store.core import Core
from bd_py.store.model import Event, Events, SyncReport

_PAGE = 1000


class Following(Core):
    """The methods."""

    def sync(self) -> SyncReport:
        """Look at every file of the log, repair what a merge left, and tell what came in since the last time."""
        from bd_py.service.exchange import sync_local

        with self._lock:
            report = sync_local(self._opened()).to_json()
        lists = {key: tuple(value) for key, value in report.items() if key != "imported"}
        return SyncReport(imported=report["imported"], **lists)

    def cursor(self) -> str:
        """The position of now, for `events`: what comes later is after it."""
        with self._reading() as conn:
            return query_events.cursor(*query_events.position(conn))

    def events(self, since: str | None = None, *, limit: int | None = None) -> Events:
        """What has come in since a cursor (None: everything), in the order in which it came, each event once.

        What came together, by one merge or one write, comes by id, cause before effect. An event with an older id
        than some before it was brought by a merge: where two set one field the larger id holds. One that a
        checkout took away since is given too, with ``present`` false; when it returns it is not given again.
        A cursor outlives rebuilds and upgrades of the cache. Raises ConflictError where the cache was deleted
        since, InvalidError for a text that is no cursor.
        """
        with self._reading() as conn:
            epoch, last = query_events.position(conn)
            number = 0 if since is None else query_events.number_of(conn, since)
            rows = query_events.since(conn, number, limit or 0)
        from bd_py.events import stored

        found = tuple(
            Event.from_json(stored(line), cursor=query_events.cursor(epoch, arrived), present=bool(present))
            for line, arrived, present in rows
        )
        return Events(found, found[-1].cursor if found else query_events.cursor(epoch, number if since else last))

    def watch(
        self,
        since: str | None = None,
        *,
        interval: float = 0.2,
        timeout: float | None = None,
        stop: Stop | None = None,
    ) -> Iterator[Event]:
        """Each event as it comes in, from a cursor on (None: from now on).

        Looks every ``interval`` seconds, in the thread that iterates; ends ``timeout`` seconds after the last
        event, or when ``stop`` is set. `Event.cursor` is where to go on another time.
        """
        position = self.cursor() if since is None else since
        quiet_since = time.monotonic()
        wait = (stop or Stop()).wait
        while True:
            page = self.events(position, limit=_PAGE)
            for event in page.events:
                yield event
                position, quiet_since = event.cursor, time.monotonic()
            if stop is not None and stop.is_set():
                return
            if page.events:
                continue
            left = interval if timeout is None else min(interval, quiet_since + timeout - time.monotonic())
            if left <= 0 or wait(left):
                return

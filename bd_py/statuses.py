"""The built-in statuses and the categories that every status belongs to."""

from __future__ import annotations

OPEN, WAITING, ACTIVE, DONE = "open", "waiting", "active", "done"

BUILT_IN_STATUSES: dict[str, str] = {
    "open": OPEN,
    "blocked": WAITING,
    "deferred": WAITING,
    "in_progress": ACTIVE,
    "closed": DONE,
}

"""The graph of dependencies in the cache, kept level by walking only what a change can reach."""

from __future__ import annotations

from bd_py.fold.graph import WAITS, suspended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.fold.graph import Edge

_WAITS_SQL = "('blocks', 'conditional-blocks', 'waits-for', 'parent-child')"
_COLUMNS = "issue_id, depends_on_id, type, created_at, created_by, event_id"
_PUT = (
    f"INSERT INTO %s ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
    "created_at = excluded.created_at, created_by = excluded.created_by, event_id = excluded.event_id"
)
_TABLES = ("dependencies", "suspended_dependencies")
_WAITING = f"SELECT {_COLUMNS} FROM %s WHERE type IN {_WAITS_SQL}"
MANY_ADDED = 64
"""New edges from which on all are looked at together: a walk from each could go through the whole graph."""
_DROP = "DELETE FROM %s WHERE issue_id = ? AND depends_on_id = ? AND type = ?"

# Everything that a node waits for, and that waits for it, through edges kept and suspended alike.
_REACH = """
WITH RECURSIVE edge (issue_id, depends_on_id) AS (
    SELECT issue_id, depends_on_id FROM dependencies WHERE type IN {waits}
    UNION ALL SELECT issue_id, depends_on_id FROM suspended_dependencies),
  reach (id) AS (
    VALUES (?)
    UNION SELECT edge.{to} FROM reach JOIN edge ON edge.{source} = reach.id)
SELECT id FROM reach
"""
_AHEAD = _REACH.format(waits=_WAITS_SQL, to="depends_on_id", source="issue_id")
_BEHIND = _REACH.format(waits=_WAITS_SQL, to="issue_id", source="depends_on_id")

_KEPT_PATH = f"""
WITH RECURSIVE reach (id) AS (
    VALUES (?)
    UNION SELECT d.depends_on_id FROM reach JOIN dependencies d ON d.issue_id = reach.id
     AND d.type IN {_WAITS_SQL})
SELECT 1 FROM reach WHERE id = ?
"""

# fold.graph.holds_back and passes_on, as SQL.
_BLOCKED = """
SELECT i.open_blockers > 0 OR EXISTS (
    SELECT 1 FROM dependencies d JOIN issues o ON o.id = d.depends_on_id
    WHERE d.issue_id = i.id AND o.category <> 'gone' AND CASE d.type
      WHEN 'blocks' THEN o.category <> 'done'
      WHEN 'conditional-blocks' THEN o.category <> 'done' OR o.resolution IS NOT 'failed'
      WHEN 'waits-for' THEN EXISTS (
          SELECT 1 FROM dependencies c JOIN issues ci ON ci.id = c.issue_id
          WHERE c.depends_on_id = o.id AND c.type = 'parent-child' AND ci.category NOT IN ('done', 'gone'))
      WHEN 'parent-child' THEN o.category <> 'done' AND (o.is_blocked OR o.status = 'blocked')
      END), i.is_blocked
FROM issues i WHERE i.id = ? AND i.category <> 'gone'
"""
_WAITERS = "SELECT issue_id FROM dependencies WHERE depends_on_id = ? AND type <> 'related'"
_PARENTS_WAITERS = (
    "SELECT w.issue_id FROM dependencies p JOIN dependencies w ON w.depends_on_id = p.depends_on_id "
    "AND w.type = 'waits-for' WHERE p.issue_id = ? AND p.type = 'parent-child'"
)
_CHILDREN = "SELECT issue_id FROM dependencies WHERE depends_on_id = ? AND type = 'parent-child'"
_WAITS_FOR = "SELECT issue_id FROM dependencies WHERE depends_on_id = ? AND type = 'waits-for'"


def would_close_cycle(conn: Connection, issue: str, on: str, kind: str) -> bool:
    """Whether a new edge would close a cycle with those that are kept."""
    if kind not in WAITS:
        return False
    return issue == on or conn.execute(_KEPT_PATH, (on, issue)).fetchone() is not None


class Graph:
    """Collects what changed in a transaction; `settle` brings edges, ``parent_id`` and ``is_blocked`` level."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self._recheck: set[str] = set()
        self._reparent: set[str] = set()
        self._added: list[Edge] = []
        self._opened: set[str] = set()
        """The components that edges were taken out of: what they suspended may be kept now."""

    def stored(self, issue: str) -> dict[tuple[str, str], tuple[Any, ...]]:
        """The edges of a task as the cache has them, suspended ones included."""
        rows = []
        for table in _TABLES:
            rows += self.conn.execute(f"SELECT {_COLUMNS} FROM {table} WHERE issue_id = ?", (issue,)).fetchall()
        return {(row[1], row[2]): row for row in rows}

    def put(self, row: tuple[Any, ...]) -> None:
        """Add an edge, or note its newer add. ``row``: issue, on, type, created_at, created_by, event id."""
        edge: Edge = row[:3]
        self.conn.execute(_DROP % "suspended_dependencies", edge)
        self.conn.execute(_PUT % "dependencies", row)
        if edge[2] in WAITS:
            self._changed(edge)
            self._added.append(edge)

    def drop(self, edge: Edge) -> None:
        """Remove an edge."""
        waits = edge[2] in WAITS
        if waits:
            # Any component of it that is noted already is the larger one: edges have only gone since.
            if edge[0] not in self._opened and self._any_suspended():
                self._opened |= self._component(edge[0])
            self._changed(edge)
        for table in _TABLES:
            self.conn.execute(_DROP % table, edge)

    def condition_changed(self, task: str, *, alone: bool = False) -> None:
        """A task came, went, or changed its status or resolution: look again at it and who waits for it.

        ``alone``: it is new and has neither dependencies nor blockers, so only others may be concerned.
        """
        if not alone:
            self._recheck.add(task)
        for query in (_WAITERS,) if alone else (_WAITERS, _PARENTS_WAITERS):
            self._recheck.update(row[0] for row in self.conn.execute(query, (task,)))

    def blockers_changed(self, task: str) -> None:
        """A blocker of the task came or was resolved."""
        self._recheck.add(task)

    def settle(self) -> None:
        """Bring what is suspended, ``parent_id`` and ``is_blocked`` level with everything noted so far."""
        self._settle_cycles()
        self.conn.executemany(
            "UPDATE issues SET parent_id = (SELECT depends_on_id FROM dependencies WHERE issue_id = issues.id "
            "AND type = 'parent-child' ORDER BY event_id DESC, depends_on_id LIMIT 1) WHERE id = ?",
            [(task,) for task in self._reparent],
        )
        self._reparent.clear()
        while self._recheck:
            task = self._recheck.pop()
            row = self.conn.execute(_BLOCKED, (task,)).fetchone()
            if row is None or row[0] == row[1]:
                continue
            self.conn.execute("UPDATE issues SET is_blocked = ? WHERE id = ?", (row[0], task))
            self._recheck.update(child[0] for child in self.conn.execute(_CHILDREN, (task,)))

    def _settle_cycles(self) -> None:
        """Suspend edges that close a cycle: once for all that changed, however many of one component."""
        added, nodes = self._added, self._opened
        self._added, self._opened = [], set()
        if len(added) > MANY_ADDED:
            edges = [row for table in _TABLES for row in self.conn.execute(_WAITING % table)]
            self._suspend_anew({row[:3]: row for row in edges})
            return
        for issue, on, _ in added:
            if issue in nodes and on in nodes:
                continue
            if issue == on or self._path(on, issue):
                nodes |= self._component(issue)
        if nodes:
            rows = {row[:3]: row for node in nodes for row in self.stored(node).values()}
            self._suspend_anew({e: row for e, row in rows.items() if e[1] in nodes and e[2] in WAITS})

    def _changed(self, edge: Edge) -> None:
        issue, on, kind = edge
        self._recheck.add(issue)
        if kind == "parent-child":
            self._reparent.add(issue)
            self._recheck.update(row[0] for row in self.conn.execute(_WAITS_FOR, (on,)))

    def _any_suspended(self) -> bool:
        return self.conn.execute("SELECT 1 FROM suspended_dependencies LIMIT 1").fetchone() is not None

    def _path(self, start: str, goal: str) -> bool:
        if self._any_suspended():
            return goal in self._reach(_AHEAD, start)
        return self.conn.execute(_KEPT_PATH, (start, goal)).fetchone() is not None

    def _reach(self, query: str, start: str) -> set[str]:
        return {row[0] for row in self.conn.execute(query, (start,))}

    def _component(self, node: str) -> set[str]:
        return self._reach(_AHEAD, node) & self._reach(_BEHIND, node)

    def _suspend_anew(self, rows: dict[Edge, tuple[Any, ...]]) -> None:
        """Decide anew which of some edges are suspended: all those of each component that they are of."""
        out = suspended((row[5], edge) for edge, row in rows.items())
        for edge, row in rows.items():
            place, other = ("suspended_dependencies", "dependencies")[:: 1 if edge in out else -1]
            if self.conn.execute(_DROP % other, edge).rowcount:
                self.conn.execute(_PUT % place, row)
                self._changed(edge)


def all_suspended(edges: Iterable[tuple[str, Edge]]) -> set[Edge]:
    """`suspended` over the waiting edges among ``edges``."""
    return suspended([pair for pair in edges if pair[1][2] in WAITS])

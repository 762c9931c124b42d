"""Bring the cache level with the log: read what is new, mark what is gone."""

from __future__ import annotations

import os

from bd_py import jsonio, log
from bd_py.cache import scan
from bd_py.cache.scan import digest
from bd_py.events import record_key
from bd_py.stamps import stat_of, trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cache.apply import Applier
    from bd_py.cache.level import Connection
    from bd_py.log import Segment
    from bd_py.paths import Paths
    from bd_py.stamps import Stat

BULK = 5_000
"""More new events than this are folded by a rebuild, which costs a third an event."""


_IN_SEGMENT = (
    (
        "SELECT e.id FROM segments s JOIN log_events e ON e.id BETWEEN s.first_id AND s.last_id "
        "AND e.segment = s.id WHERE s.id = ?"
    ),
    "SELECT event_id FROM event_copies WHERE segment = ?",
)


class TooMuch(Exception):
    """So much is new that a rebuild is cheaper."""


class Changes:
    """What a catch-up did. ``new``: ids of events that came in; ``gone``: ids that no segment holds now.

    ``own``: those of the new ones that this worktree wrote, by a process that did not see to the cache.
    """

    __slots__ = ("bad", "gone", "new", "own", "returned")

    def __init__(self) -> None:
        self.new: list[str] = []
        self.own: set[str] = set()
        self.returned: list[str] = []
        self.gone: list[str] = []
        self.bad: list[tuple[str, int, str]] = []


class CatchUp:
    """One catch-up, inside the caller's transaction and under the lock.

    ``live`` is the number of the live segment, None after `run` where that is not as it was left.
    ``may_cut``: HEAD stands where it stood, so a torn tail of that segment was never committed.
    """

    def __init__(
        self, conn: Connection, paths: Paths, applier: Applier, live: int | None, *, may_cut: bool = False
    ) -> None:
        self.conn = conn
        self.paths = paths
        self.applier = applier
        self.live = live
        self.may_cut = may_cut
        self.changes = Changes()

    def run(self, *, every_file: bool = False) -> Changes:
        """Read what changed since the last time; ``every_file`` looks at each file's stat data.

        Raises TooMuch.
        """
        rows = self.conn.execute("SELECT path, id, size, mtime_ns, ctime_ns, inode, checked_ns FROM segments")
        known = {row[0]: row[1:] for row in rows}
        tree, kept = self._look(every_file)
        scan.sweep(self.paths.log, tree.leftovers)
        new = [path for path in tree.files if path not in known]
        if sum(tree.files[path][0] for path in new) > BULK * 200:
            raise TooMuch
        changed = [
            path
            for path, stat in tree.files.items()
            if path in known and (stat != known[path][1:5] or not trusted(stat[1], known[path][5]))
        ]
        gone = [path for path in known if path not in tree.files and _folder(path) not in kept]
        self._look_at_live(known, tree, kept, changed)
        for path in sorted(new):
            self._read_new(path, tree)
        for path in sorted(changed):
            self._read_again(path, known[path], tree)
        for path in gone:
            self._forget(known[path][0])
        self._note_folders(tree, kept)
        self._order_arrivals()
        return self.changes

    def _order_arrivals(self) -> None:
        """What came together arrived by id, cause before effect, whatever the files that it stood in."""
        new = self.changes.new
        if all(new[k - 1] < new[k] for k in range(1, len(new))):
            return
        last = self.conn.execute("SELECT max(arrived) FROM log_events").fetchone()[0]
        numbers = enumerate(sorted(new), last - len(new) + 1)
        self.conn.executemany("UPDATE log_events SET arrived = ? WHERE id = ?", list(numbers))

    def _look_at_live(self, known: dict[str, Any], tree: scan.Tree, kept: set[str], changed: list[str]) -> None:
        """The live segment grows without its folder showing it."""
        path = next((path for path, row in known.items() if row[0] == self.live), None)
        if path is not None and path not in tree.files and _folder(path) in kept:
            stat = _stat(self.paths.log + "/" + path)
            if stat is not None and stat != known[path][1:5]:
                tree.files[path] = stat
                changed.append(path)

    def _look(self, every_file: bool) -> tuple[scan.Tree, set[str]]:
        """The folders that changed, with their files, and the names of those that did not."""
        rows = self.conn.execute("SELECT path, mtime_ns, ctime_ns, inode, checked_ns FROM folders")
        folders = {row[0]: row[1:] for row in rows}
        kept: set[str] = set()

        def skip(path: str, stat: Stat) -> bool:
            row = folders.get(path)
            if every_file or row is None or stat[1:] != row[:3] or not trusted(row[0], row[3]):
                return False
            kept.add(path)
            return True

        return scan.look(self.paths.log, folders, skip), kept

    def _read_new(self, path: str, tree: scan.Tree) -> None:
        data = log.read(self.paths.log + "/" + path)
        segment = log.parse(data)
        stat = tree.files[path]
        cursor = self.conn.execute(
            "INSERT INTO segments (path, size, mtime_ns, ctime_ns, inode, checked_ns, digest, bad_lines) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (path, len(data), *stat[1:], tree.checked_ns, digest(data), len(segment.bad)),
        )
        number = cursor.lastrowid
        assert number is not None
        self._update_lines(number, segment)
        self._note_bad(path, segment)
        self._take(segment, number)

    def _read_again(self, path: str, row: tuple[Any, ...], tree: scan.Tree) -> None:
        """A file that differs, or whose stat data is too young to tell."""
        number, stat = row[0], tree.files[path]
        full = self.paths.log + "/" + path
        data = log.read(full)
        mark = digest(data)
        before = self.conn.execute("SELECT digest FROM segments WHERE id = ?", (number,)).fetchone()[0]
        if mark == before:
            self._update(number, len(data), stat, tree, mark)
            return
        segment = log.parse(data)
        ids = self._ids_in(number)
        if number == self.live and stat != row[1:5]:
            if self._only_grew(stat, row[1:5], segment, ids):
                self.changes.own.update(segment.lines.keys() - set(ids))
            else:
                self.live = None
            if segment.torn and self.may_cut:
                data, stat = self._cut_tail(full, data, stat)
                segment = log.parse(data)
                mark = digest(data)
        self._update(number, len(data), stat, tree, mark, segment)
        self._note_bad(path, segment)
        self._take(segment, number)
        self._leave([event_id for event_id in ids if event_id not in segment.lines], number)

    def _only_grew(self, stat: Stat, before: tuple[int, ...], segment: Segment, ids: list[str]) -> bool:
        """Whether the live segment got later events and lost none, HEAD standing where it stood.

        A process of this worktree wrote them, and was killed before its commit, or leaves the cache to others. The
        segment stays live: else one that writes beside such a process would begin a new one each time.
        """
        if not (self.may_cut and stat[3] == before[3] and stat[0] > before[0]) or segment.bad:
            return False
        last = max(ids, default="")
        return segment.lines.keys() >= set(ids) and all(new > last for new in segment.lines.keys() - set(ids))

    def _cut_tail(self, path: str, data: bytes, stat: Stat) -> tuple[bytes, Stat]:
        """A torn tail of the live segment is a write that never finished, so was never acknowledged."""
        size = data.rfind(b"\n") + 1
        log.cut(path, size)
        return data[:size], _stat(path) or stat

    def _update(
        self, number: int, size: int, stat: Stat, tree: scan.Tree, mark: str, segment: Segment | None = None
    ) -> None:
        self.conn.execute(
            "UPDATE segments SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, checked_ns = ?, digest = ? "
            "WHERE id = ?",
            (size, *stat[1:], tree.checked_ns, mark, number),
        )
        if segment is not None:
            self._update_lines(number, segment)

    def _update_lines(self, number: int, segment: Segment) -> None:
        """How many bad lines a segment has, and its span of ids, by which its events are found again."""
        first, last = min(segment.lines, default=None), max(segment.lines, default=None)
        self.conn.execute(
            "UPDATE segments SET bad_lines = ?, first_id = ?, last_id = ? WHERE id = ?",
            (len(segment.bad), first, last, number),
        )

    def _note_bad(self, path: str, segment: Segment) -> None:
        self.changes.bad += [(path, number, reason) for number, reason in segment.bad]

    def _take(self, segment: Segment, number: int) -> None:
        """Events of a segment: new ones are applied, returning ones are present again, known ones are copies."""
        if len(self.changes.new) + len(segment.lines) > BULK:
            known = self.conn.execute("SELECT count(*) FROM log_events").fetchone()[0]
            if len(self.changes.new) + len(segment.lines) > known // 3:
                raise TooMuch
        for event_id in sorted(segment.lines):
            line = segment.lines[event_id]
            row = self._known(event_id)
            if row is None:
                self.applier.add(line.event, line.text, number)
                self.changes.new.append(event_id)
            elif not row[1]:
                self._settle(event_id, row, {number: line.text})
                self.changes.returned.append(event_id)
            elif row[0] != number or row[2] != line.text:
                self._settle(event_id, row, self._places(event_id, row) | {number: line.text})

    def _leave(self, ids: list[str], number: int) -> None:
        """Events that a segment does not hold any more: gone, unless they stand elsewhere too."""
        for event_id in ids:
            row = self._known(event_id)
            assert row is not None
            places = self._places(event_id, row)
            del places[number]
            if not places:
                self.changes.gone.append(event_id)
            self._settle(event_id, row, places)

    def _forget(self, number: int) -> None:
        """A segment is gone."""
        if number == self.live:
            self.live = None
        self._leave(self._ids_in(number), number)
        self.conn.execute("DELETE FROM segments WHERE id = ?", (number,))

    def _known(self, event_id: str) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.conn.execute(
            "SELECT segment, present, line, issue_id, record FROM log_events WHERE id = ?", (event_id,)
        ).fetchone()
        return row

    def _ids_in(self, number: int) -> list[str]:
        """The events that a segment held when it was last read."""
        return [row[0] for query in _IN_SEGMENT for row in self.conn.execute(query, (number,))]

    def _places(self, event_id: str, row: tuple[Any, ...]) -> dict[int, str]:
        """The segments that hold an event, with its line there."""
        places = {row[0]: row[2]}
        for number, text in self.conn.execute("SELECT segment, line FROM event_copies WHERE event_id = ?", (event_id,)):
            places[number] = row[2] if text is None else text
        return places

    def _settle(self, event_id: str, row: tuple[Any, ...], places: dict[int, str]) -> None:
        """Note where an event stands now; of different lines the lesser counts."""
        segment, present, line, task, record = row
        self.conn.execute("DELETE FROM event_copies WHERE event_id = ?", (event_id,))
        if not places:
            self.conn.execute("UPDATE log_events SET present = 0, segment = NULL WHERE id = ?", (event_id,))
            self._refold(task, record)
            return
        text = min(places.values())
        if places.get(segment) != text:
            segment = min(number for number in places if places[number] == text)
        event = jsonio.loads(text)
        now = None if event.get("task") is not None else record_key(event)
        self.conn.execute(
            "UPDATE log_events SET line = ?, segment = ?, present = 1, type = ?, issue_id = ?, record = ? WHERE id = ?",
            (text, segment, event["type"], event.get("task"), now, event_id),
        )
        del places[segment]
        self.conn.executemany(
            "INSERT INTO event_copies VALUES (?, ?, ?)",
            [(event_id, number, None if other == text else other) for number, other in places.items()],
        )
        if not present or text != line:
            self._refold(task, record)
            self._refold(event.get("task"), now)

    def _refold(self, task: str | None, record: str | None) -> None:
        if task is not None:
            self.applier.refold(task)
        elif record is not None:
            self.applier.records.refold(record)

    def _note_folders(self, tree: scan.Tree, kept: set[str]) -> None:
        self.conn.executemany(
            "INSERT INTO folders VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET mtime_ns = "
            "excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode, checked_ns = excluded.checked_ns",
            [(path, *stat[1:], tree.checked_ns) for path, stat in tree.folders.items()],
        )
        there = kept | tree.folders.keys()
        paths = [row[0] for row in self.conn.execute("SELECT path FROM folders")]
        self.conn.executemany("DELETE FROM folders WHERE path = ?", [(path,) for path in paths if path not in there])


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _stat(path: str) -> Stat | None:
    try:
        return stat_of(os.stat(path))
    except OSError:
        return None

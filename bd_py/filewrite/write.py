"""One write to a store of plain files: the lines go to the events file of their task, then the files follow."""

from __future__ import annotations

from bd_py import log
from bd_py.cache.level import read_meta, sqlite3
from bd_py.filewrite import second, tidy
from bd_py.filewrite.edits import HandEdits
from bd_py.filewrite.project import project
from bd_py.stamps import stat_of
from bd_py.taskfiles import index, places
from bd_py.write import Write

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass


class FilesWrite(Write):
    """A `Write` whose events lie beside the Markdown files of their tasks.

    What people changed in those files since the last command becomes events first, in a transaction of its own. A
    write that touches several tasks is whole or not at all by a journal; whoever takes the lock next finishes it.
    """

    def __enter__(self) -> FilesWrite:
        super().__enter__()
        try:
            self._take_in()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def _before_opening(self) -> None:
        self._targets: dict[str | None, tuple[int, str | None]] = {}
        self._given_back = tidy.tidy(self.paths)

    def _take_in(self) -> None:
        if self.cache.found_level and self.cache.meta.get("bad_files", "0") == "0":
            return  # each file was looked at a moment ago, under this lock
        index.prepare(self.conn)
        edits = HandEdits(self, self._given_back)
        self.workspace.remarks += edits.take_in()
        self.workspace.took_in |= bool(self._lines or edits.events.refused)
        project(self, edits.events.refused)
        self._commit()
        self._lines, self._ids, self._targets = [], [], {}
        self.conn.execute("BEGIN IMMEDIATE")

    def _target(self, task: str | None) -> int:
        found = self._targets.get(task)
        if found is None:
            self._targets[task] = found = self._known(task) or (self._next_number(), None)
        return found[0]

    def _known(self, task: str | None) -> tuple[int, str] | None:
        """The number and path of the file that holds a task's events, or those that are about none."""
        paths = [places.RECORDS] if task is None else places.events_paths(task)
        query = f"SELECT id, path FROM segments WHERE path IN ({', '.join('?' * len(paths))}) ORDER BY id"
        row: tuple[int, str] | None = self.conn.execute(query, paths).fetchone()
        return row

    def _next_number(self) -> int:
        last = int(self.conn.execute("SELECT coalesce(max(id), 0) FROM segments").fetchone()[0])
        return max([last, *(number for number, _ in self._targets.values())]) + 1

    def _commit(self) -> None:
        if not self._lines and self._repairs:
            project(self, index.stale(self.conn))
        super()._commit()

    def _append(self, data: bytes) -> None:
        groups = self._by_task()
        journal = f"{self.paths.queue}/{places.JOURNAL}"
        whole = len(groups) == 1
        try:
            if not whole:
                log.create_whole(journal, data, second.path_for(self.paths, self._ids[0], data))
                whole = True
                self._distribute(groups, journal=True)
                tidy.let_go(self.paths)
            else:
                whole = False
                self._distribute(groups)
                whole = True
                second.keep(self.paths, self.conn, self.cache.meta, self._ids[0], data)
        except BaseException:
            if self.conn.in_transaction:
                self.conn.execute("ROLLBACK")
            if whole:
                return  # all of it is on disk, in the journal: the next command goes on from there
            if self._leases is not None:
                self._leases.undo()
            raise
        project(self, index.stale(self.conn))
        if self.cache.meta.get("bad_files", "0") != "0":
            index.doubt(self.conn)

    def _by_task(self) -> dict[str | None, list[tuple[str, str]]]:
        """The lines with their ids, by the task that they are about."""
        groups: dict[str | None, list[tuple[str, str]]] = {}
        for event_id, line in zip(self._ids, self._lines, strict=True):
            groups.setdefault(tidy.task_of(line), []).append((event_id, line))
        return groups

    def _distribute(self, groups: dict[str | None, list[tuple[str, str]]], *, journal: bool = False) -> None:
        """Append each task's lines to its file, and note what that holds now. A journal has them till it is let go."""
        for task, lines in groups.items():
            number, path = self._file_of(task)
            found = tidy.extend(
                f"{self.paths.queue}/{path}", tidy.joined(line for _, line in lines), sync_folder=not journal
            )
            self.cache.note_segment(number, path, stat_of(found), [event_id for event_id, _ in lines])

    def _file_of(self, task: str | None) -> tuple[int, str]:
        """The number and path of the file for a task's events; where there is none yet, of the one to begin."""
        self._target(task)
        number, path = self._targets[task]
        if path is None:
            self._tell_of_new_file()
        if path is None and task is None:
            path = places.RECORDS
        if path is None:
            assert task is not None
            state = self.state(task)
            folder = places.GONE if state is None else places.folder_of(state.category)
            path = f"{folder}/{places.stem(task)}{places.END}"
        return number, path

    def _commit_bulk(self) -> None:
        """An import of thousands: the journal first, the files from it, and the cache made anew."""
        from bd_py.cache import build, inbox

        self.conn.execute("ROLLBACK")
        data = tidy.joined(self._lines)
        log.create_whole(f"{self.paths.queue}/{places.JOURNAL}", data, second.path_for(self.paths, self._ids[0], data))
        try:
            tidy.finish(self.paths)
            build.rebuild(self.conn, self.paths, self.config, self.workspace.progress)
            inbox.forget(self.conn, self._ids)
            self.workspace.adopt(self.conn, read_meta(self.conn), self.config)
            self.conn.execute("BEGIN IMMEDIATE")
            index.prepare(self.conn)
            HandEdits(self).take_in()
            project(self, index.stale(self.conn))
            self.conn.execute("COMMIT")
        except (sqlite3.Error, OSError):
            if self.conn.in_transaction:
                self.conn.execute("ROLLBACK")

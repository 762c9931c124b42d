"""An opened store: one connection, one thread at a time, level with the log whenever it is asked."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bd_py.cache.level import Connection
from bd_py.errors import TkError, UsageError
from bd_py.jsonio import prefer_orjson
from bd_py.paths import STORE, Paths
from bd_py.sqlite import sqlite3
from bd_py.store.batch import Batch
from bd_py.workspace import Workspace

_MOST_WAL = 16 * 1024 * 1024
"""Bytes of write-ahead log while a store is kept open: nobody has to read it anew, and folding it back costs fsyncs.

Closing the store folds it back. After a program that was killed each command reads it until one writes: half an
interpreter start.
"""

_SOME = 5
"""Writes of one program after which the import of orjson, 17 ms, has paid for itself before long."""


class Core:
    """What every method of `bd_py.store.Store` goes through."""

    def __init__(self, paths: Paths, actor: dict[str, Any], *, write_behind: bool = False) -> None:
        self._paths = paths
        self._actor = actor
        self._lock = threading.RLock()
        self._workspace: Workspace | None = None
        self._process = 0
        self._batch: Batch | None = None
        self._closed = False
        self._in_transaction = 0
        self._writes = 0
        self._write_behind = write_behind

    def _close(self) -> None:
        """Give the connection back; closing again does nothing."""
        with self._lock:
            if self._batch is not None:
                raise UsageError("a batch is under way", "Close the store after its `with` block.")
            self._closed = True
            if self._workspace is not None and self._process == os.getpid():
                self._settle(self._workspace)
                self._workspace.close()
            self._workspace = None

    def _settle(self, workspace: Workspace) -> None:
        """Leave the cache level; where that fails, whoever opens it next does what is to be done."""
        try:
            if workspace.pending is not None and workspace.pending.lines:
                workspace.settle()
        except (TkError, sqlite3.Error, OSError):
            pass

    def _opened(self) -> Workspace:
        """The workspace of this process: a connection must not be carried over a fork."""
        if self._closed:
            raise UsageError("the store is closed", "Open it again.")
        if self._workspace is None or self._process != os.getpid():
            self._workspace = Workspace(self._paths, self._actor)
            self._workspace.most_wal = _MOST_WAL
            self._process = os.getpid()
        return self._workspace

    def _current(self) -> Connection:
        """What `_reading` gives, without its cost; the caller holds `_lock`."""
        if self._batch is not None:
            self._batch.write.flush()
            return self._batch.write.conn
        return self._opened().current()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A level connection, for this thread alone; in a batch with what that has written so far."""
        with self._lock:
            yield self._current()

    @contextmanager
    def _writing(self, *, whole: bool = False) -> Iterator[Batch]:
        """The batch that is under way, or a write of its own. ``whole``: in a segment of its own."""
        with self._lock:
            if self._batch is not None:
                yield self._batch
                return
            workspace = self._opened()
            self._refuse_in_transaction()
            self._writes += 1
            if self._writes == _SOME:
                prefer_orjson()
            with workspace.writing(batch=whole, behind=self._write_behind and not whole) as w:
                self._batch = batch = Batch(w)
                try:
                    yield batch
                    batch.end()
                finally:
                    self._batch = None

    def _refuse_in_transaction(self) -> None:
        if self._in_transaction == threading.get_ident():
            raise UsageError(
                "a transaction on a connection holds the lock", "Write to the store before it or after it."
            )

    @contextmanager
    def _lock_taken(self) -> Iterator[None]:
        """This thread holds the store's lock by another way, so a write would wait for itself."""
        if self._batch is not None and self._lock_is_mine():
            raise UsageError("a batch holds the lock", "Begin the transaction before it or after it.")
        self._in_transaction = threading.get_ident()
        try:
            yield
        finally:
            self._in_transaction = 0

    def _lock_is_mine(self) -> bool:
        if not self._lock.acquire(blocking=False):
            return False
        self._lock.release()
        return True


def find(path: str | os.PathLike[str] | None) -> Paths:
    """The store of a folder: ``.tasks`` itself, the folder that holds one, or one below it. Raises NoStoreError."""
    from bd_py import paths

    if path is not None:
        path = os.fspath(path)
        if os.path.basename(os.path.normpath(path)) == STORE and os.path.isdir(path):
            return Paths(os.path.abspath(path))
    return paths.find(path)

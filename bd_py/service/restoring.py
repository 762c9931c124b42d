"""A store back from a backup: what is missing is added first, what has to go goes last.

So whenever it is cut off, the log holds every event of before or every event of the backup, and the same command
again finishes it.
"""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py import files, jsonio
from bd_py.cache import snapshot
from bd_py.cache.level import sqlite3
from bd_py.errors import ConflictError, DamagedError, InvalidError, NewerError, NotFoundError
from bd_py.lock import Lock
from bd_py.paths import STORE as TASKS
from bd_py.paths import Paths, refuse_link
from bd_py.service import backup
from bd_py.service.backup import CACHE, FORMAT, MANIFEST, STORE, digest_of, fingerprint, store_files
from bd_py.service.rebuild import counts
from bd_py.service.setup import GIT_FILES, check_folder, config_text, place
from bd_py.taskfiles import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Listed = dict[str, tuple[int, str]]

_MOST_LISTED = 64 * 1024 * 1024
"""Bytes of a backup's list of files: that of 300,000 segments."""
_LOG, _QUEUE = "log/", "queue/"
"""Where the events are, by backend; the files of the tasks stand beside those of a queue."""


def restore(directory: str | None, source: str, *, force: bool = False) -> dict[str, Any]:
    """Make the store of a directory what a backup holds; what it holds then, counted.

    Where there is no store, it is made. What only adds to the one that is there is done; what would remove or
    change anything raises ConflictError, unless ``force``: then a backup of what was there is made first, named by
    ``replaced``. A store that has all of it already is left alone (``changed`` is false).

    Raises NotFoundError, InvalidError for what is no backup, DamagedError for one that is not as it was written,
    NewerError; nothing is changed then.
    """
    source = os.path.abspath(source)
    where = Paths(place(directory) + "/" + TASKS)
    listed = _verified(source, where.root)
    check_folder(where.tasks)
    fresh = not os.path.lexists(where.tasks)
    try:
        os.makedirs(where.tasks, exist_ok=True)
        with Lock(where.lock):
            done = _restore(where, source, listed, force)
        return {"restored": source, "store": where.tasks, **_counts(where), **done}
    except OSError as error:
        raise files.cannot_write(where.tasks, error) from None
    finally:
        if fresh and not os.path.exists(where.config):
            files.remove(where.tasks)


def _restore(where: Paths, source: str, listed: Listed, force: bool) -> dict[str, Any]:
    staged = where.cache + ".restore"
    files.remove(staged)
    try:
        _unpack(source, staged, listed)
        config_module.load(f"{staged}/config.toml")  # refused here, not when it is in place
        plan = _Plan(where, staged, listed)
        if plan.is_done:
            return {"changed": False}
        if plan.loses and not force:
            raise ConflictError(
                f"{where.tasks} holds what the backup does not: {plan.loses}",
                "--force replaces it, and keeps a backup of what is there now.",
            )
        replaced = _keep_what_is(where) if plan.holds_something else None
        plan.place()
        conn = snapshot.put(f"{staged}/{CACHE}", where)
        conn.close()
    finally:
        files.remove(staged)
    return {"changed": True} if replaced is None else {"changed": True, "replaced": replaced}


class _Plan:
    """What a restore would do to the store. ``loses``: in words, what of it is not in the backup."""

    def __init__(self, where: Paths, staged: str, listed: Listed) -> None:
        self.where = where
        self.staged = staged
        wanted = {name: found for name, found in listed.items() if name != CACHE}
        here = {name: fingerprint(f"{where.tasks}/{name}") for name in store_files(where.tasks)}
        worked = [name for name in here if _is_of_events(name) and not name.endswith(places.ATTRIBUTES)]
        self.to_queue = any(name.startswith(_QUEUE) for name in wanted)
        self.extra = [name for name in here if _is_of_events(name) and name not in wanted]
        self.missing = sorted(
            (name for name, found in wanted.items() if here.get(name) != found),
            key=lambda name: (not _is_of_events(name), name),
        )
        theirs, ours = snapshot.tables(f"{staged}/{CACHE}"), _tables(where)
        self.tables_differ = theirs != ours
        self.holds_something = bool(worked or ours)
        changed = [name for name in self.missing if name in here and not _is_new(where, name, bool(worked))]
        lost_tables = [f"table {name}" for name, digest in ours.items() if theirs.get(name) != digest]
        self.loses = _some([*(name for name in self.extra if name in worked), *changed, *lost_tables])

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.missing or self.extra or self.tables_differ) and os.path.exists(self.where.cache)

    def place(self) -> None:
        """Put the files into place: events, settings; then remove the files of events that are not in the backup."""
        tasks, missing, extra = self.where.tasks, self.missing, self.extra
        folders = {tasks}
        if self.to_queue and not self.where.files:  # that a queue is there makes it count: it comes as a whole
            os.rename(f"{self.staged}/queue", self.where.queue)
            missing = [name for name in missing if not name.startswith(_QUEUE)]
        for name in missing:
            target = f"{tasks}/{name}"
            refuse_link(os.path.dirname(target))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.rename(f"{self.staged}/{name}", target)
            folders.add(os.path.dirname(target))
        if self.where.files and not self.to_queue:  # and as a whole it goes
            os.rename(self.where.queue, f"{self.staged}/queue.before")
            extra = [name for name in extra if not name.startswith(_QUEUE)]
        for name in extra:
            os.unlink(f"{tasks}/{name}")
            folders.add(os.path.dirname(f"{tasks}/{name}"))
        self.where.choose()
        os.makedirs(self.where.log, exist_ok=True)
        for folder in folders:
            files.sync_folder(folder)


def _is_of_events(name: str) -> bool:
    return name.startswith((_LOG, _QUEUE))


def _is_new(where: Paths, name: str, worked: bool) -> bool:
    """Whether a file is one that ``tk init`` made and nobody has worked with."""
    if worked or name not in ("config.toml", *GIT_FILES):
        return False
    found = files.read(f"{where.tasks}/{name}")
    if name in GIT_FILES:
        return found == GIT_FILES[name].encode()
    config = config_module.load(where.config)
    return found == config_text(config.prefix, config.values["backend"]).encode()


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _tables(where: Paths) -> dict[str, str]:
    """The foreign tables of the cache that is there; none of one that cannot be read."""
    try:
        return snapshot.tables(where.cache)
    except sqlite3.DatabaseError:
        return {}


def _counts(where: Paths) -> dict[str, Any]:
    from bd_py.workspace import Workspace

    opened = Workspace(where)
    found = counts(opened.conn)
    opened.close()
    return {key: found[key] for key in ("segments", "events", "tasks", "deleted", "foreign_tables")}


def _keep_what_is(where: Paths) -> str:
    """A backup of the store as it is, in the git directory (outside of git: beside the cache); its name."""
    from bd_py.cache.writer import LevelCache

    base = where.cache + ".replaced" if where.git_dir is None else where.git_dir + "/tk/replaced"
    folder, number = base, 1
    while os.path.lexists(folder):
        number += 1
        folder = f"{base}-{number}"
    staged = folder + ".tmp"  # beside the cache a name like the cache's, which no backup takes along
    files.remove(staged)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    level = LevelCache(where)
    try:
        level.conn.execute("COMMIT")
        backup.write_folder(where, level.conn, staged)
    finally:
        level.close()
    backup.into_place(staged, folder)
    return folder


def _verified(source: str, root: str) -> Listed:
    """The files of a backup with size and digest, each found to be so; ``root`` is where they are to go."""
    manifest = _manifest(source)
    if manifest["format"] > FORMAT:
        raise NewerError(
            f"{source} was made by a newer tk (format {manifest['format']}, this tk reads up to {FORMAT})",
            "Upgrade tk. Nothing was changed.",
        )
    listed: Listed = manifest["files"]
    for name in listed:
        if not _is_store_file(name):
            raise InvalidError(f"{source}: {name!r} is no file of a store")
    _refuse_too_large(source, root, listed)
    found: Listed = {}
    _each(source, lambda name, file: found.update({name: digest_of(file)}) if name in listed else None)
    for name, expected in listed.items():
        if found.get(name) != expected:
            what = "is missing" if name not in found else "is not as it was written"
            raise DamagedError(
                f"{source}: {STORE}/{name} {what}", "Nothing was restored. Use another backup.", file=name
            )
    return listed


def _is_store_file(name: str) -> bool:
    """Whether a backup may bring a file of this name: below the store, and no other one beside the cache."""
    parts = name.split("/")
    if "\0" in name or not {"", ".", ".."}.isdisjoint(parts):
        return False
    return name == CACHE or not (parts[0].startswith(CACHE) or parts[0] == "lock")


def _refuse_too_large(source: str, root: str, listed: Listed) -> None:
    """Raise InvalidError for what the disk cannot hold: a few KB of archive can stand for terabytes of zeros."""
    import shutil

    total = sum(size for size, _ in listed.values())
    if total > shutil.disk_usage(root).free:
        raise InvalidError(
            f"{source} holds {total} bytes, more than is free in {root}", "Nothing was restored. Free space first."
        )


def _manifest(source: str) -> dict[str, Any]:
    """What a backup says of itself, ``files`` as size and digest by name. Raises NotFoundError, InvalidError."""
    if not os.path.lexists(source):
        raise NotFoundError(f"no backup {source}", "Give the folder or archive that 'tk backup' made.")
    found: list[bytes] = []
    try:
        if os.path.isdir(source):
            with open(f"{source}/{MANIFEST}", "rb") as file:
                found.append(file.read(_MOST_LISTED + 1))
        else:
            only = {MANIFEST: MANIFEST}
            _each_in_archive(source, lambda _, file: found.append(file.read(_MOST_LISTED + 1)), only)
        if len(found[0]) > _MOST_LISTED:
            raise ValueError
        manifest = jsonio.loads(found[0].decode())
        if not isinstance(manifest["files"], list) or not isinstance(manifest["format"], int):
            raise ValueError
        if manifest["format"] <= FORMAT:
            each_file = manifest["files"]
            manifest["files"] = {str(each["path"]): (int(each["size"]), str(each["sha256"])) for each in each_file}
    except (OSError, ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise InvalidError(
            f"{source} is no backup of tk", "Give the folder or archive that 'tk backup' made."
        ) from None
    return dict(manifest)


def _unpack(source: str, target: str, listed: Listed) -> None:
    """Copy the files of a backup, each to be on disk as it was written. Raises OSError, DamagedError."""
    import shutil

    def copy(name: str, file: Any) -> None:
        if name not in listed:
            return
        path = f"{target}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as made:
            shutil.copyfileobj(file, made)
            made.flush()
            os.fsync(made.fileno())

    os.makedirs(target)
    _each(source, copy)
    for name, expected in listed.items():
        if fingerprint(f"{target}/{name}") != expected:
            raise DamagedError(f"{source}: {STORE}/{name} changed while it was read", "Nothing was restored.")


def _each(source: str, do: Callable[[str, Any], object]) -> None:
    """Call ``do`` with the name and an open file of each file of a backup's store."""
    if not os.path.isdir(source):
        _each_in_archive(source, do)
        return
    for name in _names(f"{source}/{STORE}"):
        path = f"{source}/{STORE}/{name}"
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                do(name, file)


def _names(folder: str) -> Iterator[str]:
    for where, _, names in os.walk(folder):
        below = os.path.relpath(where, folder)
        for name in names:
            yield name if below == "." else f"{below}/{name}"


def _each_in_archive(source: str, do: Callable[[str, Any], object], only: dict[str, str] | None = None) -> None:
    """Read an archive through; nothing in it can name a place outside, since only what is listed is taken."""
    import tarfile
    import zlib

    try:
        with tarfile.open(source) as archive:
            for member in archive:
                if not member.isreg():
                    continue
                name = only.get(member.name) if only else member.name.removeprefix(STORE + "/")
                if name is None or (not only and name == member.name):
                    continue
                file = archive.extractfile(member)
                assert file is not None
                do(name, file)
                if only:
                    return
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise InvalidError(f"{source} is no backup of tk: {error}", "Give what 'tk backup' made.") from None

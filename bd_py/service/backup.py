"""A whole store in one folder or archive: the log, the settings, and the cache with other programs' tables.

::

    DEST/tk-backup.json      what this is, when and of what; each file with its size and SHA-256
    DEST/store/config.toml   and .gitattributes, .gitignore, log/...: the files as they are
    DEST/store/cache.db      as SQLite's backup gives it

An archive holds the same. Either appears under its name when it is whole and on disk, and not before.
"""

from __future__ import annotations

import os

from bd_py import __version__, files, jsonio, times
from bd_py.cache import snapshot
from bd_py.errors import ConflictError, InvalidError, ReadOnlyError
from bd_py.lock import Lock
from bd_py.service.rebuild import counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bd_py.cache.level import Connection
    from bd_py.paths import Paths
    from bd_py.workspace import Workspace

FORMAT = 1
MANIFEST = "tk-backup.json"
STORE = "store"
CACHE = "cache.db"
ARCHIVES = (".tar.gz", ".tgz")
_CHUNK = 1 << 20


def backup(workspace: Workspace, dest: str, *, force: bool = False) -> dict[str, Any]:
    """Write the whole store to ``dest``, an archive where the name ends so, else a folder; what is in it, counted.

    ``force`` replaces an older backup of that name, and nothing else. Raises ConflictError where the name is
    taken, InvalidError for a place inside of the store, TkError where it cannot be written.
    """
    dest = os.path.abspath(dest)
    paths = workspace.paths
    _check_place(paths, dest, force)
    conn = workspace.conn  # made or mended where it was missing or damaged
    staged = files.making(dest)
    try:
        files.remove(staged)
        lock = None if workspace.read_only else Lock(paths.lock)
        if lock is not None:
            lock.acquire()
        try:
            made = write_folder(paths, conn, staged)
        finally:
            if lock is not None:
                lock.release()
        if is_archive(dest):
            _pack(staged, staged + ".gz")
            os.replace(staged + ".gz", dest)
            files.sync_folder(os.path.dirname(dest))
        else:
            into_place(staged, dest)
        files.sweep(dest)  # only now: until then a backup that was killed may be the one that is whole
    except OSError as error:
        raise files.cannot_write(dest, error) from None
    finally:
        files.remove(staged)
        files.remove(staged + ".gz")
    return {"backup": dest, **made}


def write_folder(paths: Paths, conn: Connection, folder: str) -> dict[str, Any]:
    """Make a backup that is a folder. The lock is held, so that no segment changes meanwhile. Raises OSError."""
    os.makedirs(f"{folder}/{STORE}")
    tables = snapshot.take(conn, f"{folder}/{STORE}/{CACHE}")
    for name in store_files(paths.tasks):
        target = f"{folder}/{STORE}/{name}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _copy(f"{paths.tasks}/{name}", target)
    listed, total = [], 0
    for name in sorted([CACHE, *store_files(f"{folder}/{STORE}")]):
        size, digest = fingerprint(f"{folder}/{STORE}/{name}")
        listed.append({"path": name, "size": size, "sha256": digest})
        total += size
    found = counts(conn)
    made = {key: found[key] for key in ("segments", "events", "tasks", "deleted")}
    made |= {"foreign_tables": tables, "bytes": total}
    manifest = {"format": FORMAT, "tk": __version__, "made_at": times.now(), **made, "files": listed}
    files.replace(f"{folder}/{MANIFEST}", (jsonio.dumps(manifest) + "\n").encode())
    for where, _, _ in os.walk(folder):
        files.sync_folder(where)
    return made


def store_files(tasks: str) -> list[str]:
    """The files of a store that are no cache, lock or leftover of a write, as names below it; sorted."""
    found = []
    for where, folders, names in os.walk(tasks):
        below = os.path.relpath(where, tasks)
        prefix = "" if below == "." else below + "/"
        if not prefix:
            folders[:] = [name for name in folders if not name.startswith(CACHE)]
        for name in names:
            ours = not prefix and (name.startswith(CACHE) or name in ("lock", "lock.held"))
            leftover = name.startswith(".") and name.endswith(".tmp")
            if not ours and not leftover and not os.path.islink(f"{where}/{name}"):
                found.append(prefix + name)
    return sorted(found)


def fingerprint(path: str) -> tuple[int, str]:
    """Size and SHA-256 of a file. Raises OSError."""
    with open(path, "rb") as file:
        return digest_of(file)


def digest_of(file: Any) -> tuple[int, str]:
    """Size and SHA-256 of what is left of an open file."""
    from hashlib import sha256

    size, found = 0, sha256()
    for chunk in _chunks(file):
        size += len(chunk)
        found.update(chunk)
    return size, found.hexdigest()


def is_archive(name: str) -> bool:
    """Whether a backup of this name is an archive."""
    return name.endswith(ARCHIVES)


def into_place(staged: str, dest: str) -> None:
    """Give a whole backup its name; an older one of that name goes. Raises OSError."""
    old = staged + ".old"
    files.remove(old)
    if os.path.lexists(dest):
        os.rename(dest, old)
    os.rename(staged, dest)
    files.sync_folder(os.path.dirname(dest))
    files.remove(old)


def _check_place(paths: Paths, dest: str, force: bool) -> None:
    real = os.path.realpath(dest)
    if os.path.commonpath((real, os.path.realpath(paths.tasks))) == os.path.realpath(paths.tasks):
        raise InvalidError(f"{dest} is inside of the store", "Give a place outside of .tasks.")
    if not os.path.isdir(os.path.dirname(dest)):
        raise InvalidError(f"there is no folder {os.path.dirname(dest)}", "Make it first.")
    if not os.access(os.path.dirname(dest), os.W_OK):
        raise ReadOnlyError(f"cannot write {os.path.dirname(dest)}", "Give a place that can be written.")
    if not os.path.lexists(dest) or (os.path.isdir(dest) and not os.listdir(dest)):
        return
    if not _is_backup(dest):
        raise ConflictError(f"{dest} is there and is no backup", "Give another name; it is not replaced.")
    if not force:
        raise ConflictError(f"{dest} already exists", "Give another name, or --force to replace that backup.")


def _is_backup(dest: str) -> bool:
    if os.path.isdir(dest):
        return os.path.isfile(f"{dest}/{MANIFEST}")
    import tarfile

    try:
        with tarfile.open(dest) as archive:
            first = archive.next()
            return first is not None and first.name == MANIFEST
    except (OSError, tarfile.TarError, EOFError):
        return False


def _pack(folder: str, target: str) -> None:
    """The folder as an archive, its manifest first."""
    import tarfile

    with open(target, "xb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            archive.add(f"{folder}/{MANIFEST}", MANIFEST)
            archive.add(f"{folder}/{STORE}", STORE)
        file.flush()
        os.fsync(file.fileno())


def _copy(source: str, target: str) -> None:
    with open(source, "rb") as file, open(target, "xb") as copy:
        for chunk in _chunks(file):
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())


def _chunks(file: Any) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk

"""Write a small file whole or not at all."""

from __future__ import annotations

import os

from bd_py.errors import ReadOnlyError, TkError

_UNWRITABLE = (1, 13, 30)  # EPERM, EACCES, EROFS
_MAKING = ".tmp"


def replace(path: str, data: bytes) -> None:
    """Make ``path`` hold ``data``: a temporary file beside it, fsync, rename, fsync of the folder.

    An existing file keeps its mode. Raises ReadOnlyError, or TkError with the file as it was.
    """
    folder, name = os.path.split(path)
    temporary = f"{folder}/.{name}.tmp"
    try:
        fd = open_new(temporary)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(fd, rest) :]
            if os.path.exists(path):
                os.fchmod(fd, os.stat(path).st_mode & 0o7777)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(temporary, path)
    except BaseException as error:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        if isinstance(error, OSError):
            raise cannot_write(path, error) from None
        raise
    sync_folder(folder)


def open_new(path: str) -> int:
    """Open an empty file for writing, at a name of a file in the making. Raises OSError.

    What a crash left there is emptied. A symbolic link, which a clone may have brought, is taken away: written
    through it, the file that it leads to would be lost.
    """
    if os.path.islink(path):
        os.unlink(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o666)


def making(path: str) -> str:
    """The name for what this process makes to take the place of ``path``: beside it, hidden, known to `sweep`.

    It holds the process's id, for what may be made without the store's lock, by several processes at once.
    """
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.{os.getpid()}{_MAKING}")


def sweep(path: str) -> None:
    """Take away what processes that were killed had in the making for ``path``, files and folders; never raises."""
    folder, name = os.path.split(path)
    start = f".{name}."
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return
    for each in names:
        pid, _, end = each[len(start) :].partition(".")
        if (
            each.startswith(start)
            and pid.isascii()
            and pid.isdecimal()
            and f".{end}".startswith(_MAKING)
            and not is_alive(int(pid))
        ):
            try:
                remove(os.path.join(folder, each))
            except OSError:
                continue


def remove(path: str) -> None:
    """Remove a file or a folder of our own making, if it is there."""
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)


def is_alive(pid: object) -> bool:
    """Whether there is a process of this id; where the system cannot be asked (on Windows asking would end it), yes."""
    if type(pid) is not int or pid <= 0:
        return False
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def read(path: str) -> bytes | None:
    """The bytes of a file, None where it is missing or cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def shipped(folder: str) -> str:
    """The path of a folder that travels with the package: inside the installed one, beside it in a checkout."""
    package = os.path.dirname(os.path.abspath(__file__))
    inside = f"{package}/_data/{folder}"
    return inside if os.path.isdir(inside) else f"{os.path.dirname(package)}/{folder}"


def cannot_write(path: str, error: OSError) -> TkError:
    """The error for people of a write that failed."""
    kind = ReadOnlyError if error.errno in _UNWRITABLE else TkError
    return kind(f"cannot write {path}: {error.strerror}", "Nothing was changed. Mend access or free space, try again.")


def sync_folder(folder: str) -> None:
    """Have the names in a folder on disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError:
        pass  # file systems that cannot sync a folder say EINVAL, and need none
    finally:
        os.close(fd)

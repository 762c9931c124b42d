"""Make a store: the same bytes everywhere, so that two branches may both do it."""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py import files, paths
from bd_py.errors import ConflictError, InvalidError
from bd_py.lock import Lock
from bd_py.paths import STORE, Paths

ATTRIBUTES = "log/** merge=tk diff=tk text eol=lf linguist-generated\n"
IGNORE = "cache.db*\nlock\n"
GIT_FILES = {".gitattributes": ATTRIBUTES, ".gitignore": IGNORE}


class Made:
    """What `init` did: where, the prefix in force, and the names it made (none where all was there)."""

    def __init__(self, where: Paths, prefix: str, made: list[str]) -> None:
        self.paths = where
        self.prefix = prefix
        self.made = made


def init(directory: str | None = None, prefix: str | None = None, backend: str | None = None) -> Made:
    """Make a store, or what is missing of one; what is there stays as it is.

    ``backend``: "log" or "files"; an existing store is converted where it has another. Raises InvalidError for a prefix
    that no id can have or a ``.tasks`` that is no folder, ConflictError where the store has another prefix or a sparse
    checkout leaves it out, NewerError
    for a store of a newer tk, ReadOnlyError.
    """
    if prefix is not None:
        prefix = _checked_prefix(prefix)
    where = Paths(place(directory) + "/" + STORE)
    check_folder(where.tasks)
    if os.path.exists(where.config):
        _check_existing(where, prefix)
    elif where.git_dir is not None and paths.left_out(where.git_dir, where.root):
        raise ConflictError(
            f"git has {STORE} for {where.root}, and this sparse checkout leaves it out",
            "'git sparse-checkout add .tasks' brings it; a second store here would be another one.",
        )
    try:
        made = _make_folders(where)
    except OSError as error:
        raise files.cannot_write(where.tasks, error) from None
    if backend is not None and not os.path.exists(where.config):
        files.replace(where.config, config_text(prefix, backend).encode())
        made.append("config.toml")
    with Lock(where.lock):
        wanted = {"config.toml": config_text(prefix), **GIT_FILES}
        for name, text in wanted.items():
            if not os.path.lexists(f"{where.tasks}/{name}"):
                files.replace(f"{where.tasks}/{name}", text.encode())
                made.append(name)
    chosen = config_module.load(where.config).values["backend"]
    if backend not in (None, chosen) or (chosen == "files") != where.files:
        from bd_py.service.backends import switch

        switch(where, backend or chosen)
        made = [*(name for name in made if name != "log/"), f"{os.path.basename(where.log)}/"]
    made.sort(key=["config.toml", ".gitattributes", ".gitignore", "log/", "queue/"].index)
    return Made(where, config_module.load(where.config).prefix, made)


def config_text(prefix: str | None = None, backend: str | None = None) -> str:
    """The first ``config.toml`` of a store."""
    text = config_module.DEFAULT_TEXT.replace('prefix = "tk"', f'prefix = "{prefix or "tk"}"')
    return text if backend in (None, "log") else f'{text}backend = "{backend}"\n'


def place(directory: str | None) -> str:
    """The folder that a new ``.tasks`` belongs into.

    The root of git's working tree, so that every folder of the repository shares one store, unless there
    is one already on the way up; outside git, where one stands. TK_DIR names the place
    where no directory is given. Raises NotFoundError, and InvalidError in a bare repository.
    """
    named = os.environ.get("TK_DIR") if directory is None else None
    if named:
        directory = os.path.abspath(named)
        if os.path.basename(directory) == STORE:
            directory = os.path.dirname(directory)
    start = paths.start_directory(directory)
    if named or os.path.lexists(start.rstrip("/") + "/" + STORE):
        return start
    here = start
    while True:
        if _is_bare(here):
            raise InvalidError(
                f"{here} is a bare repository: it has no working tree", "Run 'tk init' in a clone of it."
            )
        if paths.find_git_dir(here) is None:
            return start
        if any(os.path.lexists(f"{here.rstrip('/')}/{name}") for name in (STORE, ".git")):
            return here
        here = os.path.dirname(here)


def _is_bare(folder: str) -> bool:
    is_git_dir = os.path.isfile(folder + "/HEAD") and all(os.path.isdir(f"{folder}/{d}") for d in ("objects", "refs"))
    return is_git_dir and os.path.basename(folder) != ".git"


def _checked_prefix(prefix: str) -> str:
    prefix = prefix.rstrip("-")
    try:
        config_module.check({"prefix": prefix}, "")
    except InvalidError:
        raise InvalidError(
            f"'{prefix}' is no prefix for ids", "Use letters, digits, '-' or '_', 32 at the most."
        ) from None
    return prefix


def check_folder(tasks: str) -> None:
    """Refuse what is no folder of a store, with InvalidError."""
    if os.path.islink(tasks):
        raise InvalidError(
            f"{tasks} is a symbolic link", "git would commit the link, not the log. Replace it by a folder."
        )
    if os.path.lexists(tasks) and not os.path.isdir(tasks):
        raise InvalidError(f"{tasks} is there and is no folder", "Move it away, then run 'tk init' again.")


def _check_existing(where: Paths, prefix: str | None) -> None:
    has = config_module.load(where.config).prefix
    if prefix is not None and prefix != has:
        raise ConflictError(
            f"{where.tasks} already has the prefix {has}",
            f"'tk config set prefix {prefix}' changes it for new ids; those that exist stay as they are.",
            prefix=has,
        )


def _make_folders(where: Paths) -> list[str]:
    os.makedirs(where.tasks, exist_ok=True)
    if os.path.isdir(where.log):
        return []
    os.makedirs(where.log, exist_ok=True)
    return ["log/"]

"""Where a repository's hooks stand: git's folder, core.hooksPath, and the files of husky, lefthook and pre-commit."""

from __future__ import annotations

import os

from bd_py import files, git
from bd_py.errors import NotFoundError
from bd_py.service import lefthook
from bd_py.service.hook_text import EVENTS, holds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.paths import Paths

CONFIG, FILE, LEFTHOOK, BY_HAND = "config", "file", "lefthook", "by hand"

_AS_CONFIGURATION = (2, 54)
_LEFTHOOK_NAMES = tuple(
    f"{folder}{dot}lefthook.{ext}"
    for folder, dot in (("", ""), ("", "."), (".config/", ""))
    for ext in ("yml", "yaml", "json", "jsonc", "toml")
)


class Repository:
    """What decides where hooks go. ``folder``: the store's below ``top``, with a slash, "" at the top."""

    def __init__(self, paths: Paths) -> None:
        if paths.git_dir is None:
            raise NotFoundError("there is no git repository here", "'git init' makes one; then 'tk install-hooks'.")
        self.root = paths.root
        self.folder = git.prefix(paths.root)
        self.top = os.path.realpath(self.root[: len(self.root) - len(self.folder)] if self.folder else self.root)
        self.git_dir = os.path.realpath(paths.git_dir)
        self.common = os.path.realpath(self._path("--git-common-dir"))
        self.hooks = os.path.realpath(self._path("--git-path", "hooks"))
        self.by_config = git.version_numbers() >= _AS_CONFIGURATION

    def _path(self, *args: str) -> str:
        out = git.ask(self.root, "rev-parse", *args)
        if out is None:
            raise git.GitError("git does not take this for a repository", "'git status' here says why.")
        return os.path.join(self.root, os.fsdecode(out.rstrip(b"\n")))

    @property
    def lefthook(self) -> str | None:
        """The main configuration of lefthook, where there is one."""
        return next((name for name in _LEFTHOOK_NAMES if os.path.isfile(f"{self.top}/{name}")), None)

    @property
    def husky(self) -> str | None:
        """husky's folder of hooks, where its generated ones call it (from version 9 on)."""
        parent, name = os.path.split(self.hooks)
        return parent if name == "_" and os.path.basename(parent) == ".husky" else None

    def contains(self, path: str) -> bool:
        """Whether a file belongs to this repository alone: to its working tree or its git directory."""
        path = os.path.realpath(path)
        return any(path.startswith(place + "/") for place in (self.top, self.common))


class Place:
    """Where one hook goes: ``kind``, the file, and for what a person has to do, why."""

    def __init__(self, event: str, kind: str, path: str = "", why: str = "") -> None:
        self.event = event
        self.kind = kind
        self.path = path
        self.why = why


def places(repo: Repository) -> list[Place]:
    """One for each hook."""
    return [_place(repo, event) for event in EVENTS]


def _place(repo: Repository, event: str) -> Place:
    """Configuration where git reads it, but where a file serves already: both would fire."""
    place = _place_of_file(repo, event)
    return Place(event, CONFIG) if repo.by_config and not _serves(repo, place) else place


def _serves(repo: Repository, place: Place) -> bool:
    if place.kind == LEFTHOOK:
        return lefthook.holds(place.path, repo.folder)
    data = files.read(place.path) or b""
    return holds(data, place.event, repo.folder) or (place.kind == BY_HAND and b"tk hook" in data)


def _place_of_file(repo: Repository, event: str) -> Place:
    if repo.lefthook and _is_lefthooks(repo, event):
        return Place(event, LEFTHOOK, f"{repo.top}/{lefthook.LOCAL}")
    path = f"{repo.husky or repo.hooks}/{event}"
    if not os.path.isdir(repo.hooks) and os.path.lexists(repo.hooks):
        return Place(event, BY_HAND, path, "core.hooksPath is no folder: hooks are switched off")
    if not repo.contains(path):
        return Place(event, BY_HAND, path, "it is outside of this repository, and may serve others too")
    data = files.read(path)
    if data is not None and b"pre-commit.com" in data:
        path += ".legacy"  # what pre-commit found when it was installed, and runs first
        data = files.read(path)
    if data is not None and not os.access(path, os.X_OK) and not repo.husky:
        return Place(event, BY_HAND, path, "it is not executable, so switched off")
    return Place(event, FILE, path)


def _is_lefthooks(repo: Repository, event: str) -> bool:
    """lefthook runs the events of its files; it takes over a hook file that is not its own when it installs."""
    data = files.read(f"{repo.hooks}/{event}")
    return data is None or b"lefthook" in data.lower()


def every_file(repo: Repository) -> list[tuple[str, str]]:
    """Each file that may hold a block of tk's, with the hook it is for: also where tools moved it to."""
    folders = dict.fromkeys((f"{repo.common}/hooks", repo.hooks, repo.husky or "", f"{repo.top}/.husky"))
    return [
        (f"{folder}/{event}{suffix}", event)
        for folder in folders
        if folder
        for event in EVENTS
        for suffix in ("", ".legacy", ".old")
    ]

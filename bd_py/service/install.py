"""Set up git's hooks for a repository, and take them out again; no other tool's hook is renamed or written over."""

from __future__ import annotations

import os

from bd_py import files, git
from bd_py.errors import TkError
from bd_py.service import hook_text, install_driver, lefthook
from bd_py.service.hook_places import BY_HAND, CONFIG, FILE, LEFTHOOK, Place, Repository, every_file, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.paths import Paths

THERE, WRITTEN, TODO = "there", "written", "to do"


class Hook:
    """One hook after an installation: where it stands, and what is left to do by hand."""

    def __init__(self, place: Place, state: str, advice: str = "") -> None:
        self.event = place.event
        self.kind = place.kind
        self.path = place.path
        self.state = state
        self.advice = advice

    def to_json(self) -> dict[str, Any]:
        """One of the ``hooks`` of ``tk install-hooks --json``."""
        out = {"event": self.event, "as": self.kind, "file": self.path or None, "state": self.state}
        return {**out, "advice": self.advice or None}


class Installed:
    """What `install` did: each hook, and the keys of the merge driver that were set."""

    def __init__(self, hooks: list[Hook], driver: list[str], notes: list[str]) -> None:
        self.hooks = hooks
        self.driver = driver
        self.notes = notes

    def to_json(self) -> dict[str, Any]:
        """The document of ``tk install-hooks --json``."""
        return {"hooks": [hook.to_json() for hook in self.hooks], "driver": self.driver, "notes": self.notes}


def install(paths: Paths) -> Installed:
    """Put tk's hooks beside what is there, and register the merge driver; a second time changes nothing.

    Raises TkError where there is no repository, or what has to be written cannot be.
    """
    repo = Repository(paths)
    wanted = places(repo)
    notes: list[str] = []
    found = {place.event: _put(repo, place) for place in wanted if place.kind != LEFTHOOK}
    local = [place for place in wanted if place.kind == LEFTHOOK]
    if local:
        state, advice = lefthook.put(local[0].path, [place.event for place in local], repo.folder)
        found.update({place.event: Hook(place, state, advice) for place in local})
        notes.append("'lefthook install' makes lefthook call hooks that it did not call before")
    in_tree = {os.path.relpath(h.path, repo.top) for h in found.values() if h.kind == FILE and _in_tree(repo, h.path)}
    if in_tree:
        notes.append("the hooks stand in the working tree: " + ", ".join(sorted(in_tree)))
    hooks = [found[place.event] for place in wanted]
    for name in _config_keys(repo):
        if any(hook.kind in (FILE, LEFTHOOK) and section(repo, hook.event) == name for hook in hooks):
            git.ask(repo.root, "config", "--local", "--remove-section", name)  # of a newer git: both would fire
    return Installed(hooks, install_driver.register(paths.root), notes)


def uninstall(paths: Paths) -> tuple[list[str], list[str]]:
    """Take out what `install` put in, wherever tools moved it: the files and keys that changed. Raises TkError."""
    repo = Repository(paths)
    changed = []
    for path, event in every_file(repo):
        data = files.read(path)
        if data is not None and hook_text.holds(data, event, repo.folder) and repo.contains(path):
            _write(os.path.realpath(path), hook_text.remove(data, event, repo.folder))
            changed.append(path)
    changed += lefthook.take_out(repo.top, repo.folder)
    for key in _config_keys(repo):
        if git.ask(repo.root, "config", "--local", "--remove-section", key) is not None:
            changed.append(key)
    return changed, install_driver.unregister(paths.root)


def is_installed(paths: Paths) -> bool:
    """Whether any of tk's hooks is where git looks for it now."""
    repo = Repository(paths)
    return any(is_there(repo, place) for place in places(repo))


def reminder(paths: Paths) -> str | None:
    """What the first write in a clone says where git tracks the store and there are no hooks; else None."""
    try:
        if paths.git_dir is None or not git.tracked(paths.root, [".tasks/config.toml"]) or is_installed(paths):
            return None
    except TkError:
        return None
    return "hint: task events are new files: 'git add .tasks' with each commit, or once 'tk install-hooks'"


def is_there(repo: Repository, place: Place) -> bool:
    """Whether tk's part of a hook stands where it belongs now."""
    if place.kind == CONFIG:
        return section(repo, place.event) in _config_keys(repo)
    if place.kind == LEFTHOOK:
        return lefthook.holds(place.path, repo.folder)
    data = files.read(place.path)
    return data is not None and hook_text.holds(data, place.event, repo.folder)


def config_entries(event: str, folder: str = "") -> dict[str, str]:
    """The configuration that makes git (2.54 and newer) run a hook: the values by key.

    git puts the hook's arguments after the command, so that is one function and its call.
    """
    block = hook_text.shell_block(event, folder).splitlines()[1:-2]
    body = "\n".join(block).replace("|| exit 1", "|| return 1")
    command = f"tk_hook() {{\n{body}\n}}; tk_hook"
    section = f"hook.tk-{event}" + (f"-{folder.rstrip('/')}" if folder else "")
    return {f"{section}.command": command, f"{section}.event": event}


def by_hand(event: str, folder: str = "") -> str:
    """The line that a hook needs where tk cannot or must not write it, in sh."""
    args = "" if event in ("pre-commit", "post-commit", "pre-push") else ' "$@"'
    call = f"tk {hook_text.at(folder)}hook {event}{args} </dev/null"
    return f"! command -v tk >/dev/null || {call} || [ $? -ne 9 ] || exit 1"


def _put(repo: Repository, place: Place) -> Hook:
    if place.kind == CONFIG:
        return Hook(place, _set_config(repo, place.event))
    advice = by_hand(place.event, repo.folder)
    if place.kind == BY_HAND:
        done = is_there(repo, place) or b"tk hook" in (files.read(place.path) or b"")
        return Hook(place, THERE if done else TODO, "" if done else f"{place.why}. Add to it: {advice}")
    path = os.path.realpath(place.path)
    before = files.read(path)
    if before is not None and not repo.contains(path):
        return Hook(_turned(place), TODO, f"it is a link out of this repository. Add to it: {advice}")
    after = hook_text.insert(before or b"", place.event, repo.folder)
    if after is None:
        name = hook_text.interpreter(before or b"")
        if b"tk hook" in (before or b"") or b'"hook"' in (before or b""):
            return Hook(_turned(place), THERE)
        return Hook(_turned(place), TODO, f"it is written in {name}. Run this from it, as sh: {advice}")
    if after == before:
        return Hook(place, THERE)
    _write(path, after)
    return Hook(place, WRITTEN)


def _turned(place: Place) -> Place:
    return Place(place.event, BY_HAND, place.path, place.why)


def _in_tree(repo: Repository, path: str) -> bool:
    return path.startswith(repo.top + "/") and not path.startswith((repo.common + "/", repo.git_dir + "/"))


def _write(path: str, data: bytes) -> None:
    """Write a hook with its mode kept, a new one executable; empty takes the file away."""
    try:
        if not data:
            os.unlink(path)
            return
        new = not os.path.exists(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        files.replace(path, data)
        if new:
            mode = os.stat(path).st_mode & 0o777
            os.chmod(path, mode | (mode & 0o444) >> 2)  # whoever may read it may run it
    except OSError as error:
        raise files.cannot_write(path, error) from None


def section(repo: Repository, event: str) -> str:
    """The section of git's configuration for a hook: ``hook.tk-pre-commit``."""
    return next(iter(config_entries(event, repo.folder))).removesuffix(".command")


def _config_keys(repo: Repository) -> list[str]:
    """The sections of tk's hooks that stand in the repository's configuration."""
    out = git.ask(repo.root, "config", "--local", "--null", "--name-only", "--get-regexp", r"^hook\.tk-") or b""
    have = {os.fsdecode(key).rpartition(".")[0] for key in out.split(b"\0") if key}
    return [name for event in hook_text.EVENTS if (name := section(repo, event)) in have]


def _set_config(repo: Repository, event: str) -> str:
    state = THERE
    for key, value in config_entries(event, repo.folder).items():
        if git.ask(repo.root, "config", "--local", "--get", key) == value.encode() + b"\n":
            continue
        if git.ask(repo.root, "config", "--local", "--replace-all", key, value) is None:
            raise git.GitError("git cannot write this repository's configuration", "Is its config writable?")
        state = WRITTEN
    return state

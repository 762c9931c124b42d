"""Checks of what is around the log: settings, git, the folder, the lock."""

from __future__ import annotations

import os

from bd_py import config as config_module
from bd_py import files, git
from bd_py.errors import TkError
from bd_py.lock import Lock
from bd_py.service.checks.finding import ERROR, INFO, WARNING, Finding
from bd_py.service.notices import vanished
from bd_py.service.setup import GIT_FILES
from bd_py.sync import second_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.paths import Paths
    from bd_py.workspace import Workspace

_OLDEST_GIT = (2, 20)
_NEVER_COMMITTED = (".tasks/cache.db", ".tasks/cache.db-wal", ".tasks/cache.db-shm", ".tasks/lock")


def settings(paths: Paths) -> list[Finding]:
    """Whether config.toml can be read and makes sense."""
    file = ".tasks/config.toml"
    try:
        config = config_module.load(paths.config)
    except TkError as error:
        return [Finding(ERROR, error.message, error.hint, file=file)]
    if not os.path.exists(paths.config):
        return [Finding(WARNING, "missing: the defaults hold", "'tk init' writes one.", file=file)]
    unknown = sorted(set(config.given) - set(config_module.DEFAULTS))
    return [Finding(INFO, f"{key} is no setting that this tk knows", file=file) for key in unknown]


def git_files(paths: Paths) -> list[Finding]:
    """Whether .gitattributes and .gitignore hold the lines that init writes; others may stand beside them."""
    found = []
    for name, text in GIT_FILES.items():
        missing = missing_lines(f"{paths.tasks}/{name}", text)
        if missing:
            reason = "does not say " + " nor ".join(f"'{line}'" for line in missing)
            found.append(Finding(ERROR, reason, "'tk doctor --fix' adds it.", file=f".tasks/{name}"))
    return found


def missing_lines(path: str, text: str) -> list[str]:
    """The lines of ``text`` that the file does not hold."""
    has = (files.read(path) or b"").decode("utf-8", "replace").split("\n")
    held = {line.strip() for line in has}
    return [line for line in text.splitlines() if line not in held]


def git_state(paths: Paths) -> list[Finding]:
    """git's version; what of the store it ignores, tracks by mistake, or does not have yet."""
    if paths.git_dir is None:
        return [Finding(INFO, "no git repository: nothing travels, nothing is versioned")]
    try:
        return _git_state(paths)
    except git.GitError as error:
        return [Finding(WARNING, error.message, error.hint)]


def _git_state(paths: Paths) -> list[Finding]:
    version = git.version()
    if version is None:
        return [Finding(WARNING, "git was not found", "tk works without it, but nothing travels.")]
    found = []
    if git.version_numbers(version) < _OLDEST_GIT:
        found.append(Finding(WARNING, f"git {version} is older than 2.20, the oldest that tk is tried with"))
    ignored = git.ignored(paths.root, [".tasks/config.toml", f"{paths.below}/2026-01/x.jsonl"])
    if ignored:
        hint = "'git check-ignore -v .tasks/config.toml' names the rule; take it away."
        found.append(Finding(ERROR, "git ignores .tasks: the log is not committed", hint, file=ignored[0]))
    for name in git.tracked(paths.root, _NEVER_COMMITTED):
        found.append(Finding(ERROR, "is committed, and should not be", f"'git rm --cached {name}'", file=name))
    changes = git.status(paths.root, paths.below)
    new = [name for name, letters in changes.items() if letters == "??" and name.endswith(".jsonl")]
    if new:
        what = "1 segment is not" if len(new) == 1 else f"{len(new)} segments are not"
        found.append(Finding(INFO, f"{what} committed yet", "'git add .tasks' before you commit.", file=new[0]))
    for name, letters in changes.items():
        if "U" in letters or letters in ("AA", "DD"):
            hint = "'tk sync', then 'git add .tasks'."
            found.append(Finding(WARNING, "has an unresolved merge", hint, file=name))
    return found


def second_name_state(workspace: Workspace) -> list[Finding]:
    """Whether events of this worktree vanished, and how many have a second name until they are committed."""
    lost = vanished(workspace)
    if lost:
        reason = f"{len(lost)} events that were never committed vanished from the log"
        return [Finding(ERROR, reason, "'tk recover' brings them back.")]
    count = len(second_names(workspace.paths))
    if not count:
        return []
    what = "1 segment has" if count == 1 else f"{count} segments have"
    return [Finding(INFO, f"{what} a second name in the git directory, until 'tk sync' finds them committed")]


def folder(paths: Paths) -> list[Finding]:
    """Whether the store is a folder of its own that can be written."""
    found = []
    if os.path.islink(paths.tasks):
        hint = "git commits the link, not the log. Replace it by the folder."
        found.append(Finding(ERROR, ".tasks is a symbolic link", hint, file=".tasks"))
    for name, path in ((".tasks", paths.tasks), (paths.below, paths.log)):
        if os.path.isdir(path) and not os.access(path, os.W_OK | os.X_OK):
            found.append(Finding(WARNING, "cannot be written: reading verbs work, writing ones do not", file=name))
    return found


def lock(paths: Paths) -> list[Finding]:
    """Whether another process holds the lock at this moment."""
    if not os.path.exists(paths.lock):
        return []
    held = Lock(paths.lock)
    if held.try_acquire():
        held.release()
        return []
    if not os.access(paths.lock, os.W_OK):
        return [Finding(INFO, "cannot be opened for writing", file=".tasks/lock")]
    return [Finding(INFO, "another tk holds it at this moment", file=".tasks/lock")]

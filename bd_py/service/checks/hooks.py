"""The check that git's hooks fire: each is fired, with a word to say that only tk says."""

from __future__ import annotations

import os

from bd_py import files, git, spawn
from bd_py.errors import TkError
from bd_py.service import hook_text, install
from bd_py.service.checks.finding import ERROR, WARNING, Finding
from bd_py.service.hook_outcome import PROBE
from bd_py.service.hook_places import CONFIG, FILE, LEFTHOOK, Place, Repository, every_file, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.paths import Paths

_SECONDS = 20
_INSTALL = "'tk install-hooks' sets them up."


def hooks(paths: Paths) -> list[Finding]:
    """Whether each of tk's hooks runs tk. With the probe's word set, tk's part ends the hook: no other's runs."""
    if paths.git_dir is None:
        return []
    try:
        repo = Repository(paths)
        wanted = places(repo)
        there = {place.event: install.is_there(repo, place) for place in wanted}
        if not any(there.values()):
            return _left_behind(repo)
        found = []
        for place in wanted:
            reason = _why_silent(repo, place) if there[place.event] else "is not set up"
            if reason:
                level = WARNING if "PATH" in reason or not there[place.event] else ERROR
                found.append(Finding(level, f"{place.event} {reason}", _INSTALL, file=place.path or None))
        return found
    except TkError as error:
        return [Finding(WARNING, error.message, error.hint)]


def _left_behind(repo: Repository) -> list[Finding]:
    """tk's hooks where git does not look for them any more, as after another tool set core.hooksPath."""
    for path, event in every_file(repo):
        if hook_text.holds(files.read(path) or b"", event, repo.folder):
            return [Finding(WARNING, "git does not look for hooks here any more", _INSTALL, file=path)]
    return []


def _why_silent(repo: Repository, place: Place) -> str | None:
    """Why a hook did not say the word; None where it did."""
    token = f"{os.getpid()}-{os.urandom(4).hex()}"
    args = {"post-merge": ["0"], "post-checkout": ["0", "1", "1"], "post-rewrite": ["amend"]}.get(place.event, [])
    if place.kind == CONFIG:
        listed = git.ask(repo.root, "hook", "list", place.event)
        if listed is not None and install.section(repo, place.event)[5:].encode() not in listed.splitlines():
            return "is switched off in git's configuration"
    command = _command(repo, place, args)
    if command is None:
        return None
    # git hook run gives what a hook prints to stderr.
    there = ["sh", "-c", 'cd "$0" && exec "$@" 2>&1', repo.top, *command]
    try:
        said = spawn.output(there, {**git.environment(), PROBE: token}, _SECONDS)[1].decode("utf-8", "replace")
    except OSError as error:
        return f"does not run: {error}"
    if f"tk hook {place.event} {token}" in said:
        return None
    import shutil

    if shutil.which("tk") is None:
        return "does nothing: tk is not on PATH"
    last = said.strip().splitlines()[-1:] or ["it said nothing"]
    return f"does not reach tk: {last[0]}"


def _command(repo: Repository, place: Place, args: list[str]) -> list[str] | None:
    """What fires the hook; None for lefthook, which runs the others' commands too."""
    if place.kind == LEFTHOOK:
        return None
    if place.kind == CONFIG:
        value = git.ask(repo.root, "config", "--get", f"{install.section(repo, place.event)}.command") or b""
        return ["sh", "-c", os.fsdecode(value.removesuffix(b"\n")) + ' "$@"', "sh", *args]  # as git does
    by_git = place.kind == FILE and place.path == f"{repo.hooks}/{place.event}" and git.version_numbers() >= (2, 36)
    if by_git:
        return ["git", "hook", "run", place.event, "--", *args]
    if repo.husky and place.path.startswith(repo.husky):
        return [f"{repo.hooks}/{place.event}", *args]
    return [place.path, *args]  # what pre-commit calls before the hooks it manages

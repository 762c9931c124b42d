"""Tell git of the merge driver and of textconv: a few keys in the configuration that a clone's worktrees share.

The keys and their values stand in ``merge_driver/gitconfig``, which also serves whoever includes it by hand.
"""

from __future__ import annotations

import os

from bd_py import files, git


def register(root: str) -> list[str]:
    """Set the keys in the configuration of the repository that ``root`` is in; those that were not so before.

    Raises git.GitError where git has no repository there or cannot write its configuration.
    """
    have = _values(root, "--local")
    changed = [(key, value) for key, value in wanted(root).items() if have.get(key) != value]
    for key, value in changed:
        _config(root, "--local", "--replace-all", key, value)
    return [key for key, _ in changed]


def unregister(root: str) -> list[str]:
    """Take the keys out of the repository's configuration, and their sections when empty; those that were there.

    Raises git.GitError.
    """
    have = _values(root, "--local")
    found = [key for key in wanted(root) if key in have]
    for key in found:
        _config(root, "--local", "--unset-all", key)
    return found


def is_registered(root: str) -> bool:
    """Whether git would run the driver and textconv as this tk has them, wherever that is configured."""
    have = _values(root)
    return all(have.get(key) == value for key, value in wanted(root).items())


def wanted(root: str) -> dict[str, str]:
    """The keys with their values."""
    source = files.shipped("merge_driver") + "/gitconfig"
    found = _listed(git.ask(root, "config", "--file", source, "--null", "--list"))
    if not found:
        raise git.GitError(f"cannot read {source}", "Install tk again: a file of its own is missing.")
    return found


def _values(root: str, *scope: str) -> dict[str, str]:
    """What tk's sections hold."""
    return _listed(git.ask(root, "config", *scope, "--null", "--get-regexp", r"^(merge|diff)\.tk(-text)?\."))


def _listed(out: bytes | None) -> dict[str, str]:
    entries = (os.fsdecode(entry).partition("\n") for entry in (out or b"").split(b"\0") if entry)
    return {key: value for key, _, value in entries}


def _config(root: str, *args: str) -> None:
    if git.ask(root, "config", *args) is None:
        raise git.GitError(
            "git cannot write this repository's configuration", "Is this a git repository, and its config writable?"
        )

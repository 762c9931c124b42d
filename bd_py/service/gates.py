"""Gates: commands of the project's config that must pass before a task is done.

A repository that is cloned must not run its commands unasked. So the gates of a config run only after somebody
trusted exactly them in this clone: what is trusted is remembered by its digest in ``tk/`` of the git directory,
which no clone, fetch or checkout writes, and a config that changes is another one.
"""

from __future__ import annotations

import os

from bd_py import files, jsonio
from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.config import Config
    from bd_py.fold.state import TaskState
    from bd_py.paths import Paths
    from bd_py.write import Write

KEYS = ("name", "command", "timeout", "when")
_WHEN = ("type", "label")


class Gate:
    """One gate: its name, the command (a string for sh, or a list of words), the seconds it may take."""

    __slots__ = ("command", "labels", "name", "timeout", "trusted", "types")

    def __init__(self, given: dict[str, Any], *, trusted: bool = False) -> None:
        self.name: str = given["name"]
        self.command: str | list[str] = given["command"]
        self.timeout: float | None = given.get("timeout")
        when = given.get("when") or {}
        self.types = _words(when.get("type"))
        self.labels = _words(when.get("label"))
        self.trusted = trusted

    @property
    def is_for_some(self) -> bool:
        """Whether it is for tasks of some types or labels alone."""
        return bool(self.types or self.labels)

    def applies(self, kind: str, labels: set[str]) -> bool:
        """Whether a task of this type with these labels must pass it."""
        return (not self.types or kind in self.types) and (not self.labels or not labels.isdisjoint(self.labels))


def of_config(config: Config) -> list[Gate]:
    """The gates in force, in order. Raises InvalidError (which gate, what is wrong)."""
    given = config.values["gates"]
    for number, gate in enumerate(given, 1):
        flaw = _flaw(gate)
        if flaw:
            raise InvalidError(
                f"gate {number} of config.toml ({gate.get('name', 'without a name')}): {flaw}",
                "docs/configuration.md shows how a gate is written.",
            )
    names = [gate["name"] for gate in given]
    for name in names:
        if names.count(name) > 1:
            raise InvalidError(f"two gates of config.toml are named {name}", "Give each a name of its own.")
    return [Gate(gate) for gate in given]


def for_task(w: Write, task: TaskState, gates: list[Gate]) -> list[Gate]:
    """Those that this task must pass."""
    if not gates:
        return []
    from bd_py import query_facts

    w.flush()
    labels = set(query_facts.labels(w.conn, task.id))
    return [gate for gate in gates if gate.applies(task.fields["issue_type"], labels)]


def is_trusted(paths: Paths, config: Config) -> bool:
    """Whether the gates of this config may run in this clone."""
    trusted = (files.read(_trust_file(paths)) or b"").decode("ascii", "replace").split()
    return bool(trusted) and _digest(paths, config) in trusted


def trust(paths: Paths, config: Config) -> None:
    """Let the gates of this config run in this clone, and those of no other."""
    of_config(config)
    path = _trust_file(paths)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    files.replace(path, (_digest(paths, config) + "\n").encode())


def distrust(paths: Paths) -> bool:
    """Let none run any more; False where none was trusted."""
    try:
        os.unlink(_trust_file(paths))
    except FileNotFoundError:
        return False
    return True


def _flaw(gate: dict[str, Any]) -> str:
    unknown = sorted(set(gate) - set(KEYS))
    if unknown:
        return f"it has no key {unknown[0]!r}; there are {', '.join(KEYS)}"
    if not isinstance(gate.get("name"), str) or not gate["name"].strip():
        return "it needs a name"
    command = gate.get("command")
    words = command if isinstance(command, list) else [command]
    if not words or not all(isinstance(word, str) and word for word in words):
        return "it needs a command: a string for sh, or a list of words"
    timeout = gate.get("timeout")
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout <= 0):
        return f"timeout {timeout!r} is no number of seconds above 0"
    when = gate.get("when", {})
    if not isinstance(when, dict) or set(when) - set(_WHEN):
        return "when has type and label, each a word or a list of words"
    if not all(isinstance(word, str) for value in when.values() for word in _words(value)):
        return "when has type and label, each a word or a list of words"
    return ""


def _words(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def _digest(paths: Paths, config: Config) -> str:
    """What stands for the gates of a config in this place.

    The place is part of it, for a store outside git, whose folder may be unpacked from an archive: whoever made
    that cannot know where it will lie.
    """
    from _blake2 import blake2b

    place = "" if paths.git_dir else f"{os.path.realpath(paths.tasks)}:{os.stat(paths.tasks).st_ino}"
    return str(blake2b(f"{place}\n{jsonio.dumps(config.values['gates'])}".encode(), digest_size=20).hexdigest())


def _trust_file(paths: Paths) -> str:
    """In the git directory that all worktrees of a clone share; outside git beside the cache, which nobody commits."""
    from bd_py.paths import common_dir

    return f"{common_dir(paths.git_dir)}/tk/trusted-gates" if paths.git_dir else paths.cache + ".gates"

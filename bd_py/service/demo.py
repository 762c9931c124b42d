"""``quickstart --demo``: the whole way once, in a scratch repository, with the real commands."""

from __future__ import annotations

import os
import sys

import bd_py
from bd_py.errors import TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_GIT_CONFIG = """\
[user]
    name = demo
    email = demo@example.com
[init]
    defaultBranch = main
[core]
    hooksPath = /dev/null
[commit]
    gpgSign = false
[advice]
    detachedHead = false
"""
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT", "PYTHONUTF8", "VIRTUAL_ENV")


class Demo:
    """A scratch repository in a world of its own: home, git's configuration, identity; no hooks of the user's."""

    def __init__(self, scratch: str, say: Callable[[str], None]) -> None:
        self.repo = scratch + "/project"
        self.say = say
        home = scratch + "/home"
        os.makedirs(home)
        os.makedirs(self.repo)
        with open(home + "/.gitconfig", "w", encoding="utf-8") as file:
            file.write(_GIT_CONFIG)
        self.env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        package = os.path.dirname(os.path.dirname(os.path.abspath(bd_py.__file__)))
        self.env.update(
            HOME=home,
            XDG_CONFIG_HOME=home + "/.config",
            XDG_STATE_HOME=home + "/.local/state",
            GIT_CONFIG_GLOBAL=home + "/.gitconfig",
            GIT_CONFIG_NOSYSTEM="1",
            GIT_TERMINAL_PROMPT="0",
            GIT_EDITOR="true",
            PYTHONPATH=package,
            TERM="dumb",
            TK_ACTOR="you",
        )

    def tk(self, *args: str) -> str:
        """Run tk and show it; what it printed."""
        return self._run([sys.executable, "-m", "bd_py", *args], "tk", args)

    def git(self, *args: str) -> str:
        """Run git and show it."""
        return self._run(["git", *args], "git", args)

    def _run(self, command: list[str], name: str, args: tuple[str, ...]) -> str:
        import shlex
        import subprocess

        shown = " ".join(f'"{arg}"' if " " in arg and '"' not in arg else shlex.quote(arg) for arg in args)
        self.say(f"$ {name} {shown}")
        try:
            done = subprocess.run(
                command,
                cwd=self.repo,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                check=False,
                timeout=120,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TkError(f"the demonstration could not run {name}: {error}", "It needs git on PATH.") from None
        if done.stdout:
            self.say(done.stdout.rstrip("\n"))
        if done.returncode:
            raise TkError(f"the demonstration failed: {name} {shown} exits {done.returncode}")
        return done.stdout.strip()


def run(say: Callable[[str], None]) -> None:
    """Show every step on ``say``; the scratch folder is gone afterwards. Raises TkError where a step fails."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="tk-demo-", ignore_cleanup_errors=True) as scratch:
        demo = Demo(os.path.realpath(scratch), say)
        _begin(demo)
        first, second, third = _plan(demo)
        _work(demo, first)
        _two_branches(demo, second, third)
        _look_back(demo, second)


def _begin(demo: Demo) -> None:
    demo.say("# A new repository, and a tracker in it.")
    demo.git("init", "-q")
    demo.tk("init", "-q")


def _plan(demo: Demo) -> tuple[str, str, str]:
    demo.say("\n# Three tasks; the second cannot begin before the first is done.")
    first = demo.tk("create", "Design the index", "-p", "1")
    second = demo.tk("create", "Build the index", "-t", "feature")
    third = demo.tk("create", "Write the manual", "-p", "3")
    demo.tk("dep", "add", second, first)
    demo.tk("ready")
    demo.say("\n# What tk wrote travels in ordinary commits.")
    demo.git("add", ".tasks")
    demo.git("commit", "-q", "-m", "Plan the work")
    return first, second, third


def _work(demo: Demo, first: str) -> None:
    demo.say("\n# Take the first task and finish it: the second becomes ready.")
    demo.tk("claim", first)
    demo.tk("close", first, "--reason", "drawn and agreed on")
    demo.tk("ready")
    demo.git("add", ".tasks")
    demo.git("commit", "-q", "-m", "Design the index")


def _two_branches(demo: Demo, second: str, third: str) -> None:
    demo.say("\n# Two branches change tasks at the same time ...")
    demo.git("checkout", "-q", "-b", "manual")
    demo.tk("claim", third)
    demo.tk("comment", third, "The first chapter stands")
    demo.git("add", ".tasks")
    demo.git("commit", "-q", "-m", "Begin the manual")
    demo.git("checkout", "-q", "-")
    demo.tk("update", second, "--priority", "0")
    demo.tk("create", "Measure the index", "--dep", second)
    demo.git("add", ".tasks")
    demo.git("commit", "-q", "-m", "Plan the measurements")
    demo.say("\n# ... and a plain git merge brings both together: no two commits touch the same file of the log.")
    demo.git("merge", "-q", "--no-edit", "manual")


def _look_back(demo: Demo, second: str) -> None:
    demo.say("\n# What the merge brought, what can be done now, and how a task came to be what it is.")
    demo.tk("sync")
    demo.tk("ready")
    demo.tk("list")
    demo.tk("log", second)
    demo.tk("doctor", "-q")

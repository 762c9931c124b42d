"""What the fast path may not import: each costs more than an everyday command can afford."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

import bd_py

PATHS = [str(Path(package.__file__ or "").parent.parent) for package in (bd_py, click)]
BANNED = """
    click re json typing dataclasses enum functools pathlib datetime importlib.util argparse shlex collections
    contextlib inspect logging orjson filelock pygit2 subprocess sqlite3 difflib traceback
""".split()

SCRIPT = """
import sys
from bd_py.cli.main import main
code = main(sys.argv[2:])
print(code, *(name for name in sys.argv[1].split(",") if name in sys.modules))
"""


def loaded(*argv: str) -> tuple[str, list[str]]:
    """What a command line prints, and which banned modules it imported; -I and -S leave site's own out."""
    flags = ["-I", "-S", "-c", f"import sys; sys.path[:0] = {PATHS!r}\n{SCRIPT}"]
    done = subprocess.run([sys.executable, *flags, ",".join(BANNED), *argv], capture_output=True, text=True, check=True)
    *lines, last = done.stdout.splitlines()
    code, *modules = last.split()
    assert code == "0"
    return "\n".join(lines), modules


def test_a_straightforward_command_imports_little() -> None:
    text, modules = loaded("-C", ".", "version", "-q")
    assert text.startswith("tk ")
    assert modules == []


def test_json_does_too() -> None:
    text, modules = loaded("version", "--json")
    assert text.startswith('{"version":')
    assert modules == []


def test_help_imports_click() -> None:
    text, modules = loaded("version", "--help")
    assert text.startswith("Usage: tk version")
    assert "click" in modules

"""The C module of SQLite comes without functools, and works as it does with it."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHECK = """
import sys
{first}
from bd_py.sqlite import sqlite3
print("functools" in sys.modules, "collections" in sys.modules)
conn = sqlite3.connect(":memory:", cached_statements=2)
for n in range(5):
    assert conn.execute(f"SELECT {{n}}").fetchone() == (n,)
    assert conn.execute("SELECT ?", (n,)).fetchone() == (n,)
import functools, sqlite3 as package
assert functools.partial(int, base=2)("11") == 3
assert package.Connection is sqlite3.Connection
"""


@pytest.mark.parametrize(
    ("first", "said"),
    [("", "False False"), ("import functools", "True True"), ("import _threading_local", "True True")],
)
def test_without_functools(first: str, said: str) -> None:
    command = [sys.executable, "-S", "-c", CHECK.format(first=first)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (said, "")

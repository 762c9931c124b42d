"""Every promise of docs/architecture.md has its test, and a change of the code that breaks it makes that test fail.

With TK_TEST_MUTANTS=1 each mutant is made in a copy of the tree and its tests are run there, some minutes in all;
every run makes sure that the mutants still fit the code, and that every promise has some.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, child_env
from tests.promises.mutants import MUTANTS, Mutant

IN_FULL = bool(os.environ.get("TK_TEST_MUTANTS"))
FAILED = 1
"""What pytest exits with where tests failed: not where they could not be collected."""
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "venv*", "build", "dist", "__pycache__", ".*_cache", ".hypothesis")


def promises() -> dict[str, list[str]]:
    """The promises, each with the places of its tests, as docs/architecture.md names them."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.partition("## The promises\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines() if row.startswith("|")]
    return {row[0]: re.findall(r"`(tests/[\w/.]+)", row[-1]) for row in rows[2:]}


def test_every_promise_has_tests_and_mutants() -> None:
    found = promises()
    assert set(found) == {mutant.promise for mutant in MUTANTS}
    for promise, files in found.items():
        assert files, promise
        assert all((ROOT / file).exists() for file in files), (promise, files)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_code(mutant: Mutant) -> None:
    assert (ROOT / mutant.path).read_text(encoding="utf-8").count(mutant.old) == 1
    for test in mutant.tests.split():
        file, _, name = test.partition("::")
        assert (ROOT / file).exists()
        assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not IN_FULL, reason="takes minutes: TK_TEST_MUTANTS=1 runs it")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    file = copy / mutant.path
    file.write_text(file.read_text(encoding="utf-8").replace(mutant.old, mutant.new), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", "-p", "no:cacheprovider", *mutant.tests.split()],
        cwd=copy,
        env=child_env({"PYTHONPATH": None, "TK_TEST_FIRST_FAILURE": "1"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == FAILED, f"{mutant.name}: nothing failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}"

"""The guard of the budgets: it counts instead of timing, so it holds on any machine (tests/guard/)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guard import harness
from tests.guard.harness import CASES, Report

HEAVY = set(
    "asyncio click dataclasses datetime enum filelock functools importlib.metadata importlib.resources inspect json "
    "logging orjson pathlib pygit2 random re shutil sqlite3 subprocess tempfile tomllib typing".split()
)
"""Each costs a noticeable part of a command's budget (docs/architecture.md)."""

AGAIN = "If that is meant, run: python tests/guard/regenerate.py"

pytestmark = pytest.mark.xdist_group("guard")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    return harness.everyday(tmp_path_factory.mktemp("small"), 200)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    return harness.everyday(tmp_path_factory.mktemp("large"), 3000)


@pytest.mark.parametrize("case", CASES)
def test_it_runs(small: dict[str, Report], case: str) -> None:
    assert small[case].code == 0, small[case].stderr


@pytest.mark.parametrize("case", CASES)
def test_imports_nothing_new(small: dict[str, Report], case: str) -> None:
    version, written = harness.read_imports(harness.IMPORTS.read_text())
    new = set(small[case].modules) - written[case]
    if version != harness.python():
        new = {name for name in new if name.partition(".")[0] not in sys.stdlib_module_names}
    assert not new, f"tk {case} imports more than it did. {AGAIN}"


@pytest.mark.parametrize("case", CASES)
def test_imports_nothing_heavy(small: dict[str, Report], case: str) -> None:
    assert not HEAVY & set(small[case].modules)


@pytest.mark.parametrize("case", CASES)
def test_asks_and_opens_no_more(small: dict[str, Report], case: str) -> None:
    written = harness.read_counts(harness.COUNTS.read_text())[case]
    report = small[case]
    more = {kind: report.seen[kind] for kind, count in report.counts.items() if count > written[kind]}
    assert not more, f"tk {case} does more than it did: {written}. {AGAIN}"


@pytest.mark.parametrize("case", CASES)
def test_flat_cost_the_counts_do_not_grow_with_the_history(
    small: dict[str, Report], large: dict[str, Report], case: str
) -> None:
    assert large[case].counts == small[case].counts


def test_lists_survive_writing_and_reading() -> None:
    reports = {
        "ready": Report(0, ["a", "b"], {kind: ["x"] for kind in harness.COUNTED}, ""),
        "create Title": Report(0, ["b", "c"], {kind: ["x", "y"] for kind in harness.COUNTED}, ""),
    }
    version, modules = harness.read_imports(harness.write_imports(reports))
    assert version == harness.python()
    assert modules == {"ready": {"a", "b"}, "create Title": {"b", "c"}}
    counts = harness.read_counts(harness.write_counts(reports))
    assert counts == {case: report.counts for case, report in reports.items()}


def test_the_driver_sees_imports_statements_files_folders_and_processes(tmp_path: Path) -> None:
    """With a program in the place of bd_py that does a known thing of each kind."""
    package = tmp_path / "root" / "bd_py"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(PROGRAM)
    report = tmp_path / "report.json"
    driver = [sys.executable, "-I", str(harness.FOLDER / "driver.py"), str(report), str(tmp_path / "root")]
    done = subprocess.run([*driver, "verb"], cwd=tmp_path, check=False)
    assert done.returncode == 3
    found = json.loads(report.read_text())
    assert found["code"] == 3
    assert {"_sqlite3", "bd_py", "bd_py.__main__"} <= set(found["modules"])
    assert "json" not in found["modules"]
    assert found["sql"] == ["CREATE TABLE t(a)", "SELECT * FROM t"]
    assert found["opens"] == ["made.txt", "made.txt"]
    assert found["scans"] == ["."]
    assert found["processes"] == ["os.system b'true'"]
    assert len(found["fsyncs"]) == 1


PROGRAM = """\
import os
import sys
import _sqlite3


def main():
    assert sys.argv == ["tk", "verb"]
    connection = _sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t(a)")
    connection.execute("SELECT * FROM t")
    with open("made.txt", "w") as file:
        os.fsync(file.fileno())
    os.close(os.open("made.txt", os.O_RDONLY))
    os.listdir(".")
    os.system("true")
    os._exit(3)
"""

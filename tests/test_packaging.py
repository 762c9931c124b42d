"""What a user installs: the wheel, built from the sdist, so that the sdist is shown to be complete too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from bd_py import __version__
from bd_py.cli import reference
from tests.conftest import ROOT, child_env

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sdist and of the wheel that was built from it."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, env=child_env({}), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(built / f"bd_py-{__version__}-py3-none-any.whl")


def tree(folder: str, pattern: str = "*") -> set[str]:
    """The files of this repository below a folder, without what Python caches."""
    found = (ROOT / folder).rglob(pattern)
    return {p.relative_to(ROOT).as_posix() for p in found if p.is_file() and "__pycache__" not in p.parts}


def test_every_module_and_sql_file_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    expected = tree("bd_py", "*.py") | tree("bd_py", "*.sql")
    assert "bd_py/cache/schema.sql" in expected
    assert expected <= set(wheel.namelist())


@pytest.mark.parametrize("folder", ["hooks", "merge_driver"])
def test_what_git_is_given_travels_with_the_package(wheel: zipfile.ZipFile, folder: str) -> None:
    files = tree(folder)
    assert files
    for file in files:
        assert wheel.read(f"bd_py/_data/{file}") == (ROOT / file).read_bytes()


def test_the_command_is_a_script_for_the_installer_to_complete(wheel: zipfile.ZipFile) -> None:
    name = f"bd_py-{__version__}.data/scripts/tk"
    first, *rest = wheel.read(name).decode().splitlines()
    assert first == "#!python"
    assert "from bd_py.__main__ import main" in rest
    assert wheel.getinfo(name).external_attr >> 16 & 0o111
    assert not [entry for entry in wheel.namelist() if "_script" in entry]
    points = wheel.read(f"bd_py-{__version__}.dist-info/entry_points.txt").decode().split()
    assert points == ["[console_scripts]", "bd-py", "=", "bd_py.__main__:main"]


def test_every_command_has_its_manual_page_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    folder = f"bd_py-{__version__}.data/data/share/man/man1/"
    found = {name.removeprefix(folder): name for name in wheel.namelist() if name.startswith(folder)}
    assert {name: wheel.read(path).decode() for name, path in found.items()} == reference.manuals()


def test_nothing_else_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"bd_py", f"bd_py-{__version__}.dist-info", f"bd_py-{__version__}.data"}


def test_the_wheel_names_its_licence_and_python(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"bd_py-{__version__}.dist-info/METADATA").decode()
    assert "Name: bd-py\n" in metadata
    assert "License-Expression: MIT\n" in metadata
    assert "Requires-Python: >=3.11\n" in metadata


def test_the_sdist_holds_what_its_tests_need(built: Path) -> None:
    top = f"bd_py-{__version__}"
    with tarfile.open(built / f"{top}.tar.gz") as sdist:
        names = {name.removeprefix(top + "/") for name in sdist.getnames()}
    folders = ("bd_py", "hooks", "merge_driver", "tests", "benchmarks", "docs")
    assert set().union(*map(tree, folders)) <= names
    assert {"CHANGELOG.md", "LICENSE", "Makefile", "README.md", "hatch_build.py", "pyproject.toml", ".ci/run"} <= names


def set_up_commands(document: str) -> list[str]:
    """The shell commands of a document that make an environment."""
    blocks = re.findall(r"^```sh\n(.*?)\n```$", (ROOT / document).read_text(encoding="utf-8"), re.M | re.S)
    return [block for block in blocks if block.startswith("python3 -m venv .venv && ")]


def test_the_first_command_of_the_readme_installs_and_shows_tk(tmp_path: Path, built: Path) -> None:
    """As it stands there, in the unpacked sdist; what needs the network is taken from this environment."""
    demo, test = set_up_commands("README.md")
    with tarfile.open(built / f"bd_py-{__version__}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (bin / "python3").chmod(0o755)
    offline = {
        "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the other way round: there is none
    }
    done = subprocess.run(
        ["sh", "-c", demo],
        cwd=tmp_path / f"bd_py-{__version__}",
        env=child_env(offline),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "That was a scratch repository" in done.stdout.splitlines()[-1]
    # The other needs the network for its extra; it is what CONTRIBUTING and the checks of every change begin with.
    install, _, rest = test.rpartition(" && ")
    assert rest == ".venv/bin/pytest"
    assert set_up_commands("CONTRIBUTING.md") == [install]
    assert "pip\" install -q -e '.[test]'" in (ROOT / ".ci/run").read_text(encoding="utf-8")

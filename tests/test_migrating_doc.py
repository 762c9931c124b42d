"""The transcripts of docs/migrating.md, run: each section in a folder of its own, beside the sample repositories."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import child_env

ROOT = Path(__file__).parent.parent
DOC = ROOT / "docs/migrating.md"
SAMPLES = ROOT / "tests/interchange/samples"
END = "\x01"

Steps = list[tuple[str, str]]


def transcripts() -> dict[str, Steps]:
    """Each section's commands with what they print."""
    found: dict[str, Steps] = {}
    for section in DOC.read_text(encoding="utf-8").split("\n## ")[1:]:
        for block in re.findall(r"^```console\n(.*?)^```$", section, re.M | re.S):
            steps = found.setdefault(section.partition("\n")[0], [])
            for line in block.splitlines():
                if line.startswith("$ "):
                    steps.append((line[2:], ""))
                else:
                    steps[-1] = (steps[-1][0], steps[-1][1] + line + "\n")
    return found


def test_each_of_the_four_has_its_section() -> None:
    assert list(transcripts()) == ["From bd", "From ticket", "From Backlog.md", "From a queue of Markdown files"]


@pytest.mark.parametrize("section", transcripts())
def test_transcript(section: str, tmp_path: Path) -> None:
    steps = transcripts()[section]
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/tk"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bd_py "$@"\n')
    program.chmod(0o755)
    (tmp_path / "samples").symlink_to(SAMPLES)
    script = "".join(f"{command}\nprintf '{END}'\n" for command, _ in steps)
    done = subprocess.run(
        ["sh"],
        input=f"exec 2>&1\n{script}",
        cwd=tmp_path,
        env=child_env({"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}),
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout.split(END)
    assert len(said) == len(steps) + 1
    for (command, expected), output in zip(steps, said, strict=False):
        assert (command, output) == (command, expected)

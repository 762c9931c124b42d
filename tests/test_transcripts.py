"""The transcripts of the README, docs/git-workflow.md and docs/agents.md, run: each section in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import child_env

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / name for name in ("README.md", "docs/git-workflow.md", "docs/agents.md")]
ID = re.compile(r"\btk-[0-9a-hjkmnp-tv-z]{10}\b")
END = "\x01"

Steps = list[tuple[str, str]]


def transcripts() -> dict[str, Steps]:
    """Each section's commands with what they print."""
    found: dict[str, Steps] = {}
    for section in [part for doc in DOCS for part in doc.read_text(encoding="utf-8").split("\n## ")[1:]]:
        steps: Steps = []
        for block in re.findall(r"^```console\n(.*?)^```$", section, re.M | re.S):
            for line in block.splitlines():
                if line.startswith("$ "):
                    steps.append((line[2:], ""))
                else:
                    steps[-1] = (steps[-1][0], steps[-1][1] + line + "\n")
        if steps:
            found[section.partition("\n")[0]] = steps
    return found


def with_numbers(text: str, known: dict[str, str]) -> str:
    """Task ids by the order in which they came up, since each run mints its own."""
    return ID.sub(lambda match: known.setdefault(match.group(), f"<task {len(known) + 1}>"), text)


@pytest.mark.parametrize("section", transcripts())
def test_transcript(section: str, tmp_path: Path) -> None:
    steps = transcripts()[section]
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/tk"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bd_py "$@"\n')
    program.chmod(0o755)
    (tmp_path / "work").mkdir()
    script = "".join(f"{command}\nprintf '{END}'\n" for command, _ in steps)
    done = subprocess.run(
        ["sh", "-e"],
        input=f"exec 2>&1\nset +e\n{script}",
        cwd=tmp_path / "work",
        env=child_env({"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}),
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout.replace(str(tmp_path), "").split(END)
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for (command, expected), output in zip(steps, said, strict=False):
        assert (command, with_numbers(output, ours)) == (command, with_numbers(expected, theirs))
    assert len(said) == len(steps) + 1

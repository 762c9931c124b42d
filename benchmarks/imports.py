"""Where the time of importing goes: ``-X importtime`` of a verb, the interpreter's own imports left out."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.measure import Program


def profile(program: Program, store: Path, arguments: list[str]) -> str:
    """The modules that a verb imports beyond a bare start, the dearest first, in milliseconds."""
    bare = _imports(program, store, ["-c", "pass"])
    found = {
        name: cost for name, cost in _imports(program, store, [str(program.tk), *arguments]).items() if name not in bare
    }
    total = sum(found.values())
    lines = [f"tk {' '.join(arguments)}: {len(found)} modules, {total / 1000:.1f} ms"]
    for name, cost in sorted(found.items(), key=lambda entry: -entry[1]):
        lines.append(f"  {cost / 1000:6.2f}  {name}")
    return "\n".join(lines)


def _imports(program: Program, store: Path, arguments: list[str]) -> dict[str, int]:
    """Own microseconds by module."""
    done = subprocess.run(
        [program.python, "-X", "importtime", *arguments],
        cwd=store,
        env=program.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = {}
    for line in done.stderr.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        if line.startswith("import time:") and own.strip().isdigit():
            found[rest.partition("|")[2].strip()] = int(own)
    return found

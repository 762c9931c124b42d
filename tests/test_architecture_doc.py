"""docs/architecture.md is the map of the package: whatever there is stands in one of its tables, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bd_py"
IN_DETAIL = ("cache", "service", "interchange", "fold")
"""Packages that are rooms of several subjects: each of their modules is named, too."""


def modules(folder: Path) -> set[str]:
    """The modules and packages in a folder; a name with an underscore before it is nobody's to import."""
    names = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    return {name for name in names if not name.startswith("_")}


def named() -> set[str]:
    """Every name in the first column of a table, without the slash of a package."""
    rows = (line for line in (ROOT / "docs/architecture.md").read_text().splitlines() if line.startswith("| `"))
    return {name.rstrip("/") for row in rows for name in re.findall(r"`([a-z_/]+)`", row.split("|")[1])}


def test_every_module_is_on_the_map() -> None:
    there = modules(PACKAGE)
    for package in IN_DETAIL:
        there |= {f"{package}/{name}" for name in modules(PACKAGE / package)}
    assert there - named() == set()


def test_what_is_on_the_map_is_there() -> None:
    places = {name: [PACKAGE / name, PACKAGE / f"{name}.py"] for name in named()}
    assert {name for name, found in places.items() if not any(place.exists() for place in found)} == set()

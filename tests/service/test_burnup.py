"""The burn-up chart: its numbers, and the SVG that matplotlib draws of them, where it is installed."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from bd_py.errors import InvalidError, TkError
from bd_py.service import burnup
from bd_py.workspace import Workspace
from tests.inprocess import Cli


@pytest.fixture
def weeks(cli: Cli, opened: Workspace, tmp_path: Path) -> Workspace:
    """Five tasks of three days: two are done, one of the others was done once, and one is deleted."""
    rows = [
        ("a", "open", "2026-01-01", None),
        ("b", "closed", "2026-01-01", "2026-01-03"),
        ("c", "closed", "2026-01-03", "2026-01-10"),
        ("d", "closed", "2026-01-10", "2026-01-10"),
        ("e", "open", "2026-01-02", None),
    ]
    lines = []
    for name, status, made, done in rows:
        closed = f', "closed_at": "{done}T10:00:00Z"' if done else ""
        lines.append(
            f'{{"id": "tk-{name}", "title": "{name}", "status": "{status}", "created_at": "{made}T09:00:00Z", '
            f'"updated_at": "{done or made}T10:00:00Z"{closed}}}'
        )
    (tmp_path / "weeks.jsonl").write_text("\n".join(lines))
    cli("import", str(tmp_path / "weeks.jsonl"))
    cli("reopen", "tk-d")
    cli("delete", "tk-e")
    return opened


def test_series(weeks: Workspace) -> None:
    assert burnup.series(weeks.conn) == [("2026-01-01", 2, 0), ("2026-01-03", 3, 1), ("2026-01-10", 4, 2)]


def test_nothing_to_draw_and_other_files(opened: Workspace, tmp_path: Path) -> None:
    with pytest.raises(TkError, match="no tasks"):
        burnup.plot(opened.conn, str(tmp_path / "a.svg"))
    with pytest.raises(InvalidError, match=r"no name of an SVG file"):
        burnup.plot(opened.conn, str(tmp_path / "a.png"))
    assert list(tmp_path.glob("*.svg")) == []


def test_without_the_extra(weeks: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("matplotlib", "matplotlib.dates", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(TkError, match="needs matplotlib") as caught:
        burnup.plot(weeks.conn, str(tmp_path / "a.svg"))
    assert caught.value.hint == "It comes with the extra 'plot': pip install 'bd-py[plot]'."


def test_svg(weeks: Workspace, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra 'plot' is not installed")
    path = tmp_path / "a.svg"
    assert burnup.plot(weeks.conn, str(path)) == 10
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = {"".join(element.itertext()).strip() for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Burn-up", "tasks", "all (4)", "done (2)"} <= words
    before = path.read_bytes()
    burnup.plot(weeks.conn, str(path))
    assert path.read_bytes() == before, "the same tasks give the same bytes"
    with pytest.raises(TkError, match="cannot write"):
        burnup.plot(weeks.conn, str(tmp_path / "no/such/folder/a.svg"))

"""The settings: shown with their origin, changed with care."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bd_py import config
from bd_py.errors import InvalidError, NotFoundError
from bd_py.service import settings
from bd_py.workspace import Workspace

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/configuration.md"


def text(workspace: Workspace) -> str:
    return Path(workspace.paths.config).read_text()


def test_every_setting_with_its_origin(workspace: Workspace) -> None:
    settings.set_value(workspace.paths, "ready.sort", "oldest")
    found = {entry["key"]: entry for entry in settings.every(workspace.paths)}
    assert set(found) == set(config.DEFAULTS)
    assert found["ready.sort"] == {"key": "ready.sort", "value": "oldest", "default": "priority", "origin": "file"}
    assert found["judge"]["origin"] == "default"


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("claim.ttl", "3600", 3600),
        ("judge", "true", True),
        ("types", '["spike", "x"]', ["spike", "x"]),
        ("prefix", "12", "12"),
        ("prefix", '"app"', "app"),
        ("workflow", "strict", "strict"),
        ("alias.mine", "list -a ada", "list -a ada"),
        ("alias.a.b", "ready", "ready"),
        ("statuses.review", '{category = "active", to = ["closed"]}', {"category": "active", "to": ["closed"]}),
    ],
)
def test_values(workspace: Workspace, key: str, typed: str, value: Any) -> None:
    assert settings.set_value(workspace.paths, key, typed) == (value, True)
    assert settings.set_value(workspace.paths, key, typed) == (value, False)
    assert settings.show(workspace.paths, key)["value"] == value
    assert text(workspace).startswith(config.DEFAULT_TEXT.splitlines()[0])


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("claim.ttl", "soon"),
        ("claim.ttl", "-1"),
        ("ready.sort", "oldst"),
        ("types", "spike"),
        ("statuses.open", '{category = "done"}'),
        ("statuses.review", "active"),
        ("judge", "2026-11-20"),
    ],
)
def test_values_that_make_no_sense(workspace: Workspace, key: str, typed: str) -> None:
    before = text(workspace)
    with pytest.raises(InvalidError):
        settings.set_value(workspace.paths, key, typed)
    assert text(workspace) == before


def test_format_cannot_be_set(workspace: Workspace) -> None:
    for change in (
        lambda: settings.set_value(workspace.paths, "format", "1"),
        lambda: settings.unset(workspace.paths, "format"),
    ):
        with pytest.raises(InvalidError, match="format cannot be set"):
            change()
    assert settings.show(workspace.paths, "format")["value"] == 1


def test_an_unknown_key_suggests_the_nearest(workspace: Workspace) -> None:
    for call in (settings.show, lambda where, key: settings.set_value(where, key, "x")):
        with pytest.raises(InvalidError) as caught:
            call(workspace.paths, "redy.sort")
        assert "Did you mean ready.sort?" in (caught.value.hint or "")
    with pytest.raises(NotFoundError):
        settings.show(workspace.paths, "alias.nope")


def test_unset(workspace: Workspace) -> None:
    settings.set_value(workspace.paths, "claim.ttl", "60")
    assert settings.unset(workspace.paths, "claim.ttl")
    assert not settings.unset(workspace.paths, "claim.ttl")
    assert text(workspace) == config.DEFAULT_TEXT


def test_a_newer_tks_key_is_shown_and_kept(workspace: Workspace) -> None:
    path = Path(workspace.paths.config)
    path.write_text("format = 1\n[future]\nflag = true\n")
    assert settings.show(workspace.paths, "future.flag")["value"] is True
    settings.set_value(workspace.paths, "prefix", "x")
    assert "[future]\nflag = true\n" in path.read_text()


def test_a_layout_that_only_a_person_can_edit(workspace: Workspace) -> None:
    path = Path(workspace.paths.config)
    path.write_text('format = 1\nready = {sort = "oldest"}\n')
    with pytest.raises(InvalidError, match="only a person"):
        settings.set_value(workspace.paths, "ready.sort", "hybrid")


def test_other_statuses_take_effect_at_once(workspace: Workspace) -> None:
    _ = workspace.conn
    settings.set_value(workspace.paths, "statuses.review", '{category = "active"}')
    workspace.refresh()
    assert workspace.config.statuses["review"] == "active"


def test_the_document_has_every_key_with_its_default() -> None:
    from bd_py.toml_edit import dump

    rows = {
        line.split("|")[1].strip(): line.split("|")[2].strip()
        for line in DOCUMENT.read_text().splitlines()
        if line.startswith("| `")
    }
    assert rows == {
        f"`{key}`": "none" if value is None else f"`{dump(value)}`" for key, value in config.DEFAULTS.items()
    }


def test_the_documents_example_is_a_valid_file(tmp_path: Path) -> None:
    example = DOCUMENT.read_text().split("```toml\n")[1].split("```")[0]
    (tmp_path / "config.toml").write_text(example)
    found = config.load(str(tmp_path / "config.toml"))
    assert set(found.given) == set(config.DEFAULTS)

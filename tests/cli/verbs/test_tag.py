"""``tk tag`` and ``tk untag``."""

from __future__ import annotations

from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    task = cli.new()
    assert cli("tag", task, "core", "api,web", "+next").out == f"Labelled {task}: core, api, web, next\n"
    assert cli("tag", task, "core").out == f"{task} already has core\n"
    assert cli("tag", task).lines == ["api", "core", "next", "web"]
    assert cli.json("tag", task) == ["api", "core", "next", "web"]
    assert cli("untag", task, "api", "web", "nope").out == f"Removed from {task}: api, web, nope\n"
    assert cli("untag", task, "api").out == f"{task} has none of api\n"
    assert cli.json("untag", task, "next")[0]["labels"] == ["core"]
    assert cli.listed("-T", "core") == [task]

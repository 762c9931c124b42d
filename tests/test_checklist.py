"""The acceptance checklist: its order, its keys, and that what two clones do to it is all kept."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

from bd_py import checklist
from bd_py.fold.task import fold_task
from bd_py.statuses import BUILT_IN_STATUSES
from tests.acceptance.support import event, event_id
from tests.conftest import Runner
from tests.inprocess import Cli


def test_items_are_listed_by_number_then_key() -> None:
    fields = {f"checklist.{key}": {"text": key} for key in ("10-a", "2-b", "mine", "2-a", "x-1", "1-z")}
    assert [item["id"] for item in checklist.items({**fields, "title": "T"})] == [
        *("1-z", "2-a", "2-b", "10-a", "mine", "x-1")
    ]
    assert checklist.items(fields)[0] == {"id": "1-z", "text": "1-z", "done": False}


def test_a_new_key_comes_last() -> None:
    have = checklist.items({"checklist.7-a": {"text": "x"}, "checklist.mine": {"text": "y"}})
    assert checklist.new_key(have, "zzz") == "8-zzz"
    assert checklist.new_key([], "zzz") == "1-zzz"


def test_items_merge_one_by_one_in_any_order() -> None:
    """Two clones add, tick off and remove; the same items are there whatever arrives first."""

    def updated(ms: int, name: str, value: Any, seen: str | None) -> dict[str, Any]:
        key = f"checklist.{name}"
        return event(event_id(ms), "task.updated", "tk-a", {"set": {key: value}}, prev={key: seen})

    base = event(
        event_id(0),
        "task.created",
        "tk-a",
        {"title": "T", "checklist": {"1-a": {"text": "one", "done": False}, "2-b": {"text": "two", "done": False}}},
    )
    ticked = updated(1, "1-a", {"text": "one", "done": True}, event_id(0))
    added = updated(2, "3-c", {"text": "three", "done": False}, None)
    also_added = updated(3, "3-d", {"text": "four", "done": False}, None)
    removed = updated(4, "2-b", None, event_id(0))
    for order in permutations([base, ticked, added, also_added, removed]):
        task = fold_task("tk-a", order, BUILT_IN_STATUSES)
        assert [(item["text"], item["done"]) for item in checklist.items(task.fields)] == [
            ("one", True),
            ("three", False),
            ("four", False),
        ]
        assert task.conflicts == []


def test_both_who_tick_off_the_same_item_agree(cli: Cli) -> None:
    task = cli.new()
    cli("check", task, "add", "It holds")
    key = cli.task(task)["checklist"][0]["id"]
    added = cli.last(task)
    cli("check", task, "done", "1")
    prev = {f"checklist.{key}": added["id"]}
    cli.bring(cli.last(task), prev=prev)
    assert cli.json("conflicts") == []
    cli.bring(cli.last(task), prev=prev, data={"set": {f"checklist.{key}": None}})
    assert [pair["field"] for pair in cli.json("conflicts")] == [f"checklist.{key}"], "removed here, ticked off there"
    assert "checklist" not in cli.task(task)


def test_two_clones_merge_with_plain_git(store: Path, tk: Runner, git: Runner, tmp_path: Path) -> None:
    task = tk("create", "T").stdout.strip()
    tk("check", task, "add", "base")
    git("add", ".tasks")
    git("commit", "-qm", "base")
    git("clone", "-q", store, tmp_path / "other", cwd=tmp_path)
    for where, words in ((store, ("add", "here")), (tmp_path / "other", ("add", "there")), (store, ("done", "1"))):
        tk("check", task, *words, cwd=where)
    for where in (store, tmp_path / "other"):
        git("add", ".tasks", cwd=where)
        git("commit", "-qm", "more", cwd=where)
    git("pull", "-q", "--no-rebase", "--no-edit", tmp_path / "other", "main")
    found = tk("check", task).stdout.splitlines()
    assert found[0] == "1. [x] base"
    assert sorted(line[3:] for line in found[1:]) == ["[ ] here", "[ ] there"]


def test_it_goes_through_an_export_and_back(cli: Cli, tmp_path: Path) -> None:
    task = cli.new("T", "-l", "x")
    cli("check", task, "add", "one")
    cli("check", task, "add", "two")
    cli("check", task, "done", "2")
    cli("export", "-o", str(tmp_path / "out.jsonl"))
    before = cli.task(task)["checklist"]
    count = len(cli.lines())
    cli("import", str(tmp_path / "out.jsonl"))
    assert len(cli.lines()) == count, "what is known writes nothing"
    other = Cli(cli.root)
    other("delete", task)
    text = (tmp_path / "out.jsonl").read_text().replace(task, "tk-again00001")
    other("import", "-", input=text)
    assert cli.task("tk-again00001")["checklist"] == before
    assert [item["done"] for item in before] == [False, True]


def test_another_tools_checklist_is_left_out_with_a_word(cli: Cli) -> None:
    done = cli("import", "-", input='{"id":"x-1","title":"T","checklist":"one, two"}\n')
    assert "checklist has a form that is not known" in done.err
    assert "checklist" not in cli.task("x-1")

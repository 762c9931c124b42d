"""What happened to a record: told by log and sync, taken back by undo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import Runner


def prd(tk: Runner, title: str) -> str:
    found: str = json.loads(tk("create-prd", title, "--json").stdout)["id"]
    return found


def fields(tk: Runner, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tk("record", "get", "prds", name, "--json").stdout)["data"]
    return found


def log(tk: Runner, name: str) -> list[tuple[str, Any]]:
    return [(event["type"], event["changes"].get("title")) for event in json.loads(tk("log", name, "--json").stdout)]


def put(tk: Runner, name: str, title: str) -> None:
    tk("record", "put", "prds", name, "--set", f"title={title}")


def test_log_of_a_record_deleted_or_not(store: Path, tk: Runner) -> None:
    name = prd(tk, "One")
    put(tk, name, "Two")
    told = [("record.put", ["One", "Two"]), ("record.put", [None, "One"])]
    assert log(tk, name) == log(tk, f"prds/{name}") == told
    assert f"{name} set title = Two\n" in tk("log", name).stdout
    tk("record", "delete", "prds", name)
    assert log(tk, name) == [("record.deleted", ["Two", None]), *told]
    assert "task 'prd-none' not found" in tk("log", "prd-none", check=False).stderr


def test_undo_and_undo_again(store: Path, tk: Runner) -> None:
    name = prd(tk, "One")
    put(tk, name, "Two")
    before = fields(tk, name)
    tk("undo")
    assert fields(tk, name)["title"] == "One"
    tk("undo")
    assert fields(tk, name)["title"] == before["title"] == "Two"
    tk("record", "delete", "prds", name)
    undone = json.loads(tk("undo", "--json").stdout)
    assert (undone["kept"], undone["issues"], len(undone["undone"])) == ([], [], 1)
    assert fields(tk, name)["title"] == "Two"


def test_undo_of_a_new_record_takes_it_away(store: Path, tk: Runner) -> None:
    name = prd(tk, "One")
    tk("undo")
    assert tk("record", "get", "prds", name, check=False).returncode == 3


def test_what_another_changed_since_stays(store: Path, tk: Runner) -> None:
    name = prd(tk, "One")
    put(tk, name, "Two")
    tk("record", "put", "prds", name, "--set", "title=Three", "--actor", "eve")
    assert "title is another now" in tk("undo", check=False).stderr
    assert fields(tk, name)["title"] == "Three"


def test_sync_tells_of_records(store: Path, git: Runner, tk: Runner) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    git("switch", "-q", "-c", "side")
    name = prd(tk, "One")
    git("add", "-A")
    git("commit", "-q", "-m", "prd")
    git("switch", "-q", "main")
    tk("sync")
    git("merge", "-q", "--ff-only", "side")
    said = tk("sync").stdout
    assert "1 event came in: 1 record changed\n" in said
    assert f"  record          prds/{name}\n" in said

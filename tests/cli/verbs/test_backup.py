"""``tk backup``: the wiring, the words, the JSON."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.inprocess import Cli


def test_text_and_json(cli: Cli, tmp_path: Path) -> None:
    cli.new("one")
    place = tmp_path / "kept.tar.gz"
    assert cli("backup", str(place)).out == f"Backed up 1 task, 1 event to {place}\n"
    assert cli("backup", str(tmp_path / "quiet"), "-q").out == ""
    conn = sqlite3.connect(cli.root / ".tasks/cache.db")
    conn.execute("CREATE TABLE app_x (n)")
    conn.close()
    found = cli.json("backup", "--force", str(place))
    assert (found["backup"], found["tasks"], found["foreign_tables"]) == (str(place), 1, ["app_x"])
    assert cli("backup", str(tmp_path / "more")).lines[1] == "With the tables of other programs: app_x"

    new = tmp_path / "new"
    new.mkdir()
    done = cli("-C", str(new), "backup", "--restore", str(place))
    assert done.lines == [f"Restored 1 task, 1 event into {new}/.tasks", "With the tables of other programs: app_x"]
    done = cli("-C", str(new), "backup", "--restore", str(place))
    assert done.out == f"Nothing to restore: {new}/.tasks holds all of it\n"
    cli("-C", str(new), "create", "two")
    assert "--force replaces it" in cli.fails(5, "-C", str(new), "backup", "--restore", str(place)).err
    found = cli.json("-C", str(new), "backup", "--restore", str(place), "--force")
    assert (found["changed"], found["store"]) == (True, f"{new}/.tasks")
    assert Path(found["replaced"]).is_dir()


def test_relative_names_count_from_the_directory(cli: Cli, tmp_path: Path) -> None:
    cli("-C", str(cli.root), "backup", "../kept")
    assert (tmp_path / "kept/tk-backup.json").is_file()


def test_what_does_not_fit_together(cli: Cli) -> None:
    assert "give DEST" in cli.fails(2, "backup").err
    assert "exclude each other" in cli.fails(2, "backup", "x", "--restore", "y").err
    assert "no backup" in cli.fails(3, "backup", "--restore", "nope").err
    assert "no .tasks" in cli.fails(3, "-C", "/", "backup", "x").err

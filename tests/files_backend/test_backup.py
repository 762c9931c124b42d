"""A backup of plain files: the promises of any backup, and a store that comes back from the other backend."""

from __future__ import annotations

from pathlib import Path

from bd_py.service.backup import backup
from bd_py.service.restoring import restore
from tests.files_backend.support import sound
from tests.inprocess import Cli
from tests.service.test_backup import (  # the same tests, over the store of this folder
    files,
    store_of,
    test_a_cursor_of_before_is_told_so,  # noqa: F401
    test_a_damaged_backup_restores_nothing,  # noqa: F401
    test_cut_off_anywhere_the_same_again_finishes_it,  # noqa: F401
    test_restoring_again_changes_nothing,  # noqa: F401
    test_there_and_back,  # noqa: F401
    test_what_is_there_is_not_lost,  # noqa: F401
    test_what_only_adds_needs_no_force,  # noqa: F401
    test_while_others_write,  # noqa: F401
    worked,  # noqa: F401
)


def test_a_store_of_the_other_backend(cli: Cli, tmp_path: Path) -> None:
    """What was kept before a store went over to plain files replaces them, and they it: never both at once."""
    task = cli.new("A task")
    backup(store_of(cli), str(tmp_path / "plain"))
    plain = files(cli.root)
    cli("config", "set", "backend", "log")
    cli("update", task, "-p", "0")
    backup(store_of(cli), str(tmp_path / "logged"))
    logged = files(cli.root)
    for name, wanted, priority in (("plain", plain, 2), ("logged", logged, 0), ("plain", plain, 2)):
        assert restore(str(cli.root), str(tmp_path / name), force=True)["events"] == (1 if name == "plain" else 2)
        assert files(cli.root) == wanted
        assert (cli.root / ".tasks/queue").exists() == (name == "plain")
        assert (cli.root / ".tasks/log").exists() == (name == "logged")
        assert cli.task(task)["priority"] == priority
    sound(cli.root)

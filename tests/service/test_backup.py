"""A backup holds the whole store; restoring it gives that store, whatever was there, whenever it is cut off."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest

from bd_py import Store
from bd_py.errors import ConflictError, DamagedError, InvalidError, NewerError, NotFoundError
from bd_py.paths import Paths
from bd_py.service import setup
from bd_py.service.backup import backup
from bd_py.service.restoring import restore
from bd_py.workspace import Workspace
from tests.acceptance.support import assert_one_truth, event, event_id, line, put_segment, workspace
from tests.inprocess import Cli
from tests.test_files import a_dead_process

OWN = """
CREATE TABLE app_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, issue_id TEXT REFERENCES issues (id) ON DELETE CASCADE, note TEXT, blob BLOB);
CREATE INDEX app_runs_issue ON app_runs (issue_id);
CREATE VIEW app_ready AS SELECT r.note, i.title FROM app_runs r JOIN ready_issues i ON i.id = r.issue_id;
CREATE TABLE app_pairs (a TEXT, b REAL, PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO app_pairs VALUES ('x', 1.5);
"""


def sql(root: Path, script: str) -> None:
    with contextlib.closing(sqlite3.connect(root / ".tasks/cache.db")) as conn:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.executescript(script)


def rows(root: Path, query: str = "SELECT * FROM app_runs ORDER BY id") -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(root / ".tasks/cache.db")) as conn:
        found = conn.execute(query).fetchall()
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert conn.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        return found


def files(root: Path) -> dict[str, bytes]:
    """Every file of a store that git would see."""
    found = {}
    for path in sorted((root / ".tasks").rglob("*")):
        name = str(path.relative_to(root / ".tasks"))
        if path.is_file() and not name.startswith("cache.db") and name != "lock":
            found[name] = path.read_bytes()
    return found


@pytest.fixture
def worked(cli: Cli) -> Cli:
    """A store with tasks, settings, and the tables of another program."""
    one, two = cli.new("one"), cli.new("two")
    cli("dep", "add", two, one)
    cli("close", one, "-r", "done")
    cli("config", "set", "ready.sort", "oldest")
    sql(cli.root, OWN)
    for task in (one, two):
        sql(cli.root, f"INSERT INTO app_runs (issue_id, note, blob) VALUES ('{task}', 'of {task}', x'00ff')")
    return cli


def store_of(cli: Cli) -> Workspace:
    return workspace(Paths(str(cli.root / ".tasks")))


@pytest.mark.parametrize("name", ["kept", "kept.tar.gz", "kept.tgz"])
def test_there_and_back(worked: Cli, tmp_path: Path, name: str) -> None:
    before, own = files(worked.root), rows(worked.root)
    made = backup(store_of(worked), str(tmp_path / name))
    assert (made["tasks"], made["events"], made["foreign_tables"]) == (2, 4, ["app_runs", "app_pairs"])
    new = tmp_path / "new"
    new.mkdir()
    found = restore(str(new), str(tmp_path / name))
    assert found["changed"]
    assert "replaced" not in found
    assert (found["tasks"], found["events"], found["foreign_tables"]) == (2, 4, ["app_runs", "app_pairs"])
    assert files(new) == before
    assert rows(new) == own
    assert rows(new, "SELECT note FROM app_ready") == [own[1][2:3]]
    assert rows(new, "SELECT seq FROM sqlite_sequence") == [(2,)]
    assert_one_truth(workspace(Paths(str(new / ".tasks"))))
    with Store.open(new, actor="ada") as store:
        assert [task.title for task in store.ready()] == ["two"]
        store.delete(store.ready()[0].id)
    assert rows(new) == own[:1]


@pytest.mark.parametrize("name", ["kept", "kept.tgz"])
def test_what_a_killed_backup_left_goes_with_the_next(worked: Cli, tmp_path: Path, name: str) -> None:
    """And no sooner: where it was killed between two renames, it is all there is of the one before."""
    place, dead = tmp_path / "backups", a_dead_process()
    for half in (f".{name}.{dead}.tmp/store", f".{name}.{dead}.tmp.old"):
        (place / half).mkdir(parents=True)
    (place / f".{name}.{dead}.tmp.gz").touch()
    (place / name).write_text("no backup")
    with pytest.raises(ConflictError):
        backup(store_of(worked), str(place / name), force=True)
    assert len(list(place.iterdir())) == 4
    (place / name).unlink()
    backup(store_of(worked), str(place / name))
    assert [path.name for path in place.iterdir()] == [name]


def test_restoring_again_changes_nothing(worked: Cli, tmp_path: Path) -> None:
    backup(store_of(worked), str(tmp_path / "kept"))
    assert restore(str(worked.root), str(tmp_path / "kept"))["changed"] is False
    new = tmp_path / "new"
    new.mkdir()
    restore(str(new), str(tmp_path / "kept"))
    inode = os.stat(new / ".tasks/cache.db").st_ino
    assert restore(str(new), str(tmp_path / "kept"))["changed"] is False
    assert restore(str(new), str(tmp_path / "kept"), force=True)["changed"] is False
    assert os.stat(new / ".tasks/cache.db").st_ino == inode


def test_what_only_adds_needs_no_force(worked: Cli, tmp_path: Path) -> None:
    backup(store_of(worked), str(tmp_path / "kept"))
    (tmp_path / "repo2").mkdir()
    Store.init(tmp_path / "repo2", prefix="other").close()
    found = restore(str(tmp_path / "repo2"), str(tmp_path / "kept"))
    assert "replaced" not in found
    assert files(tmp_path / "repo2") == files(worked.root)
    segment = max(worked.log.rglob("*.jsonl"))
    segment.unlink()
    assert restore(str(worked.root), str(tmp_path / "kept"))["tasks"] == 2
    assert len(rows(worked.root)) == 2


def change(cli: Cli, what: str) -> None:
    if what == "events":
        cli.new("later")
    elif what == "settings":
        cli("config", "set", "ready.sort", "hybrid")
    else:
        sql(cli.root, what)


CHANGES = ["events", "settings", "UPDATE app_runs SET note = 'other' WHERE id = 1", "CREATE TABLE app_new (x)"]


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_there_is_not_lost(worked: Cli, tmp_path: Path, what: str) -> None:
    backup(store_of(worked), str(tmp_path / "kept"))
    change(worked, what)
    changed, own = files(worked.root), rows(worked.root)
    with pytest.raises(ConflictError, match="holds what the backup does not"):
        restore(str(worked.root), str(tmp_path / "kept"))
    assert (files(worked.root), rows(worked.root)) == (changed, own)
    found = restore(str(worked.root), str(tmp_path / "kept"), force=True)
    assert found["replaced"] == str(worked.root / ".git/tk/replaced")
    assert found["foreign_tables"] == ["app_runs", "app_pairs"]
    assert restore(str(worked.root), str(tmp_path / "kept"))["changed"] is False
    restore(str(worked.root), found["replaced"], force=True)
    assert (files(worked.root), rows(worked.root)) == (changed, own)
    assert (worked.root / ".git/tk/replaced-2/tk-backup.json").is_file()


@pytest.mark.parametrize("kept", ["log", "files"])
@pytest.mark.parametrize("here", ["log", "files"])
def test_of_one_backend_into_another(tmp_path: Path, kept: str, here: str) -> None:
    """What a store of plain files held goes as what a log held does: not without force, and into a backup."""
    source, target = tmp_path / "source", tmp_path / "target"
    for root, backend, title in ((source, kept, "kept"), (target, here, "here")):
        root.mkdir()
        setup.init(str(root), backend=backend)
        with Store.open(root, actor="ada") as store:
            store.create(title)
            store.create(f"{title} too")
    backup(workspace(Paths(str(source / ".tasks"))), str(tmp_path / "backup"))
    before = files(target)
    with pytest.raises(ConflictError, match=r"holds what the backup does not: (log|queue)/"):
        restore(str(target), str(tmp_path / "backup"))
    assert files(target) == before
    found = restore(str(target), str(tmp_path / "backup"), force=True)
    assert (found["tasks"], found["events"]) == (2, 2)
    assert files(target) == files(source)
    with Store.open(target) as store:
        assert sorted(task.title for task in store.list()) == ["kept", "kept too"]
    assert files(target) == files(source)
    assert restore(str(target), str(tmp_path / "backup"))["changed"] is False
    assert restore(str(target), found["replaced"], force=True)["tasks"] == 2
    assert files(target) == before


def test_into_a_new_store_of_plain_files(worked: Cli, tmp_path: Path) -> None:
    backup(store_of(worked), str(tmp_path / "backup"))
    (tmp_path / "new").mkdir()
    setup.init(str(tmp_path / "new"), backend="files")
    assert "replaced" not in restore(str(tmp_path / "new"), str(tmp_path / "backup"))
    assert files(tmp_path / "new") == files(worked.root)


def test_a_cursor_of_before_is_told_so(worked: Cli, tmp_path: Path) -> None:
    backup(store_of(worked), str(tmp_path / "kept"))
    with Store.open(worked.root) as store:
        store.create("later")
        cursor = store.cursor()
        restore(str(worked.root), str(tmp_path / "kept"), force=True)
        with pytest.raises(ConflictError):
            store.events(cursor)
        assert len(store.events()) == 4
        assert [task.title for task in store.list()] == ["two"]


def test_a_row_of_a_task_that_is_elsewhere(worked: Cli, tmp_path: Path) -> None:
    where = store_of(worked).paths
    segment = put_segment(where, "2026-11/x.jsonl", [line(event(event_id(5), "task.created", "tk-x", {"title": "X"}))])
    worked("list")
    sql(worked.root, "INSERT INTO app_runs (issue_id, note) VALUES ('tk-x', 'x')")
    text = segment.read_bytes()
    segment.unlink()
    backup(store_of(worked), str(tmp_path / "kept"))
    new = tmp_path / "new"
    new.mkdir()
    restore(str(new), str(tmp_path / "kept"))
    ghost = "SELECT title, status FROM issues JOIN app_runs ON issue_id = issues.id WHERE note = 'x'"
    assert rows(new, ghost) == [("X", "unreachable")]
    put_segment(Paths(str(new / ".tasks")), "2026-11/x.jsonl", [text])
    with Store.open(new) as store:
        store.list()
    assert rows(new, ghost) == [("X", "open")]
    sql(worked.root, "DROP TABLE app_runs")  # and with it the row that is kept for it alone
    worked("rebuild")


def test_from_the_library(worked: Cli, tmp_path: Path) -> None:
    with Store.open(worked.root) as store:
        assert store.backup(tmp_path / "kept.tgz")["tasks"] == 2
    (tmp_path / "new").mkdir()
    with Store.from_backup(tmp_path / "kept.tgz", tmp_path / "new") as store:
        assert [task.title for task in store.list()] == ["two"]
        assert rows(tmp_path / "new") == rows(worked.root)


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (".tasks/kept", InvalidError),
        (".tasks/log", InvalidError),
        ("nowhere/kept", InvalidError),
        ("notes.txt", ConflictError),
        ("folder", ConflictError),
    ],
)
def test_places_that_are_refused(worked: Cli, place: str, error: type[Exception]) -> None:
    (worked.root / "notes.txt").write_text("mine")
    (worked.root / "folder").mkdir()
    (worked.root / "folder/mine").write_text("mine")
    before = sorted(worked.root.rglob("*"))
    with pytest.raises(error):
        backup(store_of(worked), str(worked.root / place), force=True)
    assert sorted(worked.root.rglob("*")) == before


@pytest.mark.parametrize("name", ["kept", "kept.tar.gz"])
def test_an_older_backup_is_replaced_by_force_alone(worked: Cli, tmp_path: Path, name: str) -> None:
    backup(store_of(worked), str(tmp_path / name))
    worked.new("later")
    with pytest.raises(ConflictError, match="already exists"):
        backup(store_of(worked), str(tmp_path / name))
    assert backup(store_of(worked), str(tmp_path / name), force=True)["tasks"] == 3
    assert sorted(path.name for path in tmp_path.iterdir() if "kept" in path.name) == [name]
    assert restore(str(worked.root), str(tmp_path / name))["changed"] is False


def test_what_is_no_backup(worked: Cli, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        restore(str(worked.root), str(tmp_path / "nope"))
    (tmp_path / "text.tar.gz").write_text("no archive")
    (tmp_path / "folder").mkdir()
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "text.tar.gz", "x")
    for name in ("text.tar.gz", "folder", "other.tar.gz"):
        with pytest.raises(InvalidError, match="no backup"):
            restore(str(worked.root), str(tmp_path / name))
    new = tmp_path / "new"
    new.mkdir()
    with pytest.raises(InvalidError):
        restore(str(new), str(tmp_path / "folder"))
    assert list(new.iterdir()) == []


@pytest.mark.parametrize("damage", ["changed", "missing", "cut"])
def test_a_damaged_backup_restores_nothing(worked: Cli, tmp_path: Path, damage: str) -> None:
    backup(store_of(worked), str(tmp_path / "kept"))
    backup(store_of(worked), str(tmp_path / "kept.tar.gz"))
    name = "kept"
    if damage == "cut":
        name = "kept.tar.gz"
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
    else:
        segment = min((tmp_path / "kept/store").rglob("*.jsonl"), key=lambda path: b"one" not in path.read_bytes())
        segment.write_bytes(segment.read_bytes().replace(b"one", b"two")) if damage == "changed" else segment.unlink()
    worked.new("later")
    before = files(worked.root)
    with pytest.raises((DamagedError, InvalidError)):
        restore(str(worked.root), str(tmp_path / name), force=True)
    assert files(worked.root) == before
    new = tmp_path / "new"
    new.mkdir()
    with pytest.raises((DamagedError, InvalidError)):
        restore(str(new), str(tmp_path / name))
    assert list(new.iterdir()) == []


@pytest.mark.parametrize("listed", [[1], {}, 5, [{"path": "x", "size": "y", "sha256": ""}], [{"path": "x"}]])
def test_a_manifest_that_lists_no_files(worked: Cli, tmp_path: Path, listed: object) -> None:
    backup(store_of(worked), str(tmp_path / "kept"))
    path = tmp_path / "kept/tk-backup.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "files": listed}))
    with pytest.raises((InvalidError, DamagedError)):
        restore(str(worked.root), str(tmp_path / "kept"), force=True)
    worked("list")


def test_a_backup_of_a_newer_tk(worked: Cli, tmp_path: Path) -> None:
    backup(store_of(worked), str(tmp_path / "kept"))
    path = tmp_path / "kept/tk-backup.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(NewerError):
        restore(str(worked.root), str(tmp_path / "kept"), force=True)


def test_names_that_lead_elsewhere(worked: Cli, tmp_path: Path) -> None:
    backup(store_of(worked), str(tmp_path / "kept"))
    path = tmp_path / "kept/tk-backup.json"
    manifest = json.loads(path.read_text())
    manifest["files"].append({"path": "../../evil", "size": 0, "sha256": ""})
    path.write_text(json.dumps(manifest))
    with pytest.raises(InvalidError, match="no file of a store"):
        restore(str(worked.root), str(tmp_path / "kept"), force=True)


@pytest.mark.slow
def test_while_others_write(worked: Cli, tmp_path: Path) -> None:
    """Each backup is a moment: the counter of the other program and the events never run ahead of each other."""
    sql(worked.root, "CREATE TABLE app_count (n INTEGER); INSERT INTO app_count VALUES (0)")
    stop = threading.Event()

    def write() -> None:
        with Store.open(worked.root, actor="bob") as store, contextlib.closing(store.connection()) as conn:
            while not stop.is_set():
                with conn.transaction():
                    conn.execute("UPDATE app_count SET n = n + 1")
                    conn.execute("UPDATE app_runs SET note = (SELECT n FROM app_count) WHERE id = 1")
                store.create("T")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for k in range(8):
            time.sleep(0.05)
            backup(store_of(worked), str(tmp_path / f"kept-{k}"))
    finally:
        stop.set()
        thread.join()
    for k in range(8):
        new = tmp_path / f"new-{k}"
        new.mkdir()
        tasks = restore(str(new), str(tmp_path / f"kept-{k}"))["tasks"]
        ((n, note),) = rows(new, "SELECT n, note FROM app_count, app_runs WHERE app_runs.id = 1")
        assert n - (tasks - 2) in (0, 1)
        assert n == 0 or note == str(n)
        assert_one_truth(workspace(Paths(str(new / ".tasks"))))


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(12))
def test_cut_off_anywhere_the_same_again_finishes_it(worked: Cli, tmp_path: Path, moment: int) -> None:
    """Killed at the nth call that changes names: the log holds all of before or all of the backup."""
    backup(store_of(worked), str(tmp_path / "kept"))
    wanted, own = files(worked.root), rows(worked.root)
    for k in range(3):
        worked.new(f"later {k}")
        worked("rebuild")
        (worked.root / ".git/HEAD").write_text(f"ref: refs/heads/b{k}\n")
    before = {text for name, text in files(worked.root).items() if name.startswith("log/")}
    code = """
import os, signal, sys
from bd_py.service.restoring import restore
left = int(sys.argv[3])
def counted(do):
    def call(*args, **given):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return do(*args, **given)
    return call
os.rename, os.unlink, os.replace = counted(os.rename), counted(os.unlink), counted(os.replace)
restore(sys.argv[1], sys.argv[2], force=True)
"""
    arguments = (str(worked.root), str(tmp_path / "kept"), str(moment))
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=False)
    assert done.returncode in (0, -signal.SIGKILL)
    now = {text for name, text in files(worked.root).items() if name.startswith("log/")}
    backed = {text for name, text in wanted.items() if name.startswith("log/")}
    assert now >= before or now >= backed
    worked("list")
    assert worked.cached() == worked.folded()
    restore(str(worked.root), str(tmp_path / "kept"), force=True)
    assert (files(worked.root), rows(worked.root)) == (wanted, own)
    assert list((worked.root / ".tasks").glob("cache.db.restore*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kept", "kept.tar.gz"])
def test_a_backup_that_is_cut_off_is_none(worked: Cli, tmp_path: Path, name: str) -> None:
    """Killed at the nth call that puts something on disk: what stands under the name is whole, or nothing does."""
    code = """
import os, signal, sys
from bd_py.service.backup import backup
from bd_py.paths import Paths
from bd_py.workspace import Workspace
left = int(sys.argv[3])
def counted(do):
    def call(*args, **given):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return do(*args, **given)
    return call
os.rename, os.replace, os.fsync = counted(os.rename), counted(os.replace), counted(os.fsync)
backup(Workspace(Paths(sys.argv[1])), sys.argv[2], force=True)
"""
    place = tmp_path / name
    ends = []
    for moment in range(20):
        arguments = (str(worked.root / ".tasks"), str(place), str(moment))
        done = subprocess.run([sys.executable, "-c", code, *arguments], check=False)
        ends.append(done.returncode)
        if place.exists():
            assert restore(str(worked.root), str(place))["changed"] is False
            break
    assert ends[0] == -signal.SIGKILL
    assert place.exists()
    assert len(ends) > 4

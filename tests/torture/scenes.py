"""What is under way when the process dies or the disk fails: every verb that writes in a way of its own."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.torture import worlds
from tests.torture.place import Place


@dataclass
class Scene:
    """A command line in a place that ``begin`` makes.

    ``warm``: a command just before it, so that its segment is live. ``adds``: the types of the events that it adds,
    all of them or none; ``reads``: it succeeds without them, too, where nothing can be written. ``after(place)`` holds
    once it says that it was done. ``first``: what the next command tells people to run. ``again``: whatever became of
    it, the same command once more does it. ``slow``: only at full size.
    """

    name: str
    begin: Callable[[Place], None]
    args: tuple[str, ...]
    adds: tuple[str, ...] = ()
    warm: tuple[str, ...] = ("list",)
    input: str = ""
    env: dict[str, str] = field(default_factory=dict)
    after: Callable[[Place], object] = lambda _place: None
    reads: bool = False
    first: tuple[str, ...] = ()
    again: bool = True
    slow: bool = False


def _config(place: Place) -> None:
    assert "strict" in (place.root / ".tasks/config.toml").read_text()


def _no_markers(place: Place) -> None:
    for path in place.root.glob(".tasks/log/*/*.jsonl"):
        assert b"<<<" not in path.read_bytes()
    notes = [each for each in place.events().values() if each["type"] == "task.note.append"]
    assert len(notes) >= 2


def _others_table(place: Place) -> None:
    with contextlib.closing(sqlite3.connect(place.root / ".tasks/cache.db")) as conn:
        assert conn.execute("SELECT * FROM app").fetchall() == [("tk-a", "mine")]


def _staged(place: Place) -> None:
    assert "A  .tasks/log" in place.git("status", "--porcelain")


def _packed(place: Place) -> None:
    names = [path.name for path in place.root.glob(".tasks/log/2026-0[89]/*")]
    assert len(names) == 2
    assert all(name.startswith("pack-") for name in names)


def _merged(place: Place) -> None:
    place.tk("sync")  # which sweeps what a driver that was killed left
    assert (place.root / "A").read_bytes().count(b"\n") == 5


def _restored(place: Place) -> None:
    assert "tk-d" in {each.get("task") for each in place.events().values()}


def _backup(place: Place) -> None:
    assert place.run("backup", "--restore", str(place.folder / "made"), cwd=str(place.folder / "repo")).code == 0


def _exported(place: Place) -> None:
    assert (place.root / "out.jsonl").read_bytes().count(b"\n") == 3


def _exchanged(place: Place) -> None:
    assert place.git("rev-list", "--count", "HEAD...@{u}") == "0"
    assert {"Of another", "Of mine"} <= {each["data"].get("title") for each in place.events().values()}
    assert (place.root / "code").read_text() == "Of another"
    assert place.git("status", "--porcelain") == ""


def _in(folder: str) -> Callable[[Place], None]:
    def look(place: Place) -> None:
        assert [path.parent.name for path in place.root.glob(".tasks/queue/*/tk-a*.md")] == [folder]

    return look


def _backend(there: str, gone: str) -> Callable[[Place], None]:
    def look(place: Place) -> None:
        assert (place.root / ".tasks" / there).exists()
        assert not (place.root / ".tasks" / gone).exists()

    return look


_NEW = "task.created"
_FORWARD = ("create", "Just before")
_INDEX = {"GIT_INDEX_FILE": ".git/index"}
LOG = [
    Scene("create", worlds.some, ("create", "New", "-d", "x" * 5000), (_NEW,), _FORWARD, again=False),
    Scene("new segment", worlds.some, ("create", "New"), (_NEW,), again=False),
    Scene("update several", worlds.some, ("update", "tk-a", "tk-b", "tk-c", "-p", "1"), ("task.updated",) * 3),
    Scene("plan", worlds.with_plan, ("create", "--graph", "plan.json"), (_NEW,) * 3, again=False),
    Scene("import", worlds.with_import, ("import", "in.jsonl"), (_NEW,) * 5),
    Scene("large import", worlds.with_many, ("import", "in.jsonl"), (_NEW,) * 2000, slow=True),
    Scene("close", worlds.some, ("close", "tk-a", "-r", "done"), ("task.closed",), _FORWARD),
    Scene("claim", worlds.some, ("claim", "tk-a"), ("task.claimed",), _FORWARD),
    Scene("claim with leases", worlds.two_worktrees, ("claim", "tk-a"), ("task.claimed",)),
    Scene("delete", worlds.some, ("delete", "tk-a"), ("task.deleted",), again=False),
    Scene("undo", worlds.some, ("undo",), ("task.deleted",), _FORWARD, again=False),
    Scene("record", worlds.a_record, ("record", "put", "prds", "prd-1", "--set", "status=ready"), ("record.put",)),
    Scene("rebuild", worlds.with_tables, ("rebuild",), after=_others_table),
    Scene("cache", worlds.no_cache, ("list",), warm=()),
    Scene("unreadable cache", worlds.garbage, ("list",), warm=()),
    Scene("damaged cache", worlds.damaged, ("rebuild",), after=_others_table, warm=(), first=("rebuild",)),
    Scene("first search", worlds.some, ("search", "task")),
    Scene("compact", worlds.past_months, ("compact",), after=_packed),
    Scene("merge driver", worlds.sides, ("merge-driver", "O", "A", "B", "7", "x.jsonl"), after=_merged),
    Scene("sync of markers", worlds.markers, ("sync",), after=_no_markers),
    Scene("write over markers", worlds.markers, ("create", "New"), (_NEW,), warm=(), after=_no_markers, again=False),
    Scene("sync of stages", worlds.unmerged, ("sync",), after=_no_markers, warm=()),
    Scene("recover", worlds.vanished, ("recover",), after=_restored, warm=()),
    Scene("backup", worlds.some, ("backup", "--force", "../made"), after=_backup),
    Scene("backup archive", worlds.some, ("backup", "--force", "../made.tgz")),
    Scene("restore", worlds.with_backup, ("backup", "--restore", "../backup"), after=_restored),
    Scene("pre-commit", worlds.hooked, ("hook", "pre-commit"), env=_INDEX, after=_staged),
    Scene("settings", worlds.some, ("config", "set", "workflow", "strict"), after=_config),
    Scene("export", worlds.some, ("export", "-o", "out.jsonl"), after=_exported),
    Scene("install hooks", worlds.some, ("install-hooks",)),
    Scene("init", worlds.some, ("init",)),
    Scene("exchange", worlds.with_remote, ("sync", "--remote"), after=_exchanged, slow=True),
]
FILES = [
    Scene("create a file", worlds.plain_files, ("create", "New"), (_NEW,), again=False),
    Scene(
        *("block a file", worlds.plain_files, ("block", "tk-a", "a thing")),
        *(("task.blocker.add", "task.status.set"),),
        after=_in("blocked"),
        again=False,
    ),
    Scene("close files", worlds.plain_files, ("close", "tk-a", "tk-b", "tk-c"), ("task.closed",) * 3),
    Scene("take an edit in", worlds.edited, ("list",), ("task.updated",), warm=(), reads=True),
    Scene("to files", worlds.some, ("config", "set", "backend", "files"), after=_backend("queue", "log")),
    Scene("to the log", worlds.plain_files, ("config", "set", "backend", "log"), after=_backend("log", "queue")),
]
SCENES = LOG + FILES

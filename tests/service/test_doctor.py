"""``doctor``: each check finds what it is there for, and a look changes nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bd_py import ids, jsonio
from bd_py.service import deps, doctor, tasks
from bd_py.service.checks import ERROR, INFO, WARNING, Finding, lines
from bd_py.workspace import Workspace

AT = "2026-11-20T18:02:11.123Z"
ID = "01M7X1Z09K8PMSFDTGJ8YEPFZX"


def event(event_id: str = ID, kind: str = "task.created", task: str = "tk-a", **data: Any) -> str:
    return jsonio.dumps({"id": event_id, "type": kind, "task": task, "at": AT, "by": {}, "data": data})


def look(workspace: Workspace) -> dict[str, list[Finding]]:
    """The findings of every check that found something."""
    workspace.refresh()
    return {check.name: check.findings for check in doctor.examine(workspace).checks if check.findings}


def code(workspace: Workspace) -> int:
    workspace.refresh()
    return doctor.examine(workspace).exit_code


@pytest.fixture
def put(workspace: Workspace) -> Callable[..., Path]:
    def put(*rows: str | bytes, name: str = "a.jsonl") -> Path:
        path = Path(workspace.paths.log, name)
        path.write_bytes(b"".join((r if isinstance(r, bytes) else r.encode()) + b"\n" for r in rows))
        return path

    return put


@pytest.fixture
def one(workspace: Workspace) -> str:
    with workspace.writing() as w:
        return tasks.create(w, "one")


def test_a_healthy_store(workspace: Workspace, one: str) -> None:
    found = doctor.examine(workspace)
    assert (found.ok, found.exit_code, found.events, found.files) == (True, 0, 1, 1)
    assert [f.reason for f in look(workspace)["git"]] == ["no git repository: nothing travels, nothing is versioned"]
    assert len({check.name for check in found.checks}) == len(found.checks)


BAD = [
    (b'{"torn', "not JSON"),
    (b"\xff\xfe", "not UTF-8 at byte 1"),
    (b"<<<<<<< HEAD", "conflict marker"),
    (b"=======", "conflict marker"),
    (b"[]", "not a JSON object"),
    (b'{"id":"x"}', "its id is no event id"),
]


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_bad_lines(workspace: Workspace, put: Callable[..., Path], row: bytes, reason: str) -> None:
    put(event(title="a"), b"", row, event(ID[:-1] + "Y", "task.note.append", text="t"))
    [finding] = look(workspace)["log lines"]
    assert (finding.level, finding.file, finding.line) == (ERROR, ".tasks/log/a.jsonl", 3)
    assert finding.reason.startswith(reason)
    assert finding.hint
    assert code(workspace) == 9


def test_a_torn_last_line(workspace: Workspace, put: Callable[..., Path]) -> None:
    path = put(event(title="a"))
    with path.open("ab") as file:
        file.write(b'{"id":"01M7')
    [finding] = look(workspace)["log lines"]
    assert (finding.reason, finding.line) == ("torn last line", 2)


def test_a_look_does_not_cut_the_torn_tail_of_the_live_segment(workspace: Workspace, one: str) -> None:
    [path] = Path(workspace.paths.log).rglob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"id":"01M7')
    before = path.read_bytes()
    found = look(workspace)
    assert path.read_bytes() == before
    assert "not looked at" in found["cache"][0].reason
    assert workspace.conn.execute("SELECT count(*) FROM issues").fetchone() == (1,)
    assert path.read_bytes() != before


def test_duplicates_with_other_bytes(workspace: Workspace, put: Callable[..., Path]) -> None:
    put(event(title="a"), event(title="b"))
    [finding] = look(workspace)["duplicate ids"]
    assert (finding.line, code(workspace)) == (2, 9)
    put(event(title="a"))
    put(event(title="b"), name="b.jsonl")
    [finding] = look(workspace)["duplicate ids"]
    assert (finding.file, finding.line, code(workspace)) == (".tasks/log/b.jsonl", 1, 9)
    put(event(title="a"), name="b.jsonl")
    assert code(workspace) == 0


def test_an_id_of_the_future(workspace: Workspace, put: Callable[..., Path]) -> None:
    put(event(ids.encode(4_102_444_799_000, 7), title="a"))
    [finding] = look(workspace)["clock"]
    assert (finding.level, finding.line) == (WARNING, 1)
    assert "2099-12-31" in finding.reason
    assert code(workspace) == 0


def test_payloads_and_types(workspace: Workspace, put: Callable[..., Path]) -> None:
    put(event(title="a", priority=9), event(ID[:-1] + "Y", "task.new"), event(ID[:-1] + "Z", "task.new"))
    found = look(workspace)
    assert (found["payloads"][0].level, found["payloads"][0].line) == (WARNING, 1)
    assert "priority" in found["payloads"][0].reason
    assert [(f.level, f.line) for f in found["event types"]] == [(INFO, 2)]
    assert "2 events of type task.new" in found["event types"][0].reason
    assert code(workspace) == 0


def test_crlf_and_a_huge_line_are_fine(workspace: Workspace, put: Callable[..., Path]) -> None:
    put(event(title="a", description="x" * 10_000_000) + "\r")
    assert [f.level for f in look(workspace)["line ends"]] == [INFO]
    assert code(workspace) == 0


def test_key_order_does_not_matter(workspace: Workspace, put: Callable[..., Path]) -> None:
    put(jsonio.dumps({"type": "task.created", "task": "tk-a", "id": ID, "data": {"title": "a", "priority": 9}}))
    assert [f.line for f in look(workspace)["payloads"]] == [1]


def test_many_findings_are_counted(workspace: Workspace, put: Callable[..., Path]) -> None:
    put(*["bad"] * 50)
    found = look(workspace)["log lines"]
    assert (len(found), found[-1].reason) == (21, "and 30 more in this file")
    assert len(lines.Survey(workspace.paths).bad) == 50


def test_strays(workspace: Workspace, put: Callable[..., Path]) -> None:
    path = put(event(title="a"))
    (path.parent / "link.jsonl").symlink_to(path)
    (path.parent / ".x.jsonl.tmp").write_text("")
    (path.parent / "notes.txt").write_text("")
    assert [f.file for f in look(workspace)["stray files"]] == [
        ".tasks/log/.x.jsonl.tmp",
        ".tasks/log/link.jsonl",
        ".tasks/log/notes.txt",
    ]


def test_settings(workspace: Workspace, one: str) -> None:
    path = Path(workspace.paths.config)
    path.write_text('format = 1\nready.sort = "x"\n')
    found = look(workspace)
    assert (found["settings"][0].level, code(workspace)) == (ERROR, 1)
    assert "not looked at" in found["cache"][0].reason
    assert doctor.fix(workspace) == []
    path.write_text("format = 1\nnew = 1\n")
    assert [f.level for f in look(workspace)["settings"]] == [INFO]


CORRUPT = [
    ("UPDATE issues SET title = 'x'", "table issues: {one}: title is 'x', the log says 'one'"),
    ("DELETE FROM issues", "table issues: the log has {one}, the cache has not"),
    ("INSERT INTO labels VALUES ('tk-0', 'l', 'e')", "table labels: the cache has tk-0, the log has not"),
    ("UPDATE log_events SET type = 'x'", "table log_events: "),
]


@pytest.mark.parametrize(("sql", "reason"), CORRUPT)
def test_a_cache_that_is_not_the_fold(workspace: Workspace, one: str, sql: str, reason: str) -> None:
    with closing(sqlite3.connect(workspace.paths.cache)) as conn:
        conn.execute(sql)
        conn.commit()
    found = [f.reason for f in look(workspace)["cache"]]
    assert any(reason.format(one=one) in text for text in found)
    assert code(workspace) == 1
    assert doctor.fix(workspace) == ["rebuilt the cache"]
    assert code(workspace) == 0


def test_a_cache_that_is_no_database(workspace: Workspace, one: str) -> None:
    workspace.close()
    for end in ("-wal", "-shm"):
        Path(workspace.paths.cache + end).unlink(missing_ok=True)
    Path(workspace.paths.cache).write_bytes(b"garbage" * 1000)
    assert [f.level for f in look(workspace)["cache file"]] == [ERROR]
    assert Path(workspace.paths.cache).read_bytes() == b"garbage" * 1000
    assert doctor.fix(workspace) == ["rebuilt the cache"]
    assert code(workspace) == 0


def test_what_the_tasks_say(workspace: Workspace, put: Callable[..., Path], one: str) -> None:
    put(
        event(kind="task.note.append", task="tk-orphan", text="t"),
        event(ID[:-1] + "Y", "task.dep.add", task=one, on="tk-elsewhere", type="blocks"),
    )
    with workspace.writing() as w:
        other = tasks.create(w, "two")
        deps.add(w, other, one)
    put(event(ID[:-1] + "Z", "task.dep.add", task=one, on=other, type="blocks"), name="b.jsonl")
    found = look(workspace)
    assert "tk-orphan" in found["orphan events"][0].reason
    assert f"{one} depends on tk-elsewhere" in found["unknown dependencies"][0].reason
    assert f"{other} -> {one} (blocks) closes a cycle" in found["suspended dependencies"][0].reason
    assert code(workspace) == 0


def test_stale_and_lost_claims(workspace: Workspace, put: Callable[..., Path]) -> None:
    put(
        event(title="a"),
        event(ID[:-1] + "Y", "task.claimed", assignee="ada", ttl=60),
        event(ID[:-1] + "Z", "task.claimed", assignee="bob"),
    )
    found = look(workspace)
    assert "tk-a is held by ada, whose time ran out at 2026-11-20T18:03:11.123Z" in found["stale claims"][0].reason
    assert "tk-a: bob claimed it" in found["lost claims"][0].reason


def test_git_files(workspace: Workspace, one: str) -> None:
    Path(workspace.paths.tasks, ".gitignore").write_text("mine\nlock")
    Path(workspace.paths.tasks, ".gitattributes").unlink()
    assert [f.file for f in look(workspace)["git files"]] == [".tasks/.gitattributes", ".tasks/.gitignore"]
    assert code(workspace) == 1
    assert doctor.fix(workspace) == ["wrote .tasks/.gitattributes", "wrote .tasks/.gitignore"]
    assert Path(workspace.paths.tasks, ".gitignore").read_text() == "mine\nlock\ncache.db*\n"
    assert (code(workspace), doctor.fix(workspace)) == (0, [])


def test_markers_are_fixed(workspace: Workspace, put: Callable[..., Path]) -> None:
    put("<<<<<<< a", event(title="a"), "=======", ">>>>>>> b", "still bad")
    assert doctor.fix(workspace) == ["dropped the conflict markers from .tasks/log/a.jsonl"]
    assert [f.line for f in look(workspace)["log lines"]] == [2]


def test_the_lock(workspace: Workspace, one: str) -> None:
    from bd_py.lock import Lock
    from bd_py.service.checks import surroundings

    assert surroundings.lock(workspace.paths) == []
    with Lock(workspace.paths.lock):
        assert [f.level for f in surroundings.lock(workspace.paths)] == [INFO]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_cannot_be_written(workspace: Workspace, one: str) -> None:
    workspace.close()
    folders = [Path(workspace.paths.tasks), *(p for p in Path(workspace.paths.tasks).rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert code(workspace) == 0
        assert [f.level for f in look(workspace)["folder"]] == [WARNING, WARNING]
    finally:
        for folder in folders:
            folder.chmod(0o755)

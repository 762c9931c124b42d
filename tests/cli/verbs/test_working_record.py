"""The verbs of a task's working record, and what each writes."""

from __future__ import annotations

import pytest

from tests.inprocess import Cli


@pytest.fixture
def task(cli: Cli) -> str:
    return cli.new("Port the parser")


def test_phase(cli: Cli, task: str) -> None:
    assert cli("phase", task, "build").out == f"{task} is now in build\n"
    assert cli("phase", task, "build").out == f"{task} is already in build\n"
    cli("phase", task, "review")
    assert cli.last(task)["data"] == {"phase": "review", "previous": "build"}
    found = cli.task(task)
    assert found["phase"] == "review"
    assert found["phase_entered_at"] == cli.last(task)["at"]
    cli("phase", task, "--clear")
    assert "phase" not in cli.task(task)
    assert cli("phase", task, "").out == f"{task} is already in no phase\n"
    assert cli.types(task) == ["created", "phase.set", "phase.set", "phase.set"]


def test_what_another_program_left_does_not_hold_a_task_where_it_is(cli: Cli, task: str) -> None:
    """The log may have a phase or a status that no event of ours may say: it is replaced like any other."""
    cli("phase", task, "build")
    cli.bring(cli.last(task), data={"phase": "a\nb"})
    cli("sync")
    assert cli.task(task)["phase"] == "a\nb"
    cli("phase", task, "review")
    assert cli.last(task)["data"] == {"phase": "review"}
    cli("status", task, "deferred")
    cli.bring(cli.last(task), data={"status": "in the queue"})
    cli("sync")
    cli("status", task, "open")
    assert cli.last(task)["data"] == {"status": "open"}


def test_progress(cli: Cli, task: str) -> None:
    cli("progress", task, "half", "way", "--percent", "50")
    assert cli.task(task)["progress"] == {"text": "half way", "percent": 50}
    cli("progress", task, "--percent", "80")
    assert cli.last(task)["data"] == {"percent": 80}
    cli("progress", task, "--text", "half way", "--percent", "80")
    assert len(cli.events(task)) == 3
    cli("progress", task, "--text", "-", input="from stdin\n")
    assert cli.task(task)["progress"] == {"text": "from stdin", "percent": 80}
    cli.fails(4, "progress", task, "--percent", "101")
    cli.fails(4, "progress", task, "--percent", "-1")


def test_two_who_tell_progress_at_once_are_told(cli: Cli, task: str) -> None:
    cli("progress", task, "one")
    first = cli.last(task)
    cli("progress", task, "two")
    cli.bring(first, data={"text": "three"})
    cli("sync")
    assert [pair["field"] for pair in cli.task(task)["conflicts"]] == ["progress"]


def test_next(cli: Cli, task: str) -> None:
    cli("next", task, "run", "it", "on", "staging")
    assert cli.task(task)["next_step"] == "run it on staging"
    cli("next", task, "run it on staging")
    assert len(cli.events(task)) == 2
    cli("next", task, "--clear")
    assert "next_step" not in cli.task(task)


def test_blocker(cli: Cli, task: str) -> None:
    done = cli("blocker", task, "add", "the", "host", "is", "down")
    (blocker,) = cli.task(task)["blockers"]
    assert (blocker["text"], blocker["status"]) == ("the host is down", "open")
    assert done.out == f"{task} has the blocker {blocker['id']}\n"
    assert cli.task(task)["status"] == "open"
    assert cli.ready() == []
    assert cli("blocker", task, "list").out == f"{blocker['id']} [open] the host is down\n"
    cli("blocker", task, "resolve", blocker["id"])
    assert cli.ready() == [task]
    assert cli("blocker", task, "resolve", blocker["id"]).out == f"{blocker['id']} is already resolved\n"
    assert cli.types(task) == ["created", "blocker.add", "blocker.resolve"]
    cli.fails(3, "blocker", task, "resolve", "bl-nope")


def test_several_blockers_are_resolved_or_none(cli: Cli, task: str) -> None:
    one = cli.json("blocker", task, "add", "one")[0]["blockers"][0]["id"]
    cli.fails(3, "blocker", task, "resolve", one, "bl-nope")
    assert [blocker["status"] for blocker in cli.task(task)["blockers"]] == ["open"]


def test_evidence(cli: Cli, task: str) -> None:
    cli("evidence", task, "--command", "make test", "--exit-code", "0", "--summary", "212 passed", "--artifact", "a")
    (found,) = cli.task(task)["evidence"]
    assert {key: found[key] for key in ("command", "exit_code", "passed", "summary", "artifacts")} == {
        "command": "make test",
        "exit_code": 0,
        "passed": True,
        "summary": "212 passed",
        "artifacts": ["a"],
    }
    assert found["actor"]["name"] == "ada"
    cli("evidence", task, "--exit-code", "2")
    cli("evidence", task, "--failed")
    cli("evidence", task, "--passed")
    assert [item["passed"] for item in cli.task(task)["evidence"]] == [True, False, False, True]


@pytest.mark.parametrize(
    ("code", "options"),
    [
        (4, ["--passed", "--exit-code", "1"]),
        (2, ["--exit-code", "abc"]),
        (2, []),
        (2, ["--passed", "--failed"]),
        (2, ["--run", "true", "--passed"]),
        (2, ["--run", " "]),
        (2, ["--run", "true", "--timeout", "0"]),
        (2, ["--run", "true", "--timeout", "nan"]),
        (2, ["--run", "true", "--timeout", "1e999"]),
        (2, ["--passed", "--timeout", "3"]),
    ],
)
def test_evidence_that_makes_no_sense(code: int, options: list[str], cli: Cli, task: str) -> None:
    cli.fails(code, "evidence", task, *options)
    assert cli.types(task) == ["created"]


def test_evidence_by_running(cli: Cli, task: str) -> None:
    done = cli.fails(3, "evidence", task, "--run", "echo 'a  b' | cat; exit 3")
    (found,) = cli.task(task)["evidence"]
    assert (found["command"], found["exit_code"], found["passed"]) == ("echo 'a  b' | cat; exit 3", 3, False)
    first, said = found["summary"].split("\n")
    assert first.startswith("failed with exit code 3 after ")
    assert said == "a  b"
    assert done.out.startswith(found["summary"])
    assert cli.json("evidence", task, "--run", "true")[0]["evidence"][1]["passed"] is True
    cli.fails(124, "evidence", task, "--run", "sleep 20", "--timeout", "0.2")
    assert cli.task(task)["evidence"][2]["exit_code"] == 124


def test_artifact(cli: Cli, task: str) -> None:
    cli("artifact", task, "docs/design.md", "--kind", "design", "--description", "the draft")
    (found,) = cli.task(task)["artifacts"]
    assert (found["path"], found["kind"], found["description"]) == ("docs/design.md", "design", "the draft")


def test_who_works_on_it(cli: Cli, task: str) -> None:
    cli("phase", task, "plan", "--agent", "opus", "--agent-type", "coder", "--session", "s1", "--pid", "41")
    by = cli.last(task)["by"]
    assert by == {"name": "ada", "agent": "opus", "agent_type": "coder", "session": "s1", "pid": 41}


@pytest.mark.parametrize(
    ("option", "value"),
    [("--pid", "-4"), ("--pid", str(2**63)), ("--agent", "a\nb"), ("--session", " s"), ("--actor", "x" * 201)],
)
def test_nobody_acts_by_a_name_that_no_event_may_have(option: str, value: str, cli: Cli, task: str) -> None:
    assert "TK_ACTOR" in cli.fails(4, "phase", task, "plan", option, value).err
    assert cli.types(task) == ["created"]


EVENTS = [
    ("task.phase.set", '{"phase": "plan"}', "phase"),
    ("task.status.set", '{"status": "deferred"}', "status"),
    ("task.progress.set", '{"percent": 5}', "progress"),
    ("task.next_step.set", '{"step": "go"}', "next_step"),
    ("task.blocker.add", '{"text": "no"}', "blockers"),
    ("task.blocker.add", '{"text": "no", "blocker": "b1"}', "blockers"),
    ("task.evidence.add", '{"passed": true}', "evidence"),
    ("task.artifact.add", '{"path": "a"}', "artifacts"),
    ("task.attribution.set", '{"agent": "opus"}', "attribution"),
    ("task.note.append", '{"text": "a note"}', "comments"),
    ("task.updated", '{"set": {"title": "Another"}}', "title"),
    ("task.label.add", '{"label": "core"}', "labels"),
    ("task.claimed", '{"assignee": "grace"}', "assignee"),
]


@pytest.mark.parametrize(("kind", "payload", "field"), EVENTS)
def test_event_does_what_the_verb_does(kind: str, payload: str, field: str, cli: Cli, task: str) -> None:
    before = cli.task(task)
    cli("event", task, "--type", kind, "--payload", payload)
    assert cli.task(task).get(field) != before.get(field)
    assert cli.last(task)["type"] == kind


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("task.phase.set", '{"phase": null}'),
        ("task.status.set", '{"status": "todo"}'),
        ("task.label.remove", '{"label": "x"}'),
    ],
)
def test_event_that_changes_nothing_is_not_written(kind: str, payload: str, cli: Cli, task: str) -> None:
    assert cli("event", task, "--type", kind, "--payload", payload).out == f"{task} is unchanged\n"
    assert cli.types(task) == ["created"]


@pytest.mark.parametrize(
    ("code", "kind", "payload"),
    [
        (4, "task.status.set", '{"status": "banana"}'),
        (4, "task.status.set", '{"status": "closed"}'),
        (4, "task.progress.set", '{"percent": 101}'),
        (4, "task.progress.set", "{}"),
        (4, "task.evidence.add", '{"passed": true, "exit_code": 1}'),
        (3, "task.blocker.resolve", '{"blocker": "bl-nope"}'),
        (4, "task.closed", '{"resolution": "completed"}'),
        (4, "task.created", '{"title": "x"}'),
        (4, "record.put", '{"set": {}}'),
        (4, "task.nope", "{}"),
        (4, "task.phase.set", '{"phase": "x", "other": 1}'),
        (4, "task.released", '{"hold": "01M7X20VW22D7Z59TDWH9EDD1R"}'),
        (4, "task.dep.add", '{"on": "tk-x", "type": "blocks", "created_by": "eve"}'),
        (2, "task.custom", "no json"),
        (2, "task.custom", "[]"),
        (4, "task.custom", "{}"),
    ],
)
def test_event_is_refused_as_by_the_verb(code: int, kind: str, payload: str, cli: Cli, task: str) -> None:
    cli.fails(code, "event", task, "--type", kind, "--payload", payload)
    assert cli.types(task) == ["created"]


def test_ready_explains(cli: Cli, task: str) -> None:
    waits = cli.new("waits", "--dep", task)
    later = cli.new("later", "--defer", "2999-01-01")
    never = cli.new("sum", "--compound")
    stuck = cli.new("stuck")
    cli("blocker", stuck, "add", "no key")
    held = cli.new("held")
    cli("claim", held, "--actor", "grace")
    found = cli.json("ready", "--explain")
    assert [issue["id"] for issue in found["ready"]] == [task]
    reasons = {issue["id"]: issue["reasons"] for issue in found["not_ready"]}
    assert reasons == {
        waits: [f"waits for {task}"],
        later: ["deferred until 2999-01-01T00:00:00.000Z"],
        never: ["a compound task: its children are the work"],
        stuck: ["blocker: no key"],
        held: ["held by grace"],
    }
    assert f"{held} [P2][in_progress] - held: held by grace" in cli("ready", "--explain").lines
    cli.fails(2, "ready", "--explain", "--claim")

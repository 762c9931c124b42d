"""What stands before done: gates, a check of one's own, the judge."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Runner
from tests.inprocess import Cli
from tests.terminal import on_a_terminal

GATE = '[[gates]]\nname = "{}"\ncommand = {}\n'


def gate(cli: Cli, name: str, command: str, more: str = "", *, trust: bool = True) -> None:
    """Add a gate to the config, and trust it."""
    cli.configure(GATE.format(name, command) + more)
    if trust:
        cli("gates", "trust")


@pytest.fixture
def task(cli: Cli) -> str:
    task_id = cli.new("Port the parser")
    cli("claim", task_id)
    return task_id


def results(cli: Cli, task: str) -> list[tuple[bool, int]]:
    return [(item["passed"], item["exit_code"]) for item in cli.task(task).get("evidence", [])]


def test_gates_run_in_order_and_are_recorded(cli: Cli, task: str) -> None:
    gate(cli, "first", "'echo 1 >> order'")
    gate(cli, "second", '["sh", "-c", "echo 2 >> order"]')
    cli("close", task)
    assert cli.task(task)["status"] == "closed"
    assert (cli.root / "order").read_text() == "1\n2\n"
    assert [item["summary"].split(":")[0] for item in cli.task(task)["evidence"]] == ["first", "second"]
    assert results(cli, task) == [(True, 0), (True, 0)]


def test_the_first_that_fails_ends_it(cli: Cli, task: str) -> None:
    gate(cli, "bad", "'echo what went wrong; exit 3'")
    gate(cli, "never", "'touch ran'")
    done = cli.fails(8, "close", task)
    assert "gate 'bad' failed with exit code 3" in done.err
    assert "what went wrong" in done.err
    assert cli.task(task)["status"] == "in_progress"
    assert results(cli, task) == [(False, 3)]
    assert not (cli.root / "ran").exists()
    error = cli.fails(8, "close", task, "--json").errors[0]
    assert error["code"] == "gate_refused"
    assert (error["details"]["gate"], error["details"]["exit_code"]) == ("bad", 3)


def test_a_gate_that_hangs(cli: Cli, task: str) -> None:
    gate(cli, "slow", "'sleep 30'", "timeout = 0.3\n")
    assert "time limit" in cli.fails(8, "close", task).err
    assert results(cli, task) == [(False, 124)]
    assert cli.task(task)["status"] == "in_progress"


def test_a_command_that_is_not_there(cli: Cli, task: str) -> None:
    gate(cli, "gone", '["/nowhere/at-all"]')
    cli.fails(8, "close", task)
    assert results(cli, task) == [(False, 127)]


def test_much_output_is_cut(cli: Cli, task: str) -> None:
    gate(cli, "loud", "'head -c 100000000 /dev/zero; echo; echo the end; exit 1'")
    assert "the end" in cli.fails(8, "close", task).err
    assert len(cli.task(task)["evidence"][0]["summary"]) < 5000
    assert results(cli, task) == [(False, 1)]


def test_only_for_what_it_is_meant(cli: Cli, task: str) -> None:
    gate(cli, "bugs", "'false'", 'when = { type = "bug" }\n')
    gate(cli, "core", "'false'", 'when = { label = ["core", "db"] }\n')
    cli("close", task)
    bug, core = cli.new("a bug", "-t", "bug"), cli.new("core work", "-l", "db")
    cli.fails(8, "close", bug)
    cli.fails(8, "close", core)


def test_only_what_is_completed_is_proven(cli: Cli, task: str) -> None:
    gate(cli, "bad", "'false'")
    cli("close", task, "--resolution", "wontfix")
    assert results(cli, task) == []


def test_a_clone_does_not_run_what_it_has_not_trusted(cli: Cli, task: str) -> None:
    gate(cli, "unasked", "'touch ran'", trust=False)
    done = cli.fails(8, "close", task)
    assert "has not trusted" in done.err
    assert "tk gates trust" in done.err
    assert results(cli, task) == [(False, 126)]
    assert cli.task(task)["status"] == "in_progress"
    cli("gates", "trust")
    cli.configure("timeout = 5\n")  # the same command, but it is another config
    cli.fails(8, "close", task)
    assert not (cli.root / "ran").exists()
    cli("gates", "trust")
    cli("close", task)
    assert (cli.root / "ran").exists()
    cli("gates", "distrust")
    cli.fails(8, "close", cli.new("another"))


def test_a_fresh_clone_trusts_nothing(cli: Cli, task: str, tk: Runner, git: Runner, tmp_path: Path) -> None:
    gate(cli, "unasked", "'touch ran'")
    git("add", ".tasks")
    git("commit", "-qm", "a gate")
    git("clone", "-q", ".", tmp_path / "clone")
    done = tk("close", task, cwd=tmp_path / "clone", check=False)
    assert done.returncode == 8
    assert not (tmp_path / "clone/ran").exists()


@pytest.mark.parametrize("options", [[], ["-q"]])
def test_a_person_is_shown_them_and_asked(options: list[str], cli: Cli, task: str) -> None:
    gate(cli, "first", '"true # \\u001b[2K\\r harmless\\necho more"', trust=False)
    gate(cli, "words", '["test", "-n", "a b"]', trust=False)
    said = on_a_terminal(cli.root, "close", task, *options, typed=b"n\n", code=8)
    assert r"gate first: true # \x1b[2K  harmless \n echo more" in said
    assert "gate words: test -n 'a b'" in said
    assert cli.task(task)["status"] == "in_progress"
    on_a_terminal(cli.root, "close", task, *options, typed=b"y\n")
    assert cli.json("gates")["trusted"] is True
    assert cli.task(task)["status"] == "closed"


def test_list_of_gates(cli: Cli) -> None:
    assert "There are no gates" in cli("gates").err
    gate(cli, "tests", "'make test'", 'when = { type = "bug" }\n', trust=False)
    done = cli("gates", "list")
    assert done.out == "tests: make test (only for type bug)\n"
    assert "has not trusted them" in done.err
    assert cli.json("gates")["trusted"] is False
    assert cli.json("gates", "trust")["trusted"] is True


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('name = "x"', "needs a command"),
        ('command = "true"', "needs a name"),
        ('name = "x"\ncommand = []', "needs a command"),
        ('name = "x"\ncommand = "true"\ntimeout = 0', "timeout 0"),
        ('name = "x"\ncommand = "true"\nwhen = { phase = "x" }', "when has type and label"),
        ('name = "x"\nrun = "true"', "no key 'run'"),
    ],
)
def test_a_gate_that_makes_no_sense(lines: str, says: str, cli: Cli, task: str) -> None:
    cli.configure(f"[[gates]]\n{lines}\n")
    assert says in cli.fails(4, "close", task).err
    assert cli.task(task)["status"] == "in_progress"


def test_verify(cli: Cli, task: str) -> None:
    done = cli.fails(8, "close", task, "--verify", "true", "--verify", "false")
    assert "'verify' failed with exit code 1" in done.err
    cli("close", task, "--verify", "true")
    assert results(cli, task) == [(True, 0), (False, 1), (True, 0)]
    assert cli("close", task, "--verify", "touch ran").out == f"{task} is already closed\n"
    assert not (cli.root / "ran").exists()


def test_what_would_be_refused_at_the_end_is_refused_before_anything_runs(cli: Cli) -> None:
    cli("config", "set", "workflow", "strict")
    task = cli.new("never claimed")
    cli.fails(4, "close", task, "--verify", "touch ran")
    assert not (cli.root / "ran").exists()


def test_force(cli: Cli, task: str) -> None:
    gate(cli, "bad", "'false'")
    cli.fails(2, "close", task, "--force")
    cli("close", task, "--force", "--reason", "the gate is broken")
    closed = cli.last(task)
    assert closed["data"] == {"resolution": "completed", "reason": "the gate is broken", "forced": True}
    other = cli.new("another")
    cli("config", "set", "forbid_force", "true")
    cli.fails(8, "close", other, "--force", "--reason", "all the same")


@pytest.mark.parametrize("line", ["update {} -s closed", "status {} closed", "update {} --status done"])
def test_there_is_no_way_around(line: str, cli: Cli, task: str) -> None:
    gate(cli, "bad", "'false'")
    assert "must pass the project's gates" in cli.fails(8, *line.format(task).split()).err
    assert cli.task(task)["status"] == "in_progress"
    assert cli.types(task) == ["created", "claimed"]


@pytest.mark.parametrize("backend", ["log", "files"])
def test_nor_by_a_status_of_the_project_s_own_that_is_done(backend: str, cli: Cli, task: str) -> None:
    cli.configure('[statuses.archived]\ncategory = "done"\n')
    cli("config", "set", "backend", backend)
    gate(cli, "bad", "'test -e fits'")
    assert "must pass the project's gates" in cli.fails(8, "status", task, "archived").err
    (cli.root / "fits").touch()
    cli("close", task)
    cli("status", task, "archived")
    assert cli.task(task)["status"] == "archived"


def test_a_commit_that_closes_is_noted_and_does_not_close(cli: Cli, task: str, git: Runner) -> None:
    gate(cli, "bad", "'false'")
    git("add", ".tasks")
    git("commit", "-qm", f"Port it\n\nCloses: {task}")
    assert f"{task} must pass" in cli("hook", "post-commit").err
    found = cli.task(task)
    assert found["status"] == "in_progress"
    assert len(found["links"]["commits"]) == 1


def test_several_tasks_each_on_its_own(cli: Cli, task: str) -> None:
    gate(cli, "bugs", "'false'", 'when = { type = "bug" }\n')
    bug = cli.new("a bug", "-t", "bug")
    done = cli.fails(8, "close", bug, task)
    assert done.out == f"Updated {task} -> closed\n"
    assert cli.task(bug)["status"] == "open"


def test_a_gate_may_call_tk(cli: Cli, task: str) -> None:
    gate(cli, "tk", f"""'"{sys.executable}" -m bd_py comment {task} "seen by the gate"'""")
    cli("close", task)
    assert cli.task(task)["comments"][0]["text"] == "seen by the gate"


def test_a_gate_is_told_the_task_and_who_acts(cli: Cli, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gate(cli, "told", "'echo $TK_TASK $TK_ACTOR $TK_SESSION ${TK_AGENT-none} > told'")
    monkeypatch.setenv("TK_ACTOR", "of the environment")
    cli("close", task, "--actor", "grace", "--session", "s1")
    assert (cli.root / "told").read_text() == f"{task} grace s1 none\n"
    cli("evidence", task, "--run", "echo $TK_TASK $TK_ACTOR > told")
    assert (cli.root / "told").read_text() == f"{task} of the environment\n"


@pytest.mark.parametrize(
    ("number", "how"),
    [
        (signal.SIGINT, "interrupted"),
        (signal.SIGTERM, "interrupted by SIGTERM"),
        (signal.SIGHUP, "interrupted by SIGHUP"),
        (signal.SIGQUIT, "interrupted by SIGQUIT"),
    ],
)
def test_who_ends_tk_ends_the_gate_and_the_task_has_its_evidence(
    number: signal.Signals, how: str, cli: Cli, task: str
) -> None:
    gate(cli, "slow", "'echo $$ > gate; while :; do sleep 0.1; done'")
    process = subprocess.Popen(
        [sys.executable, "-m", "bd_py", "close", task],
        cwd=cli.root,
        stderr=subprocess.PIPE,
        # What runs in the background of a shell, or under nohup, has been told to ignore some of them.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    pid = cli.root / "gate"
    wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"))
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode in ((130, -signal.SIGINT) if number == signal.SIGINT else (-number,)), said
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    found = cli.task(task)
    assert found["status"] == "in_progress"
    assert [(item["exit_code"], item["summary"].split(" after")[0]) for item in found["evidence"]] == [
        (128 + number, f"slow: {how}")
    ]


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until it does, 20 seconds at most."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_judge_is_another_than_the_holder(cli: Cli, task: str) -> None:
    cli("config", "set", "judge", "true")
    assert "has not been accepted" in cli.fails(8, "close", task).err
    assert "cannot judge it" in cli.fails(8, "accept", task).err
    assert "cannot judge it" in cli.fails(8, "reject", task, "--reason", "no").err
    cli("accept", task, "--session", "another")
    assert cli("accept", task, "--actor", "grace").out == f"{task} is already accepted\n"
    cli("close", task)
    assert cli.types(task) == ["created", "claimed", "reviewed", "closed"]


def test_a_verdict_is_on_the_latest_work(cli: Cli, task: str) -> None:
    cli("config", "set", "judge", "true")
    cli("accept", task, "--actor", "grace")
    cli("release", task)
    cli("claim", task)
    cli.fails(8, "close", task)


def test_a_verdict_does_not_outlive_the_closing(cli: Cli, task: str) -> None:
    """What is opened again was not good after all."""
    cli("config", "set", "judge", "true")
    cli("accept", task, "--actor", "grace")
    cli("close", task)
    assert cli("accept", task, "--actor", "grace").out == f"{task} is already accepted\n"
    cli("reopen", task)
    assert "has not been accepted" in cli.fails(8, "close", task).err
    cli("status", task, "in_progress")
    assert "has not been accepted" in cli.fails(8, "close", task).err
    assert cli("accept", task, "--actor", "grace").out == f"Accepted {task}\n"
    cli("close", task)


def test_what_is_rejected_goes_back(cli: Cli, task: str) -> None:
    cli.fails(2, "reject", task, "--actor", "grace")
    cli("reject", task, "--reason", "no test", "--actor", "grace")
    found = cli.task(task)
    assert (found["status"], found.get("assignee")) == ("open", None)
    assert found["review"]["verdict"] == "rejected"
    assert found["review"]["reason"] == "no test"
    assert cli.last(task)["data"]["retry"] is True
    cli.fails(4, "reject", task, "--reason", "again", "--actor", "grace")


@pytest.mark.parametrize("workflow", ["relaxed", "strict"])
def test_beyond_max_retries_it_is_blocked(workflow: str, cli: Cli, task: str) -> None:
    cli("config", "set", "workflow", workflow)
    cli("config", "set", "max_retries", "1")
    waits = cli.new("waits", "--dep", task)
    cli("reject", task, "--reason", "no test", "--actor", "grace")
    cli("claim", task)
    cli("reject", task, "--reason", "still none", "--actor", "grace")
    found = cli.task(task)
    assert found["status"] == "blocked"
    assert [blocker["text"] for blocker in found["blockers"]] == ["rejected 2 times: still none"]
    assert cli.ready() == []
    cli.fails(4, "claim", waits)
    cli("unblock", task)
    assert cli.ready() == [task]


def test_claim_next(cli: Cli, task: str) -> None:
    following = cli.new("following", "--dep", task)
    found = cli.json("close", task, "--claim-next", "--suggest-next")
    assert [issue["id"] for issue in found["closed"]] == [task]
    assert [issue["id"] for issue in found["unblocked"]] == [following]
    assert [issue["id"] for issue in found["claimed"]] == [following]
    assert cli.task(following)["status"] == "in_progress"
    done = cli("close", following, "--claim-next")
    assert done.out == f"Updated {following} -> closed\n"
    assert "Nothing is ready" in done.err


def test_nothing_of_the_gates_is_left_in_the_repository(cli: Cli, git: Runner) -> None:
    gate(cli, "one", "'true'")
    assert os.path.exists(cli.root / ".git/tk/trusted-gates")
    assert "trusted" not in git("status", "--porcelain", "-uall").stdout

"""Running a check: how it ended, the end of what it said, and nothing left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from bd_py.service import commands


def test_how_it_ended(tmp_path: Path) -> None:
    done = commands.run("echo one; echo two >&2; exit 3", str(tmp_path))
    assert (done.exit_code, done.passed, done.output) == (3, False, "one\ntwo")
    assert done.summary.startswith("failed with exit code 3 after ")
    assert commands.run("true", str(tmp_path)).passed


def test_it_runs_where_it_is_told(tmp_path: Path) -> None:
    assert commands.run("pwd -P", str(tmp_path)).output == os.path.realpath(tmp_path)


def test_words_are_not_for_the_shell(tmp_path: Path) -> None:
    done = commands.run(["printf", "%s|", "a b", "$HOME", "it's"], str(tmp_path))
    assert done.output == "a b|$HOME|it's|"
    assert done.command == """printf '%s|' 'a b' '$HOME' 'it'"'"'s'"""


def test_blanks_pipes_and_quotes(tmp_path: Path) -> None:
    done = commands.run("""printf '%s\\n' "a  'b'" c | sort -r | tr 'a-z' 'A-Z'""", str(tmp_path))
    assert done.output == "C\nA  'B'"


def test_a_signal_counts_as_the_shell_counts_it(tmp_path: Path) -> None:
    assert commands.run(["sh", "-c", "kill -9 $$"], str(tmp_path)).exit_code == 128 + signal.SIGKILL


@pytest.mark.parametrize(("command", "code"), [(["/nowhere/at-all"], 127), (["/"], 126), ("nowhere-at-all", 127)])
def test_what_cannot_be_run(command: str | list[str], code: int, tmp_path: Path) -> None:
    done = commands.run(command, str(tmp_path))
    assert done.exit_code == code
    assert done.output


def alive(marker: str) -> list[str]:
    """The processes that have the marker in their command line; what was killed is given a moment to be gone."""
    end = time.monotonic() + 5
    while (found := _alive(marker)) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def _alive(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes()
        except OSError:
            continue
        if marker.encode() in words and int(entry.parent.name) != os.getpid():
            found.append(entry.parent.name)
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for the processes in /proc")
def test_a_hang_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    marker = f"31.{os.getpid()}"
    done = commands.run(f"sleep {marker} & sleep {marker}; echo never", str(tmp_path), timeout=0.3)
    assert (done.exit_code, done.timed_out, done.output) == (124, True, "")
    assert "time limit" in done.summary
    assert alive(marker) == []


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for the processes in /proc")
def test_what_stays_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    marker = f"32.{os.getpid()}"
    began = time.monotonic()
    done = commands.run(f"sleep {marker} & echo started", str(tmp_path), timeout=20)
    assert (done.exit_code, done.output) == (0, "started")
    assert time.monotonic() - began < 15
    assert alive(marker) == []


def test_it_may_close_its_output_and_go_on(tmp_path: Path) -> None:
    assert commands.run("exec >&- 2>&-; sleep 0.2; exit 5", str(tmp_path)).exit_code == 5
    assert commands.run("exec >&- 2>&-; sleep 30", str(tmp_path), timeout=0.3).timed_out


def test_the_end_of_much_output(tmp_path: Path) -> None:
    done = commands.run("head -c 100000000 /dev/zero | tr '\\0' x | fold -w 99; echo; echo the end", str(tmp_path))
    assert done.passed
    assert done.output.endswith("x\nthe end")
    assert len(done.output) <= commands.KEPT
    assert set(map(len, done.output.splitlines()[:-2])) == {99}


def test_output_that_is_no_text(tmp_path: Path) -> None:
    done = commands.run(r"printf 'a\0b\377c'", str(tmp_path))
    assert done.output == "a\ufffdb\ufffdc"


def test_no_variable_of_git_reaches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", "elsewhere")
    assert commands.run("echo ${GIT_INDEX_FILE-none}", str(tmp_path)).output == "none"


def test_an_interrupt_ends_it(tmp_path: Path) -> None:
    marker = f"33.{os.getpid()}"
    threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    done = commands.run(f"echo begun; sleep {marker}", str(tmp_path), timeout=20)
    assert (done.exit_code, done.signal, done.output) == (130, signal.SIGINT, "begun")
    assert alive(marker) == []


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for the processes in /proc")
def test_what_goes_on_writing_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    marker = f"tk-34.{os.getpid()}"
    done = commands.run(f"yes {marker} & echo started; exit 4", str(tmp_path), timeout=20)
    assert (done.exit_code, done.timed_out) == (4, False)
    assert alive(marker) == []


def test_all_that_it_said_before_its_end_is_read(tmp_path: Path) -> None:
    for _ in range(20):
        assert commands.run("seq 20000; echo the end", str(tmp_path)).output.endswith("\n20000\nthe end")


def test_it_may_put_away_what_it_made_at_its_limit(tmp_path: Path) -> None:
    done = commands.run("trap 'echo put away; exit 0' TERM; echo begun; sleep 30 & wait", str(tmp_path), timeout=0.5)
    assert (done.exit_code, done.timed_out, done.output) == (124, True, "begun\nput away")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for the processes in /proc")
def test_what_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GRACE", 0.3)
    marker = f"35.{os.getpid()}"
    done = commands.run(f"trap '' TERM; echo begun; sleep {marker}", str(tmp_path), timeout=0.3)
    assert (done.exit_code, done.timed_out, done.output) == (124, True, "begun")
    assert alive(marker) == []


def test_a_second_interrupt_does_not_wait_for_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GRACE", 60.0)
    for after in (0.3, 0.8):
        threading.Timer(after, signal.raise_signal, [signal.SIGINT]).start()
    began = time.monotonic()
    done = commands.run("trap '' INT; sleep 60", str(tmp_path))
    assert (done.exit_code, done.signal) == (130, signal.SIGINT)
    assert time.monotonic() - began < 30


def test_a_signal_that_the_program_around_handles_is_left_to_it(tmp_path: Path) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, frame: seen.append(number))
    try:
        threading.Timer(0.3, signal.raise_signal, [signal.SIGHUP]).start()
        done = commands.run("sleep 0.6; echo done", str(tmp_path))
        assert (done.passed, done.signal, done.output) == (True, None, "done")
        assert seen == [signal.SIGHUP]
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_handlers_are_as_they_were(tmp_path: Path) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    before = [signal.getsignal(number) for number in numbers]
    commands.run("true", str(tmp_path))
    commands.run(["/nowhere/at-all"], str(tmp_path))
    assert [signal.getsignal(number) for number in numbers] == before


def test_as_many_lines_are_shown_as_a_terminal_has_room_for(tmp_path: Path) -> None:
    done = commands.run("seq 100", str(tmp_path))
    assert done.shown == "\n".join(["...", *map(str, range(101 - commands.SHOWN, 101))])
    assert done.summary.endswith("\n".join(map(str, range(1, 101))))
    assert commands.run("seq 3", str(tmp_path)).shown == "1\n2\n3"
    assert commands.run("true", str(tmp_path)).shown == ""


def test_a_line_of_which_the_beginning_is_gone_is_not_kept(tmp_path: Path) -> None:
    """Where no more than what is kept is left, since what came last was cut as it came."""
    code = "import os; os.write(1, (b'x' * 98 + b'\\n') * 656 + b'the end\\n')"
    done = commands.run([sys.executable, "-c", code], str(tmp_path))
    assert set(map(len, done.output.splitlines()[:-1])) == {98}
    assert done.output.endswith("\nthe end")

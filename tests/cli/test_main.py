"""The boundary: exit codes, errors on stderr, crashes, pipes, completion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import bd_py
from bd_py.cli import registry
from bd_py.cli.context import Context
from bd_py.cli.declare import Verb
from bd_py.cli.main import main
from bd_py.errors import AmbiguousError, ConflictError, LockTimeoutError, NotFoundError, TkError

ROOT = Path(bd_py.__file__).parent.parent
Install = Callable[[Callable[[Context], int | None]], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes a function the verb ``x-try``."""

    def install(run: Callable[[Context], int | None]) -> None:
        module = ModuleType("x_try")
        module.VERB = Verb("x-try", run, "Try")  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"{registry.PACKAGE}.x_try", module)
        monkeypatch.setitem(registry.NAMES, "x-try", "x_try")

    return install


def raising(error: BaseException) -> Callable[[Context], None]:
    def run(ctx: Context) -> None:
        ctx.out("done so far")
        raise error

    return run


def process(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A real ``python -m bd_py``."""
    return subprocess.run(
        [sys.executable, "-m", "bd_py", *argv],
        capture_output=True,
        text=True,
        check=False,
        env=child_env(**env),
    )


def child_env(**env: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **env}


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out == f"tk {bd_py.__version__}\n"


@pytest.mark.parametrize("argv", [["version", "--json"], ["--json", "--version"], ["--version", "--json"]])
def test_version_json(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    assert json.loads(capsys.readouterr().out)["version"] == bd_py.__version__


def test_module_runs_as_a_process() -> None:
    for env in ({}, {"TK_NO_FAST_EXIT": "1"}):
        done = process("version", **env)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"tk {bd_py.__version__}\n", "")
        assert process("version", "x", **env).returncode == 2


def test_help_verb_and_option_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "version"]) == 0
    first = capsys.readouterr().out
    assert main(["version", "--help"]) == 0
    assert capsys.readouterr().out == first


def test_tk_alone_is_the_overview(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    first = capsys.readouterr().out
    assert first.startswith("Usage: tk [OPTIONS] COMMAND ...")
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (TkError("no luck"), 1, "Error: no luck\n"),
        (
            NotFoundError("task 'nope' not found", "Try 'tk list'."),
            3,
            "Error: task 'nope' not found\nTry 'tk list'.\n",
        ),
        (ConflictError("held by ada"), 5, "Error: held by ada\n"),
        (TkError("two\nlines \x1b[31m", "a\nb"), 1, "Error: two lines \\x1b[31m\na\nb\n"),
    ],
)
def test_errors_are_a_line_and_a_hint(
    install: Install, capsys: pytest.CaptureFixture[str], error: TkError, code: int, text: str
) -> None:
    install(raising(error))
    assert main(["x-try"]) == code
    assert capsys.readouterr() == ("done so far\n", text)


def test_errors_as_json(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(raising(AmbiguousError("ambiguous ID '7'", matches=["tk-7f3k", "tk-7q0c"])))
    assert main(["x-try", "--json"]) == 3
    assert json.loads(capsys.readouterr().err) == {
        "error": {
            "code": "ambiguous",
            "message": "ambiguous ID '7'",
            "hint": None,
            "retryable": False,
            "details": {"matches": ["tk-7f3k", "tk-7q0c"]},
        }
    }


def test_what_cannot_be_json_is_still_reported(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(raising(LockTimeoutError("held by \udcff", file=Path("x"))))
    assert main(["--json", "x-try"]) == 7
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["retryable"], error["details"]) == (True, {"file": "x"})


def test_reported_errors_set_the_exit_code(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    def run(ctx: Context) -> None:
        ctx.report(NotFoundError("task 'a' not found"))
        ctx.report(ConflictError("held by ada"))
        ctx.out("b")

    install(run)
    assert main(["x-try"]) == 3
    assert capsys.readouterr() == ("b\n", "Error: task 'a' not found\nError: held by ada\n")


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        (["versio"], "unknown command 'versio'", "Did you mean 'tk version'? Try 'tk --help'."),
        (["histroy"], "unknown command 'histroy'", "Did you mean 'tk history'? Try 'tk --help'."),
        (["%"], "unknown command '%'", "Try 'tk --help'."),
        (["version", "x"], "Got unexpected extra argument (x)", "Try 'tk version --help'."),
        (
            ["completion"],
            "Missing argument 'SHELL'. Choose from:\tbash,\tzsh,\tfish",
            "Try 'tk completion --help'.",
        ),
        (
            ["--pid", "x", "version"],
            "Invalid value for '--pid': 'x' is not a valid integer.",
            "Try 'tk --help'.",
        ),
    ],
)
def test_usage_errors(argv: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.replace(" \t", "\t").split("\n")[1:] == [hint, ""]
    assert err.split()[:3] == ["Error:", *message.split()[:2]]
    assert main([*argv, "--json"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["code"], error["hint"]) == ("usage", hint)
    assert error["message"].split() == message.split()


def test_interrupted(install: Install) -> None:
    install(raising(KeyboardInterrupt()))
    assert main(["x-try"]) == 130


@pytest.mark.parametrize("as_json", [False, True])
def test_a_crash_goes_to_a_log(
    install: Install,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    as_json: bool,
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    monkeypatch.chdir(tmp_path)
    install(raising(ZeroDivisionError("oh")))
    assert main(["x-try", "--json"] if as_json else ["x-try"]) == 1
    log = tmp_path / ".git" / "tk" / "crash.log"
    err = capsys.readouterr().err
    assert "unexpected ZeroDivisionError: oh" in err
    assert str(log) in err
    assert "Traceback" not in err
    text = log.read_text()
    assert "Traceback" in text
    assert "x-try" in text
    assert f"tk {bd_py.__version__}, Python" in text
    assert log.stat().st_mode & 0o077 == 0


def test_a_crash_without_a_log_is_shown(
    install: Install, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    install(raising(ZeroDivisionError("oh")))
    assert main(["x-try"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_reader_that_leaves(tmp_path: Path) -> None:
    for env in ({}, {"TK_NO_FAST_EXIT": "1"}):
        reading, writing = os.pipe()
        os.close(reading)
        with (tmp_path / "err").open("w+b") as err:
            code = subprocess.call(
                [sys.executable, "-m", "bd_py", "version"], stdout=writing, stderr=err, env=child_env(**env)
            )
            err.seek(0)
            assert (code, err.read()) == (141, b"")
        os.close(writing)


@pytest.mark.parametrize(
    ("redirect", "code", "err"),
    [
        (">&-", 0, ""),
        (">/dev/full", 1, "Error: cannot write to stdout: No space left on device\n"),
        ("2>&-", 0, ""),
        ("<&-", 0, ""),
    ],
)
def test_stdout_that_takes_nothing(redirect: str, code: int, err: str) -> None:
    script = f'exec "$0" -m bd_py version {redirect}'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable], capture_output=True, text=True, check=False, env=child_env()
    )
    assert (done.returncode, done.stderr) == (code, err)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "__complete" in capsys.readouterr().out

"""Nothing of a cloned repository runs unasked, or takes a file of its reader's machine along."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bd_py.cli import alias_limits
from bd_py.cli.registry import load_all
from bd_py.errors import UsageError
from tests.conftest import Runner
from tests.inprocess import Cli
from tests.security.hostile import commit_all

HOSTILE = {
    "runs": "close --verify 'touch PWNED'",
    "runs-short": "evidence --run='touch PWNED'",
    "abbreviated": "evidence --ru 'touch PWNED'",
    "trusts": "gates trust",
    "sets": "config set alias.ls 'close'",
    "writes": "export -o PWNED",
    "writes-along": "export -qo PWNED",
    "reads": "create Title --description @secret",
    "reads-short": "create Title -d@secret",
    "reads-equals": "create Title --description=@secret",
    "reads-file": "comment add --file secret",
    "imports": "import secret",
    "defines": "record define secret",
    "elsewhere": "-C .. list",
    "sends": "sync --remote",
    "sends-short": "sync --rem=origin",
    "hooks": "install-hooks",
    "restores": "backup restore secret",
    "two-steps": "second --run 'touch PWNED'",
    "after-global": "--json evidence --run 'touch PWNED'",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_alias_stays_in_the_store(cli: Cli, name: str) -> None:
    task = cli.new()
    (cli.root / "secret").write_text('{"id":"s-1","title":"A secret"}')
    quoted = "\n".join(f'{key} = """{text}"""' for key, text in HOSTILE.items())
    cli.configure(f'[alias]\n{quoted}\nsecond = "evidence"\n')
    before = {path.name for path in cli.root.iterdir()}
    assert "may not" in cli.fails(2, name, task).err
    assert {path.name for path in cli.root.iterdir()} == before
    assert "secret" not in cli("export").out


def test_what_an_alias_may(cli: Cli) -> None:
    for text in (
        "list --all",
        "create Title -d @@text",
        "list -a me@example.com",
        "export --format csv",
        "sync",
        "q x",
    ):
        alias_limits.check("mine", text.split())
    with pytest.raises(UsageError):
        alias_limits.check("mine", ["list", "@file"])


def test_every_option_that_leads_out_is_known() -> None:
    """By its placeholder: a new one that takes a file or a command under another name would slip through."""
    known = {"FILE", "CMD", "DIR"}
    words = ("file", "command", "folder")
    for verb in load_all():
        for each in (verb, *verb.subverbs):
            for option in each.options:
                leads = option.kind == "text" and any(word in option.help.lower().split() for word in words)
                only_text = "@FILE" in option.help or option.choices is not None or option.metavar == "PATH"
                assert not leads or only_text or option.metavar in known, (each.name, option.flags)


def test_a_clone_runs_nothing(store: Path, tk: Runner, git: Runner, tmp_path: Path) -> None:
    """Gates, aliases, an export and a program in the work tree: none of them is started by using a clone."""
    text = '[alias]\nls2 = "!touch PWNED"\n[export]\npath = ".git/hooks/post-commit"\n[[gates]]\nname = "g"\n'
    (store / ".tasks/config.toml").write_text(f'format = 1\n{text}command = "touch PWNED"\n')
    program = store / "tk-list2"
    program.write_text("#!/bin/sh\ntouch PWNED\n")
    program.chmod(0o755)
    task = tk("create", "One").stdout.strip()
    commit_all(git)
    clone = tmp_path / "clone"
    git("clone", "-q", store, clone)
    env = {"PATH": f".:{os.environ['PATH']}"}
    tk("install-hooks", cwd=clone, env=env)
    for args in (["list"], ["ls2"], ["list2"], ["close", task], ["sync"], ["doctor"], ["prime"], ["gates", "list"]):
        tk(*args, cwd=clone, env=env, check=False)
    git("-c", "user.name=a", "commit", "-q", "--allow-empty", "-m", "y", cwd=clone)
    assert not list(clone.rglob("PWNED"))
    assert "closed" not in tk("list", "--all", cwd=clone).stdout
    assert "made by tk" in (clone / ".git/hooks/post-commit").read_text()


@pytest.mark.parametrize(
    "place",
    ["../out.jsonl", "/tmp/out.jsonl", ".git/config", ".GIT/hooks/x.jsonl", "src/main.py", ".tasks/config.toml"],
)
def test_an_export_writes_over_nothing_else(store: Path, tk: Runner, git: Runner, place: str) -> None:
    (store / "src").mkdir()
    (store / "src/main.py").write_text("print()\n")
    before = (store / ".git/config").read_text()
    tk("create", "One")
    tk("config", "set", "export.path", place)
    settings = (store / ".tasks/config.toml").read_text()
    commit_all(git)
    said = tk("hook", "pre-commit", check=False)
    assert "left alone" in said.stderr
    assert (store / "src/main.py").read_text() == "print()\n"
    assert (store / ".git/config").read_text() == before
    assert (store / ".tasks/config.toml").read_text() == settings
    assert not (store.parent / "out.jsonl").exists()


def test_an_export_through_a_link(store: Path, tk: Runner, git: Runner, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("theirs\n")
    (store / "tasks.jsonl").symlink_to(tmp_path / "theirs")
    tk("create", "One")
    tk("config", "set", "export.path", "tasks.jsonl")
    commit_all(git)
    assert "left alone" in tk("hook", "pre-commit", check=False).stderr
    assert (tmp_path / "theirs").read_text() == "theirs\n"


def test_a_gate_cannot_hide_what_it_runs(cli: Cli) -> None:
    cli.configure('[[gates]]\nname = "g"\ncommand = "evil\\r true\\u001b[1K \\u202e x\\nnext"\n')
    assert cli("gates", "list").lines[0] == r"g: evil  true\x1b[1K \u202e x \n next"

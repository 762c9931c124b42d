"""``tk setup agents``: one section, only when asked, and nothing else of the file is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bd_py.errors import InvalidError
from bd_py.service.agents_file import BEGIN, END, SECTION, wanted, without
from tests.inprocess import Cli

THEIRS = st.binary(max_size=60).filter(lambda text: b"<!-- tk" not in text) | st.sampled_from(
    [b"# Rules\n\nBe kind.\n", b"no end of line", b"dos\r\nlines\r\n", b"\xff\xfe\x00", b"\n\n\n", b"\r"]
)


@given(THEIRS, THEIRS)
def test_everything_around_the_section_stays_byte_for_byte(before: bytes, after: bytes) -> None:
    old = before + BEGIN + b" old text " + END + after
    new = wanted(old)
    assert new.startswith(before + BEGIN)
    assert new.endswith(END + after)
    assert SECTION.encode().splitlines()[2] in new
    assert wanted(new) == new


@given(THEIRS)
def test_it_is_appended_once_and_taken_away_again(content: bytes) -> None:
    new = wanted(content)
    assert new.startswith(content)
    assert wanted(new) == new
    gone = without(new)
    assert gone.startswith(content)
    assert gone[len(content) :].strip() == b""


@pytest.mark.parametrize("content", [BEGIN, END, END + BEGIN, BEGIN + BEGIN + END, BEGIN + END + END])
def test_markers_that_are_no_pair_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidError, match=r"AGENTS.md:2: the markers"):
        wanted(b"line\n" + content)


def test_the_file(cli: Cli) -> None:
    path = cli.root / "AGENTS.md"
    assert cli("setup").out.startswith("agents ")
    assert cli("setup", "agents", "--show").out == SECTION
    assert not path.exists()
    assert cli("setup", "agents").out == "AGENTS.md: created\n"
    written = path.stat()
    assert cli.json("setup", "agents") == {"file": str(path), "status": "unchanged"}
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (written.st_mtime_ns, written.st_ino)
    path.write_text("# Ours\n\n" + path.read_text().replace("claim", "grab") + "\nAnd more.\n")
    path.chmod(0o600)
    assert cli("setup", "agents").out == "AGENTS.md: section updated\n"
    assert "grab" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert cli("setup", "agents", "--remove").out == "AGENTS.md: section removed\n"
    assert path.read_text() == "# Ours\n\n\nAnd more.\n"
    assert cli("setup", "agents", "--remove").out == "AGENTS.md is unchanged\n"


def test_a_file_of_nothing_but_the_section_goes_with_it(cli: Cli) -> None:
    cli("setup", "agents")
    cli("setup", "agents", "--remove")
    assert not (cli.root / "AGENTS.md").exists()


def test_a_link_stays_a_link(cli: Cli) -> None:
    (cli.root / "CLAUDE.md").write_text("# One file for all\n")
    (cli.root / "AGENTS.md").symlink_to("CLAUDE.md")
    cli("setup", "agents")
    assert (cli.root / "AGENTS.md").is_symlink()
    assert SECTION in (cli.root / "CLAUDE.md").read_text()


def test_it_stands_at_the_top_of_the_repository(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = cli.root / "a/b"
    inner.mkdir(parents=True)
    cli("init", "-C", str(inner))
    monkeypatch.chdir(inner)
    cli("setup", "agents")
    assert (cli.root / "AGENTS.md").exists()
    assert not (inner / "AGENTS.md").exists()
    monkeypatch.chdir(cli.root)


def test_hands_off_no_other_verb_writes_it(cli: Cli) -> None:
    task = cli.new()
    for line in ("init", "prime", "quickstart", "setup", f"claim {task}", f"close {task}", "doctor", "sync"):
        cli(*line.split())
    assert sorted(path.name for path in cli.root.iterdir()) == [".git", ".tasks"]


def test_markers_broken_by_hand(cli: Cli) -> None:
    path = cli.root / "AGENTS.md"
    path.write_text("# Ours\n" + BEGIN.decode() + "\n")
    assert "AGENTS.md:2: the markers" in cli.fails(4, "setup", "agents").err
    assert path.read_text() == "# Ours\n" + BEGIN.decode() + "\n"

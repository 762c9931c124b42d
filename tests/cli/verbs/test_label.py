"""``tk label``."""

from __future__ import annotations

from tests.conftest import Runner
from tests.inprocess import Cli


def test_text(cli: Cli) -> None:
    a, b = cli.new("a"), cli.new("b", "-l", "core")
    assert cli("label", "add", a, b, "core").lines == [f"Labelled {a}: core", f"{b} already has the label core"]
    assert cli("label", "remove", a, b, "core").lines == [f"Removed from {a}: core", f"Removed from {b}: core"]
    assert cli("label", "rm", a, "core").out == f"{a} has no label core\n"
    assert cli.types(a) == ["created", "label.add", "label.remove"]
    assert cli.types(b) == ["created", "label.remove"]


def test_a_label_may_hold_spaces(cli: Cli) -> None:
    a = cli.new()
    assert cli("label", "add", a, " needs review ").out == f"Labelled {a}: needs review\n"
    assert cli("label", "list", a).lines == ["needs review"]
    assert cli.listed("-l", "needs review") == [a]


def test_list(cli: Cli) -> None:
    a = cli.new("a", "-l", "b,a")
    assert cli("label", "list", a).lines == ["a", "b"]
    assert cli.json("label", "list", a) == ["a", "b"]
    assert cli.json("label", "list", cli.new()) == []


def test_list_all(cli: Cli) -> None:
    for labels in ("x,y", "y", "y,z"):
        cli.new("T", "-l", labels)
    gone = cli.new("T", "-l", "w")
    cli("delete", gone)
    assert cli("label", "list-all").lines == ["3 y", "1 x", "1 z"]
    assert cli.json("label", "list-all")[0] == {"label": "y", "count": 3}


def test_as_a_process(store: object, tk: Runner) -> None:
    a = tk("create", "A").stdout.strip()
    assert tk("label", "add", a, "core").stdout == f"Labelled {a}: core\n"

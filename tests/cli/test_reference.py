"""docs/cli.md and the manual pages are what the declarations say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bd_py import git, log  # noqa: F401  (errors of their own)
from bd_py.cli import main, reference, registry, wording
from bd_py.cli.declare import GLOBAL_OPTIONS, META_OPTIONS, Argument, Option, Verb
from bd_py.errors import TkError
from tests.conftest import ROOT, child_env

PAGES = reference.manuals()
VERBS = [verb for verb in registry.load_all() if not verb.hidden]


def all_verbs(verbs: list[Verb]) -> list[Verb]:
    found = []
    for verb in verbs:
        found += [verb, *all_verbs([inner for inner in verb.subverbs if not inner.hidden])]
    return found


def test_the_reference_is_level_with_the_declarations() -> None:
    stale = (ROOT / "docs/cli.md").read_text(encoding="utf-8") != reference.markdown()
    assert not stale, "'make docs' writes docs/cli.md anew"


def test_the_overviews_lines_are_level_with_the_declarations() -> None:
    stale = (ROOT / "bd_py/cli/summaries.py").read_text(encoding="utf-8") != reference.summaries()
    assert not stale, "'make docs' writes bd_py/cli/summaries.py anew"


def test_the_overview_loads_no_verb_but_help() -> None:
    code = "import sys, bd_py.cli.main as cli; cli.main(['--help']); print([m for m in sys.modules if 'verbs.' in m])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=child_env({}))
    assert found.stdout.endswith("['bd_py.cli.verbs.help']\n")


def test_the_reference_names_every_flag_alias_and_example() -> None:
    text = reference.markdown()
    for verb in all_verbs(VERBS):
        assert all(f"`{wording.flags(option)}`" in text for option in verb.options), verb.name
        assert all(f"`{alias}`" in text for alias in verb.aliases), verb.name
        assert all(f"\n{line}\n" in text for line in verb.examples), verb.name
    anchors = set(re.findall(r"\]\(#([^)]*)\)", text))
    headings = {line.lstrip("# ").replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    assert anchors == {f"tk-{verb.name}" for verb in VERBS}
    assert anchors <= headings
    for name in re.findall(r"\]\(([a-z]+\.md)\)", text):
        assert (ROOT / "docs" / name).exists(), name


def test_the_manual_has_a_page_for_every_verb() -> None:
    assert set(PAGES) == {"tk.1", *(f"tk-{verb.name}.1" for verb in VERBS)}
    for option in (*GLOBAL_OPTIONS, *META_OPTIONS):
        assert f"\n.B {wording.flags(option).replace('-', chr(92) + '-')}\n" in PAGES["tk.1"]


@pytest.mark.parametrize("name", PAGES)
def test_the_manual_is_sound(name: str, tmp_path: Path) -> None:
    page = tmp_path / name
    page.write_text(PAGES[name], encoding="utf-8")
    if shutil.which("mandoc"):
        command = ["mandoc", "-T", "lint", "-W", "warning", str(page)]
    elif shutil.which("groff"):
        command = ["groff", "-man", "-ww", "-z", "-T", "utf8", str(page)]
    else:
        pytest.skip("neither mandoc nor groff is installed")
    done = subprocess.run(command, capture_output=True, text=True, env=child_env({}), check=False)
    # The same declarations are to give the same bytes, so there is no date.
    wrong = [line for line in (done.stdout + done.stderr).splitlines() if "missing date" not in line]
    assert wrong == []


def test_roff_and_markdown_take_nothing_for_their_own() -> None:
    verb = Verb(
        "odd",
        None,
        "Take \\n, 'quotes' and <tags>",
        details=".TH begins no line\n\n'it' neither; *stars* are stars",
        arguments=(Argument("file", "A \\ and a -dash", metavar="A-B"),),
        options=(Option("x", "--x-y", help="--x=.5"),),
    )
    page = reference._verb_page(verb)
    lines = page.splitlines()
    assert "\\&.TH begins no line" in lines
    assert "\\(aqit\\(aq neither; *stars* are stars" in lines
    assert "A \\e and a \\-dash" in lines
    assert ".B \\-\\-x\\-y X" in lines
    text = "\n".join(reference._md_verb(verb, ("odd",), 2))
    assert "Take \\\\n, 'quotes' and \\<tags>." in text
    assert "\\*stars\\* are stars" in text


def test_one_form_of_words() -> None:
    assert wording.words(Argument("a", "The file.")) == "The file"
    assert wording.words(Argument("a", "blocks, related, ...")) == "blocks, related, ..."
    assert wording.words(Argument("a", "One. Two.")) == "One. Two."
    assert wording.words(Option("a", "-a", help="It (may be repeated)", multiple=True)) == "It (may be repeated)"
    assert wording.words(Option("a", "-a", help="It", multiple=True)) == "It [may be repeated]"
    assert wording.words(Option("a", "-a", help="It", choices=("x", "y"), default="x")) == "It [one of x, y; default x]"


def test_exit_codes_are_those_of_the_errors() -> None:
    kinds = [TkError]
    for kind in kinds:  # which grows meanwhile
        kinds += kind.__subclasses__()
    codes = [code for code, _ in reference.EXIT_CODES]
    assert set(codes) == {0, main.INTERRUPTED, main.PIPE_CLOSED} | {kind.exit_code for kind in kinds}
    assert codes == sorted(codes)


def test_the_environment_is_told() -> None:
    told = {name for names, _ in reference.ENVIRONMENT for name in names.split(", ")}
    read = set()
    for path in (ROOT / "bd_py").rglob("*.py"):
        read |= set(re.findall(r'"(TK_[A-Z_]+|NO_COLOR|CLICOLOR|FORCE_HYPERLINK|[A-Z_]*PAGER)"', path.read_text()))
    assert read - {"TK_HOOK_PROBE"} <= told  # which is set by tk's own hooks, for tk
    assert {name for name in told if name.startswith("TK_")} <= read


def test_a_build_needs_nothing_that_is_not_in_python(tmp_path: Path) -> None:
    """The build hook runs where hatchling is and tk's dependencies are not."""
    program = (
        "import sys\n"
        "for name in ('click', 'orjson', 'pygit2', 'filelock'): sys.modules[name] = None\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from bd_py.cli.reference import main\n"
        "main(['cli.md', 'man'])\n"
    )
    subprocess.run([sys.executable, "-I", "-c", program], cwd=tmp_path, check=True)
    assert (tmp_path / "cli.md").read_text() == reference.markdown()
    assert {path.name: path.read_text() for path in (tmp_path / "man").iterdir()} == PAGES

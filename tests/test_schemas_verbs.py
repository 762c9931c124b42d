"""Every command has a schema in docs/schemas, named after it, and what it prints with ``--json`` is as that says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bd_py.cli import registry
from bd_py.cli.declare import Verb
from tests.conftest import Runner
from tests.inprocess import Cli
from tests.test_schemas import SCHEMAS, rich, validate

PRINTS_NO_JSON = {"merge-driver"}
"""What git calls, and reads the exit code of."""

LINES: dict[str, tuple[str, ...]] = {
    "init": ("init", "init --hooks"),
    "create": ("create T -l x", "create T --parent {epic}", "create --from {plan} --dry-run", "create --from {plan}"),
    "q": ("q T",),
    "edit": ("edit {epic}",),
    "search": ("search everything", "search {all}", "search nothing-like-it", "search remark --open"),
    "duplicates": ("duplicates", "duplicates --threshold 0.5"),
    "sql": ("sql SELECT{blank}id,priority{blank}FROM{blank}issues",),
    "prime": ("prime",),
    "setup": ("setup", "setup agents", "setup agents --show", "setup agents --remove"),
    "show": ("show {all} {epic} {held} {stuck}", "show {all} --history", "show {all} --short"),
    "list": ("list", "list --all", "list -l nothing"),
    "ready": ("ready", "ready --explain", "ready --claim"),
    "blocked": ("blocked", "blocked --limit 1"),
    "claim": ("claim {related}",),
    "release": ("release {held} --session s1",),
    "update": ("update {all} {epic} -p 3", "update {epic} --add-label big"),
    "close": ("close {epic}", "close {all} --suggest-next --claim-next", "close {far} --claim-next"),
    "reopen": ("reopen {closed}",),
    "block": ("block {related} no key",),
    "unblock": ("unblock {stuck}",),
    "defer": ("defer {related} --until +1d", "defer {related}"),
    "undefer": ("undefer {related}",),
    "delete": ("delete {all} --dry-run", "delete {far} {related}"),
    "restore": ("restore {gone}",),
    "closed": ("closed", "closed -n 1"),
    "stale": ("stale --days 0",),
    "children": ("children {epic}", "children {all}"),
    "comments list": ("comments {all}", "comments {epic}"),
    "comments add": ("comments add {all} more",),
    "tag": ("tag {all} big",),
    "untag": ("untag {all} core",),
    "assign": ("assign {all} {epic} grace",),
    "unassign": ("unassign {all}",),
    "priority": ("priority {epic} 1",),
    "check": ("check {all}", "check {all} add It works", "check {all}", "check {all} done 1"),
    "link": ("link {epic} {all} {far}", "link {epic} {all}"),
    "unlink": ("unlink {related} {all}",),
    "epic status": ("epic status", "epic status --eligible-only"),
    "epic close-eligible": ("epic close-eligible --dry-run", "epic close-eligible"),
    "count": ("count", "count --by status", "count --by label"),
    "stats": ("stats",),
    "status": ("status", "status {epic}", "status {epic} blocked"),
    "metrics": ("metrics",),
    "graph": ("graph", "graph {all}"),
    "query": ("query",),
    "phase": ("phase {all} review", "phase {all} --clear"),
    "progress": ("progress {all} further --percent 60",),
    "next": ("next {all} ship it", "next {all} --clear"),
    "blocker": ("blocker {all} add no key", "blocker {all} list", "blocker {epic} list"),
    "evidence": ("evidence {all} --passed --summary fine --artifact a", "evidence {all} --run true"),
    "artifact": ("artifact {all} a.md --kind design --description why",),
    "event": ('event {all} --payload {{"name":"x"}}', 'event {all} --type task.phase.set --payload {{"phase":"x"}}'),
    "accept": ("accept {held} --actor judge",),
    "reject": ("reject {held} --reason no --actor judge",),
    "gates list": ("gates", "gates list"),
    "gates trust": ("gates trust",),
    "gates distrust": ("gates distrust",),
    "dep add": ("dep add {closed} {epic}", "dep add {closed} {epic}", "dep {epic} --blocks {held}"),
    "dep remove": ("dep remove {waits} {all}",),
    "dep list": ("dep list {waits}", "dep list {all} --direction both", "dep list {far}"),
    "dep tree": ("dep tree {waits}", "dep tree {all} --direction up", "dep tree {waits} --depth 0"),
    "dep cycles": ("dep cycles",),
    "undep": ("undep {waits} {all}",),
    "label add": ("label add {epic} {all} big",),
    "label remove": ("label remove {all} core",),
    "label list": ("label list {all}", "label list {epic}"),
    "label list-all": ("label list-all",),
    "comment add": ("comment {all} more", "comment add {all} more"),
    "log": ("log", "log {gone}", "log --limit 3"),
    "conflicts": ("conflicts",),
    "import": ("import {file} --dry-run", "import {file}", "import {other}"),
    "export": ("export", "export -o {file}", "export --status closed", "export --format json"),
    "sync": ("sync",),
    "diff": ("diff", "diff HEAD..HEAD"),
    "undo": ("undo --dry-run", "undo"),
    "textconv": ("textconv {segment}",),
    "record define": ("record define {schema} --name notes --index n",),
    "record put": ("record put prds --set title=T", "record put prds {prd} --set review_passes=2"),
    "record get": ("record get prds {prd}",),
    "record list": ("record list prds", "record list prds --count"),
    "record delete": ("record delete prds {prd}",),
    "record collections": ("record collections",),
    "describe": ("describe {prd}", "describe {all}"),
    "create-prd": ("create-prd T --content C",),
    "list-prds": ("list-prds", "list-prds --status ready"),
    "create-task-spec": ("create-task-spec {prd} index --task {all}",),
    "list-task-specs": ("list-task-specs --prd {prd}",),
    "create-execution": ("create-execution {spec} --branch b",),
    "list-executions": ("list-executions --status running",),
    "complete-execution": ("complete-execution {run}", "complete-execution {run}"),
    "install-hooks": ("install-hooks",),
    "uninstall-hooks": ("uninstall-hooks",),
    "hook": ("hook post-merge",),
    "recover": ("recover --list", "recover"),
    "doctor": ("doctor", "doctor --fix"),
    "rebuild": ("rebuild",),
    "compact": ("compact --dry-run", "compact"),
    "backup": ("backup {backup}", "backup --restore {backup}"),
    "config get": ("config get prefix", "config get claim.ttl"),
    "config set": ("config set claim.ttl 60",),
    "config unset": ("config unset claim.ttl",),
    "config list": ("config list",),
    "completion": ("completion bash",),
    "quickstart": ("quickstart",),
    "version": ("version",),
    "help": ("help", "help dep add"),
}
"""Each command with command lines that give every form of its output; in braces what `world` knows."""


def paths(verbs: list[Verb], before: str = "") -> list[str]:
    """The names of every command that runs something: ``list``, ``dep add``."""
    found = []
    for verb in verbs:
        found += paths(list(verb.subverbs), f"{before}{verb.name} ") if verb.subverbs else [before + verb.name]
    return found


VERBS = [path for path in paths(registry.load_all()) if path not in PRINTS_NO_JSON]


@pytest.fixture
def world(cli: Cli, git: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Ids by what they are, and files, in a store where everything has happened once and is committed."""
    monkeypatch.setenv("EDITOR", "true")
    return make_world(cli, git, tmp_path)


def make_world(cli: Cli, git: Runner, tmp_path: Path) -> dict[str, str]:
    """Make it: ids by what they are, and files below ``tmp_path``."""
    ids = rich(cli)
    _merge(cli, ids)
    ids["prd"] = cli("create-prd", "Wanted").out.strip()
    ids["spec"] = cli("create-task-spec", ids["prd"], "one", "--task", ids["all"]).out.strip()
    ids["run"] = cli("create-execution", ids["spec"], "--task", ids["all"]).out.strip()
    git("add", ".tasks")
    git("commit", "-q", "-m", "Track tasks")
    ids["new"] = cli.new("Not committed")
    ids["file"] = str(tmp_path / "issues.jsonl")
    cli("export", "-o", ids["file"])
    ids["other"] = str(tmp_path / "other.jsonl")
    record = {"id": "bd-1", "title": "From elsewhere", "status": "open", "updated_at": "2026-01-01T00:00:00Z"}
    Path(ids["other"]).write_text(json.dumps({**record, "created_at": "2026-01-01T00:00:00Z"}) + "\n")
    ids["plan"] = str(tmp_path / "plan.md")
    Path(ids["plan"]).write_text("# A plan\n\n## Step one\n\n## Step two\n")
    ids["schema"] = str(tmp_path / "note.json")
    Path(ids["schema"]).write_text('{"type": "object", "properties": {"n": {"type": "integer"}}}')
    ids["backup"] = str(tmp_path / "kept.tar.gz")
    ids["segment"] = str(next(cli.log.rglob("*.jsonl")))
    return ids


def _merge(cli: Cli, ids: dict[str, str]) -> None:
    """What a merge leaves: a concurrent edit of a title, a dependency that closes a cycle."""
    cli("update", ids["epic"], "--title", "Ours")
    cli.bring(cli.last(ids["epic"]), data={"set": {"title": "Theirs"}})
    one, other = cli.new("One"), cli.new("Other")
    cli("dep", one, other)
    cli.bring(cli.last(one), task=other, data={"on": one, "type": "blocks"})
    assert len(cli.json("conflicts")) == len(cli.json("dep", "cycles")) == 1


@pytest.mark.parametrize("path", VERBS)
def test_every_command_has_a_schema_and_a_line_that_is_run(path: str) -> None:
    assert f"{path.replace(' ', '-')}.schema.json" in SCHEMAS, "docs/schemas has a file a command"
    assert path in LINES, "and tests/test_schemas_verbs.py runs it"


@pytest.mark.parametrize("path", LINES)
def test_what_a_command_prints_is_as_its_schema_says(path: str, cli: Cli, world: dict[str, str]) -> None:
    name = path.replace(" ", "-")
    for line in LINES[path]:
        document = cli.json(*words(line, world))
        validate(name, document)
        untold = undeclared(SCHEMAS[f"{name}.schema.json"], document)
        assert not untold, f"tk {line} prints keys that the schema does not tell of"


def words(line: str, world: dict[str, str]) -> list[str]:
    """A command line as its words; ``{blank}`` is a blank within one."""
    return [word.format(**world, blank=" ") for word in line.split()]


def undeclared(schema: dict[str, Any], document: Any) -> set[str]:
    """The keys that a schema with keys of its own, and no other's beside, does not name; one level down an array."""
    if isinstance(document, list):
        return {key for item in document for key in undeclared(schema.get("items", {}), item)}
    if not isinstance(document, dict) or "properties" not in schema or "$ref" in schema or "depth" in document:
        return set()
    return set(document) - set(schema["properties"])


def test_jsonl_is_the_elements_of_every_array(cli: Cli, world: dict[str, str]) -> None:
    for line in (
        "list --all",
        "show {all} {epic}",
        "blocked",
        "log",
        "dep tree {waits}",
        "label list-all",
        "config list",
    ):
        text = cli(*words(line, world), "--jsonl").out
        assert [json.loads(each) for each in text.splitlines()] == cli.json(*words(line, world)), line
    assert cli("list", "-l", "nothing", "--jsonl").out == ""
    assert cli("list", "-l", "nothing", "--json").out == "[]\n"
    assert cli("version", "--jsonl").json == cli.json("version")
    assert cli.fails(3, "show", "nope", "--jsonl").errors[0]["code"] == "not_found"
    assert cli.fails(2, "nope", "--jsonl").errors[0]["code"] == "usage"

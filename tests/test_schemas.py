"""What ``--json`` prints is what docs/schemas promises, and docs/json.md tells of each schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from bd_py import git, log  # noqa: F401  (errors of their own)
from bd_py.errors import TkError
from tests.inprocess import Cli

DOCS = Path(__file__).parent.parent / "docs"
SCHEMAS = {path.name: json.loads(path.read_text()) for path in sorted((DOCS / "schemas").glob("*.json"))}
REGISTRY: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)
ISSUE_KEYS = set(SCHEMAS["issue.schema.json"]["properties"])


def validate(name: str, document: Any) -> None:
    """Fail unless a document is as the schema of this name says."""
    schema = SCHEMAS[f"{name}.schema.json"]
    Draft202012Validator(schema, registry=REGISTRY).validate(document)


def rich(cli: Cli) -> dict[str, str]:
    """A store with everything that the everyday verbs can make."""
    ids = {"epic": cli.new("Epic", "-t", "epic")}
    ids["all"] = cli.new(
        *("Everything", "-d", "why", "--design", "how", "--acceptance", "when", "--notes", "n", "-p", "0"),
        *("-t", "bug", "-a", "grace", "--owner", "ada", "-l", "core,api", "--estimate", "2h", "--due", "+2d"),
        *("--defer", "2020-01-01", "--external-ref", "gh-9", "--name", "all", "--phase", "build", "--branch", "b"),
        *("--worktree", "../w", "--pr", "#1", "--commit", "c0ffee", "--meta", "k=v", "--parent", ids["epic"]),
    )
    ids["waits"] = cli.new("Waits", "--depends-on", ids["all"])
    ids["far"] = cli.new("Far", "--depends-on", "other-1", "--force")
    ids["related"] = cli.new("Related", "--dep", f"related:{ids['all']}")
    ids["held"] = cli.new("Held")
    cli("claim", ids["held"], "--ttl", "60", "--session", "s1")
    ids["stuck"] = cli.new("Stuck")
    cli("block", ids["stuck"], "no", "key")
    ids["was stuck"] = cli.new("Was stuck")
    cli("block", ids["was stuck"], "no key")
    cli("unblock", ids["was stuck"])
    ids["closed"] = cli.new("Closed")
    cli("close", ids["closed"], "-r", "done", "--resolution", "wontfix")
    ids["gone"] = cli.new("Gone")
    cli("comment", ids["all"], "A remark")
    cli("check", ids["all"], "add", "It holds")
    cli("delete", ids["gone"])
    cli("progress", ids["all"], "half way", "--percent", "50")
    cli("next", ids["all"], "ship it")
    cli("phase", ids["all"], "review")
    cli("evidence", ids["all"], "--exit-code", "1", "--command", "make", "--summary", "s", "--artifact", "a")
    cli("artifact", ids["all"], "a.md", "--kind", "design", "--description", "the draft")
    for kind, data in (("attribution.set", '{"agent": "opus"}'), ("updated", '{"set": {"summary": "All"}}')):
        cli("event", ids["all"], "--type", f"task.{kind}", "--payload", data)
    ids["sum"] = cli.new("Sum", "--compound")
    cli("accept", ids["held"], "--actor", "judge")
    return ids


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert name.endswith(".schema.json")
    assert schema["title"]
    assert f"schemas/{name}" in (DOCS / "json.md").read_text()


def test_every_code_of_an_error_is_told_with_its_exit_code() -> None:
    """As the table in docs/json.md has them; the modules that define errors of their own are imported first."""
    table = {
        code: int(row[0])
        for row in re.findall(r"^\| (\d) \| (.*?) \|", (DOCS / "json.md").read_text(), re.M)
        for code in re.findall(r"`([a-z_]+)`", row[1])
    }
    kinds = [TkError]
    for kind in kinds:  # which grows meanwhile
        kinds += kind.__subclasses__()
    # Those of the task service are told in docs/task-contract.md: no command prints them.
    own = [kind for kind in kinds if not kind.__module__.startswith("bd_py.task_service")]
    assert table == {kind.code: kind.exit_code for kind in own}


def test_the_example_of_an_error_is_one() -> None:
    (example,) = re.findall(r"^```json\n(.*?)\n```$", (DOCS / "json.md").read_text(), re.S | re.M)
    validate("error", json.loads(example))


def test_a_schema_refuses(cli: Cli) -> None:
    task = cli.json("create", "T")
    validate("create", task)
    for key, value in (("priority", 5), ("created_at", "today"), ("title", ""), ("labels", []), ("version", "7")):
        with pytest.raises(ValidationError):
            validate("create", {**task, key: value})
    for key in ("id", "status", "version"):
        with pytest.raises(ValidationError):
            validate("create", {name: item for name, item in task.items() if name != key})
    validate("create", {**task, "a_new_key": 1})


def test_lists(cli: Cli) -> None:
    rich(cli)
    for line in ("list", "list --all", "list -s closed", "list --limit 0 --sort updated", "list -l nothing"):
        validate("list", cli.json(*line.split()))
    for line in ("ready", "ready --limit 1", "ready --include-deferred", "ready -a nobody"):
        validate("ready", cli.json(*line.split()))
    validate("ready", cli.json("ready", "--claim"))


def test_search_and_duplicates(cli: Cli) -> None:
    rich(cli)
    cli.new("Everything")
    for line in ("search why", "search everything", "search evrything", "search stuck --open", "search zzzz"):
        validate("search", cli.json(*line.split()))
    found = cli.json("duplicates")
    validate("duplicates", found)
    assert len(found) == 1


def test_jsonl_is_the_same_objects_a_line_each(cli: Cli) -> None:
    rich(cli)
    for verb in ("list", "ready", "log"):
        lines = cli(verb, "--jsonl").lines
        assert [json.loads(line) for line in lines] == cli.json(verb)


def test_blocked_is_a_list_with_two_keys_more(cli: Cli) -> None:
    ids = rich(cli)
    found = cli.json("blocked")
    validate("list", found)
    assert {issue["id"]: (issue["blocked_by_count"], issue["blocked_by"]) for issue in found} == {
        ids["waits"]: (1, [ids["all"]]),
        ids["stuck"]: (0, []),
    }


def test_show(cli: Cli) -> None:
    ids = rich(cli)
    names = [name for name in ids if name != "gone"]
    found = cli.json("show", *(ids[name] for name in names))
    validate("show", found)
    validate("show", cli.json("show", ids["all"], "--history"))
    validate("list", cli.json("show", ids["all"], "--short"))
    seen = {key for issue in found for key in issue}
    extra = {"dependencies", "dependents", "comments", "blockers", "evidence", "artifacts"}
    assert seen - extra <= ISSUE_KEYS, "no key that the schema does not tell of"
    assert seen >= ISSUE_KEYS


def test_what_changes_a_task_gives_it_after_the_change(cli: Cli) -> None:
    a, b = cli.new("A"), cli.new("B")
    for line, status in (
        ("update {a} {b} -p 1", "open"),
        ("claim {a} {b}", "in_progress"),
        ("release {a} {b}", "open"),
        ("defer {a} {b}", "deferred"),
        ("undefer {a} {b}", "open"),
        ("label add {a} {b} core", "open"),
        ("label remove {a} {b} core", "open"),
        ("assign {a} {b} grace", "open"),
        ("unassign {a} {b}", "open"),
        ("priority {a} {b} 1", "open"),
        ("status {a} {b} blocked", "blocked"),
        ("status {a} {b} open", "open"),
        ("close {a} {b}", "closed"),
        ("reopen {a} {b}", "open"),
        ("delete {a} {b}", "tombstone"),
        ("restore {a} {b}", "open"),
    ):
        found = cli.json(*line.format(a=a, b=b).split())
        validate("list", found)
        assert [(issue["id"], issue["status"]) for issue in found] == [(a, status), (b, status)], line
    for line in ("block {a} why", "unblock {a}", "comment {a} text", "tag {a} x", "untag {a} x", "check {a} add y"):
        found = cli.json(*line.format(a=a).split())
        validate("list", found)
        assert [issue["id"] for issue in found] == [a]


def test_create_and_dep(cli: Cli) -> None:
    a = cli.json("create", "A", "-l", "x")
    validate("create", a)
    b = cli.json("create", "B", "--parent", a["id"])
    validate("create", b)
    assert b["parent"] == a["id"]
    assert cli.json("q", "C").keys() == {"id"}
    first = cli.json("dep", "add", b["id"], a["id"])
    assert first == {"status": "added", "issue_id": b["id"], "depends_on_id": a["id"], "type": "blocks"}
    assert cli.json("dep", "remove", b["id"], a["id"], "-t", "blocks")["status"] == "removed"
    for issue in cli.json("dep", "tree", b["id"]):
        validate("create", issue)
        assert {"depth", "parent_id", "truncated"} <= issue.keys()
    validate("list", cli.json("dep", "list", a["id"], "--direction", "up"))
    assert cli.json("dep", "cycles") == []
    linked = cli.json("link", a["id"], b["id"])
    assert linked == [{"status": "added", "issue_id": a["id"], "depends_on_id": b["id"], "type": "related"}]
    assert cli.json("unlink", b["id"], a["id"])[0]["status"] == "removed"
    assert cli.json("close", a["id"], "--suggest-next").keys() == {"closed", "unblocked"}


def test_overviews(cli: Cli) -> None:
    ids = rich(cli)
    for line in ("closed", "stale --days 0", f"children {ids['epic']}"):
        found = cli.json(*line.split())
        assert found, line
        validate("list", found)
    validate("stats", cli.json("stats"))
    for more in ("", "--by label", "--by-status -s open"):
        validate("count", cli.json("count", *more.split()))
    validate("status", cli.json("status"))
    validate("graph", cli.json("graph"))
    validate("graph", cli.json("graph", ids["far"]))
    validate("epic-status", cli.json("epic", "status"))
    validate("metrics", cli.json("metrics"))
    whole = cli.json("query")
    validate("list", [{k: v for k, v in issue.items() if k not in ("comments", "dependencies")} for issue in whole])


def test_log(cli: Cli) -> None:
    ids = rich(cli)
    found = cli.json("log")
    validate("log", found)
    assert len(found) == len(cli.lines())
    validate("log", cli.json("log", ids["gone"]))


def test_backup_and_the_whole_export(cli: Cli, tmp_path: Path) -> None:
    rich(cli)
    validate("backup", cli.json("backup", str(tmp_path / "kept")))
    validate("backup", cli.json("backup", "--restore", str(tmp_path / "kept")))
    cli("config", "set", "ready.sort", "oldest")
    validate("backup", cli.json("backup", "--force", "--restore", str(tmp_path / "kept")))
    validate("everything", cli.json("export", "--format", "json"))
    validate("export", cli.json("export", "--format", "json"))


def test_outputs_on_a_real_tracker(cli: Cli, data: Path) -> None:
    for name in ("beads-medium.jsonl", "beads-rust-tracker.jsonl"):
        cli("import", str(data / name))
    everything = cli.json("list", "--all", "--limit", "0")
    validate("list", everything)
    validate("ready", cli.json("ready", "--limit", "0"))
    validate("log", cli.json("log", "--limit", "500"))
    some = [issue["id"] for issue in everything if issue["dependency_count"] or issue["comment_count"]]
    validate("show", cli.json("show", *some[:200]))

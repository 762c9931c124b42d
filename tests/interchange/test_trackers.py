"""One repository of each of the four kinds of tracker: recognised, taken in whole, and again without a byte."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.inprocess import Cli

SAMPLES = Path(__file__).parent / "samples"
KINDS = ("beads", "ticket", "backlog", "queue")
COUNTS = {"beads": 4, "ticket": 5, "backlog": 7, "queue": 5}
INNER = {"beads": ".beads", "ticket": ".tickets", "backlog": "backlog", "queue": "queue"}


def bytes_of(cli: Cli) -> dict[str, str]:
    files = (path for path in sorted((cli.root / ".tasks").rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if "cache.db" not in path.name}


def take(cli: Cli, kind: str) -> dict[str, dict[str, Any]]:
    cli("import", str(SAMPLES / kind))
    return {record["id"]: record for record in cli.json("export")}


def edges(record: dict[str, Any]) -> set[tuple[str, str]]:
    return {(edge["type"], edge["depends_on_id"]) for edge in record.get("dependencies", ())}


@pytest.mark.parametrize("kind", KINDS)
def test_twice_gives_equal_results_and_writes_no_byte_the_second_time(cli: Cli, kind: str) -> None:
    first = cli.json("import", str(SAMPLES / kind))
    assert len(first["created"]) == COUNTS[kind]
    exported, files = cli("export").out, bytes_of(cli)
    again = cli.json("import", str(SAMPLES / kind))
    assert (again["created"], again["updated"], again["kept"]) == ([], [], [])
    assert again["unchanged"] == COUNTS[kind]
    assert (cli("export").out, bytes_of(cli)) == (exported, files)


@pytest.mark.parametrize("kind", KINDS)
def test_one_batch_is_one_segment(cli: Cli, kind: str) -> None:
    cli("import", str(SAMPLES / kind))
    assert len(list((cli.root / ".tasks/log").rglob("*.jsonl"))) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_folder_itself_is_as_good_as_the_repository(cli: Cli, kind: str) -> None:
    cli("import", str(SAMPLES / kind))
    assert cli.json("import", str(SAMPLES / kind / INNER[kind]))["unchanged"] == COUNTS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_dry_run_writes_nothing(cli: Cli, kind: str) -> None:
    before = bytes_of(cli)
    assert len(cli.json("import", "--dry-run", str(SAMPLES / kind))["created"]) == COUNTS[kind]
    assert bytes_of(cli) == before


def test_ticket(cli: Cli) -> None:
    found = take(cli, "ticket")
    epic, format_, convert, bug, tested = (found[f"lh-{end}"] for end in ("3f1a", "77c2", "b0d4", "c91e", "d002"))
    assert {task["id"]: task["status"] for task in found.values()} == {
        "lh-3f1a": "closed",
        "lh-77c2": "closed",
        "lh-b0d4": "in_progress",
        "lh-c91e": "open",
        "lh-d002": "needs_testing",
    }
    assert epic["title"] == "Move the lighthouse log to the new storage"
    assert epic["description"].endswith("Everything that reads them must go on working meanwhile.")
    assert (epic["issue_type"], epic["priority"], epic["assignee"]) == ("epic", 1, "Maren Holt")
    assert epic["labels"] == ["storage", "v2"]
    assert epic["created_at"] == "2026-02-03T08:12:40.000Z"
    assert [(note["created_at"], note["text"]) for note in epic["comments"]] == [
        ("2026-02-03T08:20:11.000Z", "Agreed with the station: no outage longer than a minute."),
        ("2026-02-20T16:41:02.000Z", "All children are done. Old files stay until summer."),
    ]
    assert edges(format_) == {("parent-child", "lh-3f1a"), ("related", "lh-b0d4")}
    assert "## not a heading, a header" in format_["design"]
    assert format_["acceptance_criteria"].startswith("- [x] A torn last record is found")
    assert edges(convert) == {("blocks", "lh-77c2"), ("related", "lh-77c2"), ("parent-child", "lh-3f1a")}
    assert (convert["assignee"], convert["external_ref"]) == ('Jonas "Jo" Weiß', "gh-118")
    assert convert["meta"] == {"reviewed-by": "Maren Holt"}
    assert "## Rollback\n\nRename the old files back" in convert["description"]
    assert convert["comments"][0]["text"] == "Second line of a note\ngoes on here.\n\n- and a list"
    assert (bug["priority"], edges(bug)) == (0, {("blocks", "lh-b0d4"), ("blocks", "lh-77c2")})
    assert (tested["title"], tested["updated_at"]) == ("🗼 Renew the station's certificates", tested["created_at"])
    assert [issue["id"] for issue in cli.json("blocked")] == ["lh-c91e"]


def test_backlog(cli: Cli) -> None:
    found = take(cli, "backlog")
    assert {task["id"]: task["status"] for task in found.values()} == {
        "HB-0": "closed",
        "HB-1": "in_progress",
        "HB-2": "closed",
        "HB-2.1": "in_review",
        "HB-3": "open",
        "HB-4": "closed",
        "DRAFT-1": "deferred",
    }
    tides, forecast, warn = found["HB-1"], found["HB-2"], found["HB-2.1"]
    assert tides["description"].startswith("A curve for seven days")
    assert "### Not in this" in tides["description"]
    assert "SECTION" not in str(found)
    assert tides["acceptance_criteria"].splitlines()[0] == "- [x] #1 Times are those of the harbour, also in winter"
    assert tides["acceptance_criteria"].endswith("Definition of Done:\n\n- [ ] #1 Seen on a phone")
    assert tides["design"].startswith("1. Interpolate")
    assert tides["notes"] == "Cosine interpolation is within 3 cm of the tables."
    assert (tides["assignee"], tides["created_by"], tides["priority"]) == ("@ines", "@ines", 1)
    assert (tides["created_at"], tides["updated_at"]) == ("2026-03-01T09:15:00.000Z", "2026-03-09T17:40:00.000Z")
    assert tides["meta"] == {
        "assignees": ["@ines", "@piet"],
        "milestone": "m-2",
        "ordinal": 1000,
        "references": ["https://example.org/tides#api"],
    }
    assert [(c["author"], c["created_at"], c["text"]) for c in tides["comments"]] == [
        ("@piet", "2026-03-08T12:05:00.000Z", "The curve jumps at midnight.\n\nSeen twice."),
        ("@ines", "2026-03-09T17:40:00.000Z", "Fixed, it was the time zone."),
    ]
    assert edges(tides) == {("blocks", "HB-2")}
    assert (forecast["title"], forecast["closed_at"]) == (
        "Read the forecast: every six hours",
        "2026-03-04T10:00:00.000Z",
    )
    assert forecast["notes"] == "Final summary:\n\nRuns since Wednesday."
    assert edges(warn) == {("blocks", "HB-2"), ("parent-child", "HB-2")}
    assert warn["title"].endswith("in the board and by mail to the harbour master")
    assert (warn["assignee"], warn["due_at"]) == ("@piet", "2026-04-01T00:00:00.000Z")
    assert warn["meta"] == {"status": "In Review"}
    assert (found["HB-3"]["title"], found["HB-3"]["created_at"]) == ("Berth plan", "2026-03-05T00:00:00.000Z")
    assert found["HB-4"]["resolution"] == "abandoned"


def test_queue(cli: Cli) -> None:
    found = take(cli, "queue")
    assert {task["id"]: task["status"] for task in found.values()} == {
        "010": "closed",
        "012": "in_progress",
        "013": "blocked",
        "014": "open",
        "015": "open",
    }
    cache, notes = found["012"], found["015"]
    assert (cache["priority"], cache["assignee"], edges(cache)) == (1, "worker-2", {("parent-child", "010")})
    assert cache["design"].strip() == "Keyed by the digest of the rule's text.\n\nAt most 64 MB."
    assert [(c["author"], c["text"]) for c in cache["comments"]] == [("worker-2", "Hits in 9 of 10 runs")]
    assert (found["013"]["labels"], found["013"]["comments"][0]["text"]) == (["release", "security"], "Asked again.")
    assert (found["014"]["estimated_minutes"], edges(found["014"])) == (90, {("blocks", "012")})
    assert notes["title"] == "Write the release notes: what, why, how"
    assert edges(notes) == {("blocks", "014"), ("blocks", "013")}
    assert notes["meta"] == {"audience": "users"}
    assert (found["010"]["close_reason"], found["010"]["closed_at"]) == ("good enough", "2026-05-04T15:00:00.000Z")


def test_what_changed_there_since_is_taken_in_and_what_changed_here_is_kept(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(SAMPLES / "ticket", folder)
    cli("import", str(folder))
    cli("update", "lh-c91e", "--title", "Ours")
    path = folder / ".tickets/lh-d002.md"
    path.write_text(path.read_text().replace("needs_testing", "closed"))
    done = cli.json("import", str(folder))
    assert (done["updated"], done["kept"]) == (["lh-d002"], [{"id": "lh-c91e", "fields": ["title"]}])
    assert cli.task("lh-d002")["status"] == "closed"
    assert cli.task("lh-c91e")["title"] == "Ours"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\nid: a-1\n", "a-1.md:1: the front matter has no end"),
        ("---\nid: a-1\npriority: soon\n---\n# T\n", "a-1.md:3: 'soon' is no priority"),
        ("---\nid: a-1\npriority: 9\n---\n# T\n", "a-1.md:1: priority 9 is not allowed"),
        ("---\nid: a-1\nid: a-2\n---\n# T\n", "a-1.md:3: id stands here twice"),
        ("---\nid: a-1\ncreated: lately\n---\n# T\n", "created_at 'lately' is no time"),
        ("---\nid: a-1\ndeps: {a: b}\n---\n# T\n", "a-1.md:3: deps is no list of texts"),
        ("---\nid: two words\n---\n# T\n", "'two words' is no id"),
        ("---\nid: z-1\n---\n# T\n", "z-1 stands in"),
    ],
)
def test_a_bad_file_is_named_with_its_line_and_nothing_is_imported(
    cli: Cli, tmp_path: Path, text: str, says: str
) -> None:
    folder = tmp_path / ".tickets"
    folder.mkdir()
    (folder / "a-1.md").write_text(text)
    (folder / "z-1.md").write_text("---\nid: z-1\n---\n# Good\n")
    assert says in cli.fails(4, "import", str(folder)).err
    assert cli.lines() == []


def test_bytes_that_are_no_text(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / ".tickets"
    folder.mkdir()
    (folder / "a-1.md").write_bytes(b"---\nid: a-1\n---\n\n# no\xff\n")
    assert "a-1.md:5: not UTF-8 at byte 22" in cli.fails(4, "import", str(folder)).err


def test_a_place_with_no_tracker_and_one_with_two(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no tracker" in cli.fails(4, "import", str(tmp_path / "empty")).err
    both = tmp_path / "both"
    shutil.copytree(SAMPLES / "ticket", both)
    shutil.copytree(SAMPLES / "queue", both, dirs_exist_ok=True)
    error = cli.fails(4, "import", str(both)).err
    assert ".tickets and" in error
    assert "/queue" in error


def test_a_single_file_is_told_by_its_front_matter(cli: Cli) -> None:
    ticket = SAMPLES / "ticket/.tickets/lh-c91e.md"
    backlog = SAMPLES / "backlog/backlog/tasks/hb-2 - Read-the-forecast.md"
    assert cli.json("import", str(ticket), str(backlog))["created"] == ["lh-c91e", "HB-2"]
    assert cli.task("HB-2")["status"] == "closed"


def test_two_branches_that_import_the_same_write_the_same_bytes(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    cli("init", "-C", str(other))
    for where in (str(cli.root), str(other)):
        cli("-C", where, "import", str(SAMPLES / "ticket"))
    segments = [
        {path.name: path.read_bytes() for path in (root / ".tasks/log").rglob("*.jsonl")} for root in (cli.root, other)
    ]
    assert segments[0] == segments[1] != {}


def test_the_kind_may_be_named(cli: Cli, tmp_path: Path) -> None:
    both = tmp_path / "both"
    (both / ".tickets").mkdir(parents=True)
    (both / ".tickets/a-1.md").write_text(
        "---\nid: a-1\nstatus: open\ncreated: 2026-01-02T03:04:05Z\n---\n# From ticket\n"
    )
    record = '{"id":"b-1","title":"From bd","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}\n'
    (both / "issues.jsonl").write_text(record)
    assert "--format" in cli.fails(4, "import", str(both)).err
    assert cli.json("import", "--format", "ticket", str(both))["created"] == ["a-1"]
    assert cli.json("import", "--format", "jsonl", str(both))["created"] == ["b-1"]
    assert cli.json("import", "--format", "jsonl", "-", input=record)["unchanged"] == 1
    cli.fails(2, "import", "--format", "queue", "-")
    assert "nothing of Backlog.md" in cli.fails(4, "import", "--format", "backlog", str(both)).err
    assert "no Markdown" in cli.fails(4, "import", "--format", "ticket", str(both / "issues.jsonl")).err

"""``tk import`` and ``tk export`` as processes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Runner
from tests.interchange.conftest import issue, plain


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_in_and_out(store: Path, tk: Runner) -> None:
    path = write(store / "in.jsonl", issue(), issue(id="bd-2", dependencies=[{"depends_on_id": "bd-9"}]))
    done = tk("import", path)
    assert done.stdout == f"Imported {path}: 2 created, 0 updated, 0 unchanged, 0 comments\n"
    assert "1 dependencies are on tasks that are not here" in done.stderr
    text = tk("export").stdout
    assert [json.loads(line)["id"] for line in text.splitlines()] == ["bd-1", "bd-2"]
    assert tk("export", "-o", "out.jsonl").stdout == "Exported 2 tasks to out.jsonl\n"
    assert (store / "out.jsonl").read_text() == text
    assert json.loads(tk("export", "--json").stdout) == [json.loads(line) for line in text.splitlines()]
    found = json.loads(tk("export", "-o", "out.jsonl", "--json").stdout)
    assert found == {"file": "out.jsonl", "format": "jsonl", "exported": 2}


def test_what_show_says_of_a_merge_is_no_field(store: Path, tk: Runner) -> None:
    """The JSON of ``show`` can be imported: a lost claim, and the spec that serves a task, follow from other events."""
    task = tk("create", "T").stdout.strip()
    prd = tk("create-prd", "P").stdout.strip()
    tk("record", "put", "task_specs", "--set", f"prd={prd}", "--set", "phase_name=x", "--set", f"task={task}")
    shown = json.loads(tk("show", task, "--json").stdout)
    assert "served_by" in shown[0]
    shown[0] |= {"id": "tk-other", "lost_claims": [{"event": "01JD3M6Q0R8V5T3C1N9XW2YB4F", "assignee": "ada"}]}
    tk("import", "-", input=json.dumps(shown))
    assert json.loads(tk("export").stdout.splitlines()[1]).keys() & {"lost_claims", "served_by"} == set()


def test_stdin_and_json(store: Path, tk: Runner) -> None:
    done = tk("import", "-", "--json", input=json.dumps(issue(comments=[{"text": "hm"}])))
    found = json.loads(done.stdout)
    (file,) = found.pop("files")
    assert found == {
        "created": ["bd-1"],
        "updated": [],
        "kept": [],
        "unchanged": 0,
        "skipped": 0,
        "comments": 1,
        "dry_run": False,
    }
    assert (file["file"], file["created"], file["suspended"]) == ("stdin", ["bd-1"], [])
    again = json.loads(tk("import", "-", "--json", input=tk("export").stdout).stdout)
    assert (again["created"], again["updated"], again["unchanged"]) == ([], [], 1)


def test_what_was_kept_is_told(store: Path, tk: Runner) -> None:
    path = write(store / "in.jsonl", issue())
    tk("import", path)
    tk("update", "bd-1", "--title", "Mine")
    done = tk("import", write(path, issue(title="Theirs", updated_at="2025-02-01T00:00:00Z")))
    assert "bd-1: kept, edited here since: title" in done.stderr
    assert plain(json.loads(tk("export").stdout))["title"] == "Mine"


def test_each_file_stands_for_itself(store: Path, tk: Runner) -> None:
    good = write(store / "good.jsonl", issue())
    bad = write(store / "bad.jsonl", issue(id="bd-2"), {"id": "bd-3"})
    done = tk("import", bad, good, check=False)
    assert done.returncode == 4
    assert f"{bad}:2: it has no title" in done.stderr
    assert "1 created" in done.stdout
    assert tk("import", "nope.jsonl", good, check=False).returncode == 3
    assert [json.loads(line)["id"] for line in tk("export").stdout.splitlines()] == ["bd-1"]
    failed = tk("import", bad, "--json", check=False)
    assert json.loads(failed.stderr)["error"]["details"]["line"] == 2


def test_an_empty_store_and_a_file_that_cannot_be_written(store: Path, tk: Runner) -> None:
    assert tk("export").stdout == ""
    done = tk("export", "-o", "no/such/out.jsonl", check=False)
    assert done.returncode == 1
    assert "cannot write 'no/such/out.jsonl'" in done.stderr


def test_options(store: Path, tk: Runner) -> None:
    path = write(store / "in.jsonl", issue(), issue(id="bd-2", status="closed"))
    assert tk("import", path, "--dry-run").stdout.startswith("Would import")
    assert tk("export").stdout == ""
    assert "1 created, 0 updated, 0 unchanged, 1 skipped" in tk("import", path, "--status", "closed").stdout
    assert "1 created, 0 updated, 0 unchanged, 1 skipped" in tk("import", path, "--skip-existing").stdout
    assert json.loads(tk("export", "--status", "closed").stdout)["id"] == "bd-2"

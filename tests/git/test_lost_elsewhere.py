"""What other trackers lose in a merge: each as one task, edited on two branches, merged both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bd_py import ids, log
from bd_py.service import claims, conflicts, deps, tasks
from bd_py.write import Write
from tests.git.scenarios import DAY, Clock, Clone, fold
from tests.inprocess import Rows

OTHER = "tk-0000000000"
DUE = "2027-01-01T00:00:00.000Z"
LONG = "".join(f"{k:>5} of a description that goes on and on\n" for k in range(1700))

assert len(LONG) > 70_000

Edit = Callable[[Write, str], object]
Found = dict[str, Any]


class Case(NamedTuple):
    """``first`` and ``second`` are made on two branches, in this order by the clock; ``kept`` must hold after."""

    first: Edit
    second: Edit
    kept: Callable[[Found], object]
    before: Edit = lambda w, task: None


def sets(**fields: Any) -> Edit:
    return lambda w, task: tasks.set_fields(w, task, fields)


def nothing(w: Write, task: str) -> None:
    tasks.comment(w, OTHER, "about something else")


def labels(name: str) -> Edit:
    return lambda w, task: tasks.set_labels(w, task, add=[name])


def says(text: str) -> Edit:
    return lambda w, task: tasks.comment(w, task, text)


def claims_as(name: str) -> Edit:
    return lambda w, task: claims.claim(w, task, assignee=name)


def comments_and_claims(w: Write, task: str) -> None:
    tasks.comment(w, task, "mine")
    claims.claim(w, task)


def values(found: Found, field: str) -> tuple[Any, Any]:
    """The value that holds and the one that lost, of the one pair of concurrent edits."""
    pair = found["pairs"][0]
    assert (len(found["pairs"]), pair["field"], pair["winner"]["value"]) == (1, field, found[field])
    assert pair["winner"]["by"] == pair["loser"]["by"] == {"name": "ada"}
    return (pair["winner"]["value"], pair["loser"]["value"])


def texts(found: Found) -> list[str]:
    return [comment["text"] for comment in found["comments"]]


CASES = {
    "a reopen against an untouched close": Case(
        tasks.reopen, nothing, lambda t: t["status"] == "open" and "closed_at" not in t, before=tasks.close
    ),
    "a reopen after a close that was untouched": Case(
        nothing, tasks.reopen, lambda t: t["status"] == "open" and "closed_at" not in t, before=tasks.close
    ),
    "two labels": Case(labels("red"), labels("blue"), lambda t: t["labels"] == ["blue", "red"]),
    "two comments": Case(says("one"), says("two"), lambda t: texts(t) == ["one", "two"]),
    "the same comment twice": Case(says("done"), says("done"), lambda t: texts(t) == ["done", "done"]),
    "a cleared due date": Case(
        sets(due_at=None),
        sets(title="two"),
        lambda t: "due_at" not in t and t["title"] == "two",
        before=sets(due_at=DUE),
    ),
    "a due date that is cleared later": Case(
        sets(title="one"),
        sets(due_at=None),
        lambda t: "due_at" not in t and t["title"] == "one",
        before=sets(due_at=DUE),
    ),
    "P0 against P1": Case(sets(priority=0), sets(priority=1), lambda t: values(t, "priority") == (1, 0)),
    "P1 against P0": Case(sets(priority=1), sets(priority=0), lambda t: values(t, "priority") == (0, 1)),
    "P0 against another field": Case(
        sets(priority=0), sets(title="two"), lambda t: (t["priority"], t["title"]) == (0, "two")
    ),
    "an unknown field": Case(
        sets(severity={"level": "s1"}),
        sets(customer="acme"),
        lambda t: (t["severity"], t["customer"]) == ({"level": "s1"}, "acme"),
    ),
    "a part of links and another": Case(
        sets(**{"links.branch": "vector"}),
        sets(**{"links.pr": "#41"}),
        lambda t: t["links"] == {"branch": "vector", "pr": "#41"},
    ),
    "a description of 70 kB": Case(
        sets(description=LONG), sets(title="two"), lambda t: (t["description"], t["title"]) == (LONG, "two")
    ),
    "a description of 70 kB against another": Case(
        sets(description=LONG), sets(description=LONG[1:]), lambda t: values(t, "description") == (LONG[1:], LONG)
    ),
    "an edit against a delete": Case(
        tasks.delete, sets(title="two"), lambda t: t["deleted"] and t["restored"]["title"] == "two"
    ),
    "a delete against an edit": Case(
        sets(title="one"), tasks.delete, lambda t: t["deleted"] and t["restored"]["title"] == "one"
    ),
    "a delete against a comment and a claim": Case(
        comments_and_claims,
        tasks.delete,
        lambda t: t["deleted"] and texts(t["restored"]) == ["mine"],
    ),
    "two claims": Case(claims_as("bob"), claims_as("zara"), lambda t: (t["assignee"], t["lost"]) == ("bob", ["zara"])),
    "a claim against a close": Case(claims_as("bob"), tasks.close, lambda t: t["status"] == "closed"),
    "a close against a claim": Case(
        tasks.close, claims_as("bob"), lambda t: (t["status"], t["lost"]) == ("closed", ["bob"])
    ),
    "a status against a dependency": Case(
        lambda w, task: tasks.set_status(w, task, "in_progress"),
        lambda w, task: deps.add(w, task, OTHER),
        lambda t: (t["status"], [d["id"] for d in t["dependencies"]]) == ("in_progress", [OTHER]),
    ),
    "two statuses": Case(
        lambda w, task: tasks.set_status(w, task, "blocked"),
        lambda w, task: tasks.set_status(w, task, "in_progress"),
        lambda t: values(t, "status") == ("in_progress", "blocked"),
    ),
    "the same field twice": Case(sets(title="one"), sets(title="two"), lambda t: values(t, "title") == ("two", "one")),
    "the same field twice, to the same value": Case(
        sets(title="same"), sets(title="same"), lambda t: t["title"] == "same" and not t["pairs"]
    ),
}


def branches(folder: Path, clock: Clock, case: Case, after: float = 1.0) -> Clone:
    """The two branches, main and second, of which each was made ``after`` seconds after what was before it."""
    clone = Clone.init(folder)
    task = clone.tk(lambda w: tasks.create(w, "a task"))
    clone.tk(lambda w: tasks.create(w, "another", task_id=OTHER))
    clone.tk(lambda w: case.before(w, task))
    clone.commit("base")
    clone.git("branch second")
    for branch, edit in (("main", case.first), ("second", case.second)):
        clone.git("checkout", "-q", branch)
        clock.shift += after
        clone.tk(lambda w, edit=edit: edit(w, task))  # type: ignore[misc]
        clone.commit(branch)
    return clone


def merged(clone: Clone) -> tuple[Rows, Rows]:
    """What each branch holds once it has merged the other."""
    rows = []
    for ours, theirs in (("main", "second"), ("second", "main")):
        clone.git("checkout", "-q", "-b", f"merged-into-{ours}", ours)
        clone.look()
        clone.git("merge", "-q", "-m", "merge", theirs)
        assert clone.log() == clone.history()
        rows.append(clone.cached())
    return rows[0], rows[1]


def found(clone: Clone) -> Found:
    """All that tk says about the task, and after `restore` where it is deleted."""
    with closing(clone.open()) as workspace:
        conn = workspace.conn
        (task,) = {row[0] for row in conn.execute("SELECT DISTINCT issue_id FROM events")} - {OTHER}
        about: Found = {
            "pairs": conflicts.pairs(conn, task),
            "lost": [row[0] for row in conn.execute("SELECT assignee FROM lost_claims")],
            "deleted": conn.execute("SELECT 1 FROM deleted_issues WHERE id = ?", (task,)).fetchone() is not None,
        }
    if not about["deleted"]:
        return about | clone.issue(task)
    clone.tk(lambda w: tasks.restore(w, task))
    return about | {"restored": clone.issue(task)}


@pytest.mark.parametrize("name", CASES)
def test_kept(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    clone = branches(tmp_path / "work", Clock(monkeypatch), case)
    one, other = merged(clone)
    assert one == other == fold(clone.log().values(), tmp_path / "fold")
    about = found(clone)
    assert case.kept(about), about


def test_a_delete_older_than_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tombstones do not expire: what was deleted 70 days ago stays deleted when an edit arrives."""
    clock = Clock(monkeypatch)
    clock.shift = -105 * DAY
    case = Case(tasks.delete, sets(title="two"), lambda t: t["deleted"])
    clone = branches(tmp_path / "work", clock, case, after=35 * DAY)
    clock.shift = 0
    one, other = merged(clone)
    assert one == other
    assert [issue["id"] for issue in clone.issues()] == [OTHER]
    assert found(clone)["restored"]["title"] == "two"


def test_what_this_version_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program's type of event, key and payload come through a merge byte for byte."""
    clone = Clone.init(tmp_path / "work")
    task = clone.tk(lambda w: tasks.create(w, "a task"))
    clone.commit("base")
    clone.git("checkout -q -b second")
    event_id = ids.Clock(max(clone.log())).next()
    envelope = {"id": event_id, "type": "task.scented", "task": task, "at": DUE}
    line = json.dumps({**envelope, "by": {}, "data": {"of": ["rose"]}, "x": 1})
    path = clone.root / ".tasks/log" / log.segment_path(event_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line + "\n")
    clone.commit("second")
    clone.git("checkout -q main")
    clone.tk(lambda w: tasks.set_fields(w, task, {"title": "edited"}))
    clone.commit("main")
    clone.git("merge -q -m merge second")
    assert clone.log()[event_id] == line
    assert clone.issue(task)["title"] == "edited"
    assert clone.issue(task)["version"] == max(clone.log())

"""The built-in collections: PRDs, task specs, executions, what connects them, by methods and by verbs."""

from __future__ import annotations

import pytest

from bd_py import Store
from bd_py.errors import AmbiguousError, ConflictError, InvalidError, NotFoundError
from bd_py.service.resolve_records import find_record
from tests.acceptance.support import assert_one_truth, workspace
from tests.inprocess import Cli


def test_what_follows_when_an_execution_is_done(opened_store: Store) -> None:
    store = opened_store
    task = store.create("Build it")
    prd = store.create_prd("Vector", status="active", content="long")
    one = store.create_task_spec(prd.id, "index", task=task.id[:8])
    two = store.create_task_spec(prd.id, "search", dependencies=[one.id], assigned_to="ada")
    assert (one.status, one.task, two.dependencies) == ("pending", task.id, (one.id,))
    assert [each.id for each in store.list_pending_task_specs(prd.id)] == [one.id, two.id]
    run = store.create_execution(one.id, branch_name="b", worktree_path="../w", task=task.id)
    other = store.create_execution(two.id, status="paused")
    assert run.status == "running"
    assert run.iteration_count == 0
    assert [each.id for each in store.list_active_executions()] == [run.id, other.id]
    assert {(each["collection"], each["id"]) for each in store.show(task.id).to_json()["served_by"]} == {
        ("task_specs", one.id),
        ("executions", run.id),
    }
    done = store.complete_execution(run.id)
    assert done.status == "complete"
    assert done.completed_at is not None
    assert store.get_task_spec(one.id).status == "complete"
    assert store.get_prd(prd.id).status == "active"
    assert store.complete_execution(run.id) == done, "once is enough"
    store.complete_execution(other.id)
    assert store.get_prd(prd.id).status == "complete"
    assert store.list_active_executions() == []
    failed = store.create_execution(two.id, status="failed", error_message="no")
    with pytest.raises(InvalidError, match="is failed"):
        store.complete_execution(failed.id)
    assert [each.id for each in store.list_executions(two.id, status="failed")] == [failed.id]
    assert_one_truth(workspace(store._paths))


def test_lists_and_changes(opened_store: Store) -> None:
    store = opened_store
    prds = [store.create_prd(f"P {k}", status="ready" if k % 2 else "draft") for k in range(4)]
    assert [each.title for each in store.list_prds("ready")] == ["P 1", "P 3"]
    assert [each.title for each in store.list_prds(limit=2, offset=1)] == ["P 1", "P 2"]
    changed = store.update_prd(prds[0].id, status="ready", review_passes=2, description="d")
    assert (changed.status, changed.review_passes) == ("ready", 2)
    assert store.update_prd(prds[0].id, description=None).description == ""
    assert store.get_prd(prds[0].id).to_json()["review_passes"] == 2
    with pytest.raises(InvalidError, match="no status of prds"):
        store.list_prds("reddy")


def test_what_executions_tell_each_other(opened_store: Store) -> None:
    store = opened_store
    spec = store.create_task_spec(store.create_prd("P").id, "one")
    a, b = store.create_execution(spec.id), store.create_execution(spec.id)
    told = store.create_exec_dependency(a.id, "notify", to_exec=b.id, payload={"n": [1]})
    everyone = store.create_exec_dependency(a.id, "share")
    assert everyone.to_exec is None
    assert [each.id for each in store.list_exec_dependencies(to_exec=b.id)] == [told.id]
    resolved = store.resolve_dependency(told.id)
    assert resolved.resolved_at is not None
    assert resolved.payload == {"n": [1]}
    assert store.resolve_dependency(told.id) == resolved
    assert [each.id for each in store.list_exec_dependencies(pending=True)] == [everyone.id]


def test_workflows_and_repositories(opened_store: Store) -> None:
    store = opened_store
    flow = store.create_workflow("review", "steps")
    assert store.get_workflow("review") == store.get_workflow(flow.id)
    with pytest.raises(ConflictError):
        store.create_workflow("review", "others")
    other = store.create_workflow("build", "steps", version="2")
    with pytest.raises(ConflictError):
        store.update_workflow(other.id, name="review")
    assert store.update_workflow(other.id, name="build", content="more").content == "more"
    assert [each.name for each in store.list_workflows()] == ["review", "build"]
    assert store.set_repo_state("/srv/a b", "c0ffee").last_synced_commit == "c0ffee"
    assert store.set_repo_state("/srv/a b", "beef").repo_path == "/srv/a b"
    assert store.get_repo_state("/srv/a b").last_synced_commit == "beef"
    assert len(store.list_repo_states()) == 1


def test_what_is_refused(opened_store: Store, cli: Cli) -> None:
    store = opened_store
    prd = store.create_prd("P")
    before = cli.lines()
    with pytest.raises(NotFoundError, match="prds has no record 'nope'"):
        store.create_task_spec("nope", "x")
    with pytest.raises(NotFoundError, match="task 'nope'"):
        store.create_task_spec(prd.id, "x", task="nope")
    with pytest.raises(NotFoundError):
        store.create_execution("nope")
    with pytest.raises(NotFoundError):
        store.complete_execution("nope")
    with pytest.raises(NotFoundError):
        store.get_prd("nope")
    with pytest.raises(NotFoundError):
        store.get_workflow("nope")
    with pytest.raises(InvalidError):
        store.create_prd("", status="draft")
    with pytest.raises(InvalidError):
        store.update_prd(prd.id, status="done")
    assert cli.lines() == before


# Verbs


def test_verbs_and_methods_give_the_same(opened_store: Store, cli: Cli) -> None:
    task = cli.new("Task")
    prd = cli("create-prd", "Vector", "--content", "-", input="long\ntext").out.strip()
    spec = cli.json("create-task-spec", prd, "index", "--task", task, "--assigned-to", "ada")["id"]
    run = cli("create-execution", spec, "--branch", "b").out.strip()
    assert opened_store.get_prd(prd).content == "long\ntext"
    assert cli.json("list-prds") == [opened_store.get_prd(prd).to_json()]
    assert cli.json("list-task-specs", "--prd", prd, "--status", "pending") == [
        each.to_json() for each in opened_store.list_pending_task_specs()
    ]
    assert cli.json("list-task-specs", "--task", task)[0]["id"] == spec
    assert cli("list-executions", "--status", "running").out == f"{run} [running] - {spec}\n"
    assert cli.json("describe", run) == cli.json("show", run)
    assert cli.json("show", run, task)[1]["id"] == task
    assert "Served by" in cli("show", task).out
    assert cli("describe", task).out == cli("show", task).out
    assert cli("describe", prd[:8]).out.startswith(f"{prd} (prds)\n")
    assert "content:\n  long\n  text" in cli("show", prd).out
    assert cli.json("complete-execution", run) == {"execution": run, "spec": spec, "prd": prd}
    assert cli("complete-execution", run).out == f"{run} is already complete\n"
    cli.fails(4, "list-prds", "--status", "reddy")
    cli.fails(3, "list-executions", "--task", "nope")
    cli.fails(3, "describe", "nope")
    cli.fails(3, "create-task-spec", "nope", "x")


def test_an_id_of_two_collections(opened_store: Store, cli: Cli) -> None:
    opened_store.create_prd("P", id="same")
    opened_store.create_workflow("W", "c", id="same")
    with pytest.raises(AmbiguousError):
        find_record(workspace(opened_store._paths).conn, "same")
    assert "prds/same, workflows/same" in cli.fails(3, "describe", "same").err
    assert cli.json("describe", "workflows/same")[0]["data"]["name"] == "W"

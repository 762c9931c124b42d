"""Several at once: threads and coroutines on one store, two stores on one log, a child after a fork, a closed store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bd_py.paths import Paths
from bd_py.service import gates
from bd_py.service.setup import init
from bd_py.task_service import (
    Actor,
    AsyncTaskService,
    Draft,
    LogTaskStore,
    MemoryTaskStore,
    TaskEvent,
    TaskService,
    TaskStore,
    TaskStoreError,
    TaskValidationError,
)
from bd_py.workspace import Workspace


def together(*calls: Callable[[], object]) -> None:
    """Run each in a thread of its own; what one raises is raised here."""
    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()


def test_many_coroutines_on_one_task(store: TaskStore) -> None:
    """Each blocker is there once, under who raised it."""
    service = AsyncTaskService(store)
    ref = TaskService(store).create("t").id

    async def crowd() -> set[str]:
        adding = [service.add_blocker(ref, f"{k}", actor=Actor(agent=f"a{k}")) for k in range(60)]
        return {key for _, key in await asyncio.gather(*adding)}

    keys = asyncio.run(crowd())
    events = TaskService(store).get_events(ref, type="task.blocker.add")
    assert {event.payload["blocker"] for event in events} == keys
    assert len(keys) == 60
    assert all(event.actor == Actor(agent=f"a{event.payload['text']}") for event in events)


def test_what_is_replaced_is_replaced_whole(store: TaskStore) -> None:
    """Tags and meta are those of one of the updates, never a mixture: what an update saw is what it replaced."""
    service = TaskService(store)
    ref = service.create("t").id

    def replace(who: str) -> None:
        for k in range(12):
            service.update(ref, {"tags": [f"{who}{k}", who], "meta": {f"{who}{k}": k}})

    together(*(lambda who=who: replace(who) for who in "abcd"))
    task = service.get(ref)
    (last,) = (label for label in task.labels if len(label) > 1)
    assert task.labels == (last[0], last)
    assert list(task.meta) == [last]


def test_what_is_given_back_is_what_was_changed(store: TaskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where another task has the name by then."""
    service = TaskService(store)
    ref = service.create("first", name="layer").id
    append = store.append

    def overtaken(*args: Any, **kwargs: Any) -> list[TaskEvent]:
        written = append(*args, **kwargs)
        store.create("second", {"name": "layer"})
        return written

    monkeypatch.setattr(store, "append", overtaken)
    task, blocker = service.add_blocker("layer", "no host")
    assert (task.id, [each.id for each in task.blockers]) == (ref, [blocker])


def test_who_acts_is_told_by_the_environment(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init(str(repo), None)
    monkeypatch.setenv("TK_ACTOR", "grace")
    with LogTaskStore.open(repo) as store, LogTaskStore.open(repo, name="ada") as other:
        assert TaskService(store).create("t").created_by == "grace"
        assert TaskService(other).create("t").created_by == "ada"


def test_two_stores_replace_on_one_log(repo: Path) -> None:
    where = init(str(repo), None).paths
    with LogTaskStore(Workspace(where, {"name": "ada"})) as one, LogTaskStore(Workspace(where, {"name": "bob"})) as two:
        ref = TaskService(one).create("t").id

        def replace(store: TaskStore, who: str) -> None:
            for k in range(15):
                TaskService(store).update(ref, {"tags": [f"{who}{k}"], "meta": {f"{who}{k}": k}})

        together(lambda: replace(one, "a"), lambda: replace(two, "b"))
        task = TaskService(one).get(ref)
        assert [*task.labels] == [*task.meta]
        assert len(task.labels) == 1


def test_a_coroutine_that_is_cancelled_is_carried_out(store: TaskStore) -> None:
    service = AsyncTaskService(store)
    ref = TaskService(store).create("t").id

    async def cancelled() -> None:
        task = asyncio.create_task(service.add_note(ref, "written all the same"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    asyncio.run(service.add_note(ref, "and the store goes on"))
    assert len(TaskService(store).get(ref).comments) == 2


def test_nobody_waits_for_the_gates_of_another(repo: Path) -> None:
    """A gate may take minutes: the other threads of the store, and the coroutines, go on meanwhile."""
    where = init(str(repo), None).paths
    fifo = repo / "go"
    os.mkfifo(fifo)
    with Path(where.config).open("a") as config:
        config.write(f'[[gates]]\nname = "wait"\ncommand = "cat {fifo}"\ntimeout = 60\n')
    with closing(Workspace(where)) as opened:
        gates.trust(where, opened.config)
    with LogTaskStore(Workspace(where, {"name": "ada"})) as store:
        service = AsyncTaskService(store)
        ref = TaskService(store).create("gated").id

        async def work() -> None:
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))  # as if others had the rest
            closed = asyncio.create_task(service.close(ref, actor=Actor(agent="opus")))
            with await asyncio.to_thread(open, fifo, "w"):  # the gate runs now, and reads
                await asyncio.wait_for(service.add_note(ref, "meanwhile"), 30)
                assert (await service.get(ref)).status == "open"
            assert (await closed).status == "closed"

        asyncio.run(work())
        (last,) = TaskService(store).get_events(ref, type="task.closed")
        assert last.actor == Actor(agent="opus")
        (found,) = TaskService(store).get(ref).evidence
        assert (found.passed, found.actor["agent"]) == (True, "opus")


def test_gates_in_memory_are_never_trusted() -> None:
    config = {"gates": [{"name": "g", "command": "true"}]}
    with MemoryTaskStore(config=config) as store:
        service = TaskService(store)
        ref = service.create("t").id
        with pytest.raises(TaskValidationError) as error:
            service.close(ref, actor=Actor(agent="opus"))
        assert error.value.details["trusted"] is False
        assert service.get(ref).evidence[0].actor["agent"] == "opus"


def test_a_closed_store_says_so(store: TaskStore) -> None:
    assert isinstance(store, LogTaskStore)
    service = TaskService(store)
    ref = service.create("t").id
    store.close()
    store.close()
    calls: tuple[Callable[[], object], ...] = (
        lambda: service.get(ref),
        lambda: service.list(),
        lambda: service.create("another"),
        lambda: service.add_note(ref, "n"),
        lambda: service.close(ref),
        lambda: service.get_events(ref),
        lambda: asyncio.run(AsyncTaskService(store).get(ref)),
    )
    for call in calls:
        with pytest.raises(TaskStoreError, match="closed"):
            call()


def test_a_child_has_a_connection_of_its_own(repo: Path) -> None:
    where: Paths = init(str(repo), None).paths
    with LogTaskStore(Workspace(where, {"name": "ada"})) as store:
        service = TaskService(store)
        ref = service.create("t").id
        inherited = store._workspace
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                service.add_note(ref, "from the child")
                code = 0 if store._workspace is not inherited else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        service.add_note(ref, "from the parent")
        assert [comment.text for comment in service.get(ref).comments] == ["from the child", "from the parent"]


@pytest.mark.parametrize("line", ["no TOML [", 'backend = "files"', "format = 9"])
def test_what_is_wrong_with_the_store_is_no_mistake_of_the_caller(line: str, repo: Path) -> None:
    where = init(str(repo), None).paths
    with LogTaskStore(Workspace(where)) as store:
        service = TaskService(store)
        ref = service.create("t").id
        config = Path(where.config)
        before = config.read_text()
        config.write_text(line if "format" in line else before + line + "\n")
        with pytest.raises(TaskStoreError):
            service.add_note(ref, "n")
        with pytest.raises(TaskStoreError):
            service.create("t")
        config.write_text(before)
        assert service.add_note(ref, "mended").comments[0].text == "mended"


def test_what_sqlite_fails_with_is_an_error_of_the_store(store: TaskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from bd_py.sqlite import sqlite3

    def fail(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(store, "get", fail)
    with pytest.raises(TaskStoreError, match="disk I/O error"):
        TaskService(store).get("tk-1")


@pytest.mark.parametrize("patch", [{"tags": ["a"]}, {"meta": {"k": 1}}], ids=str)
def test_an_update_that_others_always_come_before(
    patch: dict[str, Any], store: TaskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bd_py.task_service import service as module

    service = TaskService(store)
    ref = service.create("t").id
    get = store.get

    def outrun(name: str) -> object:
        task = get(name)
        store.append([Draft(ref, "task.note.append", {"text": "first"})])
        return task

    monkeypatch.setattr(store, "get", outrun)
    monkeypatch.setattr(module, "_TRIES", 3)
    with pytest.raises(TaskStoreError) as error:
        service.update(ref, patch)
    assert error.value.retryable
    monkeypatch.undo()
    assert (service.get(ref).labels, dict(service.get(ref).meta)) == ((), {})
    assert len(service.get_events(ref, type="task.note.append")) == 3

"""The verbs that write, each a thin face of a service: what they share is one write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, Unpack

from bd_py import times
from bd_py.errors import InvalidError, TkError, UsageError
from bd_py.store.model import TaskFields
from bd_py.write import Write

_Args = ParamSpec("_Args")
_Given = TypeVar("_Given")

FIELDS = frozenset(TaskFields.__annotations__)
_TIMES = ("due_at", "defer_until")


def verb(
    method: Callable[Concatenate[Batch, _Args], _Given],
) -> Callable[Concatenate[Batch, _Args], _Given]:
    """A method that writes: one that fails halfway spoils the batch, since the half cannot be taken back."""

    @wraps(method)
    def guarded(self: Batch, /, *args: _Args.args, **kwargs: _Args.kwargs) -> _Given:
        w = self.write
        before = w.staged
        try:
            return method(self, *args, **kwargs)
        except TkError as error:
            if w.staged != before:
                self.spoiled = error
            raise

    return guarded


class Batch:
    """Many writes that are one: one append, one fsync, one transaction, all of it or nothing.

    What `Store.batch` gives. It belongs to the thread that began it. Methods take tasks by id, unique prefix or
    name, and give ids; they raise what the verbs of the command line fail with. One that is refused before it
    has written anything may be caught, and the batch goes on.
    """

    def __init__(self, write: Write) -> None:
        self._write: Write | None = write
        self.spoiled: TkError | None = None

    @property
    def write(self) -> Write:
        """The write that this is part of. Raises UsageError after its end."""
        if self._write is None:
            raise UsageError("the batch has ended", "Write inside of its `with` block.")
        return self._write

    def end(self) -> None:
        """Take no more; raise what spoiled it."""
        self._write = None
        if self.spoiled is not None:
            raise self.spoiled

    def resolve(self, ref: str) -> str:
        """The whole id of a task. Raises NotFoundError, AmbiguousError."""
        w = self.write
        if w.state(ref) is not None:
            return ref
        from bd_py.service.resolve import resolve

        w.flush()
        return resolve(w.conn, w.config.prefix, ref)

    @verb
    def create(
        self,
        title: str,
        *,
        labels: Iterable[str] = (),
        depends_on: Iterable[str] = (),
        dependencies: Iterable[tuple[str, str]] = (),
        parent: str | None = None,
        id: str | None = None,
        force: bool = False,
        **given: Unpack[TaskFields],
    ) -> str:
        """A new task; its id.

        ``depends_on``: what it waits for. ``dependencies``: (type, task) for other types. ``force`` lets it
        depend on what is not here. Raises InvalidError, NotFoundError, ConflictError for an ``id`` that is taken.
        """
        from bd_py.service import tasks

        edges = [("blocks", on) for on in depends_on]
        edges += dependencies
        return tasks.create(
            self.write,
            title,
            task_fields(given) if given else None,
            labels=labels,
            dependencies=[(kind, self._target(on, force)) for kind, on in edges],
            parent=None if parent is None else self.resolve(parent),
            task_id=id,
            force=force,
        )

    @verb
    def update(
        self,
        ref: str,
        *,
        title: str | None = None,
        status: str | None = None,
        append_notes: str | None = None,
        add_labels: Iterable[str] = (),
        remove_labels: Iterable[str] = (),
        set_labels: Iterable[str] | None = None,
        parent: str | None = "",
        if_version: str | None = None,
        **given: Unpack[TaskFields],
    ) -> bool:
        """Change a task; False where nothing changes.

        Fields that are not given stay. ``parent`` None makes it nobody's child. ``if_version``: only if the task
        is still at this version. Raises NotFoundError, InvalidError, TransitionError, ConflictError, CycleError.
        """
        from bd_py.service import updates

        wanted = _flat(task_fields(given))
        if title is not None:
            wanted["title"] = title.strip()
        other: dict[str, Any] = {"add_label": list(add_labels), "remove_label": list(remove_labels)}
        if status is not None:
            other["status"] = status
        if append_notes is not None:
            other["append_notes"] = append_notes
        if set_labels is not None:
            other["set_labels"] = list(set_labels)
        if parent != "":
            other["parent"] = None if parent is None else self.resolve(parent)
        return updates.apply(self.write, self.resolve(ref), wanted, other, version=if_version)

    @verb
    def claim(self, ref: str, *, assignee: str | None = None, ttl: int | None = None, force: bool = False) -> None:
        """Take a task; the holder renews. Raises ConflictError naming the holder, TransitionError."""
        from bd_py.service import claims

        if ttl is not None and ttl < 1:
            raise InvalidError("a time to live must be above 0", "Give seconds.", field="ttl")
        claims.claim(self.write, self.resolve(ref), assignee=assignee, ttl=ttl, force=force)

    @verb
    def release(self, ref: str, *, reason: str | None = None, force: bool = False) -> bool:
        """Give a task back; False where it is open and nobody's. Raises ConflictError."""
        from bd_py.service import claims

        return claims.release(self.write, self.resolve(ref), reason=reason, force=force)

    @verb
    def close(self, ref: str, *, reason: str | None = None, resolution: str = "completed") -> bool:
        """Close a task; False where it is closed so already.

        Raises TransitionError, ConflictError; GateError where the project has gates or a judge, which a batch
        cannot wait for: `Store.close` runs them.
        """
        from bd_py.errors import GateError
        from bd_py.service import closing

        task_id = self.resolve(ref)
        try:
            return closing.plainly(self.write, task_id, resolution=resolution, reason=reason)
        except closing.ChecksFirst:
            raise GateError(
                f"{task_id}: gates must pass before it is done, and a batch cannot wait for them",
                "Close it outside of the batch.",
                task=task_id,
            ) from None

    @verb
    def reopen(self, ref: str, *, reason: str | None = None) -> bool:
        """Open a closed task again; False where it is not closed."""
        from bd_py.service import tasks

        return tasks.reopen(self.write, self.resolve(ref), reason=reason)

    @verb
    def set_status(self, ref: str, status: str, *, reason: str | None = None) -> bool:
        """Move a task to a status, by the rules of ``tk update --status``; False where it has it."""
        from bd_py.service import tasks, updates
        from bd_py.workflow import status_named

        task_id = self.resolve(ref)
        if reason is None or status_named(self.write.config, status) in ("in_progress", "closed"):
            return updates.apply(self.write, task_id, {}, {"status": status})
        return tasks.set_status(self.write, task_id, status, reason=reason)

    @verb
    def delete(self, ref: str, *, reason: str | None = None) -> None:
        """Delete a task: its row goes, and with it rows of other tables that cascade. Raises ConflictError."""
        from bd_py.service import tasks

        tasks.delete(self.write, self.resolve(ref), reason=reason)

    @verb
    def restore(self, ref: str, *, reason: str | None = None) -> bool:
        """Bring a deleted task back; False where it is not deleted."""
        from bd_py.service import tasks
        from bd_py.service.resolve import resolve

        w = self.write
        w.flush()
        return tasks.restore(w, resolve(w.conn, w.config.prefix, ref, deleted=True), reason=reason)

    @verb
    def comment(self, ref: str, text: str) -> str:
        """Append a comment; its event's id."""
        from bd_py.service import tasks

        return tasks.comment(self.write, self.resolve(ref), text)

    @verb
    def set_labels(self, ref: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> bool:
        """Add and remove labels; False where that changes nothing."""
        from bd_py.service import tasks

        return tasks.set_labels(self.write, self.resolve(ref), add=add, remove=remove)

    @verb
    def add_dependency(self, ref: str, on: str, type: str = "blocks", *, force: bool = False) -> bool:
        """``ref`` depends on ``on``; False where it does already. Raises CycleError, NotFoundError."""
        from bd_py.service import deps

        return deps.add(self.write, self.resolve(ref), self._target(on, force), type, force=force)

    @verb
    def remove_dependency(self, ref: str, on: str, type: str | None = None) -> list[str]:
        """Remove the dependency, of one type or of every; the types that were removed. Raises NotFoundError."""
        from bd_py.service import deps

        return deps.remove(self.write, self.resolve(ref), self._target(on, True), type)

    @verb
    def block(self, ref: str, text: str) -> str:
        """Record what is in the way, and set the status to blocked; the blocker's id."""
        from bd_py.service import tasks

        return tasks.block(self.write, self.resolve(ref), text)

    @verb
    def unblock(self, ref: str) -> bool:
        """Resolve every open blocker, and open a blocked task again."""
        from bd_py.service import tasks

        return tasks.unblock(self.write, self.resolve(ref))

    @verb
    def defer(self, ref: str, until: str | None = None) -> bool:
        """Put a task off, until a time or until `undefer`."""
        from bd_py.service import tasks

        return tasks.defer(self.write, self.resolve(ref), None if until is None else times.parse(until))

    @verb
    def undefer(self, ref: str) -> bool:
        """Take a deferral back."""
        from bd_py.service import tasks

        return tasks.undefer(self.write, self.resolve(ref))

    @verb
    def add_event(self, ref: str, name: str, data: Any = None) -> str:
        """Record an event of your own (``task.custom``), which changes no state; its id."""
        from bd_py.service import tasks

        task_id = self.resolve(ref)
        tasks.existing(self.write, task_id)
        event = self.write.add("task.custom", task_id, {"name": name} | ({} if data is None else {"data": data}))
        return str(event["id"])

    @verb
    def add_evidence(
        self,
        ref: str,
        *,
        passed: bool,
        command: str | None = None,
        exit_code: int | None = None,
        summary: str | None = None,
        artifacts: Iterable[str] = (),
    ) -> str:
        """Record that something was checked, and how it came out; the evidence's id.

        ``artifacts``: paths of what it left. Raises InvalidError for ``passed`` beside an exit code other than 0.
        """
        from bd_py.service import working_record

        return working_record.add_evidence(
            self.write,
            self.resolve(ref),
            passed=passed,
            command=command,
            exit_code=exit_code,
            summary=summary,
            artifacts=[*artifacts],
        )

    def _target(self, ref: str, force: bool) -> str:
        from bd_py.errors import AmbiguousError, NotFoundError

        try:
            return self.resolve(ref)
        except AmbiguousError:
            raise
        except NotFoundError:
            if force:
                return ref
            raise


def task_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields by keyword as an event has them. Raises InvalidError for one that no task has."""
    out = {}
    for name, value in given.items():
        if name not in FIELDS:
            import difflib

            near = difflib.get_close_matches(name, FIELDS, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Fields: {', '.join(sorted(FIELDS))}."
            raise InvalidError(f"a task has no field {name}", hint, field=name)
        if value is not None and name in _TIMES:
            value = _time(name, value)
        elif name in ("links", "meta") and isinstance(value, Mapping):
            value = dict(value)
        out[name] = value
    return out


def _time(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidError(
            f"{name} is of type {type(value).__name__}: it must be text", "A datetime has isoformat().", field=name
        )
    return times.parse(value)


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """``links`` and ``meta`` by their parts, which change one by one."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        if name in ("links", "meta") and isinstance(value, dict):
            out.update({f"{name}.{key}": item for key, item in value.items()})
        else:
            out[name] = value
    return out

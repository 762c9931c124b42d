"""Create a task, change it, close it, delete it."""

from __future__ import annotations

from bd_py import ids, jsonio
from bd_py.errors import ConflictError, GateError, InvalidError, TkError, TransitionError
from bd_py.fold.state import BY_MEMBER, listed
from bd_py.payloads import previous
from bd_py.statuses import DONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from bd_py.config import Config
    from bd_py.fold.state import TaskState
    from bd_py.write import Write


def existing(w: Write, task_id: str) -> TaskState:
    """The state of a task. Raises NotFoundError."""
    task = w.state(task_id)
    if task is None:
        from bd_py.service.resolve import not_found

        raise not_found(w.conn, task_id)
    return task


def create(
    w: Write,
    title: str,
    fields: Mapping[str, Any] | None = None,
    *,
    labels: Iterable[str] = (),
    dependencies: Sequence[tuple[str, str]] = (),
    parent: str | None = None,
    task_id: str | None = None,
    force: bool = False,
) -> str:
    """A new task; its id. ``dependencies`` are (type, id of what it depends on), whole ids.

    Raises InvalidError, ConflictError for an id that is taken, NotFoundError for a dependency on nothing.
    """
    data: dict[str, Any] = {"title": title.strip()}
    data.update((name, value) for name, value in (fields or {}).items() if value is not None)
    check_type(w.config, data.get("issue_type"))
    if task_id is not None:
        _check_free(w, task_id)
    new_id = task_id or w.new_task_id()
    edges = [*dependencies, *([("parent-child", parent)] if parent else [])]
    if edges:
        from bd_py.service import deps

        for kind, on in edges:
            deps.check_new(w, new_id, on, kind, force=force)
        data["dependencies"] = [{"on": on, "type": kind} for kind, on in dict.fromkeys(edges)]
    names = list(dict.fromkeys(labels))
    if names:
        data["labels"] = names
    w.add("task.created", new_id, data, fresh=task_id is None)
    return new_id


def _check_free(w: Write, task_id: str) -> None:
    """Raise unless a new task may have this id: no task, deleted or not, ever had it."""
    from bd_py.payloads import is_id

    if not is_id(task_id):
        raise InvalidError(
            f"the id {task_id!r} is not allowed",
            "It must be an id: 1 to 256 characters, no spaces, no slashes, no control characters.",
            field="id",
        )
    w.applier.flush_events()
    if w.conn.execute("SELECT 1 FROM events WHERE issue_id = ? LIMIT 1", (task_id,)).fetchone():
        raise ConflictError(f"the id {task_id} is taken", "Leave out --id, or choose another.", task=task_id)


def check_type(config: Config, kind: str | None) -> None:
    """Raise InvalidError for a type that neither tk nor the project's config knows."""
    if not isinstance(kind, str) or kind in config.types or kind in config.exclude_types:
        return  # what is no text at all is for `payloads.check` to refuse
    import difflib

    near = difflib.get_close_matches(kind, config.types, 1, 0.6)
    raise InvalidError(
        f"'{kind}' is no type of task",
        (f"Did you mean {near[0]}? " if near else "")
        + f"Types here: {', '.join(config.types)}. 'tk config set types' adds more.",
        allowed=list(config.types),
    )


def set_fields(
    w: Write, task_id: str, fields: Mapping[str, Any], *, seen: Mapping[str, str | None] | None = None
) -> bool:
    """Set scalar fields, None clears; False where nothing changes, and then there is no event.

    ``seen``: the events that set the values which the author saw, where that was a while ago.
    """
    task = existing(w, task_id)
    changed = {name: value for name, value in fields.items() if task.fields.get(name) != value}
    if not changed:
        return False
    check_type(w.config, changed.get("issue_type"))
    if "assignee" in changed and changed["assignee"] is None and task.hold is not None:
        raise TransitionError(
            f"{task_id} is held by {task.fields['assignee']}", f"'tk release {task_id}' gives it back.", task=task_id
        )
    setters = {name: (seen or {}).get(name, task.setter(name)) for name in changed}
    for name in BY_MEMBER & changed.keys():
        setters[name] = _whole(w, task, name, changed[name] or [])
    w.add("task.updated", task_id, {"set": changed}, prev=setters)
    return True


def _whole(w: Write, task: TaskState, field: str, after: Sequence[str]) -> str | None:
    """The event to name as the one that set a list that merges by member, before some members go.

    A merge may have put members there that its last setter does not name. What an edit can take away is what the
    event that it saw has set, so then an event says the whole list first.
    """
    setter, now = task.setter(field), task.fields.get(field) or []
    gone = [member for member in now if member not in after]
    if setter is None or not gone:
        return setter
    row = w.conn.execute("SELECT line FROM log_events WHERE id = ?", (setter,)).fetchone()
    said = listed(jsonio.loads(row[0]), field) if row else []
    if all(member in said for member in gone):
        return setter
    event_id: str = w.add("task.updated", task.id, {"set": {field: now}}, prev={field: setter})["id"]
    return event_id


def set_status(w: Write, task_id: str, status: str, *, reason: str | None = None) -> bool:
    """Move a task to a status that is not done; False where it has it already.

    Compound parents that closed with it are open again, as it is. Raises TransitionError, InvalidError for one that
    is closed by ``close``.
    """
    from bd_py.workflow import check_transition, has_checks, status_named

    task = existing(w, task_id)
    status = status_named(w.config, status)
    before = task.fields["status"]
    if status == before:
        return False
    check_transition(w.config, task_id, before, status)
    was_done = task.category == DONE  # the state goes on with its events
    if w.config.statuses[status] == DONE and not was_done and has_checks(w.config):
        raise _unchecked(task_id)
    data: dict[str, Any] = {"status": status, **previous("status", before)}
    if reason:
        data["reason"] = reason
    w.add("task.status.set", task_id, data, prev={"status": task.setter("status")})
    if was_done and w.config.values["auto_close"]:
        from bd_py import query_facts

        w.flush()
        for parent in query_facts.compound_parents(w.conn, task_id, finished=True):
            set_status(w, parent, "open", reason="a child of it is open again")
    return True


def close(
    w: Write,
    task_id: str,
    *,
    resolution: str = "completed",
    reason: str | None = None,
    forced: bool = False,
    checked: bool = False,
) -> bool:
    """Close a task; False where it is closed already with the same resolution.

    Its compound parents whose last child it was are closed with it. Raises TransitionError where the workflow
    forbids it or it was closed with another resolution, ConflictError for who lost a claim on it (not ``forced``),
    GateError where the project has gates or a judge, unless they were ``checked`` (`closing` does) or overruled.
    """
    from bd_py.workflow import check_transition, has_checks, is_led_through

    task = existing(w, task_id)
    if task.fields["status"] == "closed":
        before = task.fields.get("resolution", "completed")
        if before != resolution:
            raise TransitionError(
                f"{task_id} was closed as {before}", f"'tk reopen {task_id}' first.", task=task_id, resolution=before
            )
        return False
    led_through = is_led_through(w.config, task.fields)
    if not led_through:
        check_transition(w.config, task_id, task.fields["status"], "closed")
    if not forced:
        if task.hold is not None:
            from bd_py.service.holders import refuse_lost_claim

            refuse_lost_claim(w, task)
        if not checked and resolution == "completed" and has_checks(w.config):
            raise _unchecked(task_id)
    data: dict[str, Any] = {"resolution": resolution}
    if reason:
        data["reason"] = reason
    if forced:
        data["forced"] = True
    if led_through:
        set_status(w, task_id, "in_progress")
        task = existing(w, task_id)
    w.add("task.closed", task_id, data, prev={"status": task.setter("status")})
    if w.config.values["auto_close"]:
        from bd_py import query_facts

        w.flush()
        for parent in query_facts.compound_parents(w.conn, task_id):
            close_compound(w, parent)
    return True


def _unchecked(task_id: str) -> GateError:
    return GateError(
        f"{task_id} must pass the project's gates before it is done", f"'tk close {task_id}' runs them.", task=task_id
    )


def close_compound(w: Write, task_id: str) -> None:
    """Close a compound task unless a child of it is open or failed: it is the sum of its children.

    Each of them has passed the gates that are for all tasks. Where one is for tasks of this type or label, `closing`
    has to run it.
    """
    from bd_py import query_facts

    if query_facts.has_unfinished_child(w.conn, task_id):
        return
    if w.config.values["gates"]:
        from bd_py.service import gates

        if any(gate.is_for_some for gate in gates.for_task(w, existing(w, task_id), gates.of_config(w.config))):
            return
    close(w, task_id, reason="all of its children are closed", checked=True)


def reopen(w: Write, task_id: str, *, reason: str | None = None) -> bool:
    """Open a closed task again; False where it is not closed."""
    if existing(w, task_id).category != DONE:
        return False
    return set_status(w, task_id, "open", reason=reason)


def delete(w: Write, task_id: str, *, reason: str | None = None) -> None:
    """Delete a task. Its row goes, and with it rows of other programs' tables that cascade."""
    existing(w, task_id)
    w.applier.hard_deletes.add(task_id)
    w.add("task.deleted", task_id, {"reason": reason} if reason else {})
    try:
        w.flush()
    except TkError:
        raise
    except Exception as error:
        if "FOREIGN KEY" not in str(error):
            raise
        raise ConflictError(
            f"{task_id} is referred to by a table that does not allow its deletion",
            "Delete those rows first.",
            task=task_id,
        ) from None


def restore(w: Write, task_id: str, *, reason: str | None = None) -> bool:
    """Bring a deleted task back; False where it is not deleted."""
    if w.state(task_id) is not None:
        return False
    if w.conn.execute("SELECT 1 FROM deleted_issues WHERE id = ?", (task_id,)).fetchone() is None:
        from bd_py.service.resolve import not_found

        raise not_found(w.conn, task_id)
    w.add("task.restored", task_id, {"reason": reason} if reason else {})
    return True


def comment(w: Write, task_id: str, text: str) -> str:
    """Append a comment; its id, which is the event's."""
    existing(w, task_id)
    event_id: str = w.add("task.note.append", task_id, {"text": text})["id"]
    return event_id


def set_labels(w: Write, task_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> bool:
    """Add and remove labels; False where that changes nothing."""
    existing(w, task_id)
    w.flush()
    have = {row[0] for row in w.conn.execute("SELECT label FROM labels WHERE issue_id = ?", (task_id,))}
    wanted = list(dict.fromkeys(add))
    drop = [label for label in dict.fromkeys(remove) if label in have and label not in wanted]
    new = [label for label in wanted if label not in have]
    for label in drop:
        w.add("task.label.remove", task_id, {"label": label})
    for label in new:
        w.add("task.label.add", task_id, {"label": label})
    return bool(drop or new)


def block(w: Write, task_id: str, text: str) -> str:
    """Record what is in the way and set the status to blocked; the blocker's id."""
    from bd_py.workflow import check_transition

    task = existing(w, task_id)
    check_transition(w.config, task_id, task.fields["status"], "blocked")
    key = ids.part_id("bl")
    w.add("task.blocker.add", task_id, {"blocker": key, "text": text})
    if task.fields["status"] != "blocked":
        set_status(w, task_id, "blocked")
    return key


def unblock(w: Write, task_id: str) -> bool:
    """Resolve every open blocker and open a blocked task again; False where nothing was in the way."""
    task = existing(w, task_id)
    w.flush()
    keys = [
        row[0]
        for row in w.conn.execute(
            "SELECT id FROM blockers WHERE issue_id = ? AND raised_at IS NOT NULL AND resolved_at IS NULL", (task_id,)
        )
    ]
    for key in keys:
        w.add("task.blocker.resolve", task_id, {"blocker": key})
    if task.fields["status"] == "blocked":
        return set_status(w, task_id, "open") or bool(keys)
    return bool(keys)


def defer(w: Write, task_id: str, until: str | None) -> bool:
    """Put a task off: out of ready until a time, or until it is undeferred."""
    changed = set_status(w, task_id, "deferred")
    return set_fields(w, task_id, {"defer_until": until}) or changed


def undefer(w: Write, task_id: str) -> bool:
    """Take a deferral back; False where there was none."""
    task = existing(w, task_id)
    changed = task.fields["status"] == "deferred" and set_status(w, task_id, "open")
    return set_fields(w, task_id, {"defer_until": None}) or changed

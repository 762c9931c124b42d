"""What a service can be asked to do with a task, as values that hypothesis draws."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from bd_py.query_records import Definition
from bd_py.service import claims, deps, records, tasks
from bd_py.write import Write
from tests.acceptance import strategies as some

Action = Callable[[Write], object]
_task = some.tasks
_fields = st.fixed_dictionaries(
    {},
    optional={
        "description": st.sampled_from(["A", "B", ""]),
        "priority": st.integers(0, 4),
        "assignee": st.sampled_from(["ada", "bob"]),
        "due_at": some.times,
        "external_ref": st.sampled_from(["A", ""]),
        "meta.one": some.json_values,
        "links.pr": some.short,
    },
)
_OPEN = {name: Definition(name, {}, [], "any document of " + name) for name in ("notes", "prds")}
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(
        lambda task, title, fields, labels, edges: (
            lambda w: tasks.create(w, title, fields, labels=labels, dependencies=edges, task_id=task, force=True)
        ),
        *(_task | st.none(), some.short, _fields, st.sets(some.labels)),
        st.lists(st.tuples(some.edge_types, _task), max_size=2),
    ),
    st.builds(
        lambda task, fields, names: lambda w: tasks.set_fields(w, task, fields | dict.fromkeys(names)),
        *(_task, _fields, st.sets(st.sampled_from(["description", "assignee", "meta.one", "due_at"]), max_size=1)),
    ),
    st.builds(lambda task, status: lambda w: tasks.set_status(w, task, status), _task, some.statuses),
    st.builds(
        lambda task, how, why: lambda w: tasks.close(w, task, resolution=how, reason=why),
        *(_task, st.sampled_from(["completed", "failed"]), st.none() | some.short),
    ),
    st.builds(lambda task: lambda w: tasks.reopen(w, task), _task),
    st.builds(lambda task: lambda w: tasks.delete(w, task), _task),
    st.builds(lambda task: lambda w: tasks.restore(w, task), _task),
    st.builds(lambda task: lambda w: tasks.comment(w, task, "a word"), _task),
    st.builds(
        lambda task, add, remove: lambda w: tasks.set_labels(w, task, add=add, remove=remove),
        *(_task, st.sets(some.labels), st.sets(some.labels)),
    ),
    st.builds(lambda task: lambda w: tasks.block(w, task, "no access"), _task),
    st.builds(lambda task: lambda w: tasks.unblock(w, task), _task),
    st.builds(lambda task, until: lambda w: tasks.defer(w, task, until), _task, st.none() | some.times),
    st.builds(lambda task: lambda w: tasks.undefer(w, task), _task),
    st.builds(
        lambda task, name, ttl, force: lambda w: claims.claim(w, task, assignee=name, ttl=ttl, force=force),
        *(_task, st.none() | some.short, st.none() | st.just(1), st.booleans()),
    ),
    st.builds(lambda task, force: lambda w: claims.release(w, task, force=force), _task, st.booleans()),
    st.builds(
        lambda task, on, kind, force: lambda w: deps.add(w, task, on, kind, force=force),
        *(_task, _task, some.edge_types, st.booleans()),
    ),
    st.builds(lambda task, on: lambda w: deps.remove(w, task, on), _task, _task),
    st.builds(
        lambda name, record, data: lambda w: records.create(w, _OPEN[name], data, record),
        *(st.sampled_from(["notes", "prds"]), st.sampled_from(some.RECORDS), some.record_fields),
    ),
    st.builds(
        lambda name, record, data: lambda w: records.update(w, _OPEN[name], record, data),
        *(st.sampled_from(["notes", "prds"]), st.sampled_from(some.RECORDS), some.record_fields),
    ),
    st.builds(
        lambda name, record: lambda w: records.delete(w, _OPEN[name], record),
        *(st.sampled_from(["notes", "prds"]), st.sampled_from(some.RECORDS)),
    ),
    st.builds(
        lambda fields: lambda w: records.define(w, "notes", {}, fields),
        st.lists(st.sampled_from(["status", "n", "x"]), max_size=2),
    ),
    st.builds(lambda task, on: lambda w: deps.set_parent(w, task, on), _task, _task | st.none()),
)

"""``tk edit ID``: a task as a text in an editor; what differs is saved, field by field."""

from __future__ import annotations

import os

from bd_py.cli import editing
from bd_py.cli.common import emit_after, find, short_id
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import InvalidError, TkError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.service.drafts import Draft
    from bd_py.write import Write


def run(ctx: Context, id: str, discard: bool) -> None:
    """Open the editor, save what was changed; a text that cannot be saved is kept, and told where."""
    from bd_py.service import drafts

    workspace = ctx.workspace()
    task_id = find(workspace, id)
    draft = drafts.draft(workspace.paths, task_id)
    if discard:
        draft.discard()
        ctx.say(f"No text of {short_id(ctx, task_id)} is kept")
        return
    command = _editor(ctx)
    if draft.load():
        ctx.note(f"Going on with the text that was kept in {draft.path}")
    else:
        _begin(ctx, draft)
    while True:
        _open(command, draft)
        try:
            _save(ctx, draft)
            return
        except TkError as error:
            if not ctx.confirm(f"{error.message}. Edit again?", default=False):
                hint = f"Your text is kept in {draft.path}; 'tk edit {task_id}' goes on with it."
                error.hint = f"{error.hint} {hint}" if error.hint else hint
                raise


def _begin(ctx: Context, draft: Draft) -> None:
    from bd_py import query
    from bd_py.service import drafts

    conn = ctx.workspace().conn
    fields, seen = drafts.snapshot(ctx.workspace(), draft.task_id)
    issue = query.get(conn, [draft.task_id])[0]
    draft.begin(editing.to_text(issue, fields, query.edges(conn, draft.task_id)), fields, seen)


def _editor(ctx: Context) -> str:
    """The editor as git looks for it: GIT_EDITOR, core.editor, VISUAL, EDITOR, vi where there is a terminal."""
    from bd_py import git

    configured = os.environ.get("GIT_EDITOR")
    if not configured:
        said = git.ask(ctx.workspace().paths.root, "config", "core.editor") or b""
        configured = os.fsdecode(said).strip()
    found = configured or os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if found:
        return found
    if not ctx.interactive:
        raise UsageError("there is no editor to open", "Set EDITOR, or change fields by 'tk update'.")
    return "vi"


def _open(command: str, draft: Draft) -> None:
    from bd_py import spawn

    code = spawn.on_terminal(command, draft.path)
    if code:
        if draft.text() == draft.base.encode():
            draft.discard()
            raise TkError(f"the editor '{command}' ended with status {code}", "Nothing was changed.")
        hint = f"Your text is kept in {draft.path}; 'tk edit {draft.task_id}' goes on with it."
        raise TkError(f"the editor '{command}' ended with status {code}", hint)


def _save(ctx: Context, draft: Draft) -> None:
    data = draft.text()
    changes = {} if not data.strip() else _changes(draft, data)
    if not changes:
        draft.discard()
        _tell(ctx, draft, changed=False)
        return
    meanwhile: list[str] = []
    with ctx.workspace().writing() as w:
        changed = _apply(w, draft, changes, meanwhile)
    draft.discard()
    for name in meanwhile:
        ctx.note(f"{name} was changed meanwhile: yours holds, both are in 'tk conflicts'")
    _tell(ctx, draft, changed=changed)


def _tell(ctx: Context, draft: Draft, *, changed: bool) -> None:
    if ctx.json:
        emit_after(ctx, [draft.task_id])
    else:
        short = short_id(ctx, draft.task_id)
        ctx.say(f"Updated {short}" if changed else f"{short} is so already")


def _changes(draft: Draft, data: bytes) -> dict[str, Any]:
    """What the text says otherwise than the one it began with; a part that reads the same did not change."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidError(f"line {line}: it is no UTF-8 text") from None
    before, after = editing.from_text(draft.base), editing.from_text(text)
    gone = [name for name in before if name.startswith("meta.") and name not in after and "\nmeta:" in text]
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return changed | dict.fromkeys(gone)


def _apply(w: Write, draft: Draft, changes: dict[str, Any], meanwhile: list[str]) -> bool:
    """Save each field by itself; one that somebody else changed since the text began is a conflict of the two."""
    from bd_py.cli.verbs import update
    from bd_py.service import tasks

    task = tasks.existing(w, draft.task_id)
    fields, special = editing.split(changes)
    for name, value in fields.items():
        now = task.fields.get(name)
        if now not in (draft.fields.get(name), value):
            meanwhile.append(name)
    before = editing.from_text(draft.base)
    other: dict[str, Any] = {}
    if "status" in special and special["status"] is not None:
        other["status"] = special["status"]
    if "parent" in special:
        other["parent"] = special["parent"] and _resolve(w, special["parent"])
    if "labels" in special:
        other["add_label"] = [label for label in special["labels"] if label not in before["labels"]]
        other["remove_label"] = [label for label in before["labels"] if label not in special["labels"]]
    changed = bool(other) and update.apply(w, draft.task_id, {"fields": {}, "other": other, "version": None})
    if fields:
        seen = {name: draft.seen.get(name) for name in fields}
        changed = tasks.set_fields(w, draft.task_id, fields, seen=seen) or changed
    if "depends_on" in special:
        changed = _set_edges(w, draft.task_id, before["depends_on"], special["depends_on"]) or changed
    return changed


def _set_edges(w: Write, task_id: str, before: list[str], after: list[str]) -> bool:
    from bd_py.service import deps

    changed = False
    for text in before:
        if text not in after:
            kind, on = _edge(text)
            try:
                changed = bool(deps.remove(w, task_id, on, kind)) or changed
            except TkError:  # somebody else removed it meanwhile
                pass
    for text in after:
        if text not in before:
            kind, on = _edge(text)
            changed = deps.add(w, task_id, _resolve(w, on), kind) or changed
    return changed


def _edge(text: str) -> tuple[str, str]:
    kind, colon, on = text.partition(":")
    return (kind, on.strip()) if colon else ("blocks", text)


def _resolve(w: Write, ref: str) -> str:
    from bd_py.service.resolve import resolve

    return resolve(w.conn, w.config.prefix, ref)


VERB = Verb(
    "edit",
    run,
    "Change a task in an editor",
    details="""Opens a text in the editor that git would use (GIT_EDITOR, core.editor, VISUAL, EDITOR): the fields as
    front matter, the description below. Each field that you change is saved by itself, so what others change in the
    meantime in other fields is kept. Deleting the line of a key leaves its field as it is; a key without a value
    clears it. A text that is unchanged, or empty, changes nothing.

    A text that cannot be saved is kept in the git directory, and the next 'tk edit' continues with it; --discard
    throws it away.""",
    examples=("tk edit 7f3k", "tk edit 7f3k --discard"),
    arguments=(Argument("id", "The task to change", metavar="ID"),),
    options=(Option("discard", "--discard", help="Throw away a text that was kept.", kind="flag"),),
)

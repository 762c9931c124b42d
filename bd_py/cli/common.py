"""What several verbs share: ids from the command line, the style of output, one pass over several ids."""

from __future__ import annotations

from bd_py.errors import AmbiguousError, NotFoundError, TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.render import Style
    from bd_py.workspace import Workspace
    from bd_py.write import Write


def style(ctx: Context) -> Style:
    """Short ids, colours, links and the width on a terminal; whole ids and plain, uncut text in a pipe."""
    from bd_py.render import Style

    if not ctx.isatty:
        return Style(color=ctx.color)
    import os

    from bd_py.cli import terminal
    from bd_py.service.resolve import shorten

    conn = ctx.workspace().conn
    width, _ = terminal.size()
    links = terminal.shows_links(os.environ)
    return Style(lambda task_id: shorten(conn, task_id), color=ctx.color, width=width, links=links)


def short_id(ctx: Context, task_id: str) -> str:
    """An id as this output shows it: short on a terminal, whole in a pipe."""
    if ctx.isatty:
        return style(ctx).id(task_id)
    if task_id.isprintable():
        return task_id
    from bd_py.render import safe

    return safe(task_id)


def find(workspace: Workspace, ref: str, *, deleted: bool = False, elsewhere: bool = False) -> str:
    """The whole id of what was typed; with ``elsewhere`` the text itself where no task here is meant by it."""
    from bd_py.service.resolve import resolve

    try:
        return resolve(workspace.conn, workspace.config.prefix, ref, deleted=deleted)
    except NotFoundError as error:
        if elsewhere and not isinstance(error, AmbiguousError):
            return ref
        raise


def print_list(
    ctx: Context,
    find: Callable[[int, bool], Iterable[dict[str, Any]]],
    show: Callable[[Context, list[dict[str, Any]]], None],
    *,
    most: int,
    fields: str | None = None,
    jsonl: bool = False,
) -> None:
    """Print at most so many issues (0: all), as JSON or by ``show``; that some are left out is said on stderr.

    ``find(limit, brief)`` gives them as `bd_py.query.each` does; as JSON they are written while they are found.
    ``fields``: only these, as ``--fields`` has them. ``jsonl``: as ``--jsonl``, for a verb that has its own.
    """
    most = max(most, 0)
    if jsonl:
        ctx.json = ctx.jsonl = True
    pick = None
    if fields is not None:
        from bd_py.cli.shape import Shape

        pick = Shape(fields)
    # One more than is shown tells whether the limit cuts, for less than a count of them all.
    rows = iter(find(most + 1 if most else 0, not ctx.json and pick is None))
    # zip asks the range first, so that what the limit leaves out is still to come.
    shown = (row for _, row in zip(range(most), rows, strict=False)) if most else rows
    if ctx.json:
        ctx.emit_each(shown if pick is None else map(pick.of, shown))
    elif pick is not None:
        pick.show(ctx, shown, style(ctx))
    else:
        show(ctx, list(shown))
    # Who asks for one document reads no notes: it passes the limit that it wants.
    if most and not ctx.json and next(rows, None) is not None:
        tell_cut(ctx, most)


def tell_cut(ctx: Context, most: int) -> None:
    """That a limit left something out."""
    ctx.note(f"The first {most} are shown; --limit 0 shows all.")


def task_lines(
    how: Style,
    found: Sequence[dict[str, Any]],
    line: Callable[[dict[str, Any], Sequence[str], Style], str],
    needs: Callable[[dict[str, Any]], Sequence[str]] = lambda _: (),
) -> list[str]:
    """A line a task: columns on a terminal, ``line(issue, needs, how)`` in a pipe."""
    if not how.width:
        return [line(issue, needs(issue), how) for issue in found]
    from bd_py import columns

    return columns.tasks(found, [needs(issue) for issue in found], how)


def each(
    ctx: Context,
    ids: Iterable[str],
    do: Callable[[Write, str], bool],
    *,
    deleted: bool = False,
) -> list[tuple[str, bool]]:
    """Do something to several tasks in one write; those that can be done are, each failure is reported.

    Gives (whole id, whether it changed anything) of those that were done.
    """
    from bd_py.service.resolve import resolve

    refs = ctx.ids_arg(ids)
    workspace = ctx.workspace()
    done: list[tuple[str, bool]] = []
    with workspace.writing() as w:
        for ref in dict.fromkeys(refs):
            token = w.begin_item()
            try:
                task_id = resolve(w.conn, w.config.prefix, ref, deleted=deleted)
                changed = do(w, task_id)
                w.end_item()
            except TkError as error:
                w.undo_item(token)
                ctx.report(error)
            else:
                done.append((task_id, changed))
    return done


def emit_after(ctx: Context, ids: Sequence[str]) -> None:
    """``--json``: the issues after the change, as an array."""
    from bd_py import query

    ctx.emit(query.get(ctx.workspace().conn, ids))


def emit_details(ctx: Context, ids: Sequence[str]) -> None:
    """``--json``: the issues after the change with all that belongs to them, as ``show`` has them."""
    from bd_py import query_detail

    ctx.emit([query_detail.detail(ctx.workspace().conn, task_id) for task_id in ids])


def finish(ctx: Context, done: Sequence[tuple[str, bool]], sentence: Callable[[str], str], unchanged: str) -> None:
    """What was done, a line a task, or the issues as JSON."""
    if ctx.json:
        emit_after(ctx, [task_id for task_id, _ in done])
        return
    for task_id, changed in done:
        short = short_id(ctx, task_id)
        ctx.say(sentence(short) if changed else f"{short} {unchanged}")


def status_sentence(ctx: Context, done: Sequence[tuple[str, bool]], unchanged: str) -> None:
    """``Updated tk-7f3k -> closed``, with the status each task has now; and compound tasks that it took along."""
    if ctx.json:
        emit_after(ctx, [task_id for task_id, _ in done])
        return
    from bd_py import query_facts

    conn = ctx.workspace().conn
    children = []
    for task_id, changed in done:
        short = short_id(ctx, task_id)
        status, has_parent = query_facts.status(conn, task_id)
        ctx.say(f"Updated {short} -> {status}" if changed else f"{short} {unchanged}")
        if changed and has_parent:
            children.append(task_id)
    for task_id in query_facts.moved_along(conn, children):
        ctx.say(f"Updated {short_id(ctx, task_id)} -> {query_facts.status(conn, task_id)[0]}")


def shown_command(command: str | Sequence[str]) -> str:
    """A command as it would run, on one line: nothing in it may hide what stands before it."""
    from bd_py.render import safe

    if isinstance(command, str):
        return r" \n ".join(map(safe, command.split("\n")))
    import shlex

    return safe(shlex.join(command))

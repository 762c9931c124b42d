"""``tk search``: tasks by what they say."""

from __future__ import annotations

from bd_py import query
from bd_py.cli import fields
from bd_py.cli.common import print_list, style
from bd_py.cli.declare import FIELDS, Argument, Option, Verb
from bd_py.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.query_search import Hit

DEFAULT_LIMIT = 20


def run(ctx: Context, text: tuple[str, ...], limit: int, **values: Any) -> None:
    """Print what was found, the nearest first; a hit outside of the title with the words around it."""
    wanted = " ".join(text)
    if not wanted.strip():
        raise UsageError("nothing to search for", 'Give words, the beginnings of words, or a "phrase" in quotes.')
    workspace = ctx.workspace()
    where = query.Filter(query.LIVE if values["open"] else query.ALL)
    fields.list_filter(where, workspace, values, workspace.config)
    hits: dict[str, Hit] = {}

    def find(limit: int, brief: bool) -> list[dict[str, Any]]:
        from bd_py.service import search

        found = search.search(workspace, wanted, where, limit=limit, progress=_progress(ctx))
        hits.update((hit.id, hit) for hit in found)
        if not brief:
            return [_with_hit(issue, hits[issue["id"]]) for issue in query.get(workspace.conn, hits)]
        chosen = query.Filter("i.id IN (SELECT value FROM json_each(:ids))")
        from bd_py.jsonio import dumps

        chosen.values["ids"] = dumps(list(hits))
        rows = {row["id"]: row for row in query.issues(workspace.conn, chosen, brief=True, order="i.id")}
        return [rows[task_id] for task_id in hits]

    def show(ctx: Context, found: list[dict[str, Any]]) -> None:
        from bd_py import render

        how = style(ctx)
        for issue in found:
            hit = hits[issue["id"]]
            ctx.out(render.search_lines(issue, hit.title, hit.snippet, how))

    print_list(ctx, find, show, most=limit, fields=values["fields"])


def _with_hit(issue: dict[str, Any], hit: Hit) -> dict[str, Any]:
    from bd_py.query_search import MARKS

    snippet = hit.snippet or hit.title or issue["title"]
    plain = snippet.replace(MARKS[0], "").replace(MARKS[1], "")
    return {**issue, "match": hit.how, "score": round(hit.score, 3), "snippet": plain}


def _progress(ctx: Context) -> Callable[[float], None] | None:
    """What tells a person how far the first search is; None where nobody looks."""
    step = ctx.progress("Reading the tasks for the first search")
    return None if step is None else lambda share: step(int(1000 * share), 1000)


VERB = Verb(
    "search",
    run,
    "Find tasks by their words",
    details="Searches ids, titles, descriptions, design, acceptance, notes and comments. All words must be there, and "
    "what is in double quotes exactly so. The best come first: the id itself, the words side by side, all the words, "
    "words that begin so and, if nothing else is found, words one typo away; among these hits in the title come first, "
    "then open tasks.\n\n"
    "Closed tasks are found too, since the question is often whether something was done: --open leaves them out. The "
    "first search in a clone reads every task, later ones only what has changed.",
    examples=(
        "tk search vector layer",
        "tk search '\"vector layer\" refact' --open",
        "tk find timeout -t bug -s closed --json",
    ),
    arguments=(Argument("text", "Words, prefixes of words, a phrase in double quotes", nargs=-1),),
    options=(
        *fields.LIST_FILTERS,
        Option("open", "--open", kind="flag", help="Leave out closed tasks"),
        Option("all", "--all", kind="flag", help="Include closed tasks, as by default"),
        Option("limit", "-n", "--limit", kind="int", help="Show at most N, 0 for all", default=DEFAULT_LIMIT),
        FIELDS,
    ),
    aliases=("find",),
    paged=True,
)

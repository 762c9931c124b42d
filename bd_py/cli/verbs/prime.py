"""``tk prime``: one page that tells an agent how this tracker is used, and what is ready."""

from __future__ import annotations

from bd_py.cli.declare import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context
    from bd_py.workspace import Workspace

MAX_BYTES = 6000
READY = 10
MINE = 5
TITLE_BYTES = 90

PAGE = """\
# How work is tracked here: tk

{where}
writes events, and commit what it wrote together with your work. Ids look like {prefix}-7f3k9q2m1x; any unique
prefix works, also without "{prefix}-". Every command takes --json; --help lists its options.

## One task, from beginning to end

    export TK_ACTOR=name              who you are (else git's user.name); TK_SESSION=id tells two of one name apart
    tk ready                          what can be worked on now, the next task first
    tk show ID                        everything about it; read it, its comments and what it depends on
    tk claim ID                       take it before you begin; exit code 5: somebody else has it, take another
    tk comment ID "what you found"    where the code and the closing reason do not say enough
    tk close ID -r "what was done"    when it is done and checked, never before
    git add .tasks YOUR-FILES && git commit -m "What was done (ID)"      events and code in one commit

To give up a task: tk release ID --reason "why". If something is in its way: tk block ID "what".
`tk ready --claim` takes the first ready task and prints it, for when several work at once (--json: an array of one).

## Found more work? Write it down instead of doing it on the side

    tk create "Title" -d "why, and how to tell that it is done" -t bug -p 1 -l label --dep discovered-from:ID
    tk dep add A B                    A waits for B
    tk create "Part" --parent ID      a child
    tk create --graph plan.json       many at once: {{"nodes":[{{"key","title"}}],"edges":[{{"from","to"}}]}}

Types: {types}. Priorities: 0 (urgent) to 4, normal is 2.
A description can come from stdin: tk create "Title" -d - < notes.md

## Look around

    tk list [-s STATUS] [-l LABEL] [-a WHO] [--all]     tk blocked          what is blocked, and why
    tk dep tree ID     what it depends on               tk log ID           its history
    tk update ID --title T -p 0 --add-label L           tk sql "SELECT ..." read-only SQL
    tk undo            undoes your last command         tk doctor           when something looks wrong

## Rules

- A claim holds in this clone and its worktrees at once, and in other clones once your commit has reached them.
- After a pull, merge or checkout: tk sync. If git ever shows a conflict in .tasks/, tk sync resolves that too.
- Exit codes: 0 done, 2 usage, 3 not found, 4 not allowed, 5 held by another or changed, 6 cycle. Errors say what to do.
"""


_WHERE = {
    False: "Tasks live in this git repository, under .tasks/. Never edit those by hand: use the command tk, which",
    True: "Tasks are Markdown files under .tasks/queue/. People may edit and move them; you use the command tk, which",
}
"""By whether the store is plain files: then a claim, a gate or a note is more than a text can say."""


def run(ctx: Context) -> None:
    """Print the page; what it says of this tracker is cut to fit."""
    workspace = ctx.workspace()
    found = _found(workspace)
    config = workspace.config
    page = PAGE.format(where=_WHERE[workspace.paths.files], prefix=config.prefix, types=", ".join(config.types))
    text = page + "\n" + _now(found, MAX_BYTES - len(page.encode()) - 2)
    if ctx.json:
        ctx.emit({"text": text, "ready": [issue["id"] for issue in found["ready"]], "counts": found["counts"]})
    else:
        ctx.out(text)


def _found(workspace: Workspace) -> dict[str, Any]:
    from bd_py import query, query_facts

    conn, config = workspace.conn, workspace.config
    order = query.ORDERS[config.sort]
    who = workspace.actor().get("name")
    mine = query.Filter("i.priority >= 0 AND i.category = 'active'")
    mine.add("i.assignee = :who", who=who)
    counts: dict[str, int] = {}
    for status, count in query_facts.statuses(conn).items():
        category = config.statuses.get(status, "active")
        counts[category] = counts.get(category, 0) + count
    return {
        "who": who,
        "mine": query.issues(conn, mine, order=order, limit=MINE, brief=True),
        "ready": query.issues(
            conn, query.ready(query.Filter(), config.exclude_types), order=order, limit=READY, brief=True
        ),
        "counts": counts,
    }


def _now(found: dict[str, Any], room: int) -> str:
    """What is there now, in at most so many bytes."""
    counts = found["counts"]
    said = ", ".join(f"{counts.get(name, 0)} {word}" for name, word in _WORDS if counts.get(name)) or "no task yet"
    lines = [f"## Now: {said}"]
    if found["mine"]:
        lines += ["", f"Yours already ({_cut(found['who'], 40)}):", *map(_line, found["mine"])]
    if found["ready"]:
        lines += ["", "Ready, the next task first:", *map(_line, found["ready"])]
    elif counts:
        lines += ["", "Nothing is ready: 'tk blocked' shows why."]
    while len("\n".join(lines).encode()) > room and len(lines) > 1:
        lines.pop()
    return "\n".join(lines)


def _line(issue: dict[str, Any]) -> str:
    from bd_py.render import safe

    return f"    {safe(issue['id'])} [P{issue['priority']}] {_cut(issue['title'], TITLE_BYTES)}"


def _cut(text: str, most: int) -> str:
    """The text on one line in at most so many bytes, cut between characters."""
    from bd_py.render import safe

    data = safe(text).encode()
    return data.decode() if len(data) <= most else data[: most - 3].decode(errors="ignore") + "..."


_WORDS = (("open", "open"), ("active", "in progress"), ("waiting", "blocked or deferred"), ("done", "closed"))

VERB = Verb(
    "prime",
    run,
    "Print one page that tells an agent how to use tk here",
    details="""For the start of an agent's session: how to find, take, close and write down tasks here, and what is
    ready now, in less than 6,000 bytes. 'tk setup agents' makes AGENTS.md point to it.""",
    examples=("tk prime",),
)

"""``tk quickstart``: how this is used, on one page or before your eyes."""

from __future__ import annotations

from bd_py.cli.declare import Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context

PAGE = """\
tk keeps the tasks of a project in its git repository. Here is how, step by step.

1. Start, once, anywhere in the repository:

     tk init
     git add .tasks && git commit -m "Track tasks with tk"

2. Write down what there is to do. Each command prints the new id; later any unique prefix of it will do.

     tk create "Design the index" -p 1
     tk create "Build the index" -t feature
     tk dep add BUILD DESIGN            BUILD waits for DESIGN

3. Work. ready lists what can be started now; claim takes a task so that nobody else does.

     tk ready
     tk claim DESIGN
     tk comment DESIGN "Two levels are enough"
     tk close DESIGN --reason "drawn"

4. Commit. Every command adds to files under .tasks; commit them with the work they describe.

     git add .tasks && git commit

5. Share as usual: branch, pull, merge, push. Branches that both changed tasks merge without conflicts.

     git pull
     tk sync                            shows what came in
     tk conflicts                       fields that both sides edited: the later one wins, both are shown

6. Look things up.

     tk show ID      tk list --all      tk blocked      tk log ID      tk COMMAND --help

If something looks wrong: tk doctor. If events were lost: tk recover.
'tk quickstart --demo' runs all of this in a scratch repository and shows the output."""


def run(ctx: Context, demo: bool) -> None:
    """Print the page, or run the demonstration and show each step as it happens."""
    if not demo:
        if ctx.json:
            ctx.emit({"text": PAGE})
        else:
            ctx.out(PAGE)
        return
    from bd_py.service import demo as demonstration

    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if not ctx.json:
            ctx.out(text)
            ctx.flush()

    demonstration.run(say)
    if ctx.json:
        ctx.emit({"text": "\n".join(said)})
        return
    ctx.out("\nThat was a scratch repository, and it is gone. In your own: 'tk init', then 'tk create'.")


VERB = Verb(
    "quickstart",
    run,
    "Learn tk, step by step",
    details="""--demo shows it in a scratch repository that is removed at the end: tasks, two branches that both change
    some, a plain git merge. Nothing of yours is touched.""",
    examples=("tk quickstart", "tk quickstart --demo"),
    options=(Option("demo", "--demo", help="Run it in a scratch repository.", kind="flag"),),
)

"""``tk init``: make the store."""

from __future__ import annotations

from bd_py.cli.declare import Option, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.install import Installed
    from bd_py.service.setup import Made


def run(ctx: Context, prefix: str | None, backend: str | None, hooks: bool | None) -> None:
    """Make ``.tasks`` and say what to do next; set up git's hooks where that is wanted."""
    from bd_py.service.setup import init

    made = init(ctx.directory, prefix, backend)
    if hooks is None and made.made and made.paths.git_dir is not None:
        hooks = ctx.confirm("Have git take task events along with your commits (tk install-hooks)?")
    installed = _install(made) if hooks else None
    if ctx.json:
        more = {} if installed is None else installed.to_json()
        ctx.emit({"path": made.paths.tasks, "prefix": made.prefix, "made": made.made, **more})
    elif not made.made:
        ctx.say(f"Already there: {made.paths.tasks} (ids begin with {made.prefix}-). Nothing was changed.")
    else:
        _say_made(ctx, made, hooks=installed is not None)
    if installed is not None and not ctx.json:
        from bd_py.cli.verbs.install_hooks import say

        say(ctx, installed)


def _install(made: Made) -> Installed:
    from bd_py.service.install import install

    return install(made.paths)


def _say_made(ctx: Context, made: Made, *, hooks: bool) -> None:
    ctx.say(f"Made {made.paths.tasks}: {', '.join(made.made)}")
    ctx.say(f"Ids of tasks will begin with {made.prefix}-")
    ctx.say("")
    ctx.say("Next:")
    ctx.say('  tk create "A first task"      then tk ready, tk claim, tk close')
    if made.paths.git_dir is not None:
        ctx.say('  git add .tasks && git commit -m "Track tasks with tk"')
        ctx.say("")
        what = "writes files" if made.paths.files else "adds to new files"
        if hooks:
            ctx.say(f"Every command {what} under {made.paths.below}: git's hooks commit them with your work.")
        else:
            ctx.say(f"Every command {what} under {made.paths.below}: commit them with your work ('git add .tasks').")
            ctx.say("'tk install-hooks' has git do that on its own.")
    else:
        ctx.say("")
        ctx.say("There is no git repository here. tk works without one; after 'git init', add .tasks to it.")


VERB = Verb(
    "init",
    run,
    "Start a tracker: create .tasks",
    details="""Creates it at the root of the git repository, or in the current folder if that is outside of git or has
    a .tasks already. Running it again only creates what is missing. The files are the same everywhere, so two
    branches may both do it.""",
    examples=("tk init", "tk init --prefix app", "tk init --hooks", "tk init --backend files"),
    options=(
        Option("prefix", "--prefix", help="The prefix of new ids (default: tk).", metavar="NAME"),
        Option(
            "backend",
            "--backend",
            help="How tasks are kept: log (default), or files, one per task.",
            choices=("log", "files"),
        ),
        Option("hooks", "--hooks/--no-hooks", help="Also run install-hooks (asked on a terminal).", kind="flag"),
    ),
)

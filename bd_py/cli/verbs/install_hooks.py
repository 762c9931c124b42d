"""``tk install-hooks``: have git take the tasks' events along."""

from __future__ import annotations

from bd_py.cli.declare import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.install import Hook, Installed


def run(ctx: Context) -> None:
    """Set up hooks and merge driver, and tell what stands where."""
    from bd_py import paths
    from bd_py.service.install import install

    found = install(paths.find(ctx.directory))
    if ctx.json:
        ctx.emit(found.to_json())
    else:
        say(ctx, found)


def say(ctx: Context, found: Installed) -> None:
    """What was done, in words, and what is left to do."""
    for hook in found.hooks:
        ctx.say(f"{hook.event:<14} {_sentence(hook)}")
    if found.driver:
        ctx.say("merge driver   registered")
    for hook in found.hooks:
        if hook.advice:
            ctx.note(f"{hook.event}: {hook.path}: {hook.advice}" if "\n" not in hook.advice else hook.advice)
    for note in found.notes:
        ctx.say(note)


def _sentence(hook: Hook) -> str:
    where = "git's configuration" if hook.kind == "config" else hook.path
    return {"written": f"written to {where}", "there": f"there already: {where}"}.get(hook.state, "to be done by hand")


VERB = Verb(
    "install-hooks",
    run,
    "Have git commit task events, and take in those it brings",
    details="""Sets up six hooks and the merge driver for this clone and all its worktrees. pre-commit adds new task
    events to your commit and refuses conflict markers in the log; post-commit records commits whose message says
    'Closes: ID' or 'Refs: ID'; post-merge, post-checkout and post-rewrite take in what git brought; pre-push checks
    once more. If nothing under .tasks is concerned, they do not even start tk.

    A commit of nothing but task events still needs 'git add .tasks' first: git decides whether there is anything to
    commit before it looks at what a hook staged.

    With git 2.54 or newer they are entries in the repository's configuration. With an older git each is a marked
    block in the existing hook, or a new file. husky, lefthook, pre-commit and core.hooksPath are supported. Other
    hooks are never renamed or overwritten, and 'tk uninstall-hooks' leaves every file as it was. If tk is not on
    PATH, the hooks do nothing.""",
    examples=("tk install-hooks", "tk install-hooks --json"),
)

"""``tk completion SHELL``: the script that teaches a shell tk's commands and options."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context

SHELLS = ("bash", "zsh", "fish")


def run(ctx: Context, shell: str) -> None:
    """Print click's script for the shell; it asks tk itself whenever Tab is pressed."""
    import click
    from click.shell_completion import ShellComplete, get_completion_class

    from bd_py.cli.click_app import COMPLETE_VAR
    from bd_py.cli.declare import PROGRAM

    kind = get_completion_class(shell)
    assert kind is not None, shell
    maker = kind(click.Command(PROGRAM), {}, PROGRAM, COMPLETE_VAR)
    script = ShellComplete.source(maker).rstrip("\n")  # not bash's own, which starts bash for its version
    if ctx.json:
        ctx.emit({"shell": shell, "script": script})
    else:
        ctx.out(script)


VERB = Verb(
    "completion",
    run,
    "Print the completion script of a shell",
    details="""For bash, put eval "$(tk completion bash)" into ~/.bashrc; for zsh, the same with zsh into
    ~/.zshrc; for fish, write the script to ~/.config/fish/completions/tk.fish. bash must be 4.4 or later.""",
    examples=("tk completion bash", "tk completion fish"),
    arguments=(Argument("shell", "Which shell.", choices=SHELLS),),
)

"""Run a jq program over JSON lines, with the jq that is installed."""

from __future__ import annotations

from bd_py.errors import InvalidError, TkError

_SELECTING = ". as $task | (\n{program}\n) | if . == true then $task elif . == false then empty else . end"
"""An answer of true or false is a question about the task, anything else is what was asked for."""

_COMPILE = 3
"""jq's exit code for a program that it does not understand."""


def run(program: str, lines: bytes, *, raw: bool = False) -> str:
    """What jq prints for the lines, one value a line; true selects the line, false leaves it out.

    Raises TkError where there is no jq, InvalidError for a program that it refuses or that fails.
    """
    import subprocess

    if not program.strip():
        program = "."
    # The colours of JQ_COLORS are jq's own affair on a terminal; here its output is read.
    command = ["jq", "-r" if raw else "-c", "-M", *(["-c"] if raw else []), _SELECTING.format(program=program)]
    try:
        done = subprocess.run(command, input=lines, capture_output=True, check=False)
    except FileNotFoundError:
        hint = "Install jq, or read what 'tk query' prints without a program."
        raise TkError("jq was not found, and a program needs it", hint) from None
    except (OSError, ValueError) as error:  # a program too long for a command line, a NUL in it
        raise InvalidError(f"cannot run jq: {error}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = next((line for line in said if line.startswith("jq: error")), said[0] if said else "it says nothing")
        what = "jq does not understand the program" if done.returncode == _COMPILE else "the jq program failed"
        why = why.removeprefix("jq: error").lstrip(": ").split(" (Unix shell quoting issues?)")[0]
        raise InvalidError(f"{what}: {why}", "Quote it for the shell: tk query '.priority == 0'.")
    return done.stdout.decode(errors="replace")

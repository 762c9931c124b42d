"""``tk doctor``: look whether everything is as it should be."""

from __future__ import annotations

from bd_py.cli.declare import Option, Verb
from bd_py.cli.words import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.service.checks import Check, Finding

_MARKS = {"error": "!", "warning": "?", "info": " "}


def run(ctx: Context, fix: bool) -> int:
    """Check everything, mend first if asked; 9 where the log is damaged, 1 where another check fails."""
    from bd_py.service import doctor

    workspace = ctx.workspace()
    fixed = doctor.fix(workspace) if fix else []
    found = doctor.examine(workspace)
    found.fixed = fixed
    ctx.told = True
    if ctx.json:
        ctx.emit(found.to_json())
        return found.exit_code
    for sentence in fixed:
        ctx.say(f"Fixed: {sentence}")
    for check in found.checks:
        _show(ctx, check)
    verdict = "all is well" if found.ok else "see what is marked with !"
    ctx.out(f"{count(found.events, 'event')} in {count(found.files, 'file')}: {verdict}")
    return found.exit_code


def _show(ctx: Context, check: Check) -> None:
    if check.ok and (ctx.quiet or not check.findings):
        ctx.say(f"ok    {check.name}")
        return
    ctx.out(f"{'ok   ' if check.ok else 'FAIL '} {check.name}")
    for finding in check.findings:
        ctx.out(f"    {_MARKS[finding.level]} {_sentence(finding)}")


def _sentence(finding: Finding) -> str:
    from bd_py.render import safe

    place = ""
    if finding.file is not None:
        place = finding.file + (f":{finding.line}" if finding.line else "") + ": "
    hint = f" — {finding.hint}" if finding.hint else ""
    return safe(place + finding.reason + hint)


VERB = Verb(
    "doctor",
    run,
    "Check the log, the cache and the set-up",
    details="""Reads every file of the log, folds it, and compares the cache with the result, row by row. It changes
    nothing that git can see, unless --fix is given: then it drops conflict markers from the log, adds what
    .gitattributes and .gitignore lack, and rebuilds a cache that is wrong. Exits with 9 if the log is damaged, and
    with 1 if another check fails; findings marked with ?, or with nothing, are for your information only.""",
    examples=("tk doctor", "tk doctor --fix", "tk doctor --json"),
    options=(Option("fix", "--fix", help="Fix what can be fixed safely.", kind="flag"),),
)

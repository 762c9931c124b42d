"""``tk claim``: take a task."""

from __future__ import annotations

from bd_py.cli.common import each, status_sentence
from bd_py.cli.declare import Argument, Option, Verb
from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.cli.context import Context
    from bd_py.write import Write


def run(ctx: Context, ids: tuple[str, ...], ttl: int | None, force: bool) -> None:
    """Claim each task; the holder again renews."""
    from bd_py.service import claims

    if ttl is not None and ttl <= 0:
        raise InvalidError(f"--ttl {ttl}: not a number of seconds above 0", "Give how long the claim may last.")

    def take(w: Write, task_id: str) -> bool:
        claims.claim(w, task_id, ttl=ttl, force=force)
        return True

    status_sentence(ctx, each(ctx, ids, take), "")


VERB = Verb(
    "claim",
    run,
    "Take a task: it is yours, and in progress",
    details="If several claim it at once, one gets it; the others are told who, and exit with 5. Claiming it again "
    "renews the claim.",
    examples=("tk claim 7f3k", "tk claim 7f3k --session s1 --ttl 3600"),
    arguments=(Argument("ids", "Tasks to take", nargs=-1, metavar="ID"),),
    options=(
        Option("ttl", "--ttl", kind="int", help="Let the claim run out after this many seconds", metavar="SECONDS"),
        Option("force", "--force", kind="flag", help="Take it even if somebody else holds it, or it is blocked"),
    ),
    aliases=("start",),
)

"""Before a push: no conflict marker of a merge goes out in the log; a word on the events that stay at home."""

from __future__ import annotations

import os

from bd_py import git
from bd_py.paths import is_segment
from bd_py.service.staging import CHUNK, LOG, QUEUE, status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.service.hook_outcome import Outcome
    from bd_py.workspace import Workspace

_PLAINLY = ("-n", "-z", "-a", "--no-color", "--no-column")
"""Whatever the user's settings say; -a, since a segment that a crash left zeros in is no text to git."""
_MARKERS = ("-e", "^<<<<<<< ", "-e", "^>>>>>>> ", "-e", "^||||||| ")
_REF_WORDS = 4


def before_push(workspace: Workspace, remote: str, refs: bytes | None, out: Outcome) -> None:
    """Look at the logs that are pushed, as far as the other side has not got them.

    ``refs`` is what git tells the hook: ``<local ref> <its id> <remote ref> <its id>`` a line. None where
    whoever calls the hook keeps that to itself: then HEAD is compared with its upstream.
    """
    root = workspace.paths.root
    if refs is None:
        pushed = {"HEAD": _changed(root, "@{upstream}", "HEAD", remote)}
    else:
        pushed = {}
        lines = (line.split(" ") for line in os.fsdecode(refs).splitlines())
        for rev, before in dict.fromkeys((words[1], words[3]) for words in lines if len(words) == _REF_WORDS):
            if rev.strip("0"):
                pushed.setdefault(rev, set()).update(_changed(root, before, rev, remote))
    for rev, names in pushed.items():
        out.refused += _marked(root, rev, sorted(names))
    index = workspace.paths.git_dir + "/index" if workspace.paths.git_dir else ""
    left = [n for n, both in status(workspace.paths, index).items() if n.startswith((LOG, QUEUE)) and both[1] in "?M"]
    if left:
        count = "1 file" if len(left) == 1 else f"{len(left)} files"
        out.warnings.append(f"{count} of task events not committed, so not pushed: 'git add .tasks && git commit'")


def _changed(root: str, before: str, rev: str, remote: str) -> set[str]:
    """The segments of a commit that the other side's one lacks, or has otherwise.

    Where that one is not known here (a new branch, a push by force), what none of the remote's branches has.
    """
    options = ("-r", "-z", "--name-only", "--no-renames", "--diff-filter=d", "--relative")
    out = git.ask(root, "diff-tree", *options, before, rev, "--", LOG, QUEUE) if before.strip("0") else None
    if out is None:
        known = f"--remotes={remote}" if remote else "--remotes"
        walk = ("-m", "-z", "--format=", "--name-only", "--no-renames", "--diff-filter=d", "--relative")
        out = git.log(root, *walk, rev, "--not", known, "--", LOG, QUEUE) or b""
    return {os.fsdecode(name) for name in out.split(b"\0") if is_segment(os.path.basename(os.fsdecode(name)))}


def _marked(root: str, rev: str, names: Sequence[str]) -> list[str]:
    """Where conflict markers stand in some files of a commit; those that it has no more are left out."""
    found = []
    for k in range(0, len(names), CHUNK):
        few = (":(literal)" + name for name in names[k : k + CHUNK])
        hits = git.ask(root, "grep", *_PLAINLY, *_MARKERS, rev, "--", *few, ok=(0, 1)) or b""
        for hit in hits.split(b"\n")[:-1]:
            name, number, _ = hit.split(b"\0", 2)
            found.append(f"{os.fsdecode(name).removeprefix(rev + ':')}:{number.decode()}: a conflict marker")
    return found

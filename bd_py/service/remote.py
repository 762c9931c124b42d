"""``sync --remote``: commit what tk wrote, fetch, merge, push; again where another was faster.

The commit holds ``.tasks`` and nothing else, whatever is staged beside. The merge and the push are git's own:
of the branch, with the user's hooks and settings.
"""

from __future__ import annotations

import os
import time

from bd_py import git
from bd_py.errors import ConflictError, TkError
from bd_py.paths import STORE
from bd_py.service import begun_merge, exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.workspace import Workspace

ATTEMPTS = 5
"""How often to fetch, merge and push before giving up: each failure means that another's push came between."""

_MESSAGE = "Update tasks"
_SECONDS = 900.0
_IN_THE_WAY = "would be overwritten by merge"
"""What git says of files that a person changed, before it writes any."""
_FASTER = ("[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value")
"""What git says where another's push came first: before it, or at the same moment."""


class Exchanged:
    """What went to and fro: with which branch, the commit made (None: nothing to commit), commits in and out."""

    __slots__ = ("attempts", "branch", "committed", "merged", "pushed", "remote")

    def __init__(self, remote: str, branch: str) -> None:
        self.remote = remote
        self.branch = branch
        self.committed: str | None = None
        self.merged = 0
        self.pushed = 0
        self.attempts = 0

    def to_json(self) -> dict[str, Any]:
        """The value of ``remote`` in the document of ``tk sync --remote --json``."""
        return {name: getattr(self, name) for name in ("remote", "branch", "committed", "merged", "pushed", "attempts")}


def sync_remote(workspace: Workspace, remote: str | None = None) -> tuple[Exchanged, exchange.Report]:
    """Exchange with the branch's upstream, or with the branch of the same name on ``remote``.

    Raises TkError during a merge or rebase, on a detached HEAD and without an upstream, with nothing done;
    ConflictError where files other than the log conflict (the merge is undone) or the push is too late
    every time. What was committed and merged by then stays, and the next sync tells it. A merge in which an earlier
    sync was killed is finished first.
    """
    root = workspace.paths.root
    finished = _finish_what_was_cut_off(workspace)
    done = _target(workspace, remote)
    done.merged = finished
    exchange.repair(workspace)
    done.committed = _commit(root)
    moved, refused = False, ""
    for attempt in range(1, ATTEMPTS + 1):
        done.attempts = attempt
        _fetch(root, done)
        if merged := _merge(workspace, done):
            done.merged += merged
            exchange.finish(workspace)
            done.committed = _commit(root) or done.committed
            moved = attempt > 1 or moved
        ahead = _count(root, f"{_ref(done)}..HEAD")
        if not ahead:
            break
        refused = _push(root, done)
        if not refused:
            done.pushed = ahead
            break
        time.sleep(0.05 * 2**attempt * (1 + os.urandom(1)[0] / 256))
    else:
        if not moved:  # nobody was faster: a lock that a killed push left, in the words of git
            raise _not_pushed(done, refused)
        raise ConflictError(
            f"{done.remote}/{done.branch} moved on {ATTEMPTS} times between fetch and push",
            "Everything is committed and merged here: run 'tk sync --remote' again.",
        )
    return done, exchange.sync_local(workspace)


def _finish_what_was_cut_off(workspace: Workspace) -> int:
    """Finish the merge in which a sync was killed; how many commits came in. Raises TkError where a person has to."""
    paths = workspace.paths
    begun = begun_merge.noted(paths)
    if begun is None or paths.git_dir is None:
        return 0
    came, busy = 0, git.under_way(paths.git_dir)
    is_its = busy == "merge" and begun_merge.is_under_way(paths.git_dir, begun)
    is_made = begun_merge.is_made(paths.root, begun)
    if is_its and not is_made:
        exchange.repair(workspace)
        begun_merge.refuse_what_a_person_works_on(paths, begun)
    if is_its:
        _do(paths.root, "merge", "--quit")
    if is_its and not is_made:
        # Anew, since a kill may have left it empty: git would commit without the other parent.
        _do(paths.root, "update-ref", "MERGE_HEAD", begun.theirs)
        _do(paths.root, "commit", "--quiet", "-m", begun.message)
    if is_its or is_made:
        exchange.finish(workspace)
        came = _count(paths.root, f"{begun.ours}..{begun.theirs}")
    elif busy is None:
        exchange.repair(workspace)
        begun_merge.put_back(paths, begun)
    begun_merge.forget(paths.git_dir)
    return came


def _target(workspace: Workspace, remote: str | None) -> Exchanged:
    """With whom to exchange, or why not."""
    root, git_dir = workspace.paths.root, workspace.paths.git_dir
    if git_dir is None:
        raise TkError("there is no git repository to exchange with", "'git init', add a remote, push once; then sync.")
    busy = git.under_way(git_dir)
    if busy not in (None, "bisect"):
        raise TkError(f"a {busy} is under way", f"Finish it, or 'git {busy} --abort'; then sync.")
    left = sorted(git.unmerged(root, ":/"))
    if left:
        raise TkError(f"{left[0]} is not merged yet", "Resolve it and 'git add' it; then sync.")
    here = git.act(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    if here.code:
        raise TkError("HEAD is detached: there is no branch to exchange", "'git switch BRANCH' first.")
    branch = here.out.strip()
    form = "%(upstream:remotename)%00%(upstream:remoteref)"
    upstream = git.act(root, "for-each-ref", f"--format={form}", f"refs/heads/{branch}").out.strip("\n")
    name, _, ref = upstream.partition("\0")
    if remote is not None and remote not in git.act(root, "remote").out.splitlines():
        raise TkError(f"no remote '{remote}'", "'git remote -v' lists them, 'git remote add' adds one.")
    if remote is None and (not name or not ref):
        raise TkError(f"branch {branch} has no upstream", f"'git push -u origin {branch}' gives it one; then sync.")
    if remote is None and name == ".":
        raise TkError(f"the upstream of {branch} is a branch of this clone", "Name a remote: 'tk sync --remote NAME'.")
    if remote in (None, name):
        return Exchanged(name, ref.removeprefix("refs/heads/"))
    assert remote is not None
    return Exchanged(remote, branch)


def _ref(done: Exchanged) -> str:
    return f"refs/remotes/{done.remote}/{done.branch}"


def _commit(root: str) -> str | None:
    """Commit everything below ``.tasks`` and nothing else; the commit's id, None where nothing had changed."""
    if not git.status(root, STORE):
        return None
    _do(root, "add", "--", STORE)
    if not git.status(root, STORE):
        return None
    _do(root, "commit", "--quiet", "--only", "-m", _MESSAGE, "--", STORE)
    return git.commit(root, "HEAD")


def _fetch(root: str, done: Exchanged) -> None:
    found = git.act(root, "fetch", "--quiet", done.remote, f"+refs/heads/{done.branch}:{_ref(done)}", timeout=_SECONDS)
    if not found.code:
        return
    if "couldn't find remote ref" in found.err:
        raise TkError(
            f"{done.remote} has no branch {done.branch}",
            f"'git push -u {done.remote} {done.branch}' makes it; then sync.",
        )
    raise TkError(f"git fetch {done.remote} failed: {found.words}", "Everything is committed here; sync again later.")


def _merge(workspace: Workspace, done: Exchanged) -> int:
    """Merge what was fetched; how many commits came in. Conflicts in the log are settled, others undo the merge."""
    root, git_dir = workspace.paths.root, workspace.paths.git_dir
    behind = _count(root, f"HEAD..{_ref(done)}")
    if not behind or git_dir is None:
        return 0
    message = f"Merge branch '{done.branch}' of {done.remote}"
    ours, theirs = (git.commit(root, rev) or "" for rev in ("HEAD", _ref(done)))
    begun_merge.note(git_dir, begun_merge.Begun(ours, theirs, message))
    merged = git.act(root, "merge", "--quiet", "--no-edit", "-m", message, _ref(done), timeout=_SECONDS)
    if not merged.code:
        begun_merge.forget(git_dir)
        return behind
    if git.under_way(git_dir) != "merge":
        if _IN_THE_WAY not in merged.words:  # git may have written files before it failed: the note has them put back
            raise TkError(
                f"git merge failed: {merged.words}", "Everything is committed here: mend that, and sync again."
            )
        begun_merge.forget(git_dir)
        raise TkError(
            f"git merge refuses: {merged.words}",
            f"Commit or stash what is in the way, 'git merge {done.remote}/{done.branch}'; then sync.",
        )
    exchange.repair(workspace)
    left = sorted(git.unmerged(root, ":/"))
    if left:
        begun_merge.forget(git_dir)  # first: what is half undone must not be taken for what git made
        git.act(root, "merge", "--abort")
        raise ConflictError(
            f"{_named(left)}; the merge is undone",
            f"'git merge {done.remote}/{done.branch}', resolve and commit; then sync.",
            files=left,
        )
    _do(root, "commit", "--quiet", "--no-edit")
    begun_merge.forget(git_dir)
    return behind


def _named(left: list[str]) -> str:
    """The files that conflict, in words."""
    return f"{left[0]} conflicts" if len(left) == 1 else f"{len(left)} files conflict, the first is {left[0]}"


def _push(root: str, done: Exchanged) -> str:
    """Push the branch; what git says where another's push came first, or seems to. Raises TkError."""
    found = git.act(root, "push", "--porcelain", done.remote, f"HEAD:refs/heads/{done.branch}", timeout=_SECONDS)
    if not found.code:
        return ""
    said = found.out + found.err
    if any(word in said for word in _FASTER):
        return found.words
    raise _not_pushed(done, found.words)


def _not_pushed(done: Exchanged, words: str) -> TkError:
    return TkError(
        f"git push {done.remote} failed: {words}",
        "Everything is committed and merged here. Where the branch is protected, push another and ask for its merge.",
    )


def _count(root: str, commits: str) -> int:
    return int(_do(root, "rev-list", "--count", commits).out)


def _do(root: str, *args: str) -> git.Done:
    done = git.act(root, *args)
    if done.code:
        raise TkError(f"git {args[0]} failed: {done.words}", "Nothing is lost: mend that, and sync again.")
    return done

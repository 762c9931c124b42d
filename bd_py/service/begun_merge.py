"""The merge that ``sync --remote`` began: known again where the sync was killed in it, and finished.

A note in tk's folder of the git directory says what is about to be merged. It is believed only while nothing but git
has worked on that merge: the index is what git makes of these two commits, and a segment that conflicted has every
line of both. So a merge that a person began, or has gone on with, is never touched.
"""

from __future__ import annotations

import os

from bd_py import files, git, log
from bd_py.errors import ConflictError, TkError
from bd_py.paths import STORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.paths import Paths

_NOTE = "/tk/merging"
_KNOWS_MERGE_TREE = (2, 38)


class Begun:
    """A merge: of ``theirs`` into ``ours``, ids of commits, and the message of the commit that it is to become."""

    __slots__ = ("message", "ours", "theirs")

    def __init__(self, ours: str, theirs: str, message: str) -> None:
        self.ours = ours
        self.theirs = theirs
        self.message = message


def note(git_dir: str, begun: Begun) -> None:
    """Say that a merge begins. Raises TkError."""
    os.makedirs(git_dir + "/tk", exist_ok=True)
    files.replace(git_dir + _NOTE, "\n".join([begun.ours, begun.theirs, begun.message]).encode())


def forget(git_dir: str) -> None:
    """The merge has ended, or is about to be undone."""
    try:
        os.unlink(git_dir + _NOTE)
    except FileNotFoundError:
        pass


def noted(paths: Paths) -> Begun | None:
    """The merge in which an earlier sync was killed, where HEAD is still what it was then; None where there is none."""
    if paths.git_dir is None or (data := files.read(paths.git_dir + _NOTE)) is None:
        return None
    lines = data.decode("utf-8", "replace").split("\n", 2)
    if len(lines) < 3 or git.commit(paths.root, "HEAD") != lines[0]:
        forget(paths.git_dir)
        return None
    return Begun(*lines)


def is_under_way(git_dir: str, begun: Begun) -> bool:
    """Whether it is this merge that git is in the middle of, by its commit and its message.

    A kill may have left either file empty.
    """
    heads = (files.read(git_dir + "/MERGE_HEAD") or b"").decode("ascii", "replace").split()
    said = (files.read(git_dir + "/MERGE_MSG") or b"").decode("utf-8", "replace")
    return heads in ([begun.theirs], []) and said.startswith(begun.message[: len(said)])


def put_back(paths: Paths, begun: Begun) -> None:
    """Where git was killed while it wrote the merge's files, have those that it wrote as they were.

    Else git would take them for a person's, which a merge must not write over. A file is put back only where it holds,
    to the byte, what the merge brings: nothing of a person's is lost, and the next merge brings it again. The store's
    own files stay: they are committed and merge with themselves.
    """
    made = _made_by_git(paths.root, begun)
    if made is None or paths.git_dir is None:
        return
    prefix = git.prefix(paths.root)
    top = os.path.normpath(os.path.join(paths.root, "../" * prefix.count("/")))
    before, after = git.tree(top, begun.ours), git.tree(top, made[0])
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    other = _otherwise(top, made[0], paths.git_dir + _NOTE + ".index") | made[1]
    written = {
        name for name in changed if (name in after or not os.path.lexists(f"{top}/{name}")) and name not in other
    }
    written = {name for name in written if not name.startswith(f"{prefix}{STORE}/")}
    for name in written - before.keys():
        os.unlink(f"{top}/{name}")
    git.stage(top, written - before.keys())
    if back := written & before.keys():
        joined = b"".join(os.fsencode(name) + b"\0" for name in sorted(back))
        source = ("--pathspec-from-file=-", "--pathspec-file-nul")
        git.ask(top, "--literal-pathspecs", "checkout", "--quiet", begun.ours, *source, input=joined)


def _otherwise(top: str, tree: str, index: str) -> set[str]:
    """The files of a tree that the work tree has otherwise, or not at all."""
    try:
        git.ask(top, "read-tree", tree, index=index)
        git.ask(top, "update-index", "-q", "--refresh", ok=(0, 1), index=index)
        out = git.ask(top, "diff-files", "--name-only", "-z", index=index)
    finally:
        files.remove(index)
    if out is None:
        raise git.GitError("git diff-files failed")
    return _names(out)


def refuse_what_a_person_works_on(paths: Paths, begun: Begun) -> None:
    """Raise where the merge is not to be finished.

    ConflictError for files that a person has to resolve; TkError where the index is not what git made it, so that
    somebody has gone on with the merge.
    """
    if left := sorted(git.unmerged(paths.root, ":/")):
        raise ConflictError(
            f"{left[0]} conflicts, and the sync that began this merge was cut off",
            "Resolve it, 'git add' it and 'git commit', or 'git merge --abort'; then sync.",
            files=left,
        )
    made = _made_by_git(paths.root, begun)
    if made is not None:
        tree, conflicts = made
        settled = all(_is_settled(paths, begun, name) for name in conflicts)
        if settled and _staged_otherwise(paths.root, tree) <= conflicts:
            return
    raise TkError(
        "a merge is under way that a sync began, and somebody may have gone on with it",
        "Finish it by 'git commit', or 'git merge --abort'; then sync.",
    )


def _is_settled(paths: Paths, begun: Begun, name: str) -> bool:
    """Whether a file that conflicted is one that `exchange.repair` settles, and nothing of either side is lost.

    A segment has every line of both; the text of a task is written anew from its events.
    """
    if not name.startswith(git.prefix(paths.root) + paths.below + "/"):
        return False
    if paths.files and name.endswith(".md"):
        return True
    ours, theirs, here = (_lines(paths.root, f"{rev}:{name}") for rev in (begun.ours, begun.theirs, ""))
    return log.is_segment(os.path.basename(name)) and ours | theirs <= here


def _made_by_git(root: str, begun: Begun) -> tuple[str, set[str]] | None:
    """The tree that git makes of the two commits, and the files that conflict in it, from the top on."""
    if git.version_numbers() < _KNOWS_MERGE_TREE:
        return None
    form = ("--write-tree", "--name-only", "--no-messages", "-z")
    out = git.ask(root, "merge-tree", *form, begun.ours, begun.theirs, ok=(0, 1))
    if not out:
        return None
    tree, *conflicts = (os.fsdecode(name) for name in out.split(b"\0") if name)
    return tree, set(conflicts)


def _staged_otherwise(root: str, tree: str) -> set[str]:
    """The files, from the top on, that the index has otherwise than a tree."""
    out = git.ask(root, "diff-index", "--cached", "--name-only", "--no-renames", "-z", tree)
    if out is None:
        raise git.GitError("git diff-index failed")
    return _names(out)


def _names(out: bytes) -> set[str]:
    return {os.fsdecode(name) for name in out.split(b"\0") if name}


def _lines(root: str, rev: str) -> set[bytes]:
    data = git.ask(root, "cat-file", "blob", rev) or b""
    return {line.rstrip(b"\r") for line in data.split(b"\n")} - {b""}

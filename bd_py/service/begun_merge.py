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
    files.remove(git_dir + _NOTE)


def noted(paths: Paths) -> Begun | None:
    """The merge in which an earlier sync was killed, where HEAD is still what it was, or is the merge already."""
    if paths.git_dir is None or (data := files.read(paths.git_dir + _NOTE)) is None:
        return None
    lines = data.decode("utf-8", "replace").split("\n", 2)
    if len(lines) == 3:
        begun = Begun(*lines)
        if git.commit(paths.root, "HEAD") == begun.ours or is_made(paths.root, begun):
            return begun
    forget(paths.git_dir)
    return None


def is_made(root: str, begun: Begun) -> bool:
    """Whether HEAD is the commit of this merge: where git was killed after it, all that is left is its own files."""
    return [git.commit(root, f"HEAD^{k}") for k in (1, 2)] == [begun.ours, begun.theirs]


def is_under_way(git_dir: str, begun: Begun) -> bool:
    """Whether it is this merge that git is in the middle of, by its commit and its message.

    A kill may have left either file empty.
    """
    heads = (files.read(git_dir + "/MERGE_HEAD") or b"").decode("ascii", "replace").split()
    said = (files.read(git_dir + "/MERGE_MSG") or b"").decode("utf-8", "replace")
    return heads in ([begun.theirs], []) and said.startswith(begun.message[: len(said)])


def put_back(paths: Paths, begun: Begun) -> None:
    """Where git was killed while it wrote the merge's files, have those that it wrote as they were.

    Else git would take them for a person's, which a merge must not write over. A file is put back only where it holds
    what the merge brings, or as much of it as was written: nothing of a person's is lost, and the next merge brings it
    again. The store's own files stay: they are committed and merge with themselves.
    """
    made = _made_by_git(paths.root, begun)
    if made is None or paths.git_dir is None:
        return
    prefix = git.prefix(paths.root)
    top = os.path.normpath(os.path.join(paths.root, "../" * prefix.count("/")))
    before, after = git.tree(top, begun.ours), git.tree(top, made[0])
    other = _otherwise(top, made[0], paths.git_dir + _NOTE + ".index")
    new: list[str] = []
    back: list[str] = []
    for name in sorted({*before, *after} - made[1]):
        if before.get(name) == after.get(name) or name.startswith(f"{prefix}{STORE}/"):
            continue
        path = f"{top}/{name}"
        if name not in after:
            written = not os.path.lexists(path)
        else:
            written = not os.path.isdir(path) and (name not in other or _is_begun(top, made[0], name))
        if written:
            (back if name in before else new).append(name)
    for name in new:
        os.unlink(f"{top}/{name}")
    git.stage(top, new)
    if back:
        joined = b"".join(os.fsencode(name) + b"\0" for name in back)
        source = ("--pathspec-from-file=-", "--pathspec-file-nul")
        git.ask(top, "--literal-pathspecs", "checkout", "--quiet", begun.ours, *source, input=joined)


def _otherwise(top: str, tree: str, index: str) -> set[str]:
    """The files of a tree that the work tree has otherwise, or not at all. Raises GitError."""
    files.remove(index + ".lock")  # of a sync that was killed here
    try:
        known = git.ask(top, "read-tree", tree, index=index)
        git.ask(top, "update-index", "-q", "--refresh", ok=(0, 1), index=index)
        out = git.ask(top, "diff-files", "--name-only", "-z", index=index)
    finally:
        files.remove(index)
    if known is None or out is None:
        raise git.GitError("git diff-files failed")
    return _names(out)


def _is_begun(top: str, tree: str, name: str) -> bool:
    """Whether a file holds the beginning of what a tree has there, and nothing else; never through a link."""
    path = f"{top}/{name}"
    if os.path.realpath(path) != f"{os.path.realpath(top)}/{name}" or (begun := files.read(path)) is None:
        return False
    whole = git.ask(top, "cat-file", "--filters", f"{tree}:{name}")
    return whole is not None and whole.startswith(begun)


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

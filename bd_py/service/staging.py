"""Before a commit and a push: nothing damaged goes out, and the tasks' events go along with the code."""

from __future__ import annotations

import os

from bd_py import files, git, log, query_history, sync
from bd_py.cache import births
from bd_py.cache.writer import set_meta
from bd_py.merge import without_markers
from bd_py.paths import STORE, head_position
from bd_py.service.notices import bad_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from bd_py.hooks_impl import Outcome
    from bd_py.paths import Paths
    from bd_py.workspace import Workspace
    from bd_py.write import Write

_UNDER_WAY = ("rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD")
_OWN = ("config.toml", ".gitattributes", ".gitignore")
_LOG = f"{STORE}/log/"
_CHUNK = 500
_MANY_NAMES = 8


def before_commit(workspace: Workspace, index: str, out: Outcome) -> bool:
    """Look at what is staged, seal the live segment, and stage what belongs to this branch.

    False where nothing may be staged now.

    git commits from another index than its own for ``git commit FILE`` and ``--only``: what were staged there
    would be missing in its own one afterwards, so nothing is.
    """
    wanted: list[str] = []
    with workspace.writing() as w:
        letters = _letters(workspace.paths, index)
        out.refused += _markers(w, letters, index)
        free = is_own_index(workspace.paths, index) and not under_way(workspace.paths) and not _has_unmerged(letters)
        if free and not out.refused and w.config.values["hooks.stage"]:
            wanted = _seal(w, letters, out)
    if out.refused:
        return False
    if workspace.bad_lines:
        out.warnings.append(f"{bad_lines(workspace.bad_lines)}: 'tk doctor' names file, line and reason")
    if not add(workspace.paths.root, index, wanted):
        out.warnings.append("git did not take the tasks' events along: 'git add .tasks' says why")
    return free


def _seal(w: Write, letters: dict[str, str], out: Outcome) -> list[str]:
    """What is written from now on is for the next commit; the files that belong to this one."""
    away = _elsewhere(w)
    if w.cache.meta.get("live"):
        set_meta(w.conn, w.cache.meta, "live", "")
    wanted = [name for name, both in letters.items() if _is_wanted(name, both)]
    stays = [name for name in wanted if name.removeprefix(_LOG) in away]
    births.keep(w.conn, w.cache.meta, {name.removeprefix(_LOG): away[name.removeprefix(_LOG)] for name in stays})
    if len(sync.second_names(w.paths)) > _MANY_NAMES:
        sync.prune_second_names(w.paths, w.conn)
    if stays:
        branches = sorted({away[name.removeprefix(_LOG)].removeprefix("refs/heads/") for name in stays})
        out.warnings.append(
            f"events that were written on {', '.join(branches)} stay uncommitted: 'git add .tasks' takes them along"
        )
    return [name for name in wanted if name not in stays]


def _is_wanted(name: str, letters: str) -> bool:
    """Whether a path is to be staged: new or grown segments, and a new store's own files; never a deletion."""
    if name.startswith(_LOG):
        return log.is_segment(os.path.basename(name)) and (letters == "??" or letters[1] == "M")
    return letters == "??" and name.removeprefix(STORE + "/") in _OWN


def _elsewhere(w: Write) -> dict[str, str]:
    """The segments that belong to another branch, unless this one grew out of that."""
    paths = w.workspace.paths
    found = births.elsewhere(w.conn, w.cache.meta, head_position(paths.git_dir))
    foreign = {}
    for ref in set(found.values()):
        tip = git.commit(paths.root, ref)
        if tip is not None and git.ask(paths.root, "merge-base", "--is-ancestor", tip, "HEAD") is None:
            foreign[ref] = True
    return {path: ref for path, ref in found.items() if ref in foreign}


def add(root: str, index: str, names: Sequence[str]) -> bool:
    """Stage files in an index; False where git refused."""
    done = True
    for k in range(0, len(names), _CHUNK):
        args = ("--literal-pathspecs", "add", "--", *names[k : k + _CHUNK])
        done = git.ask(root, *args, index=index) is not None and done
    return done


def git_index(paths: Paths) -> str | None:
    """The index that git commits from; None where its variables name another repository than this store's."""
    if paths.git_dir is None:
        return None
    named = os.environ.get("GIT_DIR")
    if named and not _same(named, paths.git_dir):
        return None
    index = os.environ.get("GIT_INDEX_FILE")
    return os.path.abspath(index) if index else paths.git_dir + "/index"


def is_own_index(paths: Paths, index: str) -> bool:
    """Whether an index is the one that stays after the commit, or the one that replaces it."""
    return any(_same(index, f"{paths.git_dir}/{name}") for name in ("index", "index.lock"))


def under_way(paths: Paths, what: Sequence[str] = _UNDER_WAY) -> bool:
    """Whether git is in the middle of something that commits on its own."""
    return any(os.path.exists(f"{paths.git_dir}/{name}") for name in what)


def _same(path: str, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def _letters(paths: Paths, index: str) -> dict[str, str]:
    """git's two letters for each path under ``.tasks`` that is not as HEAD has it, by path below the root."""
    out = git.ask(
        paths.root,
        *("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", STORE),
        index=index,
    )
    cut = len(git.prefix(paths.root))
    return {os.fsdecode(e[3:])[cut:]: e[:2].decode() for e in (out or b"").split(b"\0") if e}


def _has_unmerged(letters: dict[str, str]) -> bool:
    return any("U" in both or both in ("AA", "DD") for both in letters.values())


def _markers(w: Write, letters: dict[str, str], index: str) -> list[str]:
    """Where conflict markers stand in what is staged.

    The cache has counted what is wrong in each file; only where the staged bytes are others, git is asked.
    """
    suspects = {_LOG + path for path in query_history.damaged_segments(w.conn)}
    found = []
    for name, both in letters.items():
        if not name.startswith(_LOG) or not log.is_segment(os.path.basename(name)) or both[0] in " ?D":
            continue
        if both[1] != " ":
            data = git.ask(w.paths.root, "cat-file", "blob", f":./{name}", index=index) or b""
        elif name in suspects:
            data = files.read(f"{w.paths.root}/{name}") or b""
        else:
            continue
        found += _lines(name, data)
    return found


def _lines(name: str, data: bytes) -> list[str]:
    bad = log.parse(data).bad if without_markers(data) != data else []
    numbers = [number for number, reason in bad if reason == "conflict marker"]
    return [f"{name}:{number}: a conflict marker" for number in numbers]


def before_push(workspace: Workspace, out: Outcome) -> None:
    """Look at what HEAD's log has that the branch it is pushed to has not; say what stays at home."""
    root = workspace.paths.root
    args = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=d", "--relative")
    names = git.ask(root, *args, "@{upstream}", "HEAD", "--", _LOG)
    if names is None:
        changed = list(git.tree(root, "HEAD", _LOG))
    else:
        changed = [os.fsdecode(name) for name in names.split(b"\0") if name]
    marked = [":(literal)" + name for name in changed if log.is_segment(os.path.basename(name))]
    for k in range(0, len(marked), _CHUNK):
        patterns = ("-e", "^<<<<<<< ", "-e", "^>>>>>>> ", "-e", "^||||||| ")
        hits = git.ask(root, "grep", "-n", "-z", *patterns, "HEAD", "--", *marked[k : k + _CHUNK], ok=(0, 1)) or b""
        for hit in hits.splitlines():
            name, number, _ = hit.split(b"\0", 2)
            out.refused.append(f"{os.fsdecode(name).removeprefix('HEAD:')}:{number.decode()}: a conflict marker")
    index = workspace.paths.git_dir + "/index" if workspace.paths.git_dir else ""
    left = [n for n, both in _letters(workspace.paths, index).items() if n.startswith(_LOG) and both[1] in "?M"]
    if left:
        count = "1 file" if len(left) == 1 else f"{len(left)} files"
        out.warnings.append(f"{count} of task events not committed, so not pushed: 'git add .tasks && git commit'")

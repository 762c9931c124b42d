"""Before a commit: nothing damaged goes in, and the tasks' events go along with the code.

git waits for this, so what it imports is little: no event is read but where something is wrong.
"""

from __future__ import annotations

import os

from bd_py import git
from bd_py.cache import births
from bd_py.cache.session import set_meta
from bd_py.paths import STORE, head_position, is_segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from bd_py.cache.session import Notes
    from bd_py.paths import Paths
    from bd_py.service.hook_outcome import Outcome
    from bd_py.workspace import Workspace

_UNDER_WAY = ("rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD")
_OWN = ("config.toml", ".gitattributes", ".gitignore")
LOG = f"{STORE}/log/"
QUEUE = f"{STORE}/queue/"
CHUNK = 500
"""How many names one call of git is given."""
_MANY_NAMES = 32
"""Second names that may stay; to see whether one can go takes a look at HEAD's tree."""


def before_commit(workspace: Workspace, index: str, letters: dict[str, str], out: Outcome) -> bool:
    """Look at what is staged, seal the live segment, and stage what belongs to this branch.

    ``letters`` is git's status of ``.tasks``, see `status`. False where nothing may be staged now.

    git commits from another index than its own for ``git commit FILE`` and ``--only``: what were staged there
    would be missing in its own one afterwards, so nothing is.
    """
    wanted: list[str] = []
    with workspace.noting() as notes:
        out.refused += _markers(notes, letters, index)
        free = is_own_index(workspace.paths, index) and not under_way(workspace.paths) and not _has_unmerged(letters)
        if free and not out.refused and setting(workspace, "hooks.stage"):
            wanted = _seal(notes, letters, out)
    if out.refused:
        return False
    if workspace.bad_lines:
        from bd_py.service.notices import bad_lines

        out.warnings.append(f"{bad_lines(workspace.bad_lines)}: 'tk doctor' names file, line and reason")
    if not add(workspace.paths.root, index, wanted):
        out.warnings.append("git did not take the tasks' events along: 'git add .tasks' says why")
    return free


def setting(workspace: Workspace, name: str) -> Any:
    """One setting, without reading JSON where the settings do not name it."""
    from bd_py.config import DEFAULTS

    return workspace.config.values[name] if name in workspace.meta["config"] else DEFAULTS[name]


def _seal(notes: Notes, letters: dict[str, str], out: Outcome) -> list[str]:
    """What is written from now on is for the next commit; the files that belong to this one."""
    away = _elsewhere(notes)
    if notes.meta.get("live"):
        set_meta(notes.conn, notes.meta, "live", "")
    wanted = [name for name, both in letters.items() if _is_wanted(name, both)]
    stays = [name for name in wanted if name.removeprefix(LOG) in away]
    births.keep(notes.conn, notes.meta, {name.removeprefix(LOG): away[name.removeprefix(LOG)] for name in stays})
    if _has_many_names(notes.paths):
        from bd_py import sync

        sync.prune_second_names(notes.paths, notes.conn)
    if stays:
        branches = sorted({away[name.removeprefix(LOG)].removeprefix("refs/heads/") for name in stays})
        out.warnings.append(
            f"events that were written on {', '.join(branches)} stay uncommitted: 'git add .tasks' takes them along"
        )
    return [name for name in wanted if name not in stays]


def _is_wanted(name: str, letters: str) -> bool:
    """Whether a path is to be staged: new or grown segments, and a new store's own files; never a deletion.

    In a queue files move with the status of their tasks: there all of its files, and those that went.
    """
    if name.startswith(QUEUE):
        base = os.path.basename(name)
        ours = is_segment(base) or (base.endswith(".md") and base[0] != ".") or base == _OWN[1]
        return ours and (letters == "??" or letters[1] in "MD")
    if name.startswith(LOG):
        return is_segment(os.path.basename(name)) and (letters == "??" or letters[1] == "M")
    return letters == "??" and name.removeprefix(STORE + "/") in _OWN


def _has_many_names(paths: Paths) -> bool:
    try:
        return paths.open_segments is not None and len(os.listdir(paths.open_segments)) > _MANY_NAMES
    except OSError:
        return False


def _elsewhere(notes: Notes) -> dict[str, str]:
    """The segments that belong to another branch, unless this one grew out of that."""
    root = notes.paths.root
    found = births.elsewhere(notes.conn, notes.meta, head_position(notes.paths.git_dir))
    foreign = {}
    for ref in set(found.values()):
        tip = git.commit(root, ref)
        if tip is not None and git.ask(root, "merge-base", "--is-ancestor", tip, "HEAD") is None:
            foreign[ref] = True
    return {path: ref for path, ref in found.items() if ref in foreign}


def add(root: str, index: str, names: Sequence[str]) -> bool:
    """Stage files in an index; False where git refused."""
    done = True
    for k in range(0, len(names), CHUNK):
        args = ("--literal-pathspecs", "add", "--", *names[k : k + CHUNK])
        done = git.do(root, *args, index=index) and done
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
    return path == other or os.path.realpath(path) == os.path.realpath(other)


def status(paths: Paths, index: str, said: bytes | None = None) -> dict[str, str]:
    """git's two letters for each path under ``.tasks`` that is not as HEAD has it, by path below the root.

    ``said`` is what the hook's own ``git status --porcelain --no-renames -uall -- .tasks`` answered, where it asked.
    """
    if said is None:
        args = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", STORE)
        entries = (git.ask(paths.root, *args, index=index) or b"").split(b"\0")
    else:
        entries = [line[:3] + _unquoted(line[3:]) for line in said.splitlines()]
    cut = len(git.prefix(paths.root))
    return {os.fsdecode(e[3:])[cut:]: e[:2].decode() for e in entries if e}


def _unquoted(name: bytes) -> bytes:
    """A path as it is, which git puts in quotes as C does where a shell would mind it."""
    return name[1:-1].decode("unicode_escape").encode("latin-1") if name[:1] == b'"' else name


def _has_unmerged(letters: dict[str, str]) -> bool:
    return any("U" in both or both in ("AA", "DD") for both in letters.values())


def _markers(notes: Notes, letters: dict[str, str], index: str) -> list[str]:
    """Where conflict markers stand in what is staged.

    The cache has counted what is wrong in each file; only where the staged bytes are others, git is asked.
    """
    suspects: set[str] = set()
    if notes.meta.get("bad_lines", "0") != "0":
        from bd_py import sync

        suspects = {f"{notes.paths.below}/{path}" for path in sync.damaged(notes.conn)}
    found = []
    for name, both in letters.items():
        if not name.startswith((LOG, QUEUE)) or not is_segment(os.path.basename(name)) or both[0] in " ?D":
            continue
        if both[1] != " ":
            data = git.ask(notes.paths.root, "cat-file", "blob", f":./{name}", index=index) or b""
        elif name in suspects:
            from bd_py import files

            data = files.read(f"{notes.paths.root}/{name}") or b""
        else:
            continue
        found += _lines(name, data)
    return found


def _lines(name: str, data: bytes) -> list[str]:
    from bd_py import log
    from bd_py.merge import without_markers

    bad = log.parse(data).bad if without_markers(data) != data else []
    numbers = [number for number, reason in bad if reason == "conflict marker"]
    return [f"{name}:{number}: a conflict marker" for number in numbers]

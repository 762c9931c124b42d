"""The one door to git: a function a question. Every answer comes from the git command, NUL-separated.

git is asked in the folder that holds ``.tasks``, and paths are relative to it. Variables that bind git to
another repository are dropped: hooks inherit GIT_DIR and GIT_INDEX_FILE, and a script may run tk elsewhere.
"""

from __future__ import annotations

import os

from bd_py.errors import TkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TIMEOUT = 120.0
"""Seconds for one question; a walk through a long history on a cold disk is the slowest."""

_BINDING = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
)
_SETTLED = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",  # asking never rewrites the index
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # nor fetches what a partial clone left out
}


class GitError(TkError):
    """git is missing, or failed where it should not."""

    code = "git"


def environment() -> dict[str, str]:
    """The environment that git is asked in."""
    kept = {name: value for name, value in os.environ.items() if name not in _BINDING}
    return {**kept, **_SETTLED}


def ask(root: str, *args: str, input: bytes = b"", ok: Sequence[int] = (0,), index: str | None = None) -> bytes | None:
    """What git says; None where it ends with a status that is not ``ok``. ``index``: another than the usual one.

    Raises GitError where git cannot be run or takes too long.
    """
    env = environment()
    if index is not None:
        env["GIT_INDEX_FILE"] = index
    from bd_py import spawn

    if len(input) <= spawn.MOST_INPUT and hasattr(os, "posix_spawnp"):
        try:
            code, out = spawn.output(["git", "-C", root, *args], env, TIMEOUT, input)
        except FileNotFoundError:
            raise GitError("git was not found", "Install git, or put it on PATH.") from None
        except OSError as error:
            raise GitError(f"git {args[0]}: {error}") from None
        return out if code in ok else None
    import subprocess

    try:
        done = subprocess.run(
            ["git", *args], cwd=root, env=env, input=input, capture_output=True, check=False, timeout=TIMEOUT
        )
    except FileNotFoundError:
        raise GitError("git was not found", "Install git, or put it on PATH.") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git {args[0]}: {error}") from None
    return done.stdout if done.returncode in ok else None


def do(root: str, *args: str, index: str | None = None) -> bool:
    """Have git do something in an index where nobody asks what it says; whether it did."""
    if not hasattr(os, "posix_spawnp"):
        return ask(root, *args, index=index) is not None
    from bd_py import spawn

    env = environment()
    if index is not None:
        env["GIT_INDEX_FILE"] = index
    try:
        return spawn.status(["git", "-C", root, *args], env) == 0
    except OSError:
        return False


def version() -> str | None:
    """git's version, None where there is no git."""
    try:
        out = ask("/", "version")
    except GitError:
        return None
    words = os.fsdecode(out or b"").split()
    return words[2] if len(words) > 2 else None


def version_numbers(text: str | None = None) -> tuple[int, ...]:
    """The first two numbers of a version, to compare; git's own where none is given, (0,) where there is no git."""
    return tuple(int(part) for part in (text or version() or "0").split(".")[:2] if part.isdigit())


def setting(root: str, name: str) -> str | None:
    """A value of git's configuration; None where it is not set, or git cannot be asked."""
    try:
        out = ask(root, "config", "-z", "--get", name)
    except GitError:
        return None
    return None if out is None else out.decode("utf-8", "replace").partition("\0")[0]


def prefix(root: str) -> str:
    """The path of a store's folder below the top of the working tree, with a slash; "" at the top."""
    # By looking, as git does: a process less for every hook.
    top = root
    while not os.path.lexists(top.rstrip("/") + "/.git"):
        if top == os.path.dirname(top):
            return ""
        top = os.path.dirname(top)
    below = os.path.relpath(root, top)
    return "" if below == "." else below + "/"


def commit(root: str, rev: str) -> str | None:
    """The id of the commit that a revision names."""
    out = ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", rev + "^{commit}")
    return out.decode().strip() if out else None


def tree(root: str, rev: str, *paths: str) -> dict[str, str]:
    """The files below some paths in a revision, with the ids of their blobs; empty where there is no such revision."""
    out = ask(root, "ls-tree", "-r", "-z", rev, "--", *paths) or b""
    files = {}
    for entry in out.split(b"\0")[:-1]:
        about, _, name = entry.partition(b"\t")
        files[os.fsdecode(name)] = about.split()[2].decode()
    return files


def differing(root: str, commit_id: str, path: str) -> set[str] | None:
    """The files below ``path`` that the working tree has otherwise than a commit, or not at all; None for no answer.

    New files that git does not track yet are not among them.
    """
    options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules", "--relative")
    out = ask(root, "diff", *options, commit_id, "--", path)
    return None if out is None else set(_names(out))


def blobs(root: str, oids: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs by id, those that are missing left out. Raises GitError."""
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    out = _of_objects(root, "--batch", wanted)
    found, at = {}, 0
    for oid in wanted:
        end = out.index(b"\n", at)
        about = out[at:end].split()
        at = end + 1
        if len(about) == 3:  # "oid type size"; "oid missing" has no content after it
            size = int(about[2])
            found[oid] = out[at : at + size]
            at += size + 1
    return found


def known_objects(root: str, oids: Iterable[str]) -> set[str]:
    """Those of some object ids that the repository has, reachable or not. Raises GitError."""
    wanted = list(oids)
    if not wanted:
        return set()
    out = _of_objects(root, "--batch-check", wanted)
    return {line.split()[0].decode() for line in out.splitlines() if not line.endswith(b" missing")}


def _of_objects(root: str, what: str, oids: Sequence[str]) -> bytes:
    """What ``git cat-file`` says of some objects. That it could not be asked is not that they are missing."""
    out = ask(root, "cat-file", what, input="".join(oid + "\n" for oid in oids).encode())
    if out is None:
        raise GitError("git cat-file failed")
    return out


def log(root: str, *args: str) -> bytes | None:
    """What ``git log`` says: the commits alone, without the checks of signatures that a user may have switched on."""
    return ask(root, "log", "--no-show-signature", *args)


def committed_versions(root: str, paths: Sequence[str]) -> dict[str, set[str]]:
    """The blobs that some paths ever had in a commit that a ref, a stash or a reflog still knows, by path."""
    import itertools

    found: dict[str, set[str]] = {}
    for k in range(0, len(paths), 200):  # a command line has a limit
        few = paths[k : k + 200]
        out = log(
            root,
            *("--all", "--reflog", "--full-history", "-m", "--no-renames", "--format=", "--raw"),
            *("--no-abbrev", "-z", "--relative", "--", *few),
        )
        # With --raw -z an entry is two fields, ":modes oids letter" and the path; -m repeats it for each parent.
        fields = (out or b"").split(b"\0")
        for about, name in itertools.pairwise(fields):
            if about.lstrip(b"\n").startswith(b":"):
                oid = about.split()[3].decode()
                if oid.strip("0"):
                    found.setdefault(os.fsdecode(name), set()).add(oid)
    return found


def ever_had(root: str, path: str) -> bool:
    """Whether a commit that a ref, a stash or a reflog still knows has a path; the newest ends the search."""
    return bool(ask(root, "rev-list", "--all", "--reflog", "--full-history", "-n", "1", "--", path))


def hash_blob(root: str, data: bytes, like: str | None = None) -> str:
    """The id that a blob of these bytes has; ``like`` is any id of the repository, where one is at hand."""
    import hashlib

    if like is None:
        sha256 = (ask(root, "rev-parse", "--show-object-format") or b"").strip() == b"sha256"
    else:
        sha256 = len(like) == 64
    header = b"blob %d\0" % len(data)
    kind = hashlib.sha256 if sha256 else hashlib.sha1
    return kind(header + data, usedforsecurity=False).hexdigest()


def status(root: str, path: str) -> dict[str, str]:
    """git's two letters for every path below ``path`` that is not as HEAD has it ("??" is untracked)."""
    out = ask(root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", path) or b""
    prefix = ask(root, "rev-parse", "--show-prefix") or b""
    cut = len(os.fsdecode(prefix.rstrip(b"\n")))
    return {os.fsdecode(e[3:])[cut:]: e[:2].decode() for e in out.split(b"\0") if e}


def tracked(root: str, paths: Sequence[str]) -> list[str]:
    """Those of some paths that are in the index."""
    return _names(ask(root, "ls-files", "-z", "--", *paths))


def ignored(root: str, paths: Sequence[str]) -> list[str]:
    """Those of some paths that git's ignore rules leave out."""
    joined = b"".join(os.fsencode(path) + b"\0" for path in paths)
    return _names(ask(root, "check-ignore", "-z", "--stdin", "--no-index", input=joined, ok=(0, 1)))


def _names(out: bytes | None) -> list[str]:
    return [os.fsdecode(name) for name in (out or b"").split(b"\0") if name]


class Done:
    """How a git command ended: its status, and what it said."""

    __slots__ = ("code", "err", "out")

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def words(self) -> str:
        """What it said, for people: stderr, else stdout."""
        return (self.err.strip() or self.out.strip()).replace("\n", "; ")


def act(root: str, *args: str, timeout: float = TIMEOUT) -> Done:
    """Run a command that changes the repository, or talks to another, as the user would: with hooks and lazy fetches.

    Raises GitError where git cannot be run or takes too long.
    """
    import subprocess

    env = {name: value for name, value in os.environ.items() if name not in _BINDING}
    env |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_MERGE_AUTOEDIT": "no"}
    try:
        done = subprocess.run(
            ["git", *args],
            cwd=root,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=timeout,
        )
    except FileNotFoundError:
        raise GitError("git was not found", "Install git, or put it on PATH.") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git {args[0]}: {error}") from None
    return Done(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def unmerged(root: str, path: str) -> dict[str, dict[int, str]]:
    """The files below ``path`` that the index has in stages: base 1, ours 2, theirs 3, with the ids of their blobs."""
    found: dict[str, dict[int, str]] = {}
    for entry in (ask(root, "ls-files", "-u", "-z", "--", path) or b"").split(b"\0")[:-1]:
        about, _, name = entry.partition(b"\t")
        _, oid, stage = about.split()
        found.setdefault(os.fsdecode(name), {})[int(stage)] = oid.decode()
    return found


def stage(root: str, paths: Iterable[str]) -> bool:
    """Make the index hold some paths as the work tree has them, removed where they are gone; False where it cannot."""
    joined = b"".join(os.fsencode(path) + b"\0" for path in paths)
    return not joined or ask(root, "update-index", "--add", "--remove", "-z", "--stdin", input=joined) is not None


def under_way(git_dir: str) -> str | None:
    """What git is in the middle of ("merge", "rebase", ...), None where nothing."""
    marks = (
        ("rebase-merge", "rebase"),
        ("rebase-apply", "rebase"),
        ("MERGE_HEAD", "merge"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
        ("sequencer", "cherry-pick"),
        ("BISECT_LOG", "bisect"),
    )
    return next((what for name, what in marks if os.path.exists(f"{git_dir}/{name}")), None)

"""Where things are: the store, the git directory, the position of HEAD.

Everything is read from git's own files; no process is started.
"""

from __future__ import annotations

import os

from bd_py.errors import InvalidError, NoStoreError, NotFoundError

STORE = ".tasks"
LOG = f"{STORE}/log"
QUEUE = f"{STORE}/queue"
"""Where the events are from the root on, with either backend: what git is asked about."""


class Paths:
    """The places of one store. ``git_dir`` is that of this worktree, None outside git.

    ``log`` is the folder that holds the events: ``log``, or with the plain-files backend (``files``) ``queue``.
    """

    __slots__ = ("_git", "_shared", "cache", "config", "files", "lock", "log", "root", "tasks")

    def __init__(self, tasks: str) -> None:
        self.tasks = tasks
        self.root = os.path.dirname(tasks)
        self.choose()
        self.cache = tasks + "/cache.db"
        self.lock = tasks + "/lock"
        self.config = tasks + "/config.toml"
        self._git: tuple[str | None] | None = None
        self._shared: tuple[Shared | None] | None = None

    def choose(self) -> None:
        """Look which backend the store has. Raises InvalidError where a folder of its events is a link."""
        refuse_link(self.queue)
        refuse_link(self.tasks + "/log")
        self.files = os.path.isdir(self.queue)
        self.log = self.queue if self.files else self.tasks + "/log"

    @property
    def queue(self) -> str:
        """The folder of the plain-files backend."""
        return self.tasks + "/queue"

    @property
    def below(self) -> str:
        """The folder of the events from the root on, for git and for people: ``.tasks/log``."""
        return f"{STORE}/{os.path.basename(self.log)}"

    @property
    def git_dir(self) -> str | None:
        """The git directory of the worktree that the store is in."""
        if self._git is None:
            self._git = (find_git_dir(self.root),)
        return self._git[0]

    @property
    def open_segments(self) -> str | None:
        """The folder of the second names of segments that are not committed yet."""
        return None if self.git_dir is None else self.git_dir + "/tk/open"

    @property
    def shared(self) -> Shared | None:
        """What this worktree shares with the clone's others; None where it is the only one."""
        if self._shared is None:
            self._shared = (find_shared(self.root),)
        return self._shared[0]


class Shared:
    """What the worktrees of a clone share: their common git directory, and the folder of tk in it.

    ``worktree`` is this one's name as git has it, "" for the main one; ``store`` is the path of the folder
    that holds ``.tasks`` below the worktree's top, the same in each.
    """

    __slots__ = ("common", "folder", "git_dir", "store", "worktree")

    def __init__(self, common: str, git_dir: str, store: str) -> None:
        self.common = common
        self.git_dir = git_dir
        self.folder = common + "/tk"
        self.store = store
        self.worktree = "" if git_dir == common else os.path.basename(git_dir)

    def worktrees(self) -> list[str]:
        """The names of all worktrees, the main one first."""
        try:
            return ["", *sorted(os.listdir(self.common + "/worktrees"))]
        except OSError:
            return [""]

    def top(self, name: str) -> str | None:
        """The top folder of a worktree; None where git's files don't tell."""
        if name:
            target = _read(f"{self.common}/worktrees/{name}/gitdir").strip()
            full = os.path.normpath(os.path.join(f"{self.common}/worktrees/{name}", target))
            return os.path.dirname(full) if target else None
        return os.path.dirname(self.common) if os.path.basename(self.common) == ".git" else None

    def branch(self, name: str | None = None) -> str | None:
        """The full name of the branch that a worktree (default: this one) is on; None where it is on none."""
        here = self.git_dir if name is None else f"{self.common}/worktrees/{name}" if name else self.common
        head = _read(here + "/HEAD").strip()
        return head[5:] if head.startswith("ref: ") else None

    def has_branch(self, name: str | None) -> bool:
        """Whether there is such a branch; where refs are not kept in files, one is taken to be there."""
        if name is None:
            return False
        if os.path.exists(f"{self.common}/{name}") or os.path.isdir(self.common + "/reftable"):
            return True
        try:
            with open(self.common + "/packed-refs", "rb") as file:
                return b" " + os.fsencode(name) + b"\n" in file.read()
        except OSError:
            return False


def find_shared(root: str) -> Shared | None:
    """What the worktree that ``root`` is in shares with others; None where it is the only one.

    In a clone with one worktree this opens nothing: it asks every command that writes.
    """
    here = root
    while True:
        dot_git = here.rstrip("/") + "/.git"
        if os.path.isdir(dot_git):
            if not os.path.isdir(dot_git + "/worktrees"):
                # A folder without HEAD is no repository, as for git: the search goes on above it.
                if os.path.exists(dot_git + "/HEAD"):
                    return None
            else:
                return _shared(dot_git, here, root)
        elif os.path.lexists(dot_git):
            git_dir = find_git_dir(here)
            return None if git_dir is None else _shared(git_dir, here, root)
        parent = os.path.dirname(here)
        if parent == here:
            return None
        here = parent


def _shared(git_dir: str, top: str, root: str) -> Shared | None:
    common = common_dir(git_dir)
    try:
        # git leaves the folder behind, empty, when the last linked worktree goes
        if not os.listdir(common + "/worktrees"):
            return None
    except OSError:
        return None
    return Shared(common, git_dir, os.path.relpath(root, top))


def find(directory: str | None = None) -> Paths:
    """The store that serves ``directory`` (default: the working directory), walking up.

    ``TK_DIR`` overrides, as GIT_DIR does: a ``.tasks`` folder, or the folder that holds one.
    Raises NoStoreError.
    """
    override = os.environ.get("TK_DIR")
    if override and directory is None:
        path = os.path.abspath(override)
        for candidate in (path, path + "/" + STORE):
            if os.path.basename(candidate) == STORE and os.path.isdir(candidate):
                return Paths(candidate)
        raise NoStoreError(f"TK_DIR={override} holds no {STORE}", "Run 'tk init' there, or unset TK_DIR.")
    start = start_directory(directory)
    here = start
    while True:
        candidate = here.rstrip("/") + "/" + STORE
        if os.path.isdir(candidate):
            return Paths(candidate)
        parent = os.path.dirname(here)
        if parent == here:
            raise NoStoreError(f"no {STORE} in {start} or above", _what_to_do(start))
        here = parent


def _what_to_do(start: str) -> str:
    """Where a ``.tasks`` was deleted, the second names of its segments are still in the git directory."""
    git_dir = find_git_dir(start)
    try:
        left = git_dir is not None and any(name.endswith(".jsonl") for name in os.listdir(git_dir + "/tk/open"))
    except OSError:
        left = False
    if git_dir is not None and left_out(git_dir, start):
        return "This checkout is sparse and leaves it out: 'git sparse-checkout add .tasks' brings it."
    if left:
        return "There was one, with events that may be in no commit: 'tk recover' brings them back."
    return "Run 'tk init' to start one."


def refuse_link(path: str) -> None:
    """Raise InvalidError where something of a store is a symbolic link: a clone brings links to anywhere."""
    if os.path.islink(path):
        raise InvalidError(
            f"{path} is a symbolic link, which tk neither reads nor writes through",
            "It may lead out of the repository, and a clone brings it along. Put a real file or folder in its place.",
        )


def left_out(git_dir: str, directory: str) -> bool:
    """Whether git tracks a store for ``directory`` or above that a sparse checkout leaves out of the work tree."""
    if not os.path.exists(git_dir + "/info/sparse-checkout"):
        return False
    from bd_py import git

    here = directory
    while True:
        try:
            said = git.ask(here, "ls-files", "-t", "-z", "--", STORE + "/config.toml") or b""
        except git.GitError:
            return False
        if said.startswith(b"S "):
            return True
        if os.path.lexists(here.rstrip("/") + "/.git") or os.path.dirname(here) == here:
            return False
        here = os.path.dirname(here)


def start_directory(directory: str | None) -> str:
    """The absolute path to start looking from. Raises NotFoundError where it is no folder."""
    try:
        start = os.getcwd() if directory is None else os.path.abspath(directory)
    except FileNotFoundError:
        raise NotFoundError("the working directory is gone", "Change to a folder that exists.") from None
    if directory is not None and not os.path.isdir(start):
        raise NotFoundError(f"no folder {directory}", "Give -C a folder that exists.")
    return start


def find_git_dir(root: str) -> str | None:
    """The git directory that serves ``root``: ``.git``, or what a ``.git`` file of a worktree points to."""
    here = root
    while True:
        dot_git = here.rstrip("/") + "/.git"
        try:
            with open(dot_git, "rb") as file:
                line = file.read(4096)
        except IsADirectoryError:
            if os.path.exists(dot_git + "/HEAD"):
                return dot_git
        except OSError:
            pass
        else:
            if line.startswith(b"gitdir: "):
                target = os.fsdecode(line[8:].rstrip(b"\r\n"))
                return os.path.normpath(os.path.join(here, target))
        parent = os.path.dirname(here)
        if parent == here:
            return None
        here = parent


def common_dir(git_dir: str) -> str:
    """The git directory that all worktrees of a clone share."""
    text = _read(git_dir + "/commondir")
    return os.path.normpath(os.path.join(git_dir, text.strip())) if text else git_dir


def head_position(git_dir: str | None) -> str:
    """Where HEAD stands, as a token that changes whenever HEAD moves; "" outside git.

    The content of HEAD with size and time of its reflog; without a reflog, what HEAD refers to.
    """
    if git_dir is None:
        return ""
    head = _read(git_dir + "/HEAD").strip()
    # Whatever moves HEAD appends to its reflog, a reset to where it stands too: one stat, however refs are packed.
    stat = stat_token(git_dir + "/logs/HEAD")
    if stat:
        return f"{head} {stat}"
    common = common_dir(git_dir)
    for table in (git_dir + "/reftable/tables.list", common + "/reftable/tables.list"):
        stat = stat_token(table)
        if stat:
            return f"{head} {stat}"
    if head.startswith("ref: "):
        loose = _read(common + "/" + head[5:]).strip()
        return f"{head} {loose or stat_token(common + '/packed-refs')}"
    return head


def index_state(git_dir: str | None) -> str:
    """A token that changes whenever git's index is written; "" outside git and before anything was staged."""
    return "" if git_dir is None else stat_token(git_dir + "/index")


def in_index(git_dir: str | None, segment: str) -> bool:
    """Whether git's index has a segment: by the end of its name, which the index's compressed form spells out too."""
    if git_dir is None:
        return False
    # Version 4 leaves out what a path shares with the one before it, which may be all of the time. 14 characters
    # are ".jsonl" and the 8 random ones of the name: spelled out, and in no other. Parsing would cost more.
    end = os.fsencode(segment[-14:])
    data = _bytes(git_dir + "/index")
    if end in data:
        return True
    # A split index names the file that holds the rest of it. Any will do: what was ever staged is sealed.
    shared = [name for name in os.listdir(git_dir) if name.startswith("sharedindex.")] if b"link" in data else []
    return any(end in _bytes(f"{git_dir}/{name}") for name in shared)


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def is_segment(name: str) -> bool:
    """Whether a file name of a log folder is one of a segment or pack."""
    return name.endswith(".jsonl") and not name.startswith(".")


def _read(path: str) -> str:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.fsdecode(os.read(fd, 4096))
    except OSError:
        return ""
    finally:
        os.close(fd)


def stat_token(path: str) -> str:
    """A file's size and time as a token; "" where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}"

"""Who acts: the variables that tell, and the name where neither they nor an option do, git's user.name."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.workspace import Workspace

VARIABLES = {"name": "TK_ACTOR", "agent": "TK_AGENT", "agent_type": "TK_AGENT_TYPE", "session": "TK_SESSION"}
"""The parts of an actor, and the variables of the environment that tell them."""

_HOUR = 3600


def default_name(workspace: Workspace) -> str:
    """git's ``user.name``, else the login name.

    Asking git costs a process, so its answer is kept in the cache for an hour while none of git's
    configuration files changes (a file that one of them includes may change unseen for as long).
    """
    token = _token(workspace.paths.git_dir)
    meta = workspace.meta
    if meta.get("actor_token") == token:
        return meta["actor"]
    name = _user_name(workspace.paths.root) or _login_name()
    _remember(workspace, name, token)
    return name


def _token(git_dir: str | None) -> str:
    env = os.environ
    home = env.get("HOME", "")
    config_home = env.get("XDG_CONFIG_HOME") or home + "/.config"
    files = [env.get("GIT_CONFIG_GLOBAL") or home + "/.gitconfig", config_home + "/git/config"]
    files.append(env.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig")
    if git_dir:
        from bd_py.paths import common_dir

        files += [common_dir(git_dir) + "/config", git_dir + "/config.worktree"]
    parts = [str(int(time.time()) // _HOUR)]
    parts += [f"{k}={env[k]}" for k in sorted(env) if k.startswith("GIT_CONFIG")]
    for path in files:
        try:
            found = os.stat(path)
            parts.append(f"{path}:{found.st_size}:{found.st_mtime_ns}:{found.st_ino}")
        except OSError:
            parts.append(path)
    return "|".join(parts)


def _user_name(root: str) -> str | None:
    from bd_py import git

    return (git.setting(root, "user.name") or "").strip() or None


def _login_name() -> str:
    for variable in ("USER", "LOGNAME", "USERNAME"):
        if os.environ.get(variable):
            return os.environ[variable]
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return "unknown"


def _remember(workspace: Workspace, name: str, token: str) -> None:
    """Within a write it becomes part of its transaction; anything else may fail without harm."""
    from bd_py.cache.level import sqlite3
    from bd_py.cache.session import set_meta

    try:
        set_meta(workspace.conn, workspace.meta, "actor", name)
        set_meta(workspace.conn, workspace.meta, "actor_token", token)
    except sqlite3.Error:
        pass

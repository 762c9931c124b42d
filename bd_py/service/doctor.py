"""``doctor``: look at everything, change nothing that git can see; with ``fix``, mend what is safe."""

from __future__ import annotations

import os

from bd_py import files, sync
from bd_py.cache import scan
from bd_py.errors import TkError
from bd_py.lock import Lock
from bd_py.service.checks import ERROR, INFO, Check, Finding, cache, hooks, lines, surroundings, tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bd_py.workspace import Workspace

_TASK_CHECKS = (
    ("orphan events", tasks.orphans),
    ("unknown dependencies", tasks.unknown_dependencies),
    ("suspended dependencies", tasks.suspended),
    ("lost claims", tasks.lost_claims),
    ("stale claims", tasks.stale_claims),
    ("concurrent edits", tasks.concurrent_edits),
)


class Examination:
    """What a look at a store gave. ``fixed`` says in words what was mended before."""

    def __init__(self, checks: list[Check], files: int, events: int) -> None:
        self.checks = checks
        self.files = files
        self.events = events
        self.fixed: list[str] = []

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(check.ok for check in self.checks)

    @property
    def exit_code(self) -> int:
        """0; 9 where the log is damaged; 1 where another check failed."""
        if any(check.damage and not check.ok for check in self.checks):
            return 9
        return 0 if self.ok else 1

    def to_json(self) -> dict[str, Any]:
        """The document of ``tk doctor --json``."""
        out: dict[str, Any] = {"ok": self.ok, "checks": [check.to_json() for check in self.checks]}
        return {**out, "fixed": self.fixed} if self.fixed else out


def examine(workspace: Workspace) -> Examination:
    """Run every check. The log is read before the cache is opened, so that what is torn is still seen."""
    paths = workspace.paths
    survey = lines.Survey(paths)
    checks = [
        Check("log lines", lines.shortened(survey.bad), damage=True),
        Check("duplicate ids", lines.shortened(survey.duplicates), damage=True),
        Check("clock", lines.shortened(survey.future)),
        Check("payloads", lines.shortened(survey.payloads)),
        Check("event types", survey.types),
        Check("line ends", survey.line_ends),
        Check("stray files", lines.strays(paths)),
        Check("settings", surroundings.settings(paths)),
        Check("folder", surroundings.folder(paths)),
        Check("lock", surroundings.lock(paths)),
        Check("git files", surroundings.git_files(paths)),
        Check("git", surroundings.git_state(paths)),
        Check("hooks", hooks.hooks(paths)),
    ]
    unsound = cache.sound(paths)
    checks.append(Check("cache file", unsound))
    failing = any(not check.ok for check in checks if check.name in ("settings", "cache file"))
    live = _live(workspace) if not failing and survey.torn_files else None
    if failing:
        why = "not looked at before the settings and the cache file are mended"
        checks.append(Check("cache", [Finding(INFO, why)]))
    elif live in survey.torn_files:
        why = "not looked at: the next command cuts the torn line, and this one changes nothing"
        checks.append(Check("cache", [Finding(INFO, why)]))
    else:
        checks += _cache_checks(workspace)
    return Examination(checks, survey.files, survey.events)


def fix(workspace: Workspace) -> list[str]:
    """Mend what can be mended without asking; what was done, in words."""
    from bd_py.service.rebuild import rebuild
    from bd_py.service.setup import GIT_FILES

    paths = workspace.paths
    done = []
    with Lock(paths.lock):
        mended = sync.repair(paths, sorted(scan.look(paths.log).files))
        done += [f"merged both sides of {paths.below}/{name}" for name in mended.merged]
        done += [f"dropped the conflict markers from {paths.below}/{name}" for name in mended.unmarked]
        for name, text in GIT_FILES.items():
            missing = surroundings.missing_lines(f"{paths.tasks}/{name}", text)
            if missing:
                _append_lines(f"{paths.tasks}/{name}", missing)
                done.append(f"wrote .tasks/{name}")
    if _cache_fails(workspace):
        workspace.close()
        rebuild(paths)
        done.append("rebuilt the cache")
    return done


def _cache_fails(workspace: Workspace) -> bool:
    if surroundings.settings(workspace.paths) and not Check("", surroundings.settings(workspace.paths)).ok:
        return False  # a fold needs settings that can be read
    if cache.sound(workspace.paths):
        return True
    return any(not check.ok for check in _cache_checks(workspace) if check.name == "cache")


def _append_lines(path: str, missing: list[str]) -> None:
    before = files.read(path) or b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    files.replace(path, before + "".join(line + "\n" for line in missing).encode())


def _cache_checks(workspace: Workspace) -> list[Check]:
    try:
        return _locked(workspace, lambda: _look_at_cache(workspace))
    except TkError as error:
        return [Check("cache", [Finding(ERROR, error.message, error.hint)])]


def _locked(workspace: Workspace, look: Callable[[], list[Check]]) -> list[Check]:
    """Look while nobody writes; where the store cannot be written, nobody does."""
    if not os.access(workspace.paths.tasks, os.W_OK) or not _can_lock(workspace):
        return look()
    with workspace.writing(every_file=True, repair=False):
        return look()


def _can_lock(workspace: Workspace) -> bool:
    path = workspace.paths.lock
    return not os.path.exists(path) or os.access(path, os.W_OK)


def _look_at_cache(workspace: Workspace) -> list[Check]:
    conn, config = workspace.conn, workspace.config
    checks = [
        Check("cache", cache.equals_fold(workspace.paths, conn, config)),
        Check("second names", surroundings.second_name_state(workspace)),
    ]
    if workspace.paths.files:
        checks.append(Check("task files", lines.task_files(workspace.paths, conn), damage=True))
    return checks + [Check(name, look(conn)) for name, look in _TASK_CHECKS]


def _live(workspace: Workspace) -> str | None:
    """The name of the segment that this worktree would append to; a look, without bringing anything level."""
    from bd_py.cache.level import Stale, connect_read_only, read_meta, sqlite3

    try:
        conn = connect_read_only(workspace.paths.cache, immutable=False)
    except sqlite3.Error:
        return None
    try:
        number = read_meta(conn).get("live")
        row = conn.execute("SELECT path FROM segments WHERE id = ?", (number,)).fetchone()
        return None if row is None else str(row[0])
    except (sqlite3.Error, Stale):
        return None
    finally:
        conn.close()

"""Mutants: for every promise of docs/architecture.md, changes of the code that break it, and the test that notices.

A promise is proven by a test that fails once the code that keeps the promise is gone. Each mutant takes one such
piece of code away.
"""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """In the file ``path``, ``old`` (which stands there once) becomes ``new``; one of the ``tests`` must fail."""

    promise: str
    what: str
    path: str
    old: str
    new: str
    tests: str

    @property
    def name(self) -> str:
        """The promise and what is taken away, as the id of a test."""
        return f"{self.promise}: {self.what}"


ONE_TRUTH = "tests/acceptance/test_one_truth.py"
APPEND_ONLY = "tests/acceptance/test_append_only.py"
DURABLE = "tests/acceptance/test_durable.py"
CONVERGE = "tests/acceptance/test_converge.py"
NOTHING_LOST = "tests/acceptance/test_nothing_lost.py"
NO_DRIVER = "tests/git/test_scenarios.py::test_no_driver_needed"
EXCLUSIVE = "tests/acceptance/test_exclusive_claim.py"
HANDS_OFF = "tests/acceptance/test_hands_off.py"
BEHIND = "tests/store/test_write_behind.py"
FLAT_COST = "tests/acceptance/test_flat_cost.py"

HEAD_MOVED = ' or meta.get("live_head") != paths.head_position(self.paths.git_dir)'
STAGED = " or self._is_staged(row[1])"
GROWS = f"""\
        if not number{HEAD_MOVED}:
            return None
        row = self.conn.execute("SELECT id, path, size FROM segments WHERE id = ?", (number,)).fetchone()
        return None if row is None or row[2] >= log.FULL{STAGED} else row
"""
"""Whether a segment may still grow: what was committed is also known from git's index, so each would do alone."""

MUTANTS = (
    Mutant(
        "one truth",
        "an event older than its task's newest is applied to the row",
        "bd_py/cache/apply.py",
        'if event["id"] <= task.version or task.deleted is not None:',
        "if task.deleted is not None:",
        ONE_TRUTH,
    ),
    Mutant(
        "one truth",
        "a task is not folded anew when its events leave or come back",
        "bd_py/cache/catchup.py",
        "        if task is not None:\n            self.applier.refold(task)",
        "        if task is None:\n            self.applier.refold(str(record))",
        ONE_TRUTH,
    ),
    Mutant(
        "one truth",
        "who waits for a task is not looked at when the task changes",
        "bd_py/cache/graph.py",
        "            self._recheck.update(row[0] for row in self.conn.execute(query, (task,)))",
        "            self.conn.execute(query, (task,))",
        f"tests/cli/verbs/test_close.py {ONE_TRUTH}",  # a walk of some hundred steps may not come to it
    ),
    Mutant(
        "append only",
        "a segment goes on growing after HEAD has moved",
        "bd_py/write.py",
        GROWS,
        GROWS.replace(HEAD_MOVED, "").replace(STAGED, ""),
        APPEND_ONLY,
    ),
    Mutant(
        "append only",
        "a segment goes on growing after it was staged",
        "bd_py/write.py",
        "row[2] >= log.FULL or self._is_staged(row[1])",
        "row[2] >= log.FULL",
        "tests/git/test_scenarios.py::test_a_staged_segment_grows_no_more",
    ),
    Mutant(
        "append only",
        "a pack leaves out an event",
        "bd_py/service/compaction.py",
        "for event_id in sorted(lines)).encode()",
        "for event_id in sorted(lines)[1:]).encode()",
        "tests/service/test_compaction.py",
    ),
    Mutant(
        "durable",
        "the cache commits, and the command may be over, before the log has the events",
        "bd_py/write.py",
        '            self._append(("\\n".join(self._lines) + "\\n").encode())\n        try:',
        '            self.conn.execute("COMMIT")\n'
        '            self.conn.execute("BEGIN")\n'
        '            self._append(("\\n".join(self._lines) + "\\n").encode())\n        try:',
        DURABLE,
    ),
    Mutant(
        "durable",
        "no fsync",
        "bd_py/log.py",
        "            rest = rest[os.write(fd, rest) :]\n        os.fsync(fd)",
        "            rest = rest[os.write(fd, rest) :]",
        DURABLE,
    ),
    Mutant(
        "durable",
        "a write that failed stays in the segment",
        "bd_py/log.py",
        "        os.ftruncate(fd, size)\n",
        "",
        "tests/test_log.py",
    ),
    Mutant(
        "durable",
        "a batch that could not be written leaves a part of itself",
        "bd_py/log.py",
        "            if leftover:\n                _unlink(leftover)\n",
        "            pass\n",
        "tests/test_log.py",
    ),
    Mutant(
        "converge",
        "events are folded in the order in which the files hold them",
        "bd_py/cache/reading.py",
        "    found.entries.sort()\n",
        "",
        CONVERGE,
    ),
    Mutant(
        "converge",
        "which edge of a cycle is suspended depends on the order of arrival",
        "bd_py/fold/graph.py",
        "    ordered = sorted(edges)\n",
        "    ordered = list(edges)\n",
        CONVERGE,
    ),
    Mutant(
        "converge",
        "the driver leaves the lines in the order of the sides",
        "bd_py/merge.py",
        "    kept.sort()  # both sides are sorted already, or nearly: the sort merges two runs\n",
        "",
        "tests/test_merge.py",
    ),
    Mutant(
        "nothing lost",
        "the driver takes our side",
        "bd_py/merge.py",
        "    kept += [line for line in two if line not in one and line not in old]\n",
        "",
        "tests/test_merge.py",
    ),
    Mutant(
        "nothing lost",
        "a concurrent edit that lost is not listed",
        "bd_py/fold/state.py",
        '            self.conflicts.append((field, event["id"], current, value, self.fields.get(field)))',
        "            return",
        NOTHING_LOST,
    ),
    Mutant(
        "nothing lost",
        "a segment has no second name",
        "bd_py/log.py",
        "        os.link(path, second_name)\n",
        "        pass\n",
        NOTHING_LOST,
    ),
    Mutant(
        "nothing lost",
        "what a revert withdrew cannot be brought back",
        "bd_py/service/recovery.py",
        "        found = missing_own(workspace) if rev is None else missing_in(workspace, rev)\n",
        "        found = missing_own(workspace)\n",
        NOTHING_LOST,
    ),
    Mutant(
        "nothing lost",
        "the repair of conflict markers keeps one side",
        "bd_py/merge.py",
        "    rest = [line for line in whole if not is_side(line)]\n",
        '    rest = b"".join(whole).partition(b"=======")[0].splitlines(keepends=True)\n'
        "    rest = [line for line in rest if not is_side(line)]\n",
        "tests/git/test_driver.py",
    ),
    Mutant(
        "append only",
        "a store that leaves the cache for later goes on after HEAD has moved or the segment was staged",
        "bd_py/cache/pending.py",
        "self._outside() == self._as_left and self._is_live()",
        "self._is_live()",
        f"{BEHIND}::test_head_moves_or_the_segment_is_staged",
    ),
    Mutant(
        "nothing lost",
        "a store that leaves the cache for later goes on in a file that was taken away",
        "bd_py/cache/pending.py",
        " or stat_of(os.stat(self._full)) != self._found:",
        ":",
        f"{BEHIND}::test_the_segment_is_taken_away_or_replaced",
    ),
    Mutant(
        "one truth",
        "a store that leaves the cache for later goes on in a segment that readers do not look at",
        "bd_py/cache/pending.py",
        "self._outside() == self._as_left and self._is_live()",
        "self._outside() == self._as_left",
        f"{BEHIND}::test_the_cache_has_another_segment_for_the_live_one",
    ),
    Mutant(
        "one truth",
        "a file that goes away while a folder is looked at hides the files after it",
        "bd_py/stamps.py",
        "    except FileNotFoundError:\n        return None\n",
        "    except ZeroDivisionError:\n        return None\n",
        "tests/cache/test_level.py",
    ),
    Mutant(
        "no driver needed",
        "two commits touch the same lines of one file",
        "bd_py/write.py",
        GROWS,
        GROWS.replace(HEAD_MOVED, "").replace(STAGED, ""),
        NO_DRIVER,
    ),
    Mutant(
        "no driver needed",
        "a folder of the log holds a day, and git takes it for renamed",
        "bd_py/log.py",
        "{times.iso(ids.milliseconds(first_id))[:7]}",
        "{times.iso(ids.milliseconds(first_id))[:10]}",
        "tests/git/test_scenarios_renames.py",
    ),
    Mutant(
        "exclusive claim",
        "the fold lets a later claim win",
        "bd_py/fold/task.py",
        '        won = _claimable(task, assignee, event["at"])\n    else:\n        won = ',
        '        won = _claimable(task, assignee, event["at"])\n    else:\n        won = True or ',
        EXCLUSIVE,
    ),
    Mutant(
        "exclusive claim",
        "who claims what is held is not refused",
        "bd_py/service/claims.py",
        "        if not (mine or force or expired):\n            raise held(task)\n",
        "",
        EXCLUSIVE,
    ),
    Mutant(
        "exclusive claim",
        "the lock locks nothing",
        "bd_py/lock.py",
        "    try:\n        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)\n        return\n",
        "    try:\n        return\n",
        EXCLUSIVE,
    ),
    Mutant(
        "exclusive claim",
        "a claim asks no other worktree",
        "bd_py/service/holders.py",
        "    return None if lease is None or w.knows(lease.event) else lease",
        "    return None",
        EXCLUSIVE,
    ),
    Mutant(
        "hands off",
        "a command that reads repairs the log",
        "bd_py/workspace.py",
        "            with self.writing(repair=False):",
        "            with self.writing():",
        HANDS_OFF,
    ),
    Mutant(
        "hands off",
        "a command writes beside .tasks",
        "bd_py/write.py",
        "        self._lock.acquire()\n        self._open()\n",
        '        self._lock.acquire()\n        open(self.paths.root + "/tk.log", "a").write(".")\n'
        "        self._open()\n",
        HANDS_OFF,
    ),
    Mutant(
        "flat cost",
        "every command looks at all folders of the log again",
        "bd_py/cache/level.py",
        "        if not trusted(mtime, checked):\n            doubtful.append(path)",
        "        doubtful.append(path)",
        FLAT_COST,
    ),
    Mutant(
        "flat cost",
        "every write folds its task from all events of the log",
        "bd_py/cache/apply.py",
        "        task = self._states.get(task_id) or self.state(task_id)\n        if task is None:",
        '        self.conn.execute("SELECT line FROM log_events").fetchall()\n'
        "        task = self._states.get(task_id) or self.state(task_id)\n        if task is None:",
        FLAT_COST,
    ),
)

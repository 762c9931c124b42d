"""A worker and a judge of a team, as programs: they take work, do it, look at it, by nothing but tk's commands."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from typing import Any

REJECTED = 0.2
"""How much of the work the judge sends back."""
REFUSED = (4, 5, 8)
"""Not the holder's any more, or not accepted yet, or a gate failed: nothing to be surprised at."""


class Member:
    """Somebody of the team; a command that fails in a way that nobody foresees ends the process with its words."""

    def __init__(self, name: str) -> None:
        self.name = name

    def tk(self, *args: str, may: tuple[int, ...] = ()) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bd_py", *args, "--json", "--actor", self.name, "--session", self.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in (0, *may):
            sys.exit(f"{self.name}: tk {' '.join(args)}: {done.returncode} {done.stderr}")
        return done

    def open_tasks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.tk("list", "--limit", "0").stdout)
        return found


def work(me: Member) -> None:
    """Take what is ready, and close it once the gates and the judge let that happen; until nothing is left."""
    while me.open_tasks():
        taken = me.tk("ready", "--claim", may=(3,))
        if taken.returncode:
            time.sleep(0.1)
            continue
        task = json.loads(taken.stdout)[0]["id"]
        me.tk("progress", task, "at it", "--percent", "50")
        while me.tk("close", task, may=REFUSED).returncode:
            now = json.loads(me.tk("show", task).stdout)[0]
            if now.get("hold", {}).get("session") != me.name:
                break  # sent back, or taken over since the claim ran out
            time.sleep(0.05)


def judge(me: Member) -> None:
    """Look at what somebody works on, until nothing is left."""
    chance = random.Random(me.name)
    while found := me.open_tasks():
        for task in found:
            if task["status"] == "in_progress":
                bad = chance.random() < REJECTED
                me.tk(*(("reject", task["id"], "--reason", "no test") if bad else ("accept", task["id"])), may=REFUSED)
        time.sleep(0.05)


if __name__ == "__main__":
    {"work": work, "judge": judge}[sys.argv[1]](Member(sys.argv[2]))

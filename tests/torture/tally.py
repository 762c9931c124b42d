"""What a run of the torture counts: lines in the file that TK_TEST_TALLY names, summed by ``make torture``."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

_FILE = os.environ.get("TK_TEST_TALLY")


def tally(what: str, count: int) -> None:
    """Count something; nothing where nobody asks."""
    if _FILE:
        with open(_FILE, "a", encoding="utf-8") as file:
            file.write(f"{count}\t{what}\n")


def totals(lines: str) -> Counter[str]:
    """The sum of each thing counted, and of the things of a kind: ``kills survived: create`` counts for both."""
    found: Counter[str] = Counter()
    for line in lines.splitlines():
        count, what = line.split("\t")
        found[what] += int(count)
        if ": " in what:
            found[what.partition(": ")[0]] += int(count)
    return found


if __name__ == "__main__":
    for what, count in sorted(totals(Path(sys.argv[1]).read_text(encoding="utf-8")).items()):
        sys.stdout.write(f"{count:9,} {what}\n")

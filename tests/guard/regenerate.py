"""Write down anew what the everyday verbs import and count: ``python tests/guard/regenerate.py``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

if __package__ in (None, ""):  # run as a program
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.guard import harness


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        reports = harness.everyday(Path(folder), 200)
    failed = {case: report for case, report in reports.items() if report.code}
    for case, report in failed.items():
        sys.stderr.write(f"tk {case}: exit {report.code}\n{report.stderr}\n")
    if failed:
        sys.stderr.write("Nothing was written.\n")
        return 1
    harness.IMPORTS.write_text(harness.write_imports(reports))
    harness.COUNTS.write_text(harness.write_counts(reports))
    if "-v" in sys.argv:
        for case, report in reports.items():
            for kind in harness.COUNTED:
                sys.stdout.writelines(f"{case}: {kind}: {what}\n" for what in report.seen[kind])
    return 0


if __name__ == "__main__":
    sys.exit(main())

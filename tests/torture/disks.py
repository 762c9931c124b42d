"""File systems of a size of our own."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def mounted(where: Path, size: str) -> Iterator[Path]:
    """A tmpfs of a size (``64k``) while the block runs. Skips the test where this user may not mount one."""
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(where)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs takes root, and a kernel that lets it")
    try:
        yield where
    finally:
        subprocess.run(["umount", str(where)], check=True)

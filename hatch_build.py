"""Part of building the wheel: the manual pages, made from the declarations of the commands."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPages(BuildHookInterface):  # type: ignore[type-arg]
    """Puts ``tk.1``, ``tk-list.1`` and the others under ``share/man/man1`` of whatever the wheel goes into."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the pages and add them to the wheel; an editable install goes without."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from bd_py.cli.reference import write_manuals
        finally:
            sys.path.remove(self.root)
        self.folder = tempfile.mkdtemp(prefix="tk-man-")
        for path in write_manuals(self.folder):
            build_data["shared_data"][path] = f"share/man/man1/{os.path.basename(path)}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the pages away again: they are in the wheel."""
        if version != "editable":
            import shutil

            shutil.rmtree(self.folder, ignore_errors=True)

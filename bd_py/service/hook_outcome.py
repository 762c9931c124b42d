"""What one of git's hooks found and did, filled by the parts of it that run."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROBE = "TK_HOOK_PROBE"
"""The variable with a word that `tk hook` says back, and does nothing else: so doctor sees whether a hook fires."""


class Outcome:
    """What a hook has to say: why git shall not go on, what is to be looked at, what was done."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.warnings: list[str] = []
        self.done: list[str] = []

    def to_json(self) -> dict[str, Any]:
        """The document of ``tk hook --json``."""
        return {"refused": self.refused, "warnings": self.warnings, "done": self.done}

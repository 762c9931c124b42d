"""The words in which checks say what they found."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ERROR, WARNING, INFO = "error", "warning", "info"


class Finding:
    """One thing that was found: where, why it matters, what to do. Only an error fails its check."""

    __slots__ = ("file", "hint", "level", "line", "reason")

    def __init__(
        self, level: str, reason: str, hint: str | None = None, *, file: str | None = None, line: int | None = None
    ) -> None:
        self.level = level
        self.reason = reason
        self.hint = hint
        self.file = file
        self.line = line

    def to_json(self) -> dict[str, Any]:
        """One entry of ``findings``."""
        return {
            "level": self.level,
            "file": self.file,
            "line": self.line,
            "reason": self.reason,
            "hint": self.hint,
        }


class Check:
    """One check, done: its name and what it found. ``damage``: an error here means that the log is damaged."""

    __slots__ = ("damage", "findings", "name")

    def __init__(self, name: str, findings: list[Finding], *, damage: bool = False) -> None:
        self.name = name
        self.findings = findings
        self.damage = damage

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(finding.level != ERROR for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """One entry of ``checks``."""
        return {"name": self.name, "ok": self.ok, "findings": [finding.to_json() for finding in self.findings]}

"""Which status may follow which: `bd_py.workflow`, for the use cases."""

from __future__ import annotations

from bd_py.workflow import SYNONYMS, allowed, check_transition, status_named

__all__ = ["SYNONYMS", "allowed", "check_transition", "status_named"]

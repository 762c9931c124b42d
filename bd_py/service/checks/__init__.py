"""What ``tk doctor`` looks at: a function a check, each giving what it found."""

from __future__ import annotations

from bd_py.service.checks.finding import ERROR, INFO, WARNING, Check, Finding

__all__ = ["ERROR", "INFO", "WARNING", "Check", "Finding"]

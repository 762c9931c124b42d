"""Every failure tk tells a person about: one base class, an exit code a kind (docs/cli.md)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class TkError(Exception):
    """A failure with a message for people and a code for programs.

    ``message`` says what and where, ``hint`` what to do about it; ``details`` holds what a program
    may want to branch on (ids, candidates, the holder). ``retryable`` is true where the same command
    may succeed later without any change.
    """

    code = "failed"
    exit_code = 1
    retryable = False

    def __init__(self, message: str, hint: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = details

    def to_json(self) -> dict[str, Any]:
        """The error object that ``--json`` puts on stderr."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
                "retryable": self.retryable,
                "details": self.details,
            }
        }


class UsageError(TkError):
    """The command line does not fit the verb."""

    code = "usage"
    exit_code = 2


class NotFoundError(TkError):
    """No such task, file or store; or nothing to claim."""

    code = "not_found"
    exit_code = 3


class AmbiguousError(NotFoundError):
    """A prefix that fits several ids; ``details["matches"]`` lists them."""

    code = "ambiguous"


class NoStoreError(NotFoundError):
    """No ``.tasks`` here or above."""

    code = "no_store"


class InvalidError(TkError):
    """A value that no task may have."""

    code = "invalid"
    exit_code = 4


class TransitionError(InvalidError):
    """A change of status that the workflow does not allow."""

    code = "transition"


class ConflictError(TkError):
    """Held by another, or changed since it was read."""

    code = "conflict"
    exit_code = 5


class CycleError(TkError):
    """A dependency that would close a cycle."""

    code = "cycle"
    exit_code = 6


class LockTimeoutError(TkError):
    """The lock of the store was not free in time."""

    code = "lock_timeout"
    exit_code = 7
    retryable = True


class GateError(TkError):
    """A gate refused that the task be done."""

    code = "gate_refused"
    exit_code = 8


class DamagedError(TkError):
    """The log holds lines that are no events."""

    code = "damaged"
    exit_code = 9


class NewerError(TkError):
    """The log or the cache was written by a newer tk; nothing was touched."""

    code = "newer_format"


class ReadOnlyError(TkError):
    """The store cannot be written here."""

    code = "read_only"

"""``.tasks/config.toml``: read once, then remembered in the cache while the file stays as it is.

Parsing TOML costs more than the rest of a ``tk ready``; so what a hot path needs is kept as JSON in the
cache's ``meta`` table, keyed by the file's stat data.
"""

from __future__ import annotations

import os

from bd_py.errors import InvalidError, NewerError, TkError
from bd_py.paths import refuse_link
from bd_py.statuses import ACTIVE, BUILT_IN_STATUSES, DONE, OPEN, WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1
MAX_BYTES = 256 * 1024
"""Of the file. What is written by hand has some KB, and the parser's time grows with the square of some texts."""
TYPES = ("task", "bug", "feature", "epic", "chore", "decision")
NEVER_READY = ("agent", "gate", "merge-request", "message", "molecule", "rig", "role")
SORTS = ("priority", "oldest", "hybrid")
WORKFLOWS = ("relaxed", "strict")

DEFAULT_TEXT = """\
# The settings of this tracker, see docs/configuration.md. Commit this file.
format = 1
prefix = "tk"
"""

DEFAULTS: dict[str, Any] = {
    "format": FORMAT,
    "prefix": "tk",
    "workflow": "relaxed",
    "statuses": {},
    "types": [],
    "ready.exclude_types": list(NEVER_READY),
    "ready.sort": "priority",
    "claim.ttl": None,
    "gates": [],
    "judge": False,
    "max_retries": None,
    "auto_close": True,
    "forbid_force": False,
    "hooks.stage": True,
    "export.path": None,
    "backend": "log",
    "alias": {},
}
"""Every key that this version knows, and its value where the file has none (docs/configuration.md)."""


class Config:
    """The settings in force: what the file says over the defaults.

    ``values`` is flat (``ready.sort``); ``statuses`` maps every status to its category.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.values: dict[str, Any] = {**DEFAULTS, **given}
        self.prefix: str = self.values["prefix"]
        self.workflow: str = self.values["workflow"]
        self.types: tuple[str, ...] = (*TYPES, *self.values["types"])
        self.exclude_types: tuple[str, ...] = tuple(self.values["ready.exclude_types"])
        self.sort: str = self.values["ready.sort"]
        self.claim_ttl: int | None = self.values["claim.ttl"]
        self.statuses: dict[str, str] = dict(BUILT_IN_STATUSES)
        for name, status in self.values["statuses"].items():
            self.statuses[name] = status["category"]

    @property
    def transitions(self) -> dict[str, list[str]]:
        """The edges that config names: custom status -> where it may go."""
        return {n: s["to"] for n, s in self.values["statuses"].items() if "to" in s}


_last: tuple[str, Config] = ("", Config({}))


def stored(text: str) -> Config:
    """The settings that the cache remembers as JSON; the same object while they stay the same."""
    global _last
    if _last[0] != text:
        from bd_py import jsonio

        _last = (text, Config(jsonio.loads(text)))
    return _last[1]


def signature(path: str) -> str:
    """The stat data of the file as a token; "" where there is none."""
    try:
        found = os.lstat(path)  # a link is refused when it is read
    except OSError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}"


def load(path: str) -> Config:
    """The settings of a file. Raises InvalidError (what, where, what to do) and NewerError."""
    raw = read(path)
    if raw is None:
        return Config({})
    import tomllib

    try:
        tree = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidError(f"{path} is not UTF-8 (byte {error.start + 1})", "Mend the file by hand.") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(f"{path} is no TOML: {error}", "Mend the file by hand.") from None
    except RecursionError:
        raise InvalidError(f"{path} is nested too deep", "Mend the file by hand.") from None
    return Config(check(flatten(tree), path))


def read(path: str) -> bytes | None:
    """The bytes of the file, None where there is none. Raises InvalidError for a link, and for what is no settings."""
    if not os.path.lexists(path):
        return None
    refuse_link(path)
    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TkError(f"cannot read {path}: {error.strerror}", "Mend access to it.") from None
    if len(raw) > MAX_BYTES:
        raise InvalidError(f"{path} is longer than {MAX_BYTES // 1024} KiB", "Mend the file by hand.")
    return raw


def flatten(tree: dict[str, Any]) -> dict[str, Any]:
    """``{"ready": {"sort": "oldest"}}`` as ``{"ready.sort": "oldest"}``; other tables stay whole."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and key not in ("statuses", "alias"):
            flat.update({f"{key}.{name}": item for name, item in value.items()})
        else:
            flat[key] = value
    return flat


def check(given: dict[str, Any], path: str) -> dict[str, Any]:
    """The same settings where each has a value that makes sense; unknown keys stay (a newer tk's)."""
    version = given.get("format", FORMAT)
    if type(version) is int and version > FORMAT:
        raise NewerError(
            f"{path}: this store has format {version}, this tk reads up to format {FORMAT}",
            f"Install a tk that knows format {version}. Nothing was changed.",
            format=version,
        )
    from bd_py import jsonio

    for key, value in given.items():
        try:
            jsonio.loads(jsonio.dumps(value))
        except (TypeError, ValueError, RecursionError):
            reason = "is a date, no number, or nested too deep: no setting holds that"
            raise InvalidError(f"{path}: {key} {reason}", "Mend the file by hand.") from None
    for key, fits, wanted in _RULES:
        if key in given and not fits(given[key]):
            raise InvalidError(f"{path}: {key} = {given[key]!r} is not {wanted}", "Mend the file, or 'tk config set'.")
    return given


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _is_prefix(value: object) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= 32:
        return False
    return value.isascii() and value.replace("_", "a").replace("-", "a").isalnum()


def _is_statuses(value: object) -> bool:
    return isinstance(value, dict) and all(
        name not in BUILT_IN_STATUSES
        and isinstance(status, dict)
        and status.get("category") in (OPEN, WAITING, ACTIVE, DONE)
        and ("to" not in status or _is_words(status["to"]))
        for name, status in value.items()
    )


_RULES: tuple[tuple[str, Any, str], ...] = (
    ("format", lambda v: type(v) is int and v >= 1, "a version number"),
    ("prefix", _is_prefix, "letters, digits, '-' or '_', 32 at the most"),
    ("workflow", lambda v: v in WORKFLOWS, "'relaxed' or 'strict'"),
    (
        "statuses",
        _is_statuses,
        "a table of new statuses with category open, waiting, active or done, and maybe a list 'to'",
    ),
    ("types", _is_words, "a list of words"),
    ("ready.exclude_types", _is_words, "a list of words"),
    ("ready.sort", lambda v: v in SORTS, "'priority', 'oldest' or 'hybrid'"),
    ("claim.ttl", lambda v: type(v) is int and 0 < v < 2**40, "a number of seconds above 0"),
    ("gates", lambda v: isinstance(v, list) and all(isinstance(g, dict) for g in v), "a list of [[gates]] tables"),
    ("judge", lambda v: type(v) is bool, "true or false"),
    ("max_retries", lambda v: type(v) is int and v >= 0, "a number"),
    ("auto_close", lambda v: type(v) is bool, "true or false"),
    ("forbid_force", lambda v: type(v) is bool, "true or false"),
    ("hooks.stage", lambda v: type(v) is bool, "true or false"),
    ("export.path", lambda v: isinstance(v, str) and bool(v), "a path"),
    ("backend", lambda v: v in ("log", "files"), "'log' or 'files'"),
    ("alias", lambda v: isinstance(v, dict) and all(isinstance(a, str) for a in v.values()), "a table of strings"),
)

"""SQLite's C module, without what its import would bring.

Not the sqlite3 package around it: its date converters cost 0.3 of an interpreter start. Nor functools, another 0.3
with collections, operator and reprlib behind it: the C module wants ``lru_cache`` alone, to keep compiled statements,
and that is a few lines around a type in C.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["sqlite3"]


def _lend_lru_cache() -> bool:
    """Put a ``functools`` of one function in place; not where the real one is, or another thread may ask for it."""
    if "functools" in sys.modules or "threading" in sys.modules:
        return False
    try:
        from _functools import _lru_cache_wrapper  # type: ignore[import-not-found]
    except ImportError:
        return False

    def lru_cache(size: int) -> Any:
        return lambda function: _lru_cache_wrapper(function, size, False, tuple)

    stand_in: Any = type(sys)("functools")
    stand_in.lru_cache = lru_cache
    sys.modules["functools"] = stand_in
    return True


_lent = _lend_lru_cache()
try:
    import _sqlite3 as sqlite3
finally:
    if _lent:
        del sys.modules["functools"]

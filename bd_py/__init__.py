"""tk: a git-native issue tracker. See docs/architecture.md for the map of this package.

The library's door is `Store`: ``from bd_py import Store``. It is imported when it is asked for.
"""

__version__ = "0.1.0"

__all__ = ["Store", "TkError", "__version__"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.errors import TkError
    from bd_py.store import Store


def __getattr__(name: str) -> object:
    if name == "Store":
        from bd_py.store import Store

        return Store
    if name == "TkError":
        from bd_py.errors import TkError

        return TkError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""A frozen view of a JSON object: what the library gives for tasks, records and documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, ClassVar, Self

JSON = dict[str, Any]


class _Field:
    """An attribute that is read from the document when it is asked for."""

    __slots__ = ("convert", "default", "name")

    def __init__(self, name: str, default: Any, convert: Callable[[Any], Any] | None) -> None:
        self.name = name
        self.default = default
        self.convert = convert

    def __get__(self, owner: View | None, _kind: type) -> Any:
        if owner is None:
            return self
        value = owner.document.get(self.name, _MISSING)
        if value is _MISSING:
            if self.default is _MISSING:
                raise AttributeError(self.name)
            return self.default
        return value if self.convert is None else self.convert(value)

    def __set__(self, owner: View, value: Any) -> None:
        raise AttributeError(f"{type(owner).__name__} is frozen: {self.name} cannot be set")


_MISSING: Any = object()


class View:
    """A frozen view of a JSON object: its annotations are its attributes, with their defaults.

    A thirtieth of the cost of a dataclass of as many fields, of which most callers read two.
    """

    __slots__ = ("_document",)
    _CONVERT: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    _document: JSON | Callable[[], JSON]

    def __init_subclass__(cls) -> None:
        for name in cls.__annotations__:
            if not name.startswith("_"):
                setattr(cls, name, _Field(name, cls.__dict__.get(name, _MISSING), cls._CONVERT.get(name)))

    @classmethod
    def from_json(cls, document: JSON) -> Self:
        """The view of an object as the command line prints it, which must not be changed from now on."""
        made = cls.__new__(cls)
        object.__setattr__(made, "_document", document)
        return made

    @classmethod
    def made_by(cls, make: Callable[[], JSON]) -> Self:
        """The view of an object that is made when it is first looked at."""
        made = cls.__new__(cls)
        object.__setattr__(made, "_document", make)
        return made

    @property
    def document(self) -> JSON:
        """The JSON object itself, with keys that an import brought; not to be changed."""
        found = self._document
        if callable(found):
            found = found()
            object.__setattr__(self, "_document", found)
        return found

    def to_json(self) -> JSON:
        """The object that ``--json`` prints, the caller's to change."""
        return deepcopy(self.document)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.document == self.document

    def __hash__(self) -> int:
        return hash((type(self), self.document.get("id"), self.document.get("version")))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).from_json, (self.document,))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self.document[name]!r}" for name in _SHOWN if name in self.document)
        return f"{type(self).__name__}({shown})"


_SHOWN = ("collection", "id", "title", "status")

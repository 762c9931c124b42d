"""docs/api.md, out of signatures and docstrings: ``python -m bd_py.store.reference docs/api.md`` writes it anew."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import sys
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bd_py import Store, errors, files, store
from bd_py.store import batch, records
from bd_py.store import store as verbs
from bd_py.store.documents import Documents
from bd_py.store.following import Following
from bd_py.store.view import View

INTRO = """\
<!-- Made by `make docs` from the docstrings in bd_py/store and bd_py/errors.py: edit those. -->

# The library

`from bd_py import Store` is the door. Everything that the methods give is frozen, typed, and has the JSON that the
command line prints (`to_json()`); the package is marked `py.typed`. What the methods raise is a `TkError`, by the
kinds [below](#errors). Programs with tables of their own: [extending.md](extending.md); the task contract of
`TaskService`: [task-contract.md](task-contract.md).

In the signatures `Where` stands for the filters of a collection: `{"status": "ready"}` for equality, or
`[("points", "gte", 7), ...]`, joined by AND. Each value has `document`, its JSON object, which is not to be changed,
and `to_json()`, a copy that may be.
"""

EXAMPLES = ("tasks", "documents", "following", "orchestrator")
_SHOWN = EXAMPLES[:-1]
"""The orchestrator is too long to be shown here."""

SECTIONS: tuple[tuple[str, Sequence[str]], ...] = (
    ("The store", ("Store", "Batch", "TaskFields", "TaskFilters")),
    ("Tasks", ("Task", "TaskDetail", "Linked", "Hold", "Progress", "Comment", "Blocker", "Evidence", "Artifact")),
    ("Documents", ("Collection", "Record", "Prd", "TaskSpec", "Execution", "ExecDependency", "Workflow", "RepoState")),
    ("The log", ("Event", "Events", "SyncReport")),
    ("Tables of your own", ("Extension",)),
)


def markdown(examples: str) -> str:
    """The text of docs/api.md; ``examples``: the folder of the programs that it shows."""
    parts = [INTRO]
    parts += [
        f"- [{title}](#{_anchor(title)}): " + ", ".join(f"[{name}](#{_anchor(name)})" for name in names)
        for title, names in SECTIONS
    ]
    parts.append("- [Errors](#errors)\n\n## Examples\n")
    for name in _SHOWN:
        with open(f"{examples}/{name}.py", encoding="utf-8") as file:
            parts.append(f"[examples/{name}.py](examples/{name}.py)\n\n```python\n{file.read()}```\n")
    parts.append("[examples/orchestrator.py](examples/orchestrator.py): workers with tables of their own.\n")
    for title, names in SECTIONS:
        parts.append(f"## {title}\n")
        for name in names:
            parts += _class(name, getattr(store, name))
    parts += _errors()
    return "\n".join(parts).rstrip("\n") + "\n"


def public(kind: type) -> Iterator[tuple[str, Any]]:
    """What a class offers: its own methods and properties, and those that it has from elsewhere."""
    for owner in (kind, Following, Documents) if kind is Store else (kind,):
        for name, member in vars(owner).items():
            plain = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
            if not name.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, property)):
                yield name, plain


def _class(name: str, kind: type) -> Iterator[str]:
    yield f"### {name}\n\n{_text(kind)}\n"
    attributes = list(_attributes(kind))
    if attributes:
        yield "| attribute | type | default |\n|---|---|---|\n" + "\n".join(attributes) + "\n"
    for member_name, member in public(kind):
        if isinstance(member, property):
            shown = f"{member_name}: {_type(member.fget.__annotations__['return'])}"
        else:
            overloads = typing.get_overloads(member) or [member]
            shown = "\n".join(_signature(member_name, each) for each in overloads)
        yield f"#### {name}.{member_name}\n\n```python\n{shown}\n```\n\n{_text(member)}\n"


def _attributes(kind: type) -> Iterator[str]:
    if dataclasses.is_dataclass(kind):
        for each in dataclasses.fields(kind):
            default = "" if each.default is dataclasses.MISSING else f"`{each.default!r}`"
            if each.default_factory is not dataclasses.MISSING:
                default = f"`{each.default_factory()!r}`"
            yield f"| `{each.name}` | {_cell(str(each.type))} | {default} |"
    elif issubclass(kind, View):
        for owner in (each for each in kind.__mro__ if issubclass(each, View) and each is not View):
            if owner is not kind and owner.__name__ in store.__all__:
                yield f"| those of `{owner.__name__}` | | |"
                return
            for name, hint in _annotations(owner):
                field = inspect.getattr_static(owner, name)
                required = type(field.default) is object
                default = "" if required else f"`{_plain(field.default)!r}`"
                yield f"| `{name}` | {_cell(hint)} | {default} |"
    elif typing.is_typeddict(kind):
        for name, hint in _annotations(kind):
            yield f"| `{name}` | {_cell(hint)} | |"


def _annotations(kind: type) -> Iterator[tuple[str, str]]:
    for name, hint in inspect.get_annotations(kind).items():
        if not name.startswith("_"):
            yield name, hint.__forward_arg__ if isinstance(hint, typing.ForwardRef) else str(hint)


def _plain(value: Any) -> Any:
    return dict(value) if not isinstance(value, (str, int, tuple, type(None))) else value


def _cell(hint: str) -> str:
    return "`" + _type(hint).replace("|", "\\|") + "`"


def _signature(name: str, function: Callable[..., Any]) -> str:
    """A signature on one line where it fits, else a parameter a line, without ``self``."""
    found = inspect.signature(function)
    taken: list[str] = []
    star = False
    parameters = [each for each in found.parameters.values() if each.name not in ("self", "cls")]
    for k, each in enumerate(parameters):
        if each.kind is each.KEYWORD_ONLY and not star:
            taken.append("*")
            star = True
        mark = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
        star = star or each.kind is each.VAR_POSITIONAL
        text = f"{mark}{each.name}: {_type(each.annotation)}"
        if each.default is not each.empty:
            text += f" = {'...' if each.default is Ellipsis else repr(each.default)}"
        taken.append(text)
        following = parameters[k + 1 :]
        if each.kind is each.POSITIONAL_ONLY and (not following or following[0].kind is not each.POSITIONAL_ONLY):
            taken.append("/")
    gives = f" -> {_type(found.return_annotation)}"
    line = f"{name}({', '.join(taken)}){gives}"
    if len(line) <= 100:
        return line
    return f"{name}(\n" + "".join(f"    {each},\n" for each in taken) + f"){gives}"


_ALIASES = {
    name: str(value).replace("typing.", "").replace("collections.abc.", "")
    for module in (verbs, records, batch)
    for name, value in vars(module).items()
    if isinstance(value, type(list[int])) or typing.get_origin(value) is typing.Union
}


def _type(annotation: Any) -> str:
    """An annotation as it is written, with the names of the modules left out and short names written out."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    for name in ("Tasks", "Strings", "Edges", "Comments", "History", "Names", "Document"):
        if name in _ALIASES:
            text = re.sub(rf"\b{name}\b", lambda _, name=name: _ALIASES[name], text)
    return re.sub(r"\bbd_py(\.\w+)*\.(?=\w)", "", text).replace("contextlib.", "")


def _text(thing: Any) -> str:
    """A docstring in Markdown."""
    return inspect.cleandoc(thing.__doc__ or "").replace("``", "`")


def _errors() -> Iterator[str]:
    yield "## Errors\n"
    yield _text(errors.TkError) + "\n"
    yield "From `bd_py.errors`; `TkError` itself is also in `bd_py`. The code is `error.code`, the exit code tk's.\n"
    yield "| error | a kind of | code | exit code | |\n|---|---|---|---|---|"
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.TkError) and kind is not errors.TkError:
            above = kind.__base__.__name__ if kind.__base__ is not None else ""
            yield f"| `{name}` | `{above}` | `{kind.code}` | {kind.exit_code} | {_text(kind)} |"


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-").replace(".", "")


def main(arguments: Sequence[str]) -> None:
    """Write the page to the file that is named."""
    (target,) = arguments
    files.replace(os.path.abspath(target), markdown(f"{os.path.dirname(os.path.abspath(target))}/examples").encode())


if __name__ == "__main__":
    main(sys.argv[1:])

"""``tk config get | set | unset | list``: the settings of the tracker."""

from __future__ import annotations

from bd_py.cli.declare import Argument, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bd_py.cli.context import Context

_KEY = Argument("key", "A setting, named as in 'tk config list'.")


def get(ctx: Context, key: str) -> None:
    """Print one value: text as it is, anything else as TOML; nothing where none is set."""
    from bd_py.service import settings

    entry = settings.show(ctx.workspace().paths, key)
    if ctx.json:
        ctx.emit(entry)
    elif entry["value"] is not None:
        ctx.out(entry["value"] if isinstance(entry["value"], str) else shown(entry["value"]))


def set_(ctx: Context, key: str, value: str) -> None:
    """Set one value in config.toml."""
    from bd_py.service import settings

    found, changed = settings.set_value(ctx.workspace().paths, key, value)
    if key == "backend":
        from bd_py.service.backends import switch

        changed = switch(ctx.workspace().paths, found) or changed
    if ctx.json:
        ctx.emit({"key": key, "value": found, "changed": changed})
        return
    ctx.say(f"{key} = {shown(found)}" + ("" if changed else " (as it was)"))
    if changed and key == "prefix":
        ctx.say("New ids begin with it; those that exist stay as they are.")


def unset(ctx: Context, key: str) -> None:
    """Take one key out of config.toml."""
    from bd_py.service import settings

    changed = settings.unset(ctx.workspace().paths, key)
    if key == "backend":
        from bd_py.service.backends import switch

        changed = switch(ctx.workspace().paths, "log") or changed
    if ctx.json:
        ctx.emit({"key": key, "changed": changed})
    else:
        ctx.say(f"{key}: back to its default" if changed else f"{key} is not set in config.toml")


def list_(ctx: Context) -> None:
    """Print every setting with where it comes from."""
    from bd_py.service import settings

    entries = settings.every(ctx.workspace().paths)
    if ctx.json:
        ctx.emit(entries)
        return
    lines = [(f"{e['key']} = {shown(e['value'])}", e["origin"]) for e in entries]
    width = max(len(text) for text, _ in lines if len(text) < 60)
    for text, origin in lines:
        ctx.out(f"{text:<{width}}  ({origin})")


def shown(value: Any) -> str:
    """A value as TOML; what TOML has no word for as ``(none)``."""
    from bd_py.toml_edit import dump

    return "(none)" if value is None else dump(value)


VERB = Verb(
    "config",
    None,
    "Read and change the settings of the tracker",
    details="""They are in .tasks/config.toml, which is committed; docs/configuration.md explains each.
    Comments in the file, and its order, are kept.""",
    examples=("tk config list", "tk config get ready.sort", "tk config set ready.sort oldest"),
    subverbs=(
        Verb("get", get, "Print one setting", examples=("tk config get prefix",), arguments=(_KEY,)),
        Verb(
            "set",
            set_,
            "Set one setting",
            details="""The value is read as TOML if it can be (a number, true, a list), otherwise as text.
            It is checked before anything is written.""",
            examples=(
                "tk config set workflow strict",
                "tk config set claim.ttl 3600",
                "tk config set types '[\"spike\"]'",
            ),
            arguments=(_KEY, Argument("value", "Its new value.")),
        ),
        Verb(
            "unset",
            unset,
            "Reset one setting to its default",
            examples=("tk config unset claim.ttl",),
            arguments=(_KEY,),
        ),
        Verb("list", list_, "Print every setting and where it comes from", examples=("tk config list --json",)),
    ),
    default_subverb="list",
)

"""Write front matter, so that the reader gives back exactly what was written."""

from __future__ import annotations

from bd_py.frontmatter.scalars import ESCAPES, FENCE, resolve, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def write(fields: Mapping[str, Any], body: str = "") -> str:
    """Fields (texts, whole numbers, truth values, None, lists and mappings of them) as front matter above a body."""
    return "\n".join([FENCE, *_mapping(fields, ""), FENCE, body])


def _mapping(fields: Mapping[str, Any], indent: str) -> list[str]:
    out = []
    for key, value in fields.items():
        name = indent + _scalar(key, flow=True) + ":"
        if isinstance(value, dict) and value:
            out += [name, *_mapping(value, indent + "  ")]
        elif isinstance(value, str) and "\n" in value and _fits_block(value):
            ending = {False: "-", True: ""}[value.endswith("\n")]
            block = value.removesuffix("\n").split("\n")
            out += [f"{name} |{ending}", *(f"{indent}  {line}" if line else "" for line in block)]
        else:
            out.append(f"{name} {_inline(value)}".rstrip())
    return out


def _fits_block(text: str) -> bool:
    """Whether a ``|`` block holds the text as it is: its first line tells the indentation, and line ends are plain."""
    lines = text.split("\n")
    whole = all(char.isprintable() or char in "\n\t" for char in text)
    return whole and bool(lines[0]) and lines[0][0] not in " \t" and not text.endswith("\n\n")


def _inline(value: Any) -> str:
    return _scalar(value, flow=False) if not isinstance(value, (dict, list)) else _in_flow(value)


def _in_flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key, flow=True)}: {_in_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_in_flow, value))}]"
    return "null" if value is None else _scalar(value, flow=True)


def _scalar(value: Any, *, flow: bool) -> str:
    if not isinstance(value, str):
        return text_of(value)
    plain = (
        value
        and value.isprintable()
        and value.strip() == value
        and value[0] not in "-?:,[]{}#&*!|>'\"%@`~="
        and ": " not in value
        and " #" not in value
        and not value.endswith(":")
        and not (flow and any(char in value for char in ",[]{}:?"))
        and resolve(value) is value
    )
    return value if plain else _double_quoted(value)


def _double_quoted(text: str) -> str:
    back = {char: code for code, char in ESCAPES.items() if code not in "/ "}
    out = []
    for char in text:
        if char in back and char not in "\xa0":
            out.append("\\" + back[char])
        elif char.isprintable():
            out.append(char)
        else:
            out.append(f"\\x{ord(char):02x}" if char < "\u0100" else f"\\U{ord(char):08x}")
    return f'"{"".join(out)}"'

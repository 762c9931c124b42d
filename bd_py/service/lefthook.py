"""tk's hooks for lefthook: a marked block in ``lefthook-local.yml``, which lefthook lays over its configuration."""

from __future__ import annotations

import os

from bd_py import files
from bd_py.service.hook_text import at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LOCAL = "lefthook-local.yml"


def put(path: str, events: Sequence[str], folder: str = "") -> tuple[str, str]:
    """Write the block: ("written", ""), ("there", ""), or ("to do", what a person has to add)."""
    before = (files.read(path) or b"").decode("utf-8", "surrogateescape")
    rest = _without(before, folder)
    text = _block(events, folder)
    keys = {line.split(":")[0].strip("\"'") for line in rest.splitlines() if line[:1] not in (" ", "#", "\t", "")}
    if keys & set(events) or (rest and not rest.endswith("\n")):
        if f"tk{_dash(folder)}:" in rest:
            return "there", ""
        return "to do", f"add this to {LOCAL}, under the hooks that it has:\n{text}"
    after = rest + text
    if after == before:
        return "there", ""
    files.replace(path, after.encode("utf-8", "surrogateescape"))
    return "written", ""


def take_out(top: str, folder: str = "") -> list[str]:
    """Take the block out; the file goes where there was none before."""
    path = f"{top}/{LOCAL}"
    before = (files.read(path) or b"").decode("utf-8", "surrogateescape")
    after = _without(before, folder)
    if after == before:
        return []
    if after:
        files.replace(path, after.encode("utf-8", "surrogateescape"))
    else:
        os.unlink(path)
    return [path]


def holds(path: str, folder: str = "") -> bool:
    """Whether tk's part is there."""
    return f"    tk{_dash(folder)}:" in (files.read(path) or b"").decode("utf-8", "surrogateescape")


def _block(events: Sequence[str], folder: str) -> str:
    lines = [_begin(folder)]
    for event in events:
        run = f"! command -v tk >/dev/null || tk {at(folder)}hook {event} {{0}} </dev/null || [ $? -ne 9 ]"
        quoted = run.replace("\\", "\\\\").replace('"', '\\"')
        lines += [f"{event}:", "  commands:", f"    tk{_dash(folder)}:", f'      run: "{quoted}"']
    return "\n".join([*lines, _end(folder)]) + "\n"


def _without(text: str, folder: str) -> str:
    start, stop = text.find(_begin(folder) + "\n"), text.find(_end(folder) + "\n")
    return text if start < 0 or stop < start else text[:start] + text[stop + len(_end(folder)) + 1 :]


def _dash(folder: str) -> str:
    return "-" + folder.rstrip("/").replace("/", "-") if folder else ""


def _begin(folder: str) -> str:
    return f"# >>> tk{_dash(folder)} >>> 'tk install-hooks' wrote this block, 'tk uninstall-hooks' takes it out"


def _end(folder: str) -> str:
    return f"# <<< tk{_dash(folder)} <<<"

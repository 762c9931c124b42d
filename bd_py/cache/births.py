"""Which branch a segment was opened on, remembered where HEAD went to another before the segment was committed.

Events that are not committed yet stay in the working tree when another branch is checked out, as any new file
does. The pre-commit hook takes along only those that belong to the branch that it commits to.
"""

from __future__ import annotations

from bd_py.cache.session import set_meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from bd_py.cache.level import Connection

_KEY = "births"


def ref_of(position: str) -> str:
    """The branch in a token of `paths.head_position`: ``refs/heads/main``; "" on none."""
    words = position.split(" ")
    return words[1] if words[0] == "ref:" and len(words) > 1 else ""


def note(conn: Connection, meta: dict[str, str], position: str) -> None:
    """A new segment begins at ``position``: what was live before, on another branch, is remembered as that one's."""
    before, number = ref_of(meta.get("live_head", "")), meta.get("live")
    if not before or not number or before == ref_of(position):
        return
    row = conn.execute("SELECT path FROM segments WHERE id = ?", (number,)).fetchone()
    if row is not None:
        set_meta(conn, meta, _KEY, f"{meta.get(_KEY, '')}{row[0]}\t{before}\n")


def elsewhere(conn: Connection, meta: dict[str, str], position: str) -> dict[str, str]:
    """The segments that were opened on another branch, with its name; what is not remembered is this branch's."""
    found = dict(line.split("\t", 1) for line in meta.get(_KEY, "").splitlines())
    number = meta.get("live")
    row = conn.execute("SELECT path FROM segments WHERE id = ?", (number,)).fetchone() if number else None
    if row is not None and (ref := ref_of(meta.get("live_head", ""))):
        found[row[0]] = ref
    here = ref_of(position)
    return {path: ref for path, ref in found.items() if ref != here}


def keep(conn: Connection, meta: dict[str, str], found: Mapping[str, str]) -> None:
    """Remember just these segments with their branches: they are not committed yet."""
    text = "".join(f"{path}\t{ref}\n" for path, ref in sorted(found.items()))
    if text != meta.get(_KEY, ""):
        set_meta(conn, meta, _KEY, text)

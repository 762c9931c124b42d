"""The section of tk in AGENTS.md: put there when asked, found again by its markers, nothing else touched.

It works on bytes, so that whatever else the file holds stays as it is.
"""

from __future__ import annotations

import os

from bd_py import files
from bd_py.errors import InvalidError, NotFoundError
from bd_py.paths import find_git_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bd_py.paths import Paths

NAME = "AGENTS.md"
BEGIN = b"<!-- tk: begin -->"
END = b"<!-- tk: end -->"
SECTION = """\
## Tasks

This project tracks its work with `tk`; the tasks are in `.tasks/`, which only `tk` writes.

- Begin a session with `tk prime`: it tells how tasks are used here and what is ready.
- Take a task before you work on it (`tk claim ID`), close it when it is done (`tk close ID -r "what was done"`).
- Write down what you find on the way (`tk create "Title" --dep discovered-from:ID`).
- Commit `.tasks/` together with the work it describes.
"""


def place(where: Paths) -> str:
    """The AGENTS.md of the repository, or of the folder that holds the store where there is no git."""
    git_dir = find_git_dir(where.root)
    top = where.root
    while git_dir is not None and not os.path.lexists(top + "/.git") and os.path.dirname(top) != top:
        top = os.path.dirname(top)
    return f"{top.rstrip('/')}/{NAME}"


def wanted(content: bytes | None, name: str = NAME) -> bytes:
    """The file with the section as it should be: in the place of the old one, else at the end.

    Raises InvalidError where the markers are not one pair.
    """
    old = content or b""
    # A lone \r at the end would become \r\n by what follows it, and the section be of the other kind next time.
    newline = b"\r\n" if b"\r\n" in old or old.endswith(b"\r") else b"\n"
    section = newline.join([BEGIN, *SECTION.encode().splitlines(), END])
    span = _span(old, name)
    if span is not None:
        return old[: span[0]] + section + old[span[1] :]
    if not old:
        return section + newline
    gap = b"" if old.endswith(newline * 2) else newline if old.endswith(newline) else newline * 2
    return old + gap + section + newline


def without(content: bytes, name: str = NAME) -> bytes:
    """The file without the section and the end of its line. Raises InvalidError."""
    span = _span(content, name)
    if span is None:
        return content
    before, after = content[: span[0]], content[span[1] :]
    for newline in (b"\r\n", b"\n"):
        if after.startswith(newline):
            after = after[len(newline) :]
            break
    return before + after


def _span(content: bytes, name: str) -> tuple[int, int] | None:
    begins, ends = content.count(BEGIN), content.count(END)
    if not begins and not ends:
        return None
    start, stop = content.find(BEGIN), content.find(END)
    if (begins, ends) != (1, 1) or stop < start:
        mark = start if start >= 0 else stop
        line = content.count(b"\n", 0, mark) + 1
        raise InvalidError(
            f"{name}:{line}: the markers of tk's section are not one pair",
            f"There must be one '{BEGIN.decode()}' and, below it, one '{END.decode()}'. Nothing was changed.",
            file=name,
            line=line,
        )
    return start, stop + len(END)


def update(path: str, *, remove: bool = False) -> str:
    """Write the section, or take it away: ``created``, ``updated``, ``removed`` or ``unchanged``.

    A file that is so already is not written. Raises InvalidError, ReadOnlyError, TkError.
    """
    real = os.path.realpath(path)
    content = files.read(real)
    if content is None and os.path.exists(real):
        raise InvalidError(f"cannot read '{path}'", "It must be a file that can be read.")
    if remove:
        if content is None:
            return "unchanged"
        new = without(content)
    else:
        new = wanted(content)
    if new == content:
        return "unchanged"
    if remove and not new:
        os.unlink(real)  # it held nothing but the section
        return "removed"
    if not os.path.isdir(os.path.dirname(real)):
        raise NotFoundError(f"'{path}' points to a folder that is not there", "Mend the link first.")
    files.replace(real, new)
    return "removed" if remove else "created" if content is None else "updated"

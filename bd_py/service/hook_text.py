"""tk's marked block in the text of a hook: put in, found, taken out, with every other byte as it was."""

from __future__ import annotations

from bd_py import files
from bd_py.errors import TkError

EVENTS = ("pre-commit", "post-commit", "post-merge", "post-checkout", "post-rewrite", "pre-push")
"""The hooks that tk installs."""

MADE = b"# made by tk install-hooks\n"
"""The second line of a hook that was not there before: when nothing else is left in it, it goes."""

_SHELLS = ("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh")
_HEAD = b"#!/bin/sh\n"

_PYTHON = """\
{begin} 'tk install-hooks' wrote this block, 'tk uninstall-hooks' takes it out
import os as _tk_os, shutil as _tk_shutil, subprocess as _tk_subprocess, sys as _tk_sys
if _tk_shutil.which("tk") and _tk_os.path.isdir({store!r}):
    _tk_call = ["tk", "-C", {folder!r}, "hook", {event!r}, *(a for a in _tk_sys.argv[1:] if a[:1] != "-")]
    {call}
        _tk_sys.exit(1)
if _tk_os.environ.get("TK_HOOK_PROBE"):
    _tk_sys.exit(0)
{end}
"""

_PYTHON_CALL = "if _tk_subprocess.call(_tk_call, stdin=_tk_subprocess.DEVNULL) == 9:"
_PYTHON_CALL_WITH_REFS = """\
_tk_call.insert(5, "-")
    _tk_refs = b"" if _tk_os.environ.get("TK_HOOK_PROBE") else b"".join(iter(lambda: _tk_os.read(0, 65536), b""))
    _tk_file = __import__("tempfile").TemporaryFile()
    _tk_file.write(_tk_refs)
    _tk_file.flush()
    _tk_os.dup2(_tk_file.fileno(), 0)  # for tk, and once more for what follows
    _tk_os.lseek(0, 0, 0)
    _tk_code = _tk_subprocess.call(_tk_call) if _tk_refs or _tk_os.environ.get("TK_HOOK_PROBE") else 0
    _tk_os.lseek(0, 0, 0)
    if _tk_code == 9:"""


def begin(event: str, folder: str) -> str:
    """The marker before the block; ``folder`` is the store's below the top of the working tree, "" for the top."""
    return f"# >>> tk {event}{' in ' + folder.rstrip('/') if folder else ''} >>>"


def end(event: str, folder: str) -> str:
    """The marker after it."""
    return begin(event, folder).replace(">>>", "<<<")


def shipped(event: str) -> str:
    """The hook file that travels with tk. Raises TkError where the installation lacks it."""
    data = files.read(f"{files.shipped('hooks')}/{event}")
    if data is None:
        raise TkError(f"{files.shipped('hooks')}/{event} is missing", "Install tk again.")
    return data.decode()


def shell_block(event: str, folder: str = "") -> str:
    """The block for a hook in sh."""
    text = shipped(event)
    block = text[text.index(begin(event, "")) :]
    if folder:
        block = block.replace(begin(event, ""), begin(event, folder)).replace(end(event, ""), end(event, folder))
        block = block.replace(" .tasks ", f" {quoted(folder + '.tasks')} ")
        block = block.replace("exec tk hook", f"exec tk {at(folder)}hook")
    return block


def quoted(path: str) -> str:
    """A path as one word of sh."""
    return "'" + path.rstrip("/").replace("'", "'\\''") + "'"


def at(folder: str) -> str:
    """The option that names the store's folder, where that is not the top."""
    return f"-C {quoted(folder)} " if folder else ""


def python_block(event: str, folder: str = "") -> str:
    """The block for a hook in Python."""
    return _PYTHON.format(
        begin=begin(event, folder),
        end=end(event, folder),
        event=event,
        folder=folder or ".",
        store=folder + ".tasks",
        call=_PYTHON_CALL_WITH_REFS if event == "pre-push" else _PYTHON_CALL,
    )


def whole(event: str, folder: str = "") -> bytes:
    """A hook that has nothing but the block."""
    return _HEAD + MADE + shell_block(event, folder).encode()


def insert(data: bytes, event: str, folder: str = "") -> bytes | None:
    """A hook's text with the block in its present form; None where it is in no language that tk knows."""
    data = remove(data, event, folder)
    if data == b"":
        return whole(event, folder)
    if b"\0" in data[:8000] or data.startswith(b"\xef\xbb\xbf"):
        return None
    name = interpreter(data)
    if name in _SHELLS:
        at = data.find(b"\n") + 1 if data.startswith(b"#!") else 0
        if data.startswith(b"#!") and not at:
            # Not even a line end: the block brings one before it, and none after it, by which it is known again.
            return data + b"\n" + shell_block(event, folder).encode()[:-1]
        if data[at:].startswith(MADE):
            at += len(MADE)
        return data[:at] + shell_block(event, folder).encode() + data[at:]
    if name == "python":
        line = _python_place(data)
        if line is not None:
            rows = data.splitlines(keepends=True)
            return b"".join(rows[:line]) + python_block(event, folder).encode() + b"".join(rows[line:])
    return None


def remove(data: bytes, event: str, folder: str = "") -> bytes:
    """The text without the block; empty where nothing but what tk wrote is left."""
    first, last = begin(event, folder).encode(), end(event, folder).encode()
    start = data.find(first)
    stop = data.find(last, start)
    if start < 0 or stop < 0:
        return data
    stop += len(last)
    if data[stop : stop + 1] == b"\n":
        stop += 1
    elif stop == len(data) and start:
        start -= 1
    left = data[:start] + data[stop:]
    return b"" if left in (_HEAD + MADE, MADE) else left


def holds(data: bytes, event: str, folder: str = "") -> bool:
    """Whether the block is there, in whatever form."""
    return remove(data, event, folder) != data


def interpreter(data: bytes) -> str:
    """What runs a hook: "sh" where it does not say, as with git; a Python of any version is "python"."""
    if not data.startswith(b"#!"):
        return "sh"
    words = data.split(b"\n", 1)[0][2:].decode("utf-8", "replace").split()
    names = [word.rsplit("/", 1)[-1] for word in words if not word.startswith("-") and "=" not in word]
    if names and names[0] in ("env", "busybox"):
        names = names[1:]
    name = names[0] if names else ""
    return "python" if name.startswith("python") else name


def _python_place(data: bytes) -> int | None:
    """After how many lines a statement may be put first; None where this Python cannot read the text."""
    import ast

    if b"\r" in data or b"\f" in data:
        return None
    try:
        body = ast.parse(data).body
    except (SyntaxError, ValueError):
        return None
    head = 0
    for number, line in enumerate(data.splitlines()[:2], 1):
        if line.startswith(b"#") and (number == 1 or b"coding" in line):
            head = number
    for k, node in enumerate(body):
        doc = k == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (doc or future):
            if node.lineno <= head:
                return None
            break
        head = max(head, node.end_lineno or 0)
    rows = data.splitlines(keepends=True)
    return head if not rows or head < len(rows) or rows[-1].endswith(b"\n") else None

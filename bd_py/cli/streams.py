"""Bytes and text at the ends of the process: stdin, stdout, stderr and named files."""

from __future__ import annotations

import os

from bd_py.errors import InvalidError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person may be looking; False for a stream that is closed or missing."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def decode(data: bytes, name: str) -> str:
    """The text of UTF-8 bytes, a byte order mark left out; ``name`` says whose. Raises InvalidError."""
    try:
        return data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{name} is no UTF-8 text (byte {error.start})") from None


def one_line(text: str) -> str:
    """The text without characters that drive a terminal: line ends as blanks, others escaped."""
    if text.isprintable():
        return text
    from bd_py.render import safe

    return safe(" ".join(text.splitlines()))


def write(stream: TextIO | None, text: str) -> None:
    """Write text whole, also to a pipe that is set to not block. Nothing when the stream is closed.

    Names that are no UTF-8 (surrogates, from the file system) go out as the bytes they were.
    """
    if stream is None or stream.closed:
        return
    try:
        stream.flush()
        fd = stream.fileno()
    except ValueError:  # io.UnsupportedOperation too: a stream in memory
        stream.write(text)
        return
    data = _encode(text, stream.encoding or "utf-8")
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            import select

            waiting = select.poll()
            waiting.register(fd, select.POLLOUT)
            waiting.poll()


def _encode(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace")

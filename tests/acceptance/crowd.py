"""Many tk processes at one moment, and tk processes that are killed: a server that forks them ready to run.

A process that imports bd_py first and forks then starts a command in a millisecond, so that 32 of them really
meet. Run as a program it takes a request a line on stdin, and answers with a line on stdout.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn

KILLED = -signal.SIGKILL


@dataclass
class Command:
    """One command line. ``kill_after`` seconds, or at its ``kill_at``-th call of a C function, it is killed.

    ``injection``: what befalls its calls that change files, as `tests.torture.tracer.Injection` has it.
    ``file_limit``: no file may grow beyond so many bytes. ``program``: ``args`` begin with another program than tk.
    """

    args: list[str]
    env: dict[str, str] = field(default_factory=dict)
    kill_after: float | None = None
    kill_at: int | None = None
    injection: dict[str, Any] | None = None
    file_limit: int | None = None
    program: bool = False
    cwd: str | None = None
    input: str = ""


@dataclass
class Done:
    """How a command ended: its exit code, `KILLED` where it was killed; its calls where an injection counted them."""

    code: int
    out: str
    err: str
    calls: list[str] = field(default_factory=list)


class Crowd:
    """The server, from its start to the end of a ``with`` block."""

    def __init__(self, cwd: Path) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__], cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> Crowd:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(60)
        self._server.stdout.close()

    def lanes(self, lanes: list[list[Command]]) -> list[list[Done]]:
        """Run the lanes at once, the commands of each one after the other."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        json.dump([[asdict(each) for each in lane] for lane in lanes], self._server.stdin)
        self._server.stdin.write("\n")
        self._server.stdin.flush()
        return [[Done(**each) for each in lane] for lane in json.loads(self._server.stdout.readline())]

    def at_once(self, commands: list[Command]) -> list[Done]:
        """Run commands at one moment."""
        return [lane[0] for lane in self.lanes([[command] for command in commands])]

    def one(self, *args: str, **more: Any) -> Done:
        """Run one command."""
        return self.at_once([Command(list(args), **more)])[0]


def serve() -> None:
    """Answer requests until stdin ends."""
    sys.path.insert(0, os.environ["PYTHONPATH"])
    _import_all()
    for request in sys.stdin:
        sys.stdout.write(json.dumps(_run(json.loads(request))) + "\n")
        sys.stdout.flush()


def _import_all() -> None:
    """What commands import, once for all: left to each of them it is two thirds of a lost claim's time."""
    import orjson  # noqa: F401

    import bd_py.__main__
    import bd_py.cache.build
    import bd_py.cache.catchup
    import bd_py.cli.main
    import bd_py.filewrite.convert
    import bd_py.filewrite.write  # noqa: F401
    from bd_py.cli import registry

    registry.load_all()


def _run(lanes: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    gate, opened = os.pipe()
    children = []
    for lane in lanes:
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(opened)
            os.read(gate, 1)  # until the server lets go of the other end
            with open(writer, "w") as out:
                json.dump([_command(**each) for each in lane], out)
            os._exit(0)
        os.close(writer)
        children.append((pid, reader))
    os.close(gate)
    os.close(opened)
    found = []
    for pid, reader in children:
        with open(reader) as answer:
            found.append(json.load(answer))
        os.waitpid(pid, 0)
    return found


def _command(**given: Any) -> dict[str, Any]:
    command = Command(**given)
    streams = [os.memfd_create(name) for name in ("in", "out", "err")]
    os.write(streams[0], command.input.encode())
    os.lseek(streams[0], 0, os.SEEK_SET)
    calls: list[str] = []
    if command.injection is not None:
        from tests.torture.tracer import Injection, follow

        traced = follow(lambda: _become(command, streams), Injection(**command.injection))
        code, calls = traced.code, traced.calls
    else:
        pid = os.fork()
        if not pid:
            _become(command, streams)
        if command.kill_after is not None:
            time.sleep(command.kill_after)
            os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    texts = []
    for stream in streams[1:]:
        os.lseek(stream, 0, os.SEEK_SET)
        with open(stream, encoding="utf-8") as file:
            texts.append(file.read())
    return {"code": code, "out": texts[0], "err": texts[1], "calls": calls}


def _become(command: Command, streams: list[int]) -> NoReturn:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.environ.update(command.env)
    if command.cwd is not None:
        os.chdir(command.cwd)
    if command.file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (command.file_limit, command.file_limit))
    if command.program:
        os.execvp(command.args[0], command.args)
    _become_tk(command.args, command.kill_at)


def _become_tk(args: list[str], kill_at: int | None) -> NoReturn:
    sys.argv[1:] = args
    from bd_py.__main__ import main

    if kill_at is not None:
        left = kill_at

        def count(_frame: FrameType, event: str, _arg: object) -> None:
            nonlocal left
            left -= event == "c_call"
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
    main()


if __name__ == "__main__":
    serve()

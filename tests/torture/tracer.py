"""Stops a program at every call that changes a file, and there kills it or makes the call fail.

Linux's own means, through ctypes and without anything installed: a seccomp filter stops the program at the calls
named below and at no other, and ptrace tells its parent. So what SQLite and git's processes do counts as well as what
Python does, and a program that is stopped nowhere runs at its full speed.
"""

from __future__ import annotations

import ctypes
import errno as errors
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

AVAILABLE = sys.platform == "linux" and platform.machine() == "x86_64"
WHY_NOT = "kills at each call need ptrace and seccomp, and the call numbers of Linux on x86_64"

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_LAST_STREAM = 2
"""Calls on stdin, stdout and stderr leave the file system as it is."""

_CALLS = [  # name, number, and what is looked at before it counts: (argument, kind)
    ("open", 2, (1, "flags")),
    ("openat", 257, (2, "flags")),
    ("creat", 85, None),
    ("write", 1, (0, "stream")),
    ("pwrite64", 18, (0, "stream")),
    ("writev", 20, (0, "stream")),
    ("pwritev", 296, None),
    ("copy_file_range", 326, None),
    ("sendfile", 40, None),
    ("fallocate", 285, None),
    ("fsync", 74, None),
    ("fdatasync", 75, None),
    ("truncate", 76, None),
    ("ftruncate", 77, None),
    ("rename", 82, None),
    ("renameat", 264, None),
    ("renameat2", 316, None),
    ("link", 86, None),
    ("linkat", 265, None),
    ("symlink", 88, None),
    ("symlinkat", 266, None),
    ("unlink", 87, None),
    ("unlinkat", 263, None),
    ("mkdir", 83, None),
    ("mkdirat", 258, None),
    ("rmdir", 84, None),
    ("chmod", 90, None),
    ("fchmod", 91, None),
    ("fchmodat", 268, None),
]
_SPACE = frozenset("open openat creat write pwrite64 writev pwritev copy_file_range fallocate mkdir mkdirat".split())
_SYNC = frozenset(("fsync", "fdatasync"))
KINDS = {
    "any": frozenset(name for name, _, _ in _CALLS),
    "space": _SPACE | {"link", "linkat", "rename", "renameat", "symlink", "symlinkat"},
    "sync": _SYNC,
    "disk": _SYNC | {"write", "pwrite64", "ftruncate", "rename", "link"},
}
"""Which calls a full disk refuses, which wait for the disk, which a broken one may fail."""

# linux/ptrace.h, linux/seccomp.h, linux/filter.h
_TRACEME, _POKEUSER, _CONT, _SETOPTIONS, _GETEVENTMSG = 0, 6, 7, 0x4200, 0x4201
_OPTIONS = 0x100000 | 0x80 | 0x02 | 0x04 | 0x08 | 0x10  # EXITKILL, SECCOMP, FORK, VFORK, CLONE, EXEC
_EVENT_SECCOMP = 7
_ORIG_RAX, _RAX = 15 * 8, 10 * 8
_LOAD, _EQUAL, _ANY_BIT, _GREATER, _RETURN = 0x20, 0x15, 0x45, 0x25, 0x06
_NUMBER_AT, _ARCH_AT, _ARGS_AT, _X86_64 = 0, 4, 16, 0xC000003E
_ALLOW, _TRACE = 0x7FFF0000, 0x7FF00000
_NO_NEW_PRIVS, _SECCOMP, _FILTER = 38, 22, 2
_WALL = 0x40000000


@dataclass
class Injection:
    """What befalls the ``at``-th call of a kind, from 1: a kill, or an ``errno``; ``lasting``: all after it, too."""

    at: int
    kind: str = "any"
    errno: int | None = None
    lasting: bool = False


@dataclass
class Traced:
    """How a traced program ended, and the names of the calls of the injection's kind that it came to."""

    code: int = 0
    calls: list[str] = field(default_factory=list)


def follow(child: Callable[[], object], injection: Injection) -> Traced:
    """Run ``child`` in a process of its own, with all processes that it starts; a kill takes all of them.

    The caller has one thread, and no other children that end meanwhile.
    """
    pid = os.fork()
    if not pid:
        try:
            _be_traced()
            child()
        finally:
            os._exit(125)
    os.waitpid(pid, _WALL)
    _ptrace(_SETOPTIONS, pid, 0, _OPTIONS)
    _ptrace(_CONT, pid, 0, 0)
    return _Loop(pid, injection).run()


class _Loop:
    def __init__(self, first: int, injection: Injection) -> None:
        self.first = first
        self.alive = {first}
        self.injection = injection
        self.kind = KINDS[injection.kind]
        self.traced = Traced()

    def run(self) -> Traced:
        while self.alive:
            pid, status = os.waitpid(-1, _WALL)
            if not os.WIFSTOPPED(status):
                self.alive.discard(pid)
                if pid == self.first:
                    self.traced.code = os.waitstatus_to_exitcode(status)
                continue
            self.alive.add(pid)
            self._stopped(pid, os.WSTOPSIG(status), status >> 16)
        return self.traced

    def _stopped(self, pid: int, number: int, event: int) -> None:
        passed_on = 0
        if event == _EVENT_SECCOMP:
            if self._call(pid):
                return
        elif number not in (signal.SIGTRAP, signal.SIGSTOP):
            passed_on = number
        _ptrace(_CONT, pid, 0, passed_on)

    def _call(self, pid: int) -> bool:
        """A call is about to be made; whether it ends everything."""
        message = ctypes.c_ulong()
        _ptrace(_GETEVENTMSG, pid, 0, ctypes.addressof(message))
        name = _CALLS[message.value][0]
        if name not in self.kind:
            return False
        self.traced.calls.append(name)
        done, plan = len(self.traced.calls), self.injection
        if done == plan.at or (plan.lasting and done > plan.at):
            if plan.errno is None:
                for each in self.alive:
                    os.kill(each, signal.SIGKILL)
                return True
            _ptrace(_POKEUSER, pid, _ORIG_RAX, -1)  # no call at all, and this for its answer
            _ptrace(_POKEUSER, pid, _RAX, -plan.errno)
        return False


def _be_traced() -> None:
    _ptrace(_TRACEME, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    rules = _program()
    code = ctypes.create_string_buffer(b"".join(rules))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(rules), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value, where in ((_NO_NEW_PRIVS, 1, 0), (_SECCOMP, _FILTER, ctypes.addressof(program))):
        if libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(where), 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")


def _program() -> list[bytes]:
    """The filter: each call's number, then the argument that says whether it writes; stop with the call's place."""
    found = [_rule(_LOAD, _ARCH_AT), _rule(_EQUAL, _X86_64, 1, 0), _rule(_RETURN, _ALLOW), _rule(_LOAD, _NUMBER_AT)]
    for place, (_, number, look) in enumerate(_CALLS):
        block = []
        if look is not None:
            test, value = (_ANY_BIT, _WRITES) if look[1] == "flags" else (_GREATER, _LAST_STREAM)
            block = [_rule(_LOAD, _ARGS_AT + 8 * look[0]), _rule(test, value, 1, 0), _rule(_RETURN, _ALLOW)]
        block.append(_rule(_RETURN, _TRACE | place))
        found += [_rule(_EQUAL, number, 0, len(block)), *block]
    return [*found, _rule(_RETURN, _ALLOW)]


def _rule(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _ptrace(request: int, pid: int, where: int, data: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(request, pid, where, data) == -1:
        number = ctypes.get_errno()
        if number != errors.ESRCH:  # killed meanwhile: the next wait tells
            raise OSError(number, f"ptrace {request}: {os.strerror(number)}")

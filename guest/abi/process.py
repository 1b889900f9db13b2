"""Numbers and structures of the calls that make processes and wait for them."""

from __future__ import annotations

from enum import IntEnum

from guest.abi.cstruct import U64, Struct
from guest.abi.flag_word import FlagWord

CSIGNAL = 0xFF
"""The bits of clone's flags that are the exit signal."""
CLONE_CLEAR_SIGHAND = 1 << 32
CLONE_INTO_CGROUP = 1 << 33
"""Only clone3 has room for these two."""
CLONE_ARGS_SIZE_VER0 = 64


class CloneArgs(Struct):
    """struct clone_args."""

    flags: U64 = 0
    pidfd: U64 = 0
    child_tid: U64 = 0
    parent_tid: U64 = 0
    exit_signal: U64 = 0
    stack: U64 = 0
    stack_size: U64 = 0
    tls: U64 = 0
    set_tid: U64 = 0
    set_tid_size: U64 = 0
    cgroup: U64 = 0


class WaitOption(FlagWord):
    """Options of wait4 and waitid; WUNTRACED is another name of WSTOPPED. The last three begin with two underscores
    in C, which Python would mangle.
    """

    WNOHANG = 0x1
    WSTOPPED = 0x2
    WEXITED = 0x4
    WCONTINUED = 0x8
    WNOWAIT = 0x1000000
    WNOTHREAD = 0x20000000
    WALL = 0x40000000
    WCLONE = 0x80000000


class WaitId(IntEnum):
    """What waitid's number is."""

    P_ALL = 0
    P_PID = 1
    P_PGID = 2
    P_PIDFD = 3

"""What every machine has before its random calls: one open file of each kind, and handlers for some signals.

The descriptors are always the same, so that a small random number is a descriptor of some interesting kind.
"""

from __future__ import annotations

import struct

from guest.abi.constants import Signal
from guest.abi.flags import AT_FDCWD
from guest.abi.syscalls import NUMBERS
from tests.fuzz.values import Argument, Block, Call, Place, Pointer

ALARM = 64
"""The signal that ends a call that blocks."""


def call(name: str, *arguments: Argument | bytes) -> Call:
    """A call by name; bytes are data that it is given a pointer to."""
    return Call(
        NUMBERS[name],
        tuple(Block((argument,)) if isinstance(argument, bytes) else argument for argument in arguments),
    )


def _open(path: bytes, flags: int) -> Call:
    return call("openat", AT_FDCWD, path + b"\0", flags, 0o600)


def _handler(number: int) -> Call:
    action = Block((Pointer(Place.HANDLER), bytes(24)))
    return call("rt_sigaction", number, action, 0, 8)


_ADDRESS = struct.pack("<H", 2) + struct.pack(">H", 8000) + b"\x7f\0\0\1" + bytes(8)
_ANY_PORT = struct.pack("<H", 2) + bytes(14)
_PAIR = Pointer(Place.ARENA, 0xF000)
_MASK = struct.pack("<Q", 1 << 9)
_RDWR, _CREATE, _PATH, _NONBLOCK = 2, 0o100, 0o10000000, 0o4000

PROLOGUE: tuple[tuple[Call, int], ...] = (
    (call("pipe2", _PAIR, 0), 2),  # 3, 4
    (_open(b"/data/file", _RDWR), 1),
    (_open(b"/data/file", 0), 1),
    (_open(b"/data", 0), 1),
    (_open(b"/data/file", _PATH), 1),  # 8
    (_open(b"/proc/self/mem", _RDWR), 1),
    (_open(b"/proc/self/maps", 0), 1),
    (_open(b"/dev/null", _RDWR), 1),
    (_open(b"/dev/zero", _RDWR), 1),
    (_open(b"/dev/urandom", 0), 1),
    (_open(b"/dev/ptmx", _RDWR | _NONBLOCK), 1),  # 14
    (call("ioctl", 14, 0x40045431, bytes(4)), 0),  # TIOCSPTLCK
    (_open(b"/dev/pts/0", _RDWR | _NONBLOCK), 1),
    (_open(b"/dev/kmsg", _RDWR | _NONBLOCK), 1),
    (call("epoll_create1", 0), 1),  # 17
    (call("eventfd2", 3, 0), 1),
    (call("timerfd_create", 1, 0), 1),
    (call("inotify_init1", 0), 1),  # 20
    (call("signalfd4", -1, _MASK, 8, 0), 1),
    (call("memfd_create", b"m\0", 3), 1),
    (call("pidfd_open", 1, 0), 1),
    (call("socketpair", 1, 1, 0, _PAIR), 2),  # 24, 25
    (call("socketpair", 1, 2, 0, _PAIR), 2),
    (call("socket", 2, 1, 0), 1),  # 28
    (call("bind", 28, _ADDRESS, 16), 0),
    (call("listen", 28, 5), 0),
    (call("socket", 2, 1, 0), 1),
    (call("connect", 29, _ADDRESS, 16), 0),
    (call("accept", 28, 0, 0), 1),  # 30
    (call("socket", 2, 2, 0), 1),
    (call("bind", 31, _ANY_PORT, 16), 0),
    (call("socket", 16, 3, 0), 1),  # 32
    (call("socketpair", 1, 5, 0, _PAIR), 2),
    (_open(b"/tmp/a", _RDWR | _CREATE), 1),  # 35
    (_open(b"/sys/devices/system/cpu/online", 0), 1),
    (call("mknodat", AT_FDCWD, b"/dev/shm/fifo\0", 0o10600, 0), 0),
    (_open(b"/dev/shm/fifo", _RDWR), 1),
    (_open(b"/proc", 0), 1),
    (_open(b"/tmp", 0), 1),
    (_open(b"/proc/self/oom_score_adj", _RDWR), 1),
    (call("write", 4, b"x" * 100, 100), 0),
    (call("write", 35, b"t" * 5000, 5000), 0),
    (call("write", 22, b"m" * 5000, 5000), 0),
    (call("epoll_ctl", 17, 1, 3, struct.pack("<IIQ", 1, 0, 7)), 0),
    (call("inotify_add_watch", 20, b"/tmp\0", 0xFFF), 0),
    *((_handler(number), 0) for number in (Signal.SIGUSR1, Signal.SIGALRM, Signal.SIGPIPE, Signal.SIGHUP, 40, ALARM)),
    (call("mmap", 0x3000_0000, 0x4000, 3, 0x11, 5, 0), 0),
    (call("chdir", b"/data\0"), 0),
)
"""Calls, and how many descriptors each opens."""
FIRST = 3
DESCRIPTORS = FIRST + sum(opened for _, opened in PROLOGUE)
"""The lowest descriptor that is free afterwards."""

"""Single values as calls take them, right, nearly right and wrong: numbers, descriptors, pointers, paths, flags."""

from __future__ import annotations

import functools
import struct
from enum import IntEnum, IntFlag
from typing import Any

import guest.syscall_table  # noqa: F401  (declares the calls)
from guest.abi import constants, socket, tty
from tests.fuzz import generate as st
from tests.fuzz.generate import Generator, mixed
from tests.fuzz.prologue import DESCRIPTORS
from tests.fuzz.values import OUTSIDE, Block, Place, Pointer, Result

EDGES = sorted(
    {sign * (1 << bits) + delta for bits in (7, 8, 12, 15, 16, 20, 31, 32, 40, 47, 48, 60, 62, 63) for sign in (1, -1)
     for delta in (-1, 0, 1)}
)  # fmt: skip
small = st.integers(-1, 70)
numbers = mixed(small, small, st.sampled_from(EDGES), st.integers(0, (1 << 64) - 1))
sizes = mixed(
    *[st.integers(0, 64), st.sampled_from([0, 1, 8, 16, 100, 4095, 4096, 4097, 8192, 65536])] * 2,
    st.sampled_from([-1, 1 << 20, 0x7FFFF000, 1 << 31, 1 << 32, 1 << 40, 1 << 60, (1 << 63) - 1, 1 << 63]),
)  # fmt: skip
descriptors = mixed(
    *[st.integers(0, DESCRIPTORS - 1)] * 6, st.integers(0, DESCRIPTORS + 12),
    st.sampled_from([-1, -100, 1023, 1 << 20, 1 << 31, (1 << 32) + 1]), st.builds(Result, st.integers(1, 6)),
)  # fmt: skip
pids = mixed(*[st.integers(0, 3)] * 4, st.integers(-2, 5), st.builds(Result, st.integers(1, 6)), numbers)
signals = st.integers(-1, 65)
users = st.sampled_from([0, 1, 1000, 65534, 0xFFFFFFFF, 1 << 31])
modes = mixed(st.integers(0, 0o7777), st.integers(0, 0o177777), numbers)
tags = st.sampled_from([0] * 18 + [0x5A, 0xFF])

good_pointers = st.sampled_from([Pointer(Place.ARENA, offset) for offset in (0x8000, 0x8100, 0x9000, 0xA008)])
bad_pointers = st.builds(
    Pointer,
    st.sampled_from(list(Place)),
    mixed(st.sampled_from([0, 8, 4096, -1, -4, -8, -16, -100]), st.integers(-70, 70)),
    tags,
)
pointers = mixed(*[good_pointers] * 4, bad_pointers)
pages = st.builds(
    Pointer, st.sampled_from([Place.ARENA, *Place]), st.sampled_from([0, 0, 4096, 8192, -4096, 0xF000, 1, -1])
)


LAYOUTS = [(0, 0, 0)] * 24 + [
    (1, 0, 0),
    (4, 0, 0),
    (7, 0, 0),
    (0, 1, 0),
    (0, 2, 0),
    (0, 9, 0),
    (0, 0, 0x5A),
    (0, 0, 0xFF),
]


def block(pieces: Generator[tuple[Any, ...]]) -> Generator[Block]:
    return st.builds(lambda pieces, layout: Block(pieces, *layout), pieces, st.sampled_from(LAYOUTS))


PATHS = [
    b"/data/file",
    b"data/file",
    b"/data/empty",
    b"/data",
    b"/data/sub",
    b".",
    b"..",
    b"/",
    b"",
    b"/data/../data/./file",
    b"/tmp/a",
    b"/tmp/b",
    b"/tmp/d",
    b"/tmp/d/e",
    b"/tmp",
    b"/run/x",
    b"new",
    b"/new/",
    b"/data/new",
    b"file",
    b"a",
    b"/bin/prog",
    b"/bin/script",
    b"/bin/loop",
    b"/bin/text",
    b"/bin/setid",
    b"/bin/dynamic",
    b"/out",
    b"/absolute",
    b"/dots",
    b"/out/secret",
    b"/absolute/secret",
    b"/dots/etc/passwd",
    b"/loop",
    b"/dangling",
    OUTSIDE,
    OUTSIDE + b"/secret",
    b"../../../../../../.." + OUTSIDE + b"/secret",
    b"/../.." + OUTSIDE + b"/secret",
    b"/proc/self/root/../.." + OUTSIDE,
    b"/proc/self/cwd/../outside/secret",
    b"../outside/secret",
    b"../../outside",
    b"/hostfifo",
    b"/private",
    b"/data/file/",
    b"/data/file/x",
    b"x" * 255,
    b"x" * 256,
    b"y/" * 2047 + b"y",
    b"z" * 4095,
    b"z" * 4096,
    b"\xff\xfe\x80",
    b"a b\n",
    b"/dev/null",
    b"/dev/zero",
    b"/dev/full",
    b"/dev/random",
    b"/dev/urandom",
    b"/dev/tty",
    b"/dev/ptmx",
    b"/dev/pts/0",
    b"/dev/pts",
    b"/dev/kmsg",
    b"/dev/shm/s",
    b"/dev/console",
    b"/dev/stdin",
    b"/dev/fd",
    b"/dev/fd/3",
    b"/dev/fd/9",
    b"/proc",
    b"/proc/self",
    b"/proc/self/mem",
    b"/proc/self/maps",
    b"/proc/self/smaps",
    b"/proc/self/status",
    b"/proc/self/stat",
    b"/proc/self/fd",
    b"/proc/self/fd/4",
    b"/proc/self/fdinfo/9",
    b"/proc/self/exe",
    b"/proc/self/environ",
    b"/proc/self/cmdline",
    b"/proc/self/auxv",
    b"/proc/self/pagemap",
    b"/proc/self/task",
    b"/proc/self/comm",
    b"/proc/self/oom_score_adj",
    b"/proc/self/limits",
    b"/proc/self/mounts",
    b"/proc/self/cwd",
    b"/proc/self/root",
    b"/proc/1/stat",
    b"/proc/2/status",
    b"/proc/meminfo",
    b"/proc/cpuinfo",
    b"/proc/stat",
    b"/proc/uptime",
    b"/proc/sys/kernel/pid_max",
    b"/proc/sys/kernel/hostname",
    b"/proc/net/unix",
    b"/proc/net/tcp",
    b"/sys",
    b"/sys/devices/system/cpu/online",
    b"/sys/class",
    b"unix\0hidden",
]
texts = [b"user.name", b"user.", b"security.x", b"system.posix_acl_access", b"trusted.t", b"tmpfs", b"proc", b"ext4",
          b"sysfs", b"size=1k", b"bind", b"name"]  # fmt: skip
path_bytes = mixed(st.sampled_from(PATHS), st.sampled_from(PATHS[:35]), st.sampled_from(texts),
                        st.binary(0, 12))  # fmt: skip
paths = block(path_bytes.map(lambda text: (text + b"\0",)))
raw_blocks = block(st.binary(0, 64).map(lambda data: (data,)))


def zero_or_more(count: int) -> Generator[bytes]:
    return mixed(st.just(bytes(count)), st.binary(count, count))


# -- integers --------------------------------------------------------------------------------------------------


def members(kind: type[IntEnum] | type[IntFlag]) -> Generator[int]:
    values = sorted({int(member) for member in kind.__members__.values()})
    one = st.sampled_from(values)
    if issubclass(kind, IntFlag):
        return mixed(
            one,
            one,
            st.just(0),
            st.just(0),
            st.lists(one, 0, 4).map(lambda chosen: functools.reduce(int.__or__, chosen, 0)),
        )
    return one


IOCTLS = sorted(
    {
        int(member)
        for kind in (constants.IoctlCommand, tty.TtyCommand, socket.SocketIoctl)
        for member in kind.__members__.values()
    }
)
OPTIONS = sorted(
    {int(member) for kind in (socket.SocketOption, socket.IpOption, socket.Ipv6Option, socket.TcpOption)
     for member in kind.__members__.values()}
)  # fmt: skip
fcntl_values = mixed(
    small,
    descriptors,
    block(zero_or_more(32).map(lambda data: (data,))),
    block(
        st.tuples(st.integers(0, 3), st.integers(0, 3), numbers, numbers, small).map(
            lambda f: (struct.pack("<hh4xqqi4x", f[0], f[1], signed(f[2]), signed(f[3]), f[4]),)
        )
    ),
)


def signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value

"""Data in memory as calls read it: structures after their declarations, arrays, vectors, socket addresses, messages."""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence as Sequence_
from typing import Any

import guest.syscall_table  # noqa: F401  (declares the calls)
from guest.abi import files, socket, tty
from guest.abi.cstruct import Array, Scalar, Struct
from guest.abi.events import EpollEvent
from guest.abi.process import CloneArgs
from guest.abi.sched import SchedAttr, SchedParam
from guest.abi.structs import Itimerspec, Pollfd, Timespec
from tests.fuzz import generate as st
from tests.fuzz.generate import Generator, mixed
from tests.fuzz.kinds import block, numbers, paths, pointers, raw_blocks, sizes, small, zero_or_more
from tests.fuzz.prologue import DESCRIPTORS
from tests.fuzz.values import Block, Place, Pointer

# -- structures ------------------------------------------------------------------------------------------------


def scalar_value(name: str) -> Generator[int]:
    if "fd" in name or name in ("event", "descriptor"):
        return st.integers(-1, DESCRIPTORS + 4)
    if "len" in name or "size" in name:
        return sizes
    if name in ("tv_sec",):
        return st.sampled_from([0, 0, 0, 1, 2, -1, 1 << 31, 1 << 33, (1 << 63) - 1, -(1 << 63)])
    if name in ("tv_nsec", "tv_usec"):
        return st.sampled_from([0, 1, 1000, 999_999, 999_999_999, 1_000_000_000, -1, 1 << 62])
    return numbers


@functools.cache
def structure(kind: Any) -> Generator[tuple[Any, ...]]:
    """The pieces of one structure (or integer) with values that its members may have."""
    if isinstance(kind, Scalar):
        return numbers.map(lambda value: (packed(kind.size, value),))
    if not (isinstance(kind, type) and issubclass(kind, Struct)):
        return zero_or_more(kind.size).map(lambda data: (data,))
    parts: list[Generator[Any]] = []
    position = 0
    for member in kind.members:
        if member.offset > position:
            parts.append(st.just((bytes(member.offset - position),)))
        position = member.offset + member.kind.size
        if isinstance(member.kind, Scalar):
            size = member.kind.size
            value: Generator[Any] = scalar_value(member.name).map(
                functools.partial(lambda size, value: (packed(size, value),), size)
            )
            if size == 8:
                value = mixed(value, value, pointers.map(lambda pointer: (pointer,)),
                                  raw_blocks.map(lambda block: (block,)))  # fmt: skip
            parts.append(value)
        elif isinstance(member.kind, Array):
            parts.append(zero_or_more(member.kind.size).map(lambda data: (data,)))
        else:
            parts.append(structure(member.kind))
    if kind.size > position:
        parts.append(st.just((bytes(kind.size - position),)))
    return st.tuples(*parts).map(join)


def join(parts: Sequence_[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Pieces one after the other, neighbouring bytes as one."""
    joined: list[Any] = []
    for part in parts:
        for piece in part:
            if isinstance(piece, bytes) and joined and isinstance(joined[-1], bytes):
                joined[-1] += piece
            else:
                joined.append(piece)
    return tuple(joined)


def packed(size: int, value: int) -> bytes:
    return (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def array(kind: type[Struct], most: int = 3) -> Generator[Block]:
    return block(st.lists(structure(kind), 0, most).map(join))


buffers = mixed(raw_blocks, pointers)
iovec = st.tuples(buffers.map(lambda b: (b,)), sizes.map(lambda size: (packed(8, size),))).map(join)
iovecs = block(st.lists(iovec, 0, 4).map(join))

PORTS = [0, 7, 80, 8000, 40000, 65535]


def internet(port: int, host: bytes) -> bytes:
    return struct.pack("<H", socket.Family.AF_INET) + struct.pack(">H", port) + host + bytes(8)


def internet6(port: int, host: bytes) -> bytes:
    return struct.pack("<H", socket.Family.AF_INET6) + struct.pack(">HI", port, 0) + host + bytes(4)


sockaddr_bytes = mixed(
    st.builds(internet, st.sampled_from(PORTS), st.sampled_from([b"\x7f\0\0\1", bytes(4), b"\xff" * 4, b"\x0a\0\0\1"])),
    st.builds(internet6, st.sampled_from(PORTS), st.sampled_from([bytes(15) + b"\1", bytes(16), b"\xff" * 16])),
    st.builds(
        lambda path: struct.pack("<H", socket.Family.AF_UNIX) + path,
        st.sampled_from([b"/tmp/sock\0", b"\0abstract", b"", b"\0", b"s" * 108, b"/tmp/other\0", b"\0\xff\0x"]),
    ),
    st.builds(
        lambda a, b: struct.pack("<HHII", socket.Family.AF_NETLINK, 0, a & 0xFFFFFFFF, b & 0xFFFFFFFF), small, small
    ),
    st.binary(0, 30),
)
sockaddrs = mixed(block(sockaddr_bytes.map(lambda data: (data,))), pointers)
lengths = mixed(block(sizes.map(lambda size: (packed(4, size),))), pointers)


def control_message(level: int, kind: int, data: bytes, length: int | None) -> bytes:
    length = 16 + len(data) if length is None else length
    return struct.pack("<Qii", length & (1 << 64) - 1, level, kind) + data + bytes(-len(data) % 8)


controls = block(
    st.lists(
        st.builds(
            control_message, st.sampled_from([1, 0, 41, -1]), st.sampled_from([1, 2, 3, 8, 99]),
            mixed(st.lists(st.integers(-1, DESCRIPTORS + 3), 0, 4).map(lambda fds: struct.pack(f"<{len(fds)}i", *fds)),
                      st.binary(0, 16)),
            mixed(st.just(None), st.just(None), sizes),
        ),
        most=3,
    ).map(lambda messages: (b"".join(messages),))
)  # fmt: skip


def message(
    name: Any, name_length: int, vector: Any, count: int, control: Any, length: int, rest: int
) -> tuple[Any, ...]:
    return join([
        (name, packed(8, name_length), vector, packed(8, count), control, packed(8, length), packed(8, rest)),
    ])  # fmt: skip


counts = mixed(st.integers(0, 4), st.sampled_from([-1, 1024, 1025, 1 << 31, 1 << 40]))
nothing = st.just(Pointer(Place.NULL))
message_pieces = st.builds(
    message,
    mixed(sockaddrs, nothing),
    sizes,
    mixed(iovecs, pointers),
    counts,
    mixed(controls, nothing, pointers),
    mixed(st.sampled_from([16, 20, 24, 28, 64]), sizes),
    st.sampled_from([0, 1, -1]),
)
messages = mixed(block(st.lists(message_pieces, 1, 3).map(join)), pointers)
strings = mixed(
    block(st.lists(mixed(paths, raw_blocks), 0, 3).map(lambda items: (*items, bytes(8)))), pointers, nothing
)

structured = mixed(
    iovecs,
    raw_blocks,
    paths,
    *(
        array(kind)
        for kind in (
            Timespec,
            Itimerspec,
            EpollEvent,
            Pollfd,
            CloneArgs,
            SchedAttr,
            SchedParam,
            files.OpenHow,
            tty.Termios2,
        )
    ),
)
"""For pointers of which the declaration does not say what they point to."""

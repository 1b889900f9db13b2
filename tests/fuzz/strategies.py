"""Random calls, made from the declarations: most arguments are of the right type, some are anything.

The annotations say what an argument is (`guest/arguments.py`); where a type only says "integer", the parameter's name
helps. Nothing here knows single calls, so a call that is declared tomorrow is tried tomorrow.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import struct
from collections.abc import Sequence as Sequence_
from enum import IntEnum, IntFlag
from random import Random
from typing import Any

from hypothesis import strategies

import guest.syscall_table  # noqa: F401  (declares the calls)
from guest import arguments
from guest.abi import constants, files, flags, socket, tty
from guest.abi.cstruct import Array, Scalar, Struct
from guest.abi.events import EpollEvent, EpollEventFlag
from guest.abi.process import CloneArgs, WaitId, WaitOption
from guest.abi.sched import Policy, SchedAttr, SchedParam
from guest.abi.structs import Iovec, Itimerspec, Pollfd, Timespec
from guest.abi.syscalls import HIGHEST, NUMBERS
from guest.arguments import ArgumentType, BufferType, PathType, PointerType
from guest.net.arguments import Domain, OptionLevel, TypeFlags
from guest.sched.arguments import PolicyName
from guest.syscall import Declaration, declarations
from tests.fuzz import generate as st
from tests.fuzz.generate import Generator, mixed
from tests.fuzz.prologue import DESCRIPTORS
from tests.fuzz.values import OUTSIDE, Argument, Block, Call, Place, Pointer, Result, Sequence



_EDGES = sorted(
    {sign * (1 << bits) + delta for bits in (7, 8, 12, 15, 16, 20, 31, 32, 40, 47, 48, 60, 62, 63) for sign in (1, -1)
     for delta in (-1, 0, 1)}
)  # fmt: skip
_small = st.integers(-1, 70)
_numbers = mixed(_small, _small, st.sampled_from(_EDGES), st.integers(0, (1 << 64) - 1))
_sizes = mixed(
    *[st.integers(0, 64), st.sampled_from([0, 1, 8, 16, 100, 4095, 4096, 4097, 8192, 65536])] * 2,
    st.sampled_from([-1, 1 << 20, 0x7FFFF000, 1 << 31, 1 << 32, 1 << 40, 1 << 60, (1 << 63) - 1, 1 << 63]),
)  # fmt: skip
_descriptors = mixed(
    *[st.integers(0, DESCRIPTORS - 1)] * 6, st.integers(0, DESCRIPTORS + 12),
    st.sampled_from([-1, -100, 1023, 1 << 20, 1 << 31, (1 << 32) + 1]), st.builds(Result, st.integers(1, 6)),
)  # fmt: skip
_pids = mixed(*[st.integers(0, 3)] * 4, st.integers(-2, 5), st.builds(Result, st.integers(1, 6)), _numbers)
_signals = st.integers(-1, 65)
_users = st.sampled_from([0, 1, 1000, 65534, 0xFFFFFFFF, 1 << 31])
_modes = mixed(st.integers(0, 0o7777), st.integers(0, 0o177777), _numbers)
_tags = st.sampled_from([0] * 18 + [0x5A, 0xFF])

_good_pointers = st.sampled_from([Pointer(Place.ARENA, offset) for offset in (0x8000, 0x8100, 0x9000, 0xA008)])
_bad_pointers = st.builds(
    Pointer, st.sampled_from(list(Place)), mixed(st.sampled_from([0, 8, 4096, -1, -4, -8, -16, -100]), st.integers(-70, 70)),
    _tags,
)  # fmt: skip
_pointers = mixed(*[_good_pointers] * 4, _bad_pointers)
_pages = st.builds(
    Pointer, st.sampled_from([Place.ARENA, *Place]), st.sampled_from([0, 0, 4096, 8192, -4096, 0xF000, 1, -1])
)


_LAYOUTS = [(0, 0, 0)] * 24 + [(1, 0, 0), (4, 0, 0), (7, 0, 0), (0, 1, 0), (0, 2, 0), (0, 9, 0), (0, 0, 0x5A), (0, 0, 0xFF)]


def _block(pieces: Generator[tuple[Any, ...]]) -> Generator[Block]:
    return st.builds(lambda pieces, layout: Block(pieces, *layout), pieces, st.sampled_from(_LAYOUTS))


_PATHS = [
    b"/data/file", b"data/file", b"/data/empty", b"/data", b"/data/sub", b".", b"..", b"/", b"", b"/data/../data/./file",
    b"/tmp/a", b"/tmp/b", b"/tmp/d", b"/tmp/d/e", b"/tmp", b"/run/x", b"new", b"/new/", b"/data/new", b"file", b"a",
    b"/bin/prog", b"/bin/script", b"/bin/loop", b"/bin/text", b"/bin/setid", b"/bin/dynamic",
    b"/out", b"/absolute", b"/dots", b"/out/secret", b"/absolute/secret", b"/dots/etc/passwd", b"/loop", b"/dangling",
    OUTSIDE, OUTSIDE + b"/secret", b"../../../../../../.." + OUTSIDE + b"/secret", b"/../.." + OUTSIDE + b"/secret",
    b"/proc/self/root/../.." + OUTSIDE, b"/proc/self/cwd/../outside/secret", b"../outside/secret", b"../../outside",
    b"/hostfifo", b"/private", b"/data/file/", b"/data/file/x", b"x" * 255, b"x" * 256, b"y/" * 2047 + b"y", b"z" * 4095,
    b"z" * 4096, b"\xff\xfe\x80", b"a b\n", b"/dev/null", b"/dev/zero", b"/dev/full", b"/dev/random", b"/dev/urandom",
    b"/dev/tty", b"/dev/ptmx", b"/dev/pts/0", b"/dev/pts", b"/dev/kmsg", b"/dev/shm/s", b"/dev/console", b"/dev/stdin",
    b"/dev/fd", b"/dev/fd/3", b"/dev/fd/9", b"/proc", b"/proc/self", b"/proc/self/mem", b"/proc/self/maps",
    b"/proc/self/smaps", b"/proc/self/status", b"/proc/self/stat", b"/proc/self/fd", b"/proc/self/fd/4",
    b"/proc/self/fdinfo/9", b"/proc/self/exe", b"/proc/self/environ", b"/proc/self/cmdline", b"/proc/self/auxv",
    b"/proc/self/pagemap", b"/proc/self/task", b"/proc/self/comm", b"/proc/self/oom_score_adj", b"/proc/self/limits",
    b"/proc/self/mounts", b"/proc/self/cwd", b"/proc/self/root", b"/proc/1/stat", b"/proc/2/status", b"/proc/meminfo",
    b"/proc/cpuinfo", b"/proc/stat", b"/proc/uptime", b"/proc/sys/kernel/pid_max", b"/proc/sys/kernel/hostname",
    b"/proc/net/unix", b"/proc/net/tcp", b"/sys", b"/sys/devices/system/cpu/online", b"/sys/class", b"unix\0hidden",
]  # fmt: skip
_texts = [b"user.name", b"user.", b"security.x", b"system.posix_acl_access", b"trusted.t", b"tmpfs", b"proc", b"ext4",
          b"sysfs", b"size=1k", b"bind", b"name"]  # fmt: skip
_path_bytes = mixed(st.sampled_from(_PATHS), st.sampled_from(_PATHS[:35]), st.sampled_from(_texts),
                        st.binary(0, 12))  # fmt: skip
_paths = _block(_path_bytes.map(lambda text: (text + b"\0",)))
_raw_blocks = _block(st.binary(0, 64).map(lambda data: (data,)))


def _zero_or_more(count: int) -> Generator[bytes]:
    return mixed(st.just(bytes(count)), st.binary(count, count))


# -- structures ------------------------------------------------------------------------------------------------


def _scalar_value(name: str) -> Generator[int]:
    if "fd" in name or name in ("event", "descriptor"):
        return st.integers(-1, DESCRIPTORS + 4)
    if "len" in name or "size" in name:
        return _sizes
    if name in ("tv_sec",):
        return st.sampled_from([0, 0, 0, 1, 2, -1, 1 << 31, 1 << 33, (1 << 63) - 1, -(1 << 63)])
    if name in ("tv_nsec", "tv_usec"):
        return st.sampled_from([0, 1, 1000, 999_999, 999_999_999, 1_000_000_000, -1, 1 << 62])
    return _numbers


@functools.cache
def structure(kind: Any) -> Generator[tuple[Any, ...]]:
    """The pieces of one structure (or integer) with values that its members may have."""
    if isinstance(kind, Scalar):
        return _numbers.map(lambda value: (_packed(kind.size, value),))
    if not (isinstance(kind, type) and issubclass(kind, Struct)):
        return _zero_or_more(kind.size).map(lambda data: (data,))
    parts: list[Generator[Any]] = []
    position = 0
    for member in kind.members:
        if member.offset > position:
            parts.append(st.just((bytes(member.offset - position),)))
        position = member.offset + member.kind.size
        if isinstance(member.kind, Scalar):
            size = member.kind.size
            value: Generator[Any] = _scalar_value(member.name).map(
                functools.partial(lambda size, value: (_packed(size, value),), size)
            )
            if size == 8:
                value = mixed(value, value, _pointers.map(lambda pointer: (pointer,)),
                                  _raw_blocks.map(lambda block: (block,)))  # fmt: skip
            parts.append(value)
        elif isinstance(member.kind, Array):
            parts.append(_zero_or_more(member.kind.size).map(lambda data: (data,)))
        else:
            parts.append(structure(member.kind))
    if kind.size > position:
        parts.append(st.just((bytes(kind.size - position),)))
    return st.tuples(*parts).map(_join)


def _join(parts: Sequence_[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Pieces one after the other, neighbouring bytes as one."""
    joined: list[Any] = []
    for part in parts:
        for piece in part:
            if isinstance(piece, bytes) and joined and isinstance(joined[-1], bytes):
                joined[-1] += piece
            else:
                joined.append(piece)
    return tuple(joined)


def _packed(size: int, value: int) -> bytes:
    return (value & (1 << 8 * size) - 1).to_bytes(size, "little")


def _array(kind: type[Struct], most: int = 3) -> Generator[Block]:
    return _block(st.lists(structure(kind), 0, most).map(_join))


_buffers = mixed(_raw_blocks, _pointers)
_iovec = st.tuples(_buffers.map(lambda b: (b,)), _sizes.map(lambda size: (_packed(8, size),))).map(_join)
_iovecs = _block(st.lists(_iovec, 0, 4).map(_join))

_PORTS = [0, 7, 80, 8000, 40000, 65535]


def _internet(port: int, host: bytes) -> bytes:
    return struct.pack("<H", socket.Family.AF_INET) + struct.pack(">H", port) + host + bytes(8)


def _internet6(port: int, host: bytes) -> bytes:
    return struct.pack("<H", socket.Family.AF_INET6) + struct.pack(">HI", port, 0) + host + bytes(4)


_sockaddr_bytes = mixed(
    st.builds(_internet, st.sampled_from(_PORTS), st.sampled_from([b"\x7f\0\0\1", bytes(4), b"\xff" * 4, b"\x0a\0\0\1"])),
    st.builds(_internet6, st.sampled_from(_PORTS), st.sampled_from([bytes(15) + b"\1", bytes(16), b"\xff" * 16])),
    st.builds(lambda path: struct.pack("<H", socket.Family.AF_UNIX) + path,
              st.sampled_from([b"/tmp/sock\0", b"\0abstract", b"", b"\0", b"s" * 108, b"/tmp/other\0", b"\0\xff\0x"])),
    st.builds(lambda a, b: struct.pack("<HHII", socket.Family.AF_NETLINK, 0, a & 0xFFFFFFFF, b & 0xFFFFFFFF), _small, _small),
    st.binary(0, 30),
)  # fmt: skip
_sockaddrs = mixed(_block(_sockaddr_bytes.map(lambda data: (data,))), _pointers)
_lengths = mixed(_block(_sizes.map(lambda size: (_packed(4, size),))), _pointers)


def _control_message(level: int, kind: int, data: bytes, length: int | None) -> bytes:
    length = 16 + len(data) if length is None else length
    return struct.pack("<Qii", length & (1 << 64) - 1, level, kind) + data + bytes(-len(data) % 8)


_controls = _block(
    st.lists(
        st.builds(
            _control_message, st.sampled_from([1, 0, 41, -1]), st.sampled_from([1, 2, 3, 8, 99]),
            mixed(st.lists(st.integers(-1, DESCRIPTORS + 3), 0, 4).map(lambda fds: struct.pack(f"<{len(fds)}i", *fds)),
                      st.binary(0, 16)),
            mixed(st.just(None), st.just(None), _sizes),
        ),
        most=3,
    ).map(lambda messages: (b"".join(messages),))
)  # fmt: skip


def _message(name: Any, name_length: int, vector: Any, count: int, control: Any, length: int, rest: int) -> tuple[Any, ...]:
    return _join([
        (name, _packed(8, name_length), vector, _packed(8, count), control, _packed(8, length), _packed(8, rest)),
    ])  # fmt: skip


_counts = mixed(st.integers(0, 4), st.sampled_from([-1, 1024, 1025, 1 << 31, 1 << 40]))
_nothing = st.just(Pointer(Place.NULL))
_message_pieces = st.builds(
    _message, mixed(_sockaddrs, _nothing), _sizes, mixed(_iovecs, _pointers), _counts,
    mixed(_controls, _nothing, _pointers), mixed(st.sampled_from([16, 20, 24, 28, 64]), _sizes), st.sampled_from([0, 1, -1]),
)  # fmt: skip
_messages = mixed(_block(st.lists(_message_pieces, 1, 3).map(_join)), _pointers)
_strings = mixed(
    _block(st.lists(mixed(_paths, _raw_blocks), 0, 3).map(lambda items: (*items, bytes(8)))), _pointers, _nothing
)

_structured = mixed(
    _iovecs, _raw_blocks, _paths,
    *(_array(kind) for kind in (Timespec, Itimerspec, EpollEvent, Pollfd, CloneArgs, SchedAttr, SchedParam, files.OpenHow,
                                tty.Termios2)),
)  # fmt: skip
"""For pointers of which the declaration does not say what they point to."""

# -- integers --------------------------------------------------------------------------------------------------


def _members(kind: type[IntEnum] | type[IntFlag]) -> Generator[int]:
    values = sorted({int(member) for member in kind.__members__.values()})
    one = st.sampled_from(values)
    if issubclass(kind, IntFlag):
        return mixed(one, one, st.just(0), st.just(0), st.lists(one, 0, 4).map(lambda chosen: functools.reduce(int.__or__, chosen, 0)))
    return one


_IOCTLS = sorted(
    {int(member) for kind in (constants.IoctlCommand, tty.TtyCommand, socket.SocketIoctl) for member in kind.__members__.values()}
)
_OPTIONS = sorted(
    {int(member) for kind in (socket.SocketOption, socket.IpOption, socket.Ipv6Option, socket.TcpOption)
     for member in kind.__members__.values()}
)  # fmt: skip
_fcntl_values = mixed(_small, _descriptors, _block(_zero_or_more(32).map(lambda data: (data,))),
                          _block(st.tuples(st.integers(0, 3), st.integers(0, 3), _numbers, _numbers, _small).map(
                              lambda f: (struct.pack("<hh4xqqi4x", f[0], f[1], _signed(f[2]), _signed(f[3]), f[4]),))))  # fmt: skip


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def _kind_in(show: object) -> type[IntEnum] | type[IntFlag] | None:
    """The enumeration whose names a type prints, found in the function that prints it."""
    try:
        found = inspect.getclosurevars(show)  # type: ignore[arg-type]
    except TypeError:
        return None
    values = [*found.nonlocals.values(), *found.globals.values()]
    return next((v for v in values if isinstance(v, type) and issubclass(v, IntEnum | IntFlag)), None)


def _enumerated(kind: ArgumentType) -> Generator[int] | None:
    show = getattr(kind, "_show", None)
    if show is None:
        return None
    if (found := _kind_in(show)) is not None:
        return _members(found)
    try:
        variables = inspect.getclosurevars(show)
    except TypeError:
        return None
    for names in (*variables.nonlocals.values(), *variables.globals.values()):
        if isinstance(names, dict) and names and all(isinstance(key, int) for key in names):
            return st.sampled_from(sorted(names))
    return None


def _identified(annotation: Any) -> int:
    return id(annotation.__metadata__[0])


_BY_TYPE: dict[int, Generator[Any]] = {
    _identified(arguments.Fd): _descriptors,
    _identified(arguments.DirFd): mixed(st.just(flags.AT_FDCWD), st.just(flags.AT_FDCWD), _descriptors),
    _identified(arguments.Pid): _pids,
    _identified(arguments.Uid): _users,
    _identified(arguments.Mode): _modes,
    _identified(arguments.CreateMode): _modes,
    _identified(arguments.SignalNumber): _signals,
    _identified(arguments.Size): _sizes,
    _identified(arguments.Offset): mixed(_sizes, _numbers),
    _identified(arguments.OpenFlags): mixed(st.sampled_from([0, 1, 2, 0o100, 0o102, 0o1102, 0o2000]), _members(flags.OpenFlag)),
    _identified(arguments.FutexName): mixed(_members(constants.FutexOperation),
                                                _members(constants.FutexOperation).map(lambda op: op | 128)),
    _identified(Domain): mixed(_members(socket.Family), st.sampled_from([1, 2, 10, 16])),
    _identified(TypeFlags): mixed(_members(socket.SocketType), st.sampled_from([1, 2, 3, 5, 0x801, 0x80801])),
    _identified(OptionLevel): _members(socket.Level),
    _identified(arguments.IoctlName): mixed(st.sampled_from(_IOCTLS), _numbers),
    _identified(PolicyName): mixed(_members(Policy), _small),
}  # fmt: skip
_BY_CLASS: dict[str, Generator[Any]] = {
    "_SockaddrType": _sockaddrs,
    "_LengthPointerType": _lengths,
    "_OptionType": st.sampled_from(_OPTIONS),
    "_OptionValueType": mixed(_raw_blocks, _lengths),
    "_MessageType": _messages,
    "_MessagesType": _messages,
    "_ProtocolType": mixed(st.just(0), _members(socket.Protocol), st.integers(0, 20)),
    "_VectorType": _strings,
    "_EnvironmentType": _strings,
    "_CloneArgsType": _array(CloneArgs, 1),
    "EventArray": mixed(_array(EpollEvent, 4), _pointers),
    "PollArray": mixed(_array(Pollfd, 4), _pointers),
    "_StatusType": mixed(_pointers, _nothing),
}
_BY_NAME: dict[str, Generator[Any]] = {
    **dict.fromkeys(("length", "size", "count", "old_size", "new_size", "maximum", "backlog"), _sizes),
    **dict.fromkeys(("local_count", "remote_count"), _counts),
    **dict.fromkeys(("local", "remote"), mixed(_iovecs, _pointers)),
    **dict.fromkeys(("inputs", "outputs", "exceptions"), mixed(_nothing, _raw_blocks, _pointers)),
    **dict.fromkeys(("mask_size",), mixed(st.just(8), st.just(8), _sizes)),
    **dict.fromkeys(("fd", "epoll", "pidfd", "target", "first", "last"), _descriptors),
    **dict.fromkeys(("number",), _signals),
    **dict.fromkeys(("tid", "pid", "who", "group"), _pids),
    "times": mixed(_array(Timespec, 2), _nothing),
    "operation": _small,
    "kind": mixed(_members(WaitId), _small),
    "options": _members(WaitOption),
    "events": _members(EpollEventFlag),
    "timeout": mixed(st.sampled_from([0, 1, 10, -1, 1 << 31]), _array(Timespec, 1), _nothing),
    "info": mixed(_block(_zero_or_more(128).map(lambda data: (data,))), _pointers),
    "flags": mixed(st.just(0), st.integers(0, 8), _numbers),
}
_MAPPINGS = {"mmap", "munmap", "mprotect", "mremap", "madvise", "mlock", "munlock", "msync", "mincore", "brk", "mlock2",
             "remap_file_pages", "pkey_mprotect"}  # fmt: skip
_anything = mixed(_numbers, _pointers, _structured)


_FD, _DIR_FD = arguments.Fd.__metadata__[0], arguments.DirFd.__metadata__[0]  # type: ignore[attr-defined]
_FITTING = {"epoll": [17], "timerfd": [19], "inotify": [20], "signalfd": [21], "pidfd": [23], "getdents": [7, 38, 39]}


def _fitting_descriptors(call: Declaration) -> list[int]:
    """Those of the prologue that are of the kind that a call is for; none if it is for files of all kinds."""
    if call.handler.__module__.startswith("guest.net."):
        return list(range(24, 35))
    return next((fitting for name, fitting in _FITTING.items() if call.name.startswith(name)), [])


def _right(call: Declaration, name: str, kind: ArgumentType) -> Generator[Any]:
    """What a well-behaved program could pass."""
    if kind in (_FD, _DIR_FD) and (fitting := _fitting_descriptors(call)):
        return mixed(*[st.sampled_from(fitting)] * 3, _descriptors)
    if id(kind) in _BY_TYPE:
        return _BY_TYPE[id(kind)]
    if (known := _BY_CLASS.get(type(kind).__name__)) is not None:
        return known
    if isinstance(kind, PathType):
        return _paths
    if isinstance(kind, BufferType):
        return _buffers
    if isinstance(kind, arguments.VectorType):
        return mixed(_iovecs, _pointers)
    if isinstance(kind, PointerType):
        return mixed(_block(structure(kind._codec)), _block(structure(kind._codec)), _nothing, _pointers)
    if call.name in _MAPPINGS and name in ("address", "start", "new_address"):
        return mixed(_pages, _nothing, st.builds(Result, st.integers(1, 6)))
    if call.name in ("mmap", "munmap", "mprotect", "mremap") and "size" in name:
        return mixed(st.sampled_from([4096, 8192, 65536, 1 << 20]), _sizes)
    if name == "size" and call.name.startswith(("rt_", "signalfd")):
        return mixed(*[st.just(8)] * 4, _sizes)
    if name == "length" and call.name in ("bind", "connect", "sendto"):
        return mixed(st.just(16), st.sampled_from([16, 28, 12, 110, 2]), _sizes)
    if call.name == "fcntl" and name == "argument":
        return _fcntl_values
    if (enumerated := _enumerated(kind)) is not None:
        return enumerated
    if name in _BY_NAME:
        return _BY_NAME[name]
    if id(kind) == _identified(arguments.Address) or name in ("argument", "header", "data", "attributes", "handle"):
        return mixed(_structured, _pointers, _numbers)
    return _numbers


def _call_of(call: Declaration) -> Generator[Call]:
    if call.name == "clone":
        return st.builds(
            lambda flags_, signal, stack, rest: Call(call.number, (flags_ | signal, stack, *rest)),
            mixed(st.just(0), st.sampled_from([0x3D0F00, 0x4100, 0x4000, 0x800]), _numbers),
            st.sampled_from([17, 17, 0, 64]), mixed(_nothing, st.just(Pointer(Place.ARENA, 0x8000)), _pointers),
            st.tuples(_pointers, _pointers, _pointers),
        )  # fmt: skip
    parameters = [mixed(*[_right(call, *parameter)] * 9, _anything) for parameter in call.parameters]
    return st.builds(lambda values: Call(call.number, tuple(values)), st.tuples(*parameters))


def _u64(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}Q", *[value & (1 << 64) - 1 for value in values])


def _either(*values: Any) -> Generator[Any]:
    return st.sampled_from([Block((value,)) if isinstance(value, bytes) else value for value in values])


def _few(strategy: Generator[Any]) -> Generator[Any]:
    return _block(strategy.map(lambda data: (data,)))


_memory = st.sampled_from([Pointer(Place.ARENA, offset) for offset in (0, 0x1000, 0x8000, 0xF000)])
_elsewhere = _either(0, 0, 0x3000_0000, 0x3000_1000, 0x5000_0000, 0x5000_0800, Pointer(Place.ARENA, 0x8000))
_length = st.sampled_from([4096, 8192, 65536, 1 << 20, 16 << 20, 1])
_offset_pointer = _either(0, 0, _u64(0), _u64(100), _u64(1 << 40), _u64(-1), _u64(0x2000_0000), _u64(0x3000_0000))
_good_fd = st.integers(3, DESCRIPTORS - 1)
_one_piece = st.builds(lambda size, pointer: Block((pointer, _u64(size))), st.sampled_from([0, 1, 8, 4096, 60000, 1 << 40]), _good_pointers)
_time = _either(_u64(0, 1000), _u64(0, 0), _u64(1, 0), _u64(0, 1), _u64(1 << 40, 5))
_period = _either(_u64(0, 1), _u64(0, 0, 0, 1000), _u64(0, 1, 0, 1), _u64(0, 0, 1 << 62, 0), _u64(0, 100, 0, 1), bytes(32))
_fork_flags = st.sampled_from([0, 0, 0x3D0F00, 0x100, 0x4100, 0x400, 0x800, 0x8000, 0x1000, 0x1200000])
_file_paths = _either(*[path + b"\0" for path in _PATHS])

TYPICAL: dict[str, tuple[Generator[Any], ...]] = {
    "mmap": (_elsewhere, _length, st.integers(0, 7), st.sampled_from([0x22, 0x22, 0x21, 1, 2, 0x32, 0x11, 0x12, 0x100022, 0x4022, 0x122]),
             mixed(st.just(-1), _good_fd, st.sampled_from([5, 6, 12, 22, 35])), st.sampled_from([0, 0, 4096, 1 << 20, 1 << 40])),
    "munmap": (mixed(_memory, _elsewhere), _length),
    "mprotect": (mixed(_memory, _elsewhere), _length, st.integers(0, 7)),
    "mremap": (mixed(_memory, _elsewhere), _length, _length, st.sampled_from([0, 1, 1, 3, 5]), _elsewhere),
    "madvise": (mixed(_memory, _elsewhere), _length, st.integers(0, 25)),
    "socket": (st.sampled_from([1, 2, 10, 16]), st.sampled_from([1, 2, 3, 5, 0x801]), st.just(0)),
    "socketpair": (st.just(1), st.sampled_from([1, 2, 5, 0x80801]), st.just(0), _good_pointers),
    "timer_create": (st.integers(0, 3), _either(0, _u64(7, 10, 0, 0, 0, 0, 0, 0), _u64(7, 1 << 32, *[0] * 6), _u64(7, 10 | 4 << 32, 1, *[0] * 5)),
                     _good_pointers),
    "timer_settime": (st.integers(0, 2), st.integers(0, 1), _period, _either(0, Pointer(Place.ARENA, 0x8000))),
    "timer_gettime": (st.integers(0, 2), _good_pointers),
    "timer_getoverrun": (st.integers(0, 2),),
    "timer_delete": (st.integers(0, 2),),
    "timerfd_settime": (st.just(19), st.integers(0, 1), _period, _either(0, Pointer(Place.ARENA, 0x8000))),
    "setitimer": (st.integers(0, 2), _period, _either(0, Pointer(Place.ARENA, 0x8000))),
    "wait4": (st.integers(-1, 3), _good_pointers, st.integers(0, 3), _either(0, Pointer(Place.ARENA, 0x8000))),
    "waitid": (st.integers(0, 3), st.integers(0, 4), _good_pointers, st.sampled_from([4, 5, 0x1000005, 7, 15]), st.just(0)),
    "sched_getattr": (st.integers(0, 2), _good_pointers, st.sampled_from([48, 56, 100]), st.just(0)),
    "sched_setaffinity": (st.integers(0, 2), st.sampled_from([8, 4, 128]), _either(_u64(1), _u64(2), _u64(3), _u64(-1))),
    "clone": (st.builds(int.__or__, _fork_flags, st.sampled_from([17, 0, 10])), _either(0, 0, Pointer(Place.ARENA, 0x8000)),
              _good_pointers, _good_pointers, _good_pointers),
    "clone3": (st.builds(lambda flags_, signal: Block((_u64(flags_, 0x2000_8000, 0x2000_8008, 0x2000_8010, signal, 0, 0, 0, 0, 0, 0),)),
                         _fork_flags, st.sampled_from([17, 0, 10])), st.sampled_from([64, 80, 88])),
    "capget": (_either(struct.pack("<II", 0x20080522, 0), struct.pack("<II", 0x19980330, 1)), _good_pointers),
    "capset": (_either(struct.pack("<II", 0x20080522, 0)), _either(bytes(24), b"\xff" * 24)),
    "futex": (_memory, st.sampled_from([0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 128, 129, 137, 138]), st.integers(0, 3), _either(0, _u64(0, 1000)),
              _memory, st.sampled_from([-1, 0, 1, 0x01002003, 0x83FFF001])),
    "futex_wait": (_memory, st.just(0), st.just(-1), st.sampled_from([2, 0x82]), _either(0, _u64(0, 1000)), st.integers(0, 1)),
    "futex_wake": (_memory, st.just(-1), st.integers(0, 9), st.sampled_from([2, 0x82])),
    "futex_waitv": (_either(_u64(0, 0x2000_0000, 2), _u64(0, 0x2000_0000, 2, 0, 0x2000_0008, 2)), st.integers(1, 2), st.just(0), _either(0, _u64(0, 1000)),
                    st.integers(0, 1)),
    "futex_requeue": (_either(_u64(0, 0x2000_0000, 2, 0, 0x2000_0008, 2)), st.just(0), st.integers(0, 3), st.integers(0, 3)),
    "copy_file_range": (st.sampled_from([5, 6, 22, 35]), _offset_pointer, st.sampled_from([5, 22, 35]), _offset_pointer, _sizes, st.just(0)),
    "sendfile": (_good_fd, st.sampled_from([5, 6, 22, 35, 12, 9, 10]), _offset_pointer, _sizes),
    "splice": (mixed(st.just(3), _good_fd), _offset_pointer, mixed(st.just(4), _good_fd), _offset_pointer, _sizes, st.integers(0, 3)),
    "tee": (st.just(3), st.sampled_from([4, 37]), _sizes, st.integers(0, 3)),
    "vmsplice": (st.sampled_from([3, 4]), _one_piece, st.just(1), st.integers(0, 3)),
    "openat2": (st.just(-100), _file_paths, st.builds(lambda a, b: Block((_u64(a, 0, b),)), st.sampled_from([0, 2, 0o200000]), st.sampled_from([0, 1, 2, 4, 8, 16, 32])),
                st.just(24)),
    "openat": (st.just(-100), _file_paths, st.sampled_from([0, 0, 2, 1, 0o102, 0o1102, 0o2002, 0o10000000, 0o200000, 0o4000, 0o20200002]), st.just(0o644)),
    "process_vm_readv": (st.sampled_from([1, 2]), _one_piece, st.just(1), _one_piece, st.just(1), st.just(0)),
    "process_vm_writev": (st.sampled_from([1, 2]), _one_piece, st.just(1), _one_piece, st.just(1), st.just(0)),
    "readv": (_good_fd, _one_piece, st.just(1)),
    "writev": (_good_fd, _one_piece, st.just(1)),
    "preadv2": (_good_fd, _one_piece, st.just(1), mixed(_sizes, st.just(-1)), st.just(0), st.sampled_from([0, 1, 2, 8, 16])),
    "pwritev2": (_good_fd, _one_piece, st.just(1), mixed(_sizes, st.just(-1)), st.just(0), st.sampled_from([0, 1, 2, 8, 16])),
    "read": (_good_fd, _good_pointers, _sizes),
    "write": (_good_fd, _few(st.binary(0, 40)), st.integers(0, 40)),
    "pread64": (mixed(_good_fd, _good_fd, st.just(9)), _good_pointers, _sizes, mixed(_sizes, _small, _memory, _elsewhere, _pages)),
    "pwrite64": (_good_fd, _good_pointers, _sizes, mixed(_sizes, _small)),
    "lseek": (mixed(_good_fd, st.just(9)), mixed(_sizes, _small, _memory, _elsewhere), st.integers(0, 4)),
    "ftruncate": (st.sampled_from([5, 22, 35]), _sizes),
    "truncate": (_file_paths, _sizes),
    "fallocate": (st.sampled_from([5, 22, 35]), st.sampled_from([0, 1, 3, 16]), _sizes, _sizes),
    "getdents64": (st.sampled_from([7, 38, 39]), _good_pointers, st.sampled_from([0, 24, 100, 4096])),
    "ioctl": (_good_fd, st.sampled_from(_IOCTLS), mixed(_good_pointers, _few(st.binary(0, 64)), _small)),
    "fcntl": (_good_fd, _members(constants.FcntlCommand), _fcntl_values),
    "epoll_ctl": (st.just(17), st.integers(1, 3), _good_fd, _few(st.builds(lambda a, b: struct.pack("<IIQ", a, 0, b), _members(EpollEventFlag), st.integers(0, 5)))),
    "epoll_pwait": (st.just(17), _good_pointers, st.sampled_from([1, 10, 1 << 27]), st.sampled_from([0, 1, -1]), st.just(0), st.just(8)),
    "ppoll": (_few(st.lists(st.tuples(st.integers(-1, DESCRIPTORS), st.integers(0, 0x3FFF)), 0, 4).map(
        lambda items: b"".join(struct.pack("<ihh", fd, events, 0) for fd, events in items))), st.integers(0, 4), _time, st.just(0), st.just(8)),
    "pselect6": (st.integers(0, 64), _few(st.binary(8, 8)), _either(0, _u64(0xFFFF)), _either(0, _u64(0xFFFF)), _time, st.just(0)),
    "bind": (st.integers(24, DESCRIPTORS - 1), _few(_sockaddr_bytes), st.sampled_from([16, 28, 12, 13, 110, 2, 3])),
    "connect": (st.integers(24, DESCRIPTORS - 1), _few(_sockaddr_bytes), st.sampled_from([16, 28, 12, 13, 110, 2, 3])),
    "sendto": (st.integers(24, DESCRIPTORS - 1), _good_pointers, st.sampled_from([0, 1, 100, 4096, 30000, 1 << 20]), _members(socket.MessageFlag), _either(0, 0, Pointer(Place.ARENA, 0x100)),
               st.sampled_from([0, 16, 12])),
    "recvfrom": (st.integers(24, 34), _good_pointers, st.sampled_from([0, 1, 100, 4096, 1 << 40]), st.sampled_from([0x40, 0x42, 0x60, 0x140]), _good_pointers, _either(_u64(16), _u64(0), _u64(-1))),
    "sendmsg": (st.integers(24, 34), _few(st.builds(lambda count, control: _u64(0, 0, 0x2000_8000, count, control, 24, 0), st.integers(0, 2), st.sampled_from([0, 0x2000_9000]))),
                st.sampled_from([0, 0x40, 0x4000])),
    "accept4": (st.just(28), _good_pointers, _either(_u64(16)), st.sampled_from([0, 0x800])),
    "rt_sigaction": (st.integers(1, 64), _few(st.builds(lambda handler, flags_, mask: _u64(handler, flags_, 0, mask),
                     st.sampled_from([0, 1, Place.HANDLER.value, Place.HANDLER.value, 5, 0x2000_0000]), st.sampled_from([0, 4, 0x10000000, 0x40000000, 0x80000000, 0x8000000, 2]),
                     st.sampled_from([0, 1 << 9, -1]))), st.just(0), st.just(8)),
    "rt_sigtimedwait": (_either(_u64(-1), _u64(1 << 9)), _either(0, Pointer(Place.ARENA, 0x8000)), _time, st.just(8)),
    "kill": (st.sampled_from([1, 2, 0, -1, -2]), st.integers(0, 64)),
    "tgkill": (st.sampled_from([1, 2]), st.sampled_from([1, 2, 3]), st.integers(0, 64)),
    "rt_sigqueueinfo": (st.sampled_from([1, 2]), st.integers(0, 64), _either(_u64(10, 0xFFFFFFFF, *[1] * 14), _u64(*[0] * 16))),
    "mount": (_file_paths, _either(b"/tmp\0", b"/data\0", b"/data/sub\0", b"/run\0"), _either(b"tmpfs\0", b"proc\0", b"sysfs\0", b"devpts\0"),
              st.sampled_from([0, 1, 4096, 32, 0x1000 | 0x4000]), _either(0, b"size=1k\0", b"mode=700,size=\0", b"size=99999999999999999999\0")),
    "umount2": (_either(b"/tmp\0", b"/data\0", b"/data/sub\0", b"/run\0", b"/proc\0", b"/dev\0", b"/\0"), st.sampled_from([0, 2, 8])),
    "prctl": (st.integers(1, 60), mixed(_small, _good_pointers, _few(st.binary(0, 20))), _small, _small, _small),
    "prlimit64": (st.integers(0, 2), st.integers(0, 16), _either(0, _u64(0, 0), _u64(100, 100), _u64(1 << 20, -1), _u64(5, 1)), _either(0, Pointer(Place.ARENA, 0x8000))),
    "execve": (_file_paths, _strings, _strings),
    "getxattr": (_file_paths, _either(b"user.a\0"), _good_pointers, st.sampled_from([0, 1, 100])),
    "setxattr": (_either(b"/tmp/a\0", b"/data/file\0"), _either(b"user.a\0", b"user." + b"n" * 250 + b"\0", b"trusted.a\0"), _good_pointers, _sizes, st.integers(0, 2)),
    "sigaltstack": (_either(0, _u64(0x2000_4000, 0, 8192), _u64(0x2000_4000, 2, 0), _u64(0x2000_F000, 0, 1 << 40)), _either(0, Pointer(Place.ARENA, 0x8000))),
    "set_robust_list": (_either(_u64(0x2000_8000, 0, 0), Pointer(Place.ARENA, 0x8000), Pointer(Place.KERNEL)), st.just(24)),
    "inotify_add_watch": (st.just(20), _file_paths, st.sampled_from([0xFFF, 2, 0x40000FFF, 0x80000100])),
    "memfd_create": (_file_paths, st.sampled_from([0, 1, 2, 3])),
    "pidfd_getfd": (st.just(23), _good_fd, st.just(0)),
    "pidfd_send_signal": (st.just(23), st.integers(0, 64), st.just(0), st.just(0)),
    "getrandom": (_good_pointers, _sizes, st.integers(0, 2)),
    "brk": (_either(0, 0x400000, 0x411000, 0x500000, 1 << 40, 0x402001),),
}  # fmt: skip
"""Arguments with which the calls that need several right ones at once often succeed."""


_ENDING = {"exit", "exit_group", "rt_sigreturn"}
"""The less of these, the longer the others are tried."""


def _made(call: Declaration) -> Generator[Call]:
    """A call as its declaration allows, or as programs make it."""
    free = _call_of(call)
    if call.name not in TYPICAL:
        return free
    typical = st.tuples(*TYPICAL[call.name]).map(functools.partial(Call, call.number))
    return mixed(typical, free)


_declared = {call.name: _made(call) for call in declarations()}
_known = [_declared[call.name] for call in declarations() if call.name not in _ENDING and call.parameters]
_plain = [_declared[call.name] for call in declarations() if call.name not in _ENDING and not call.parameters]
_ends = [_declared[name] for name in sorted(_ENDING)]
_often = [_declared[name] for name in ("openat", "socket", "pipe2", "dup", "memfd_create", "mmap", "munmap", "clone", "read", "write",
                                       "ioctl", "execve", "fcntl", "close")]  # fmt: skip
_on_descriptors = [_declared[call.name] for call in declarations() if call.parameters and call.parameters[0][1] is _FD]
_unknown = st.builds(Call, mixed(st.integers(0, HIGHEST + 5), _numbers), st.lists(_anything, 0, 6).map(tuple))
_OPENING: dict[str, tuple[Generator[Any], ...]] = {
    "openat": (st.just(-100), _either(*[path + b"\0" for path in _PATHS if path.startswith(b"/") and len(path) < 99]),
               st.sampled_from([0, 0, 0, 2, 1, 0o102, 0o2102, 0o4000]), st.just(0o644)),
    "memfd_create": (_either(b"m\0"), st.sampled_from([1, 3])), "dup": (_good_fd,), "eventfd2": (st.integers(0, 3), st.integers(0, 1)),
    "socket": TYPICAL["socket"], "pidfd_open": (st.just(1), st.just(0)), "inotify_init1": (st.just(0),), "epoll_create1": (st.just(0),),
    "timerfd_create": (st.integers(0, 1), st.just(0)), "signalfd4": (st.just(-1), _either(_u64(-1), _u64(512)), st.just(8), st.just(0)),
}  # fmt: skip
_openers = [
    st.tuples(*values).map(functools.partial(Call, NUMBERS[name])) for name, values in _OPENING.items() for _ in range(1 + 8 * (name == "openat"))
]
_pools = [*[_known] * 20, *[_often] * 6, _plain, [_unknown]]


def _one_of(random: Random, pool: list[Generator[Call]]) -> Call:
    return random.choice(pool).make(random)


def calls(seed: int) -> tuple[Call, ...]:
    """The calls that a number stands for: one, or a few on a file that the first of them opens."""
    random = Random(seed)
    kind = random.randrange(128)
    if kind == 127:
        return (_one_of(random, _ends),)
    if kind > 112:
        made = [_one_of(random, _openers)]
        for position in range(random.randint(1, 4)):
            call = _one_of(random, _on_descriptors)
            made.append(Call(call.number, (Result(position + 1), *call.arguments[1:])))
        return tuple(made)
    return (_one_of(random, _pools[kind % len(_pools)]),)


@strategies.composite
def sequences(draw: strategies.DrawFn, length: int = 40) -> Sequence:
    """What to do with one machine.

    The numbers are drawn through Hypothesis's generator of random numbers, because it makes most of its examples by
    copying parts of earlier ones, and here that would only be the same calls again. 0, to which all shrink that do not
    matter, is no call.
    """
    random = draw(strategies.randoms(use_true_random=False))
    seeds = [random.getrandbits(23) for _ in range(length)]
    made = tuple(call for seed in seeds if seed for call in calls(seed))
    return Sequence(made, traced=draw(strategies.booleans()), writable=draw(strategies.sampled_from([False, False, False, True])))


__all__ = ["TYPICAL", "calls", "sequences", "structure"]

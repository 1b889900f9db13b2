"""Random calls made from the declarations: most arguments are of the right type, some are anything.

The annotations say what an argument is (`guest/arguments.py`); where a type only says "integer", the parameter's name
helps. A call that is declared tomorrow is tried tomorrow."""

from __future__ import annotations

import inspect
from enum import IntEnum, IntFlag
from typing import Any

import guest.syscall_table  # noqa: F401  (declares the calls)
from guest import arguments
from guest.abi import constants, flags, socket
from guest.abi.events import EpollEvent, EpollEventFlag
from guest.abi.process import CloneArgs, WaitId, WaitOption
from guest.abi.sched import Policy
from guest.abi.structs import Pollfd, Timespec
from guest.arguments import ArgumentType, BufferType, PathType, PointerType
from guest.net.arguments import Domain, OptionLevel, TypeFlags
from guest.sched.arguments import PolicyName
from guest.syscall import Declaration
from tests.fuzz import generate as st
from tests.fuzz.data import (
    array,
    buffers,
    counts,
    iovecs,
    lengths,
    messages,
    nothing,
    sockaddrs,
    strings,
    structure,
    structured,
)
from tests.fuzz.generate import Generator, mixed
from tests.fuzz.kinds import (
    IOCTLS,
    OPTIONS,
    block,
    descriptors,
    fcntl_values,
    members,
    modes,
    numbers,
    pages,
    paths,
    pids,
    pointers,
    raw_blocks,
    signals,
    sizes,
    small,
    users,
    zero_or_more,
)
from tests.fuzz.values import Call, Place, Pointer, Result


def kind_in(show: object) -> type[IntEnum] | type[IntFlag] | None:
    """The enumeration whose names a type prints, found in the function that prints it."""
    try:
        found = inspect.getclosurevars(show)  # type: ignore[arg-type]
    except TypeError:
        return None
    values = [*found.nonlocals.values(), *found.globals.values()]
    return next((v for v in values if isinstance(v, type) and issubclass(v, IntEnum | IntFlag)), None)


def enumerated(kind: ArgumentType) -> Generator[int] | None:
    show = getattr(kind, "_show", None)
    if show is None:
        return None
    if (found := kind_in(show)) is not None:
        return members(found)
    try:
        variables = inspect.getclosurevars(show)
    except TypeError:
        return None
    for names in (*variables.nonlocals.values(), *variables.globals.values()):
        if isinstance(names, dict) and names and all(isinstance(key, int) for key in names):
            return st.sampled_from(sorted(names))
    return None


def identified(annotation: Any) -> int:
    return id(annotation.__metadata__[0])


BY_TYPE: dict[int, Generator[Any]] = {
    identified(arguments.Fd): descriptors,
    identified(arguments.DirFd): mixed(st.just(flags.AT_FDCWD), st.just(flags.AT_FDCWD), descriptors),
    identified(arguments.Pid): pids,
    identified(arguments.Uid): users,
    identified(arguments.Mode): modes,
    identified(arguments.CreateMode): modes,
    identified(arguments.SignalNumber): signals,
    identified(arguments.Size): sizes,
    identified(arguments.Offset): mixed(sizes, numbers),
    identified(arguments.OpenFlags): mixed(
        st.sampled_from([0, 1, 2, 0o100, 0o102, 0o1102, 0o2000]), members(flags.OpenFlag)
    ),
    identified(arguments.FutexName): mixed(
        members(constants.FutexOperation), members(constants.FutexOperation).map(lambda op: op | 128)
    ),
    identified(Domain): mixed(members(socket.Family), st.sampled_from([1, 2, 10, 16])),
    identified(TypeFlags): mixed(members(socket.SocketType), st.sampled_from([1, 2, 3, 5, 0x801, 0x80801])),
    identified(OptionLevel): members(socket.Level),
    identified(arguments.IoctlName): mixed(st.sampled_from(IOCTLS), numbers),
    identified(PolicyName): mixed(members(Policy), small),
}
BY_CLASS: dict[str, Generator[Any]] = {
    "_SockaddrType": sockaddrs,
    "_LengthPointerType": lengths,
    "_OptionType": st.sampled_from(OPTIONS),
    "_OptionValueType": mixed(raw_blocks, lengths),
    "_MessageType": messages,
    "_MessagesType": messages,
    "_ProtocolType": mixed(st.just(0), members(socket.Protocol), st.integers(0, 20)),
    "_VectorType": strings,
    "_EnvironmentType": strings,
    "_CloneArgsType": array(CloneArgs, 1),
    "EventArray": mixed(array(EpollEvent, 4), pointers),
    "PollArray": mixed(array(Pollfd, 4), pointers),
    "_StatusType": mixed(pointers, nothing),
}
BY_NAME: dict[str, Generator[Any]] = {
    **dict.fromkeys(("length", "size", "count", "old_size", "new_size", "maximum", "backlog"), sizes),
    **dict.fromkeys(("local_count", "remote_count"), counts),
    **dict.fromkeys(("local", "remote"), mixed(iovecs, pointers)),
    **dict.fromkeys(("inputs", "outputs", "exceptions"), mixed(nothing, raw_blocks, pointers)),
    **dict.fromkeys(("fd", "epoll", "pidfd", "target", "first", "last"), descriptors),
    **dict.fromkeys(("number",), signals),
    **dict.fromkeys(("tid", "pid", "who", "group"), pids),
    "times": mixed(array(Timespec, 2), nothing),
    "operation": small,
    "kind": mixed(members(WaitId), small),
    "options": members(WaitOption),
    "events": members(EpollEventFlag),
    "timeout": mixed(st.sampled_from([0, 1, 10, -1, 1 << 31]), array(Timespec, 1), nothing),
    "info": mixed(block(zero_or_more(128).map(lambda data: (data,))), pointers),
    "flags": mixed(st.just(0), st.integers(0, 8), numbers),
}
MAPPINGS = {"mmap", "munmap", "mprotect", "mremap", "madvise", "mlock", "munlock", "msync", "mincore", "brk", "mlock2",
             "remap_file_pages", "pkey_mprotect"}  # fmt: skip
anything = mixed(numbers, pointers, structured)


FD, _DIR_FD = arguments.Fd.__metadata__[0], arguments.DirFd.__metadata__[0]  # type: ignore[attr-defined]
FITTING = {"epoll": [17], "timerfd": [19], "inotify": [20], "signalfd": [21], "pidfd": [23], "getdents": [7, 38, 39]}


def fitting_descriptors(call: Declaration) -> list[int]:
    """Those of the prologue that are of the kind that a call is for; none if it is for files of all kinds."""
    if call.handler.__module__.startswith("guest.net."):
        return list(range(24, 35))
    return next((fitting for name, fitting in FITTING.items() if call.name.startswith(name)), [])


def right(call: Declaration, name: str, kind: ArgumentType) -> Generator[Any]:
    """What a well-behaved program could pass."""
    if kind in (FD, _DIR_FD) and (fitting := fitting_descriptors(call)):
        return mixed(*[st.sampled_from(fitting)] * 3, descriptors)
    if name == "mask_size" or (name == "size" and call.name.startswith(("rt_", "signalfd"))):
        return mixed(*[st.just(8)] * 6, sizes)
    if id(kind) in BY_TYPE:
        return BY_TYPE[id(kind)]
    if (known := BY_CLASS.get(type(kind).__name__)) is not None:
        return known
    if isinstance(kind, PathType):
        return paths
    if isinstance(kind, BufferType):
        return buffers
    if isinstance(kind, arguments.VectorType):
        return mixed(iovecs, pointers)
    if isinstance(kind, PointerType):
        return mixed(block(structure(kind._codec)), block(structure(kind._codec)), nothing, pointers)
    if call.name in MAPPINGS and name in ("address", "start", "new_address"):
        return mixed(pages, nothing, st.builds(Result, st.integers(1, 6)))
    if call.name in ("mmap", "munmap", "mprotect", "mremap") and "size" in name:
        return mixed(st.sampled_from([4096, 8192, 65536, 1 << 20]), sizes)
    if name == "length" and call.name in ("bind", "connect", "sendto"):
        return mixed(st.just(16), st.sampled_from([16, 28, 12, 110, 2]), sizes)
    if call.name == "fcntl" and name == "argument":
        return fcntl_values
    if (named := enumerated(kind)) is not None:
        return named
    if name in BY_NAME:
        return BY_NAME[name]
    if id(kind) == identified(arguments.Address) or name in ("argument", "header", "data", "attributes", "handle"):
        return mixed(structured, pointers, numbers)
    return numbers


def call_of(call: Declaration) -> Generator[Call]:
    if call.name == "clone":
        return st.builds(
            lambda flags_, signal, stack, rest: Call(call.number, (flags_ | signal, stack, *rest)),
            mixed(st.just(0), st.sampled_from([0x3D0F00, 0x4100, 0x4000, 0x800]), numbers),
            st.sampled_from([17, 17, 0, 64]), mixed(nothing, st.just(Pointer(Place.ARENA, 0x8000)), pointers),
            st.tuples(pointers, pointers, pointers),
        )  # fmt: skip
    parameters = [mixed(*[right(call, *parameter)] * 9, anything) for parameter in call.parameters]
    return st.builds(lambda values: Call(call.number, tuple(values)), st.tuples(*parameters))

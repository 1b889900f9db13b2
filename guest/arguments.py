"""Types of system-call arguments: one annotation says how a register is decoded, checked and printed.

    def openat(task: Task, directory: DirFd, path: Path, flags: OpenFlags, mode: Mode) -> int:

Registers hold 64 bits of which a C `int` uses 32: each type cuts and sign- or zero-extends as the C type of the
kernel's declaration does. `convert` runs once per call and must be cheap; `show` runs only under strace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_args, get_origin

from guest.abi import constants, flags
from guest.abi.constants import PATH_MAX
from guest.abi.cstruct import Codec
from guest.abi.errno import E, Errno
from guest.abi.structs import Iovec
from guest.mm.address_space import AddressSpace
from guest.mm.user_copy import copy_from_user, copy_to_user, strncpy_from_user

if TYPE_CHECKING:
    from guest.task import Task

T = TypeVar("T")
STRING_LIMIT = 32
"""strace cuts strings here."""


@dataclass
class Shown:
    """What is known of a call when one of its arguments is printed."""

    task: Task
    raw: int
    registers: tuple[int, ...]
    index: int
    result: int | None
    """None while the call has not returned."""


class ArgumentType:
    """Base of all argument types. `output`: what the argument points to is printed after the call."""

    output = False

    def convert(self, task: Task, raw: int) -> Any:
        """The value that the handler gets."""
        return raw

    def show(self, shown: Shown) -> str:
        """The argument as strace prints it; empty if it is to be left out, as the last ones may be."""
        return str(self.convert(shown.task, shown.raw))


# -- integers --------------------------------------------------------------------------------------------------


def signed32(task: Task, raw: int) -> int:
    """C int."""
    raw &= 0xFFFFFFFF
    return raw - (1 << 32) if raw & 0x80000000 else raw


def unsigned32(task: Task, raw: int) -> int:
    """C unsigned int."""
    return raw & 0xFFFFFFFF


def signed64(task: Task, raw: int) -> int:
    """C long."""
    return raw - (1 << 64) if raw & (1 << 63) else raw


def unsigned64(task: Task, raw: int) -> int:
    """C unsigned long, or a pointer."""
    return raw


def show_address(value: int) -> str:
    """A pointer: `NULL` or hexadecimal."""
    return hex(value) if value else "NULL"


class Integer(ArgumentType):
    """A C integer with its own way of printing."""

    def __init__(self, convert: Callable[[Task, int], int], show: Callable[[int], str] = str) -> None:
        self._show = show
        # An attribute, not a method: the converter is called without a frame of its own.
        self.convert = convert  # type: ignore[assignment, method-assign]

    def show(self, shown: Shown) -> str:
        return self._show(self.convert(shown.task, shown.raw))


class Conditional(Integer):
    """An integer that means something only if the argument before it has one of the bits of `mask`."""

    def __init__(self, convert: Callable[[Task, int], int], show: Callable[[int], str], mask: int) -> None:
        super().__init__(convert, show)
        self._mask = mask

    def show(self, shown: Shown) -> str:
        return super().show(shown) if shown.registers[shown.index - 1] & self._mask else ""


def _octal(value: int) -> str:
    return f"0{value:03o}"


def _flags(kind: type[IntFlag]) -> Callable[[int], str]:
    return lambda value: flags.show_flags(kind, value)


def _name(kind: type[IntEnum]) -> Callable[[int], str]:
    names = {member.value: member.name for member in kind}
    return lambda value: names.get(value, hex(value))


def _protection(value: int) -> str:
    return flags.show_flags(flags.MapProtection, value) if value else "PROT_NONE"


def _futex_operation(value: int) -> str:
    base = value & ~(constants.FUTEX_PRIVATE_FLAG | constants.FUTEX_CLOCK_REALTIME)
    text = _name(constants.FutexOperation)(base)
    text += "_PRIVATE" if value & constants.FUTEX_PRIVATE_FLAG else ""
    return text + ("|FUTEX_CLOCK_REALTIME" if value & constants.FUTEX_CLOCK_REALTIME else "")


Int = Annotated[int, Integer(signed32)]
UInt = Annotated[int, Integer(unsigned32)]
Long = Annotated[int, Integer(signed64)]
ULong = Annotated[int, Integer(unsigned64)]
Hex = Annotated[int, Integer(unsigned64, hex)]
Size = Annotated[int, Integer(unsigned64)]
Offset = Annotated[int, Integer(signed64)]
Address = Annotated[int, Integer(unsigned64, show_address)]
Fd = Annotated[int, Integer(signed32)]
DirFd = Annotated[int, Integer(signed32, lambda v: "AT_FDCWD" if v == flags.AT_FDCWD else str(v))]
Pid = Annotated[int, Integer(signed32)]
Uid = Annotated[int, Integer(unsigned32, lambda v: "-1" if v == 0xFFFFFFFF else str(v))]
Mode = Annotated[int, Integer(unsigned32, _octal)]
_CREATES = int(flags.OpenFlag.O_CREAT | flags.OpenFlag.O_TMPFILE & ~flags.OpenFlag.O_DIRECTORY)
CreateMode = Annotated[int, Conditional(unsigned32, _octal, _CREATES)]
RemapTarget = Annotated[int, Conditional(unsigned64, show_address, int(flags.RemapFlag.MREMAP_FIXED))]
SignalNumber = Annotated[int, Integer(signed32, _name(constants.Signal))]
OpenFlags = Annotated[int, Integer(signed32, flags.show_open_flags)]
AtFlags = Annotated[int, Integer(signed32, _flags(flags.AtFlag))]
AccessFlags = Annotated[int, Integer(signed32, lambda v: flags.show_flags(flags.AccessMode, v) if v else "F_OK")]
ProtectionFlags = Annotated[int, Integer(unsigned64, _protection)]
MapFlags = Annotated[int, Integer(unsigned64, _flags(flags.MapFlag))]
RemapFlags = Annotated[int, Integer(unsigned64, _flags(flags.RemapFlag))]
MsyncFlags = Annotated[int, Integer(signed32, _flags(flags.MsyncFlag))]
RenameFlags = Annotated[int, Integer(unsigned32, _flags(flags.RenameFlag))]
RandomFlags = Annotated[int, Integer(unsigned32, _flags(flags.RandomFlag))]
TimerFlags = Annotated[int, Integer(signed32, _flags(flags.TimerFlag))]
StatxMaskFlags = Annotated[int, Integer(unsigned32, _flags(flags.StatxMask))]
WhenceName = Annotated[int, Integer(unsigned32, _name(constants.Whence))]
ClockName = Annotated[int, Integer(signed32, _name(constants.ClockId))]
FcntlName = Annotated[int, Integer(unsigned32, _name(constants.FcntlCommand))]
IoctlName = Annotated[int, Integer(unsigned32, _name(constants.IoctlCommand))]
ResourceName = Annotated[int, Integer(unsigned32, _name(constants.Resource))]
RusageName = Annotated[int, Integer(signed32, _name(constants.RusageWho))]
AdviceName = Annotated[int, Integer(signed32, _name(constants.MadviseAdvice))]
FutexName = Annotated[int, Integer(signed32, _futex_operation)]
PrctlName = Annotated[int, Integer(signed32, _name(constants.PrctlOption))]
MaskHowName = Annotated[int, Integer(signed32, _name(constants.SigprocmaskHow))]


# -- memory ----------------------------------------------------------------------------------------------------


def quote(data: bytes, limit: int = STRING_LIMIT) -> str:
    """Bytes as a C string literal, cut at `limit` with three dots, as strace does."""
    out = []
    for position, byte in enumerate(data[:limit]):
        character = _ESCAPES.get(byte)
        if character is None:
            following = data[position + 1 : position + 2]
            # An octal escape is written in full where a digit follows it.
            wide = following.isdigit() and position + 1 < limit
            character = chr(byte) if 32 <= byte < 127 else (f"\\{byte:03o}" if wide else f"\\{byte:o}")
        out.append(character)
    return '"' + "".join(out) + '"' + ("..." if len(data) > limit else "")


_ESCAPES = {9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


class PathType(ArgumentType):
    """const char *: a path. EFAULT, ENAMETOOLONG."""

    def convert(self, task: Task, raw: int) -> bytes:
        text = strncpy_from_user(task.mm, raw, PATH_MAX)
        if text is None:
            raise Errno(E.ENAMETOOLONG)
        return text

    def show(self, shown: Shown) -> str:
        return _guarded(shown, lambda: quote(self.convert(shown.task, shown.raw), PATH_MAX))


class OptionalPathType(PathType):
    """A path that may be NULL, which gives None."""

    def convert(self, task: Task, raw: int) -> Any:
        return super().convert(task, raw) if raw else None

    def show(self, shown: Shown) -> str:
        return super().show(shown) if shown.raw else "NULL"


class BufferType(ArgumentType):
    """A buffer whose length is the next argument; the handler gets its address."""

    def __init__(self, output: bool) -> None:
        self.output = output

    def show(self, shown: Shown) -> str:
        length = shown.registers[shown.index + 1] if not self.output else shown.result
        if length is None or length < 0:
            return show_address(shown.raw)
        return _guarded(shown, lambda: _show_bytes(shown, shown.raw, length))


class VectorType(ArgumentType):
    """An array of struct iovec whose length is the next argument; the handler gets its address."""

    def __init__(self, output: bool) -> None:
        self.output = output

    def show(self, shown: Shown) -> str:
        count = shown.registers[shown.index + 1]
        if count > constants.IOV_MAX or (self.output and (shown.result is None or shown.result < 0)):
            return show_address(shown.raw)
        return _guarded(shown, lambda: self._pieces(shown, count))

    def _pieces(self, shown: Shown, count: int) -> str:
        data = copy_from_user(shown.task.mm, shown.raw, count * Iovec.size)
        left = shown.result if self.output and shown.result is not None else 1 << 63
        pieces = []
        for start in range(0, len(data), Iovec.size):
            piece = Iovec.from_bytes(data[start : start + Iovec.size])
            length = min(piece.iov_len, left)
            left -= length
            pieces.append(f"{{iov_base={_show_bytes(shown, piece.iov_base, length)}, iov_len={piece.iov_len}}}")
        return "[" + ", ".join(pieces) + "]"


def _show_bytes(shown: Shown, address: int, length: int) -> str:
    data = copy_from_user(shown.task.mm, address, min(length, STRING_LIMIT + 1))
    return quote(data)


def _guarded(shown: Shown, show: Callable[[], str]) -> str:
    """Printing must not fail where the call itself gave EFAULT: the address is printed instead."""
    try:
        return show()
    except Errno:
        return show_address(shown.raw)


Path = Annotated[bytes, PathType()]
OptionalPath = Annotated[bytes | None, OptionalPathType()]
InBuffer = Annotated[int, BufferType(output=False)]
OutBuffer = Annotated[int, BufferType(output=True)]
InVector = Annotated[int, VectorType(output=False)]
OutVector = Annotated[int, VectorType(output=True)]


class Ptr(Generic[T]):
    """A pointer to a structure or integer in user memory. False if NULL; `get` and `put` raise EFAULT."""

    __slots__ = ("_codec", "_mm", "address")

    def __init__(self, mm: AddressSpace, address: int, codec: Codec[T]) -> None:
        self._mm = mm
        self.address = address
        self._codec = codec

    def __bool__(self) -> bool:
        return self.address != 0

    def get(self) -> T:
        """The value."""
        return self._codec.decode(copy_from_user(self._mm, self.address, self._codec.size))

    def put(self, value: T) -> None:
        """Store a value."""
        copy_to_user(self._mm, self.address, self._codec.encode(value))


class InPtr(Ptr[T]):
    """Read by the call."""


class OutPtr(Ptr[T]):
    """Written by the call, so strace prints it afterwards."""


class PointerType(ArgumentType):
    """Made from an annotation `InPtr[Timespec]` or `OutPtr[U32]`."""

    def __init__(self, kind: type[Ptr[Any]], codec: Codec[Any]) -> None:
        self._kind = kind
        self._codec = codec
        self.output = issubclass(kind, OutPtr)

    def convert(self, task: Task, raw: int) -> Any:
        return self._kind(task.mm, raw, self._codec)

    def show(self, shown: Shown) -> str:
        if shown.raw == 0:
            return "NULL"
        if self.output and (shown.result is None or shown.result < 0):
            return hex(shown.raw)
        return _guarded(
            shown,
            lambda: self._codec.show(self._codec.decode(copy_from_user(shown.task.mm, shown.raw, self._codec.size))),
        )


def argument_type(annotation: Any) -> ArgumentType:
    """The argument type that an annotation names. Raises TypeError for one that is none."""
    for item in getattr(annotation, "__metadata__", ()):
        if isinstance(item, ArgumentType):
            return item
    origin = get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Ptr):
        (target,) = get_args(annotation)
        codec = target.__metadata__[0] if hasattr(target, "__metadata__") else target
        return PointerType(origin, codec)
    raise TypeError(f"{annotation!r} is not a system-call argument type")

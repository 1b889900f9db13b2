"""What a random call is made of, in terms that mean the same in every run, and how that becomes registers and memory.

A pointer is symbolic, so that a failing example can be read, shrunk and replayed: `Pointer(Place.READ_ONLY, 8)`.
Data that a call reads is a `Block`, put where the call can find it just before it is made.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from emulator.memory import PAGE_SIZE, Protection
from guest.abi.errno import Errno
from guest.mm.address_space import AddressSpace
from guest.mm.user_copy import copy_to_user

U64 = (1 << 64) - 1
CODE = 0x40_0000
"""Where the program begins that makes the calls."""
_ARENA = 0x2000_0000
_ARENA_SIZE = 0x1_0000
_MIXED = 0x2010_0000
"""A page to read, one that nobody may touch, one to write."""


class Place(Enum):
    """Where a pointer points, before its offset is added."""

    NULL = 0
    ARENA = _ARENA
    """Readable and writable."""
    ARENA_END = _ARENA + _ARENA_SIZE
    """Nothing is mapped here; a negative offset makes what is pointed to straddle the end."""
    READ_ONLY = _MIXED
    NO_ACCESS = _MIXED + PAGE_SIZE
    WRITABLE_AGAIN = _MIXED + 2 * PAGE_SIZE
    CODE = CODE
    HANDLER = CODE + 12 + 120
    """A signal handler that returns."""
    UNMAPPED = 0x7000_0000_0000
    TOP = (1 << 48) - PAGE_SIZE
    """The end of the user's half; the stack is here."""
    HOLE = 1 << 52
    """Neither half."""
    KERNEL = 0xFFFF_8000_0000_0000
    LAST = U64 + 1

    def __repr__(self) -> str:
        """As it is written in a program, so that a failing example can be pasted."""
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True)
class Pointer:
    """An address; `tag` is its top byte, which the hardware ignores and some calls do not."""

    place: Place
    offset: int = 0
    tag: int = 0


@dataclass(frozen=True)
class Result:
    """What the call `back` calls before this one returned."""

    back: int


@dataclass(frozen=True)
class Block:
    """A pointer to data, which may hold pointers and further blocks.

    With `end` it lies so that its last byte, or its last but `end` - 1, is the last one that is mapped; `shift` moves
    it off its alignment.
    """

    pieces: tuple[bytes | Pointer | Result | Block, ...]
    shift: int = 0
    end: int = 0
    tag: int = 0


Argument = int | Pointer | Result | Block


@dataclass(frozen=True)
class Call:
    """One system call: its number (of which the kernel looks at 32 bits) and up to six arguments."""

    number: int
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class Sequence:
    """What one machine is made to do."""

    calls: tuple[Call, ...]
    traced: bool = False
    """Under --strace, which looks at the same arguments."""
    writable: bool = False
    """The sysroot is the host's folder itself."""


def prepare(mm: AddressSpace) -> None:
    """Map what `Place` names."""
    both = Protection.READ | Protection.WRITE
    mm.map(_ARENA, _ARENA_SIZE, both, fixed=True)
    mm.map(_MIXED, PAGE_SIZE, Protection.READ, fixed=True)
    mm.map(_MIXED + PAGE_SIZE, PAGE_SIZE, Protection.NONE, fixed=True)
    mm.map(_MIXED + 2 * PAGE_SIZE, PAGE_SIZE, both, fixed=True)


class Placer:
    """Turns the arguments of one call into registers, and puts their data into memory."""

    def __init__(self, mm: AddressSpace, results: list[int], outside: bytes) -> None:
        self._mm = mm
        self._results = results
        self._outside = outside
        self._next = _ARENA

    def register(self, argument: Argument) -> int:
        """The value of one argument, unsigned."""
        if isinstance(argument, int):
            return argument & U64
        if isinstance(argument, Pointer):
            return (argument.place.value + argument.offset | argument.tag << 56) & U64
        if isinstance(argument, Result):
            return self._results[-argument.back] & U64 if argument.back <= len(self._results) else 0
        return self._block(argument)

    def _block(self, block: Block) -> int:
        # Blocks inside come first in memory, as their addresses are part of the data.
        data = b"".join(
            piece.replace(OUTSIDE, self._outside) if isinstance(piece, bytes)
            else self.register(piece).to_bytes(8, "little")
            for piece in block.pieces
        )  # fmt: skip
        if block.end:
            address = _ARENA + _ARENA_SIZE - len(data) + block.end - 1
        else:
            address = self._next + block.shift
            self._next += -(-len(data) // 16) * 16 + 16
        with suppress(Errno):  # a call before this one took the memory away, or the end of the data lies beyond it
            copy_to_user(self._mm, address, data)
        return address | block.tag << 56


OUTSIDE = b"{outside}"
"""In a path: the folder on the host, next to the sysroot, that the guest must never see."""

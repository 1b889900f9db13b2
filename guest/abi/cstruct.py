"""C structures declared as dataclasses: field types carry the C type, and layout follows the AArch64 rules.

    class Timespec(Struct):
        tv_sec: I64 = 0
        tv_nsec: I64 = 0

Every scalar is aligned to its own size (true of all scalars of the AArch64 procedure call standard), a structure to
its widest member, and the total size is a multiple of the alignment. Data is little-endian.
"""

from __future__ import annotations

import dataclasses
import struct
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Protocol, Self, TypeVar, cast, dataclass_transform

_T = TypeVar("_T")


class Codec(Protocol[_T]):
    """How a value lies in guest memory."""

    @property
    def size(self) -> int: ...

    def encode(self, value: _T) -> bytes: ...

    def decode(self, data: bytes) -> _T: ...

    def show(self, value: _T) -> str: ...


@dataclass(frozen=True)
class Scalar:
    """A C integer: a code of the `struct` module."""

    code: str

    @property
    def size(self) -> int:
        return struct.calcsize("<" + self.code)

    @property
    def alignment(self) -> int:
        return self.size

    @property
    def leaves(self) -> str:
        return self.code

    def encode(self, value: int) -> bytes:
        return struct.pack("<" + self.code, value)

    def decode(self, data: bytes) -> int:
        value: int = struct.unpack("<" + self.code, data)[0]
        return value

    def show(self, value: int) -> str:
        return f"[{value}]"


@dataclass(frozen=True)
class Array:
    """A C array of integers (a tuple in Python) or, with code "s", of characters (bytes, padded with NUL)."""

    code: str
    length: int

    @property
    def size(self) -> int:
        return self.length * struct.calcsize("<" + self.code)

    @property
    def alignment(self) -> int:
        return struct.calcsize("<" + self.code)

    @property
    def leaves(self) -> str:
        return f"{self.length}{self.code}"


I8 = Annotated[int, Scalar("b")]
U8 = Annotated[int, Scalar("B")]
I16 = Annotated[int, Scalar("h")]
U16 = Annotated[int, Scalar("H")]
I32 = Annotated[int, Scalar("i")]
U32 = Annotated[int, Scalar("I")]
I64 = Annotated[int, Scalar("q")]
U64 = Annotated[int, Scalar("Q")]


@dataclass(frozen=True)
class _Member:
    """One field of a structure: where it is and how it is taken apart into the values of the `struct` module."""

    name: str
    offset: int
    kind: Any
    count: int


@dataclass_transform(field_specifiers=(dataclasses.field,))
class Struct:
    """Base of all C structures. Subclasses become dataclasses; `size` and `encode`/`decode` make each a Codec."""

    size: ClassVar[int]
    alignment: ClassVar[int]
    leaves: ClassVar[str]
    members: ClassVar[tuple[_Member, ...]]
    _packed: ClassVar[struct.Struct]
    _flat: ClassVar[bool]
    _all: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(cls)
        hints = typing.get_type_hints(cls, include_extras=True)
        offset, alignment, code, members = 0, 1, "", []
        for field in dataclasses.fields(cast(Any, cls)):
            hint = hints[field.name]
            kind = hint.__metadata__[0] if hasattr(hint, "__metadata__") else hint
            padding = -offset % kind.alignment
            count = len(struct.unpack("<" + kind.leaves, bytes(struct.calcsize("<" + kind.leaves))))
            code += f"{padding}x{kind.leaves}" if padding else kind.leaves
            members.append(_Member(field.name, offset + padding, kind, count))
            offset += padding + kind.size
            alignment = max(alignment, kind.alignment)
        tail = -offset % alignment
        cls.size = offset + tail
        cls.alignment = alignment
        cls.leaves = code + (f"{tail}x" if tail else "")
        cls.members = tuple(members)
        cls._packed = struct.Struct("<" + cls.leaves)
        cls._flat = all(
            isinstance(member.kind, Scalar) or (member.kind.__class__ is Array and member.kind.code == "s")
            for member in members
        )
        # Where no member has to be taken apart and there are several, which gives a tuple.
        names = [member.name for member in members]
        cls._all = staticmethod(attrgetter(*names)) if cls._flat and len(names) > 1 else None

    def to_bytes(self) -> bytes:
        """The structure as it lies in memory."""
        values = self._values() if self._all is None else self._all(self)
        return self._packed.pack(*values)

    @classmethod
    def from_bytes(cls, data: bytes | memoryview) -> Self:
        """The structure in `data`, which has exactly `size` bytes."""
        values = cls._packed.unpack(data)
        return cls(*values) if cls._flat else cls._build(iter(values))

    @classmethod
    def array_from_bytes(cls, data: bytes | memoryview) -> list[Self]:
        """The structures in `data`, one behind the other; its length is a multiple of `size`."""
        each = cls._packed.iter_unpack(data)
        return [cls(*values) for values in each] if cls._flat else [cls._build(iter(values)) for values in each]

    @classmethod
    def encode(cls, value: Self) -> bytes:
        return value.to_bytes()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls.from_bytes(data)

    @classmethod
    def show(cls, value: Self) -> str:
        """In the notation of strace; a structure overrides it where strace decodes or omits members."""
        return "{" + ", ".join(f"{m.name}={_show(getattr(value, m.name))}" for m in cls.members) + "}"

    @classmethod
    def offset_of(cls, name: str) -> int:
        """Byte offset of a member."""
        return next(member.offset for member in cls.members if member.name == name)

    def _values(self) -> Iterator[Any]:
        for member in self.members:
            value = getattr(self, member.name)
            if isinstance(value, Struct):
                yield from value._values()
            elif isinstance(value, tuple):
                yield from value
            else:
                yield value

    @classmethod
    def _build(cls, values: Iterator[Any]) -> Self:
        arguments: list[Any] = []
        for member in cls.members:
            if isinstance(member.kind, type):
                arguments.append(cast(type[Struct], member.kind)._build(values))
            elif isinstance(member.kind, Array) and member.kind.code != "s":
                arguments.append(tuple(next(values) for _ in range(member.count)))
            else:
                arguments.append(next(values))
        return cls(*arguments)


def _show(value: object) -> str:
    if isinstance(value, Struct):
        return type(value).show(value)
    if isinstance(value, bytes):
        return '"' + value.rstrip(b"\0").decode("latin-1") + '"'
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)

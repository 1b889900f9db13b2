"""Tiny AArch64 programs, word by word, without a compiler."""

from __future__ import annotations

import struct
from collections.abc import Sequence

BASE = 0x40_0000
_EXECUTABLE, _AARCH64 = 2, 183
_LOAD, _INTERPRETER = 1, 3
_READ_EXECUTE = 5

SVC = 0xD4000001
LOOP = 0x14000000
"""A branch to itself."""


def mov(register: int, value: int) -> int:
    """MOV Xn, #value, for a value of 16 bits at a multiple of 16 bits."""
    place = next(place for place in range(4) if value < 1 << 16 * (place + 1))
    assert value % (1 << 16 * place) == 0
    return 0xD2800000 | place << 21 | value >> 16 * place << 5 | register


def call(number: int, *words: int) -> tuple[int, ...]:
    """A system call, after words that load its arguments."""
    return (*words, mov(8, number), SVC)


EXIT_0 = call(93, mov(0, 0))


def program(code: Sequence[int], *, interpreter: bytes | None = None) -> bytes:
    """An ELF file that begins with the first instruction of `code`. An interpreter makes it a dynamic program."""
    segments = 1 if interpreter is None else 2
    start = 64 + 56 * segments
    words = struct.pack(f"<{len(code)}I", *code)
    name = b"" if interpreter is None else interpreter + b"\0"
    size = start + len(words) + len(name)
    identification = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header = struct.pack(
        "<HHIQQQIHHHHHH", _EXECUTABLE, _AARCH64, 1, BASE + start, 64, 0, 0, 64, 56, segments, 0, 0, 0
    )  # fmt: skip
    load = struct.pack("<IIQQQQQQ", _LOAD, _READ_EXECUTE, 0, BASE, BASE, size, size, 4096)
    place = start + len(words)
    interpret = struct.pack(
        "<IIQQQQQQ", _INTERPRETER, 4, place, BASE + place, BASE + place, len(name), len(name), 1
    )  # fmt: skip
    return identification + header + load + (b"" if interpreter is None else interpret) + words + name

"""Where Unicorn has the processor's registers, and which bytes of a context are worth copying.

Unicorn saves and restores a context by copying 12 KiB, most of which is room for vector registers of 2,048 bits, of
which programs here can use 128. Cores that take turns leave out the rest. The library does not say where its registers
are, so that is read from the machine code of its function, which has to look as expected, and is believed only if a
context saved by the library has exactly the bytes that are there.
"""

from __future__ import annotations

import ctypes
import platform
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import capstone
from unicorn import arm64_const as arm64

from emulator import unicorn_library

VECTORS = 32
VECTOR_BYTES = 16

_LOOKED_AT = 1024
_COPY = re.compile(
    r"mov rax, qword ptr \[\w+ \+ (?P<processor>0x[0-9a-f]+)\]\n"
    r"mov rdx, qword ptr \[\w+\]\n"
    r"lea rdi, \[\w+ \+ (?P<data>0x[0-9a-f]+)\]\n"
    r"mov rsi, qword ptr \[rax \+ (?P<registers>0x[0-9a-f]+)\]\n"
    r"call "
)
"""`memcpy(context->data, uc->cpu->env_ptr, context->context_size)`."""


@dataclass(frozen=True)
class ContextLayout:
    """All in bytes."""

    registers: int
    """Host address of the processor's registers."""
    data: int
    """Where their copy begins in a context."""
    size: int
    """Of that copy."""
    vectors: int
    """Offset of V0 in it."""
    stride: int
    """From one vector register to the next."""


def find(uc: Any) -> ContextLayout | None:
    """The layout of an instance of Unicorn; None if it was not found."""
    copy = _copy()
    if copy is None:
        return None
    before = uc.context_save()
    vectors = [(0x0123_4567_89AB_CDEF_0000 + number).to_bytes(VECTOR_BYTES, "little") for number in range(VECTORS)]
    for number, value in enumerate(vectors):
        uc.reg_write(arm64.UC_ARM64_REG_V0 + number, int.from_bytes(value, "little"))
    context = uc.context_save()
    uc.context_restore(before)
    # Only now, for an instance gets its processor with the first use of a register.
    processor = _pointer(uc._uch.value + int(copy["processor"], 16))
    registers = _pointer(processor + int(copy["registers"], 16))
    data, size = int(copy["data"], 16), context.size - int(copy["data"], 16)
    saved = ctypes.string_at(context.context.value + data, size)
    if ctypes.string_at(before.context.value + data, size) != ctypes.string_at(registers, size):
        return None
    places = [saved.find(value) for value in vectors]
    stride = places[1] - places[0]
    if places != list(range(places[0], places[0] + VECTORS * stride, stride)) or stride < VECTOR_BYTES:
        return None
    return ContextLayout(registers, data, size, places[0], stride)


@cache
def _copy() -> re.Match[str] | None:
    """The copy in the machine code of `uc_context_save`."""
    if platform.machine() != "x86_64":
        return None
    code = ctypes.string_at(unicorn_library.function_address("uc_context_save"), _LOOKED_AT)
    disassembler = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    lines = disassembler.disasm_lite(code, 0)
    return _COPY.search("\n".join(f"{mnemonic} {operands}" for _, _, mnemonic, operands in lines))


def _pointer(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value

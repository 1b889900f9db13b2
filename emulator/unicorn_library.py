"""Unicorn's C interface, for what is called often enough that the Python binding's cost would show."""

from __future__ import annotations

import ctypes
import platform
import re
from typing import Any

import capstone
import numpy as np
import unicorn
from unicorn import arm64_const as registers
from unicorn.unicorn_const import UC_ARCH_ARM64, UC_CTL_IO_WRITE, UC_CTL_TLB_FLUSH, UC_MODE_ARM
from unicorn.unicorn_py3.unicorn import uclib

from emulator import record

X_REGISTERS = (
    *range(registers.UC_ARM64_REG_X0, registers.UC_ARM64_REG_X0 + 29),
    registers.UC_ARM64_REG_X29,
    registers.UC_ARM64_REG_X30,
)
"""Unicorn's numbers of X0 to X30."""

PAGE_SIZE = 4096

PHYSICAL_BASE = 1 << 50
"""Where Unicorn has physical memory: beyond all addresses of programs, so that a hook can tell the two apart."""
DATA_BASE = PHYSICAL_BASE | 1 << 49
"""Where it has the same memory again, not executable, for pages that hold no code: at each store to executable memory
Unicorn looks for translations.
"""
REGISTER_BASE = PHYSICAL_BASE | 1 << 48
"""Where accesses are not to memory but to the registers of tiles, for pages that stand for those."""
PHYSICAL_ADDRESS = (1 << 48) - 1
"""What of an address says where in physical memory it is, in any of these places."""

NO_END = (1 << 64) - 4
"""An `until` address that no program reaches, and that Unicorn does not look for (`Engine`)."""


def signed(value: int) -> int:
    """An unsigned 64-bit value as the signed one that a record holds."""
    return value - (1 << 64) if value >> 63 else value


class UnicornError(Exception):
    """A call of Unicorn's library failed; the message is the library's."""


def open_arm64() -> Any:
    """A new Unicorn instance with the processor that has the most of ARMv8.

    The binding is only partly typed, so what it gives is taken as untyped.
    """
    factory: Any = unicorn.Uc
    uc = factory(UC_ARCH_ARM64, UC_MODE_ARM, registers.UC_CPU_ARM64_MAX)
    uc.ctl_set_page_size(PAGE_SIZE)
    return uc


def skip_sync_offset() -> int | None:
    """Where, in Unicorn's own structure, the flag is that says not to find PC at each memory access; None if unknown.

    A memory hook costs 40 to 400 ns per access because Unicorn first looks up, in the tables of the translation, which
    instruction it belongs to, so that a hook may read PC. Its flag `skip_sync_pc_on_exit` spares it that (10 ns), but
    the library offers no way to set it, and where it is differs between builds. So it is read from the machine code
    of a small function that tests and clears it, which has to look as expected.
    """
    function = getattr(uclib, "helper_check_exit_request_aarch64", None)
    if function is None or platform.machine() != "x86_64":
        return None
    code = ctypes.string_at(ctypes.cast(function, ctypes.c_void_p).value or 0, _LOOKED_AT)
    tested = None
    for _, _, mnemonic, operands in capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64).disasm_lite(code, 0):
        found = _FLAG_ACCESS.match(f"{mnemonic} {operands}")
        if found and found[1] == "cmp":
            tested = found[2]
        elif found and found[2] == tested:
            return int(found[2], 16)
    return None


_LOOKED_AT = 128
_FLAG_ACCESS = re.compile(r"(cmp|mov) byte ptr \[rdi \+ (0x[0-9a-f]+)\], 0$")


def error_text(error: int) -> str:
    """Unicorn's words for one of its error codes."""
    return str(uclib.uc_strerror(error).decode())


def function_address(name: str) -> int:
    """The host address of a function of Unicorn's library."""
    address = ctypes.cast(getattr(uclib, name), ctypes.c_void_p).value
    if address is None:
        raise RuntimeError(f"Unicorn's library has no {name}")
    return address


def start(handle: Any, pc: int) -> int:
    """Run from `pc` until a hook stops the engine; returns Unicorn's error code."""
    return int(uclib.uc_emu_start(handle, pc, NO_END, 0, 0))


FLUSH_TLB = UC_CTL_IO_WRITE << 30 | UC_CTL_TLB_FLUSH
"""What `uc_ctl` is told to empty its TLB."""


def flush_tlb(handle: Any) -> None:
    """Empty Unicorn's TLB."""
    _check(uclib.uc_ctl(handle, FLUSH_TLB))


def save_context(handle: Any, context: Any) -> None:
    """Copy the processor's registers into a context of the binding."""
    _check(uclib.uc_context_save(handle, context.context))


def restore_context(handle: Any, context: Any) -> None:
    """Copy a context into the processor's registers."""
    _check(uclib.uc_context_restore(handle, context.context))


def add_hook(
    handle: Any, kind: int, callback: int, user: int, instruction: int = 0, *, first: int = 1, last: int = 0
) -> int:
    """Add a native hook over the addresses from `first` to `last`, at first all; returns the number to delete it with.

    `instruction` is Unicorn's number of the instruction if `kind` is UC_HOOK_INSN.
    """
    hook = ctypes.c_size_t()
    error = uclib.uc_hook_add(
        handle,
        ctypes.byref(hook),
        ctypes.c_int(kind),
        ctypes.c_void_p(callback),
        ctypes.c_void_p(user),
        ctypes.c_uint64(first),
        ctypes.c_uint64(last),
        ctypes.c_int(instruction),
    )
    _check(error)
    return int(hook.value)


def map_registers(handle: Any, base: int, size: int, read: int, write: int, user: int) -> None:
    """Have accesses to the physical addresses [base, base + size) done by native functions (Unicorn's uc_mmio_map)."""
    _check(uclib.uc_mmio_map(handle, base, size, read, user, write, user))


def delete_hook(handle: Any, hook: int) -> None:
    """Remove a hook."""
    _check(uclib.uc_hook_del(handle, ctypes.c_size_t(hook)))


def _check(error: int) -> None:
    if error:
        raise UnicornError(error_text(error))


_value = ctypes.c_uint64()
_value_pointer = ctypes.byref(_value)


def write_register(handle: Any, register: int, value: int) -> None:
    """Set a 64-bit register, modulo 2^64."""
    _value.value = value & 0xFFFF_FFFF_FFFF_FFFF
    _check(uclib.uc_reg_write(handle, register, _value_pointer))


class RegisterBatch:
    """A fixed list of registers that is read with one call."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        self.values = np.zeros(len(numbers), np.uint64)
        self._view = self.values.data
        self._count = ctypes.c_int(len(numbers))
        self._numbers = (ctypes.c_int * len(numbers))(*numbers)
        first = record.address_of(self.values)
        self._pointers = (ctypes.c_void_p * len(numbers))(*(first + 8 * i for i in range(len(numbers))))

    def read(self, handle: Any) -> list[int]:
        """Their values, unsigned."""
        uclib.uc_reg_read_batch(handle, self._numbers, self._pointers, self._count)
        return self.values.tolist()

    def read_first(self, handle: Any) -> int:
        """Read all, and return the value of the first, unsigned."""
        uclib.uc_reg_read_batch(handle, self._numbers, self._pointers, self._count)
        return int(self._view[0])

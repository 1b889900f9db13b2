"""The hooks that Unicorn calls from translated code, compiled by Numba.

They account for blocks, stop the engine when Python is needed, and do the work of patched AIMC instructions. State is in the
records of `record.py`; Python reads why a hook stopped the engine from the ENGINE record. Each hook also runs as plain
Python (`HOOK.__wrapped__`), which is how its logic is tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, cfunc, int32, njit, types
from unicorn import arm64_const as arm64

from emulator.isa import Operation
from emulator.native import call_register, call_stop, pointer
from emulator.record import BLOCK, CORE, ENGINE, SITE, TILE, ExitReason
from emulator.tile_operations import (
    dequeue,
    parameter_read,
    parameter_write,
    process,
    queue,
    status,
)

# Plain integers: enum members would not be constants to the compiler.
_UNKNOWN_BLOCK = int(ExitReason.UNKNOWN_BLOCK)
_SLICE = int(ExitReason.SLICE)
_INSTRUCTION_LIMIT = int(ExitReason.INSTRUCTION_LIMIT)
_EXCEPTION = int(ExitReason.EXCEPTION)
_MEMORY_FAULT = int(ExitReason.MEMORY_FAULT)

_PROCESS = int(Operation.PROCESS)
_QUEUE = int(Operation.QUEUE)
_DEQUEUE = int(Operation.DEQUEUE)
_PARAMETER_READ = int(Operation.PARAMETER_READ)
_PARAMETER_WRITE = int(Operation.PARAMETER_WRITE)
_STATUS = int(Operation.STATUS)
_ZERO_REGISTER = 31
_UNICORN_XZR = arm64.UC_ARM64_REG_XZR
_UNICORN_PC = arm64.UC_ARM64_REG_PC

BLOCK_SIGNATURE = types.void(types.voidptr, types.int64, types.int32, types.voidptr)
INTERRUPT_SIGNATURE = types.void(types.voidptr, types.int32, types.voidptr)
SYSTEM_SIGNATURE = types.uint32(types.voidptr, types.int32, types.voidptr, types.voidptr)
MEMORY_SIGNATURE = types.boolean(types.voidptr, types.int32, types.int64, types.int32, types.int64, types.voidptr)


@njit(cache=True, inline="always")
def _read(engine: Any, uc: Any, register: Any) -> Any:
    """Xn, or 0 for the zero register."""
    if register == _ZERO_REGISTER:
        return 0
    numbers = carray(pointer(engine["registers"]), 31, np.int64)
    scratch = carray(pointer(engine["scratch"]), 1, np.int64)
    call_register(engine["reg_read"], uc, int32(numbers[register]), pointer(engine["scratch"]))
    return scratch[0]


@njit(cache=True, inline="always")
def _write(engine: Any, uc: Any, register: Any, value: Any) -> None:
    """Set Xn; the zero register ignores it."""
    if register != _ZERO_REGISTER:
        numbers = carray(pointer(engine["registers"]), 31, np.int64)
        scratch = carray(pointer(engine["scratch"]), 1, np.int64)
        scratch[0] = value
        call_register(engine["reg_write"], uc, int32(numbers[register]), pointer(engine["scratch"]))


@cfunc(BLOCK_SIGNATURE, cache=True)
def on_block(uc: Any, address: Any, size: Any, user: Any) -> None:
    """A block is about to run: account for it, or stop before it."""
    engine = carray(user, 1, ENGINE)[0]
    core = carray(pointer(engine["core"]), 1, CORE)[0]
    mask = engine["block_mask"]
    blocks = carray(pointer(engine["blocks"]), mask + 1, BLOCK)
    key = address | (size << 48)
    slot = ((address >> 2) ^ (address >> 13) ^ (size << 4)) & mask
    while True:
        found = blocks[slot]["key"]
        if found == key:
            break
        if found == -1:
            engine["exit_reason"] = _UNKNOWN_BLOCK
            engine["exit_address"] = address
            engine["exit_size"] = size
            call_stop(engine["emu_stop"], uc)
            return
        slot = (slot + 1) & mask
    clock = core["clock"]
    if clock >= core["slice_end"] or (blocks[slot]["synchronising"] != 0 and clock > core["sync_end"]):
        engine["exit_reason"] = _SLICE
        call_stop(engine["emu_stop"], uc)
        return
    if core["instructions"] >= core["instruction_end"]:
        engine["exit_reason"] = _INSTRUCTION_LIMIT
        call_stop(engine["emu_stop"], uc)
        return
    blocks[slot]["count"] += 1
    core["clock"] = clock + blocks[slot]["clock"]
    core["instructions"] += blocks[slot]["instructions"]
    core["block"] = slot


@cfunc(INTERRUPT_SIGNATURE, cache=True)
def on_interrupt(uc: Any, number: Any, user: Any) -> None:
    """The processor raised an exception (system call, undefined instruction, ...): Python decides."""
    engine = carray(user, 1, ENGINE)[0]
    engine["exit_reason"] = _EXCEPTION
    engine["exit_detail"] = number
    call_stop(engine["emu_stop"], uc)


@cfunc(MEMORY_SIGNATURE, cache=True)
def on_invalid_access(uc: Any, access: Any, address: Any, size: Any, value: Any, user: Any) -> bool:
    """An access to memory that is not mapped or not allowed: the engine stops with PC at the instruction."""
    engine = carray(user, 1, ENGINE)[0]
    engine["exit_reason"] = _MEMORY_FAULT
    engine["exit_detail"] = access
    engine["exit_address"] = address
    engine["exit_size"] = size
    return False


@cfunc(SYSTEM_SIGNATURE, cache=True)
def on_system_read(uc: Any, register: Any, details: Any, user: Any) -> Any:
    """An MRS is about to run: if it stands for an AIMC instruction (`aimc_sites`), do that one's work.

    The MRS itself then runs too (0 is returned): it reads into the zero register, which has no effect.
    """
    if register != _UNICORN_XZR:
        return 0
    engine = carray(user, 1, ENGINE)[0]
    scratch = carray(pointer(engine["scratch"]), 1, np.int64)
    call_register(engine["reg_read"], uc, int32(_UNICORN_PC), pointer(engine["scratch"]))
    address = scratch[0]
    mask = engine["site_mask"]
    sites = carray(pointer(engine["sites"]), mask + 1, SITE)
    slot = (address >> 2) & mask
    while True:
        found = sites[slot]["address"]
        if found == address:
            break
        if found == -1:
            return 0
        slot = (slot + 1) & mask
    site = sites[slot]
    core = carray(pointer(engine["core"]), 1, CORE)[0]
    tile = carray(pointer(core["tile"]), 1, TILE)[0]
    operation = site["operation"]
    if operation == _QUEUE:
        queue(tile, _read(engine, uc, site["rn"]))
    elif operation == _DEQUEUE:
        _write(engine, uc, site["rd"], dequeue(tile))
    elif operation == _PROCESS:
        process(tile)
    elif operation == _PARAMETER_WRITE:
        x = _read(engine, uc, site["rn"])
        y = _read(engine, uc, site["ra"])
        _write(engine, uc, site["rd"], parameter_write(tile, x, y, _read(engine, uc, site["rm"])))
    elif operation == _PARAMETER_READ:
        x = _read(engine, uc, site["rn"])
        _write(engine, uc, site["rd"], parameter_read(tile, x, _read(engine, uc, site["ra"])))
    elif operation == _STATUS:
        _write(engine, uc, site["rd"], status(tile, _read(engine, uc, site["rn"])))
    return 0

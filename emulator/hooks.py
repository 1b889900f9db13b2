"""The hooks that Unicorn calls from translated code, compiled by Numba.

They account for blocks, stop the engine when Python is needed, and do the work of patched AIMC instructions. State is
in the records of `record.py`; Python reads why a hook stopped the engine from the ENGINE record. Each hook also runs
as plain Python (`HOOK.__wrapped__`), which is how its logic is tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, int32, int64, types
from unicorn import arm64_const as arm64
from unicorn.unicorn_const import UC_MEM_FETCH, UC_MEM_WRITE, UC_PROT_ALL, UC_PROT_EXEC, UC_PROT_READ, UC_PROT_WRITE

from emulator.hook_operations import FRAME_MASK, PAGE, find_block, stop
from emulator.isa import Operation
from emulator.jit import hook, inlined, outlined
from emulator.native import (
    call_register,
    call_stop,
    load_int8,
    load_int32,
    load_int64,
    pointer,
    store_int8,
    store_int32,
    store_int64,
)
from emulator.page_entry import (
    CODE_FRAME,
    COPY,
    DIRTY,
    EXECUTE,
    FRAME_SHIFT,
    NOT_ALLOWED,
    READ,
    REGISTER_FRAME,
    SHARED,
    WRITE,
)
from emulator.page_table_operations import ADDRESS_END, memory_of, touch
from emulator.record import (
    BLOCK,
    CORE,
    ENGINE,
    REGISTER_PAGES,
    SITE,
    SPACE,
    TILE,
    TLB_ENTRY,
    ExitReason,
)
from emulator.register_operations import read_register, registers_of, write_register
from emulator.tile_operations import (
    dequeue,
    parameter_read,
    parameter_write,
    process,
    queue,
    status,
)
from emulator.unicorn_library import DATA_BASE, PHYSICAL_ADDRESS, PHYSICAL_BASE, REGISTER_BASE

# Plain integers: enum members would not be constants to the compiler.
_UNKNOWN_BLOCK = int(ExitReason.UNKNOWN_BLOCK)
_SLICE = int(ExitReason.SLICE)
_INSTRUCTION_LIMIT = int(ExitReason.INSTRUCTION_LIMIT)
_EXCEPTION = int(ExitReason.EXCEPTION)
_MEMORY_FAULT = int(ExitReason.MEMORY_FAULT)
_NONE = int(ExitReason.NONE)

_PROCESS = int(Operation.PROCESS)
_QUEUE = int(Operation.QUEUE)
_DEQUEUE = int(Operation.DEQUEUE)
_PARAMETER_READ = int(Operation.PARAMETER_READ)
_PARAMETER_WRITE = int(Operation.PARAMETER_WRITE)
_STATUS = int(Operation.STATUS)
_ZERO_REGISTER = 31
_FETCH = UC_MEM_FETCH
_STORE = UC_MEM_WRITE
_ALL_ACCESS = UC_PROT_ALL
_READ_ACCESS = UC_PROT_READ
_DATA_ACCESS = UC_PROT_READ | UC_PROT_WRITE
_EXECUTE_ACCESS = UC_PROT_EXEC
_FETCH_ACCESS = UC_PROT_READ | UC_PROT_EXEC
_ADDRESS = (1 << 56) - 1
_UPPER_HALF = 1 << 55
_UNICORN_XZR = arm64.UC_ARM64_REG_XZR
_UNICORN_PC = arm64.UC_ARM64_REG_PC

BLOCK_SIGNATURE = types.void(types.voidptr, types.int64, types.int32, types.voidptr)
INTERRUPT_SIGNATURE = types.void(types.voidptr, types.int32, types.voidptr)
SYSTEM_SIGNATURE = types.uint32(types.voidptr, types.int32, types.voidptr, types.voidptr)
TLB_SIGNATURE = types.boolean(types.voidptr, types.int64, types.int32, types.voidptr, types.voidptr)
REGISTER_READ_SIGNATURE = types.int64(types.voidptr, types.int64, types.int32, types.voidptr)
REGISTER_WRITE_SIGNATURE = types.void(types.voidptr, types.int64, types.int32, types.int64, types.voidptr)
MEMORY_SIGNATURE = types.boolean(types.voidptr, types.int32, types.int64, types.int32, types.int64, types.voidptr)


@inlined
def _read(engine: Any, uc: Any, register: Any) -> Any:
    """Xn, or 0 for the zero register."""
    if register == _ZERO_REGISTER:
        return 0
    numbers = carray(pointer(engine["registers"]), 31, np.int64)
    scratch = carray(pointer(engine["scratch"]), 1, np.int64)
    call_register(engine["reg_read"], uc, int32(numbers[register]), pointer(engine["scratch"]))
    return scratch[0]


@inlined
def _write(engine: Any, uc: Any, register: Any, value: Any) -> None:
    """Set Xn; the zero register ignores it."""
    if register != _ZERO_REGISTER:
        numbers = carray(pointer(engine["registers"]), 31, np.int64)
        scratch = carray(pointer(engine["scratch"]), 1, np.int64)
        scratch[0] = value
        call_register(engine["reg_write"], uc, int32(numbers[register]), pointer(engine["scratch"]))


@hook(BLOCK_SIGNATURE)
def on_block(uc: Any, address: Any, size: Any, user: Any) -> None:
    """A block is about to run: account for it, or stop before it."""
    engine = carray(user, 1, ENGINE)[0]
    core = carray(pointer(engine["core"]), 1, CORE)[0]
    offset = find_block(engine, address, int64(size))
    if offset < 0:
        stop(engine, uc, _UNKNOWN_BLOCK)
        return
    block = carray(pointer(engine["blocks"] + offset), 1, BLOCK)[0]
    clock = core["clock"]
    if clock >= core["slice_end"] or (block["marks"] != 0 and clock > core["sync_end"]):
        stop(engine, uc, _SLICE)
        return
    instructions = core["instructions"]
    if instructions >= core["instruction_end"]:
        stop(engine, uc, _INSTRUCTION_LIMIT)
        return
    block["count"] += 1
    core["clock"] = clock + block["clock"]
    core["instructions"] = instructions + (int64(size) >> 2)
    core["block"] = offset


@hook(INTERRUPT_SIGNATURE)
def on_interrupt(uc: Any, number: Any, user: Any) -> None:
    """The processor raised an exception (system call, undefined instruction, ...): Python decides."""
    engine = carray(user, 1, ENGINE)[0]
    engine["exit_reason"] = _EXCEPTION
    engine["exit_detail"] = number
    call_stop(engine["emu_stop"], uc)


@hook(MEMORY_SIGNATURE)
def on_invalid_access(uc: Any, access: Any, address: Any, size: Any, value: Any, user: Any) -> bool:
    """An access to memory that is not mapped or not allowed: the engine stops with PC at the instruction.

    Installed only to find the address of a fault that has just happened (see `Engine.fault_address`).
    """
    engine = carray(user, 1, ENGINE)[0]
    engine["exit_reason"] = _MEMORY_FAULT
    engine["exit_detail"] = access
    engine["exit_address"] = address
    engine["exit_size"] = size
    return False


@outlined
def _place(engine: Any, frame: Any, page: Any) -> None:
    """Choose where caches see a frame: where its page's number, modulo the colours, would have it."""
    place = engine["placement"] + (frame << 2)
    if load_int32(place) == 0:
        colour = page & engine["colours"] - 1
        counter = engine["placed"] + (colour << 3)
        number = load_int64(counter) + 1
        store_int64(counter, number)
        store_int32(place, number * engine["colours"] + colour)


@hook(TLB_SIGNATURE)
def on_tlb_fill(uc: Any, address: Any, access: Any, result: Any, user: Any) -> bool:
    """A page is not in Unicorn's TLB: look it up in the page tables of the address space that runs.

    The first touch of a page happens here, as in a kernel's page-fault handler, and costs what the kernel's would. An
    access that is not allowed stops the engine with PC at the instruction. The right to execute is given on fetches
    alone, because Unicorn sends every store to an executable page through its slow path.
    """
    engine = carray(user, 1, ENGINE)[0]
    entry = carray(result, 1, TLB_ENTRY)[0]
    if address < 0 and engine["linear"] != 0:
        entry["physical"] = PHYSICAL_BASE + (address & PHYSICAL_ADDRESS)
        entry["permissions"] = _FETCH_ACCESS
        return True
    if engine["core"] == 0:
        return False
    if address & _UPPER_HALF == 0:
        # The top byte of a pointer into the lower half is the program's own (TBI0).
        address &= _ADDRESS
    if access == _FETCH:
        right = EXECUTE
    elif access == _STORE:
        right = WRITE
    else:
        right = READ
    space = carray(pointer(engine["space"]), 1, SPACE)[0]
    core = carray(pointer(engine["core"]), 1, CORE)[0]
    found = NOT_ALLOWED
    if address >= 0 and address < ADDRESS_END:
        faults = space["faults"]
        found = touch(space, address, right, 0)
        faults = space["faults"] - faults
        core["faults"] += faults
        core["clock"] += faults * engine["fault_subcycles"]
    mark = memory_of(space)["marks"] + (max(found, 0) >> FRAME_SHIFT)
    registers = load_int8(mark) == REGISTER_FRAME
    if registers and access == _FETCH:
        found = NOT_ALLOWED
    if found < 0:
        if engine["locating"] != 0:
            # The access reaches no memory, and Unicorn reports its address.
            entry["physical"] = engine["nowhere"]
            entry["permissions"] = _ALL_ACCESS
            return True
        if engine["exit_reason"] == _NONE:
            engine["exit_reason"] = _MEMORY_FAULT
            engine["exit_detail"] = access
            engine["exit_address"] = address
        return False
    permissions = _READ_ACCESS
    if found & (WRITE | COPY) == WRITE and (found & SHARED == 0 or found & DIRTY != 0):
        permissions = _DATA_ACCESS
    if access == _FETCH or found & (WRITE | EXECUTE) == WRITE | EXECUTE:
        permissions |= _EXECUTE_ACCESS
    if registers:
        entry["physical"] = REGISTER_BASE + (found & FRAME_MASK)
        entry["permissions"] = permissions & _DATA_ACCESS
        return True
    if access == _FETCH:
        store_int8(mark, CODE_FRAME)
    # Stores where code was executed have to be noticed, even if that is not allowed any more.
    executable = permissions & _EXECUTE_ACCESS != 0 or load_int8(mark) != 0
    entry["physical"] = (PHYSICAL_BASE if executable else DATA_BASE) + (found & FRAME_MASK)
    entry["permissions"] = permissions
    if engine["placement"] != 0:
        _place(engine, found >> FRAME_SHIFT, address >> FRAME_SHIFT)
    engine["tlb_fills"] += 1
    if engine["tlb_fills"] >= engine["tlb_fill_limit"]:
        # The TLB is too small for this program. It grows when it is flushed, which cannot be done from here: stop soon.
        core["slice_end"] = -1
    return True


@hook(SYSTEM_SIGNATURE)
def on_system_read(uc: Any, register: Any, details: Any, user: Any) -> Any:
    """An MRS is about to run: if it stands for an AIMC instruction (`aimc_sites`), do that one's work.

    Gives 1 if it was done and the MRS is to be skipped; with 0 it runs, and raises an exception if it is one of ours.
    """
    if register != _UNICORN_XZR:
        return 0
    engine = carray(user, 1, ENGINE)[0]
    scratch = carray(pointer(engine["scratch"]), 1, np.int64)
    call_register(engine["reg_read"], uc, _UNICORN_PC, pointer(engine["scratch"]))
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
    if core["tile"] == 0:
        return 0
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
    return 1


@hook(REGISTER_READ_SIGNATURE)
def on_register_read(uc: Any, offset: Any, size: Any, user: Any) -> Any:
    """A program loads from the register page of a tile; `offset` is that of the frame in memory, and in the page."""
    engine = carray(user, 1, ENGINE)[0]
    core = carray(pointer(engine["core"]), 1, CORE)[0]
    pages = carray(pointer(engine["register_pages"]), 1, REGISTER_PAGES)[0]
    return read_register(pages, core, registers_of(pages, offset >> FRAME_SHIFT), offset & PAGE - 1, int64(size))


@hook(REGISTER_WRITE_SIGNATURE)
def on_register_write(uc: Any, offset: Any, size: Any, value: Any, user: Any) -> None:
    """A program stores to the register page of a tile."""
    engine = carray(user, 1, ENGINE)[0]
    core = carray(pointer(engine["core"]), 1, CORE)[0]
    pages = carray(pointer(engine["register_pages"]), 1, REGISTER_PAGES)[0]
    tile = registers_of(pages, offset >> FRAME_SHIFT)
    write_register(pages, core, tile, offset & PAGE - 1, int64(size), value)

"""The hooks that Unicorn calls at timing fidelity, in place of the block hook or beside it."""

from __future__ import annotations

from typing import Any

from numba import carray, int64, types
from unicorn.unicorn_const import UC_MEM_WRITE

from emulator.block_entry import UOP_BYTES
from emulator.hook_operations import PAGE, find_block, stop
from emulator.jit import hook
from emulator.native import call_integers, load_int32, pointer, store_int8, store_int64
from emulator.page_entry import FRAME_SHIFT
from emulator.record import BLOCK, CORE, DECODER, ENGINE, SUBCYCLES, ExitReason
from emulator.timing.pipeline_operations import note_costs
from emulator.timing.records import PIPELINE, REGISTER_PLACE
from emulator.unicorn_library import PHYSICAL_ADDRESS, PHYSICAL_BASE, REGISTER_BASE

_UNKNOWN_BLOCK = int(ExitReason.UNKNOWN_BLOCK)
_SLICE = int(ExitReason.SLICE)
_INSTRUCTION_LIMIT = int(ExitReason.INSTRUCTION_LIMIT)
_WRITE_ACCESS = UC_MEM_WRITE
_REGISTERS = REGISTER_BASE & ~PHYSICAL_BASE
_WRITTEN = 1 << 8
"""In an entry of the log, above the number of bytes: it was a write."""

BLOCK_SIGNATURE = types.void(types.voidptr, types.int64, types.int32, types.voidptr)
ACCESS_SIGNATURE = types.void(types.voidptr, types.int32, types.int64, types.int32, types.int64, types.voidptr)


@hook(BLOCK_SIGNATURE)
def on_timed_block(uc: Any, address: Any, size: Any, user: Any) -> None:
    """`on_block` at timing fidelity: what a block costs is known when the next one begins, which is now."""
    engine = carray(user, 1, ENGINE)[0]
    core = carray(pointer(engine["core"]), 1, CORE)[0]
    offset = find_block(engine, address, int64(size))
    if offset < 0:
        stop(engine, uc, _UNKNOWN_BLOCK)
        return
    block = carray(pointer(engine["blocks"] + offset), 1, BLOCK)[0]
    pipeline = carray(pointer(core["pipeline"]), 1, PIPELINE)[0]
    placed = block["clock"]
    before = pipeline["now"]
    call_integers(pipeline["retire_block"], core["pipeline"], address, placed)
    cycles = pipeline["now"] - before
    if pipeline["noted"] != 0:
        note_costs(pipeline)
    clock = core["clock"] + cycles * SUBCYCLES
    core["clock"] = clock
    if pipeline["contended"] != 0:
        # Cores that take lines from each other advance together.
        pipeline["contended"] = 0
        core["slice_end"] = min(core["slice_end"], core["contention_end"])
    marks = int64(block["marks"])
    if clock >= core["slice_end"] or (marks & 1 != 0 and clock > core["sync_end"]):
        stop(engine, uc, _SLICE)
        return
    instructions = core["instructions"]
    if instructions >= core["instruction_end"]:
        stop(engine, uc, _INSTRUCTION_LIMIT)
        return
    block["count"] += 1
    core["instructions"] = instructions + (int64(size) >> 2)
    core["block"] = offset
    decoder = carray(pointer(engine["decoder"]), 1, DECODER)[0]
    sequence = int64(block["sequence"])
    pipeline["block"] = decoder["sequences"] + sequence
    pipeline["block_number"] = decoder["first_number"] + sequence // UOP_BYTES
    pipeline["block_count"] = marks >> 1
    pipeline["block_address"] = address
    pipeline["block_placed"] = placed
    pipeline["block_size"] = size
    if engine["skip_sync"] != 0:
        store_int8(engine["skip_sync"], 1)


@hook(ACCESS_SIGNATURE)
def on_access(uc: Any, access: Any, address: Any, size: Any, value: Any, user: Any) -> None:
    """Memory is read or written, at timing fidelity: note where, for when the block is accounted for."""
    engine = carray(user, 1, ENGINE)[0]
    core = carray(pointer(engine["core"]), 1, CORE)[0]
    pipeline = carray(pointer(core["pipeline"]), 1, PIPELINE)[0]
    number = pipeline["logged"]
    if number < pipeline["log_limit"]:
        frame = (address & PHYSICAL_ADDRESS) >> FRAME_SHIFT
        page = int64(load_int32(engine["placement"] + (frame << 2)))
        seen = page << FRAME_SHIFT | address & PAGE - 1
        if address & _REGISTERS != 0:
            seen = REGISTER_PLACE | address & PHYSICAL_ADDRESS
        place = pipeline["log"] + (number << 4)
        store_int64(place, seen)
        store_int64(place + 8, int64(size) | (_WRITTEN if access == _WRITE_ACCESS else 0))
        pipeline["logged"] = number + 1

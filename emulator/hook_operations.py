"""What the block hooks of all fidelity levels share: stopping the engine, and describing a block that is new."""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.block_entry import FREE, NO_ROOM, SIZE_SHIFT
from emulator.block_operations import add_block
from emulator.jit import inlined, outlined
from emulator.native import call_stop, load_int32, load_int64, pointer, store_int8
from emulator.page_entry import FRAME_SHIFT, PRESENT
from emulator.page_table_operations import ADDRESS_END, look_up, memory_of
from emulator.record import BLOCK, BLOCK_TABLE, DECODER, SPACE

BLOCK_BYTES = BLOCK.itemsize
BLOCK_SLOT_SHIFT = 3
"""From an address to the offset of its slot in the table of blocks."""
PAGE = 1 << FRAME_SHIFT
FRAME_MASK = ~(PAGE - 1)


@outlined
def stop(engine: Any, uc: Any, reason: Any) -> None:
    """End the stretch of native execution. Kept out of the hooks so that their usual path saves no registers for it."""
    engine["exit_reason"] = reason
    if engine["skip_sync"] != 0:
        # This time PC must be right.
        store_int8(engine["skip_sync"], 0)
    call_stop(engine["emu_stop"], uc)


@inlined
def host_address(space: Any, address: Any) -> Any:
    """Where the host has a byte of an address space; 0 if its page is not present."""
    if address < 0 or address >= ADDRESS_END:
        return 0
    memory = memory_of(space)
    entry = look_up(memory, space["root"], address)
    if entry & PRESENT == 0:
        return 0
    return memory["base"] + (entry & FRAME_MASK) + (address & PAGE - 1)


@outlined
def new_block(engine: Any, address: Any, size: Any) -> Any:
    """Describe a block that is entered for the first time; the offset of its slot, negative if Python must do it."""
    if engine["space"] == 0:
        return NO_ROOM
    space = carray(pointer(engine["space"]), 1, SPACE)[0]
    code = host_address(space, address)
    end = address + size
    rest = code
    if (address ^ end - 1) & -PAGE != 0:
        rest = host_address(space, end & -PAGE)
    if code == 0 or rest == 0:
        return NO_ROOM
    table = carray(pointer(engine["block_table"]), 1, BLOCK_TABLE)[0]
    placed = 0
    if engine["placement"] != 0:
        frame = look_up(memory_of(space), space["root"], address) >> FRAME_SHIFT
        placed = load_int32(engine["placement"] + (frame << 2)) << FRAME_SHIFT | address & PAGE - 1
    slot = add_block(carray(pointer(engine["decoder"]), 1, DECODER)[0], table, address, size, code, rest, placed, 0)
    return slot if slot < 0 else slot * BLOCK_BYTES


@inlined
def find_block(engine: Any, address: Any, size: Any) -> Any:
    """The offset of a block's slot; it is described now if it is new. Negative if Python must do that."""
    key = address | size << SIZE_SHIFT
    offset = (address << BLOCK_SLOT_SHIFT) & engine["block_mask"]
    found = load_int64(engine["blocks"] + offset)
    while found != key and found != FREE:
        offset = (offset + BLOCK_BYTES) & engine["block_mask"]
        found = load_int64(engine["blocks"] + offset)
    if found == FREE:
        offset = new_block(engine, address, size)
        if offset < 0:
            engine["exit_address"] = address
            engine["exit_size"] = size
    return offset

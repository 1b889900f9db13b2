"""The table of blocks, in machine code: how a block is described, found, dropped and counted.

A block's descriptor is what one execution of it costs and counts. It is made from the classes of its words, which
`word_table.py` knows; Python is needed only for words that were never seen before or that need an examination.
"""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.block_entry import (
    CLASS_MASK,
    CLASS_SHIFT,
    COST_BYTES,
    DROPPED,
    EXAMINE,
    FREE,
    LIST_ROOM,
    NO_ROOM,
    PAGE_BITS,
    SIZE_SHIFT,
    SYNCHRONISING,
    TIMED_ROOM,
    UNFAMILIAR,
    UOP_ACCESS,
    UOP_BYTES,
    UOP_FIRST,
    UOP_KIND,
    UOP_ROLE,
    UOPS_MASK,
    UOPS_SHIFT,
)
from emulator.jit import inlined, operation
from emulator.native import (
    clear_memory,
    copy_memory,
    load_int8,
    load_int32,
    load_int64,
    pointer,
    store_int8,
    store_int64,
)
from emulator.record import BLOCK

_SLOT_SHIFT = 5
_PAGE_SHIFT = 12
_ADDRESS = (1 << SIZE_SHIFT) - 1
_WORD = 0xFFFF_FFFF
_MULTIPLIER = 40503  # an odd number near 2^16 / golden ratio (Knuth, The Art of Computer Programming, 6.4)


@inlined
def _block(slots: Any, slot: Any) -> Any:
    return carray(pointer(slots + (slot << _SLOT_SHIFT)), 1, BLOCK)[0]


@inlined
def _mark(pages: Any, page: Any) -> None:
    byte = pages + ((page & PAGE_BITS - 1) >> 3)
    store_int8(byte, load_int8(byte) | 1 << (page & 7))


@operation
def word_slot(words: Any, mask: Any, word: Any) -> Any:
    """The slot of a word in the table of words, or the free one where it belongs."""
    spread = word * _MULTIPLIER
    slot = (spread ^ spread >> 15) & mask
    while True:
        entry = load_int64(words + (slot << 3))
        if entry == FREE or entry & _WORD == word:
            return slot
        slot = (slot + 1) & mask


@operation
def add_words(words: Any, word_uops: Any, mask: Any, entries: Any, entry_uops: Any, count: Any) -> None:
    """Put entries, each with where its micro-operations are, into the table of words, which has room for them.

    What is there already is replaced.
    """
    for i in range(count):
        entry = load_int64(entries + (i << 3))
        place = word_slot(words, mask, entry & _WORD) << 3
        store_int64(words + place, entry)
        store_int64(word_uops + place, load_int64(entry_uops + (i << 3)))


@operation
def _list_accesses(uops: Any, count: Any) -> Any:
    """List the accesses of a block's micro-operations behind them, with a 0 at the end; bytes that both take."""
    end = uops + count * UOP_BYTES
    for i in range(count):
        access = load_int8(uops + i * UOP_BYTES + UOP_ACCESS)
        if access != 0:
            store_int8(end, access)
            end += 1
    store_int8(end, 0)
    return (end - uops + UOP_BYTES) & -UOP_BYTES


@operation
def add_block(
    decoder: Any, table: Any, address: Any, size: Any, code: Any, rest: Any, placed: Any, examined: Any
) -> Any:
    """Describe the block at `address` and enter it, which must not be there yet.

    Its words are at the host address `code`, those of a second page at `rest`; caches see it at `placed`. `examined`:
    Python has seen the words that need it. Gives the number of its slot, NO_ROOM or UNFAMILIAR.
    """
    count = size >> 2
    sequence = decoder["next_sequence"]
    timed = decoder["timed"] != 0
    room = COST_BYTES + count * TIMED_ROOM + LIST_ROOM if timed else count
    if 2 * (table["used"] + 1) > table["mask"] or sequence + room > decoder["sequence_limit"]:
        return NO_ROOM
    if timed:
        clear_memory(decoder["sequences"] + sequence, COST_BYTES)
        sequence += COST_BYTES
    target = decoder["sequences"] + sequence
    in_page = ((1 << _PAGE_SHIFT) - (address & (1 << _PAGE_SHIFT) - 1)) >> 2
    clock = 0
    marks = 0
    uops = 0
    for i in range(count):
        source = code + (i << 2) if i < in_page else rest + (i - in_page << 2)
        word = load_int32(source) & _WORD
        place = word_slot(decoder["words"], decoder["word_mask"], word) << 3
        entry = load_int64(decoder["words"] + place)
        if entry == FREE or (entry & EXAMINE != 0 and examined == 0):
            return UNFAMILIAR
        marks |= entry
        if timed:
            cracked = load_int64(decoder["word_uops"] + place)
            if cracked == 0:
                return UNFAMILIAR
            number = cracked & UOPS_MASK
            source = decoder["uops"] + (cracked >> UOPS_SHIFT)
            copy_memory(target + uops * UOP_BYTES, source, number * UOP_BYTES)
            uops += number
        else:
            kind = entry >> CLASS_SHIFT & CLASS_MASK
            store_int8(target + i, kind)
            clock += load_int64(decoder["costs"] + (kind << 3))
    slots = table["slots"]
    slot = address >> 2 & table["mask"]
    while _block(slots, slot)["key"] != FREE:
        slot = (slot + 1) & table["mask"]
    block = _block(slots, slot)
    block["key"] = address | size << SIZE_SHIFT
    block["count"] = 0
    block["clock"] = placed if timed else clock
    block["sequence"] = sequence
    block["marks"] = uops << 1 | (1 if marks & SYNCHRONISING != 0 else 0)
    decoder["next_sequence"] = sequence + (_list_accesses(target, uops) if timed else count)
    table["used"] += 1
    table["largest"] = max(table["largest"], size)
    _mark(table["pages"], address >> _PAGE_SHIFT)
    _mark(table["pages"], (address + size - 1) >> _PAGE_SHIFT)
    return slot


@operation
def _count_block(decoder: Any, table: Any, slot: Any, counts: Any) -> None:
    block = _block(table["slots"], slot)
    times = block["count"]
    if times == 0:
        return
    sequence = decoder["sequences"] + block["sequence"]
    if decoder["timed"] != 0:
        for i in range(block["marks"] >> 1):
            uop = sequence + i * UOP_BYTES
            if load_int8(uop + UOP_ROLE) & UOP_FIRST != 0:
                place = counts + (load_int8(uop + UOP_KIND) << 3)
                store_int64(place, load_int64(place) + times)
        return
    for i in range(block["key"] >> SIZE_SHIFT + 2):
        place = counts + (load_int8(sequence + i) << 3)
        store_int64(place, load_int64(place) + times)


@operation
def count_blocks(decoder: Any, table: Any, counts: Any) -> None:
    """Add to `counts`, one int64 per class, the instructions retired in all blocks of the table."""
    for slot in range(table["mask"] + 1):
        if _block(table["slots"], slot)["key"] > 0:
            _count_block(decoder, table, slot, counts)


@operation
def _may_hold_code(table: Any, first: Any, last: Any) -> Any:
    if last - first >= PAGE_BITS:
        return table["used"] != 0
    for page in range(first, last + 1):
        if load_int8(table["pages"] + ((page & PAGE_BITS - 1) >> 3)) & 1 << (page & 7) != 0:
            return True
    return False


@operation
def _drop_block(decoder: Any, table: Any, slot: Any, start: Any, end: Any, counts: Any) -> None:
    block = _block(table["slots"], slot)
    key = block["key"]
    address = key & _ADDRESS
    if key > 0 and address < end and address + (key >> SIZE_SHIFT) > start:
        _count_block(decoder, table, slot, counts)
        block["key"] = DROPPED


@operation
def drop_blocks(decoder: Any, table: Any, start: Any, end: Any, counts: Any) -> None:
    """Forget the blocks that have bytes in [start, end), after adding what they counted to `counts`."""
    if not _may_hold_code(table, start >> _PAGE_SHIFT, (end - 1) >> _PAGE_SHIFT):
        return
    mask = table["mask"]
    first = max((start - table["largest"]) & -4, 0)
    if (end - first) >> 2 > mask:
        for slot in range(mask + 1):
            _drop_block(decoder, table, slot, start, end, counts)
        return
    # Every block is behind the slot that its address leads to, before the next free one.
    slot = first >> 2 & mask
    last = (end - 1) >> 2 & mask
    while True:
        _drop_block(decoder, table, slot, start, end, counts)
        if slot == last:
            break
        slot = (slot + 1) & mask
    while _block(table["slots"], slot)["key"] != FREE:
        _drop_block(decoder, table, slot, start, end, counts)
        slot = (slot + 1) & mask


@operation
def move_blocks(table: Any, slots: Any, mask: Any) -> None:
    """Let the table have its blocks in other slots, all free ones; what was dropped stays behind."""
    used = 0
    for old in range(table["mask"] + 1):
        source = _block(table["slots"], old)
        if source["key"] > 0:
            slot = (source["key"] & _ADDRESS) >> 2 & mask
            while _block(slots, slot)["key"] != FREE:
                slot = (slot + 1) & mask
            copy_memory(slots + (slot << _SLOT_SHIFT), table["slots"] + (old << _SLOT_SHIFT), 1 << _SLOT_SHIFT)
            used += 1
    table["slots"] = slots
    table["mask"] = mask
    table["used"] = used

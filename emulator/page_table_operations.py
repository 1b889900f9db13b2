"""Page tables: what the TLB-fill hook and the kernel's access to user memory do, in machine code.

Four levels of 512 entries, as AArch64 has with pages of 4 KiB and 48-bit addresses, and with entries of our own:

    PRESENT   the entry names a frame, in bits 12 and up
    READ WRITE EXECUTE   what a program may do
    COPY      the frame is shared: a write needs a copy of it first
    DEMAND    no frame yet: the first touch gives a page of zeros
    BACKED    no frame yet: Python gives it at the first touch
    SHARED    fork shares the page instead of copying it at the next write
    TOUCHED   the page's first touch was counted
    FILE      the frame belongs to a page cache
    DIRTY     the program could write to the frame of a shared file
    TABLE     (upper levels) the entry names a table of the next level

An entry of level 1 or 2 that is neither zero nor a table stands for 512 like it one level lower; it is split when
one of them must differ, so that a large mapping costs nothing until it is touched.
"""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import inlined, operation
from emulator.native import (
    clear_memory,
    copy_memory,
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
    DEMAND,
    DIRTY,
    EXHAUSTED,
    FILE,
    FRAME_SHIFT,
    NOT_ALLOWED,
    NOT_BACKED,
    PRESENT,
    READ,
    REGISTER_FRAME,
    RIGHTS,
    SHARED,
    TABLE,
    TOUCHED,
    WRITE,
)
from emulator.record import MEMORY

ADDRESS_END = 1 << 48

_ENTRIES = 512
_ZERO_FRAME = 0
_LEVEL_BITS = 9
_LEVEL_0_SHIFT = 39
_LEVEL_1_SHIFT = 30
_LEVEL_2_SHIFT = 21
_PAGE = 1 << 12


@inlined
def memory_of(space: Any) -> Any:
    """The MEMORY record behind an address space."""
    return carray(pointer(space["memory"]), 1, MEMORY)[0]


@inlined
def _entry(memory: Any, slot: Any) -> Any:
    return load_int64(memory["tables"] + (slot << 3))


@inlined
def _set_entry(memory: Any, slot: Any, entry: Any) -> None:
    store_int64(memory["tables"] + (slot << 3), entry)


@inlined
def _references(memory: Any, frame: Any) -> Any:
    return load_int32(memory["references"] + (frame << 2))


@inlined
def _set_references(memory: Any, frame: Any, count: Any) -> None:
    store_int32(memory["references"] + (frame << 2), count)


@inlined
def _content(memory: Any, frame: Any) -> Any:
    """Host address of a frame."""
    return memory["base"] + (frame << FRAME_SHIFT)


@operation
def take_frame(memory: Any) -> Any:
    """A frame of zeros with one reference; EXHAUSTED if there is none."""
    count = memory["free_frames"]
    if count > 0:
        memory["free_frames"] = count - 1
        frame = load_int32(memory["free"] + (count - 1 << 2))
        clear_memory(_content(memory, frame), _PAGE)
    else:
        frame = memory["next_frame"]
        if frame >= memory["frames"]:
            return EXHAUSTED
        memory["next_frame"] = frame + 1
    _set_references(memory, frame, 1)
    return frame


@operation
def code_changed(memory: Any, frame: Any) -> None:
    """The content of a frame changes or goes away: have translations that were made from it dropped."""
    if load_int8(memory["marks"] + frame) == CODE_FRAME:
        store_int8(memory["marks"] + frame, 0)
        count = memory["stale_frames"]
        if count < memory["stale_limit"]:
            store_int32(memory["stale"] + (count << 2), frame)
        memory["stale_frames"] = count + 1


@operation
def drop_frame(memory: Any, frame: Any) -> None:
    """One reference less; the last one frees the frame."""
    if frame == _ZERO_FRAME:
        return
    left = _references(memory, frame) - 1
    _set_references(memory, frame, left)
    if left > 0:
        return
    code_changed(memory, frame)
    store_int8(memory["marks"] + frame, 0)
    count = memory["free_frames"]
    store_int32(memory["free"] + (count << 2), frame)
    memory["free_frames"] = count + 1


@operation
def take_table(memory: Any, entry: Any) -> Any:
    """A page table whose entries are all `entry`; EXHAUSTED if there is no room."""
    count = memory["free_tables"]
    if count > 0:
        memory["free_tables"] = count - 1
        table = load_int32(memory["free_table"] + (count - 1 << 2))
    else:
        table = memory["next_table"]
        if table >= memory["table_limit"]:
            return EXHAUSTED
        memory["next_table"] = table + 1
    for i in range(_ENTRIES):
        _set_entry(memory, table * _ENTRIES + i, entry)
    return table


@operation
def drop_table(memory: Any, table: Any) -> None:
    """Give back a page table; its entries were dropped before."""
    count = memory["free_tables"]
    store_int32(memory["free_table"] + (count << 2), table)
    memory["free_tables"] = count + 1


@operation
def _descend(memory: Any, slot: Any, create: Any) -> Any:
    """The table that the upper-level entry at `slot` names, made if need be; NOT_ALLOWED if nothing is mapped there."""
    entry = _entry(memory, slot)
    if entry & TABLE:
        return entry >> FRAME_SHIFT
    if entry == 0 and create == 0:
        return NOT_ALLOWED
    table = take_table(memory, entry)
    if table >= 0:
        _set_entry(memory, slot, table << FRAME_SHIFT | TABLE)
    return table


@operation
def leaf_slot(memory: Any, root: Any, address: Any, create: Any) -> Any:
    """Where the entry of a page is; NOT_ALLOWED if nothing is mapped there and not `create`, or EXHAUSTED."""
    table = root
    for shift in (39, 30, 21):
        table = _descend(memory, table * _ENTRIES + (address >> shift & 511), create)
        if table < 0:
            return table
    return table * _ENTRIES + (address >> FRAME_SHIFT & 511)


@operation
def look_up(memory: Any, root: Any, address: Any) -> Any:
    """The entry of a page, 0 if nothing is mapped there. Changes nothing."""
    table = root
    for shift in (39, 30, 21):
        entry = _entry(memory, table * _ENTRIES + (address >> shift & 511))
        if entry & TABLE == 0:
            return entry
        table = entry >> FRAME_SHIFT
    return _entry(memory, table * _ENTRIES + (address >> FRAME_SHIFT & 511))


@operation
def touch(space: Any, address: Any, right: Any, force: Any) -> Any:
    """Make a page present for an access that needs `right`; its entry, NOT_ALLOWED, NOT_BACKED or EXHAUSTED.

    `force`: whatever the program may do with it (the kernel's own business).
    """
    memory = memory_of(space)
    slot = leaf_slot(memory, space["root"], address, 0)
    if slot < 0:
        return slot
    entry = _entry(memory, slot)
    if entry == 0 or (entry & right == 0 and force == 0):
        return NOT_ALLOWED
    if entry & PRESENT == 0:
        if entry & DEMAND == 0:
            return NOT_BACKED
        if right == WRITE or memory["own_zeros"] != 0:
            frame = take_frame(memory)
            if frame < 0:
                return frame
            entry = frame << FRAME_SHIFT | entry & (RIGHTS | DEMAND) | PRESENT | TOUCHED
            space["anonymous_pages"] += 1
        else:
            entry = _ZERO_FRAME << FRAME_SHIFT | entry & (RIGHTS | DEMAND) | PRESENT | TOUCHED | COPY
        space["faults"] += 1
    elif right == WRITE and entry & COPY:
        frame = entry >> FRAME_SHIFT
        if frame == _ZERO_FRAME or _references(memory, frame) > 1:
            copied = take_frame(memory)
            if copied < 0:
                return copied
            if frame != _ZERO_FRAME:
                copy_memory(_content(memory, copied), _content(memory, frame), _PAGE)
                drop_frame(memory, frame)
            if entry & FILE and entry & TOUCHED:
                space["file_pages"] -= 1
            if entry & FILE or frame == _ZERO_FRAME:
                space["anonymous_pages"] += 1
            frame = copied
            space["copies"] += 1
        # Where no frame was exchanged there was no work worth counting: Linux reuses the page as well.
        entry = frame << FRAME_SHIFT | entry & ~(COPY | FILE) & 0xFFF | TOUCHED
        space["faults"] += 1
        space["changed"] += 1
    elif entry & TOUCHED == 0:
        space["faults"] += 1
        space["file_pages"] += 1
        entry |= TOUCHED
    if right == WRITE and entry & SHARED:
        entry |= DIRTY
    _set_entry(memory, slot, entry)
    return entry


@operation
def touch_range(space: Any, start: Any, end: Any, right: Any) -> Any:
    """Make the pages of a range present, in order; the first address that could not be."""
    while start < end and touch(space, start, right, 0) >= 0:
        start += _PAGE
    return start


@operation
def _release(space: Any, memory: Any, entry: Any) -> None:
    """An entry of the lowest level goes away."""
    if entry & PRESENT:
        frame = entry >> FRAME_SHIFT
        if entry & FILE:
            if entry & TOUCHED:
                space["file_pages"] -= 1
        elif frame != _ZERO_FRAME:
            space["anonymous_pages"] -= 1
        drop_frame(memory, frame)
        space["changed"] += 1


@operation
def _release_leaf_table(space: Any, memory: Any, table: Any) -> None:
    for i in range(_ENTRIES):
        _release(space, memory, _entry(memory, table * _ENTRIES + i))
    drop_table(memory, table)


@operation
def _release_table(space: Any, memory: Any, table: Any, shift: Any) -> None:
    """A table goes away to which an entry for `1 << shift` bytes led: 1 GiB or 2 MiB."""
    if shift == _LEVEL_2_SHIFT:
        _release_leaf_table(space, memory, table)
        return
    for i in range(_ENTRIES):
        entry = _entry(memory, table * _ENTRIES + i)
        if entry & TABLE:
            _release_leaf_table(space, memory, entry >> FRAME_SHIFT)
    drop_table(memory, table)


@operation
def release_all(space: Any) -> None:
    """Everything is unmapped, and the tables are given back."""
    memory = memory_of(space)
    root = space["root"]
    for i in range(_ENTRIES):
        upper = _entry(memory, root * _ENTRIES + i)
        if upper & TABLE:
            table = upper >> FRAME_SHIFT
            for j in range(_ENTRIES):
                entry = _entry(memory, table * _ENTRIES + j)
                if entry & TABLE:
                    _release_table(space, memory, entry >> FRAME_SHIFT, _LEVEL_1_SHIFT)
            drop_table(memory, table)
    drop_table(memory, root)
    space["root"] = -1


@operation
def _change_range(space: Any, start: Any, end: Any, new: Any, replaces: Any) -> Any:
    """Go through the entries of [start, end): `new` takes the place of each (`replaces`), or the rights of each that is
    mapped become `new`. Entries of the upper levels are changed as a whole where that is possible. 0 or EXHAUSTED.
    """
    memory = memory_of(space)
    create = replaces != 0 and new != 0
    address = start
    while address < end:
        table = space["root"]
        shift = _LEVEL_0_SHIFT
        while shift > FRAME_SHIFT:
            slot = table * _ENTRIES + (address >> shift & 511)
            entry = _entry(memory, slot)
            span = 1 << shift
            whole = shift < _LEVEL_0_SHIFT and address & span - 1 == 0 and end - address >= span
            if whole and (replaces != 0 or entry & TABLE == 0):
                if replaces != 0:
                    if entry & TABLE:
                        _release_table(space, memory, entry >> FRAME_SHIFT, shift)
                    _set_entry(memory, slot, new)
                elif entry != 0:
                    _set_entry(memory, slot, entry & ~RIGHTS | new)
                break
            table = _descend(memory, slot, create)
            if table == NOT_ALLOWED:
                break
            if table < 0:
                return table
            shift -= _LEVEL_BITS
        if shift == FRAME_SHIFT:
            slot = table * _ENTRIES + (address >> FRAME_SHIFT & 511)
            entry = _entry(memory, slot)
            if replaces != 0:
                _release(space, memory, entry)
                _set_entry(memory, slot, new)
            elif entry != 0:
                if entry & PRESENT:
                    space["changed"] += 1
                _set_entry(memory, slot, entry & ~RIGHTS | new)
        # On to what follows the page, the large entry, or the hole.
        address = (address >> shift) + 1 << shift
    return 0


@operation
def set_range(space: Any, start: Any, end: Any, new: Any) -> Any:
    """Let every page of [start, end) have the entry `new` (0: unmapped), which names no frame; 0 or EXHAUSTED."""
    return _change_range(space, start, end, new, 1)


@operation
def protect_range(space: Any, start: Any, end: Any, rights: Any) -> Any:
    """Let every mapped page of [start, end) have `rights`; 0 or EXHAUSTED."""
    return _change_range(space, start, end, rights, 0)


@operation
def install(space: Any, address: Any, frames: Any, count: Any, bits: Any) -> Any:
    """Map `count` frames (address of int32 numbers) from `address` on with the entry bits `bits`; 0 or EXHAUSTED.

    Pages that are present already stay as they are. A negative frame is left out.
    """
    memory = memory_of(space)
    for i in range(count):
        frame = load_int32(frames + (i << 2))
        if frame < 0:
            continue
        slot = leaf_slot(memory, space["root"], address + i * _PAGE, 1)
        if slot < 0:
            return slot
        if _entry(memory, slot) & PRESENT == 0:
            _set_entry(memory, slot, frame << FRAME_SHIFT | bits | PRESENT)
            _set_references(memory, frame, _references(memory, frame) + 1)
    return 0


@operation
def move_range(space: Any, old: Any, new: Any, size: Any) -> Any:
    """Let the present pages of [old, old + size) be at `new`, which is mapped; 0 or EXHAUSTED."""
    memory = memory_of(space)
    offset = 0
    while offset < size:
        step = _step(memory, space["root"], old + offset)
        entry = look_up(memory, space["root"], old + offset)
        if entry & PRESENT == 0:
            offset += step
            continue
        source = leaf_slot(memory, space["root"], old + offset, 0)
        target = leaf_slot(memory, space["root"], new + offset, 1)
        if target < 0:
            return target
        _release(space, memory, _entry(memory, target))
        _set_entry(memory, target, entry)
        _set_entry(memory, source, 0)
        space["changed"] += 1
        offset += step
    return 0


@operation
def clean_range(space: Any, start: Any, end: Any, pages: Any) -> Any:
    """Forget which shared pages of [start, end) were written: their numbers (from `start`, int32) go to `pages`.

    Gives how many there were.
    """
    memory = memory_of(space)
    count = 0
    address = start
    while address < end:
        if look_up(memory, space["root"], address) & DIRTY:
            slot = leaf_slot(memory, space["root"], address, 0)
            _set_entry(memory, slot, _entry(memory, slot) & ~DIRTY)
            store_int32(pages + (count << 2), address - start >> FRAME_SHIFT)
            count += 1
            space["changed"] += 1
        address += _step(memory, space["root"], address)
    return count


@operation
def _step(memory: Any, root: Any, address: Any) -> Any:
    """What to add to an address to get to the next page that may have a frame."""
    table = root
    for shift in (_LEVEL_0_SHIFT, _LEVEL_1_SHIFT, _LEVEL_2_SHIFT):
        entry = _entry(memory, table * _ENTRIES + (address >> shift & 511))
        if entry & TABLE == 0:
            return ((address >> shift) + 1 << shift) - address
        table = entry >> FRAME_SHIFT
    return _PAGE


@operation
def measure_range(space: Any, start: Any, end: Any, result: Any) -> None:
    """Count the touched pages of [start, end) into int64 at `result`, in the order of `memory.MemoryUsage`."""
    memory = memory_of(space)
    touched = of_file = dirty = shared = shared_dirty = 0
    split = split_file = split_dirty = 0
    address = start
    while address < end:
        entry = look_up(memory, space["root"], address)
        if entry & PRESENT and entry & TOUCHED:
            frame = entry >> FRAME_SHIFT
            users = _references(memory, frame)
            touched += 1
            if entry & FILE:
                of_file += 1
                users -= 1  # the page cache itself
            part = _PAGE // max(users, 1)
            is_dirty = 1 if frame != _ZERO_FRAME and (entry & FILE == 0 or entry & DIRTY) else 0
            is_shared = 1 if users > 1 else 0
            dirty += is_dirty
            shared += is_shared
            shared_dirty += is_dirty & is_shared
            split += part
            split_file += part if entry & FILE else 0
            split_dirty += part * is_dirty
        address += _step(memory, space["root"], address)
    for count in (touched, of_file, dirty, shared, shared_dirty, split, split_file, split_dirty):
        store_int64(result, count)
        result += 8


@operation
def _copy_leaf_table(memory: Any, source: Any) -> Any:
    """A copy for a child: private pages become shared until one of the two writes."""
    target = take_table(memory, 0)
    if target < 0:
        return target
    for i in range(_ENTRIES):
        entry = _entry(memory, source * _ENTRIES + i)
        if entry & PRESENT:
            frame = entry >> FRAME_SHIFT
            if frame != _ZERO_FRAME:
                _set_references(memory, frame, _references(memory, frame) + 1)
            if entry & SHARED == 0:
                entry |= COPY
                _set_entry(memory, source * _ENTRIES + i, entry)
        _set_entry(memory, target * _ENTRIES + i, entry)
    return target


@operation
def copy_all(parent: Any, child: Any) -> Any:
    """Give `child`, which has an empty root, what `parent` has; 0 or EXHAUSTED."""
    memory = memory_of(parent)
    for i in range(_ENTRIES):
        upper = _entry(memory, parent["root"] * _ENTRIES + i)
        if upper & TABLE == 0:
            continue
        table_1 = take_table(memory, 0)
        if table_1 < 0:
            return table_1
        _set_entry(memory, child["root"] * _ENTRIES + i, table_1 << FRAME_SHIFT | TABLE)
        for j in range(_ENTRIES):
            middle = _entry(memory, (upper >> FRAME_SHIFT) * _ENTRIES + j)
            if middle & TABLE:
                table_2 = take_table(memory, 0)
                if table_2 < 0:
                    return table_2
                for k in range(_ENTRIES):
                    lower = _entry(memory, (middle >> FRAME_SHIFT) * _ENTRIES + k)
                    if lower & TABLE:
                        table_3 = _copy_leaf_table(memory, lower >> FRAME_SHIFT)
                        if table_3 < 0:
                            return table_3
                        lower = table_3 << FRAME_SHIFT | TABLE
                    _set_entry(memory, table_2 * _ENTRIES + k, lower)
                middle = table_2 << FRAME_SHIFT | TABLE
            _set_entry(memory, table_1 * _ENTRIES + j, middle)
    child["anonymous_pages"] = parent["anonymous_pages"]
    child["file_pages"] = parent["file_pages"]
    parent["changed"] += 1
    return 0


@operation
def accessible(space: Any, address: Any, size: Any, right: Any) -> Any:
    """How many bytes from `address` on the kernel may access for a program, up to `size`. Touches nothing."""
    memory = memory_of(space)
    position = address
    end = address + size
    while position < end:
        if position < 0 or position >= ADDRESS_END:
            break
        entry = look_up(memory, space["root"], position)
        if entry & right == 0:
            break
        if entry & PRESENT != 0 and load_int8(memory["marks"] + (entry >> FRAME_SHIFT)) == REGISTER_FRAME:
            break
        position = (position >> FRAME_SHIFT) + 1 << FRAME_SHIFT
    return min(position, end) - address


@operation
def mapped(space: Any, address: Any, size: Any) -> Any:
    """How many bytes from `address` on are mapped, up to `size`, whatever the rights."""
    memory = memory_of(space)
    position = address
    end = address + size
    while position < end:
        if position < 0 or position >= ADDRESS_END or look_up(memory, space["root"], position) == 0:
            break
        position = (position >> FRAME_SHIFT) + 1 << FRAME_SHIFT
    return min(position, end) - address


@operation
def copy_bytes(space: Any, address: Any, size: Any, host: Any, write: Any, force: Any) -> Any:
    """Copy between user memory and `size` bytes at the host address `host`; how many before a page that refused.

    `write`: into user memory. The page that refused is found again by `touch`.
    """
    memory = memory_of(space)
    done = 0
    while done < size:
        position = address + done
        if position < 0 or position >= ADDRESS_END:
            break
        entry = touch(space, position, WRITE if write else READ, force)
        if entry < 0:
            break
        if load_int8(memory["marks"] + (entry >> FRAME_SHIFT)) == REGISTER_FRAME:
            break
        offset = position & _PAGE - 1
        length = min(_PAGE - offset, size - done)
        inside = _content(memory, entry >> FRAME_SHIFT) + offset
        if write:
            code_changed(memory, entry >> FRAME_SHIFT)
            copy_memory(inside, host + done, length)
        else:
            copy_memory(host + done, inside, length)
        done += length
    return done

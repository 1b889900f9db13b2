"""The operations of `page_table_operations.py` that Python calls, with integers for all arguments and results."""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import hook, integers
from emulator.native import load_int32, pointer
from emulator.page_table_operations import (
    accessible,
    clean_range,
    copy_all,
    copy_bytes,
    drop_frame,
    install,
    look_up,
    mapped,
    measure_range,
    memory_of,
    move_range,
    protect_range,
    release_all,
    set_range,
    take_frame,
    take_table,
    touch,
    touch_range,
)
from emulator.record import MEMORY, SPACE


@hook(integers(4))
def call_set_range(space: Any, start: Any, end: Any, new: Any) -> Any:
    return set_range(carray(pointer(space), 1, SPACE)[0], start, end, new)


@hook(integers(4))
def call_protect_range(space: Any, start: Any, end: Any, rights: Any) -> Any:
    return protect_range(carray(pointer(space), 1, SPACE)[0], start, end, rights)


@hook(integers(5))
def call_install(space: Any, address: Any, frames: Any, count: Any, bits: Any) -> Any:
    return install(carray(pointer(space), 1, SPACE)[0], address, frames, count, bits)


@hook(integers(4))
def call_move_range(space: Any, old: Any, new: Any, size: Any) -> Any:
    return move_range(carray(pointer(space), 1, SPACE)[0], old, new, size)


@hook(integers(4))
def call_clean_range(space: Any, start: Any, end: Any, pages: Any) -> Any:
    return clean_range(carray(pointer(space), 1, SPACE)[0], start, end, pages)


@hook(integers(4))
def call_measure_range(space: Any, start: Any, end: Any, result: Any) -> Any:
    measure_range(carray(pointer(space), 1, SPACE)[0], start, end, result)
    return 0


@hook(integers(2))
def call_copy_all(parent: Any, child: Any) -> Any:
    return copy_all(carray(pointer(parent), 1, SPACE)[0], carray(pointer(child), 1, SPACE)[0])


@hook(integers(1))
def call_release_all(space: Any) -> Any:
    release_all(carray(pointer(space), 1, SPACE)[0])
    return 0


@hook(integers(4))
def call_accessible(space: Any, address: Any, size: Any, right: Any) -> Any:
    return accessible(carray(pointer(space), 1, SPACE)[0], address, size, right)


@hook(integers(3))
def call_mapped(space: Any, address: Any, size: Any) -> Any:
    return mapped(carray(pointer(space), 1, SPACE)[0], address, size)


@hook(integers(6))
def call_copy_bytes(space: Any, address: Any, size: Any, host: Any, write: Any, force: Any) -> Any:
    return copy_bytes(carray(pointer(space), 1, SPACE)[0], address, size, host, write, force)


@hook(integers(4))
def call_touch(space: Any, address: Any, right: Any, force: Any) -> Any:
    return touch(carray(pointer(space), 1, SPACE)[0], address, right, force)


@hook(integers(4))
def call_touch_range(space: Any, start: Any, end: Any, right: Any) -> Any:
    return touch_range(carray(pointer(space), 1, SPACE)[0], start, end, right)


@hook(integers(2))
def call_look_up(space: Any, address: Any) -> Any:
    record = carray(pointer(space), 1, SPACE)[0]
    return look_up(memory_of(record), record["root"], address)


@hook(integers(1))
def call_new_root(memory: Any) -> Any:
    return take_table(carray(pointer(memory), 1, MEMORY)[0], 0)


@hook(integers(1))
def call_take_frame(memory: Any) -> Any:
    return take_frame(carray(pointer(memory), 1, MEMORY)[0])


@hook(integers(3))
def call_drop_frames(memory: Any, frames: Any, count: Any) -> Any:
    record = carray(pointer(memory), 1, MEMORY)[0]
    for i in range(count):
        frame = load_int32(frames + (i << 2))
        if frame >= 0:
            drop_frame(record, frame)
    return 0

"""What the registers of tiles do on each access, compiled; `register_layout.py` says which there are.

At functional fidelity an access costs its time here. At timing fidelity the pipeline accounts for it afterwards
(`timing/pipeline_operations.py`); until then only a first guess is known of when a multiplication is done.
"""

from __future__ import annotations

from typing import Any

from numba import carray, int64

from emulator.jit import inlined, operation, outlined
from emulator.native import load_int64, pointer
from emulator.record import REGISTER_PAGE, TILE
from emulator.register_layout import IDENTITY, WINDOW_BYTES, Register
from emulator.tile_operations import dequeue, process, queue, status

_PAGE_BYTES = REGISTER_PAGE.itemsize
_IDENTITY = IDENTITY
_WINDOW = WINDOW_BYTES
_ID, _BUSY, _PROCESS = int(Register.ID), int(Register.BUSY), int(Register.PROCESS)
_INPUT, _OUTPUT, _STATUS = int(Register.INPUT), int(Register.OUTPUT), int(Register.STATUS)
_WORD = 4
_UPPER_HALF = 4
_NOTHING_THERE = -1


@operation
def registers_of(pages: Any, frame: Any) -> Any:
    """Address of the TILE record whose registers a frame stands for; 0 if they are gone. There are few of them."""
    for number in range(pages["count"]):
        place = pages["pages"] + number * _PAGE_BYTES
        if load_int64(place) == frame:
            return load_int64(place + 8)
    return int64(0)


@inlined
def is_window(offset: Any, window: Any) -> Any:
    """Whether an offset in the page lies in the input or the output window."""
    return window <= offset < window + _WINDOW


@inlined
def _is_word(offset: Any, size: Any) -> Any:
    return size == _WORD and offset & _WORD - 1 == 0


@outlined
def read_register(pages: Any, core: Any, address: Any, offset: Any, size: Any) -> Any:
    """What a load finds: all ones where there is nothing, as on any bus. Unicorn makes two of one of 8 bytes."""
    timed = core["pipeline"] != 0
    if not timed:
        core["clock"] += pages["read"]
    if address == 0:
        return int64(_NOTHING_THERE)
    tile = carray(pointer(address), 1, TILE)[0]
    if _is_word(offset, size):
        if is_window(offset, _OUTPUT):
            if not timed:
                core["clock"] = max(core["clock"], tile["busy_until"] + (pages["read"] >> 1))
            return dequeue(tile)
        register = offset & ~_UPPER_HALF
        if register in (_ID, _BUSY) or is_window(offset, _STATUS):
            if register != offset:
                return int64(0)
            if register == _ID:
                return int64(_IDENTITY)
            if register == _BUSY:
                return int64(1) if tile["busy_until"] > core["clock"] else int64(0)
            return status(tile, offset - _STATUS >> 3)
    tile["unknown_register"] += 1
    return int64(_NOTHING_THERE)


@outlined
def write_register(pages: Any, core: Any, address: Any, offset: Any, size: Any, value: Any) -> None:
    """Do what a store asks for; nothing where there is nothing. Unicorn makes two of one of 8 bytes."""
    timed = core["pipeline"] != 0
    if not timed:
        core["clock"] += pages["write"]
    if address == 0:
        return
    tile = carray(pointer(address), 1, TILE)[0]
    if _is_word(offset, size):
        if is_window(offset, _INPUT):
            queue(tile, value)
            return
        if offset == _PROCESS:
            process(tile)
            arrived = core["clock"] + (pages["write"] if timed else 0)
            tile["busy_until"] = max(tile["busy_until"], arrived) + pages["mvm"]
            return
        if offset == _PROCESS + _UPPER_HALF:
            return
    tile["unknown_register"] += 1

"""Cores that take turns, in machine code: the rule of `loop.py` for as long as nothing but the end of slices happens.

A turn costs the host about a microsecond here, 20 to 35 when Python chose and began it; a slice of 1,000 cycles takes
some 10 at timing fidelity.
"""

from __future__ import annotations

from typing import Any

from numba import carray, int32
from unicorn import arm64_const as arm64

from emulator.context_layout import VECTOR_BYTES, VECTORS
from emulator.hook_operations import BLOCK_BYTES
from emulator.jit import hook, integers, operation
from emulator.native import (
    call_context,
    call_control,
    call_integers,
    call_register,
    call_start,
    copy_memory,
    load_int64,
    pointer,
)
from emulator.record import (
    BLOCK_TABLE,
    CONTEXT,
    CORE,
    ENGINE,
    MEMORY,
    SITE_TABLE,
    SPACE,
    SUBCYCLES,
    TURN,
    TURNS,
    ExitReason,
    TurnsEnd,
    field,
)
from emulator.timing.records import PIPELINE
from emulator.unicorn_library import FLUSH_TLB, NO_END, signed

NO_LIMIT = (1 << 63) - 1
"""A clock that is never reached, or a number of instructions."""

# Plain integers: enum members would not be constants to the compiler.
_PAUSED, _NOT_READY, _STOPPED = int(TurnsEnd.PAUSED), int(TurnsEnd.NOT_READY), int(TurnsEnd.STOPPED)
_SLICE, _NONE = int(ExitReason.SLICE), int(ExitReason.NONE)
_TURN_BYTES = TURN.itemsize
_CORE_OF = 8 * field(TURN, "core")
_CONTEXT_OF = 8 * field(TURN, "context")
_LOOK_AT = 8 * field(TURN, "look_at")
_HELD = 8 * field(TURN, "held")
_CLOCK = 8 * field(CORE, "clock")
_SAVED = 8 * field(CONTEXT, "saved")
_UNICORN_PC = arm64.UC_ARM64_REG_PC
_NO_END = signed(NO_END)


@operation
def _choose(turns: Any) -> Any:
    """The entry whose turn it is: the smallest clock, at equal clocks the smaller number of a core."""
    entry = turns["entries"]
    chosen = 0
    smallest = load_int64(load_int64(entry + _CORE_OF) + _CLOCK)
    for number in range(1, turns["count"]):
        entry += _TURN_BYTES
        clock = load_int64(load_int64(entry + _CORE_OF) + _CLOCK)
        if clock < smallest:
            smallest = clock
            chosen = number
    return chosen


@operation
def _others(turns: Any, chosen: Any) -> Any:
    """The clock up to which an entry is not ahead of any other; there are others."""
    entry = turns["entries"]
    smallest = NO_LIMIT
    for number in range(turns["count"]):
        if number != chosen:
            # At equal clocks the smaller number goes first: a larger one stops one subcycle earlier.
            clock = load_int64(load_int64(entry + _CORE_OF) + _CLOCK) - (1 if number < chosen else 0)
            smallest = min(smallest, clock)
        entry += _TURN_BYTES
    return smallest


@operation
def _enter(turns: Any, engine: Any, address: Any) -> bool:
    """Let the processor see an address space as it is now, as `Engine._enter` does; False if Python must do it."""
    space = carray(pointer(address), 1, SPACE)[0]
    if carray(pointer(space["memory"]), 1, MEMORY)[0]["stale_frames"] != 0:
        return False
    if engine["space"] != address or space["changed"] != 0:
        blocks = carray(pointer(space["block_table"]), 1, BLOCK_TABLE)[0]
        sites = carray(pointer(space["site_table"]), 1, SITE_TABLE)[0]
        engine["space"] = address
        engine["blocks"] = blocks["slots"]
        engine["block_mask"] = blocks["mask"] * BLOCK_BYTES
        engine["block_table"] = space["block_table"]
        engine["sites"], engine["site_mask"] = sites["sites"], sites["mask"]
        space["changed"] = 0
        call_control(turns["ctl"], pointer(turns["handle"]), int32(FLUSH_TLB))
        engine["tlb_fills"] = 0
    return True


@operation
def _copy_registers(turns: Any, target: Any, source: Any) -> None:
    """Copy what programs can use of the processor's registers."""
    copy_memory(target, source, turns["vectors"])
    vector = turns["vectors"]
    for _ in range(VECTORS):
        copy_memory(target + vector, source + vector, VECTOR_BYTES)
        vector += turns["vector_stride"]
    copy_memory(target + turns["rest"], source + turns["rest"], turns["rest_bytes"])


@operation
def _save(turns: Any, saved: Any) -> None:
    if turns["registers"] != 0:
        _copy_registers(turns, saved + turns["context_data"], turns["registers"])
    else:
        call_context(turns["context_save"], pointer(turns["handle"]), pointer(saved))


@operation
def _restore(turns: Any, saved: Any) -> None:
    if turns["registers"] != 0:
        _copy_registers(turns, turns["registers"], saved + turns["context_data"])
    else:
        call_context(turns["context_restore"], pointer(turns["handle"]), pointer(saved))


@operation
def _load(turns: Any, address: Any) -> None:
    """Let the processor have the registers of a context."""
    current = turns["current"]
    if current != address:
        if current != 0:
            _save(turns, load_int64(current + _SAVED))
        _restore(turns, load_int64(address + _SAVED))
        turns["current"] = address


@operation
def _run(turns: Any, engine: Any, core: Any, core_address: Any, context: Any) -> None:
    """Execute a context on a core up to its next stop."""
    engine["exit_reason"] = _NONE
    core["block"] = -1
    engine["core"] = core_address
    handle = pointer(turns["handle"])
    turns["error"] = call_start(turns["emu_start"], handle, context["pc"], _NO_END)
    engine["core"] = 0
    call_register(engine["reg_read"], handle, _UNICORN_PC, pointer(engine["scratch"]))
    context["pc"] = load_int64(engine["scratch"])


@operation
def take_turns(turns: Any) -> Any:
    """Let cores take turns until Python must act; gives a `TurnsEnd`."""
    engine = carray(pointer(turns["engine"]), 1, ENGINE)[0]
    turns["last"] = -1
    while True:
        chosen = _choose(turns)
        turns["chosen"] = chosen
        entry = turns["entries"] + chosen * _TURN_BYTES
        core_address = load_int64(entry + _CORE_OF)
        core = carray(pointer(core_address), 1, CORE)[0]
        clock = core["clock"]
        if clock >= turns["until"] or turns["instructions"] <= 0 or load_int64(entry + _HELD) != 0:
            return _PAUSED
        others = _others(turns, chosen)
        core["sync_end"] = others + turns["skew"]
        core["contention_end"] = others
        end = min(clock + turns["slice"], turns["until"], load_int64(entry + _LOOK_AT))
        end = max(end, clock + 1)
        core["slice_end"] = turns["slice_end"] = end
        retired = core["instructions"]
        limited = turns["instructions"] < NO_LIMIT
        core["instruction_end"] = retired + turns["instructions"] if limited else NO_LIMIT
        context_address = load_int64(entry + _CONTEXT_OF)
        context = carray(pointer(context_address), 1, CONTEXT)[0]
        if not _enter(turns, engine, context["space"]):
            return _NOT_READY
        if turns["advance"] != 0:
            if core["pipeline"] == 0:
                return _NOT_READY
            pipeline = carray(pointer(core["pipeline"]), 1, PIPELINE)[0]
            now = clock // SUBCYCLES
            if now > pipeline["now"]:
                call_integers(turns["advance"], core["pipeline"], now, 0)
        _load(turns, context_address)
        turns["last"] = chosen
        _run(turns, engine, core, core_address, context)
        if limited:
            turns["instructions"] -= core["instructions"] - retired
        if engine["exit_reason"] != _SLICE or core["slice_end"] < 0:
            return _STOPPED
        clock = core["clock"]
        if clock >= load_int64(entry + _LOOK_AT) or clock >= turns["pause"]:
            return _STOPPED


@hook(integers(1))
def call_take_turns(turns: Any) -> Any:
    return take_turns(carray(pointer(turns), 1, TURNS)[0])

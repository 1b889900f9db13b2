"""Loops on a bare engine that enter many blocks, or the same instructions in straight line: what a block entry costs.

A block entry is the jump between translated blocks, Unicorn's call of the block hook, and the hook itself.
"""

from __future__ import annotations

import struct
import time

from aimc.bench.worker import Work

PAIRS = 64
"""Pairs of instructions in one turn of the loop; in the form `blocks` each is a block."""
FORMS = ("blocks", "straight")

_CODE = 0x10000
_ADD = 0x91000421  # add x1, x1, #1
_BRANCH_TO_NEXT = 0x14000001  # b .+4
_NOP = 0xD503201F
_SUBTRACT = 0xF1000400  # subs x0, x0, #1
_BRANCH_IF_NOT_ZERO = 0x54000001  # b.ne, offset in words from bit 5 on
_SYSTEM_CALL = 0xD4000001


def code(form: str) -> bytes:
    """X0 turns of `PAIRS` pairs, then a system call."""
    second = _BRANCH_TO_NEXT if form == "blocks" else _NOP
    back = -(2 * PAIRS + 1) & 0x7FFFF
    words = [*([_ADD, second] * PAIRS), _SUBTRACT, _BRANCH_IF_NOT_ZERO | back << 5, _SYSTEM_CALL]
    return struct.pack(f"<{len(words)}I", *words)


def measure(form: str, turns: int) -> Work:
    """Run one form; `turns` of the loop."""
    from aimc.config import machine_config
    from emulator.core import Core
    from emulator.engine import Engine
    from emulator.memory import PAGE_SIZE, Protection
    from emulator.stop import StopKind

    hardware = machine_config().hardware
    engine = Engine(hardware)
    memory = engine.new_memory()
    memory.map(_CODE, PAGE_SIZE, Protection.READ | Protection.EXECUTE)
    memory.write(_CODE, code(form))
    core = Core(0, hardware)
    context = engine.new_context(memory, _CODE, 0)
    engine.write_x(0, turns)
    wall, cpu = time.perf_counter(), time.process_time()
    stop = engine.run(core, context)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    error = "" if stop.kind is StopKind.SYSTEM_CALL else f"the loop ended with {stop}"
    return Work(wall, cpu, core.instructions, error)

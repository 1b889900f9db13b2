"""Contexts keep all their registers; engines do not disturb one another and go away when they are dropped."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from emulator.engine import Engine
from emulator.stop import StopKind
from tests.emulator.a64 import program
from tests.emulator.support import CODE, DATA, RX, STACK_TOP, Board, hardware

KEEP = program(
    "mov v0.d[1], x0", "scvtf d31, x0", "msr fpcr, x1", "msr tpidr_el0, x0", "cmp x0, #1", "svc #0",
    "mov x10, v0.d[1]", "fcvtzs x11, d31", "mrs x12, fpcr", "mrs x13, tpidr_el0", "cset w14, eq", "mov x15, sp",
    "svc #0",
)  # fmt: skip
ROUND_UP = 1 << 22


def test_two_contexts_keep_all_registers() -> None:
    board = Board(KEEP)
    contexts = []
    for i in range(3):
        context = board.engine.new_context(board.memory, CODE, STACK_TOP - 16 * i)
        contexts.append(context)
        for number in range(31):
            board.engine.write_x(number, 1000 * i + number)
        board.engine.write_x(0, i)
        board.engine.write_x(1, i * ROUND_UP)
    for context in (*contexts, *reversed(contexts)):
        assert board.engine.run(board.core, context).kind is StopKind.SYSTEM_CALL
    for i, context in enumerate(contexts):
        board.engine.activate(context)
        assert [board.x(n) for n in range(10, 16)] == [i, i, i * ROUND_UP, i, int(i == 1), STACK_TOP - 16 * i]
        assert [board.x(n) for n in range(16, 31)] == [1000 * i + n for n in range(16, 31)]
        assert context.pc == CODE + len(KEEP)


def test_a_new_context_is_all_zero() -> None:
    board = Board(KEEP)
    for number in range(31):
        board.engine.write_x(number, 7)
    board.run_to_call()
    board.engine.new_context(board.memory, DATA, 0x1230)
    assert board.engine.registers()[:32] == [0] * 31 + [0x1230]


def test_slices_of_two_contexts_in_turn() -> None:
    board = Board(program("loop:", "add x0, x0, x1", "subs x2, x2, #1", "b.ne loop", "svc #0"))
    contexts = []
    for i in (1, 2):
        contexts.append(board.context_at(CODE))
        board.engine.write_x(1, i)
        board.engine.write_x(2, 1000)
    pending = list(contexts)
    while pending:
        context = pending.pop(0)
        board.core.state["slice_end"] = board.core.clock + 50 * 1024
        if board.engine.run(board.core, context).kind is StopKind.SLICE:
            pending.append(context)
    for i, context in zip((1, 2), contexts, strict=True):
        board.engine.activate(context)
        assert board.x(0) == 1000 * i
    assert board.core.instructions == 2 * 3001


def test_two_engines_on_one_core() -> None:
    boards = [Board(program(f"mov x0, #{n}", "svc #0", "add x0, x0, #1", "svc #0")) for n in (1, 2)]
    core = boards[0].core
    for _ in range(2):
        for board in boards:
            assert board.engine.run(core, board.context).kind is StopKind.SYSTEM_CALL
    assert [board.x(0) for board in boards] == [2, 3]
    assert core.instructions == 8
    assert [int(board.engine.instruction_classes().sum()) for board in boards] == [4, 4]


def test_one_engine_on_two_cores() -> None:
    first, second = Board(program("add x0, x0, #1", "svc #0", "add x0, x0, #1", "svc #0")), Board()
    first.run_to_call()
    first.engine.run(second.core, first.context)
    assert first.x(0) == 2
    assert (first.core.instructions, second.core.instructions) == (2, 2)


@pytest.mark.parametrize("number", [0, 28, 29, 30, 31])
def test_registers_by_number(number: int) -> None:
    board = Board()
    board.engine.write_x(number, -1)
    assert board.x(number) == (0 if number == 31 else (1 << 64) - 1)


def _resident_mib() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 >> 20


def test_two_hundred_engines_come_and_go() -> None:
    config = hardware()

    def live() -> weakref.ref[Engine]:
        board = Board(program("mov x1, #0x200000", "str x1, [x1]", "svc #0"), config=config)
        board.run_to_call()
        board.memory.map(1 << 40, 1 << 20, RX)
        board.memory.write(1 << 40, bytes(1 << 20))
        return weakref.ref(board.engine)

    live()
    gc.collect()
    before = _resident_mib()
    engines = [live() for _ in range(200)]
    gc.collect()
    assert not any(engine() for engine in engines)
    assert _resident_mib() - before < 100

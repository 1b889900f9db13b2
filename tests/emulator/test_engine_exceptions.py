"""What traps at EL0: system calls, breakpoints, undefined words, privileged instructions, system registers."""

from __future__ import annotations

import pytest

from emulator.memory import PAGE_SIZE
from emulator.stop import StopKind
from tests.emulator.a64 import program, word
from tests.emulator.support import CODE, DATA, Board

UNDEFINED = (
    "eret", "msr ttbr0_el1, x0", "mrs x0, ttbr0_el1", "mrs x0, sctlr_el1", "msr tpidrro_el0, x0", "msr daifset, #2",
    "mrs x0, daif", "mrs x0, currentel", "msr spsel, #1", "tlbi vmalle1", "at s1e0r, x0", "ic iallu", "dc ivac, x0",
    "dc isw, x0", "hvc #0", "smc #0", "hlt #1", "udf #1", "mrs x0, pmccntr_el0",
    "msr s3_3_c14_c0_2, x0", "mrs x0, rndr",
    "mrs x0, rndrrs",
)  # fmt: skip


def test_a_system_call_stops_behind_the_svc_with_its_arguments() -> None:
    board = Board(program("mov x8, #0x40", "mov x0, #1", "mov x5, #6", "svc #0", "mov x0, #9", "svc #0"))
    stop = board.run()
    assert (stop.kind, stop.pc, board.context.pc) == (StopKind.SYSTEM_CALL, CODE + 16, CODE + 16)
    assert board.engine.call_arguments() == [0x40, 1, 0, 0, 0, 0, 6]
    board.engine.write_x(0, -38)
    assert board.x(0) == (1 << 64) - 38
    board.run_to_call()
    assert board.x(0) == 9


def test_a_breakpoint_stops_at_itself_uncounted() -> None:
    board = Board(program("nop", "brk #1", "nop"))
    for _ in range(2):
        stop = board.run()
        assert (stop.kind, stop.pc, stop.detail) == (StopKind.BREAKPOINT, CODE + 4, word("brk #1"))
        assert board.core.instructions == 1


@pytest.mark.parametrize("line", UNDEFINED)
def test_what_a_program_may_not_do_is_undefined(line: str) -> None:
    board = Board(program("nop", line, "nop", "svc #0"))
    stop = board.run()
    assert (stop.kind, stop.pc, stop.detail) == (StopKind.UNDEFINED, CODE + 4, word(line))
    assert board.core.instructions == 1
    assert board.engine.instruction_classes().sum() == 1


@pytest.mark.parametrize("value", [0x00000000, 0xFFFFFFFF, 0x01000001, 0x21008001, 0x21098000, 0x4108812B])
def test_words_that_mean_nothing_are_undefined(value: int) -> None:
    stop = Board(program("nop", value)).run()
    assert (stop.kind, stop.pc, stop.detail) == (StopKind.UNDEFINED, CODE + 4, value)


def test_an_undefined_word_can_be_stepped_over() -> None:
    board = Board(program("nop", "eret", "mov x0, #9", "svc #0"))
    assert board.run().kind is StopKind.UNDEFINED
    board.run_to_call(CODE + 8)
    assert (board.x(0), board.core.instructions) == (9, 3)


@pytest.mark.parametrize("line", ["ldxr x0, [x1]", "ldadd x0, x3, [x1]"])
def test_an_unaligned_atomic_access_is_an_exception_at_itself(line: str) -> None:
    board = Board(program("nop", line, "svc #0"))
    board.engine.write_x(1, DATA + 1)
    stop = board.run()
    assert (stop.kind, stop.pc, board.core.instructions) == (StopKind.EXCEPTION, CODE + 4, 1)


# -- system registers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("mrs x0, midr_el1", 0x410FD034),
        ("mrs x0, cntfrq_el0", 100_000_000),
        ("mrs x0, ctr_el0", 0x84448004),
        ("mrs x0, tpidr_el0", 0),
        ("mrs x0, fpcr", 0),
    ],
)
def test_a_readable_register(line: str, value: int) -> None:
    board = Board(program("nop", line, "nop", "svc #0"))
    board.run_to_call()
    assert board.x(0) == value
    assert (board.core.instructions, board.core.cycles) == (4, 4)
    assert board.engine.instruction_classes().sum() == 4


def test_dc_zva_is_announced_with_lines_of_64_bytes() -> None:
    """Bit 4 may say that programs should not use it."""
    board = Board(program("mrs x0, dczid_el0", "svc #0"))
    board.run_to_call()
    assert 4 << (board.x(0) & 15) == 64


def test_a_trapped_read_into_the_zero_register_has_no_effect() -> None:
    board = Board(program("mov x0, #5", "mrs xzr, midr_el1", "svc #0"))
    board.run_to_call()
    assert board.x(0) == 5


def test_the_virtual_counter_is_the_time_of_the_core() -> None:
    board = Board(program("mrs x0, cntvct_el0", *["nop"] * 98, "mrs x1, cntvct_el0", "svc #0"))
    board.core.charge(1000)
    board.run_to_call()
    assert board.x(0) == 100
    assert board.x(1) - board.x(0) == 10, "the second read is the 99th instruction behind the first, and counts itself"
    assert board.core.cycles == 1101


def test_the_thread_pointer_is_the_programs() -> None:
    board = Board(program("mov x0, #0x64", "msr tpidr_el0, x0", "mrs x1, tpidr_el0", "svc #0"))
    board.run_to_call()
    assert board.x(1) == 0x64


# -- cache maintenance -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["dc cvau, x0", "dc cvac, x0", "dc civac, x0", "ic ivau, x5"])
@pytest.mark.parametrize("address", [0, CODE, DATA, (1 << 64) - 1, (1 << 64) - 64, 1 << 48])
def test_maintenance_of_any_address_does_no_harm(line: str, address: int) -> None:
    board = Board(program("nop", line, "svc #0"))
    for register in (0, 5):
        board.engine.write_x(register, address)
    board.run_to_call()
    assert board.core.instructions == 3


def test_dc_zva_zeroes_its_64_bytes() -> None:
    board = Board(program("dc zva, x1", "svc #0"))
    board.memory.write(DATA, b"\xff" * 256)
    board.engine.write_x(1, DATA + 64 + 7)
    board.run_to_call()
    assert board.memory.read(DATA, 256) == b"\xff" * 64 + bytes(64) + b"\xff" * 128
    assert board.core.instructions == 2


def test_a_page_zeroed_line_by_line() -> None:
    board = Board(program("loop:", "dc zva, x1", "add x1, x1, #0x40", "subs x2, x2, #1", "b.ne loop", "svc #0"))
    board.memory.write(DATA, b"\xff" * 2 * PAGE_SIZE)
    board.engine.write_x(1, DATA)
    board.engine.write_x(2, 64)
    board.run_to_call()
    assert board.memory.read(DATA, 2 * PAGE_SIZE) == bytes(PAGE_SIZE) + b"\xff" * PAGE_SIZE

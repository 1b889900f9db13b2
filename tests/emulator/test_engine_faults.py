"""Memory faults: exact PC, address, access and counts; the instruction had no effect and can be run again."""

from __future__ import annotations

import pytest

from emulator.memory import PAGE_SIZE, Protection
from emulator.record import SUBCYCLES
from emulator.stop import Access, StopKind
from tests.emulator.a64 import program
from tests.emulator.support import CODE, DATA, RW, RX, UNMAPPED, Board, R

# X1 = address, X0 and X3 = values to store.
PROLOGUE = ("mov x0, #0x55", "mov x3, #0x66")
LOADS = (
    "ldr x0, [x1]", "ldr x0, [x1], #8", "ldp x0, x3, [x1], #0x10", "ldr q0, [x1]", "ldxr x0, [x1]", "ldaxr x0, [x1]",
    "ldar x0, [x1]", "ldxp x0, x3, [x1]", "ld4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x1], #64", "ld1r {v0.4s}, [x1]",
)  # fmt: skip
STORES = (
    "str x0, [x1]", "strb w0, [x1]", "str x0, [x1], #8", "stp x0, x3, [x1], #0x10", "str q0, [x1]", "stp q0, q1, [x1]",
    "stlr x0, [x1]", "st4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x1], #64", "dc zva, x1",
)  # fmt: skip
# These read first, so that on an unmapped page the access is a read.
UPDATES = ("ldadd x0, x3, [x1]", "swp x0, x3, [x1]", "cas x0, x3, [x1]", "casp x4, x5, x6, x7, [x1]", "stadd x0, [x1]")


def board_with(address: int, *lines: str) -> Board:
    """A board whose X1 is `address` when `lines` run, after three instructions of integer class."""
    board = Board(program("nop", *PROLOGUE, *lines, "svc #0"))
    board.engine.write_x(1, address)
    return board


def fault_at(board: Board, pc: int, address: int, access: Access) -> None:
    """The board's run ends with a fault at `address`: a stop names its page, `fault_address` the address itself."""
    stop = board.run()
    assert (stop.kind, stop.pc, stop.access) == (StopKind.MEMORY_FAULT, pc, access)
    assert stop.address % PAGE_SIZE == 0
    assert board.engine.fault_address(board.core, board.context, stop) == address
    assert board.context.pc == pc


@pytest.mark.parametrize("line", [*LOADS, *STORES, *UPDATES])
def test_an_access_to_unmapped_memory_faults_and_runs_once_it_is_mapped(line: str) -> None:
    board = board_with(UNMAPPED, line)
    registers = None
    for _ in range(3):
        stop = board.run()
        assert (stop.kind, stop.pc, stop.address) == (StopKind.MEMORY_FAULT, CODE + 12, UNMAPPED)
        assert stop.access in ({Access.WRITE} if line in STORES else {Access.READ} if line in LOADS else set(Access))
        assert (board.core.instructions, board.core.cycles) == (3, 3)
        assert registers in (None, board.engine.registers())
        registers = board.engine.registers()
    board.memory.map(UNMAPPED, PAGE_SIZE, RW)
    board.run_to_call()
    assert board.core.instructions == 5
    assert board.engine.instruction_classes().sum() == 5


@pytest.mark.parametrize("line", [*STORES, *UPDATES])
@pytest.mark.parametrize("first", ["nop", "ldr x4, [x1]"], ids=["cold", "read before"])
def test_a_store_to_a_read_only_page_faults_and_changes_nothing(line: str, first: str) -> None:
    board = board_with(DATA, first, line)
    board.memory.write(DATA, b"\xaa" * 64)
    board.memory.protect(DATA, PAGE_SIZE, R)
    fault_at(board, CODE + 16, DATA, Access.WRITE)
    assert board.memory.read(DATA, 64) == b"\xaa" * 64
    assert board.core.instructions == 4
    board.memory.protect(DATA, PAGE_SIZE, RW)
    board.run_to_call()
    assert board.core.instructions == 6


@pytest.mark.parametrize(
    ("load", "store"),
    [
        ("ldxr x4, [x1]", "stxr w6, x0, [x1]"),
        ("ldaxr x4, [x1]", "stlxr w6, x0, [x1]"),
        ("ldxp w4, w5, [x1]", "stxp w6, w0, w3, [x1]"),
        ("ldxp x4, x5, [x1]", "stxp w6, x0, x3, [x1]"),
        ("ldaxp x4, x5, [x1]", "stlxp w6, x0, x3, [x1]"),
    ],
)
def test_an_exclusive_store_to_a_read_only_page_faults(load: str, store: str) -> None:
    board = board_with(DATA, load, store)
    board.memory.protect(DATA, PAGE_SIZE, R)
    fault_at(board, CODE + 16, DATA, Access.WRITE)
    assert board.memory.read(DATA, 16) == bytes(16)


@pytest.mark.parametrize("line", STORES)
def test_protection_takes_effect_although_the_translation_is_hot(line: str) -> None:
    board = Board(program("loop:", line, "subs x2, x2, #1", "b.ne loop", "svc #0"))
    for _ in range(2):
        board.engine.write_x(1, DATA)
        board.engine.write_x(2, 1)
        board.run_to_call(CODE)
    board.memory.protect(DATA, PAGE_SIZE, R)
    board.engine.write_x(1, DATA)
    board.context.pc = CODE
    fault_at(board, CODE, DATA, Access.WRITE)


def test_unmapping_takes_effect_although_the_translation_is_hot() -> None:
    board = Board(program("ldr x0, [x1]", "svc #0"))
    board.engine.write_x(1, DATA)
    board.run_to_call()
    board.memory.unmap(DATA, PAGE_SIZE)
    board.context.pc = CODE
    fault_at(board, CODE, DATA, Access.READ)


def test_a_new_mapping_is_zero_for_the_program_too() -> None:
    board = Board(program("ldr x0, [x1]", "str x1, [x1]", "svc #0"))
    board.engine.write_x(1, DATA)
    for _ in range(3):
        board.run_to_call(CODE)
        assert board.x(0) == 0
        board.memory.unmap(DATA, PAGE_SIZE)
        board.memory.map(DATA, PAGE_SIZE, RW)


def test_memory_without_access_faults_on_reading() -> None:
    board = board_with(DATA, "ldr x0, [x1]")
    board.memory.protect(DATA, PAGE_SIZE, Protection.NONE)
    fault_at(board, CODE + 12, DATA, Access.READ)


@pytest.mark.parametrize("second", [None, R, RX])
@pytest.mark.parametrize("line", ["str x0, [x1]", "str q0, [x1]", "stp x0, x3, [x1]"])
def test_a_store_over_a_page_border_names_the_page_that_refused(line: str, second: Protection | None) -> None:
    border = DATA + PAGE_SIZE
    board = board_with(border - 4, line)
    if second is None:
        board.memory.unmap(border, PAGE_SIZE)
    else:
        board.memory.protect(border, PAGE_SIZE, second)
    stop = board.run()
    assert (stop.kind, stop.pc, stop.access) == (StopKind.MEMORY_FAULT, CODE + 12, Access.WRITE)
    assert border <= stop.address < border + 12
    board.memory.unmap(border, PAGE_SIZE)
    board.memory.map(border, PAGE_SIZE, RW)
    board.run_to_call()
    if line == "str x0, [x1]":
        assert board.memory.read(border - 4, 8) == (0x55).to_bytes(8, "little")


@pytest.mark.parametrize("second", [R, RX, None])
def test_a_load_over_a_page_border(second: Protection | None) -> None:
    border = DATA + PAGE_SIZE
    board = board_with(border - 4, "ldr x0, [x1]")
    board.memory.write(border - 4, bytes(range(1, 9)))
    if second is None:
        board.memory.unmap(border, PAGE_SIZE)
        fault_at(board, CODE + 12, border, Access.READ)
    else:
        board.memory.protect(border, PAGE_SIZE, second)
        board.run_to_call()
        assert board.x(0) == int.from_bytes(bytes(range(1, 9)), "little")


@pytest.mark.parametrize("target", [0, UNMAPPED, 1 << 47, (1 << 64) - 16, (1 << 64) - 4])
def test_a_jump_to_unmapped_memory_faults_at_its_target(target: int) -> None:
    board = Board(program("nop", "br x5"))
    board.engine.write_x(5, target)
    fault_at(board, target, target, Access.EXECUTE)
    assert board.core.instructions == 2


@pytest.mark.parametrize("touch", ["nop", "str x0, [x1]"])
def test_data_is_not_executed(touch: str) -> None:
    board = Board(program(touch, "br x1"))
    board.memory.write(DATA, program("nop", "svc #0"))
    board.engine.write_x(1, DATA)
    for _ in range(3):
        fault_at(board, DATA, DATA, Access.EXECUTE)
    assert board.core.instructions == 2
    board.memory.write(DATA, program("nop", "svc #0"))
    board.memory.protect(DATA, PAGE_SIZE, RX)
    board.run_to_call()


@pytest.mark.parametrize("address", [(1 << 64) - 16, (1 << 64) - 3, 1 << 52])
def test_addresses_outside_the_address_space_fault(address: int) -> None:
    fault_at(board_with(address, "ldr x0, [x1]"), CODE + 12, address, Access.READ)


def test_the_top_byte_of_an_address_is_the_programs_own() -> None:
    board = board_with(0x55 << 56 | DATA, "str x1, [x1]")
    board.run_to_call()
    assert board.memory.read(DATA + 7, 1) == b"\x55"
    fault_at(board_with(0x55 << 56 | UNMAPPED, "ldr x0, [x1]"), CODE + 12, UNMAPPED, Access.READ)


LOOP = program("loop:", "add x0, x0, #1", "add x1, x1, #1", "b loop")


def test_a_fetch_fault_after_a_slice_takes_nothing_back() -> None:
    """The block entered last was executed to its end, although PC stands at its start again."""
    board = Board(LOOP)
    board.core.state["slice_end"] = 300 * SUBCYCLES
    assert board.run().kind is StopKind.SLICE
    board.memory.protect(CODE, PAGE_SIZE, R)
    for _ in range(3):
        fault_at(board, CODE, CODE, Access.EXECUTE)
        assert (board.core.instructions, board.core.cycles) == (300, 300)
        assert board.engine.instruction_classes().sum() == 300


def test_a_fetch_fault_after_a_cut_cuts_no_second_time() -> None:
    board = board_with(UNMAPPED, "ldr x0, [x1]")
    fault_at(board, CODE + 12, UNMAPPED, Access.READ)
    board.memory.protect(CODE, PAGE_SIZE, R)
    fault_at(board, CODE + 12, CODE + 12, Access.EXECUTE)
    assert board.core.instructions == 3


def test_a_fetch_fault_of_another_engine_on_the_core_takes_nothing_back() -> None:
    first, second = Board(LOOP), Board(LOOP)
    for board in (first, second):
        first.core.state["slice_end"] = first.core.clock + 300 * SUBCYCLES
        assert board.engine.run(first.core, board.context).kind is StopKind.SLICE
    first.memory.protect(CODE, PAGE_SIZE, R)
    assert first.engine.run(first.core, first.context).kind is StopKind.MEMORY_FAULT
    assert first.core.instructions == 600


def test_a_core_that_moved_to_an_engine_with_fewer_blocks_can_fault() -> None:
    large, small = Board(program(*["b .+4"] * 9000, "svc #0")), Board()
    large.run_to_call()
    context = small.context_at(UNMAPPED)
    stop = small.engine.run(large.core, context)
    assert (stop.kind, stop.access) == (StopKind.MEMORY_FAULT, Access.EXECUTE)
    assert large.core.instructions == 9001

"""Instructions and cycles of small programs are exact, whatever stops them, and the same in every run."""

from __future__ import annotations

import numpy as np
import pytest

from emulator.instruction_class import InstructionClass
from emulator.record import SUBCYCLES
from emulator.stop import StopKind
from tests.emulator.a64 import program
from tests.emulator.support import CODE, DATA, RX, Board

LOOP = program("mov x0, #0x64", "loop:", "mul x1, x0, x0", "subs x0, x0, #1", "b.ne loop", "svc #0")


def counts(board: Board) -> dict[str, int]:
    classes = board.engine.instruction_classes()
    return {kind.name: int(classes[kind]) for kind in InstructionClass if classes[kind]}


def test_a_loop_is_counted_to_the_instruction() -> None:
    board = Board(LOOP)
    board.run_to_call()
    assert board.context.pc == CODE + len(LOOP)
    assert board.core.instructions == 1 + 3 * 100 + 1
    assert counts(board) == {"INTEGER": 101, "MULTIPLY": 100, "BRANCH": 100, "SYSTEM": 1}
    assert board.core.cycles == 101 * 1 + 100 * 3 + 100 * 1 + 1


def test_calls_and_memory_are_counted() -> None:
    board = Board(
        program(
            "mov x1, #0x200000", "bl twice", "bl twice", "svc #0", "twice:", "ldr x0, [x1]", "add x0, x0, #1",
            "str x0, [x1]", "ret",
        )
    )  # fmt: skip
    board.run_to_call()
    assert board.memory.read(DATA, 8) == (2).to_bytes(8, "little")
    assert counts(board) == {"INTEGER": 3, "LOAD": 2, "STORE": 2, "BRANCH": 4, "SYSTEM": 1}


@pytest.mark.parametrize("slice_cycles", [1, 7, 100, 449])
def test_slices_change_no_count(slice_cycles: int) -> None:
    whole, sliced = Board(LOOP), Board(LOOP)
    whole.run_to_call()
    stops = 0
    while True:
        sliced.core.state["slice_end"] = sliced.core.clock + slice_cycles * SUBCYCLES
        stop = sliced.run()
        if stop.kind is StopKind.SYSTEM_CALL:
            break
        assert stop.kind is StopKind.SLICE
        stops += 1
    assert stops >= 501 // (slice_cycles + 6)
    assert (sliced.core.clock, sliced.core.instructions) == (whole.core.clock, whole.core.instructions)
    assert counts(sliced) == counts(whole)


@pytest.mark.parametrize("limit", [1, 2, 50, 151])
def test_the_instruction_limit_stops_at_the_next_block(limit: int) -> None:
    board = Board(LOOP)
    board.core.state["instruction_end"] = limit
    stop = board.run()
    assert stop.kind is StopKind.INSTRUCTION_LIMIT
    assert limit <= board.core.instructions < limit + 4
    assert board.engine.instruction_classes().sum() == board.core.instructions


def test_counts_do_not_depend_on_what_ran_before() -> None:
    """Translated code and known blocks are reused; the numbers are those of the first run."""
    board = Board(LOOP)
    seen = []
    for _ in range(3):
        before = (board.core.clock, board.core.instructions)
        board.run_to_call(CODE)
        seen.append((board.core.clock - before[0], board.core.instructions - before[1]))
    assert len(set(seen)) == 1


def test_two_engines_count_the_same() -> None:
    boards = [Board(LOOP) for _ in range(2)]
    for board in boards:
        board.run_to_call()
    assert boards[0].core.clock == boards[1].core.clock
    assert np.array_equal(boards[0].engine.instruction_classes(), boards[1].engine.instruction_classes())


def test_a_block_longer_than_a_translation_and_over_pages_is_counted() -> None:
    board = Board(program(*["add x0, x0, #1"] * 5000, "svc #0"))
    board.run_to_call()
    assert board.x(0) == 5000
    assert counts(board) == {"INTEGER": 5000, "SYSTEM": 1}


def test_many_blocks_make_the_table_grow_and_are_all_counted() -> None:
    board = Board(program(*["b .+4"] * 5000, "svc #0"))
    for _ in range(2):
        board.run_to_call(CODE)
    assert counts(board) == {"BRANCH": 10_000, "SYSTEM": 2}


def test_words_that_the_decoder_does_not_know_are_recorded() -> None:
    board = Board(program("nop", 0xFFFFFFFF))
    assert board.run().kind is StopKind.UNDEFINED
    assert board.engine.unknown_words == {0xFFFFFFFF: 1}


@pytest.mark.parametrize(
    "hint", ["wfi", "wfe", "yield", "sev", "sevl", "isb", "dsb sy", "dmb ish", "clrex", "csdb", "esb", "sb"]
)
def test_hints_and_barriers_go_on(hint: str) -> None:
    board = Board(program("mov x0, #5", hint, "add x0, x0, #1", "svc #0"))
    board.run_to_call()
    assert (board.x(0), board.core.instructions) == (6, 4)


def test_a_program_that_touches_many_pages_stops_for_nothing_that_its_caller_sees() -> None:
    """Unicorn's own table of pages is grown by stopping; the caller gets the stop that it asked for."""
    board = Board(
        program(
            "mov x1, #0x40000000", "mov x0, #0x2000", "loop:", "str x0, [x1]", "add x1, x1, #1, lsl #12",
            "subs x0, x0, #1", "b.ne loop", "svc #0",
        )
    )  # fmt: skip
    board.memory.map(0x4000_0000, 0x2000 * 4096, RX | 2)
    board.run_to_call()
    assert board.core.instructions == 2 + 4 * 0x2000 + 1


def test_a_stop_leaves_the_slice_as_it_was_set() -> None:
    """The end of the slice is what its owner set, also when Unicorn's table of pages became full just before."""
    body = ("loop:", "str x0, [x1]", "add x1, x1, #1, lsl #12", "subs x0, x0, #1", "b.ne loop", "svc #0")
    for pages in range(2040, 2052):
        board = Board(program("mov x1, #0x40000000", *body))
        board.memory.map(0x4000_0000, 2052 * 4096, RX | 2)
        board.engine.write_x(0, pages)
        board.core.state["slice_end"] = 10**9
        board.run_to_call()
        assert board.core.state["slice_end"] == 10**9

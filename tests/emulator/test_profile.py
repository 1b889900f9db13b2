"""What blocks cost is kept, whatever becomes of them, and together it is what the cores spent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import page_entry
from emulator.block_entry import COST_BYTES, LIST_ROOM, TIMED_ROOM
from emulator.config import Fidelity
from emulator.core import Core
from emulator.engine import Engine
from emulator.instruction_class import InstructionClass as Kind
from emulator.memory import PAGE_SIZE
from emulator.profile import CodePlace, CodeProfile, InstructionCost, SpaceProfile
from emulator.record import SUBCYCLES
from emulator.stop import StopKind
from emulator.timing.records import Cause
from tests.emulator.a64 import program
from tests.emulator.support import CODE, DATA, RW, RWX, STACK_TOP, UNMAPPED, hardware

LOOP = ("loop:", "ldr x2, [x1]", "mul x2, x2, x2", "subs x0, x0, #1", "b.ne loop", "svc #0")
TURNS = 100


class Board:
    """One engine that keeps a profile, one core, and programs in address spaces of their own."""

    def __init__(self, fidelity: Fidelity) -> None:
        config = hardware(fidelity=fidelity, cpi={"integer": 0.75})
        self.engine = Engine(config, profile=True)
        self.core = Core(0, config)

    def space(self, *lines: str | int) -> Space:
        return Space(self, program(*lines))

    def costs(self) -> dict[tuple[object, int], list[InstructionCost]]:
        """Of each instruction, by place; one entry for each block that it is in."""
        found: dict[tuple[object, int], list[InstructionCost]] = {}
        for block, costs in self.engine.code_profile().blocks():
            for number, cost in enumerate(costs):
                found.setdefault((block.owner, block.offset + 4 * number), []).append(cost)
        return found

    def assert_complete(self) -> None:
        """Nothing is lost and nothing counts twice."""
        costs = [cost for found in self.costs().values() for cost in found]
        assert sum(cost.subcycles for cost in costs) == self.core.clock
        assert sum(cost.executions for cost in costs) == self.core.instructions
        assert min(min(cost.executions, cost.subcycles, *cost.causes) for cost in costs) >= 0
        if self.core.timing is not None:
            assert all(sum(cost.causes) == cost.subcycles for cost in costs)
            found = [sum(cause) for cause in zip(*(cost.causes for cost in costs), strict=True)]
            causes = [cycles * SUBCYCLES for cycles in self.core.timing.causes().values()]
            assert found[1:] == causes[1:]
            assert found[Cause.BASE] >= causes[Cause.BASE], "what Python carries out is not the pipeline's"


class Space:
    """A program at CODE that has data at DATA."""

    def __init__(self, board: Board, code: bytes, owner: str = "program") -> None:
        self.board = board
        self.memory = board.engine.new_memory()
        self.memory.place_of = lambda address: CodePlace(owner, address - CODE)
        self.memory.map(CODE, PAGE_SIZE, RWX)
        self.memory.write(CODE, code)
        self.memory.map(DATA, PAGE_SIZE, RW)
        self.context = board.engine.new_context(self.memory, CODE, STACK_TOP)

    def run(self, x0: int = TURNS, x1: int = DATA, pc: int = CODE) -> StopKind:
        engine = self.board.engine
        engine.activate(self.context)
        engine.write_x(0, x0)
        engine.write_x(1, x1)
        self.context.pc = pc
        return engine.run(self.board.core, self.context).kind


@pytest.fixture(params=list(Fidelity))
def board(request: pytest.FixtureRequest) -> Board:
    return Board(request.param)


def executions(board: Board, offset: int) -> int:
    return sum(cost.executions for cost in board.costs()["program", offset])


def test_each_instruction_has_its_executions(board: Board) -> None:
    board.space(*LOOP).run()
    assert [executions(board, offset) for offset in (0, 4, 8, 12, 16)] == [TURNS] * 4 + [1]
    board.assert_complete()


def test_instructions_cost_what_their_classes_cost_at_functional_fidelity() -> None:
    board = Board(Fidelity.FUNCTIONAL)
    board.space("mul x2, x2, x2", "add x2, x2, #1", "svc #0").run()
    subcycles = [board.costs()["program", offset][0].subcycles for offset in (0, 4, 8)]
    assert subcycles == [3 * SUBCYCLES, SUBCYCLES * 3 // 4, SUBCYCLES]


def test_cycles_belong_to_the_block_that_spent_them_at_timing_fidelity() -> None:
    board = Board(Fidelity.TIMING)
    slow, fast = "fadd d0, d0, d1", "nop"
    loops = [("loop:", what, what, "subs x0, x0, #1", "b.ne loop", "svc #0") for what in (slow, fast)]
    begins = 0, len(loops[0]) * 4
    code = b"".join(program(*lines).ljust(begins[1], b"\0") for lines in loops)
    space = Space(board, code)
    for begin in begins:
        space.run(TURNS, pc=CODE + begin)
    costs = board.costs()
    spent = [
        sum(cost.subcycles for offset in range(begin, begin + 16, 4) for cost in costs["program", offset])
        for begin in begins
    ]
    assert spent[0] > 11 * TURNS * SUBCYCLES, "each addition waits for the one before it"
    assert spent[1] < 9 * TURNS * SUBCYCLES
    board.assert_complete()


def test_what_code_cost_that_is_unmapped_or_rewritten_is_kept(board: Board) -> None:
    space = board.space(*LOOP)
    space.run()
    space.memory.write(CODE, program("add x2, x2, #3", "svc #0"))
    space.run()
    space.memory.unmap(CODE, PAGE_SIZE)
    assert executions(board, 4) == TURNS + 1
    board.assert_complete()


def test_what_an_address_space_cost_that_is_over_is_kept(board: Board) -> None:
    first = board.space(*LOOP)
    first.run()
    child = first.memory.fork()
    child.place_of = first.memory.place_of
    first.memory.close()
    context = board.engine.new_context(child, CODE, STACK_TOP)
    board.engine.write_x(0, TURNS)
    board.engine.write_x(1, DATA)
    assert board.engine.run(board.core, context).kind is StopKind.SYSTEM_CALL
    child.close()
    assert executions(board, 0) == 2 * TURNS, "the same place, whichever address space executed it"
    board.assert_complete()


def test_a_fault_in_the_middle_of_a_block_takes_back_what_was_not_executed(board: Board) -> None:
    space = board.space("add x2, x2, #1", "ldr x3, [x1]", "add x2, x2, #1", "svc #0")
    space.run()
    assert space.run(x1=UNMAPPED) is StopKind.MEMORY_FAULT
    stop = board.engine.run(board.core, space.context)
    board.engine.fault_address(board.core, space.context, stop)
    assert [executions(board, offset) for offset in (0, 4, 8)] == [2, 1, 1]
    board.assert_complete()


def test_an_instruction_that_python_carries_out_counts_where_it_is(board: Board) -> None:
    space = board.space("add x2, x2, #1", "mrs x0, cntvct_el0", "svc #0")
    space.run()
    assert executions(board, 4) == 1
    board.assert_complete()


def test_a_jump_out_of_the_address_space_ends_its_block(board: Board) -> None:
    space = board.space("add x2, x2, #1", "br x0")
    assert space.run(x0=(1 << 64) - (1 << 20)) is StopKind.MEMORY_FAULT
    board.assert_complete()


def test_a_table_that_grows_keeps_what_its_blocks_cost(board: Board) -> None:
    """Each block is a branch to the next one."""
    count = PAGE_SIZE // 4
    space = Space(board, b"".join(program("b next", "next:") for _ in range(count - 1)) + program("svc #0"))
    space.run()
    space.run()
    assert executions(board, 0) == executions(board, PAGE_SIZE - 4) == 2
    board.assert_complete()


@pytest.mark.parametrize("fidelity", list(Fidelity))
def test_blocks_that_are_forgotten_for_want_of_room_are_kept(fidelity: Fidelity) -> None:
    def run(room: int | None) -> Board:
        board = Board(fidelity)
        if room is not None:
            decoder = board.engine._decoder
            decoder.sequences = decoder.sequences[:room]
            decoder.record[0]["sequence_limit"] = room
        # Into the middle of the loop: there is no room for the whole one when it comes back to its begin.
        board.space(*LOOP).run(pc=CODE + 4)
        return board

    small, large = run(COST_BYTES + 4 * TIMED_ROOM + LIST_ROOM if fidelity is Fidelity.TIMING else 6), run(None)
    small.assert_complete()
    assert [executions(small, offset) for offset in (0, 4, 16)] == [TURNS - 1, TURNS, 1]
    assert small.core.clock == large.core.clock


def test_without_a_profile_nothing_is_kept() -> None:
    engine = Engine(hardware())
    memory = engine.new_memory()
    with pytest.raises(AssertionError):
        engine.code_profile()
    assert memory.entry(CODE) & page_entry.PRESENT == 0


KINDS = st.lists(st.sampled_from(Kind), min_size=1, max_size=6)


@given(
    KINDS,
    st.integers(0, 1000),
    st.lists(st.integers(0, 10**6), min_size=len(Cause), max_size=len(Cause)),
    st.lists(st.integers(0, 5), max_size=5),
    st.booleans(),
)
def test_the_parts_of_a_block_sum_to_the_block(
    kinds: list[Kind], times: int, cycles: list[int], cuts: list[int], free: bool
) -> None:
    costs = [0 if free else 100 + 7 * kind for kind in Kind]
    profile = CodeProfile(costs, timed=True)
    space = SpaceProfile(profile, lambda address: CodePlace("x", address))
    kept = [cut % len(kinds) for cut in cuts]
    space.add(0, bytes(kinds), times + len(kept), cycles)
    for position in kept:
        space.cut(0, bytes(kinds), position)
    ((_, parts),) = profile.blocks()
    assert sum(part.subcycles for part in parts) == sum(cycles) * SUBCYCLES
    assert [sum(part.causes[cause] for part in parts) for cause in Cause] == [spent * SUBCYCLES for spent in cycles]
    assert [part.executions for part in parts] == [
        times + sum(position > number for position in kept) for number in range(len(kinds))
    ]
    assert all(part.subcycles >= 0 for part in parts)

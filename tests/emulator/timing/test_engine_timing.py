"""Programs at timing fidelity: they compute what they compute, and their cycles follow from the pipeline."""

from __future__ import annotations

import numpy as np
import pytest

from emulator.config import Fidelity
from emulator.core import Core
from emulator.stop import StopKind
from emulator.timing.core_timing import CoreTiming
from tests.emulator.a64 import PROCESS, program
from tests.emulator.support import CODE, DATA, RWX, UNMAPPED, Board, hardware

TURNS = 2000


def board(*lines: str | int, **changes: object) -> Board:
    return Board(program(*lines), RWX, hardware(fidelity=Fidelity.TIMING, **changes))


def timing_of(core: Core) -> CoreTiming:
    assert core.timing is not None
    return core.timing


def cycles_per_turn(*body: str | int, **changes: object) -> float:
    """Of a loop with this body, far from its begin and end. X1 is the address of data."""

    def measured(turns: int) -> int:
        machine = board("loop:", *body, "subs x0, x0, #1", "b.ne loop", "svc #0", **changes)
        machine.engine.write_x(0, turns)
        machine.engine.write_x(1, DATA)
        machine.run_to_call()
        assert machine.core.instructions == turns * (len(body) + 2) + 1
        assert timing_of(machine.core).pipeline.state["mismatches"] == 0
        return machine.core.cycles

    return (measured(2 * TURNS) - measured(TURNS)) / TURNS


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # What gem5's MinorCPU measured for such loops: two instructions a cycle, five more for the branch back.
        (["nop"] * 8, 10),
        (["add x2, x2, #1"] * 8, 10),
        (["mul x2, x2, x2"] * 8, 24),
        (["fadd d0, d0, d1"] * 8, 32),
        (["ldr x2, [x1]"] * 8, 10),
    ],
)
def test_throughput_and_latency_of_loops(body: list[str], expected: float) -> None:
    assert cycles_per_turn(*body) == pytest.approx(expected, abs=1)


def test_an_mvm_on_a_busy_tile_waits_for_it() -> None:
    """ALPINE's unit lets independent ones overlap; a tile cannot. At 1 GHz one takes 100 cycles."""
    assert cycles_per_turn(PROCESS, PROCESS) == pytest.approx(200, abs=3)


def test_the_same_instructions_in_both_fidelities() -> None:
    lines = ("loop:", "str x2, [x1]", "add x2, x2, #3", "subs x0, x0, #1", "b.ne loop", "svc #0")
    results = []
    for fidelity in Fidelity:
        machine = Board(program(*lines), config=hardware(fidelity=fidelity))
        machine.engine.write_x(0, 1000)
        machine.engine.write_x(1, DATA)
        machine.run_to_call()
        classes = machine.engine.instruction_classes().tolist()
        results.append((machine.x(2), machine.core.instructions, classes, machine.memory.read(DATA, 8)))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "words",
    [
        (0xC85F7C22, 0xC8037C22, 0xF9402024),  # ldxr x2, [x1]; stxr w3, x2, [x1]; ldr x4, [x1, #64]
        (0xC87F1022, 0xC8231022, 0xF9402024),  # ldxp x2, x4, [x1]; stxp w3, x2, x4, [x1]; ldr x4, [x1, #64]
        (0xD50B7421, 0xF9404024, 0xD50B7421, 0xF9004024),  # dc zva, x1; ldr x4, [x1, #128]; dc zva, x1; str x4, …
    ],
)
def test_accesses_that_unicorn_makes_in_its_own_way_are_those_of_the_instruction(words: tuple[int, ...]) -> None:
    """An exclusive store is a comparison and a store to it, and DC ZVA many stores of a byte."""
    back = 0x54000001 | (-(len(words) + 1) & 0x7FFFF) << 5  # b.ne to the first of them
    machine = board(*words, "subs x0, x0, #1", back, "svc #0")
    machine.engine.write_x(0, 10)
    machine.engine.write_x(1, DATA)
    machine.run_to_call()
    state, l1d = timing_of(machine.core).pipeline.state, timing_of(machine.core).l1d.state
    assert state["mismatches"] == 0
    assert (state["loads"] + state["stores_done"], l1d["reads"] + l1d["writes"]) == (10 * len(words),) * 2


@pytest.mark.parametrize("line", ["ldadd x0, x3, [x1]", "swp x0, x3, [x1]", "cas x0, x3, [x1]"])
def test_an_atomic_operation_is_one_access_that_writes(line: str) -> None:
    """Unicorn makes two, a read and a write, also where a comparison fails."""
    machine = board(line, line, "ldr x4, [x1]", "str x0, [x1]", "svc #0")
    machine.engine.write_x(0, 1)
    machine.engine.write_x(1, DATA)
    machine.run_to_call()
    l1d = timing_of(machine.core).l1d.state
    assert timing_of(machine.core).pipeline.state["mismatches"] == 0
    assert (l1d["reads"], l1d["writes"]) == (1, 3)


def test_causes_of_cycles_sum_to_the_cycles() -> None:
    machine = board("loop:", "ldr x2, [x1]", "mul x2, x2, x2", "subs x0, x0, #1", "b.ne loop", "svc #0")
    machine.engine.write_x(0, 500)
    machine.engine.write_x(1, DATA)
    machine.run_to_call()
    assert sum(timing_of(machine.core).causes().values()) == machine.core.cycles


def _l1d_after(*lines: str) -> np.void:
    machine = board(*lines, "svc #0")
    machine.engine.write_x(1, DATA)
    machine.run_to_call()
    return timing_of(machine.core).l1d.state


def test_no_load_is_asked_for_while_the_oldest_operation_waits() -> None:
    l1d = _l1d_after("ldr x2, [x1]", "ldr x2, [x1]", "add x2, x2, #1")
    assert (l1d["reads"], l1d["read_misses"]) == (2, 1), "the second one finds the line of the first"


def test_a_store_to_a_line_that_is_under_way_is_a_miss() -> None:
    l1d = _l1d_after("str x2, [x1]", "str x2, [x1]", "str x2, [x1]")
    assert (l1d["writes"], l1d["write_misses"]) == (3, 2), "two accesses are under way at most"


def test_a_line_that_is_cleared_is_not_fetched() -> None:
    machine = board("dc zva, x1", "ldr x2, [x1]", "svc #0")
    machine.engine.write_x(1, DATA)
    machine.run_to_call()
    shared = machine.engine.timing
    assert shared is not None
    assert timing_of(machine.core).l1d.state["write_misses"] == 1
    code_lines = int(shared.l2.state["reads"])
    assert shared.dram.state["reads"] == code_lines, "of the second level's accesses all are for instructions"


def test_a_fault_in_the_middle_of_a_block_retires_what_came_before() -> None:
    machine = board("add x2, x2, #1", "ldr x3, [x1]", "add x2, x2, #1", "svc #0")
    machine.engine.write_x(1, UNMAPPED)
    stop = machine.run()
    assert (stop.kind, stop.pc) == (StopKind.MEMORY_FAULT, CODE + 4)
    assert machine.core.instructions == 1
    assert machine.engine.fault_address(machine.core, machine.context, stop) == UNMAPPED
    before = machine.core.cycles
    machine.run_to_call(CODE + 8)
    assert machine.core.instructions == 3
    assert machine.x(2) == 2
    assert machine.core.cycles > before


def test_code_that_is_written_again_is_timed_as_what_it_is_now() -> None:
    machine = board("add x2, x2, #1", "svc #0")
    machine.run_to_call()
    machine.memory.write(CODE, program("add x2, x2, #3"))
    machine.run_to_call(CODE)
    assert machine.x(2) == 4


def test_repetition_gives_the_same_cycles() -> None:
    def once() -> int:
        machine = board("loop:", "ldr x2, [x1]", "str x2, [x1]", "subs x0, x0, #1", "b.ne loop", "svc #0")
        machine.engine.write_x(0, 300)
        machine.engine.write_x(1, DATA)
        machine.run_to_call()
        return machine.core.cycles

    assert once() == once()


@pytest.mark.parametrize("size", [8 << 10, 32 << 10, 128 << 10])
def test_a_larger_cache_of_the_same_sets_never_misses_more(size: int) -> None:
    """LRU is a stack algorithm: with the same number of sets, more ways hold a superset of the lines."""

    def misses(ways: int) -> int:
        l1 = hardware().l1
        changed = {**vars(l1), "size_bytes": size * ways // 2, "ways": ways}
        machine = board("loop:", "ldr x2, [x1]", "add x1, x1, #1", "subs x0, x0, #1", "b.ne loop", "svc #0", l1=changed)
        machine.engine.write_x(0, 4000)
        machine.engine.write_x(1, DATA)
        machine.run_to_call()
        return int(timing_of(machine.core).l1d.state["read_misses"])

    assert misses(4) <= misses(2) <= misses(1)


def test_an_exclusive_store_that_fails_leaves_the_accesses_behind_it_alone() -> None:
    machine = board("clrex", "stxr w0, x1, [x2]", "ldr x2, [x1]", "svc #0")
    machine.engine.write_x(1, DATA)
    machine.engine.write_x(2, DATA + 64)
    machine.run_to_call()
    assert machine.x(0) == 1
    assert timing_of(machine.core).pipeline.state["mismatches"] == 0
    l1d = timing_of(machine.core).l1d.state
    assert (l1d["reads"], l1d["writes"]) == (1, 0)

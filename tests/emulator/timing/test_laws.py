"""What must hold for any program at timing fidelity, whatever the pipeline makes of it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.config import Fidelity, HardwareConfig
from tests.emulator.a64 import PROCESS, QUEUE_X0, program
from tests.emulator.support import DATA, RX, Board, hardware
from tests.emulator.test_loop import ATOMIC_COUNT, LOCKED_COUNT, PING_PONG, Multicore

TURNS = 20

INSTRUCTIONS = (
    *("add x0, x1, x2", "mul x0, x1, x2", "sdiv x0, x1, x2", "madd x0, x1, x2, x3", "csel x0, x1, x2, eq", "nop"),
    *("fadd d0, d1, d2", "fdiv d0, d1, d2", "fcvtzs x0, d0", "scvtf d0, x0", "mul v0.4s, v1.4s, v2.4s"),
    *(
        "ldr x0, [x1]",
        "ldr x4, [x1]",
        "ldr x6, [x1, #8]",
        "ldr q0, [x1]",
        "ldr x0, [x1], #8",
        "ldp x0, x3, [x1], #0x10",
    ),
    *("str x0, [x1]", "str x6, [x1, #8]", "str q0, [x1]", "stp x0, x3, [x1]", "str x0, [x1], #8", "dc zva, x1"),
    *("ldxr x4, [x1]", "stxr w6, x0, [x1]", "ldadd x0, x3, [x1]", "ldar x0, [x1]", "stlr x0, [x1]", "dmb ish", "isb"),
    *("b .+4", "mrs x0, cntvct_el0", PROCESS, QUEUE_X0),
)
"""None writes X2, which counts the turns; X1 moves by at most 16 bytes."""

BODIES = st.lists(st.sampled_from(INSTRUCTIONS), min_size=1, max_size=12)

CORE_BOUND = tuple(line for line in INSTRUCTIONS[:11])
"""Nothing that waits for memory or for the tile, whose times are in nanoseconds."""

NO_WAIT = {
    "l2": {"latency_cycles": 0, "response_cycles": 0},
    "dram": dict.fromkeys(
        (
            *("frontend_ns", "backend_ns", "activate_ns", "column_ns", "precharge_ns", "burst_ns", "bus_ns"),
            "write_to_read_ns",
        ),
        0,
    ),
}


def run(body: list[str | int], config: HardwareConfig) -> Board:
    """Some turns of a loop with this body, over two pages of data."""
    back = 0x54000001 | (-(len(body) + 1) & 0x7FFFF) << 5  # b.ne to the first of them
    machine = Board(program(*body, "subs x2, x2, #1", back, "svc #0"), RX, config)
    machine.engine.write_x(1, DATA)
    machine.engine.write_x(2, TURNS)
    machine.run_to_call()
    return machine


def timed(**changes: object) -> HardwareConfig:
    return hardware(fidelity=Fidelity.TIMING, **changes)


@given(BODIES)
def test_causes_sum_to_the_cycles_and_accesses_are_those_expected(body: list[str | int]) -> None:
    core = run(body, timed()).core
    assert core.timing is not None
    causes = core.timing.causes()
    assert sum(causes.values()) == core.cycles
    assert min(causes.values()) >= 0
    assert core.timing.pipeline.state["mismatches"] == 0


@pytest.mark.parametrize("code", [PING_PONG, LOCKED_COUNT, ATOMIC_COUNT], ids=["ping-pong", "lock", "atomic"])
def test_causes_sum_to_the_cycles_of_each_of_several_cores(code: bytes) -> None:
    machine = Multicore(code, code, fidelity=Fidelity.TIMING)
    for number in range(2):
        machine.set(number, x2=50, x3=number, x4=1 - number, x9=1)
    machine.finish()
    for core in machine.cores:
        assert core.timing is not None
        assert sum(core.timing.causes().values()) == core.cycles > 0


@given(BODIES)
def test_both_fidelities_compute_the_same(body: list[str | int]) -> None:
    body = [line for line in body if line != "mrs x0, cntvct_el0"]  # it shows the time, which differs
    states = []
    for config in (hardware(), timed()):
        machine = run(body, config)
        registers = [machine.x(number) for number in range(8)]
        classes = machine.engine.instruction_classes().tolist()
        tile = dataclasses.asdict(machine.core.tile.counters())
        states.append((registers, machine.core.instructions, classes, tile, machine.memory.read(DATA, 8192)))
    assert states[0] == states[1]


@given(BODIES)
def test_memory_that_answers_at_once_is_a_lower_bound_of_the_cycles(body: list[str | int]) -> None:
    assert run(body, timed(**NO_WAIT)).core.cycles <= run(body, timed()).core.cycles


@given(st.lists(st.sampled_from(CORE_BOUND), min_size=1, max_size=12), st.sampled_from([1.25, 2, 3, 10]))
def test_a_faster_clock_shortens_what_does_not_wait_for_memory(body: list[str | int], factor: float) -> None:
    """By the clock's factor, but for the first fetches of the program itself."""
    slow = run(body, timed()).core
    fast = run(body, timed(core={"frequency_hz": 1e9 * factor})).core
    assert fast.cycles / factor <= slow.cycles
    assert fast.cycles >= slow.cycles

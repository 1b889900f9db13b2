"""Cores advance in the order of their clocks, so that what they say to one another does not depend on the host."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from emulator import context_layout, turn_operations
from emulator.config import Fidelity
from emulator.core import FOREVER as FOREVER_CLOCK
from emulator.core import Core
from emulator.engine import Engine
from emulator.loop import RunLoop
from emulator.memory import PAGE_SIZE
from emulator.record import SUBCYCLES
from emulator.stop import StopKind
from emulator.turns import Assignment
from tests.emulator.a64 import program
from tests.emulator.support import CODE, DATA, RW, RX, STACK_TOP, UNMAPPED, hardware

SLICES = pytest.mark.parametrize("slice_cycles", [1, 10, 137, 1000, 10**7])
FIDELITIES = pytest.mark.parametrize("fidelity", list(Fidelity))
SKEWS = pytest.mark.parametrize("skew_cycles", [0, 20])

# X1 = DATA, X2 = rounds, X3 = own turn, X4 = next turn.
PING_PONG = program(
    "loop:", "ldar x5, [x1]", "cmp x5, x3", "b.ne loop", "ldr x6, [x1, #8]", "add x6, x6, #1", "str x6, [x1, #8]",
    "stlr x4, [x1]", "subs x2, x2, #1", "b.ne loop", "svc #0",
)  # fmt: skip
# X2 = rounds; the lock is at X1, what it guards at X1 + 8.
LOCKED_COUNT = program(
    "mov w9, #1", "loop:", "ldaxr w5, [x1]", "cbnz w5, loop", "stxr w6, w9, [x1]", "cbnz w6, loop", "ldr x7, [x1, #8]",
    "add x7, x7, #1", "str x7, [x1, #8]", "stlr xzr, [x1]", "subs x2, x2, #1", "b.ne loop", "svc #0",
)  # fmt: skip
ATOMIC_COUNT = program("mov x9, #1", "loop:", "ldadd x9, x5, [x1]", "subs x2, x2, #1", "b.ne loop", "svc #0")
DELAY_AND_STORE = program("loop:", "subs x2, x2, #1", "b.ne loop", "stlr x3, [x1]", "svc #0")
DELAY_AND_LOAD = program("loop:", "subs x2, x2, #1", "b.ne loop", "ldar x5, [x1]", "svc #0")
SPIN_AND_READ = program("loop:", "ldar x5, [x1]", "cbz x5, loop", "ldr x6, [x1, #8]", "svc #0")
DELAY_AND_SEND = program("loop:", "subs x2, x2, #1", "b.ne loop", "str x3, [x1, #8]", "stlr x3, [x1]", "svc #0")
# X2 = rounds; it loses what others count meanwhile.
RACING_COUNT = program(
    "loop:", "ldr x7, [x1, #8]", "add x7, x7, #1", "b next", "next:", "str x7, [x1, #8]", "subs x2, x2, #1",
    "b.ne loop", "svc #0",
)  # fmt: skip
# X2 = rounds, X3 = what is stored, loaded and added up in X5.
STORE_AND_LOAD = program(
    "loop:", "str x3, [x1]", "ldr x4, [x1]", "add x5, x5, x4", "subs x2, x2, #1", "b.ne loop", "svc #0"
)
FOREVER = program("loop:", "add x0, x0, #1", "b loop")


class Multicore:
    """Cores that run one program each in one address space; X1 = DATA in all."""

    def __init__(
        self,
        *programs: bytes,
        slice_cycles: int = 1000,
        skew_cycles: int = 20,
        fidelity: Fidelity = Fidelity.FUNCTIONAL,
    ) -> None:
        core = {"count": len(programs), "slice_cycles": slice_cycles, "skew_cycles": skew_cycles}
        config = hardware(core=core, fidelity=fidelity)
        self.engine = Engine(config)
        self.loop = RunLoop(config.core)
        self.memory = self.engine.new_memory()
        self.memory.map(DATA, PAGE_SIZE, RW)
        self.runnable: list[Assignment] = []
        for number, code in enumerate(programs):
            start = CODE + number * PAGE_SIZE
            self.memory.map(start, PAGE_SIZE, RX)
            self.memory.write(start, code)
            context = self.engine.new_context(self.memory, start, STACK_TOP)
            self.engine.write_x(1, DATA)
            self.runnable.append(Assignment(Core(number, config), self.engine, context))
        self.all = tuple(self.runnable)
        self.cores = [assignment.core for assignment in self.all]

    def set(self, number: int, **registers: int) -> None:
        self.engine.activate(self.all[number].context)
        for name, value in registers.items():
            self.engine.write_x(int(name[1:]), value)

    def x(self, core: int, number: int) -> int:
        self.engine.activate(self.all[core].context)
        return self.engine.read_x(number)

    def finish_in_stretches(self, stretch: int) -> None:
        """The same in stretches of so many subcycles at least; a core alone does not take turns."""
        while len(self.runnable) > 1:
            turns = self.loop.turns(self.runnable)
            number, stop = self.loop.take_turns(turns, stretch=stretch)
            assert stop is not None and stop.kind in (StopKind.SLICE, StopKind.SYSTEM_CALL), stop
            if stop.kind is StopKind.SYSTEM_CALL:
                self.runnable.remove(turns.assignments[number])
        self.finish()

    def finish(self) -> None:
        """Run until every core made its system call."""
        while self.runnable:
            chosen, stop = self.loop.step(self.runnable)
            assert stop.kind in (StopKind.SLICE, StopKind.SYSTEM_CALL), stop
            if stop.kind is StopKind.SYSTEM_CALL:
                self.runnable.remove(chosen)

    def word(self, offset: int) -> int:
        return int.from_bytes(self.memory.read(DATA + offset, 8), "little")


# -- who is next -------------------------------------------------------------------------------------------------


def test_the_core_with_the_smallest_clock_is_next() -> None:
    machine = Multicore(FOREVER, FOREVER, FOREVER)
    for core, cycles in zip(machine.cores, (300, 100, 200), strict=True):
        core.charge(cycles)
    chosen, stop = machine.loop.step(machine.runnable)
    assert (chosen.core.number, stop.kind) == (1, StopKind.SLICE)


def test_of_equal_clocks_the_smaller_number_is_next_in_whatever_order_they_come() -> None:
    machine = Multicore(FOREVER, FOREVER, FOREVER)
    for runnable in (machine.runnable, machine.runnable[::-1]):
        core = machine.loop.step(runnable)[0].core
        assert core.number == 0
        core.state["clock"] = 0


def test_a_slice_ends_at_the_first_block_after_it() -> None:
    machine = Multicore(FOREVER, FOREVER, slice_cycles=100)
    machine.loop.step(machine.runnable)
    assert [core.cycles for core in machine.cores] == [100, 0]


def test_nobody_to_run_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        RunLoop(hardware().core).step([])


@pytest.mark.parametrize("until", [1, 50, 777])
def test_no_core_runs_past_the_next_event(until: int) -> None:
    machine = Multicore(FOREVER, FOREVER, slice_cycles=1000)
    for _ in range(2):
        stop = machine.loop.step(machine.runnable, until=until * SUBCYCLES)[1]
        assert stop.kind is StopKind.SLICE
    assert all(until <= core.cycles <= until + 1 for core in machine.cores)


def test_an_event_that_has_passed_still_lets_the_core_go_on() -> None:
    machine = Multicore(FOREVER)
    machine.cores[0].charge(100)
    machine.loop.step(machine.runnable, until=5)
    assert machine.cores[0].cycles == 102


def test_one_core_alone_is_not_sliced() -> None:
    machine = Multicore(DELAY_AND_STORE, slice_cycles=10)
    machine.set(0, x2=100_000)
    stop = machine.loop.step(machine.runnable)[1]
    assert stop.kind is StopKind.SYSTEM_CALL
    assert machine.cores[0].instructions == 200_002


@pytest.mark.parametrize("limit", [1, 100, 1001])
def test_the_instruction_limit_counts_from_now(limit: int) -> None:
    machine = Multicore(FOREVER)
    for i in range(1, 4):
        stop = machine.loop.step(machine.runnable, instructions=limit)[1]
        assert stop.kind is StopKind.INSTRUCTION_LIMIT
        assert i * limit <= machine.cores[0].instructions <= i * (limit + 1)


def test_a_fault_comes_back_from_the_loop() -> None:
    machine = Multicore(program("ldr x0, [x1]", "svc #0"), FOREVER)
    machine.set(0, x1=UNMAPPED)
    chosen, stop = machine.loop.step(machine.runnable)
    assert (chosen.core.number, stop.kind, stop.address) == (0, StopKind.MEMORY_FAULT, UNMAPPED)


# -- what cores see of one another -------------------------------------------------------------------------------


@SLICES
@SKEWS
@pytest.mark.parametrize(("reader_cycles", "seen"), [(800, 0), (1200, 7)])
@pytest.mark.parametrize("writer", [0, 1])
def test_a_load_sees_a_store_exactly_if_its_clock_is_later(
    slice_cycles: int, skew_cycles: int, reader_cycles: int, seen: int, writer: int
) -> None:
    programs = [DELAY_AND_LOAD, DELAY_AND_LOAD]
    programs[writer] = DELAY_AND_STORE
    machine = Multicore(*programs, slice_cycles=slice_cycles, skew_cycles=skew_cycles)
    machine.set(writer, x2=1000 // 2, x3=7)
    machine.set(1 - writer, x2=reader_cycles // 2)
    machine.finish()
    assert machine.x(1 - writer, 5) == seen


@SLICES
@SKEWS
def test_a_waiting_core_goes_on_when_the_flag_is_set(slice_cycles: int, skew_cycles: int) -> None:
    machine = Multicore(SPIN_AND_READ, DELAY_AND_SEND, slice_cycles=slice_cycles, skew_cycles=skew_cycles)
    machine.set(1, x2=5000, x3=42)
    machine.finish()
    waiter, sender = machine.cores
    assert machine.x(0, 6) == 42
    assert abs(waiter.cycles - sender.cycles) <= skew_cycles + 20


@SLICES
@SKEWS
@pytest.mark.parametrize("cores", [2, 3])
def test_ping_pong(cores: int, slice_cycles: int, skew_cycles: int) -> None:
    machine = Multicore(*[PING_PONG] * cores, slice_cycles=slice_cycles, skew_cycles=skew_cycles)
    for number in range(cores):
        machine.set(number, x2=50, x3=number, x4=(number + 1) % cores)
    machine.finish()
    assert machine.word(8) == 50 * cores
    assert max(core.cycles for core in machine.cores) < 50 * cores * (40 + 2 * skew_cycles)


@SLICES
@pytest.mark.parametrize("cores", [2, 3])
@pytest.mark.parametrize(("code", "offset"), [(LOCKED_COUNT, 8), (ATOMIC_COUNT, 0)], ids=["lock", "atomic"])
def test_counting_together_loses_nothing(code: bytes, offset: int, cores: int, slice_cycles: int) -> None:
    machine = Multicore(*[code] * cores, slice_cycles=slice_cycles)
    for number in range(cores):
        machine.set(number, x2=100)
    machine.finish()
    assert machine.word(offset) == 100 * cores


@SKEWS
def test_the_same_configuration_gives_the_same_clocks(skew_cycles: int) -> None:
    seen = set()
    for _ in range(3):
        machine = Multicore(*[LOCKED_COUNT] * 3, skew_cycles=skew_cycles)
        for number in range(3):
            machine.set(number, x2=50 + number)
        machine.finish()
        seen.add(tuple((core.clock, core.instructions) for core in machine.cores))
    assert len(seen) == 1


@pytest.mark.parametrize("writer", [0, 1])
def test_of_equal_clocks_the_smaller_number_goes_first_at_a_synchronising_block(writer: int) -> None:
    """Also if it would have to stop the other one for that: otherwise the length of a slice decides."""
    seen = set()
    for slice_cycles in (1, 10, 137, 1000, 10**7):
        programs = [DELAY_AND_LOAD, DELAY_AND_LOAD]
        programs[writer] = DELAY_AND_STORE
        machine = Multicore(*programs, slice_cycles=slice_cycles, skew_cycles=0)
        for number in range(2):
            machine.set(number, x2=500, x3=7)
        machine.finish()
        seen.add(machine.x(1 - writer, 5))
    assert len(seen) == 1


def test_a_core_that_runs_alone_again_does_not_wait_for_the_others() -> None:
    machine = Multicore(ATOMIC_COUNT, FOREVER)
    machine.set(0, x2=1000)
    stop = machine.loop.step(machine.runnable[:1])[1]
    assert stop.kind is StopKind.SYSTEM_CALL
    assert machine.word(0) == 1000


# -- many turns at a time ----------------------------------------------------------------------------------------


def a_race(**options: Any) -> Multicore:
    """Three cores that count in a common word, each in its own way."""
    machine = Multicore(LOCKED_COUNT, RACING_COUNT, RACING_COUNT, **options)
    for number in range(3):
        machine.set(number, x2=200 + 30 * number)
    return machine


def outcome_of(machine: Multicore) -> tuple[Any, ...]:
    state = tuple((core.clock, core.instructions) for core in machine.cores)
    return state, machine.word(8), tuple(machine.x(core, 7) for core in range(3))


@SLICES
@SKEWS
@FIDELITIES
def test_the_length_of_a_stretch_changes_nothing(fidelity: Fidelity, slice_cycles: int, skew_cycles: int) -> None:
    seen = set()
    for stretch in (0, 100 * SUBCYCLES, 10**6 * SUBCYCLES):
        machine = a_race(slice_cycles=slice_cycles, skew_cycles=skew_cycles, fidelity=fidelity)
        machine.finish_in_stretches(stretch)
        seen.add(outcome_of(machine))
    assert len(seen) == 1


@FIDELITIES
def test_compiled_turns_do_what_the_same_functions_do_as_plain_python(fidelity: Fidelity) -> None:
    compiled = a_race(slice_cycles=10, fidelity=fidelity)
    compiled.finish_in_stretches(10**6 * SUBCYCLES)
    plain = a_race(slice_cycles=10, fidelity=fidelity)
    plain_call = patch.object(plain.engine, "_take_turns", turn_operations.call_take_turns.__wrapped__)
    with patch.multiple(turn_operations, **plain_operations()), plain_call:
        plain.finish_in_stretches(10**6 * SUBCYCLES)
    assert outcome_of(plain) == outcome_of(compiled)


def plain_operations() -> dict[str, Any]:
    return {name: found.py_func for name, found in vars(turn_operations).items() if hasattr(found, "py_func")}


@pytest.mark.parametrize("known", [True, False], ids=["our copy", "Unicorn's copy"])
def test_each_context_keeps_its_registers_over_turns(known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not known:
        monkeypatch.setattr(context_layout, "find", lambda uc: None)
    machine = Multicore(*[LOCKED_COUNT] * 3, slice_cycles=1)
    states = []
    for number, assignment in enumerate(machine.all):
        state = machine.engine.read_state(assignment.context)
        state.x[10:31] = [1000 * number + i for i in range(10, 31)]
        state.x[2], state.x[1] = 100, DATA + 64 * number
        state.v = [number << 64 | i for i in range(32)]
        state.fpcr, state.nzcv, state.thread_pointer = number << 22, number << 28, 77 * number
        machine.engine.write_state(assignment.context, state)
        states.append(state)
    machine.finish_in_stretches(10**6 * SUBCYCLES)
    for before, assignment in zip(states, machine.all, strict=True):
        after = machine.engine.read_state(assignment.context)
        assert after.x[10:31] == before.x[10:31]
        assert (after.v, after.fpcr, after.thread_pointer) == (before.v, before.fpcr, before.thread_pointer)
    assert [machine.word(64 * number + 8) for number in range(3)] == [100] * 3
    # Turns also end between a load-exclusive and its store, which succeeds all the same.
    assert [core.instructions for core in machine.cores] == [1 + 100 * 10 + 1] * 3


def test_turns_end_before_an_event_with_nothing_to_say() -> None:
    machine = Multicore(FOREVER, FOREVER, FOREVER)
    turns = machine.loop.turns(machine.runnable)
    number, stop = machine.loop.take_turns(turns, until=12_345 * SUBCYCLES)
    while stop is not None:  # Python was needed for a block with words that nobody has met
        assert stop.kind is StopKind.SLICE
        number, stop = machine.loop.take_turns(turns, until=12_345 * SUBCYCLES)
    assert number == 0
    assert all(12_345 <= core.cycles <= 12_346 for core in machine.cores)


def test_turns_end_when_no_instructions_are_left_for_all_together() -> None:
    machine = Multicore(FOREVER, FOREVER)
    turns = machine.loop.turns(machine.runnable)
    _, stop = machine.loop.take_turns(turns, instructions=10_001)
    assert stop is not None and stop.kind is StopKind.INSTRUCTION_LIMIT
    assert 10_001 <= sum(core.instructions for core in machine.cores) <= 10_002
    assert machine.loop.take_turns(turns, instructions=0)[1] is None


def test_a_core_that_is_held_does_not_run_when_its_turn_has_come() -> None:
    machine = Multicore(FOREVER, FOREVER, FOREVER)
    machine.cores[1].charge(5_000)
    turns = machine.loop.turns(machine.runnable)
    turns.look(1, at=FOREVER_CLOCK, held=True)
    assert machine.loop.take_turns(turns) == (1, None)
    assert machine.cores[1].cycles == 5_000
    assert all(5_000 <= machine.cores[number].cycles <= 6_001 for number in (0, 2))


def test_a_core_is_looked_at_after_the_turn_in_which_its_clock_gets_there() -> None:
    machine = Multicore(FOREVER, FOREVER)
    turns = machine.loop.turns(machine.runnable)
    turns.look(1, at=2_500 * SUBCYCLES, held=False)
    number, stop = machine.loop.take_turns(turns)
    assert stop is not None and (number, stop.kind) == (1, StopKind.SLICE)
    assert machine.cores[1].cycles in (2_500, 2_501)
    assert machine.cores[0].cycles <= 3_001


def test_cores_that_run_in_different_address_spaces_take_turns() -> None:
    """Each has its own code and data at the same addresses."""
    machine = Multicore(STORE_AND_LOAD, STORE_AND_LOAD, slice_cycles=100)
    other = machine.engine.new_memory()
    other.map(DATA, PAGE_SIZE, RW)
    other.map(CODE, PAGE_SIZE, RX)
    other.write(CODE, STORE_AND_LOAD)
    second = Assignment(machine.cores[1], machine.engine, machine.engine.new_context(other, CODE, STACK_TOP))
    machine.engine.write_x(1, DATA)
    machine.runnable[1] = second
    machine.all = tuple(machine.runnable)
    for number in range(2):
        machine.set(number, x2=10_000, x3=5 + number)
    machine.finish_in_stretches(10**6 * SUBCYCLES)
    assert [machine.x(number, 5) for number in range(2)] == [5 * 10_000, 6 * 10_000]
    assert [memory.read(DATA, 8)[0] for memory in (machine.memory, other)] == [5, 6]


def test_code_that_changes_between_stretches_of_turns_runs_as_it_is_then() -> None:
    machine = Multicore(FOREVER, FOREVER)
    machine.loop.take_turns(machine.loop.turns(machine.runnable), until=5_000 * SUBCYCLES)
    machine.memory.write(CODE, program("svc #0", "svc #0"))
    number, stop = machine.loop.take_turns(machine.loop.turns(machine.runnable))
    assert stop is not None and (number, stop.kind) == (0, StopKind.SYSTEM_CALL)

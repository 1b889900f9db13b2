"""The register page of a tile: what loads and stores of a program do there, and what they cost."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from emulator.config import Fidelity
from emulator.memory import PAGE_SIZE
from emulator.record import SUBCYCLES
from emulator.register_layout import IDENTITY, Register
from emulator.stop import Access, StopKind
from tests.emulator.a64 import program
from tests.emulator.support import CODE, DATA, RW, RWX, Board, hardware

PAGE = 0x40_0000
ONES = (1 << 64) - 1
BOTH = pytest.mark.parametrize("fidelity", Fidelity)
VECTORS = [0x100F_0E0D_0C0B_0A09_0807_0605_0403_0201, *[0] * 31]
READ, WRITE, MVM = 40, 10, 100
"""Cycles, by `hardware()`."""


class RegisterBoard(Board):
    """A board whose tile can be reached at PAGE."""

    def __init__(self, *lines: str, fidelity: Fidelity = Fidelity.FUNCTIONAL) -> None:
        super().__init__(program(*lines, "svc #0"), config=hardware(fidelity=fidelity))
        self.core.tile.program(np.eye(16, dtype=np.int8))
        physical = self.engine.physical
        self.frame = physical.take_frame()
        self.engine.tile_registers.add(self.frame, self.core.tile)
        self.memory.map_backed(PAGE, PAGE_SIZE, RW, shared=True)
        self.memory.install(PAGE, np.array([self.frame], np.int32), RW, shared=True)

    def go(self, **registers: int) -> int:
        """Run with these registers (`x0=5`) to the system call; how many cycles that took."""
        for name, value in registers.items():
            self.engine.write_x(int(name[1:]), value)
        before = self.core.cycles
        self.run_to_call(CODE)
        return self.core.cycles - before


@BOTH
def test_a_multiplication_by_loads_and_stores(fidelity: Fidelity) -> None:
    """Each store appends, wherever in the window it is; pairs and vectors are several words."""
    board = RegisterBoard("stp x0, x3, [x1]", "str w4, [x5]", "ldp x0, x1, [x2]", fidelity=fidelity)
    inputs = {"x0": 0x0807_0605_0403_0201, "x3": 0x100F_0E0D_0C0B_0A09}
    board.go(**inputs, x1=PAGE + Register.INPUT + 8, x2=PAGE + Register.OUTPUT + 16, x5=PAGE + Register.PROCESS)
    assert (board.x(0), board.x(1)) == tuple(inputs.values())
    counters = board.core.tile.counters()
    assert (counters.queued_words, counters.mvms, counters.dequeued_words) == (4, 1, 4)


@BOTH
def test_vector_registers_reach_the_windows(fidelity: Fidelity) -> None:
    board = RegisterBoard("ldr q0, [x1]", "str w4, [x5]", fidelity=fidelity)
    store = RegisterBoard("str q0, [x1]", "str w4, [x5]", fidelity=fidelity)
    store.engine.write_state(store.context, dataclasses.replace(store.engine.read_state(store.context), v=VECTORS))
    store.go(x1=PAGE + Register.INPUT, x5=PAGE + Register.PROCESS)
    assert [store.core.tile.dequeue() for _ in range(4)] == [0x04030201, 0x08070605, 0x0C0B0A09, 0x100F0E0D]
    board.core.tile.program(-np.eye(16, dtype=np.int8))
    board.go(x1=PAGE + Register.OUTPUT, x5=PAGE + Register.PROCESS)
    assert board.core.tile.counters().dequeued_words == 4


@BOTH
@pytest.mark.parametrize(
    ("register", "value"),
    [
        (Register.ID, IDENTITY),
        (Register.BUSY, 0),
        (Register.STATUS + 8 * 1, 16),
        (Register.STATUS + 8 * 2, 16),
        (Register.OUTPUT, 0),
    ],
)
def test_what_loads_find(register: int, value: int, fidelity: Fidelity) -> None:
    board = RegisterBoard("ldr x0, [x1]", fidelity=fidelity)
    assert board.go(x1=PAGE + register) >= READ
    assert board.x(0) == value
    board = RegisterBoard("ldr w0, [x1]", fidelity=fidelity)
    board.go(x1=PAGE + register)
    assert board.x(0) == value


@BOTH
@pytest.mark.parametrize(
    ("line", "offset"),
    [("ldrb w0, [x1]", Register.ID), ("ldr x0, [x1]", Register.INPUT),
     ("ldr x0, [x1]", Register.PROCESS), ("ldr x0, [x1]", 0x100), ("ldr w0, [x1]", PAGE_SIZE - 4)],
)  # fmt: skip
def test_where_no_register_is_loads_find_ones(line: str, offset: int, fidelity: Fidelity) -> None:
    board = RegisterBoard(line, fidelity=fidelity)
    board.go(x1=PAGE + offset)
    bits = 8 if "ldrb" in line else 64 if "x0" in line else 32
    assert board.x(0) == (1 << bits) - 1
    assert board.core.tile.counters().unknown_register >= 1


@BOTH
@pytest.mark.parametrize(
    ("line", "offset"),
    [("strb w0, [x1]", Register.INPUT), ("strh w0, [x1]", Register.PROCESS), ("str x0, [x1]", Register.INPUT + 4),
     ("str x0, [x1]", Register.OUTPUT), ("str x0, [x1]", Register.STATUS), ("str x0, [x1]", 0x800)],
)  # fmt: skip
def test_where_no_register_is_stores_do_nothing(line: str, offset: int, fidelity: Fidelity) -> None:
    board = RegisterBoard(line, fidelity=fidelity)
    board.go(x0=ONES, x1=PAGE + offset)
    counters = dataclasses.asdict(board.core.tile.counters())
    counted = {name: value for name, value in counters.items() if value and name != "programmed_weights"}
    assert set(counted) == {"unknown_register"}


@BOTH
@pytest.mark.parametrize("line", ["ldadd x0, x3, [x1]", "ldaddal w0, w1, [x2]", "dc zva, x1", "ldxr x0, [x1]"])
def test_accesses_that_devices_do_not_know_hang_nothing(line: str, fidelity: Fidelity) -> None:
    board = RegisterBoard(line, fidelity=fidelity)
    board.go(x0=1, x1=PAGE + Register.INPUT, x2=PAGE + Register.INPUT)


@BOTH
def test_an_exclusive_store_ends(fidelity: Fidelity) -> None:
    board = RegisterBoard("ldxr x0, [x1]", "stxr w6, x0, [x1]", fidelity=fidelity)
    board.go(x1=PAGE + Register.INPUT)
    assert board.x(6) in (0, 1)


@BOTH
def test_a_page_that_was_taken_away_gives_ones(fidelity: Fidelity) -> None:
    board = RegisterBoard("ldr x0, [x1]", "str x0, [x1]", fidelity=fidelity)
    board.engine.tile_registers.remove(board.frame)
    board.go(x1=PAGE + Register.ID)
    assert board.x(0) == ONES
    assert board.core.tile.counters().unknown_register == 0


def test_the_kernel_makes_no_accesses() -> None:
    """Neither reads for a system call nor writes reach registers, or the frame behind them."""
    board = RegisterBoard()
    assert board.memory.copy_in(PAGE, 8) == b""
    assert board.memory.copy_out(PAGE, b"12345678") == 0


def test_a_frame_is_memory_again_once_nobody_maps_it() -> None:
    board = RegisterBoard("ldr x0, [x1]")
    board.memory.unmap(PAGE, PAGE_SIZE)
    board.engine.tile_registers.remove(board.frame)
    board.engine.physical.drop_frames(np.array([board.frame], np.int32))
    board.memory.map(PAGE, PAGE_SIZE, RW)
    board.memory.write(PAGE, b"\1\2\3\4\5\6\7\10")
    assert board.memory.entry(PAGE) >> 12 == board.frame
    board.go(x1=PAGE)
    assert board.x(0) == 0x0807_0605_0403_0201


@BOTH
def test_code_is_not_fetched_from_registers(fidelity: Fidelity) -> None:
    board = RegisterBoard(fidelity=fidelity)
    board.memory.protect(PAGE, PAGE_SIZE, RWX)
    stop = board.run(PAGE)
    assert (stop.kind, stop.access) == (StopKind.MEMORY_FAULT, Access.EXECUTE)


def test_many_pages_of_several_tiles() -> None:
    board = RegisterBoard("ldr x0, [x1]")
    frames = [board.engine.physical.take_frame() for _ in range(9)]
    for frame in frames:
        board.engine.tile_registers.add(frame, board.core.tile)
    for frame in frames[::2]:
        board.engine.tile_registers.remove(frame)
    for number, frame in enumerate(frames):
        address = PAGE + (1 + number) * PAGE_SIZE
        board.memory.map_backed(address, PAGE_SIZE, RW, shared=True)
        board.memory.install(address, np.array([frame], np.int32), RW, shared=True)
        board.go(x1=address + Register.ID)
        assert board.x(0) == (IDENTITY if number % 2 else ONES)


# -- time ------------------------------------------------------------------------------------------------------


def cycles(*lines: str, fidelity: Fidelity = Fidelity.TIMING, **registers: int) -> int:
    """Of a program that runs the second time, when caches know it."""
    board = RegisterBoard(*lines, fidelity=fidelity)
    board.go(**registers)
    board.core.idle_until(board.core.clock + 10_000 * SUBCYCLES)
    return board.go(**registers)


@BOTH
@pytest.mark.parametrize("loads", [1, 2, 10])
def test_a_load_costs_its_way_over_the_bus(loads: int, fidelity: Fidelity) -> None:
    """Instead of that to a cache; each waits for the one before."""
    lines = ["ldr w0, [x1]"] * loads
    costs = [cycles(*lines, fidelity=fidelity, x1=address) for address in (PAGE + Register.ID, DATA)]
    assert costs[0] - costs[1] == pytest.approx(loads * READ, abs=3 * loads)


@BOTH
def test_a_larger_load_is_several_words(fidelity: Fidelity) -> None:
    costs = [cycles(line, fidelity=fidelity, x1=PAGE + Register.OUTPUT) for line in ("ldr w0, [x1]", "ldr x0, [x1]")]
    assert costs[1] - costs[0] == READ


def test_stores_are_posted_until_the_store_buffer_is_full() -> None:
    assert cycles("str w4, [x5]", x5=PAGE + Register.INPUT) == cycles("str w4, [x5]", x5=DATA)
    lines = [["str w4, [x5]"] * count for count in (20, 30)]
    few, many = (cycles(*stores, x5=PAGE + Register.INPUT) for stores in lines)
    assert many - few == 10 * WRITE


@BOTH
def test_an_output_waits_for_the_multiplication(fidelity: Fidelity) -> None:
    """Which a store has started, and which is waited for half way to the register."""
    registers = {"x1": PAGE + Register.OUTPUT, "x5": PAGE + Register.PROCESS}
    assert cycles("str w4, [x5]", fidelity=fidelity, **registers) < MVM // 2
    waited = cycles("str w4, [x5]", "ldr w0, [x1]", fidelity=fidelity, **registers)
    assert waited == pytest.approx(WRITE + MVM + READ // 2, abs=15)


@BOTH
def test_busy_until_the_multiplication_is_done(fidelity: Fidelity) -> None:
    """A loop that looks at BUSY ends when the multiplication does, or one look later."""
    lines = ("str w4, [x5]", "loop:", "ldr w0, [x1]", "cbnz w0, loop")
    took = cycles(*lines, fidelity=fidelity, x1=PAGE + Register.BUSY, x5=PAGE + Register.PROCESS)
    assert WRITE + MVM <= took <= WRITE + MVM + 2 * READ + 20


@pytest.mark.parametrize("store", ["str w4, [x5]", "str x0, [x1]"])
def test_a_loop_costs_the_same_each_time(store: str) -> None:
    """Also where the pipeline's states are met again and again, and the memo knows what is around the accesses."""
    lines = ("loop:", store, "subs x2, x2, #1", "b.ne .-8")
    registers = {"x0": 0, "x1": PAGE + Register.INPUT, "x5": PAGE + Register.PROCESS}
    words = 2 if "x0" in store else 1
    took = [RegisterBoard(*lines, fidelity=Fidelity.TIMING).go(x2=count, **registers) for count in (1000, 5000)]
    assert took[1] - took[0] == 4000 * words * WRITE

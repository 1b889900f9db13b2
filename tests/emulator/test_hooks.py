"""Each compiled hook does what the same function does as plain Python, on the same records."""

from __future__ import annotations

import ctypes
import dataclasses
from contextlib import ExitStack
from functools import cache
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core.typing.ctypes_utils import to_ctypes
from unicorn import arm64_const as arm64
from unicorn.unicorn_const import UC_MEM_FETCH, UC_MEM_READ, UC_MEM_WRITE, UC_MEM_WRITE_PROT

from emulator import block_operations, hook_operations, hooks, isa, page_table_operations, record, tile_operations
from emulator.aimc_sites import PATCH_WORD, AimcSites
from emulator.block import BlockTable, Decoder
from emulator.config import Compat
from emulator.core import Core
from emulator.instruction_class import InstructionClass
from emulator.jit import Hook
from emulator.memory import PAGE_SIZE, GuestMemory, PhysicalMemory
from emulator.native_code import hook_addresses
from emulator.record import SUBCYCLES, ExitReason
from emulator.tile import Tile
from emulator.unicorn_library import DATA_BASE, PHYSICAL_ADDRESS, PHYSICAL_BASE, X_REGISTERS
from emulator.word_table import shared_table
from tests.emulator.a64 import UNKNOWN, bytes_of, word_of
from tests.emulator.support import RW, RWX, RX, hardware

_UC = 0x5000
_READ_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_int64))
_STOP = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
Compiled = pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])
# The tile's operations are compared on their own below.
_MODULES = (hooks, hook_operations, page_table_operations, block_operations)


def _plain(module: ModuleType) -> dict[str, Any]:
    """The compiled helpers that a module of hooks uses, uncompiled."""
    own = {other.__name__ for other in _MODULES}
    return {
        name: helper.py_func
        for name, helper in vars(module).items()
        if hasattr(helper, "py_func") and helper.__module__ in own
    }


@cache
def _compiled(hook: Hook) -> Any:
    """A hook's machine code as it runs, for a call from Python."""
    kinds = [to_ctypes(kind) for kind in (hook.signature.return_type, *hook.signature.args)]
    return ctypes.CFUNCTYPE(*kinds)(hook_addresses()[hook.__wrapped__.__name__])


_INTEGER, _ATOMIC = word_of(InstructionClass.INTEGER), word_of(InstructionClass.ATOMIC)
I64 = st.integers(-(2**63), 2**63 - 1)


class Bench:
    """An ENGINE record with everything behind it, and registers and a stop switch in place of Unicorn."""

    def __init__(self, compiled: bool, compat: Compat = Compat.NONE) -> None:
        self.compiled = compiled
        self.config = hardware(tile={"rows": 6, "columns": 6}, compat=compat)
        self.core = Core(0, self.config)
        self.decoder = Decoder(self.config, shared_table(), 1 << 12)
        self.decoder.learn([_INTEGER, _ATOMIC])
        self.blocks = BlockTable(self.decoder, 16)
        self.sites = AimcSites()
        self.registers: dict[int, int] = dict.fromkeys((*X_REGISTERS, arm64.UC_ARM64_REG_PC), 0)
        self.stops = 0
        self.record = record.new(record.ENGINE)
        self.engine = self.record[0]
        self._numbers = np.array(X_REGISTERS, np.int64)
        self._scratch = np.zeros(1, np.int64)
        self._functions = (_STOP(self._stop), _READ_WRITE(self._reg_read), _READ_WRITE(self._reg_write))
        for name, function in zip(("emu_stop", "reg_read", "reg_write"), self._functions, strict=True):
            self.engine[name] = ctypes.cast(function, ctypes.c_void_p).value
        self.engine["registers"] = record.address_of(self._numbers)
        self.engine["scratch"] = record.address_of(self._scratch)
        self.engine["core"] = record.address_of(self.core.record)
        self.engine["tlb_fill_limit"] = 3
        self.publish()

    def publish(self) -> None:
        self.engine["blocks"] = record.address_of(self.blocks.table)
        self.engine["block_mask"] = (len(self.blocks.table) - 1) * record.BLOCK.itemsize
        self.engine["block_table"] = self.blocks.address
        self.engine["decoder"] = self.decoder.address
        self.engine["sites"] = record.address_of(self.sites.table)
        self.engine["site_mask"] = len(self.sites.table) - 1

    def call(self, hook: Hook, *arguments: int) -> Any:
        if self.compiled:
            return _compiled(hook)(_UC, *arguments, record.address_of(self.record))
        with ExitStack() as uncompiled:
            for module in _MODULES:
                uncompiled.enter_context(patch.multiple(module, **_plain(module)))
            return hook.__wrapped__(ctypes.c_void_p(_UC), *arguments, ctypes.c_void_p(record.address_of(self.record)))

    def block(self, address: int, size: int) -> ExitReason:
        """Enter a block; why the hook stopped, if it did."""
        self.engine["exit_reason"] = ExitReason.NONE
        before = self.stops
        self.call(hooks.on_block, address, size)
        reason = ExitReason(int(self.engine["exit_reason"]))
        assert self.stops - before == (reason is not ExitReason.NONE)
        return reason

    def _stop(self, uc: int) -> int:
        assert uc == _UC
        self.stops += 1
        return 0

    def _reg_read(self, uc: int, number: int, value: Any) -> int:
        value[0] = self.registers[number]
        return 0

    def _reg_write(self, uc: int, number: int, value: Any) -> int:
        self.registers[number] = value[0]
        return 0

    def add(self, address: int, words: int, *, synchronising: bool = False) -> None:
        """Enter a block into the table: of words that cost a cycle each, or of atomic ones."""
        self.blocks.add(address, bytes_of(*[_ATOMIC if synchronising else _INTEGER] * words))
        self.publish()


# -- the block hook ----------------------------------------------------------------------------------------------


@Compiled
def test_an_unknown_block_stops_before_it_is_counted(compiled: bool) -> None:
    bench = Bench(compiled)
    assert bench.block(0x1000, 8) is ExitReason.UNKNOWN_BLOCK
    assert (bench.engine["exit_address"], bench.engine["exit_size"]) == (0x1000, 8)
    assert (bench.core.clock, bench.core.instructions) == (0, 0)


@Compiled
def test_a_known_block_is_counted(compiled: bool) -> None:
    bench = Bench(compiled)
    bench.add(0x1000, 2)
    for _ in range(3):
        assert bench.block(0x1000, 8) is ExitReason.NONE
    assert (bench.core.cycles, bench.core.instructions) == (6, 6)
    assert bench.blocks.classes()[InstructionClass.INTEGER] == 6


@Compiled
def test_blocks_of_one_address_differ_by_size(compiled: bool) -> None:
    bench = Bench(compiled)
    bench.add(0x1000, 2)
    assert bench.block(0x1000, 12) is ExitReason.UNKNOWN_BLOCK
    bench.add(0x1000, 3)
    assert bench.block(0x1000, 12) is ExitReason.NONE
    assert bench.core.instructions == 3


@Compiled
@pytest.mark.parametrize(
    ("clock", "synchronising", "reason"),
    [
        (99, False, ExitReason.NONE),
        (100, False, ExitReason.SLICE),
        (50, True, ExitReason.NONE),
        (51, True, ExitReason.SLICE),
        (51, False, ExitReason.NONE),
    ],
)
def test_a_slice_ends_at_its_clock_or_at_a_synchronising_block(
    compiled: bool, clock: int, synchronising: bool, reason: ExitReason
) -> None:
    bench = Bench(compiled)
    bench.add(0x1000, 2, synchronising=synchronising)
    bench.core.state["clock"] = clock
    bench.core.state["slice_end"] = 100
    bench.core.state["sync_end"] = 50
    assert bench.block(0x1000, 8) is reason
    assert bench.core.instructions == (2 if reason is ExitReason.NONE else 0)


@Compiled
def test_the_instruction_limit_stops_before_a_block(compiled: bool) -> None:
    bench = Bench(compiled)
    bench.add(0x1000, 2)
    bench.core.state["instruction_end"] = 3
    assert [bench.block(0x1000, 8) for _ in range(3)] == [
        ExitReason.NONE,
        ExitReason.NONE,
        ExitReason.INSTRUCTION_LIMIT,
    ]
    assert bench.core.instructions == 4


PLACES = st.tuples(st.integers(0, 63).map(lambda n: 0x7FFF_0000_0000 + 4 * n * n), st.integers(1, 4))


@given(st.lists(st.tuples(st.sampled_from(["enter", "add", "drop", "cut"]), PLACES), max_size=60))
def test_block_hook_compiled_and_plain_agree(steps: list[tuple[str, tuple[int, int]]]) -> None:
    benches = [Bench(compiled) for compiled in (False, True)]
    known: set[tuple[int, int]] = set()
    for what, (address, words) in steps:
        if what == "add" and (address, words) not in known:
            known.add((address, words))
            for bench in benches:
                bench.add(address, words)
        elif what == "drop":
            known = {(a, n) for a, n in known if a >= address + 4 or a + 4 * n <= address}
            for bench in benches:
                bench.blocks.drop(address, address + 4)
        elif what == "enter":
            reasons = {bench.block(address, 4 * words) for bench in benches}
            assert reasons == {ExitReason.NONE if (address, words) in known else ExitReason.UNKNOWN_BLOCK}
        elif what == "cut" and (address, words) in known:
            for bench in benches:
                bench.block(address, 4 * words)
                bench.blocks.cut(bench.core.state, address + 4 * (words - 1))
    plain, compiled = benches
    assert plain.core.clock == compiled.core.clock == SUBCYCLES * plain.core.instructions
    assert np.array_equal(plain.blocks.table, compiled.blocks.table)
    assert np.array_equal(plain.blocks.classes(), compiled.blocks.classes())


# -- exceptions and memory ---------------------------------------------------------------------------------------


@Compiled
def test_an_exception_stops_with_its_number(compiled: bool) -> None:
    bench = Bench(compiled)
    bench.call(hooks.on_interrupt, 7)
    assert (bench.engine["exit_reason"], bench.engine["exit_detail"], bench.stops) == (ExitReason.EXCEPTION, 7, 1)


@Compiled
def test_an_invalid_access_is_described_and_not_repaired(compiled: bool) -> None:
    bench = Bench(compiled)
    assert not bench.call(hooks.on_invalid_access, UC_MEM_WRITE_PROT, 0x1234, 8, 5)
    assert bench.engine["exit_reason"] == ExitReason.MEMORY_FAULT
    assert (bench.engine["exit_detail"], bench.engine["exit_address"], bench.engine["exit_size"]) == (
        UC_MEM_WRITE_PROT,
        0x1234,
        8,
    )


class Filler:
    """A bench with an address space: a page each to read and write, to execute, and that only fork shares."""

    ADDRESS = 0x7000_0000

    def __init__(self, compiled: bool) -> None:
        self.bench = Bench(compiled)
        self.bench.engine["tlb_fill_limit"] = 100
        self.bench.engine["fault_subcycles"] = 7
        self.physical = PhysicalMemory(8 * PAGE_SIZE)
        self.memory = GuestMemory(self.physical)
        self.memory.map(self.ADDRESS, PAGE_SIZE, RW)
        self.memory.map(self.ADDRESS + PAGE_SIZE, PAGE_SIZE, RX)
        self.bench.engine["space"] = self.memory.address
        self.bench.engine["nowhere"] = DATA_BASE + self.physical.size_bytes
        self.entry = np.zeros(1, record.TLB_ENTRY)

    def fill(self, address: int, access: int) -> tuple[int, int] | None:
        """Byte of physical memory and permissions that the hook gives, if it does."""
        place = record.address_of(self.entry)
        result = place if self.bench.compiled else ctypes.c_void_p(place)
        if not self.bench.call(hooks.on_tlb_fill, address, access, result):  # type: ignore[arg-type]
            return None
        return int(self.entry[0]["physical"]) & PHYSICAL_ADDRESS, int(self.entry[0]["permissions"])


@Compiled
def test_a_tlb_fill_touches_the_page_and_charges_its_fault_once(compiled: bool) -> None:
    filler = Filler(compiled)
    core = filler.bench.core
    assert filler.fill(filler.ADDRESS, UC_MEM_READ) == (0, 1), "the zero page, which no store may reach"
    assert filler.fill(filler.ADDRESS, UC_MEM_WRITE) == (PAGE_SIZE, 3)
    assert filler.fill(filler.ADDRESS, UC_MEM_READ) == (PAGE_SIZE, 3)
    assert filler.memory.faults == core.state["faults"] == 2
    assert core.state["clock"] == 2 * 7


@Compiled
def test_the_right_to_execute_is_given_on_fetches_alone(compiled: bool) -> None:
    filler = Filler(compiled)
    page = filler.ADDRESS + PAGE_SIZE
    assert filler.fill(page, UC_MEM_READ) == (0, 1)
    assert int(filler.entry[0]["physical"]) == DATA_BASE
    assert filler.fill(page, UC_MEM_FETCH) == (0, 5)
    assert int(filler.entry[0]["physical"]) == PHYSICAL_BASE


@Compiled
@pytest.mark.parametrize("access", [UC_MEM_READ, UC_MEM_WRITE, UC_MEM_FETCH])
def test_a_page_to_write_and_execute_has_all_rights_at_once_so_that_stores_to_code_are_seen(
    compiled: bool, access: int
) -> None:
    filler = Filler(compiled)
    filler.memory.map(filler.ADDRESS, PAGE_SIZE, RWX)
    filler.fill(filler.ADDRESS, UC_MEM_WRITE)
    assert filler.fill(filler.ADDRESS, access) == (PAGE_SIZE, 7)


@Compiled
@pytest.mark.parametrize("offset", [0, PAGE_SIZE - 4], ids=["one page", "over a border"])
def test_a_block_of_known_words_is_described_without_python(compiled: bool, offset: int) -> None:
    filler = Filler(compiled)
    address, bench = filler.ADDRESS + PAGE_SIZE + offset, filler.bench
    filler.memory.map(filler.ADDRESS + 2 * PAGE_SIZE, PAGE_SIZE, RX)
    filler.memory.write(address, bytes_of(_INTEGER, _ATOMIC))
    assert [bench.block(address, 8) for _ in range(3)] == [ExitReason.NONE] * 3
    assert bench.core.cycles == 3 * (1 + 5)
    assert bench.blocks.classes()[InstructionClass.ATOMIC] == 3
    assert bench.blocks.pages() == sorted({address & -PAGE_SIZE, address + 7 & -PAGE_SIZE})


@Compiled
@pytest.mark.parametrize("word", [0x9B1F_7C43, PATCH_WORD, 0, UNKNOWN], ids=["new", "patch", "forbidden", "unknown"])
def test_a_block_with_remarkable_words_is_left_to_python(compiled: bool, word: int) -> None:
    filler = Filler(compiled)
    address, bench = filler.ADDRESS + PAGE_SIZE, filler.bench
    filler.memory.write(address, bytes_of(_INTEGER, word))
    if word != 0x9B1F_7C43:
        bench.decoder.learn([word])
    assert bench.block(address, 8) is ExitReason.UNKNOWN_BLOCK
    assert bench.core.instructions == 0


@Compiled
@pytest.mark.parametrize(
    ("offset", "access"),
    [(0, UC_MEM_FETCH), (PAGE_SIZE, UC_MEM_WRITE), (2 * PAGE_SIZE, UC_MEM_READ), (1 << 50, UC_MEM_READ)],
)
def test_a_tlb_fill_that_is_not_allowed_says_why(compiled: bool, offset: int, access: int) -> None:
    filler = Filler(compiled)
    assert filler.fill(filler.ADDRESS + offset, access) is None
    engine = filler.bench.engine
    assert (engine["exit_reason"], engine["exit_detail"]) == (ExitReason.MEMORY_FAULT, access)
    assert engine["exit_address"] == filler.ADDRESS + offset
    engine["locating"] = 1
    assert filler.fill(filler.ADDRESS + offset, access) == (filler.physical.size_bytes, 7)


@Compiled
def test_the_top_byte_of_an_address_is_the_programs_own(compiled: bool) -> None:
    filler = Filler(compiled)
    assert filler.fill(0x5A << 56 | filler.ADDRESS, UC_MEM_WRITE) == (PAGE_SIZE, 3)


@Compiled
def test_a_shared_page_is_dirty_before_stores_reach_it_directly(compiled: bool) -> None:
    filler = Filler(compiled)
    page = filler.ADDRESS + 4 * PAGE_SIZE
    frame = filler.physical.take_frame()
    filler.memory.install(page, np.array([frame], np.int32), RW, shared=True)
    assert filler.fill(page, UC_MEM_READ) == (frame * PAGE_SIZE, 1)
    assert filler.memory.take_written(page, PAGE_SIZE) == []
    assert filler.fill(page, UC_MEM_WRITE) == (frame * PAGE_SIZE, 3)
    assert filler.memory.take_written(page, PAGE_SIZE) == [0]
    assert filler.fill(page, UC_MEM_READ) == (frame * PAGE_SIZE, 1)


@Compiled
def test_many_tlb_fills_end_the_slice(compiled: bool) -> None:
    filler = Filler(compiled)
    filler.bench.engine["tlb_fill_limit"] = 3
    for _ in range(2):
        filler.fill(filler.ADDRESS, UC_MEM_READ)
        assert filler.bench.core.state["slice_end"] > 0
    filler.fill(filler.ADDRESS, UC_MEM_READ)
    assert filler.bench.core.state["slice_end"] < 0


@Compiled
def test_no_page_is_filled_while_no_core_runs(compiled: bool) -> None:
    filler = Filler(compiled)
    filler.bench.engine["core"] = 0
    assert filler.fill(filler.ADDRESS, UC_MEM_READ) is None
    assert filler.memory.faults == 0
    assert filler.bench.engine["exit_reason"] == ExitReason.NONE


# -- AIMC instructions -------------------------------------------------------------------------------------------

NO_DETAILS = 0


@Compiled
def test_other_system_reads_are_left_alone(compiled: bool) -> None:
    bench = Bench(compiled)
    for register in (arm64.UC_ARM64_REG_X0, arm64.UC_ARM64_REG_XZR):
        assert bench.call(hooks.on_system_read, register, NO_DETAILS) == 0
    assert bench.core.tile.counters() == Tile(bench.config.tile).counters()


@st.composite
def _aimc(draw: st.DrawFn) -> isa.Instruction:
    form = draw(st.sampled_from(isa.FORMS))
    register = st.sampled_from([0, 1, 2, 29, 30, 31])
    return isa.Instruction(form.operation, **{name: draw(register) for name in form.operands})


VALUES = st.one_of(st.integers(-1, 7), I64)


@given(
    st.lists(_aimc(), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.lists(VALUES, min_size=6, max_size=6)), max_size=25),
    st.sampled_from(Compat),
)
def test_aimc_hook_compiled_and_plain_and_the_tile_agree(
    instructions: list[isa.Instruction], steps: list[tuple[int, list[int]]], compat: Compat
) -> None:
    benches = [Bench(compiled, compat) for compiled in (False, True)]
    base = 0x7FFF_FFF0_0000
    for bench in benches:
        bench.sites.add({base + 4 * i: isa.encode(instruction) for i, instruction in enumerate(instructions)})
        bench.publish()
    expected = Tile(benches[0].config.tile, compat)
    for number, values in steps:
        which = number % len(instructions)
        instruction = instructions[which]
        file = dict(zip((0, 1, 2, 29, 30, 31), [*values[:5], 0], strict=True))
        if compat is Compat.ALPINE:
            file = {n: max(-(2**40), min(value, 2**40)) for n, value in file.items()}
        for bench in benches:
            bench.registers.update({X_REGISTERS[n]: value for n, value in file.items() if n != 31})
            bench.registers[arm64.UC_ARM64_REG_PC] = base + 4 * which
            assert bench.call(hooks.on_system_read, arm64.UC_ARM64_REG_XZR, NO_DETAILS) == 1
        result = _do(expected, instruction, file)
        if result is not None and instruction.rd != 31:
            file[instruction.rd] = result
        for bench in benches:
            assert {n: bench.registers[X_REGISTERS[n]] for n in file if n != 31} == {
                n: value for n, value in file.items() if n != 31
            }
            assert bench.core.tile.counters() == expected.counters()
            assert np.array_equal(bench.core.tile.crossbar, expected.crossbar)


def _do(tile: Tile, instruction: isa.Instruction, file: dict[int, int]) -> int | None:
    x, y = file.get(instruction.rn, 0), file.get(instruction.ra, 0)
    match instruction.operation:
        case isa.Operation.QUEUE:
            tile.queue(x)
        case isa.Operation.PROCESS:
            tile.process()
        case isa.Operation.DEQUEUE:
            return tile.dequeue()
        case isa.Operation.PARAMETER_READ:
            return tile.parameter_read(x, y)
        case isa.Operation.PARAMETER_WRITE:
            return tile.parameter_write(x, y, file[instruction.rm])
        case isa.Operation.STATUS:
            return tile.status(x)
    return None


OPERATIONS = st.one_of(
    st.tuples(st.just("queue"), I64),
    st.tuples(st.just("process")),
    st.tuples(st.just("dequeue")),
    st.tuples(st.just("parameter_write"), st.integers(-1, 7), st.integers(-1, 7), I64),
    st.tuples(st.just("parameter_read"), st.integers(-1, 7), st.integers(-1, 7)),
    st.tuples(st.just("status"), st.integers(-1, 5)),
)


@given(st.lists(OPERATIONS, max_size=30), st.sampled_from(Compat), st.integers(0, 9))
def test_tile_operations_compiled_and_plain_agree(steps: list[tuple[Any, ...]], compat: Compat, shift: int) -> None:
    geometry = dataclasses.replace(hardware().tile, rows=6, columns=5, output_shift=shift)
    compiled, plain = Tile(geometry, compat), Tile(geometry, compat)
    for name, *arguments in steps:
        operation = getattr(tile_operations, name)
        assert operation(compiled.record[0], *arguments) == operation.py_func(plain.record[0], *arguments)
    assert compiled.counters() == plain.counters()
    assert np.array_equal(compiled.crossbar, plain.crossbar)


def test_fields_of_records_are_whole_words() -> None:
    """Compiled code and Python must agree on where the fields are."""
    for dtype in (record.ENGINE, record.CORE, record.TILE, record.SITE, record.MEMORY, record.SPACE):
        assert dtype.fields is not None
        assert [offset for _, offset, *_ in dtype.fields.values()] == list(range(0, dtype.itemsize, 8))
    assert record.BLOCK.itemsize == 32

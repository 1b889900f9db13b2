"""The block table against a dictionary, and the conservation of what it counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import record
from emulator.block import Block, BlockTable, count_classes, decode_block, subcycles_per_class
from emulator.core import Core
from emulator.instruction_class import InstructionClass as Kind
from tests.emulator.a64 import PROCESS, QUEUE_X0, program
from tests.emulator.support import hardware

COSTS = subcycles_per_class(hardware())
BASE = 0x40_0000


def table(capacity: int = 16) -> BlockTable:
    return BlockTable(COSTS, capacity)


def enter(blocks: BlockTable, core: Core, block: Block) -> None:
    """What the block hook does."""
    slot = slots(blocks)[block.address | block.size << 48]
    blocks.table[slot]["count"] += 1
    core.state["clock"] += blocks.table[slot]["clock"]
    core.state["instructions"] += blocks.table[slot]["instructions"]
    core.state["block"] = slot * record.BLOCK.itemsize


def slots(blocks: BlockTable) -> dict[int, int]:
    return {int(entry["key"]): slot for slot, entry in enumerate(blocks.table) if entry["key"] >= 0}


def cost(kinds: list[Kind]) -> int:
    return sum(int(COSTS[kind]) for kind in kinds)


# -- costs and descriptors -------------------------------------------------------------------------------------


def test_costs_come_from_the_table_of_classes_in_subcycles() -> None:
    assert COSTS[Kind.INTEGER] == 1 * record.SUBCYCLES
    assert COSTS[Kind.ATOMIC] == 5 * record.SUBCYCLES
    half = subcycles_per_class(hardware(cpi={"integer": 0.75}))
    assert half[Kind.INTEGER] == 768


@pytest.mark.parametrize(("frequency_hz", "cycles"), [(1e9, 100), (2e9, 200), (0.8e9, 80)])
def test_the_tiles_latencies_are_cycles_of_the_cores_clock(frequency_hz: float, cycles: int) -> None:
    costs = subcycles_per_class(hardware(core={"frequency_hz": frequency_hz}))
    assert costs[Kind.AIMC_PROCESS] == cycles * record.SUBCYCLES
    assert costs[Kind.AIMC_PARAMETER_WRITE] == round(cycles * record.SUBCYCLES * 4 / 100)


def test_a_block_is_the_classes_of_its_words_in_order() -> None:
    block = decode_block(BASE, program("ldr x0, [x1]", QUEUE_X0, PROCESS, "mul x0, x1, x2", "ret"))
    assert list(block.sequence) == [Kind.LOAD, Kind.AIMC_QUEUE, Kind.AIMC_PROCESS, Kind.MULTIPLY, Kind.BRANCH]
    assert (block.address, block.size, block.synchronising) == (BASE, 20, False)


@pytest.mark.parametrize("line", ["ldar x0, [x1]", "dmb ish", "yield", "cas x0, x1, [x2]"])
def test_one_synchronising_word_makes_the_block_synchronising(line: str) -> None:
    assert decode_block(BASE, program("nop", line, "ret")).synchronising


# -- the table -------------------------------------------------------------------------------------------------

KINDS = st.lists(st.sampled_from(Kind), min_size=1, max_size=6)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 3000), KINDS),
    st.tuples(st.just("enter"), st.integers(0, 10**6), st.integers(1, 5)),
    st.tuples(st.just("drop"), st.integers(0, 3000), st.integers(1, 900)),
    st.tuples(st.just("cut"), st.integers(0, 10**6), st.integers(0, 5)),
    st.tuples(st.just("retire"), st.sampled_from(Kind), st.just(0)),
)


@given(st.lists(STEPS, max_size=60))
def test_any_history_equals_a_dictionary_and_conserves_counts(steps: list[tuple[str, int, object]]) -> None:
    blocks, core = table(), Core(0, hardware())
    model: dict[int, Block] = {}
    retired: list[Kind] = []
    for what, number, detail in steps:
        chosen = list(model.values())[number % len(model)] if model else None
        if what == "add":
            block = Block(BASE + 4 * number, bytes(detail), number % 2 == 0)  # type: ignore[call-overload]
            key = block.address | block.size << 48
            if key not in model:
                before = blocks.table
                assert blocks.add(block) == (blocks.table is not before)
                model[key] = block
        elif what == "enter" and chosen and isinstance(detail, int):
            for _ in range(detail):
                enter(blocks, core, chosen)
                retired += [Kind(kind) for kind in chosen.sequence]
        elif what == "cut" and chosen and isinstance(detail, int):
            position = detail % len(chosen.sequence)
            enter(blocks, core, chosen)
            blocks.cut(core.state, chosen.address + 4 * position)
            retired += [Kind(kind) for kind in chosen.sequence[:position]]
        elif what == "drop" and isinstance(detail, int):
            start, end = BASE + 4 * number, BASE + 4 * number + detail
            blocks.drop(start, end)
            model = {k: b for k, b in model.items() if b.address >= end or b.address + b.size <= start}
        elif what == "retire":
            blocks.retire(core.state, Kind(number))
            retired.append(Kind(number))
        assert set(slots(blocks)) == set(model)
        assert core.instructions == len(retired)
        assert core.clock == cost(retired)
    expected = np.bincount(np.array(retired, np.int64), minlength=len(Kind))
    assert np.array_equal(blocks.classes(), expected)
    for key, slot in slots(blocks).items():
        entry, block = blocks.table[slot], model[key]
        assert entry["instructions"] == len(block.sequence)
        assert entry["clock"] == cost([Kind(kind) for kind in block.sequence])
        assert bool(entry["synchronising"]) == block.synchronising


def test_every_block_is_found_before_a_free_slot_as_the_hook_searches() -> None:
    blocks = table()
    for i in range(500):
        blocks.add(Block(BASE + 64 * i, bytes([Kind.INTEGER] * (1 + i % 7)), False))
        blocks.drop(BASE + 64 * (i - 3), BASE + 64 * (i - 3) + 4 if i % 3 == 0 else BASE + 64 * (i - 3) + 1)
    mask = len(blocks.table) - 1
    for key, slot in slots(blocks).items():
        probe = key >> 2 & mask
        while probe != slot:
            assert blocks.table[probe]["key"] != -1
            probe = probe + 1 & mask


def test_the_table_never_fills() -> None:
    """The hook's search ends only at a free slot."""
    blocks = table()
    for i in range(1000):
        blocks.add(Block(BASE + 4 * i, bytes([Kind.INTEGER]), False))
        assert (blocks.table["key"] == -1).sum() >= len(blocks.table) // 2


def test_blocks_that_come_and_go_do_not_make_the_table_grow() -> None:
    blocks = table(64)
    for _ in range(1000):
        blocks.add(Block(BASE, bytes([Kind.INTEGER]), False))
        blocks.drop(BASE, BASE + 4)
    assert len(blocks.table) == 64


def test_a_block_over_a_page_border_is_dropped_from_either_page() -> None:
    for page in (BASE, BASE + 4096):
        blocks = table()
        blocks.add(Block(BASE + 4092, bytes([Kind.INTEGER] * 2), False))
        blocks.drop(page, page + 4096)
        assert not slots(blocks)


def test_what_a_dropped_block_counted_stays_counted() -> None:
    blocks, core = table(), Core(0, hardware())
    block = Block(BASE, bytes([Kind.LOAD, Kind.BRANCH]), False)
    blocks.add(block)
    enter(blocks, core, block)
    blocks.drop(BASE, BASE + 8)
    blocks.add(block)
    enter(blocks, core, block)
    assert np.array_equal(blocks.classes(), 2 * count_classes(block.sequence))


def test_an_exception_outside_the_block_entered_last_cuts_nothing() -> None:
    blocks, core = table(), Core(0, hardware())
    block = Block(BASE, bytes([Kind.LOAD, Kind.BRANCH]), False)
    blocks.add(block)
    enter(blocks, core, block)
    blocks.cut(core.state, BASE + 8)
    blocks.cut(core.state, BASE - 4)
    assert core.instructions == 2


def test_a_core_that_entered_no_block_has_none_to_cut() -> None:
    blocks, core = table(), Core(0, hardware())
    block = Block(BASE, bytes([Kind.INTEGER]), False)
    for i in range(64):
        blocks.add(Block(BASE + 4 * i, block.sequence, False))
    for entry in range(64):
        core.state["block"] = -1
        blocks.cut(core.state, BASE + 4 * entry)
    assert core.instructions == 0
    assert not blocks.classes().any()


def test_a_new_core_has_entered_no_block() -> None:
    assert Core(0, hardware()).state["block"] == -1

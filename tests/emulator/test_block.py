"""The block table against a dictionary, and the conservation of what it counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import record
from emulator.block import BlockTable, ClassCounts, Decoder, count_classes, subcycles_per_class
from emulator.block_entry import FREE
from emulator.core import Core
from emulator.instruction_class import InstructionClass as Kind
from emulator.word_table import shared_table, words_of
from tests.emulator.a64 import PROCESS, QUEUE_X0, bytes_of, program, word_of
from tests.emulator.support import hardware

COSTS = subcycles_per_class(hardware())
BASE = 0x40_0000


def table(slots: int = 16, room: int = 1 << 20) -> BlockTable:
    decoder = Decoder(hardware(), shared_table(), room)
    decoder.learn([word_of(kind) for kind in Kind])
    return BlockTable(decoder, slots)


def code_of(*kinds: Kind) -> bytes:
    return bytes_of(*map(word_of, kinds))


def key_of(address: int, code: bytes) -> int:
    return address | len(code) << 48


def enter(blocks: BlockTable, core: Core, key: int) -> None:
    """What the block hook does."""
    slot = slots(blocks)[key]
    blocks.table[slot]["count"] += 1
    core.state["clock"] += blocks.table[slot]["clock"]
    core.state["instructions"] += key >> 50
    core.state["block"] = slot * record.BLOCK.itemsize


def slots(blocks: BlockTable) -> dict[int, int]:
    return {int(entry["key"]): slot for slot, entry in enumerate(blocks.table) if entry["key"] > 0}


def cost(kinds: list[Kind]) -> int:
    return sum(int(COSTS[kind]) for kind in kinds)


def counts_of(*kinds: Kind) -> ClassCounts:
    return count_classes(kinds)


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


def described(blocks: BlockTable, address: int, code: bytes) -> np.void:
    blocks.add(address, code)
    entry: np.void = blocks.table[slots(blocks)[key_of(address, code)]]
    return entry


def test_a_block_costs_what_its_words_cost_and_counts_their_classes() -> None:
    blocks, core = table(), Core(0, hardware())
    code = program("ldr x0, [x1]", QUEUE_X0, PROCESS, "mul x0, x1, x2", "ret")
    kinds = [Kind.LOAD, Kind.AIMC_QUEUE, Kind.AIMC_PROCESS, Kind.MULTIPLY, Kind.BRANCH]
    blocks._decoder.learn(words_of(code))
    entry = described(blocks, BASE, code)
    assert (entry["clock"], entry["marks"]) == (cost(kinds), 0)
    enter(blocks, core, key_of(BASE, code))
    assert np.array_equal(blocks.classes(), counts_of(*kinds))


@pytest.mark.parametrize("line", ["ldar x0, [x1]", "dmb ish", "yield", "cas x0, x1, [x2]"])
def test_one_synchronising_word_makes_the_block_synchronising(line: str) -> None:
    blocks, code = table(), program("nop", line, "ret")
    blocks._decoder.learn(words_of(code))
    assert described(blocks, BASE, code)["marks"]


def test_a_block_over_a_page_border_takes_its_words_from_both_pages() -> None:
    blocks = table()
    assert described(blocks, BASE + 4092, code_of(Kind.DIVIDE, Kind.LOAD))["clock"] == cost([Kind.DIVIDE, Kind.LOAD])


def test_unknown_words_are_refused() -> None:
    blocks = BlockTable(Decoder(hardware(), shared_table()))
    with pytest.raises(ValueError, match="unknown words"):
        blocks.add(BASE, bytes_of(0x8B1F_1234))


def test_room_for_sequences_can_be_used_again_when_all_blocks_are_gone() -> None:
    blocks, core = table(room=4), Core(0, hardware())
    code = code_of(Kind.LOAD, Kind.LOAD, Kind.BRANCH)
    blocks.add(BASE, code)
    enter(blocks, core, key_of(BASE, code))
    assert not blocks._decoder.has_room(2)
    with pytest.raises(ValueError, match="no room"):
        blocks.add(BASE + 12, code_of(Kind.LOAD, Kind.BRANCH))
    blocks.clear()
    blocks._decoder.forget_sequences()
    blocks.add(BASE + 12, code_of(Kind.STORE, Kind.BRANCH))
    assert set(slots(blocks)) == {key_of(BASE + 12, bytes(8))}
    assert np.array_equal(blocks.classes(), counts_of(Kind.LOAD, Kind.LOAD, Kind.BRANCH))


# -- the table -------------------------------------------------------------------------------------------------

KINDS = st.lists(st.sampled_from(Kind), min_size=1, max_size=6)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 3000), KINDS),
    st.tuples(st.just("enter"), st.integers(0, 10**6), st.integers(1, 5)),
    st.tuples(st.just("drop"), st.integers(0, 3000), st.integers(1, 900)),
    st.tuples(st.just("cut"), st.integers(0, 10**6), st.integers(0, 5)),
)


@given(st.lists(STEPS, max_size=60))
def test_any_history_equals_a_dictionary_and_conserves_counts(steps: list[tuple[str, int, object]]) -> None:
    blocks, core = table(), Core(0, hardware())
    model: dict[int, list[Kind]] = {}
    retired: list[Kind] = []
    for what, number, detail in steps:
        chosen = list(model)[number % len(model)] if model else None
        if what == "add":
            kinds = list(detail)  # type: ignore[call-overload]
            address, code = BASE + 4 * number, code_of(*kinds)
            if key_of(address, code) not in model:
                blocks.add(address, code)
                model[key_of(address, code)] = kinds
        elif what == "enter" and chosen and isinstance(detail, int):
            for _ in range(detail):
                enter(blocks, core, chosen)
                retired += model[chosen]
        elif what == "cut" and chosen and isinstance(detail, int):
            position = detail % len(model[chosen])
            enter(blocks, core, chosen)
            blocks.cut(core.state, (chosen & (1 << 48) - 1) + 4 * position)
            retired += model[chosen][:position]
        elif what == "drop" and isinstance(detail, int):
            start, end = BASE + 4 * number, BASE + 4 * number + detail
            blocks.drop(start, end)
            model = {
                key: kinds
                for key, kinds in model.items()
                if (address := key & (1 << 48) - 1) >= end or address + (key >> 48) <= start
            }
        assert set(slots(blocks)) == set(model)
        assert core.instructions == len(retired)
        assert core.clock == cost(retired)
    assert np.array_equal(blocks.classes(), counts_of(*retired))
    for key, slot in slots(blocks).items():
        entry, kinds = blocks.table[slot], model[key]
        assert entry["clock"] == cost(kinds)
        assert bool(entry["marks"]) == (Kind.ATOMIC in kinds)
    addresses = {(key & (1 << 48) - 1) + offset for key in model for offset in (0, (key >> 48) - 1)}
    assert blocks.pages() == sorted({address & -4096 for address in addresses})


def test_every_block_is_found_before_a_free_slot_as_the_hook_searches() -> None:
    blocks = table()
    for i in range(500):
        blocks.add(BASE + 64 * i, code_of(*[Kind.INTEGER] * (1 + i % 7)))
        blocks.drop(BASE + 64 * (i - 3), BASE + 64 * (i - 3) + 4 if i % 3 == 0 else BASE + 64 * (i - 3) + 1)
    mask = len(blocks.table) - 1
    for key, slot in slots(blocks).items():
        probe = key >> 2 & mask
        while probe != slot:
            assert blocks.table[probe]["key"] != FREE
            probe = probe + 1 & mask


def test_the_table_never_fills() -> None:
    """The hook's search ends only at a free slot."""
    blocks = table()
    for i in range(1000):
        blocks.add(BASE + 4 * i, code_of(Kind.INTEGER))
        assert (blocks.table["key"] == FREE).sum() >= len(blocks.table) // 2


def test_blocks_that_come_and_go_do_not_make_the_table_grow() -> None:
    blocks = table(64)
    for _ in range(1000):
        blocks.add(BASE, code_of(Kind.INTEGER))
        blocks.drop(BASE, BASE + 4)
    assert len(blocks.table) == 64


@pytest.mark.parametrize("page", [BASE, BASE + 4096])
@pytest.mark.parametrize("pages", [1, 1 << 20], ids=["one page", "a large range"])
def test_a_block_over_a_page_border_is_dropped_from_either_page(page: int, pages: int) -> None:
    blocks = table()
    blocks.add(BASE + 4092, code_of(Kind.INTEGER, Kind.INTEGER))
    start, end = (page, page + 4096 * pages) if page > BASE else (max(page - 4096 * (pages - 1), 0), page + 4096)
    blocks.drop(start, end)
    assert not slots(blocks)


def test_what_a_dropped_block_counted_stays_counted() -> None:
    blocks, core = table(), Core(0, hardware())
    code = code_of(Kind.LOAD, Kind.BRANCH)
    for _ in range(2):
        blocks.add(BASE, code)
        enter(blocks, core, key_of(BASE, code))
        blocks.drop(BASE, BASE + 8)
    assert np.array_equal(blocks.classes(), 2 * counts_of(Kind.LOAD, Kind.BRANCH))


def test_an_exception_outside_the_block_entered_last_cuts_nothing() -> None:
    blocks, core = table(), Core(0, hardware())
    code = code_of(Kind.LOAD, Kind.BRANCH)
    blocks.add(BASE, code)
    enter(blocks, core, key_of(BASE, code))
    blocks.cut(core.state, BASE + 8)
    blocks.cut(core.state, BASE - 4)
    assert core.instructions == 2


def test_a_core_that_entered_no_block_has_none_to_cut() -> None:
    blocks, core = table(), Core(0, hardware())
    for i in range(64):
        blocks.add(BASE + 4 * i, code_of(Kind.INTEGER))
    for entry in range(64):
        core.state["block"] = -1
        blocks.cut(core.state, BASE + 4 * entry)
    assert core.instructions == 0
    assert not blocks.classes().any()


def test_a_new_core_has_entered_no_block() -> None:
    assert Core(0, hardware()).state["block"] == -1

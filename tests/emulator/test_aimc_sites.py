"""The table of replaced words, as the MRS hook searches it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator import isa
from emulator.aimc_sites import AimcSites
from tests.emulator.a64 import PROCESS, QUEUE_X0, QUEUE_X1, STATUS_X3_OF_X4

WORDS = st.dictionaries(
    st.integers(0, 400).map(lambda n: 0x40_0000 + 4 * n * n),
    st.sampled_from([PROCESS, QUEUE_X0, QUEUE_X1, STATUS_X3_OF_X4]),
    min_size=1,
    max_size=30,
)


def find(sites: AimcSites, address: int) -> int | None:
    mask = len(sites.table) - 1
    slot = address >> 2 & mask
    while sites.table[slot]["address"] != -1:
        if sites.table[slot]["address"] == address:
            return slot
        slot = slot + 1 & mask
    return None


@given(st.lists(st.one_of(WORDS, st.tuples(st.integers(0, 400), st.integers(1, 2000))), max_size=8))
def test_any_history_equals_a_dictionary(steps: list[dict[int, int] | tuple[int, int]]) -> None:
    sites, model = AimcSites(), dict[int, int]()
    for step in steps:
        if isinstance(step, dict):
            sites.add(step)
            model.update(step)
        else:
            start = 0x40_0000 + 4 * step[0] ** 2
            gone = {a: w for a, w in model.items() if start <= a < start + step[1]}
            assert sites.remove(start, start + step[1]) == gone
            model = {a: w for a, w in model.items() if a not in gone}
    for address in (0x40_0000 + 4 * n * n for n in range(401)):
        slot = find(sites, address)
        assert (slot is not None) == (address in model)
        if slot is not None:
            instruction = isa.decode(model[address])
            assert instruction is not None
            entry = sites.table[slot]
            assert (entry["operation"], entry["rd"], entry["rn"]) == (
                instruction.operation, instruction.rd, instruction.rn,
            )  # fmt: skip


def test_the_table_keeps_free_slots() -> None:
    sites = AimcSites()
    for i in range(500):
        sites.add({0x1000 + 4 * i: QUEUE_X0})
    assert (sites.table["address"] == -1).sum() >= len(sites.table) // 2

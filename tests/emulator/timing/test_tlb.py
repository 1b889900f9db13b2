"""Translation lookaside buffers: what a page costs that is not known, and who is replaced.

A machine with two pages in each micro TLB, 16 in the main TLB (4 sets of 4), and a walk cache of four tables.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, deque

from hypothesis import given
from hypothesis import strategies as st

from emulator.config import Fidelity, HardwareConfig
from emulator.timing import tlb_operations as operations
from emulator.timing.core_timing import CoreTiming, Records, SharedTiming
from tests.emulator.a64 import program
from tests.emulator.support import DATA, RWX, Board, hardware

MAIN_LATENCY = 3
L2_LATENCY = 22


def _config(micro_entries: int = 2) -> HardwareConfig:
    config = hardware(fidelity=Fidelity.TIMING)
    return dataclasses.replace(config, tlb=dataclasses.replace(config.tlb, micro_entries=micro_entries))


class Tlb:
    """The data side of one core's translation."""

    def __init__(self, micro_entries: int = 2) -> None:
        config = _config(micro_entries)
        self.shared = SharedTiming(config, 16)
        self.core = CoreTiming(0, config, self.shared)
        self.micro = self.core._dtlb.state
        self.now = 0

    def access(self, page: int) -> int:
        """Cycles until a page is translated, long after all accesses before."""
        self.now += 10_000
        shared = self.shared
        return int(operations.translate(self.micro, shared.l2.state, shared.dram.state, page, self.now)) - self.now

    @property
    def counts(self) -> tuple[int, int]:
        return int(self.core.tlb.state["reads"]), int(self.core.tlb.state["read_misses"])


def test_a_page_that_is_known_costs_nothing() -> None:
    tlb = Tlb()
    tlb.access(5)
    assert tlb.access(5) == 0
    assert tlb.counts == (1, 1)


def test_a_page_of_the_main_tlb_costs_its_latency() -> None:
    tlb = Tlb()
    for page in (5, 6, 7):
        tlb.access(page)
    assert tlb.access(5) == MAIN_LATENCY
    assert tlb.counts == (4, 3)


def test_a_walk_reads_two_levels_of_tables_the_first_time_and_one_later() -> None:
    tlb = Tlb()
    reads = tlb.shared.l2.state
    tlb.access(8)
    assert reads["reads"] == 2
    assert tlb.access(9) == MAIN_LATENCY + L2_LATENCY, "the same line of the same table: in the second-level cache"
    assert reads["reads"] == 3
    tlb.access(8 + (1 << 9))
    assert reads["reads"] == 5, "another table"


def test_without_micro_tlbs_translation_costs_nothing() -> None:
    tlb = Tlb(0)
    assert [tlb.access(page) for page in range(100)] == [0] * 100
    assert tlb.counts == (0, 0)


@given(st.lists(st.integers(0, 40), max_size=200))
def test_the_micro_tlb_replaces_in_turn_and_the_main_tlb_what_was_used_least_recently(pages: list[int]) -> None:
    """Against models in plain Python."""
    tlb = Tlb()
    micro: deque[int] = deque(maxlen=2)
    main = [OrderedDict[int, None]() for _ in range(4)]
    for page in pages:
        known, walks = page in micro, page not in main[page % 4]
        if not known:
            micro.append(page)
            entries = main[page % 4]
            entries[page] = None
            entries.move_to_end(page)
            if len(entries) > 4:
                entries.popitem(last=False)
        cycles = tlb.access(page)
        assert (cycles == 0) == known
        assert known or (cycles > MAIN_LATENCY) == walks


def _run(lines: list[str | int], micro_entries: int) -> CoreTiming:
    board = Board(program(*lines, "svc #0"), RWX, _config(micro_entries))
    board.engine.write_x(1, DATA)
    board.run_to_call()
    assert board.core.timing is not None
    return board.core.timing


def test_cycles_that_wait_for_translation_have_their_cause() -> None:
    lines: list[str | int] = ["ldr x2, [x1]", "add x1, x1, #1, lsl #12", "ldr x2, [x1]"]
    with_tlb, without = _run(lines, 2), _run(lines, 0)
    now = {timing: int(timing.pipeline.state["now"]) for timing in (with_tlb, without)}
    assert without.causes()["tlb"] == 0
    assert with_tlb.causes()["tlb"] > 0
    assert now[with_tlb] > now[without]
    assert sum(with_tlb.causes().values()) == now[with_tlb]


def test_instructions_are_translated_too() -> None:
    timing = _run(["nop"], 2)
    assert _held(timing._itlb) and not _held(timing._dtlb)


def _held(tlb: Records) -> set[int]:
    return {int(page) for page in tlb.arrays["pages"]} - {-1}

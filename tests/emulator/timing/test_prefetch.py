"""The stride prefetcher of first-level data caches: what it fetches, what it leaves alone, and that it is counted."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.config import Fidelity, HardwareConfig, ZeroPage
from emulator.memory import PAGE_SIZE
from emulator.timing import cache_operations as operations
from emulator.timing.core_timing import CoreTiming, SharedTiming
from tests.emulator.a64 import program
from tests.emulator.support import DATA, RW, RWX, Board, hardware

APART = 10_000
"""Cycles between two accesses: each is answered, and what it had prefetched is there, before the next is made."""
PAGE_LINES = PAGE_SIZE // 64
_NEXT_LINE = 0x91010021  # add x1, x1, #64


def _config(*, cores: int = 1, miss_registers: int = 16, **prefetch: int) -> HardwareConfig:
    config = hardware(fidelity=Fidelity.TIMING)
    values = {"streams": 2, "trigger": 2, "depth": 3} | prefetch
    return dataclasses.replace(
        config,
        core=dataclasses.replace(config.core, count=cores),
        l1=dataclasses.replace(config.l1, miss_registers=miss_registers),
        prefetch=dataclasses.replace(config.prefetch, **values),
    )


class Caches:
    """The data caches of some cores."""

    def __init__(self, config: HardwareConfig) -> None:
        self.shared = SharedTiming(config, 1)
        self.cores = [CoreTiming(number, config, self.shared) for number in range(config.core.count)]
        self.now = 0

    def access(self, *lines: int, core: int = 0, write: bool = False) -> Caches:
        for line in lines:
            self.now += APART
            l1d = self.cores[core].l1d.state
            operations.l1_access(l1d, self.shared.l2.state, self.shared.dram.state, line, self.now, int(write))
        return self

    def held(self, core: int = 0) -> set[int]:
        entries = self.cores[core].l1d.arrays["lines"].tolist()
        return {entry >> operations.STATE_BITS for entry in entries if entry & operations.VALID}

    def count(self, name: str, core: int = 0) -> int:
        return int(self.cores[core].l1d.state[name])


@pytest.mark.parametrize("stride", [1, 2, 3, 4, -1, -4])
def test_two_misses_in_sequence_have_the_next_lines_fetched(stride: int) -> None:
    caches = Caches(_config()).access(30, 30 + stride)
    assert caches.held() == {30 + stride * n for n in range(5)}
    assert (caches.count("prefetches"), caches.count("read_misses")) == (3, 2)


def test_the_stream_goes_on_where_prefetched_lines_are_used() -> None:
    caches = Caches(_config()).access(*range(20))
    assert caches.count("read_misses") == 2
    assert caches.count("prefetch_hits") == 18
    assert caches.count("prefetches") == 18 + 3


def test_a_line_that_is_used_again_counts_once() -> None:
    caches = Caches(_config()).access(0, 1, 2, 2, 2)
    assert caches.count("prefetch_hits") == 1


@pytest.mark.parametrize("lines", [(10,), (10, 10), (10, 15), (10, 11, 20)], ids=str)
def test_what_is_no_sequence_has_nothing_more_fetched(lines: tuple[int, ...]) -> None:
    caches = Caches(_config(trigger=3)).access(*lines)
    assert caches.held() == set(lines)


def test_hits_do_not_disturb_a_sequence() -> None:
    caches = Caches(_config()).access(50, 10, 50, 11)
    assert {12, 13, 14} <= caches.held()


@pytest.mark.parametrize(("streams", "found"), [(1, False), (2, True)])
def test_as_many_sequences_are_followed_as_there_are_streams(streams: int, found: bool) -> None:
    caches = Caches(_config(streams=streams)).access(0, 30, 1, 31)
    assert ({2, 3, 4, 32, 33, 34} <= caches.held()) == found


def test_no_page_is_left() -> None:
    caches = Caches(_config()).access(PAGE_LINES - 3, PAGE_LINES - 2)
    assert caches.held() == {PAGE_LINES - 3, PAGE_LINES - 2, PAGE_LINES - 1}


@pytest.mark.parametrize(("registers", "fetched"), [(1, 0), (2, 0), (3, 1), (4, 2), (8, 3)])
def test_a_miss_register_is_left_to_accesses(registers: int, fetched: int) -> None:
    assert Caches(_config(miss_registers=registers)).access(0, 1).count("prefetches") == fetched


def test_what_another_core_has_is_left_to_it() -> None:
    caches = Caches(_config(cores=2)).access(3, core=1, write=True).access(0, 1)
    assert caches.held() == {0, 1, 2, 4}
    assert caches.held(core=1) == {3}
    assert caches.count("transfers") == 0


def test_a_write_of_another_core_takes_a_prefetched_line_too() -> None:
    caches = Caches(_config(cores=2)).access(0, 1).access(2, core=1, write=True)
    assert 2 not in caches.held()
    assert caches.count("invalidations") == 1


def test_an_access_waits_for_a_line_that_is_still_on_its_way() -> None:
    caches = Caches(_config()).access(0, 1)
    l1d, shared = caches.cores[0].l1d.state, caches.shared
    way = operations.find_way(l1d, 2)
    arrives = int(caches.cores[0].l1d.arrays["fills"][way])
    assert caches.now < arrives
    answer = operations.l1_access(l1d, shared.l2.state, shared.dram.state, 2, caches.now + 5, 0)
    assert answer >= arrives
    assert caches.count("prefetch_hits") == 1


@given(st.lists(st.integers(0, 200), max_size=100))
def test_what_is_prefetched_is_fetched_from_the_next_level_and_used_at_most_once(lines: list[int]) -> None:
    caches, plain = Caches(_config()).access(*lines), Caches(_config(streams=0)).access(*lines)
    assert plain.count("prefetches") == 0
    assert set(lines) <= caches.held(), "nothing was driven out of so large a cache"
    assert caches.count("prefetch_hits") <= caches.count("prefetches")
    assert caches.count("read_misses") + caches.count("prefetch_hits") == plain.count("read_misses") == len(set(lines))
    fetched = caches.count("read_misses") + caches.count("prefetches")
    assert fetched == caches.shared.l2.state["reads"] == len(caches.held())


def _cycles(streams: int) -> int:
    """Of a loop that reads 256 KiB, one word of each line."""
    code = program("loop:", "ldr x2, [x1]", _NEXT_LINE, "subs x0, x0, #1", "b.ne loop", "svc #0")
    config = _config(streams=streams)
    own_pages = dataclasses.replace(config.memory, zero_page=ZeroPage.PRIVATE)
    board = Board(code, RWX, dataclasses.replace(config, memory=own_pages))
    board.memory.map(DATA, 256 << 10, RW)
    board.engine.write_x(0, (256 << 10) // 64)
    board.engine.write_x(1, DATA)
    board.run_to_call()
    return board.core.cycles


def test_a_program_that_reads_in_sequence_is_faster() -> None:
    assert 2 * _cycles(2) < _cycles(0)

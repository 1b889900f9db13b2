"""Caches obey the theory of replacement, and count what an independent model counts."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.config import CacheConfig, Replacement
from emulator.timing import cache_operations as operations
from emulator.timing.cache_operations import STATE_BITS, VALID
from emulator.timing.core_timing import Records, make_cache, make_dram, make_first_level
from tests.emulator.support import hardware
from tests.emulator.timing.lru_model import LruCache, TwoLevels

APART = 10_000
"""Cycles between two accesses: each is answered before the next is made."""

Trace = list[tuple[int, bool]]
"""Lines, and whether they are written."""

TRACES = st.lists(st.tuples(st.integers(0, 40) | st.integers(0, 1000), st.booleans()), max_size=200)
GEOMETRIES = st.tuples(st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 2, 3, 4]))
"""Sets and ways."""


def cache(sets: int, ways: int, policy: Replacement = Replacement.LRU) -> Records:
    config = hardware()
    size = sets * ways * config.coherence.line_bytes
    changed = dataclasses.replace(config.l1, size_bytes=size, ways=ways, replacement=policy)
    return make_first_level(dataclasses.replace(config, l1=changed))


class Memory:
    """A first-level cache before a second-level one and main memory."""

    def __init__(
        self, l1: tuple[int, int], l2: tuple[int, int] = (16, 4), policy: Replacement = Replacement.LRU
    ) -> None:
        """Sets and ways of each."""
        self.l1, self.l2 = cache(*l1, policy), cache(*l2, policy)
        self.dram = make_dram(hardware().dram, hardware().core.frequency_hz, hardware().coherence.line_bytes)
        self.now = 0

    def access(self, line: int, *, write: bool, after: int = APART) -> int:
        """Access a line some cycles after the last one; how long that took."""
        self.now += after
        records = (self.l1.state, self.l2.state, self.dram.state)
        return int(operations.l1_access(*records, line, self.now, int(write))) - self.now

    def run(self, trace: Trace, after: int = APART) -> Memory:
        for line, write in trace:
            self.access(line, write=write, after=after)
        return self


def misses(state: Any) -> int:
    return int(state["read_misses"] + state["write_misses"])


@given(TRACES, GEOMETRIES, GEOMETRIES, st.booleans())
def test_counts_are_those_of_an_independent_model(
    trace: Trace, l1: tuple[int, int], l2: tuple[int, int], fifo: bool
) -> None:
    """Hits, misses and write-backs of both levels, and what reaches main memory."""
    real = Memory(l1, l2, Replacement.FIFO if fifo else Replacement.LRU).run(trace)
    model = TwoLevels(LruCache(*l1, fifo), LruCache(*l2, fifo))
    for line, write in trace:
        model.access(line, write=write)
    for ours, theirs in ((real.l1.state, model.l1.counts), (real.l2.state, model.l2.counts)):
        for name, count in dataclasses.asdict(theirs).items():
            assert ours[name] == count, name
    assert real.dram.state["reads"] == model.l2.counts.read_misses
    assert real.dram.state["writes"] == model.l2.counts.writebacks


@given(TRACES, GEOMETRIES)
def test_an_access_finds_its_line_exactly_if_the_model_does(trace: Trace, geometry: tuple[int, int]) -> None:
    real, model = Memory(geometry), LruCache(*geometry)
    for line, write in trace:
        expected = line in model.lines[line % model.sets]
        assert (operations.find_way(real.l1.state, line) >= 0) == expected
        took = real.access(line, write=write)
        assert (took == real.l1.state["latency"]) == expected, "a hit takes its latency, a miss longer"
        model.access(line, write=write)


@given(TRACES, GEOMETRIES, st.integers(1, 4))
def test_more_ways_never_miss_more(trace: Trace, geometry: tuple[int, int], more: int) -> None:
    """Inclusion (Mattson et al., 1970): a set of W ways holds the W lines of it that were used last, and these are
    among the last W + 1. So with the same sets, whatever hits with fewer ways hits with more.
    """
    sets, ways = geometry
    small, large = Memory((sets, ways)).run(trace), Memory((sets, ways + more)).run(trace)
    assert misses(large.l1.state) <= misses(small.l1.state)
    assert held(small.l1) <= held(large.l1)


@given(TRACES, GEOMETRIES, st.integers(1, 3))
def test_more_sets_never_miss_more(trace: Trace, geometry: tuple[int, int], doublings: int) -> None:
    """Set refinement (Hill and Smith, 1989): where sets are chosen by low bits of the address, doubling their number
    splits each in two. The W lines of a set that were used last are among the last W of either half. So with the same
    ways, a larger cache holds what the smaller one does. This needs that the old sets are unions of new ones: with
    another hash of the address a larger cache may miss more.
    """
    sets, ways = geometry
    small, large = Memory((sets, ways)).run(trace), Memory((sets << doublings, ways)).run(trace)
    assert misses(large.l1.state) <= misses(small.l1.state)
    assert held(small.l1) <= held(large.l1)


def test_as_many_lines_in_more_sets_of_fewer_ways_may_miss_more() -> None:
    """The laws above say nothing of it: two lines that meet in one set of one way do not in one set of two."""
    trace = [(line, False) for line in (0, 2, 0, 2)]
    assert misses(Memory((1, 2)).run(trace).l1.state) == 2
    assert misses(Memory((2, 1)).run(trace).l1.state) == 4


@given(TRACES, GEOMETRIES, st.integers(0, 30))
def test_what_comes_into_a_cache_does_not_depend_on_when_accesses_are_made(
    trace: Trace, geometry: tuple[int, int], after: int
) -> None:
    """Accesses close to each other wait for each other's lines, and count as misses; the lines are the same."""
    apart, close = Memory(geometry).run(trace), Memory(geometry).run(trace, after)
    assert misses(close.l1.state) >= misses(apart.l1.state)
    assert held(close.l1) == held(apart.l1)
    for name in ("reads", "writes", "writebacks"):
        assert close.l2.state[name] == apart.l2.state[name]
    assert close.dram.state["reads"] == apart.dram.state["reads"]


@given(st.lists(st.integers(0, 1000), max_size=100), GEOMETRIES)
def test_lines_that_are_only_read_are_never_written_back(lines: list[int], geometry: tuple[int, int]) -> None:
    memory = Memory(geometry).run([(line, False) for line in lines])
    assert memory.l1.state["writebacks"] == memory.l2.state["writes"] == memory.dram.state["writes"] == 0


@given(TRACES, GEOMETRIES)
def test_random_replacement_misses_where_any_policy_does_and_is_the_same_each_time(
    trace: Trace, geometry: tuple[int, int]
) -> None:
    """First uses of lines miss under any policy, and no other do where all lines of each set fit."""
    one, other = (Memory(geometry, policy=Replacement.RANDOM).run(trace) for _ in range(2))
    assert misses(one.l1.state) == misses(other.l1.state)
    assert held(one.l1) == held(other.l1)
    lines = {line for line, _ in trace}
    assert misses(one.l1.state) >= len(lines)
    sets, ways = geometry
    if all(sum(line % sets == number for line in lines) <= ways for number in range(sets)):
        assert misses(one.l1.state) == len(lines)


def test_random_replacement_gives_up_every_line_of_a_set_now_and_then() -> None:
    """A loop over one line more than fits always misses with LRU, but not with random replacement."""
    trace = [(line, False) for line in range(5)] * 100
    lru, random = (Memory((1, 4), policy=policy).run(trace) for policy in (Replacement.LRU, Replacement.RANDOM))
    assert misses(random.l1.state) < misses(lru.l1.state) == len(trace)


@pytest.mark.parametrize("ways", [1, 2, 4])
def test_a_loop_over_one_line_more_than_fits_always_misses(ways: int) -> None:
    """The worst case of least recently used replacement, with a single set."""
    memory = Memory((1, ways)).run([(line, False) for line in range(ways + 1)] * 5)
    assert misses(memory.l1.state) == 5 * (ways + 1)


def held(records: Records) -> set[int]:
    """The lines that a cache holds."""
    return {int(entry) >> STATE_BITS for entry in records.arrays["lines"] if int(entry) & VALID}


def test_a_cache_is_of_the_size_that_was_asked_for() -> None:
    state = make_cache(CacheConfig(8192, 2, 1, 0, miss_registers=1, replacement=Replacement.LRU), line_bytes=64).state
    assert (state["sets"], state["ways"]) == (64, 2)

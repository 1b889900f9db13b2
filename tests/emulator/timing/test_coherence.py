"""Data caches of several cores agree: one may have written to a line, or several may read it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.config import Fidelity
from emulator.timing import cache_operations as operations
from emulator.timing.cache_operations import FAR, SHARED, STATE_BITS, VALID, WRITTEN
from emulator.timing.core_timing import CoreTiming, SharedTiming
from tests.emulator.support import hardware

APART = 1_000
LATENCY = {"first level": 2, "another core": 2 + 6 + 2, "second level": 2 + 22 + 2}
"""Cycles of an access by where its line is, in the tests' hardware."""


class Cores:
    """Some cores and what they share."""

    def __init__(self, count: int = 2) -> None:
        config = hardware(fidelity=Fidelity.TIMING)
        config = dataclasses.replace(config, core=dataclasses.replace(config.core, count=count))
        self.shared = SharedTiming(config, 1)
        self.cores = [CoreTiming(number, config, self.shared) for number in range(count)]
        self.now = 0

    def access(self, core: int, line: int, *, write: bool = False) -> int:
        """Access a line long after what was done before; how long that took."""
        self.now += APART
        for each in self.cores:
            each.pipeline.state["now"] = self.now
        records = (self.cores[core].l1d.state, self.shared.l2.state, self.shared.dram.state)
        return int(operations.l1_access(*records, line, self.now, int(write))) - self.now

    def counts(self, core: int, *names: str) -> list[int]:
        return [int(self.cores[core].l1d.state[name]) for name in names]

    def states(self, line: int) -> list[int | None]:
        """Of a line in each core's cache."""
        found: list[int | None] = []
        for core in self.cores:
            way = operations.find_way(core.l1d.state, line)
            lines: Any = core.l1d.arrays["lines"]
            found.append(int(lines[way]) & (1 << STATE_BITS) - 1 & ~FAR if way >= 0 else None)
        return found


def test_a_line_that_another_core_wrote_comes_from_its_cache() -> None:
    cores = Cores()
    cores.access(0, 5, write=True)
    l2_reads = int(cores.shared.l2.state["reads"])
    assert cores.access(1, 5) == LATENCY["another core"]
    assert cores.shared.l2.state["reads"] == l2_reads, "the second level is not asked"
    assert cores.states(5) == [VALID | WRITTEN | SHARED, VALID | SHARED], "owned, and shared"
    assert cores.counts(1, "transfers", "read_misses") == [1, 1]


def test_a_clean_line_comes_from_the_second_level_and_is_shared() -> None:
    cores = Cores()
    cores.access(0, 5)
    assert cores.access(1, 5) == LATENCY["second level"]
    assert cores.states(5) == [VALID | SHARED] * 2


def test_a_write_takes_all_other_copies() -> None:
    cores = Cores(3)
    for core in range(3):
        cores.access(core, 5)
    assert cores.access(1, 5, write=True) == LATENCY["second level"], "an upgrade"
    assert cores.states(5) == [None, VALID | WRITTEN, None]
    assert cores.counts(1, "upgrades") == [1]
    assert [cores.counts(core, "invalidations") for core in range(3)] == [[1], [0], [1]]
    assert cores.access(1, 5, write=True) == LATENCY["first level"], "it is its own now"
    assert cores.access(0, 5) == LATENCY["another core"]


def test_a_line_of_ones_own_is_written_at_once() -> None:
    cores = Cores()
    cores.access(0, 5)
    assert cores.access(0, 5, write=True) == LATENCY["first level"]
    assert cores.counts(0, "upgrades") == [0]


def test_the_last_of_the_most_cores_there_may_be() -> None:
    cores = Cores(64)
    cores.access(63, 5, write=True)
    assert cores.access(0, 5) == LATENCY["another core"]
    cores.access(63, 5, write=True)
    assert cores.states(5) == [*[None] * 63, VALID | WRITTEN]


def test_one_core_knows_of_no_others() -> None:
    assert Cores(1).cores[0].l1d.state["peers"] == 0


ACCESSES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 600), st.booleans()), max_size=300)


@given(ACCESSES)
def test_one_may_have_written_or_several_may_read(accesses: list[tuple[int, int, bool]]) -> None:
    """After any accesses: a line that one core may write to is nowhere else; at most one copy differs from below."""
    cores = Cores(4)
    for core, line, write in accesses:
        cores.access(core, line, write=write)
        copies = [state for state in cores.states(line) if state is not None]
        assert copies, "it is where it was accessed"
        if any(not state & SHARED for state in copies):
            assert len(copies) == 1
        assert sum(bool(state & WRITTEN) for state in copies) <= 1
    lost = sum(cores.counts(core, "invalidations")[0] for core in range(4))
    if not any(write for _, _, write in accesses):
        assert lost == 0


@pytest.mark.parametrize("ahead", [0, 500])
def test_a_core_that_is_ahead_contests_the_line(ahead: int) -> None:
    """What it does with the line it does at the same time, so each access may find it taken again."""
    cores = Cores()
    cores.access(0, 5, write=True)
    cores.cores[0].pipeline.state["now"] = cores.now + APART + ahead
    state, shared = cores.cores[1].l1d.state, cores.shared
    now = cores.now + APART
    for turn in range(3):
        operations.l1_access(state, shared.l2.state, shared.dram.state, 5, now + 50 * turn, 1)
    assert cores.counts(1, "transfers", "write_misses") == [3 if ahead else 1] * 2
    assert cores.cores[1].pipeline.state["contended"] == 1, "the core stops for the others"

"""Shares follow weights, whatever the threads, and every run is the same."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from guest.sched.policy import WEIGHTS
from guest.sched.thread import Thread
from tests.guest.sched.support import MS, Machine

SLICE_AND_TICK = 8 * MS
"""A slice of 3 ms ends at a tick, of which there is one every 4 ms."""

nices = st.integers(-20, 19)


def test_weights_grow_by_a_quarter_for_each_nice_value() -> None:
    assert len(WEIGHTS) == 40
    assert all(1.17 < better / worse < 1.3 for better, worse in pairwise(WEIGHTS))


@given(st.lists(nices, min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_shares_of_a_core_follow_the_weights_within_a_slice(values: list[int]) -> None:
    machine = Machine(1)
    threads = [machine.thread(nice=nice) for nice in values]
    total = sum(WEIGHTS[nice + 20] for nice in values)
    machine.run(2000 * MS)
    assert sum(machine.used.values()) == 2000 * MS
    for thread, nice in zip(threads, values, strict=True):
        share = 2000 * MS * WEIGHTS[nice + 20] / total
        assert abs(machine.used[thread] - share) <= len(values) * SLICE_AND_TICK


@given(st.integers(1, 4), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_cores_with_the_same_number_of_threads_are_used_alike(cores: int, each: int) -> None:
    machine = Machine(cores)
    for _ in range(cores * each):
        machine.thread()
    machine.run(400 * MS)
    assert all(abs(used - 400 * MS / each) <= each * SLICE_AND_TICK for used in machine.used.values())


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Threads that compute and sleep in turn: nice value, time used, time slept."""
    one = st.tuples(nices, st.integers(MS // 5, 20 * MS), st.integers(MS // 5, 20 * MS))
    return draw(st.lists(one, min_size=1, max_size=8))


def _simulate(cores: int, threads: list[tuple[int, int, int]]) -> Machine:
    machine = Machine(cores, switch_ns=1500)

    def begin(thread: Thread, use: int, sleep: int) -> None:
        def rest(thread: Thread) -> None:
            machine.sleep(thread, sleep)
            machine.after(thread, use, rest)

        machine.after(thread, use, rest)

    for nice, use, sleep in threads:
        begin(machine.thread(nice=nice), use, sleep)
    machine.run(200 * MS)
    return machine


@given(st.integers(1, 4), programs())
@settings(max_examples=30, deadline=None)
def test_runs_repeat_and_no_core_idles_while_a_thread_waits_long(
    cores: int, threads: list[tuple[int, int, int]]
) -> None:
    machine, again = _simulate(cores, threads), _simulate(cores, threads)
    assert machine.trace == again.trace
    assert list(machine.used.values()) == list(again.used.values())
    if len(threads) <= cores:
        # Never more threads than cores: whoever is woken finds an idle one.
        assert all(thread.sched.statistics.wait_ns == 0 for thread in machine.used)
    assert all(used > 0 for used in machine.used.values())


def test_a_thread_that_ran_alone_is_not_made_to_wait_for_those_that_slept() -> None:
    machine = Machine(1)
    busy, sleepers = machine.thread(), [machine.thread() for _ in range(10)]
    machine.run(200 * MS)
    for thread in sleepers:
        machine.after(thread, 1, lambda thread: machine.sleep(thread, 2000 * MS - machine.now))
    machine.run(1990 * MS)
    before = machine.used[busy]
    machine.run(3000 * MS)
    assert machine.used[busy] - before >= 0.9 * 1000 * MS / 11

"""Load averages are Linux's, sample by sample."""

from __future__ import annotations

import pytest

from guest.sched.load_average import FIXED_SHIFT, LoadAverage
from tests.guest.sched.support import MS, Machine

SECOND = 1_000


def hundredths(average: int) -> int:
    return (average + (1 << FIXED_SHIFT) // 200) * 100 >> FIXED_SHIFT


def test_nothing_before_the_first_sample() -> None:
    load = LoadAverage(SECOND)
    load.catch_up(5 * SECOND - 1, 8)
    assert load.averages == (0, 0, 0)


def test_one_sample_is_what_linux_computes() -> None:
    load = LoadAverage(SECOND)
    load.catch_up(5 * SECOND, 1)
    # calc_load(0, EXP_1, FIXED_1) = (2048 * (2048 - 1884) + 2047) / 2048, and so on.
    assert load.averages == (164, 34, 11)


def test_a_steady_load_is_reached_from_below_and_from_above() -> None:
    load = LoadAverage(SECOND)
    load.catch_up(10_000 * SECOND, 3)
    assert [hundredths(average) for average in load.averages] == [300, 300, 300]
    load.catch_up(20_000 * SECOND, 1)
    assert [hundredths(average) for average in load.averages] == [100, 100, 100]
    load.catch_up(30_000 * SECOND, 0)
    assert [hundredths(average) for average in load.averages] == [0, 0, 0]


def test_after_a_minute_a_new_load_is_seen_to_63_percent() -> None:
    load = LoadAverage(SECOND)
    load.catch_up(60 * SECOND, 1)
    assert 62 <= hundredths(load.averages[0]) <= 64
    assert hundredths(load.averages[0]) > hundredths(load.averages[1]) > hundredths(load.averages[2]) > 0


def test_catching_up_in_steps_or_at_once_is_the_same() -> None:
    at_once, in_steps = LoadAverage(SECOND), LoadAverage(SECOND)
    at_once.catch_up(600 * SECOND, 2)
    for now in range(0, 601 * SECOND, 7 * SECOND // 3):
        in_steps.catch_up(now, 2)
    in_steps.catch_up(600 * SECOND, 2)
    assert at_once.averages == in_steps.averages
    assert at_once.due == in_steps.due == 605 * SECOND


def test_a_sleep_of_years_costs_nothing() -> None:
    load = LoadAverage(SECOND)
    load.catch_up(60 * SECOND, 1)
    load.catch_up(10**12 * SECOND, 0)
    assert load.averages == (0, 0, 0)
    assert load.due % (5 * SECOND) == 0
    assert 0 < load.due - 10**12 * SECOND <= 5 * SECOND


def test_the_scheduler_counts_those_that_run_and_those_that_want_to() -> None:
    machine = Machine(4)
    sleeper = machine.thread()
    machine.after(sleeper, 1 * MS, lambda thread: machine.sleep(thread, 600_000 * MS))
    for _ in range(2):
        machine.thread()
    machine.run(61_000 * MS)
    # 1 - 1/e of two, in a minute; the one that sleeps does not count.
    assert 124 <= hundredths(machine.scheduler.load_averages()[0]) <= 128


def test_a_time_asleep_counts_as_no_load() -> None:
    machine = Machine(1)
    thread = machine.thread()
    machine.after(thread, 21_000 * MS, lambda thread: machine.sleep(thread, 20_000 * MS))
    machine.run(21_001 * MS)
    before = machine.scheduler.load_averages()[0]
    machine.run(41_002 * MS)
    after = machine.scheduler.load_averages()[0]
    assert after < before
    # Four samples without anybody: exp(-20/60).
    assert after == pytest.approx(before * 0.7165, rel=0.02)

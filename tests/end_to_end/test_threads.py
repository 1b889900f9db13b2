"""Threads on several cores: independent work takes its share of the time, and every run is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimc import Machine
from tests.end_to_end.compiling import Target, build
from tests.end_to_end.test_determinism import counters

WORK = 4_000_000
"""Turns of a loop, 16 ms on one core."""


@pytest.fixture(scope="module")
def threads() -> Path:
    return build("threads.c", Target.MUSL)


def test_independent_work_takes_its_share_of_the_time(threads: Path) -> None:
    def taken(cores: int, turns: int) -> float:
        return Machine(cores=cores).run(threads, [str(cores), str(turns)], capture=True).totals.guest_seconds

    # Without what it takes the first core to start the threads.
    seconds = {cores: taken(cores, WORK) - taken(cores, 0) for cores in (1, 2, 4, 8)}
    for cores, of_work in seconds.items():
        assert of_work * cores == pytest.approx(seconds[1], rel=0.02)


def test_more_threads_than_cores_give_the_same_run_every_time(threads: Path) -> None:
    machine = Machine(cores=4)
    runs = [machine.run(threads, ["8", "20000", "contend"], capture=True) for _ in range(20)]
    assert runs[0].exit_status == 0
    assert all((run.stdout, counters(run)) == (runs[0].stdout, counters(runs[0])) for run in runs)

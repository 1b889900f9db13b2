"""Faults: no wrong result is given as a good one, nothing is lost without an error, and a run can be repeated."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from aimc import Machine, Result
from aimc.errors import ConfigError
from driver import uapi
from guest.abi.errno import E
from tests.driver.building import build
from tests.driver.support import CONFIG, Bench
from tests.driver.test_jobs import Vectors, expected, program, random

PERCENT = 10_000
"""Of a million."""
PROGRAM = Path(__file__).parent / "programs" / "faulty.c"


def test_with_faults_every_job_is_right_or_says_that_it_failed() -> None:
    bench = Bench(config=dataclasses.replace(CONFIG, fail_ecc_ppm=PERCENT, fail_timeout_ppm=PERCENT))
    context, vectors = bench.context(), Vectors(bench)
    weights = random(16, 16, 0)
    while bench.wait(context, program(bench, context, 0, weights))[0]:
        pass
    statuses = []
    for seed in range(2000):
        inputs = random(1, 16, seed)[0]
        vectors.memory.write(4096, b"\x55" * 16)
        status, _ = bench.wait(context, vectors.submit(context, inputs))
        wanted = expected(inputs, weights) if status == 0 else np.full(16, 0x55, np.int8)
        assert np.array_equal(vectors.outputs(), wanted)
        statuses.append(status)
    assert {status for status in statuses if status} == {-int(E.EIO), -int(E.ETIMEDOUT)}
    assert 10 < sum(status != 0 for status in statuses) < 100, "about two in a hundred"


def _run(**overrides: str | int) -> Result:
    values = {"fidelity": "functional", "tile.rows": 64, "tile.columns": 32, "driver.job_timeout_ns": 1_000_000}
    return Machine(cores=4, overrides=values | {f"driver.{name}": value for name, value in overrides.items()}).run(
        build(PROGRAM), ["300"], capture=True
    )


def test_threads_that_try_again_get_all_their_results() -> None:
    faults = {"fail_ecc_ppm": PERCENT, "fail_timeout_ppm": PERCENT, "fail_program_ppm": PERCENT}
    first, second, without = _run(**faults), _run(**faults), _run()
    assert first.exit_status == 0, first.stdout
    failures, outputs = (first.stdout or b"").split(b"\n")[:2]
    assert int(failures) > 0
    assert (without.stdout or b"").split(b"\n")[:2] == [b"0", outputs]
    assert first.stdout == second.stdout
    assert first.totals == second.totals


def test_faults_can_be_scheduled() -> None:
    result = _run(fault_schedule="200000 wedged=1")
    assert result.exit_status == 1
    assert b"No such device" in (result.stdout or b"") or b"ENODEV" in (result.stdout or b"")


@pytest.mark.parametrize("schedule", ["soon wedged=1", "100 wedged", "100 fail_everything=1"])
def test_a_schedule_that_makes_no_sense_is_refused(schedule: str) -> None:
    with pytest.raises(ConfigError, match="is not TIME_NS FILE=VALUE"):
        _run(fault_schedule=schedule)


def test_what_happened_is_in_the_trace() -> None:
    bench = Bench()
    context = bench.context()
    bench.wait(context, program(bench, context, 0, random(4, 4, 0)))
    names = [event.name for event in bench.accelerator.trace.events]
    assert [name for name in names if name != "ioctl"] == ["job_queued", "job_begun", "job_ended", "interrupt"]
    times = {event.name: event.time_ns for event in bench.accelerator.trace.events}
    assert times["job_begun"] <= times["job_ended"] <= times["interrupt"]
    assert b"job_ended: client=1 ctx=1 fence=1 tiles=1\n" in bench.accelerator.trace.text()


def test_the_trace_keeps_the_last_events() -> None:
    bench = Bench(config=dataclasses.replace(CONFIG, trace_events=3))
    for _ in range(10):
        bench.done(uapi.Query())
    assert len(bench.accelerator.trace.events) == 3

"""Waiting for jobs by polling against by interrupts, by the products in a job and by the length of their vectors."""

from __future__ import annotations

from aimc.experiment.experiment import Column, Experiment, Panel
from aimc.experiment.runner import Runner

SIZE = 256
BATCH = 16
JOBS = 16

_COLUMNS = (
    Column("poll_ns", "polling", Panel.TIME),
    Column("interrupt_ns", "interrupt", Panel.TIME),
    Column("poll_core_ns", "polling: core", Panel.TIME),
    Column("interrupt_core_ns", "interrupt: core", Panel.TIME),
    Column("core_saved", "core time saved", Panel.SHARE),
)


def _measure(runner: Runner, size: int, batch: int) -> tuple[float, ...]:
    values = []
    for mode in ("poll", "interrupt"):
        few, many = (runner.run(mode, size, batch, jobs) for jobs in (JOBS, 2 * JOBS))
        # What comes before and after the jobs is the same in both runs.
        values += [(many.elapsed_ns - few.elapsed_ns) / JOBS, (many.core_ns - few.core_ns) / JOBS]
    polling_ns, polling_core_ns, interrupt_ns, interrupt_core_ns = values
    return polling_ns, interrupt_ns, polling_core_ns, interrupt_core_ns, 1 - interrupt_core_ns / polling_core_ns


WAITING = Experiment(
    name="waiting",
    title=f"a job of products of {SIZE} x {SIZE}: latency, and core time spent on it",
    axis="products in a job",
    sizes=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    possible=range(1, 1025),
    columns=_COLUMNS,
    measure=lambda runner, batch: _measure(runner, SIZE, batch),
)

WAITING_BY_LENGTH = Experiment(
    name="waiting-length",
    title=f"a job of {BATCH} products of n x n: latency, and core time spent on it",
    axis="length of vectors n",
    sizes=(16, 32, 64, 128, 256, 512, 1024, 2000),
    possible=range(4, 2001, 4),
    columns=_COLUMNS,
    measure=lambda runner, size: _measure(runner, size, BATCH),
)

"""Contexts that take turns on one tile, by the quantum of their scheduler and by the products in a job."""

from __future__ import annotations

from aimc.experiment.experiment import Column, Experiment, Panel
from aimc.experiment.runner import Measurement, Runner

SIZE = 256
BATCH = 16
CONTEXTS = 4
AT_NO_COST = {"tile.parameter_read_ns": 0, "tile.parameter_write_ns": 0}
QUANTUM = "driver.quantum_ns"
NS_PER_US = 1000
JOB_US = 5
"""About how long a job of BATCH products has a tile."""
TURNS = 4
"""That each context has at least."""
FEWEST_JOBS = 32


def _by_quantum(runner: Runner, quantum_us: int) -> tuple[float, ...]:
    jobs = max(FEWEST_JOBS, TURNS * quantum_us // JOB_US)
    quantum = {QUANTUM: quantum_us * NS_PER_US}
    two, four = (runner.run("shared", SIZE, BATCH, jobs, contexts, changes=quantum) for contexts in (2, CONTEXTS))
    free = runner.run("shared", SIZE, BATCH, jobs, CONTEXTS, changes=quantum | AT_NO_COST)
    return _rate(two), _rate(four), 1 - _rate(four) / _rate(free), two.longest_ns, four.longest_ns


def _by_job(runner: Runner, batch: int) -> tuple[float, ...]:
    jobs = max(FEWEST_JOBS, SIZE // batch)
    alone = runner.run("shared", SIZE, batch, jobs, 1)
    turns = {QUANTUM: 0.0}
    real = runner.run("shared", SIZE, batch, jobs, CONTEXTS, changes=turns)
    free = runner.run("shared", SIZE, batch, jobs, CONTEXTS, changes=turns | AT_NO_COST)
    return _rate(alone), _rate(real), 1 - _rate(real) / _rate(free)


def _rate(measured: Measurement) -> float:
    return 1e9 / measured.product_ns


SHARING = Experiment(
    name="sharing",
    title=f"contexts that take turns on a tile by a quantum, with jobs of {BATCH} products of {SIZE} x {SIZE}",
    axis="quantum in µs",
    sizes=(1, 20, 50, 100, 200, 500, 1000, 2000, 5000),
    possible=range(1, 1_000_001),
    columns=(
        Column("rate_2_per_s", "2 contexts", Panel.RATE),
        Column("rate_4_per_s", f"{CONTEXTS} contexts", Panel.RATE),
        Column("lost_4", f"{CONTEXTS}: programming", Panel.SHARE),
        Column("longest_2_ns", "2: slowest job", Panel.TIME),
        Column("longest_4_ns", f"{CONTEXTS}: slowest job", Panel.TIME),
    ),
    measure=_by_quantum,
    cores=CONTEXTS,
)

SHARING_BY_JOB = Experiment(
    name="sharing-job",
    title=f"contexts that take turns on a tile job by job, with products of {SIZE} x {SIZE}",
    axis="products in a job",
    sizes=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    possible=range(1, 1025),
    columns=(
        Column("rate_1_per_s", "1 context", Panel.RATE),
        Column("rate_4_per_s", f"{CONTEXTS} contexts", Panel.RATE),
        Column("lost_4", f"{CONTEXTS}: programming", Panel.SHARE),
    ),
    measure=_by_job,
    cores=CONTEXTS,
)

"""Contexts that take turns on one tile, by the number of products in a job: the quantum of their scheduler."""

from __future__ import annotations

from aimc.experiment.experiment import Column, Experiment, Panel
from aimc.experiment.runner import Runner

SIZE = 256
PRODUCTS = 256
FEWEST_JOBS = 8
AT_NO_COST = {"tile.parameter_read_ns": 0, "tile.parameter_write_ns": 0}


def _measure(runner: Runner, batch: int) -> tuple[float, ...]:
    jobs = max(FEWEST_JOBS, PRODUCTS // batch)
    alone = runner.run("shared", SIZE, batch, jobs, 1)
    rates, lost = [1e9 / alone.product_ns], []
    for contexts in (2, 4):
        numbers = (SIZE, batch, jobs, contexts)
        real = runner.run("shared", *numbers)
        free = runner.run("shared", *numbers, changes=AT_NO_COST)
        rates.append(1e9 / real.product_ns)
        lost.append(1 - free.elapsed_ns / real.elapsed_ns)
    return (*rates, *lost)


SHARING = Experiment(
    name="sharing",
    title=f"products of {SIZE} x {SIZE} of contexts that take turns on one tile; the share of time lost to programming",
    axis="products in a job",
    sizes=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    possible=range(1, 1025),
    columns=(
        Column("rate_1_per_s", "1 context", Panel.RATE),
        Column("rate_2_per_s", "2 contexts", Panel.RATE),
        Column("rate_4_per_s", "4 contexts", Panel.RATE),
        Column("lost_2", "2: programming", Panel.SHARE),
        Column("lost_4", "4: programming", Panel.SHARE),
    ),
    measure=_measure,
)

"""Tight against loose coupling, and registers between the two, by the size of a layer."""

from __future__ import annotations

from aimc.experiment.experiment import Column, Experiment, Panel
from aimc.experiment.runner import Runner

PRODUCTS = 64
BATCH = 64


def _measure(runner: Runner, size: int) -> tuple[float, ...]:
    tight = runner.run("tight", size, PRODUCTS).product_ns
    registers = runner.run("registers", size, PRODUCTS).product_ns
    polling = runner.run("poll", size, 1, PRODUCTS).product_ns
    interrupts = runner.run("interrupt", size, 1, PRODUCTS).product_ns
    batched = runner.run("poll", size, BATCH, 2).product_ns
    return tight, registers, polling, interrupts, batched, registers / tight, polling / tight, batched / tight


COUPLING = Experiment(
    name="coupling",
    title="time per product of an n x n layer: instructions, registers and jobs",
    axis="layer size n",
    sizes=(16, 32, 64, 128, 256, 512, 1024),
    possible=range(4, 2001, 4),
    columns=(
        Column("tight_ns", "tight", Panel.TIME),
        Column("registers_ns", "registers", Panel.TIME),
        Column("loose_poll_ns", "polling", Panel.TIME),
        Column("loose_interrupt_ns", "interrupt", Panel.TIME),
        Column("loose_batch_ns", f"{BATCH} a job", Panel.TIME),
        Column("registers_ratio", "registers/tight", Panel.RATIO),
        Column("loose_poll_ratio", "polling/tight", Panel.RATIO),
        Column("loose_batch_ratio", f"{BATCH} a job/tight", Panel.RATIO),
    ),
    measure=_measure,
)

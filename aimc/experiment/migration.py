"""Threads that use tiles by instructions: those that stay on a core against those that move."""

from __future__ import annotations

from aimc.experiment.experiment import Column, Experiment, Panel
from aimc.experiment.runner import Runner

SIZE = 128
THREADS = 2
PRODUCTS = 64
FEWEST_MOVES = 4


def _measure(runner: Runner, every: int) -> tuple[float, ...]:
    moves = max(FEWEST_MOVES, PRODUCTS // every)
    pinned = runner.run("move", SIZE, 0, moves * every, THREADS).product_ns
    moving = runner.run("move", SIZE, every, moves * every, THREADS).product_ns
    return pinned, moving, (moving - pinned) * every, moving / pinned


MIGRATION = Experiment(
    name="migration",
    title=f"{THREADS} threads with products of {SIZE} x {SIZE} by instructions: pinned against moving",
    axis="products between moves",
    sizes=(1, 4, 16, 64, 256, 1024, 4096),
    possible=range(1, 100_001),
    columns=(
        Column("pinned_ns", "pinned", Panel.TIME),
        Column("moving_ns", "moving", Panel.TIME),
        Column("move_ns", "a move costs", Panel.TIME, plotted=False),
        Column("moving_ratio", "moving/pinned", Panel.RATIO),
    ),
    measure=_measure,
    cores=2 * THREADS,
)

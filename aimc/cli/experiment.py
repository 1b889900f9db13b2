"""`aimc experiment`: what ways of using tiles cost, measured by a guest program in guest time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aimc.cli import options, say
from aimc.errors import UsageError

if TYPE_CHECKING:
    from aimc.config import MachineConfig
    from aimc.experiment.experiment import Experiment, Point

NAMES = ("waiting", "waiting-length", "coupling", "sharing", "sharing-job", "migration")


@click.command(no_args_is_help=True)
@options.configuration
@click.option("--at", "sizes", metavar="N", type=int, multiple=True,
              help="Measure only where the number in the first column is N. May be repeated.")  # fmt: skip
@click.option("--output", metavar="DIR", type=click.Path(path_type=Path), default=None,
              help="Write the figures as CSV and as a plot (PNG, with matplotlib) into this folder.")  # fmt: skip
@click.argument("name", type=click.Choice(NAMES))
def experiment(
    *,
    name: str,
    sizes: tuple[int, ...],
    output: Path | None,
    preset: str | None,
    cores: int | None,
    fidelity: str | None,
    memory: str | None,
    settings: tuple[tuple[str, str], ...],
) -> int:
    """Measure what a way of using tiles costs.

    \b
    waiting         waiting for a job by polling or interrupt, by its products
    waiting-length  likewise, by the length of its vectors
    coupling        a layer by its size: instructions (tight) or jobs (loose)
    sharing         contexts that take turns on a tile, by the quantum of their scheduler
    sharing-job     the same job by job, by the products in a job
    migration       threads that stay on a core against threads that move

    All times are guest time: they are the same at each repetition and on each host. The guest program is bench-driver,
    which checks results.
    """
    from aimc.config import DEFAULT_PRESET, machine_config
    from aimc.experiment import table
    from aimc.experiment.catalogue import EXPERIMENTS

    chosen = next(one for one in EXPERIMENTS if one.name == name)
    points_at = chosen.choose(sizes)
    given = options.overrides(cores, fidelity, memory, settings)
    config = machine_config(DEFAULT_PRESET if preset is None else preset, {"core.count": chosen.cores, **given})
    if config.hardware.core.count < chosen.cores:
        raise UsageError(f"the experiment {name} needs {chosen.cores} cores, not {config.hardware.core.count}")
    if output is not None:
        _make_folder(output)
    points = _measure(chosen, points_at, config)
    table.show(chosen, points, sys.stdout)
    if output is not None:
        _write(chosen, points, output / f"experiment-{name}")
    return 0


def _measure(experiment: Experiment, sizes: tuple[int, ...], config: MachineConfig) -> list[Point]:
    """Measure all points, with a progress bar on standard error."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from aimc import report
    from aimc.cli.engine import load_machine
    from aimc.cli.images import build_images
    from aimc.experiment.runner import PROGRAM, Runner

    build_images([PROGRAM])
    runner = Runner(load_machine(config).config)
    console = report.console(sys.stderr)
    columns = (TextColumn("measuring {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    points = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=len(sizes))
        for size in sizes:
            bar.update(task, description=f"{experiment.axis} {size}")
            points.append(experiment.at(runner, size))
            bar.advance(task)
    return points


def _make_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--output cannot make the folder {str(output)!r}: {error.strerror}") from None


def _write(experiment: Experiment, points: list[Point], stem: Path) -> None:
    from aimc.experiment import document, plot
    from aimc.validate.plot import available

    figures, picture = stem.with_suffix(".csv"), stem.with_suffix(".png")
    try:
        figures.write_text(document.to_csv(experiment, points), encoding="utf-8")
        if available():
            plot.save(experiment, points, picture)
        else:
            say(f"{picture} is left out: matplotlib is not installed (pip install 'aimc-emulator[plots]')")
    except OSError as error:
        raise UsageError(f"cannot write the figures: {error}") from None

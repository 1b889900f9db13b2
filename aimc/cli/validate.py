"""`aimc validate`: the model against measurements of another simulator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aimc.cli import say
from aimc.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from aimc.validate.reference import Reference
    from aimc.validate.timing import Comparison


@click.group(no_args_is_help=True)
def validate() -> None:
    """Compare the model with measurements of another simulator."""


@validate.command()
@click.option("--reference", "folder", metavar="DIR", type=click.Path(path_type=Path), default=None,
              help="Folder of measurements (gem5-minor.csv) and binaries (bin/) or their sources (src/). "
              "Default: benchmarks/reference.")  # fmt: skip
@click.option("--only", metavar="NAME", multiple=True, help="Run only this program. May be repeated.")
@click.option(
    "--micro", "suite", flag_value="micro", help="The micro kernels instead of the programs; no limits hold for them."
)
@click.option(
    "--multicore",
    "suite",
    flag_value="multicore",
    help="Programs with threads on several cores, with limits of 20 % and 10 %.",
)
@click.option("--output", metavar="DIR", type=click.Path(path_type=Path), default=None,
              help="Write the comparison as CSV and as a plot (PNG, with matplotlib) into this folder.")  # fmt: skip
@click.argument("more", metavar="[NAME]...", nargs=-1)
def timing(
    *, folder: Path | None, only: tuple[str, ...], suite: str | None, output: Path | None, more: tuple[str, ...]
) -> int:
    """Run reference programs at timing fidelity and compare cycles with gem5's MinorCPU.

    Each program runs on high-power and low-power as it was measured; binaries that are missing are built first.
    Kernel work takes no time, as in the reference. NAMEs are short for --only NAME. The
    exit status is 1 if the cycles of a program are off by more than 15 %, or those of all programs by more than 6 % in
    the mean.
    """
    from aimc.validate import table
    from aimc.validate.reference import DEFAULT_FOLDER, MICRO, MULTICORE, PROGRAMS, load
    from aimc.validate.timing import Summary

    chosen = {None: PROGRAMS, "micro": MICRO, "multicore": MULTICORE}[suite]
    reference = load(DEFAULT_FOLDER if folder is None else folder, chosen, (*only, *more))
    if output is not None:
        _make_folder(output)
    comparisons = _run(reference)
    table.show(comparisons, sys.stdout, chosen.worst_limit)
    if output is not None:
        _write(comparisons, output / chosen.document, chosen.worst_limit)
    beyond = Summary.of(comparisons).beyond(reference)
    for sentence in beyond:
        say(sentence)
    return ExitStatus.BEYOND_LIMITS if beyond else 0


def _run(reference: Reference) -> list[Comparison]:
    """Run everything, one after the other, with a progress bar on standard error."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from aimc import report
    from aimc.validate.binaries import Binaries
    from aimc.validate.timing import compare
    from images.build import FIRST_TIME
    from images.cache import compiler_folder

    console = report.console(sys.stderr)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    names = dict.fromkeys(measurement.program for measurement in reference.measurements)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("building reference programs", total=len(names))
        binaries = Binaries(reference)
        paths = {}
        for name in names:
            if binaries.missing(name) and not compiler_folder().exists():
                bar.console.print(f"aimc: building reference programs {FIRST_TIME}")
            paths[name] = binaries.find(name)
            bar.advance(task)
        comparisons = []
        bar.reset(task, total=len(reference.measurements))
        for measurement in reference.measurements:
            bar.update(task, description=f"running {measurement.program} on {measurement.system}")
            comparisons.append(compare(measurement, paths[measurement.program]))
            bar.advance(task)
    for sentence in binaries.warnings:
        say(f"warning: {sentence}")
    for comparison in comparisons:
        for sentence in comparison.warnings:
            say(f"warning: {comparison.measurement.program} on {comparison.measurement.system}: {sentence}")
    return comparisons


def _make_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--output cannot make the folder {str(output)!r}: {error.strerror}") from None


def _write(comparisons: list[Comparison], stem: Path, worst_limit: float | None) -> None:
    from aimc.validate import document, plot

    table, picture = stem.with_suffix(".csv"), stem.with_suffix(".png")
    try:
        table.write_text(document.to_csv(comparisons), encoding="utf-8")
        if plot.available():
            plot.save(comparisons, picture, worst_limit)
        else:
            say(f"{picture} is left out: matplotlib is not installed (pip install 'aimc-emulator[plots]')")
    except OSError as error:
        raise UsageError(f"cannot write the comparison: {error}") from None

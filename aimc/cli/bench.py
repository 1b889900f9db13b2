"""`aimc bench`: how fast the machine is on this host, against qemu-aarch64 and against the targets of the design."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aimc.cli.images import build_images
from aimc.errors import UsageError

if TYPE_CHECKING:
    from aimc.bench.benchmark import Benchmark
    from aimc.bench.document import Section

REPETITIONS = 5
QUICK_REPETITIONS = 2
WARM_UP = "hello"


@click.command()
@click.option("--repetitions", metavar="N", type=click.IntRange(min=1), default=None,
              help=f"How often to measure. Default: {REPETITIONS}, or {QUICK_REPETITIONS} with --quick.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Fewer repetitions and shorter loops.")
@click.option("--only", metavar="NAME", multiple=True,
              help="Measure only this: qemu, fidelities, aimc-words, start-up, perceptron, syscall, "
                   "block-entry.")  # fmt: skip
@click.option("--json", "file", metavar="FILE", help="Write every sample as JSON to FILE; - is standard output.")
def bench(*, repetitions: int | None, quick: bool, only: tuple[str, ...], file: str | None) -> int:
    """Measure the speed of the machine on this host.

    Everything is measured several times, in turns, in processes of their own. The targets are those of the design; the
    exit status says nothing about them, since times are the host's.
    """
    from aimc.bench import document, host
    from aimc.bench.catalogue import choose

    if file is not None and file != "-" and not Path(file).parent.is_dir():
        raise UsageError(f"--json cannot write to {file!r}: there is no such folder")
    chosen = choose(only)
    about = host.describe()
    rounds = repetitions or (QUICK_REPETITIONS if quick else REPETITIONS)
    build_images(sorted({WARM_UP, *(image for benchmark in chosen for image in benchmark.images)}))
    sections = _measure(chosen, rounds, quick)
    if file is not None:
        _write(file, document.to_json(about, rounds, quick, sections))
    if file != "-":
        from aimc.bench import table

        table.show(about, rounds, sections, sys.stdout)
    return 0


def _measure(chosen: list[type[Benchmark]], repetitions: int, quick: bool) -> list[Section]:
    """Repeat the benchmarks in turns, with a progress bar on standard error."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from aimc import report
    from aimc.bench import child
    from aimc.bench.benchmark import Setting
    from aimc.bench.worker import Worker

    console = report.console(sys.stderr)
    columns = (TextColumn("measuring {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        child.ordinary_environment() as environment,
        Worker(environment) as worker,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        # The first run after an installation compiles the hooks and fills the caches: not measured.
        child.run(child.python("aimc", "run", "--quiet", WARM_UP), environment)
        benchmarks = [benchmark(Setting(environment, worker, quick)) for benchmark in chosen]
        task = bar.add_task("", total=repetitions * sum(benchmark.steps for benchmark in benchmarks))
        for _ in range(repetitions):
            for benchmark in benchmarks:
                bar.update(task, description=benchmark.name)
                for _ in benchmark.repeat():
                    bar.advance(task)
        return [(type(benchmark), list(benchmark.rows())) for benchmark in benchmarks]


def _write(file: str, text: str) -> None:
    if file == "-":
        sys.stdout.write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the measurements to {file!r}: {error.strerror}") from None

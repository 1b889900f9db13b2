"""`aimc images`: the guest programs that come with the machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from aimc.errors import BuildFailed, UsageError

if TYPE_CHECKING:
    from images.build import BuiltImage


@click.group(invoke_without_command=True)
@click.pass_context
def images(context: click.Context) -> None:
    """List or build the guest programs that `aimc run NAME` runs."""
    if context.invoked_subcommand is None:
        context.invoke(list_images)


@images.command("list")
def list_images() -> None:
    """List the guest programs, grouped by what they are for."""
    from rich.table import Table

    from aimc import report
    from images.catalogue import CATALOGUE, Kind

    table = Table(box=None, pad_edge=False, padding=(0, 2), show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(style="dim")
    table.add_column()
    for kind in Kind:
        for image in CATALOGUE:
            if image.kind is kind:
                table.add_row(image.name, kind.value, image.description)
    report.console(sys.stdout).print(table)


@images.command()
@click.argument("names", nargs=-1)
@click.option("--jobs", "-j", metavar="N", type=click.IntRange(min=1), help="Programs built at once.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
def build(names: tuple[str, ...], jobs: int | None, quiet: bool) -> None:
    """Build the guest programs NAMES, or all; those that are up to date are left alone."""
    built = build_images(list(names) or None, jobs=jobs, quiet=quiet)
    if not quiet:
        compiled = [entry for entry in built if entry.compiled]
        for entry in compiled:
            print(f"{entry.image.name}: {entry.path} ({entry.seconds:.1f} s)")
        print(f"{len(compiled)} built, {len(built) - len(compiled)} up to date")


def build_images(names: list[str] | None, *, jobs: int | None = None, quiet: bool = False) -> list[BuiltImage]:
    """Build images with their progress on standard error (none when quiet; only a word on long work when no terminal).

    Raises `UsageError` for an unknown name and `BuildFailed` if one cannot be built.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from aimc import report
    from images.build import FIRST_TIME, BuildError
    from images.build import build as build_all
    from images.catalogue import UnknownImage

    console = report.console(sys.stderr)
    # The spinner and the clock show life during a first build, which compiles the C library before anything is done.
    columns = (SpinnerColumn(), TextColumn("building images"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total)
            if name == FIRST_TIME and not quiet:
                bar.console.print(f"aimc: building images {name}")

        try:
            return build_all(names, jobs=jobs, progress=progress)
        except UnknownImage as error:
            raise UsageError(str(error)) from None
        except BuildError as error:
            raise BuildFailed(f"cannot build the image {error}") from None

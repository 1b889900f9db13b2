"""A comparison for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.table import Table
from rich.text import Text

from aimc import report
from aimc.validate.timing import WORST_LIMIT, Comparison, Summary


def show(comparisons: Sequence[Comparison], stream: TextIO) -> None:
    """Print one row for each program and system, ours before the reference's, and a summary."""
    out = report.console(stream)
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("program", no_wrap=True)
    table.add_column("system", no_wrap=True)
    for title in ("instructions", "cycles"):
        table.add_column(title, justify="right", no_wrap=True)
        table.add_column("gem5", justify="right", no_wrap=True, style="dim")
    table.add_column("error", justify="right", no_wrap=True)
    for title in ("L1D misses", "L2 misses", "mispred."):
        table.add_column(title, justify="right", no_wrap=True)
        table.add_column("gem5", justify="right", no_wrap=True, style="dim")
    for comparison in comparisons:
        table.add_row(*_cells(comparison))
    if not out.is_terminal:
        out.width = 200
    out.print(table)
    summary = Summary.of(comparisons)
    out.print()
    out.print(
        f"cycles: mean absolute error {100 * summary.mean:.1f} %, "
        f"worst {100 * summary.worst:.1f} % ({summary.worst_of})"
    )


def _cells(comparison: Comparison) -> list[Text]:
    ours, theirs = comparison.ours, comparison.measurement.counts
    error = Text(f"{100 * comparison.error:+.1f} %", style="bold red" if abs(comparison.error) > WORST_LIMIT else "")
    return [
        Text(comparison.measurement.program, style="bold"),
        Text(comparison.measurement.system),
        *_pair(ours.instructions, theirs.instructions),
        *_pair(ours.cycles, theirs.cycles),
        error,
        *_pair(ours.l1d_misses, theirs.l1d_misses),
        *_pair(ours.l2_misses, theirs.l2_misses),
        *_pair(ours.mispredictions, theirs.mispredictions),
    ]


def _pair(ours: int | None, theirs: int | None) -> list[Text]:
    return [Text("–" if count is None else f"{count:,}") for count in (ours, theirs)]

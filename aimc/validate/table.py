"""A comparison for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from aimc import report
from aimc.validate.reference import Counts
from aimc.validate.timing import Comparison, Summary

_NOT_A_TERMINAL_WIDTH = 200

_Column = tuple[str, Callable[[Counts], int | None]]

_WORK: tuple[_Column, ...] = (
    ("instructions", lambda counts: counts.instructions),
    ("cycles", lambda counts: counts.cycles),
)
_EVENTS: tuple[_Column, ...] = (
    ("L1D misses", lambda counts: counts.l1d_misses),
    ("L2 misses", lambda counts: counts.l2_misses),
    ("mispred.", lambda counts: counts.mispredictions),
)


def show(comparisons: Sequence[Comparison], stream: TextIO, worst_limit: float | None = None) -> None:
    """Print one row for each program and system, ours before the reference's, and a summary.

    Errors beyond `worst_limit` (a fraction) stand out.
    On a terminal that is too narrow for all columns they are printed as two tables.
    """
    out = report.console(stream)
    if not out.is_terminal:
        out.width = _NOT_A_TERMINAL_WIDTH
    limit = math.inf if worst_limit is None else worst_limit
    whole = _table(comparisons, _WORK, _EVENTS, limit)
    if _width(out, whole) <= out.width:
        out.print(whole)
    else:
        parts = [_table(comparisons, _WORK, (), limit), _table(comparisons, (), _EVENTS, limit)]
        # A line that is broken can be read; a number that is cut cannot.
        out.width = max(out.width, *(_width(out, part) for part in parts))
        out.print(parts[0])
        out.print()
        out.print(parts[1])
    summary = Summary.of(comparisons)
    out.print()
    out.print(
        f"cycles: mean absolute error {100 * summary.mean:.1f} %, "
        f"worst {100 * summary.worst:.1f} % ({summary.worst_of})"
    )


def _table(
    comparisons: Sequence[Comparison], work: Sequence[_Column], events: Sequence[_Column], limit: float
) -> Table:
    """Ours and the reference's by columns; the error of the cycles stands behind the work."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("program", no_wrap=True)
    table.add_column("system", no_wrap=True)
    for columns in (work, events):
        for title, _ in columns:
            table.add_column(title, justify="right", no_wrap=True)
            table.add_column("gem5", justify="right", no_wrap=True, style="dim")
        if columns and columns is work:
            table.add_column("error", justify="right", no_wrap=True)
    for comparison in comparisons:
        cells = [Text(comparison.measurement.program, style="bold"), Text(comparison.measurement.system)]
        cells += [text for _, count in work for text in _pair(comparison, count)]
        cells += [_error(comparison, limit)] if work else []
        cells += [text for _, count in events for text in _pair(comparison, count)]
        table.add_row(*cells)
    return table


def _width(out: Console, table: Table) -> int:
    return Measurement.get(out, out.options.update(max_width=_NOT_A_TERMINAL_WIDTH), table).maximum


def _error(comparison: Comparison, limit: float) -> Text:
    return Text(f"{100 * comparison.error:+.1f} %", style="bold red" if abs(comparison.error) > limit else "")


def _pair(comparison: Comparison, count: Callable[[Counts], int | None]) -> list[Text]:
    counts = [count(side) for side in (comparison.ours, comparison.measurement.counts)]
    return [Text("–" if value is None else f"{value:,}") for value in counts]

"""An experiment for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.table import Table

from aimc import figures, report
from aimc.experiment.experiment import Experiment, Panel, Point


def show(experiment: Experiment, points: Sequence[Point], stream: TextIO) -> None:
    """Print one row for each point."""
    out = report.console(stream)
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column(experiment.axis, justify="right", style="bold")
    for column in experiment.columns:
        table.add_column(column.title, justify="right")
    for point in points:
        cells = [_cell(column.panel, value) for column, value in zip(experiment.columns, point.values, strict=True)]
        table.add_row(figures.count(point.at), *cells)
    out.print(experiment.title)
    out.print()
    out.print(table)


def _cell(panel: Panel, value: float) -> str:
    match panel:
        case Panel.TIME:
            return figures.si(value * 1e-9, "s")
        case Panel.RATE:
            return figures.si(value, "/s")
        case Panel.SHARE:
            return f"{100 * value:.1f} %"
        case Panel.RATIO:
            return f"{value:.2f}×"

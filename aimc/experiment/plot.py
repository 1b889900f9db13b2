"""An experiment as a picture; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from aimc.experiment.experiment import Experiment, Panel, Point

LOGARITHMIC = (Panel.TIME, Panel.RATE)
STYLES = ("-", "--", ":", "-.")
"""So that lines which lie on each other are seen."""


def save(experiment: Experiment, points: Sequence[Point], file: Path) -> None:
    """One line for each column, those of a kind together, as PNG. Raises OSError."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import StrMethodFormatter

    lines = [(column, place) for place, column in enumerate(experiment.columns) if column.plotted]
    panels = list(dict.fromkeys(column.panel for column, _ in lines))
    figure = Figure(figsize=(5 * len(panels), 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    sizes = [point.at for point in points]
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        factor = 100 if panel is Panel.SHARE else 1
        of_panel = [(column, place) for column, place in lines if column.panel is panel]
        for (column, place), style in zip(of_panel, cycle(STYLES), strict=False):
            values = [factor * point.values[place] for point in points]
            axes.plot(sizes, values, style, marker="o", markersize=3, label=column.title)
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        if panel in LOGARITHMIC:
            axes.set_yscale("log")
        else:
            axes.axhline(0, color="black", linewidth=0.8)
        axes.set(xlabel=experiment.axis, ylabel=panel.value)
        axes.grid(linewidth=0.3)
        axes.legend(fontsize=8)
    figure.suptitle(experiment.title, fontsize=10)
    figure.savefig(file, dpi=80)

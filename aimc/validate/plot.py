"""A comparison as a picture; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aimc.validate.timing import Comparison, Summary


def available() -> bool:
    """Whether matplotlib is installed."""
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None


def save(comparisons: Sequence[Comparison], file: Path, worst_limit: float | None) -> None:
    """Cycles against cycles, and each program's error, with its limit (a fraction) if there is one, as PNG.

    Raises OSError.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    programs = list(dict.fromkeys(comparison.measurement.program for comparison in comparisons))
    systems = list(dict.fromkeys(comparison.measurement.system for comparison in comparisons))
    height = max(4.5, 1.2 + 0.22 * len(programs))
    figure = Figure(figsize=(12, height), layout="constrained")
    FigureCanvasAgg(figure)
    cycles, errors = figure.subplots(1, 2)
    for number, system in enumerate(systems):
        chosen = [comparison for comparison in comparisons if comparison.measurement.system == system]
        theirs = [comparison.measurement.counts.cycles for comparison in chosen]
        colour = f"C{number}"
        cycles.scatter(theirs, [comparison.ours.cycles for comparison in chosen], s=16, label=system, color=colour)
        places = [programs.index(comparison.measurement.program) for comparison in chosen]
        shift = (number + 0.5) / len(systems) - 0.5
        errors.barh(
            [place + 0.8 * shift for place in places],
            [100 * comparison.error for comparison in chosen],
            height=0.8 / len(systems),
            label=system,
            color=colour,
        )
    bounds = [
        value for comparison in comparisons for value in (comparison.ours.cycles, comparison.measurement.counts.cycles)
    ]
    ends = [max(min(bounds), 1), max(bounds)]
    cycles.plot(ends, ends, color="grey", linewidth=0.8)
    cycles.set(xscale="log", yscale="log", xlabel="cycles, gem5 MinorCPU", ylabel="cycles, aimc at timing fidelity")
    cycles.legend()
    for limit in () if worst_limit is None else (-worst_limit, worst_limit):
        errors.axvline(100 * limit, color="grey", linewidth=0.8, linestyle="--")
    errors.axvline(0, color="black", linewidth=0.8)
    errors.set_yticks(range(len(programs)), programs, fontsize=8)
    errors.set_ylim(len(programs) - 0.5, -0.5)
    errors.set_xlabel("error of the cycles in %")
    summary = Summary.of(comparisons)
    if summary.worst > 1:
        errors.set_xscale("symlog", linthresh=10)  # or one bar would make all others invisible
    figure.suptitle(f"mean absolute error {100 * summary.mean:.1f} %, worst {100 * summary.worst:.1f} %")
    figure.savefig(file, dpi=150)

"""A comparison as CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence

from aimc.validate.reference import Counts
from aimc.validate.timing import Comparison


def to_csv(comparisons: Sequence[Comparison]) -> str:
    """One line for each program and system; an empty cell is something that was not measured."""
    names = [item.name for item in dataclasses.fields(Counts)]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["program", "system", *(f"{name}{end}" for name in names for end in ("", "_gem5")), "cycles_error"])
    for comparison in comparisons:
        ours, theirs = comparison.ours, comparison.measurement.counts
        counts = [getattr(side, name) for name in names for side in (ours, theirs)]
        cells = ["" if count is None else count for count in counts]
        measurement = comparison.measurement
        rows.writerow([measurement.program, measurement.system, *cells, f"{comparison.error:.4f}"])
    return text.getvalue()

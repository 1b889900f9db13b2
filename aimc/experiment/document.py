"""An experiment as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from aimc.experiment.experiment import Experiment, Point


def to_csv(experiment: Experiment, points: Sequence[Point]) -> str:
    """One line for each point; shares are fractions."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([experiment.axis.replace(" ", "_"), *(column.name for column in experiment.columns)])
    rows.writerows([point.at, *(f"{value:.6g}" for value in point.values)] for point in points)
    return text.getvalue()

"""What an experiment is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from aimc.errors import UsageError
from aimc.experiment.runner import Runner


class Panel(Enum):
    """What a column holds, as the axis of its picture says it."""

    TIME = "time in ns"
    RATE = "products per second"
    SHARE = "share in %"
    RATIO = "ratio"


@dataclass(frozen=True)
class Column:
    """One figure of each point."""

    name: str
    """In CSV; ends with the unit where there is one."""
    title: str
    panel: Panel
    plotted: bool = True


@dataclass(frozen=True)
class Point:
    """What was measured at one size."""

    at: int
    values: tuple[float, ...]
    """By columns. Shares are fractions."""


@dataclass(frozen=True)
class Experiment:
    """A row of measurements that differ in one number."""

    name: str
    title: str
    axis: str
    """What the number is."""
    sizes: tuple[int, ...]
    """Where it is measured unless others are asked for."""
    possible: range
    columns: tuple[Column, ...]
    measure: Callable[[Runner, int], tuple[float, ...]]
    cores: int = 1

    def choose(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """These sizes in order, or the usual ones if there are none. Raises UsageError if one is impossible."""
        for size in sizes:
            if size not in self.possible:
                steps = f" in steps of {self.possible.step}" if self.possible.step > 1 else ""
                raise UsageError(
                    f"--at {size}: {self.axis} is a number from {self.possible[0]} to {self.possible[-1]}{steps}"
                )
        return tuple(sorted(set(sizes))) or self.sizes

    def at(self, runner: Runner, size: int) -> Point:
        """Measure one point. Raises AimcError if the guest program fails."""
        return Point(size, self.measure(runner, size))

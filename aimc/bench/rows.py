"""Rows of the result: a quantity, its repetitions, and the target it is held against."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Clock(StrEnum):
    """What a quantity was measured with."""

    CPU = "CPU"
    """Time of the process, user and system: what is left on a busy machine of what an idle one would show."""
    WALL = "wall"
    """What a user waits."""
    NONE = ""
    """No time."""


class Bound(StrEnum):
    """On which side of a target the good values are."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True)
class Target:
    """What a row is to reach."""

    bound: Bound
    value: float

    def met(self, value: float) -> bool:
        """Whether a value reaches it."""
        return value >= self.value if self.bound is Bound.AT_LEAST else value <= self.value


def at_least(value: float) -> Target:
    """A target for a quantity of which more is better."""
    return Target(Bound.AT_LEAST, value)


def at_most(value: float) -> Target:
    """A target for a quantity of which less is better."""
    return Target(Bound.AT_MOST, value)


@dataclass(frozen=True)
class Row:
    """One line of the result. `samples` is empty if it could not be measured; `note` then says why."""

    title: str
    unit: str
    samples: tuple[float, ...]
    clock: Clock = Clock.NONE
    target: Target | None = None
    note: str = ""

    @property
    def median(self) -> float | None:
        """The middle one of the repetitions."""
        return statistics.median(self.samples) if self.samples else None

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the target; None if there is nothing to say."""
        if self.target is None or self.median is None:
            return None
        return self.target.met(self.median)


def missing(title: str, unit: str, why: str, target: Target | None = None) -> Row:
    """A row of something that could not be measured here."""
    return Row(title, unit, (), target=target, note=why)


def quotients(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, ...]:
    """Repetition by repetition; one whose denominator is not above zero (noise won) is left out."""
    return tuple(above / below for above, below in zip(numerators, denominators, strict=True) if below > 0)

"""What a benchmark is, and what all of them are given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aimc.bench.rows import Row
from aimc.bench.worker import Worker


@dataclass(frozen=True)
class Setting:
    """What the benchmarks of one run of `aimc bench` share."""

    environment: Mapping[str, str]
    """Of every process that is measured."""
    worker: Worker
    quick: bool
    """Shorter loops where the length of a loop can be chosen."""


class Benchmark(ABC):
    """Something to be measured. Repetitions of all benchmarks take turns, so that a slow minute hits all alike."""

    name: str
    """For `--only`."""
    title: str
    images: Sequence[str] = ()
    """Guest programs it needs built."""
    steps: int = 1
    """Progress steps of one repetition."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    @abstractmethod
    def repeat(self) -> Iterator[None]:
        """One repetition: things to be compared directly after each other. Yields after each of its `steps`."""

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """The result of all repetitions."""

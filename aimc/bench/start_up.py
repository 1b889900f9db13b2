"""What a user waits for, and how much memory the machine itself takes."""

from __future__ import annotations

from collections.abc import Iterator

from aimc.bench import child, probe
from aimc.bench.benchmark import Benchmark, Setting
from aimc.bench.rows import Clock, Row, at_most

_MB = 1e6


class StartUp(Benchmark):
    """From the start of the process to the first guest instruction, with warm caches; and memory."""

    name = "start-up"
    title = "start-up and memory"
    images = ("hello",)
    steps = 2

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._inside: list[float] = []
        self._whole: list[child.Sample] = []

    def repeat(self) -> Iterator[None]:
        """Once with the moment noted from the inside, once untouched."""
        self._inside.append(probe.run(("hello",), self.setting.environment).start_up_seconds)
        yield
        self._whole.append(child.run(child.python("aimc", "run", "--quiet", "hello"), self.setting.environment))
        yield

    def rows(self) -> Iterator[Row]:
        """Times and the peak of resident memory."""
        yield Row("start to first guest instruction", "s", tuple(self._inside), Clock.WALL, at_most(1.5))
        yield Row("hello, whole process", "s", tuple(run.wall_seconds for run in self._whole), Clock.WALL)
        yield Row("hello, whole process", "s", tuple(run.cpu_seconds for run in self._whole), Clock.CPU)
        peaks = tuple(run.peak_bytes / _MB for run in self._whole)
        # hello itself touches some 100 kB, so all of it counts as ours.
        yield Row("hello, peak resident memory", "MB", peaks, target=at_most(300))


class Perceptron(Benchmark):
    """ALPINE's example: 1024 × 1024 weights programmed one by one, 10 inferences."""

    name = "perceptron"
    title = "ALPINE's example"
    images = ("perceptron",)

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._runs: list[child.Sample] = []

    def repeat(self) -> Iterator[None]:
        """One run."""
        self._runs.append(child.run(child.python("aimc", "run", "--quiet", "perceptron"), self.setting.environment))
        yield

    def rows(self) -> Iterator[Row]:
        """Wall clock and CPU time."""
        wall = tuple(run.wall_seconds for run in self._runs)
        yield Row("perceptron, whole process", "s", wall, Clock.WALL, at_most(1.5))
        yield Row("perceptron, whole process", "s", tuple(run.cpu_seconds for run in self._runs), Clock.CPU)

"""Host time of single events, each as the difference of two loops that differ in nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from aimc.bench import blocks
from aimc.bench.benchmark import Benchmark, Setting
from aimc.bench.rows import Clock, Row, Target, at_most

_NS, _US = 1e9, 1e6
SITES = (1, 32, 1000)


class _Difference(Benchmark):
    """Cost = (CPU time with the events − CPU time without) / number of events."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._costs: defaultdict[str, list[float]] = defaultdict(list)
        self._warm: set[tuple[str, ...]] = set()

    def _measure(self, what: str, events: int, with_events: tuple[str, ...], without: tuple[str, ...]) -> None:
        self._costs[what].append(self._seconds(with_events, without) / events)

    def _seconds(self, job: tuple[str, ...], without: tuple[str, ...]) -> float:
        """What a job takes more than another."""
        worker = self.setting.worker
        if job[:2] not in self._warm:  # a first run decodes instructions and touches memory
            self._warm.add(job[:2])
            worker.run(*job)
            worker.run(*without)
        return worker.run(*job).cpu_seconds - worker.run(*without).cpu_seconds

    def _row(self, what: str, title: str, unit: str, scale: float, target: Target | None = None) -> Row:
        return Row(title, unit, tuple(scale * cost for cost in self._costs[what]), Clock.CPU, target)


class AimcWords(_Difference):
    """Queue and dequeue, from a hot loop of one instruction to a thousand distinct ones.

    One turn of a loop meets each instruction for the first time (it traps, and is replaced); what more turns add is
    the cost of an operation from then on.
    """

    name = "aimc-words"
    title = "AIMC instructions"
    images = tuple(f"bench-aimc-sites-{count}" for count in SITES)
    steps = 2 * len(SITES)

    def repeat(self) -> Iterator[None]:
        """Each loop with the instruction, then without; before that the same with a single turn."""
        operations = 2_000_000 if self.setting.quick else 5_000_000
        for image, sites in zip(self.images, SITES, strict=True):
            for what in ("queue", "dequeue"):
                first = self._seconds((image, what, "1"), (image, f"{what}-none", "1"))
                turns = str(operations // sites)
                all_of_them = self._seconds((image, what, turns), (image, f"{what}-none", turns))
                self._costs[f"first {what} {sites}"].append(first / sites)
                self._costs[f"{what} {sites}"].append((all_of_them - first) / (operations - sites))
                yield

    def rows(self) -> Iterator[Row]:
        """By operation and number of sites."""
        for what in ("queue", "dequeue"):
            for sites in SITES:
                title = f"{what}, {sites:,} instruction site{'s' if sites > 1 else ''}"
                yield self._row(f"{what} {sites}", title, "ns", _NS, at_most(60))
        for what in ("queue", "dequeue"):
            sites = SITES[-1]
            yield self._row(f"first {what} {sites}", f"{what}, first use of {sites:,}, per site", "µs", _US)


class SystemCall(_Difference):
    """getppid, which does nothing."""

    name = "syscall"
    title = "system calls"
    images = ("bench-syscall",)

    def repeat(self) -> Iterator[None]:
        """Many calls, then none."""
        calls = 50_000 if self.setting.quick else 200_000
        self._measure("call", calls, ("bench-syscall", str(calls)), ("bench-syscall", "0"))
        yield

    def rows(self) -> Iterator[Row]:
        """One."""
        yield self._row("call", "null system call (getppid)", "µs", _US)


class BlockEntry(_Difference):
    """From one translated block to the next, the counting hook included."""

    name = "block-entry"
    title = "basic blocks"

    def repeat(self) -> Iterator[None]:
        """A loop of blocks of two instructions, then the same in straight line."""
        turns = 50_000 if self.setting.quick else 200_000
        loops = [("blocks", form, str(turns)) for form in blocks.FORMS]
        self._measure("entry", turns * blocks.PAIRS, loops[0], loops[1])
        yield

    def rows(self) -> Iterator[Row]:
        """One."""
        yield self._row("entry", "entering a block (of 2 instructions)", "ns", _NS)

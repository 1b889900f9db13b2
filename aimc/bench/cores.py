"""What several cores cost the host: threads that share nothing on as many cores, against one thread on one core."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from aimc.bench import probe
from aimc.bench.benchmark import Benchmark, Setting
from aimc.bench.fidelities import FUNCTIONAL, TIMING
from aimc.bench.rows import Clock, Row, at_most, quotients

PROGRAM = "bench-threads"
KINDS: Mapping[str, int] = {"calls": 5_000, "loads": 9_000, "dots": 24_000}
"""What the threads do, and how many rounds of it together: enough for 50 million instructions."""
CORES = 8

_QUICK = 5
"""So many times fewer rounds where results need not be exact."""


class Cores(Benchmark):
    """CPU time of the run loop for the same work: divided among threads on as many cores, and on one."""

    name = "cores"
    title = f"{CORES} cores against one"
    images = (PROGRAM,)
    steps = len(KINDS)

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._seconds: defaultdict[tuple[str, str, int], list[float]] = defaultdict(list)
        """By kind, fidelity and number of cores, one for each repetition."""

    def repeat(self) -> Iterator[None]:
        """Each kind at both fidelities."""
        for kind, rounds in KINDS.items():
            wanted = str(rounds // _QUICK if self.setting.quick else rounds)
            for fidelity in (FUNCTIONAL, TIMING):
                for cores in (1, CORES):
                    options = ("--fidelity", fidelity, "--cores", str(cores))
                    program = (PROGRAM, kind, str(cores), wanted)
                    probed = probe.run((*options, *program), self.setting.environment)
                    self._seconds[kind, fidelity, cores].append(probed.notes.loop_cpu_seconds)
            yield

    def rows(self) -> Iterator[Row]:
        """The ratio of the two: instructions are the same but for starting threads."""
        for kind in KINDS:
            for fidelity in (FUNCTIONAL, TIMING):
                ratio = quotients(self._seconds[kind, fidelity, CORES], self._seconds[kind, fidelity, 1])
                target = at_most(1.25) if fidelity == TIMING else None
                yield Row(f"{kind}: {fidelity}", "×", ratio, Clock.CPU, target)

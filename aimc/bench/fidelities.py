"""Speed at both fidelities, and under qemu-aarch64 in user mode: programs of many kinds, the same binaries."""

from __future__ import annotations

import shutil
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from aimc.bench import probe
from aimc.bench.against_qemu import QEMU, START_UP, cpu_seconds, net
from aimc.bench.benchmark import Benchmark, Setting
from aimc.bench.rows import Clock, Row, at_least, missing, quotients

PROGRAMS: Mapping[str, int] = {
    "bench-sort": 1,
    "bench-sha256": 2,
    "bench-mvm-int8": 2,
    "bench-sgemm": 140,
    "bench-fft": 38,
    "bench-tree": 20,
    "bench-chase": 25,
    "bench-stream": 25,
    "bench-branchy": 6,
    "bench-bytes": 40,
}
"""Programs and how many rounds each does: enough for 50 million instructions."""

FUNCTIONAL, TIMING, THEIRS = "functional", "timing", "qemu"
_QUICK = 5
"""So many times fewer rounds where results need not be exact."""
_MILLION = 1e6


class Fidelities(Benchmark):
    """CPU time net of start-up: of our run loop, and of qemu's process less one that does next to nothing."""

    name = "fidelities"
    title = "both fidelities, net of start-up"
    images = (START_UP, *PROGRAMS)

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._qemu = shutil.which(QEMU)
        self.steps = len(self.images)
        self._paths: dict[str, Path] = {}
        self._instructions: dict[str, int] = {}
        self._seconds: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        """By program and who ran it, one for each repetition."""

    def repeat(self) -> Iterator[None]:
        """Each program at functional and at timing fidelity, then under qemu."""
        from images.build import find

        environment = self.setting.environment
        for program in self.images:
            arguments = self._arguments(program)
            if program not in self._paths:
                self._paths[program] = find(program)
                self._instructions[program] = self.setting.worker.run(program, *arguments).instructions
            for fidelity in (FUNCTIONAL, TIMING):
                probed = probe.run(("--fidelity", fidelity, program, *arguments), environment)
                self._seconds[program, fidelity].append(probed.notes.loop_cpu_seconds)
            if self._qemu is not None:
                command = [self._qemu, str(self._paths[program]), *arguments]
                self._seconds[program, THEIRS].append(statistics.median(cpu_seconds(command, environment)))
            yield

    def rows(self) -> Iterator[Row]:
        """Per program, then the geometric means of the ratios over all of them."""
        ratios: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
        for program in PROGRAMS:
            short = program.removeprefix("bench-")
            yield from self._speeds(program, short)
            for what in (FUNCTIONAL, THEIRS):
                ratio = self._ratio(program, what)
                ratios[what].append(ratio)
                yield self._ratio_row(f"{short}: timing / {what}", what, ratio)
        for what, of_programs in ratios.items():
            # Where noise made one of them senseless, a repetition is missing and the others are cut to its length.
            means = tuple(statistics.geometric_mean(values) for values in zip(*of_programs, strict=False))
            yield self._ratio_row(f"geometric mean: timing / {what}", what, means)

    def _arguments(self, program: str) -> tuple[str, ...]:
        if program == START_UP:
            return ()
        rounds = PROGRAMS[program]
        return (str(max(rounds // _QUICK, 1) if self.setting.quick else rounds),)

    def _speeds(self, program: str, short: str) -> Iterator[Row]:
        millions = self._instructions[program] / _MILLION
        for what in (FUNCTIONAL, TIMING, THEIRS):
            title, unit = f"{short}: {what}", "M instr/s"
            if what == THEIRS and self._qemu is None:
                yield missing(title, unit, f"{QEMU} is not installed (Debian: qemu-user)")
                continue
            seconds = self._net(program, what)
            speeds = quotients([millions] * len(seconds), seconds)
            note = f"{millions:,.1f} M instr" if what == FUNCTIONAL else ""
            yield Row(title, unit, speeds, Clock.CPU, at_least(25) if what == TIMING else None, note)

    def _net(self, program: str, what: str) -> list[float]:
        return net(self._seconds[program, what], self._seconds[START_UP, what])

    def _ratio(self, program: str, what: str) -> tuple[float, ...]:
        """Speed of timing fidelity in percent of another."""
        if what == THEIRS and self._qemu is None:
            return ()
        return tuple(100 * value for value in quotients(self._net(program, what), self._net(program, TIMING)))

    def _ratio_row(self, title: str, what: str, ratio: tuple[float, ...]) -> Row:
        if what == THEIRS and self._qemu is None:
            return missing(title, "%", f"{QEMU} is not installed (Debian: qemu-user)")
        return Row(title, "%", ratio, Clock.CPU)

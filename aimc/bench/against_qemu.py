"""Speed at functional fidelity against qemu-aarch64 in user mode, on the same binaries."""

from __future__ import annotations

import dataclasses
import shutil
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from aimc.bench import child, probe
from aimc.bench.benchmark import Benchmark, Setting
from aimc.bench.rows import Clock, Row, at_least, missing, quotients

QEMU = "qemu-aarch64"
PROGRAMS = {"bench-mvm-int8": "4", "bench-sort": "6", "bench-sha256": "10"}
"""Programs and how many rounds each does: enough for qemu to run for a tenth of a second or two."""
START_UP = "hello"
"""A program that does next to nothing: what it takes is subtracted on both sides for the net times."""

_RATIO = at_least(0.5)
_MILLION = 1e6
_SHORT_RUNS = 3


class AgainstQemu(Benchmark):
    """Our time and qemu's for whole processes, and net of start-up.

    Start-up of ours is a second and these programs' run loops a tenth of that: the difference of two whole processes
    would be noise. So what is net of start-up is, on our side, taken from the run loop's own clock.
    """

    name = "qemu"
    title = "functional, against qemu-aarch64"
    images = (START_UP, *PROGRAMS)
    _arguments: Mapping[str, tuple[str, ...]] = {START_UP: (), **{name: (rounds,) for name, rounds in PROGRAMS.items()}}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._qemu = shutil.which(QEMU)
        self.steps = len(self.images)
        self._paths: dict[str, Path] = {}
        self._instructions: dict[str, int] = {}
        self._ours: defaultdict[str, list[probe.Probed]] = defaultdict(list)
        self._theirs: defaultdict[str, list[float]] = defaultdict(list)
        """CPU seconds."""

    def repeat(self) -> Iterator[None]:
        """Each program here, then there."""
        from images.build import find

        environment = self.setting.environment
        for program in self.images:
            arguments = self._arguments[program]
            if program not in self._paths:
                self._paths[program] = find(program)
                self._instructions[program] = self.setting.worker.run(program, *arguments).instructions
            self._ours[program].append(probe.run(("--fidelity", "functional", program, *arguments), environment))
            if self._qemu is not None:
                command = [self._qemu, str(self._paths[program]), *arguments]
                self._theirs[program].append(statistics.median(cpu_seconds(command, environment)))
            yield

    def rows(self) -> Iterator[Row]:
        """Per program."""
        for program in PROGRAMS:
            yield from self._rows_of(program)

    def _rows_of(self, program: str) -> Iterator[Row]:
        millions = self._instructions[program] / _MILLION
        ours = self._ours[program]
        whole = [run.sample.cpu_seconds for run in ours]
        loop = [run.notes.loop_cpu_seconds for run in ours]
        our_net = net(loop, [run.notes.loop_cpu_seconds for run in self._ours[START_UP]])
        short = program.removeprefix("bench-")
        speed = "M instr/s"

        def rate(what: str, seconds: list[float]) -> Row:
            return Row(f"{short}: {what}", speed, quotients([millions] * len(seconds), seconds), Clock.CPU)

        yield dataclasses.replace(rate("run loop", loop), note=f"{millions:,.1f} M instr")
        yield rate("whole process", whole)
        yield rate("net of start-up", our_net)
        whole_title, net_title = f"{short}: ratio to qemu, whole", f"{short}: ratio to qemu, net"
        if self._qemu is None:
            yield missing(whole_title, "×", f"{QEMU} is not installed (Debian: qemu-user)")
            yield missing(net_title, "×", f"{QEMU} is not installed (Debian: qemu-user)", _RATIO)
            return
        theirs = self._theirs[program]
        their_net = net(theirs, self._theirs[START_UP])
        yield rate("qemu, whole process", theirs)
        yield rate("qemu, net of start-up", their_net)
        yield Row(whole_title, "×", quotients(theirs, whole), Clock.CPU)
        yield Row(net_title, "×", quotients(their_net, our_net), Clock.CPU, _RATIO)


def cpu_seconds(command: list[str], environment: Mapping[str, str]) -> list[float]:
    """A few runs: qemu's are so short that a single one says little."""
    return [child.run(command, environment).cpu_seconds for _ in range(_SHORT_RUNS)]


def net(seconds: list[float], start_up: list[float]) -> list[float]:
    """The median of the start-up is taken from each: pairing would only add the noise of both."""
    typical = statistics.median(start_up)
    return [value - typical for value in seconds]

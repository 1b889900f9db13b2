"""A real machine whose program makes the calls that the fuzzer wants, and everything that must hold afterwards.

The program is a loop around one `svc`; the table of calls is a real one that puts the next random call in the place of
the one that the program asks for. So everything else is real: memory, tasks (children and threads take their calls
from the same list), signals and their frames, blocking, timers, execve.
"""

from __future__ import annotations

import io
import traceback
from collections import Counter
from collections.abc import Sequence as Sequence_
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aimc.config import machine_config
from guest.abi.errno import MESSAGES, E, Errno
from guest.abi.syscalls import NUMBERS, name_of
from guest.elf import ExecError
from guest.fs.streams import Streams
from guest.fs.tree import FileTree
from guest.kernel import End, Kernel, Limits
from guest.random import RandomStream
from guest.signal.send import send_to_task
from guest.signal.state import SignalInfo
from guest.strace import Line, Tracer
from guest.syscall import Pending, Slot, SyscallTable
from guest.task import Task, TaskExit
from tests.fuzz import host
from tests.fuzz.prologue import ALARM, PROLOGUE, call
from tests.fuzz.stub import NEXT
from tests.fuzz.values import Call, Placer, Sequence, prepare
from tests.fuzz.world import Audit, World

MEMORY_MIB = 64
LIMITS = Limits(instructions=8_000, seconds=3600)
_ALARM_NS = 2_000_000
HOST_SECONDS = 20
"""Of processor time for one sequence, which usually takes some hundredths of a second."""
HOST_MIB = 256
"""How much more memory of the host a sequence may touch than the process had before."""
_GETPID, _SIGRETURN, _LSEEK = NUMBERS["getpid"], NUMBERS["rt_sigreturn"], NUMBERS["lseek"]


class Violation(AssertionError):
    """Something that must hold did not."""


@dataclass
class Tally:
    """What was tried, over all sequences."""

    sequences: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    succeeded: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    blocked: int = 0
    """Calls that waited."""
    ends: Counter[str] = field(default_factory=Counter)
    alive: int = 0
    """Sequences after which the first process still answered."""

    def add(self, other: Tally) -> None:
        self.sequences += other.sequences
        self.blocked += other.blocked
        self.alive += other.alive
        for mine, theirs in ((self.calls, other.calls), (self.succeeded, other.succeeded), (self.errors, other.errors),
                             (self.ends, other.ends)):  # fmt: skip
            mine.update(theirs)


class DrivenTable(SyscallTable):
    """The real table, asked for the next call of a list whenever the program asks for anything."""

    def __init__(self, calls: Sequence_[Call], outside: bytes, tally: Tally) -> None:
        super().__init__()
        self._calls = calls
        self._outside = outside
        self._tally = tally
        self._position = 0
        self.results: list[int] = []
        """As the calls returned, which is not always the order in which they were made."""
        self._programs: set[tuple[int, int]] = set()
        self.problems: list[str] = []
        self.trace_from: tuple[int, Tracer] | None = None
        self.answered = False

    def dispatch(self, task: Task, number: int, registers: Sequence_[int]) -> int | Pending:
        if number & 0xFFFFFFFF != NEXT:
            return super().dispatch(task, number, registers)
        self._prepare(task)
        if self._position == len(self._calls):
            self._last(task)
        next_call = self._calls[self._position]
        if self.trace_from is not None and self._position == self.trace_from[0]:
            self.tracer = self.trace_from[1]
        self._position += 1
        placer = Placer(task.mm, self.results, self._outside)
        values = [placer.register(argument) for argument in next_call.arguments]
        values += [0] * (6 - len(values))
        task.registers.set_x(8, next_call.number)
        for index, value in enumerate(values):
            task.registers.set_x(index, value)
        if self._position > len(PROLOGUE):
            self._tally.calls[name_of(next_call.number & 0xFFFFFFFF)] += 1
        result = super().dispatch(task, next_call.number, values)
        if isinstance(result, Pending):
            self._tally.blocked += 1
            self._alarm(task)
        return result

    def _prepare(self, task: Task) -> None:
        """A program that was just started has no memory of ours."""
        program = (task.pid, task.process.programs)
        if program not in self._programs:
            self._programs.add(program)
            if program[1] or task.pid == 1:
                with suppress(Errno):  # a limit that the calls before have set
                    prepare(task.mm)

    def _alarm(self, task: Task) -> None:
        """Whatever the call waits for, a signal comes first."""

        def ring() -> None:
            if not task.exited:
                with suppress(Errno):  # too many are queued
                    send_to_task(task, SignalInfo(ALARM))

        task.kernel.timers.add(task.kernel.clock.now_ns() + _ALARM_NS, ring)

    def _last(self, task: Task) -> None:
        """The list is done: a call whose answer is known, and the end."""
        if super().dispatch(task, _GETPID, [0] * 6) != task.pid:
            self.problems.append("getpid gives another number than before")
        self.answered |= task.pid == 1
        raise TaskExit(0, group=True)

    def finish(self, task: Task, slot: Slot, line: Line | None, result: int | None) -> int:
        return self._noted(slot, super().finish(task, slot, line, result))

    def fail(self, task: Task, slot: Slot, line: Line | None, error: Errno) -> int:
        return self._noted(slot, super().fail(task, slot, line, error))

    def _noted(self, slot: Slot, value: Any) -> int:
        """Look at a result; 0 if it is none."""
        if slot.number == _SIGRETURN:
            return int(value)  # that is X0 of the interrupted program
        failed = isinstance(value, int) and -4095 <= value < 0
        if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 63) <= value < 1 << 63:
            self.problems.append(f"{slot.name} gives {value!r}, which is no result")
            value = 0
        elif failed and -value not in MESSAGES and slot.number != _LSEEK:  # in /proc/PID/mem a place may look like one
            self.problems.append(f"{slot.name} gives {value}, which is no error number")
            value = 0
        elif self._position > len(PROLOGUE):
            if failed and -value in MESSAGES:
                self._tally.errors[E(-value).name] += 1
            else:
                self._tally.succeeded[slot.name] += 1
        self.results.append(value)
        return value


CONFIG = machine_config("high-power", {"memory.size_bytes": f"{MEMORY_MIB}MiB"}, cores=2)


class Fuzzer:
    """Runs sequences, each on a new machine, and looks after each whether everything is as it must be."""

    def __init__(self, world: World, audit: Audit) -> None:
        self.world = world
        self.audit = audit
        self.tally = Tally()
        self.results: list[int] = []
        """Of all calls of the last sequence, the prologue's first."""
        self._warm_up()

    def _warm_up(self) -> None:
        """What is loaded or compiled at first use is not charged to the first sequence."""
        self.run(Sequence((Call(_GETPID),), traced=True))
        self.tally = Tally()

    def run(self, sequence: Sequence, trace: io.StringIO | None = None) -> End:
        """Raises Violation, or whatever exception the machine let through. `trace` gets the lines of strace."""
        calls = [call for call, _ in PROLOGUE] + list(sequence.calls)
        table = DrivenTable(calls, str(self.world.outside).encode(), self.tally)
        if sequence.traced or trace is not None:
            table.trace_from = (len(PROLOGUE), Tracer(trace or io.StringIO()))
        self.results = table.results
        end = self._run(table, b"/bin/prog", writable=sequence.writable)
        assert end is not None
        self.tally.sequences += 1
        self.tally.ends[end.reason.name] += 1
        self.tally.alive += table.answered
        return end

    def execute(self, image: bytes, *, directly: bool) -> str:
        """Run a file that may be corrupt: as process 1, or by execve from a sound one. What became of it."""
        self.world.place_mutant(image)
        calls = [] if directly else [call("execve", b"/bin/mutant\0", 0, 0), call("execve", b"/bin/prog\0", 0, 0)]
        table = DrivenTable(calls, b"", Tally())
        try:
            end = self._run(table, b"/bin/mutant" if directly else b"/bin/prog", writable=False)
        except (ExecError, Errno) as error:
            return f"refused: {error.kind.name if isinstance(error, ExecError) else error.number.name}"
        if not directly and table.results and table.results[0] < 0:
            return f"execve: {E(-table.results[0]).name}"
        return end.reason.name

    def _run(self, table: DrivenTable, program: bytes, *, writable: bool) -> End:
        """One machine from its start to its end, within bounds."""
        problems = table.problems
        tree = FileTree(self.world.root, RandomStream(0, "/dev/urandom"), writable=writable)
        kernel = Kernel(CONFIG.hardware, CONFIG.kernel, CONFIG.scheduler, tree, seed=0)
        kernel.table = table
        memory = host.Memory()
        try:
            with memory.limited(HOST_MIB * 4), host.processor_time(HOST_SECONDS), self.audit.watch(self.world):
                streams = Streams(io.BytesIO(b"input\n" * 9), io.BytesIO(), io.BytesIO())
                kernel.start(program, [b"prog"], [b"A=b"], streams)
                end = kernel.run(LIMITS)
                _check_answer(kernel, table)
        finally:
            kernel.close()
            tree.close()
            problems += [f"the host was touched: {found}" for found in self.audit.found]
            problems += self.world.changes(inside=not writable)
            if (grown := memory.grown_mib()) > HOST_MIB:
                problems.append(f"the process grew by {grown} MiB")
            if writable or problems:
                self.world.renew()
        if problems:
            raise Violation("; ".join(problems))
        return end

    def explain(self, sequence: Sequence) -> tuple[str, bool]:
        """The calls of a sequence as strace shows them and as values that can be replayed, and whether it fails."""
        trace, what = io.StringIO(), ""
        tally, self.tally = self.tally, Tally()
        try:
            self.run(sequence, trace)
        except Exception as error:  # noqa: BLE001 (the very thing that is looked for)
            what = "".join(traceback.format_exception(error, chain=False))
        self.tally = tally
        shown = trace.getvalue() or "(none got that far)\n"
        text = f"The calls, as strace shows them:\n{shown}\nAs a value, for --replay:\n{sequence!r}\n\n"
        return text + f"The failure:\n{what or 'none, this time'}", bool(what)


def _check_answer(kernel: Kernel, table: DrivenTable) -> None:
    """Whatever happened, the machine must know its first process."""
    first = kernel.services.tasks.process(1)
    if first is None:
        table.problems.append("process 1 is not in the table of tasks")
    elif first.threads:
        answer = SyscallTable.dispatch(table, first.threads[0], _GETPID, [0] * 6)
        if answer != 1:
            table.problems.append(f"getpid of process 1 gives {answer}")

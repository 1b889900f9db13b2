"""The run loop of a machine: advances cores, and does what Linux does when one of them needs it.

Everything the kernel does takes guest time: work is counted where it is done (`costs.WorkCounters`) and charged to
the core that asked for it, so that a run's cycles are user time plus kernel time plus idle time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from emulator import record
from emulator.config import HardwareConfig
from emulator.core import FOREVER, Core
from emulator.engine import Engine
from emulator.loop import RunLoop, turn
from emulator.memory import Protection
from emulator.stop import Access, Stop, StopKind
from guest.costs import KernelConfig
from guest.cpu import describe_cpu
from guest.exec import create_first_task
from guest.fs.streams import Streams
from guest.fs.tree import FileTree
from guest.sched import Scheduler, Thread
from guest.services import CpuTime, KernelServices
from guest.signal import Fault, fault_of, has_handler, signal_name
from guest.strace import Tracer
from guest.syscall import Pending
from guest.syscall_table import make_table
from guest.task import FatalSignal, Task, TaskExit

_NS = 1_000_000_000
_PROTECTION = {Access.READ: Protection.READ, Access.WRITE: Protection.WRITE, Access.EXECUTE: Protection.EXECUTE}


class EndReason(Enum):
    """Why a run ended."""

    EXITED = auto()
    KILLED = auto()
    MAX_INSTRUCTIONS = auto()
    MAX_SECONDS = auto()
    DEADLOCK = auto()
    """Every task waits for something that cannot happen any more."""


@dataclass(frozen=True)
class End:
    """How a run ended."""

    reason: EndReason
    exit_status: int = 0
    """Of the first process: 0 to 255. Only meaningful for EXITED."""
    signal: int = 0
    """For KILLED."""
    detail: str = ""
    """For people: what caused a fatal signal, or who waits for what."""


@dataclass(frozen=True)
class Limits:
    """Bounds on a run; None for none."""

    instructions: int | None = None
    seconds: float | None = None
    """Guest time."""


class Kernel:
    """Linux on one machine, with its first process; runs once."""

    def __init__(
        self,
        hardware: HardwareConfig,
        costs: KernelConfig,
        tree: FileTree,
        *,
        seed: int,
        tracer: Tracer | None = None,
    ) -> None:
        self._costs = costs
        self._hardware = hardware
        self.cores = [Core(number, hardware) for number in range(hardware.core.count)]
        self.engines: list[Engine] = []
        self.services = KernelServices(
            clock=self,
            tree=tree,
            seed=seed,
            memory_bytes=hardware.memory.size_bytes,
            cpu=describe_cpu(hardware.core.count),
        )
        self.table = make_table()
        self.table.tracer = tracer
        self._tracer = tracer
        self._loop = RunLoop(hardware.core)
        self._scheduler = Scheduler(self.cores)
        self._threads: dict[Task, Thread] = {}
        self._core = self.cores[0]
        self._charged = 0
        self.kernel_cycles = 0
        self._end: End | None = None

    # -- services.Clock ----------------------------------------------------------------------------------------

    def now_ns(self) -> int:
        """Virtual time on the core that runs now."""
        return self._core.time_ns

    def cpu_time(self, task: Task) -> CpuTime:
        """Processor time of a task up to the last time it left user mode."""
        thread = self._threads.get(task)
        if thread is None:
            return CpuTime()
        return CpuTime(self._ns(thread.user_subcycles), self._ns(thread.system_subcycles))

    def current_core(self, task: Task) -> int:
        """The core that a task is placed on."""
        thread = self._threads.get(task)
        return thread.core.number if thread is not None else 0

    # -- running -----------------------------------------------------------------------------------------------

    def start(
        self,
        program: bytes,
        argv: Sequence[bytes],
        environment: Sequence[bytes],
        streams: Streams,
        *,
        cwd: bytes = b"/",
    ) -> None:
        """Create the first process. Raises Errno and ExecError."""
        engine = Engine(self._hardware)
        self.engines.append(engine)
        task, entry = create_first_task(self.services, engine.memory, program, argv, environment, streams, cwd=cwd)
        core = self._scheduler.choose_core()
        thread = Thread(task, engine, engine.new_context(entry.pc, entry.sp), core)
        self._threads[task] = thread
        self._scheduler.add(thread)
        self._core = core
        self._charge(thread)

    def close(self) -> None:
        """Free what the run needed; counters stay."""
        for thread in self._threads.values():
            thread.task.release()
        self._threads.clear()
        for engine in self.engines:
            engine.close()

    def run(self, limits: Limits | None = None) -> End:
        """Run until the first process ends or a limit is reached."""
        limits = limits or Limits()
        deadline = FOREVER if limits.seconds is None else self._subcycles(round(limits.seconds * _NS))
        while self._end is None:
            running = self._scheduler.running()
            if not running:
                self._idle(deadline)
                continue
            instructions = FOREVER
            if limits.instructions is not None:
                instructions = limits.instructions - sum(core.instructions for core in self.cores)
                if instructions <= 0:
                    return End(EndReason.MAX_INSTRUCTIONS)
            if deadline != FOREVER and min(thread.core.clock for thread in running) >= deadline:
                return End(EndReason.MAX_SECONDS)
            self._step(running, deadline, instructions)
        return self._end

    def _step(self, running: list[Thread], deadline: int, instructions: int) -> None:
        """Advance one core and serve it."""
        thread = running[0] if len(running) == 1 else min(running, key=lambda other: turn(other.core))
        self._core = thread.core
        if thread.wakeup is not None:
            self._resume(thread)
            return
        timer = self._scheduler.next_deadline_ns()
        until = deadline if timer is None else min(deadline, self._subcycles(timer))
        before = thread.core.clock
        stop = self._loop.advance(thread.assignment, [other.assignment for other in running], until, instructions)
        thread.user_subcycles += thread.core.clock - before
        try:
            self._serve(thread, stop)
        except TaskExit as exit_request:
            self._exit(thread, exit_request.status)
        except FatalSignal as fatal:
            self._kill(thread, fatal.number, "")
        if self._scheduler.next_deadline_ns() is not None:
            self._scheduler.fire_timers(self.now_ns())

    def _serve(self, thread: Thread, stop: Stop) -> None:
        match stop.kind:
            case StopKind.SYSTEM_CALL:
                number, *arguments = thread.engine.call_arguments()
                self.services.work.syscall += 1
                try:
                    result = self.table.dispatch(thread.task, number, arguments)
                finally:  # a call that does not return (exit, a fatal kill) has its price too
                    self.table.slot(number & 0xFFFFFFFF).statistics.cycles += self._charge(thread)
                self._finish_call(thread, result)
            case StopKind.SLICE | StopKind.INSTRUCTION_LIMIT:
                pass
            case StopKind.MEMORY_FAULT if thread.task.mm.fault(stop.address, _PROTECTION[stop.access]):
                self.services.work.page_fault += 1
                self._charge(thread)
            case _:
                self._fault(thread, fault_of(stop, thread.task.mm))

    def _finish_call(self, thread: Thread, result: int | Pending) -> None:
        if isinstance(result, Pending):
            thread.pending = result
            self._scheduler.block(thread)
        else:
            thread.pending = None
            thread.engine.write_x(0, result)

    def _resume(self, thread: Thread) -> None:
        """Go on with the system call of a thread that was woken."""
        assert thread.pending is not None and thread.wakeup is not None
        wakeup, thread.wakeup = thread.wakeup, None
        thread.engine.activate(thread.context)
        try:
            statistics = thread.pending.statistics
            result = thread.pending.resume(wakeup)
            statistics.cycles += self._charge(thread)
            self._finish_call(thread, result)
        except TaskExit as exit_request:
            self._exit(thread, exit_request.status)
        except FatalSignal as fatal:
            self._kill(thread, fatal.number, "")

    def _fault(self, thread: Thread, fault: Fault) -> None:
        detail = fault.description
        if has_handler(thread.task, fault.signal):
            detail += "; the program has a handler for it, which this machine cannot run yet"
        self._kill(thread, fault.signal, detail)

    def _idle(self, deadline: int) -> None:
        """No task can run: jump to the next timer, or find that nothing can happen any more."""
        timer = self._scheduler.next_deadline_ns()
        if timer is None:
            waiting = ", ".join(
                f"{thread.task.name.decode(errors='replace')} in {thread.pending.name}"
                for thread in self._scheduler.waiting()
                if thread.pending is not None
            )
            self._end = End(EndReason.DEADLOCK, detail=waiting)
            return
        clock = self._subcycles(timer)
        if clock > deadline:
            self._end = End(EndReason.MAX_SECONDS)
            clock = deadline
        for core in self.cores:
            core.idle_until(clock)
        self._core = self.cores[0]
        self._scheduler.fire_timers(timer)

    def _exit(self, thread: Thread, status: int) -> None:
        self._charge(thread)
        if self._tracer is not None:
            self._tracer.task_exited(thread.task, status)
        self._bury(thread)
        self._end = End(EndReason.EXITED, exit_status=status)

    def _kill(self, thread: Thread, number: int, detail: str) -> None:
        self._charge(thread)
        if self._tracer is not None:
            self._tracer.task_killed(thread.task, number)
        self._bury(thread)
        self._end = End(EndReason.KILLED, signal=number, detail=detail or f"{signal_name(number)} sent by itself")

    def _bury(self, thread: Thread) -> None:
        self._scheduler.remove(thread)
        if refusals := thread.task.mm.refusals:
            limit = f"{thread.task.mm.limit_bytes / 2**20:,.4g} MiB (memory.size_bytes)"
            self.services.warnings[f"requests for memory beyond the machine's {limit} were refused"] += refusals
        thread.task.release()

    # -- time --------------------------------------------------------------------------------------------------

    def _charge(self, thread: Thread) -> int:
        """Let the thread's core spend the cycles of the kernel work done since the last call; returns them."""
        total = self.services.work.cycles(self._costs)
        cycles = total - self._charged
        self._charged = total
        self.kernel_cycles += cycles
        thread.core.charge(cycles)
        thread.system_subcycles += cycles * record.SUBCYCLES
        return cycles

    def _ns(self, subcycles: int) -> int:
        return subcycles * _NS // (record.SUBCYCLES * round(self._hardware.core.frequency_hz))

    def _subcycles(self, time_ns: int) -> int:
        """The first clock at which the virtual time is at least `time_ns`."""
        return -(-time_ns * record.SUBCYCLES * round(self._hardware.core.frequency_hz) // _NS)

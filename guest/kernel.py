"""The run loop of a machine: advances cores, and does what Linux does when one of them needs it.

Order of events. Guest time decides, never the host: the running thread whose core has the smallest clock goes next (at
equal clocks the smaller core number). A timer that is due at or before that clock fires first, at its own time. A stop
of a core (system call, page fault) that ran ahead of the others is kept and served when its core's turn has come. So
everything that tasks see of each other happens in the order of the clocks.

Everything the kernel does takes guest time: work is counted where it is done (`costs.WorkCounters`) and charged to
the core that asked for it, so that a run's cycles are user time plus kernel time plus idle time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from emulator import record
from emulator.config import HardwareConfig
from emulator.core import CLOCK, FOREVER, Core
from emulator.engine import Engine
from emulator.loop import LONGEST_STRETCH, RunLoop, turn
from emulator.memory import GuestMemory
from emulator.stop import Stop, StopKind
from emulator.turns import Turns
from guest.abi.constants import Signal
from guest.child_notice import CORE_DUMPED, notify_continue, notify_stop
from guest.clone import Killable
from guest.costs import KernelConfig, price_list
from guest.cpu import describe_cpu
from guest.device.interrupt import Handler
from guest.exec import create_first_task
from guest.exit import end_task
from guest.fs.streams import Streams
from guest.fs.tree import FileTree
from guest.mm.page_cache import PageCaches
from guest.oom import choose_victims
from guest.proc.accounting import CoreActivity, MachineActivity
from guest.sched.config import SchedulerConfig
from guest.sched.record import TaskRecord
from guest.sched.scheduler import Scheduler
from guest.sched.thread import Thread
from guest.services import CpuTime, KernelServices
from guest.signal import delivery, frame
from guest.signal.fault import Fault, signal_of
from guest.signal.mask import deliverable
from guest.signal.report import describe
from guest.signal.send import force
from guest.strace import Tracer
from guest.syscall import Pending
from guest.syscall_table import make_table
from guest.task import EngineRegisters, Process, Task, TaskExit

_NS = 1_000_000_000
_FAULTS = record.field(record.CORE, "faults")
_FIRST_PID = 1
_NAMED_IN_DEADLOCK = 8
_LOOK_NS = 10_000_000
"""While input from the host is awaited, it is looked for at least this often in guest time."""


def _numbers(mask: int) -> list[int]:
    """The signals of a mask."""
    return [number for number in range(1, mask.bit_length() + 1) if mask >> (number - 1) & 1]


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
    """Linux on one machine, from its first process to that one's end; runs once.

    Implements `services.Clock` and `services.Scheduling`.
    """

    def __init__(
        self,
        hardware: HardwareConfig,
        costs: KernelConfig,
        scheduler: SchedulerConfig,
        tree: FileTree,
        *,
        seed: int,
        tracer: Tracer | None = None,
        profile: bool = False,
    ) -> None:
        """`profile`: keep what code costs, for `Engine.code_profile`."""
        self._costs = costs
        self._price = price_list(costs)
        self._subcycles_per_second = record.SUBCYCLES * round(hardware.core.frequency_hz)
        self.cores = [Core(number, hardware) for number in range(hardware.core.count)]
        self.engine = Engine(hardware, page_fault_cycles=costs.page_fault_cycles, profile=profile)
        self.services = KernelServices(
            clock=self,
            tree=tree,
            seed=seed,
            memory_bytes=hardware.memory.size_bytes,
            scheduling=self,
            caches=PageCaches(self.engine.physical),
            cpu=describe_cpu(hardware),
        )
        self.services.commit.relieve = self._free_memory
        self._work = self.services.work
        self._timers = self.services.timers
        self.table = make_table()
        self.table.tracer = tracer
        self._tracer = tracer
        self._loop = RunLoop(hardware.core)
        self._turns_of: list[Thread] = []
        self._turns: Turns
        """Of the threads that ran last on several cores, which `_turns_of` has."""
        self.scheduler = Scheduler(
            self.cores,
            scheduler,
            hardware.core.frequency_hz,
            self._timers,
            self._work,
            now=self._event_clock,
            charge=self._charge,
            switched=self._switched,
        )
        self._threads: dict[Task, Thread] = {}
        self._stops: dict[Thread, Stop] = {}
        """Of threads that stopped ahead of other cores."""
        self._core = self.cores[0]
        self._firing_ns: int | None = None
        """Time of the timer that fires; None if none does."""
        self._firing_clock = 0
        """The same as a clock, then."""
        self._charged = 0
        self._accounted_faults = 0
        self._ended: list[TaskRecord] = []
        """Tasks that are over."""
        self.kernel_cycles = 0
        self._system_subcycles = [0] * len(self.cores)
        """Kernel time of each core."""
        self.page_faults = 0
        """First touches of pages by programs; those on their behalf are in the work counters."""
        self._faults: dict[Task, Fault] = {}
        """What a task did that it is sent a signal for, until it has seen to it."""
        self._cause = ""
        """Of the signal that ends process 1; for people."""
        self._end: End | None = None

    # -- services.Clock ----------------------------------------------------------------------------------------

    def now_ns(self) -> int:
        """Virtual time of the event that is being served: of the core that made a call, or of the timer."""
        if self._firing_ns is not None:
            return self._firing_ns
        # `Core.time_ns`, written out: this is asked for ten times and more in a call that waits.
        return self._core.words[CLOCK] * _NS // self._subcycles_per_second

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

    # -- proc.accounting.Activity and device.interrupt.InterruptDelivery ---------------------------------------

    def waiting_in(self, task: Task) -> str:
        """See `guest.proc.accounting.Activity`."""
        thread = self._threads.get(task)
        return thread.pending.name if thread is not None and thread.pending is not None else ""

    def core_activity(self, core: int) -> CoreActivity:
        """See `guest.proc.accounting.Activity`."""
        that = self.cores[core]
        system, clock = self._system_subcycles[core], that.clock
        user = clock - that.idle_subcycles - system
        # The clock of an idle core stands still until it is needed again.
        idle = that.idle_subcycles + max(self._event_clock() - clock, 0)
        counts = self.scheduler.statistics()[core]
        return CoreActivity(
            self._ns(user), self._ns(system), self._ns(idle), counts.context_switches, counts.dispatches, counts.wait_ns
        )

    def machine_activity(self) -> MachineActivity:
        """See `guest.proc.accounting.Activity`."""
        faults = self._work.page_fault + self.page_faults
        return MachineActivity(self._work.context_switch, self._work.interrupt, faults, self.scheduler.load_averages())

    def task_records(self) -> list[TaskRecord]:
        """The account of every thread that there was, by number and time of its start."""
        now_ns = max(core.time_ns for core in self.cores)
        alive = [TaskRecord.of(task, now_ns) for task in self._threads]
        return sorted([*self._ended, *alive], key=lambda record: (record.tid, record.started_ns))

    def deliver_interrupt(self, core: int, handler: Handler) -> None:
        """See `guest.device.interrupt.InterruptDelivery`."""
        that = self.cores[core]
        that.idle_until(self._event_clock())
        before = self._price(self._work)
        self._work.interrupt += 1
        handler()
        cycles = self._price(self._work) - before
        self._charged += cycles
        self.kernel_cycles += cycles
        self._system_subcycles[core] += cycles * record.SUBCYCLES
        that.charge(cycles)

    # -- services.Scheduling -----------------------------------------------------------------------------------

    def wake_for_signal(self, task: Task) -> None:
        """See `services.Scheduling`."""
        task.attention = True
        thread = self._threads.get(task)
        if thread is not None and thread.pending is not None:
            self.scheduler.interrupt(thread)

    def parameters_changed(self, task: Task) -> None:
        """See `services.Scheduling`."""
        if (thread := self._threads.get(task)) is not None:
            self.scheduler.parameters_changed(thread)

    def give_way(self, task: Task) -> None:
        """See `services.Scheduling`."""
        if (thread := self._threads.get(task)) is not None:
            self.scheduler.give_way(thread)

    def slice_ns(self, task: Task) -> int:
        """See `services.Scheduling`."""
        return self.scheduler.policies.slice_ns(task.sched)

    def stop_process(self, process: Process, signal: int) -> None:
        """See `services.Scheduling`."""
        if process.stopped or process.ending is not None:
            return
        process.stopped = signal
        for task in process.threads:
            self.scheduler.suspend(self._threads[task])
        if self._tracer is not None:
            self._tracer.stopped(process, signal)
        notify_stop(process, signal)

    def continue_process(self, process: Process) -> None:
        """See `services.Scheduling`."""
        if not process.stopped:
            return
        process.stopped = 0
        for task in process.threads:
            self.scheduler.resume(self._threads[task])
        notify_continue(process)

    def end_process(self, process: Process, status: int, signal: int | None = None, core: bool = False) -> None:
        """See `services.Scheduling`."""
        if process.ending is not None:
            return
        code = (status & 0xFF) << 8 if signal is None else signal | (CORE_DUMPED if core else 0)
        process.ending = code
        process.stopped = 0
        for task in (*process.threads[1:], *process.threads[:1]):
            self._end_thread(task, code)
        if process.pid == _FIRST_PID:
            self._end_run(code)

    def end_other_threads(self, task: Task) -> None:
        """See `services.Scheduling`."""
        for other in tuple(task.process.threads):
            if other is not task:
                self._end_thread(other, 0)

    def new_memory(self) -> GuestMemory:
        """See `services.Scheduling`."""
        return self.engine.new_memory()

    def start_task(self, child: Task, parent: Task, *, stack: int, thread_pointer: int | None) -> None:
        """See `services.Scheduling`."""
        context = self.engine.copy_context(self._threads[parent].context, child.mm.memory)
        self.engine.activate(context)
        self.engine.write_x(0, 0)
        if stack:
            self.engine.set_stack_pointer(context, stack)
        if thread_pointer is not None:
            self.engine.set_thread_pointer(context, thread_pointer)
        child.registers = EngineRegisters(self.engine, context)
        thread = Thread(child, self.engine, context, self._threads[parent].core)
        self._begin(thread)

    def start_program(self, task: Task, pc: int, sp: int) -> None:
        """See `services.Scheduling`."""
        thread = self._threads[task]
        context = self.engine.new_context(task.mm.memory, pc, sp)
        thread.context = context
        thread._assignment = None
        self._turns_of = []
        task.registers = EngineRegisters(self.engine, context)
        self._switched(thread)

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
        memory = self.new_memory()
        task, entry = create_first_task(self.services, memory, program, argv, environment, streams, cwd=cwd)
        context = self.engine.new_context(memory, entry.pc, entry.sp)
        task.registers = EngineRegisters(self.engine, context)
        thread = Thread(task, self.engine, context, self.scheduler.choose_core())
        self._core = thread.core
        self._begin(thread)
        self._charge(thread)

    def _begin(self, thread: Thread) -> None:
        self._threads[thread.task] = thread
        self.scheduler.add(thread)
        if self._tracer is not None:
            self._tracer.began(thread.task)

    def close(self) -> None:
        """Free what the run needed; counters stay."""
        for thread in self._threads.values():
            if thread.pending is not None:
                thread.pending.cancel()
            thread.task.release()
        self._threads.clear()
        self.services.terminals.close()
        self.engine.close()

    def run(self, limits: Limits | None = None) -> End:
        """Run until the first process ends or a limit is reached."""
        limits = limits or Limits()
        deadline = FOREVER if limits.seconds is None else self._subcycles(round(limits.seconds * _NS))
        inputs = self.services.host_inputs
        running_threads, next_deadline_ns = self.scheduler.running, self._timers.next_deadline_ns
        while self._end is None:
            running = running_threads()
            if not running:
                self._idle(deadline)
                continue
            thread = running[0] if len(running) == 1 else min(running, key=lambda other: turn(other.core))
            clock = thread.core.words[CLOCK]
            until = deadline
            timer = next_deadline_ns()
            if timer is not None:
                timer_clock = self._subcycles(timer)
                if timer_clock <= clock:
                    self._fire(timer, timer_clock)
                    continue
                until = min(deadline, timer_clock)
            if clock >= deadline:
                return End(EndReason.MAX_SECONDS)
            if inputs.waiting:
                inputs.wait(0)
                until = min(until, clock + self._subcycles(_LOOK_NS))
            instructions = FOREVER
            if limits.instructions is not None:
                instructions = limits.instructions - sum(core.instructions for core in self.cores)
                if instructions <= 0:
                    return End(EndReason.MAX_INSTRUCTIONS)
            self._core = thread.core
            self._step(thread, running, until, instructions)
        return self._end

    def _step(self, thread: Thread, running: list[Thread], until: int, instructions: int) -> None:
        """Let one thread go on: with a call that was woken, with signals, with a stop whose turn has come, or in user
        mode up to its next stop.
        """
        task = thread.task
        try:
            if thread.wakeup is not None:
                self._resume(thread)
                return
            stop = self._stops.pop(thread, None) if self._stops else None
            if stop is None:
                if task.attention:
                    self._attend(thread)
                    return
                if len(running) == 1:
                    stop = self._run_alone(thread, until, instructions)
                else:
                    thread, stop = self._take_turns(running, until, instructions)
                if stop is None or stop.kind is StopKind.SLICE or stop.kind is StopKind.INSTRUCTION_LIMIT:
                    return
                if len(running) > 1 and any(turn(other.core) < turn(thread.core) for other in running):
                    self._stops[thread] = stop
                    return
            self._serve(thread, stop)
        except TaskExit as request:
            self._exit(thread, request)

    def _run_alone(self, thread: Thread, until: int, instructions: int) -> Stop:
        """Let the only thread that runs go on in user mode up to its next stop."""
        words = thread.core.words
        before = words[CLOCK]
        tick_at = thread.tick_at
        stop = self._loop.run_alone(thread.assignment, min(until, tick_at), instructions)
        after = words[CLOCK]
        if words[_FAULTS]:
            self._charge_faults(thread, after - before)
        else:
            thread.user_subcycles += after - before
        if after >= tick_at:
            self.scheduler.tick(thread)
        return stop

    def _take_turns(self, running: list[Thread], until: int, instructions: int) -> tuple[Thread, Stop | None]:
        """Let threads go on in user mode, always the one whose core has the smallest clock, until the kernel must see
        to one of them: which, and its stop if it ran.
        """
        if self._turns_of is not running:
            self._turns_of = running
            self._turns = self._loop.turns([thread.assignment for thread in running])
        turns, stops = self._turns, self._stops
        before = []
        for number, thread in enumerate(running):
            held = thread.task.attention or thread.wakeup is not None or thread in stops
            turns.look(number, at=thread.tick_at, held=held)
            before.append(thread.core.words[CLOCK])
        stretch = self._subcycles(_LOOK_NS) if self.services.host_inputs.waiting else LONGEST_STRETCH
        number, stop = self._loop.take_turns(turns, until, instructions, stretch=stretch)
        for thread, clock in zip(running, before, strict=True):
            words = thread.core.words
            if words[_FAULTS]:
                self._charge_faults(thread, words[CLOCK] - clock)
            else:
                thread.user_subcycles += words[CLOCK] - clock
        thread = running[number]
        self._core = thread.core
        if stop is not None and thread.core.words[CLOCK] >= thread.tick_at:
            self.scheduler.tick(thread)
        return thread, stop

    def _serve(self, thread: Thread, stop: Stop) -> None:
        """Do what a stop asks for."""
        if stop.kind is StopKind.SYSTEM_CALL:
            engine, table = self.engine, self.table
            engine.activate(thread.context)
            number, *arguments = engine.call_arguments()
            self._work.syscall += 1
            try:
                result = table.dispatch(thread.task, number, arguments)
            finally:  # a call that does not return (exit) has its price too
                table.slot(number).statistics.cycles += self._charge(thread)
            self._finish_call(thread, result)
        elif stop.kind is StopKind.OUT_OF_MEMORY:
            self._free_memory()
        elif stop.kind is StopKind.TILE_DISABLED and self._lend_unit(thread):
            self._charge(thread)
        else:
            if stop.kind is StopKind.MEMORY_FAULT:
                stop = replace(stop, address=self.engine.fault_address(thread.core, thread.context, stop))
            fault = signal_of(stop, thread.task.mm)
            self._faults[thread.task] = fault
            force(thread.task, fault.info)

    def _switched(self, thread: Thread) -> None:
        """A core goes on with this thread."""
        if self.services.core_unit is not None:
            self.services.core_unit.switched(thread.task, thread.core.number)

    def _lend_unit(self, thread: Thread) -> bool:
        unit = self.services.core_unit
        self._work.trap += 1
        return unit is not None and unit.trapped(thread.task, thread.core.number)

    def _charge_faults(self, thread: Thread, subcycles: int) -> None:
        """A thread ran for `subcycles`, in which the engine served page faults: their share is kernel time."""
        words = thread.core.words
        faults, words[_FAULTS] = words[_FAULTS], 0
        self.page_faults += faults
        thread.task.accounting.minor_faults += faults
        cycles = faults * self._costs.page_fault_cycles
        self.kernel_cycles += cycles
        thread.system_subcycles += cycles * record.SUBCYCLES
        self._system_subcycles[thread.core.number] += cycles * record.SUBCYCLES
        thread.user_subcycles += subcycles - cycles * record.SUBCYCLES

    def _free_memory(self) -> bool:
        """No frame is left: drop page caches, or end the process that uses most memory, as Linux's OOM killer does.
        False if there is nobody to be ended.
        """
        if self.services.caches.evict():
            return True
        # A machine whose every process is to be spared ends with its first one, as Linux does with a panic.
        init = self.services.tasks.process(_FIRST_PID)
        victims = choose_victims(self.services) or [one for one in (init,) if one is not None and one.threads]
        for victim in victims:
            name = victim.threads[0].name.decode(errors="replace")
            self.services.warnings[f"out of memory: killed process {victim.pid} ({name})"] += 1
            self.services.commit.kills += 1
            if victim.pid == _FIRST_PID:
                limit = f"{self.services.memory_bytes / 2**20:,.4g} MiB (memory.size_bytes)"
                self._cause = f"the machine's memory of {limit} is used up"
            self.end_process(victim, 0, int(Signal.SIGKILL))
        return bool(victims)

    def _finish_call(self, thread: Thread, result: int | Pending) -> None:
        """A call returned or waits."""
        task = thread.task
        if task.exited:
            return
        if isinstance(result, Pending):
            thread.pending = result
            self.scheduler.block(thread)
            if task.attention:  # a signal that came while the call ran
                self.scheduler.interrupt(thread)
        else:
            self.engine.activate(thread.context)
            self.engine.write_x(0, result)

    def _resume(self, thread: Thread) -> None:
        """Go on with the system call of a thread that was woken."""
        pending, wakeup = thread.pending, thread.wakeup
        assert pending is not None and wakeup is not None
        thread.pending = thread.wakeup = None
        try:
            result = pending.resume(wakeup)
        finally:
            pending.statistics.cycles += self._charge(thread)
        self._finish_call(thread, result)

    # -- signals -----------------------------------------------------------------------------------------------

    def _attend(self, thread: Thread) -> None:
        """Signals, before the thread returns to user mode or goes on waiting."""
        task = thread.task
        pending = thread.pending
        if pending is not None and isinstance(pending.wait, Killable):
            fatal = next((number for number in _numbers(deliverable(task)) if task.handlers.is_fatal(number)), None)
            if fatal is None:
                self.scheduler.wait_again(thread)
            else:
                self.end_process(task.process, 0, fatal)
            return
        while (action := delivery.next_action(task)) is not None:
            call = self._interrupt_call(thread) if isinstance(action, delivery.Deliver) else None
            if self._tracer is not None:
                self._tracer.signal(task, action.info)
            match action:
                case delivery.Deliver():
                    frame.push(task, action, call)
                case delivery.Fatal(info, core_dump):
                    self._charge(thread)
                    if task.pid == _FIRST_PID:
                        self._cause = describe(task, self._faults.get(task), info)
                    self.end_process(task.process, 0, info.number, core_dump)
                    return
                case delivery.Stop(info):
                    self._charge(thread)
                    self.stop_process(task.process, info.number)
                    return
        self._faults.pop(task, None)
        task.attention = False
        self._charge(thread)
        if thread.pending is not None:
            self.scheduler.wait_again(thread)

    def _interrupt_call(self, thread: Thread) -> frame.InterruptedCall | None:
        """End the call that the thread waits in, if any, because a handler is to run."""
        pending = thread.pending
        if pending is None:
            return None
        self.scheduler.disarm(thread)
        thread.pending = None
        registers = thread.task.registers
        number, argument = registers.x(8), registers.x(0)
        result = pending.interrupt()
        pending.statistics.cycles += self._charge(thread)
        if not isinstance(result, int):
            pending.cancel()
            raise AssertionError(f"{pending.name} goes on waiting although it was interrupted")
        return frame.InterruptedCall(
            number & 0xFFFFFFFF, argument, thread.context.pc, pending.restartable, result, pending.always_restarts
        )

    # -- the ends ----------------------------------------------------------------------------------------------

    def _exit(self, thread: Thread, request: TaskExit) -> None:
        """exit and exit_group."""
        task = thread.task
        self._charge(thread)
        if request.group:
            self.end_process(task.process, request.status)
            return
        process = task.process
        self._end_thread(task, request.status << 8)
        if process.pid == _FIRST_PID and process.exit_code is not None:
            self._end_run(process.exit_code)

    def _end_thread(self, task: Task, code: int) -> None:
        """A task is over, whatever it does now."""
        thread = self._threads[task]
        pending, thread.pending = thread.pending, None
        if pending is not None:
            pending.cancel()
        self.scheduler.remove(thread)
        self._stops.pop(thread, None)
        self._faults.pop(task, None)
        if self._tracer is not None:
            self._tracer.ended(task, code)
        if refusals := task.mm.refusals:
            task.mm.refusals = 0
            limit = f"{task.mm.limit_bytes / 2**20:,.4g} MiB (memory.size_bytes)"
            self.services.warnings[f"requests for memory beyond the machine's {limit} were refused"] += refusals
        self._ended.append(TaskRecord.of(task, self.now_ns()))
        end_task(task, code)
        del self._threads[task]

    def _end_run(self, code: int) -> None:
        """Process 1 has ended, and with it the machine."""
        number = code & 0x7F
        if number:
            self._end = End(EndReason.KILLED, signal=number, detail=self._cause)
        else:
            self._end = End(EndReason.EXITED, exit_status=code >> 8)

    def _idle(self, deadline: int) -> None:
        """No task can run: wait for the host's input if anybody wants it, jump to the next timer, or find that nothing
        can happen any more.
        """
        timer = self._timers.next_deadline_ns()
        inputs = self.services.host_inputs
        if inputs.waiting and (inputs.wait(None if timer is None else max(timer - self.now_ns(), 0)) or timer is None):
            return
        if timer is None:
            self._end = End(EndReason.DEADLOCK, detail=self._who_waits())
        elif (timer_clock := self._subcycles(timer)) > deadline:
            self._end = End(EndReason.MAX_SECONDS)
            for core in self.cores:
                core.idle_until(deadline)
        else:
            self._fire(timer, timer_clock)

    def _who_waits(self) -> str:
        waiting = [thread for thread in self.scheduler.waiting() if thread.pending is not None]
        names = [
            f"{thread.task.name.decode(errors='replace')} in {thread.pending.name}"
            for thread in waiting[:_NAMED_IN_DEADLOCK]
            if thread.pending is not None
        ]
        if len(waiting) > _NAMED_IN_DEADLOCK:
            names.append(f"{len(waiting) - _NAMED_IN_DEADLOCK} more")
        if stopped := [process for process in self.services.tasks.processes() if process.stopped]:
            names.append(f"{len(stopped)} stopped")
        return ", ".join(names)

    # -- time --------------------------------------------------------------------------------------------------

    def _fire(self, deadline_ns: int, clock: int) -> None:
        """Let the timers of this time happen, at this time, which is `clock`."""
        self._firing_ns, self._firing_clock = deadline_ns, clock
        self._timers.fire(deadline_ns)
        self._firing_ns = None

    def _event_clock(self) -> int:
        """`now_ns` as a clock."""
        return self._core.words[CLOCK] if self._firing_ns is None else self._firing_clock

    def _charge(self, thread: Thread) -> int:
        """Let the thread's core spend the cycles of the kernel work done since the last call; returns them."""
        total = self._price(self._work)
        cycles = total - self._charged
        if cycles:
            self._charged = total
            self.kernel_cycles += cycles
            subcycles = cycles * record.SUBCYCLES
            core = thread.core
            core.words[CLOCK] += subcycles
            self._system_subcycles[core.number] += subcycles
            thread.system_subcycles += subcycles
        faults = self._work.page_fault
        if faults != self._accounted_faults:
            thread.task.accounting.minor_faults += faults - self._accounted_faults
            self._accounted_faults = faults
        return cycles

    def _ns(self, subcycles: int) -> int:
        return subcycles * _NS // self._subcycles_per_second

    def _subcycles(self, time_ns: int) -> int:
        """The first clock at which the virtual time is at least `time_ns`."""
        return -(-time_ns * self._subcycles_per_second // _NS)

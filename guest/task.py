"""Tasks (threads) and processes: who owns which part of a program's state.

As in Linux each part is an object of its own, which clone shares or copies one by one:

    Task          one thread: number, signal mask, alternate stack, addresses registered with the kernel
    Process       the thread group (signal_struct): parent and children, resource limits, group-wide pending signals
    AddressSpace  mm_struct        FileTable       files_struct
    FsContext     fs_struct        SignalHandlers  sighand_struct
    Credentials   frozen: changed by replacing it
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from emulator.engine import ProcessorState
from guest.abi.constants import RLIM_INFINITY, Resource, Signal
from guest.abi.structs import Rlimit
from guest.accounting import Accounting
from guest.credentials import Credentials
from guest.fs.context import FsContext
from guest.fs.fdtable import FileTable
from guest.mm.address_space import AddressSpace
from guest.mm.layout import DEFAULT_STACK_LIMIT
from guest.sched.entity import SchedEntity
from guest.services import CpuTime, KernelServices
from guest.signal.state import PendingSignals, SignalHandlers, SignalStack
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from emulator.engine import Context, Engine


class TaskExit(Exception):
    """Raised by exit and exit_group: the task (or its whole group) is over. `status` is 0 to 255."""

    def __init__(self, status: int, *, group: bool) -> None:
        super().__init__(status)
        self.status = status & 0xFF
        self.group = group


class ResourceLimits:
    """Limits of a process, with Linux's defaults (`include/asm-generic/resource.h`); memory limits are enforced by
    the parts.
    """

    def __init__(self) -> None:
        self._limits = {resource: Rlimit(RLIM_INFINITY, RLIM_INFINITY) for resource in Resource}
        self._limits[Resource.RLIMIT_STACK] = Rlimit(DEFAULT_STACK_LIMIT, RLIM_INFINITY)
        self._limits[Resource.RLIMIT_CORE] = Rlimit(0, RLIM_INFINITY)
        self._limits[Resource.RLIMIT_NPROC] = Rlimit(4096, 4096)
        self._limits[Resource.RLIMIT_NOFILE] = Rlimit(1024, 4096)
        self._limits[Resource.RLIMIT_MEMLOCK] = Rlimit(8 << 20, 8 << 20)
        self._limits[Resource.RLIMIT_SIGPENDING] = Rlimit(4096, 4096)
        self._limits[Resource.RLIMIT_MSGQUEUE] = Rlimit(819200, 819200)
        self._limits[Resource.RLIMIT_NICE] = Rlimit(0, 0)
        self._limits[Resource.RLIMIT_RTPRIO] = Rlimit(0, 0)

    def get(self, resource: Resource) -> Rlimit:
        """A limit; not to be changed in place."""
        return self._limits[resource]

    def set(self, resource: Resource, limit: Rlimit) -> None:
        """Replace a limit."""
        self._limits[resource] = limit

    def copy(self) -> ResourceLimits:
        """The same limits for a child."""
        other = ResourceLimits()
        other._limits = dict(self._limits)
        return other


class RegisterAccess(Protocol):
    """The user registers of a task that is in the kernel, wherever they are."""

    def state(self) -> ProcessorState:
        """All of them; a copy."""

    def set_state(self, state: ProcessorState) -> None:
        """Replace them all."""

    def x(self, number: int) -> int:
        """Xn, unsigned."""

    def set_x(self, number: int, value: int) -> None:
        """Set Xn, modulo 2^64."""


class SavedRegisters:
    """Registers of a task that no engine runs (yet)."""

    def __init__(self, state: ProcessorState | None = None) -> None:
        self._state = state or ProcessorState([0] * 31, 0, 0, 0, [0] * 32, 0, 0, 0)

    def state(self) -> ProcessorState:
        return _copy_state(self._state)

    def set_state(self, state: ProcessorState) -> None:
        self._state = _copy_state(state)

    def x(self, number: int) -> int:
        return self._state.x[number]

    def set_x(self, number: int, value: int) -> None:
        self._state.x[number] = value & (1 << 64) - 1


def _copy_state(state: ProcessorState) -> ProcessorState:
    return replace(state, x=list(state.x), v=list(state.v))


class EngineRegisters:
    """Registers in a context of the machine's engine."""

    def __init__(self, engine: Engine, context: Context) -> None:
        self._engine = engine
        self._context = context

    def state(self) -> ProcessorState:
        return self._engine.read_state(self._context)

    def set_state(self, state: ProcessorState) -> None:
        self._engine.write_state(self._context, state)

    def x(self, number: int) -> int:
        self._engine.activate(self._context)
        return self._engine.read_x(number)

    def set_x(self, number: int, value: int) -> None:
        self._engine.activate(self._context)
        self._engine.write_x(number, value)


@dataclass(eq=False)
class Process:
    """A thread group. It stays in the task table as a zombie after its end, until its parent waits for it."""

    pid: int
    parent: Process | None
    limits: ResourceLimits = field(default_factory=ResourceLimits)
    group: int = 1
    session: int = 1
    threads: list[Task] = field(default_factory=list)
    """Those alive, the leader first while it is."""
    children: list[Process] = field(default_factory=list)
    """Zombies included, in order of creation or adoption."""
    leader: Task = field(init=False)
    """The thread whose number is the process's; stays known after its end."""

    exit_code: int | None = None
    """As wait4 gives it (status << 8, or signal, with 0x80 for a core dump); None while it runs."""
    leader_exit_code: int = 0
    """What the leader ended with, where no exit_group decides."""
    ending: int | None = None
    """The exit code to be, once exit_group or a fatal signal has decided it."""
    exit_signal: int = Signal.SIGCHLD
    """Sent to the parent at the end; 0 for none."""
    stopped: int = 0
    """The signal that stopped the process (job control); 0 while it is not."""
    stop_to_report: int = 0
    """The signal of a stop that no wait has reported yet."""
    continue_to_report: bool = False
    child_event: WaitQueue = field(default_factory=WaitQueue)
    """Woken when a child ends, stops or continues."""
    exited: WaitQueue = field(default_factory=WaitQueue)
    """Woken when the process has become a zombie (pidfds)."""

    pending: PendingSignals = field(default_factory=PendingSignals)
    timers: Any = None
    """Interval and POSIX timers; belongs to `guest.signal`."""
    undoes_semaphores: bool = False
    """It has used SEM_UNDO: `guest.ipc` has something to do at its end."""
    controlling_terminal: Any = None
    """Of the session; belongs to `guest.tty`."""
    personality: int = 0
    oom_score_adj: int = 0
    dumpable: int = 1
    child_subreaper: bool = False
    programs: int = 0
    """How many it has executed since it was made."""
    ended_threads: CpuTime = field(default_factory=CpuTime)
    """Processor time of threads that are over."""
    waited_children: CpuTime = field(default_factory=CpuTime)
    """Processor time of children waited for, and of theirs."""
    ended_accounting: Accounting = field(default_factory=Accounting)
    """Of threads that are over."""
    waited_accounting: Accounting = field(default_factory=Accounting)
    """Of children waited for, and of theirs."""
    peak_bytes: int = 0
    """Largest resident size of address spaces that it no longer has."""
    children_peak_bytes: int = 0

    @property
    def parent_pid(self) -> int:
        """0 for the first process."""
        return self.parent.pid if self.parent else 0

    @property
    def zombie(self) -> bool:
        """Over, but not waited for."""
        return self.exit_code is not None

    @property
    def is_session_leader(self) -> bool:
        return self.session == self.pid


@dataclass(eq=False)
class Task:
    """One thread. Its place on a core belongs to the scheduler."""

    tid: int
    process: Process
    mm: AddressSpace
    files: FileTable
    fs: FsContext
    handlers: SignalHandlers
    kernel: KernelServices
    credentials: Credentials = field(default_factory=Credentials)
    name: bytes = b""
    """comm: at most 15 bytes."""
    registers: RegisterAccess = field(default_factory=SavedRegisters)
    sched: SchedEntity = field(default_factory=SchedEntity)
    accounting: Accounting = field(default_factory=Accounting)
    attention: bool = False
    """Something must be done before the task returns to user mode: a signal, a stop."""
    exited: bool = False
    blocked: int = 0
    """Signal mask; bit n - 1 for signal n."""
    saved_blocked: int | None = None
    """The mask to go back to after a call that waits under another one (ppoll, sigsuspend); a frame restores it."""
    pending: PendingSignals = field(default_factory=PendingSignals)
    signal_stack: SignalStack = field(default_factory=SignalStack)
    clear_child_tid: int = 0
    robust_list: int = 0
    vfork_done: WaitQueue | None = None
    """Whom to wake when this task no longer uses its parent's memory (CLONE_VFORK)."""
    parent_death_signal: int = 0
    timer_slack_ns: int = 50_000
    no_new_privileges: bool = False
    started_ns: int = 0
    """Guest time of its creation."""

    def __post_init__(self) -> None:
        if self.tid == self.process.pid:
            self.process.leader = self

    @property
    def pid(self) -> int:
        """Number of the thread group."""
        return self.process.pid

    @property
    def is_leader(self) -> bool:
        """Whether its number is the process's."""
        return self.process.leader is self

    def release(self) -> None:
        """The task is over: give back what it shares."""
        if self.exited:
            return
        self.exited = True
        self.files.release()
        self.mm.put()
        if self in self.process.threads:
            self.process.threads.remove(self)

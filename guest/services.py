"""What the system calls need of the machine, given explicitly: time, entropy, identity, and a place to report to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from guest.costs import WorkCounters
from guest.fs.anonymous import InodeNumbers
from guest.futex.table import FutexTable
from guest.host_inputs import HostInputs
from guest.ipc.namespace import IpcNamespace
from guest.mm.commit import CommitPolicy
from guest.net.network import Network
from guest.random import RandomStream
from guest.task_table import TaskTable
from guest.timer import TimerQueue

if TYPE_CHECKING:
    from emulator.memory import GuestMemory
    from guest.device.core_unit import CoreUnit
    from guest.device.registry import Devices
    from guest.fs.tree import FileTree
    from guest.mm.page_cache import PageCaches
    from guest.task import Process, Task
    from guest.tty.terminals import Terminals

DEFAULT_EPOCH_NS = 1_704_067_200 * 10**9
"""2024-01-01T00:00:00Z: the wall clock when the machine starts."""


@dataclass(frozen=True)
class CpuTime:
    """Processor time of one task."""

    user_ns: int = 0
    system_ns: int = 0

    def __add__(self, other: CpuTime) -> CpuTime:
        return CpuTime(self.user_ns + other.user_ns, self.system_ns + other.system_ns)


class Clock(Protocol):
    """Guest time; the run loop implements it."""

    def now_ns(self) -> int:
        """Virtual nanoseconds since the machine started, on the core that runs the current task."""

    def cpu_time(self, task: Task) -> CpuTime:
        """Processor time that a task has used up to now."""

    def current_core(self, task: Task) -> int:
        """Number of the core that the task runs on."""


class Scheduling(Protocol):
    """What system calls and signals ask of the run loop, which implements it."""

    def wake_for_signal(self, task: Task) -> None:
        """A signal is pending that the task does not block: a waiting task becomes runnable, `attention` is set."""

    def stop_process(self, process: Process, signal: int) -> None:
        """Job control: no thread of the process runs until it is continued or ended; the parent learns of it."""

    def continue_process(self, process: Process) -> None:
        """SIGCONT (or SIGKILL) for a process, stopped or not."""

    def end_process(self, process: Process, status: int, signal: int | None = None, core: bool = False) -> None:
        """exit_group with `status`, or a fatal signal: all threads are over at once."""

    def end_other_threads(self, task: Task) -> None:
        """All threads of the task's process but itself are over (execve)."""

    def parameters_changed(self, task: Task) -> None:
        """Policy, priority, nice value or affinity of the task (`task.sched`) changed."""

    def give_way(self, task: Task) -> None:
        """The task, which runs, lets others of its core go first (sched_yield)."""

    def slice_ns(self, task: Task) -> int:
        """How long the task may run before another of its kind gets its turn; 0 for no end."""

    def new_memory(self) -> GuestMemory:
        """Empty memory of an address space."""

    def start_task(self, child: Task, parent: Task, *, stack: int, thread_pointer: int | None) -> None:
        """Let a new task run with a copy of its parent's registers, X0 = 0, and SP = `stack` unless that is 0."""

    def start_program(self, task: Task, pc: int, sp: int) -> None:
        """Give the task, whose address space is new, the registers of a program at its first instruction."""


@dataclass(frozen=True)
class SystemIdentity:
    """What uname and its like say. The same on every host."""

    nodename: bytes = b"aimc"
    release: bytes = b"6.12.0"
    version: bytes = b"#1 SMP"
    domainname: bytes = b"(none)"
    sysname: bytes = b"Linux"
    machine: bytes = b"aarch64"
    epoch_ns: int = DEFAULT_EPOCH_NS


@dataclass(frozen=True)
class CacheDescription:
    """One cache as sysfs shows it."""

    level: int
    kind: str
    """Data, Instruction or Unified."""
    size_bytes: int
    line_bytes: int
    ways: int
    shared: bool
    """By all cores."""


@dataclass(frozen=True)
class CpuDescription:
    """What programs may know of the processor; it must not promise more than the engine executes."""

    cores: int = 1
    hwcap: int = 0x3
    """AT_HWCAP: floating point and Advanced SIMD."""
    hwcap2: int = 0
    platform: bytes = b"aarch64"
    frequency_hz: int = 0
    """Clock of the cores; 0 if sysfs is to say nothing of it."""
    caches: tuple[CacheDescription, ...] = ()


@dataclass
class KernelServices:
    """One per machine; every task refers to it."""

    clock: Clock
    tree: FileTree
    seed: int
    memory_bytes: int
    scheduling: Scheduling
    caches: PageCaches
    """Pages of files that programs have mapped."""
    tasks: TaskTable = field(default_factory=TaskTable)
    current: Task | None = None
    """The task whose system call is being served; the call table sets it."""
    identity: SystemIdentity = field(default_factory=SystemIdentity)
    cpu: CpuDescription = field(default_factory=CpuDescription)
    work: WorkCounters = field(default_factory=WorkCounters)
    timers: TimerQueue = field(default_factory=TimerQueue)
    futexes: FutexTable = field(default_factory=FutexTable)
    net: Network = field(default_factory=Network)
    ipc: IpcNamespace = field(default_factory=IpcNamespace)
    inode_numbers: InodeNumbers = field(default_factory=InodeNumbers)
    """Of pipes, sockets and other files that are not in the tree."""
    warnings: Counter[str] = field(default_factory=Counter)
    """Things that are not as on Linux and happened in this run, with how often; shown to the user."""

    devices: Devices = field(init=False)
    terminals: Terminals = field(init=False)
    host_inputs: HostInputs = field(default_factory=HostInputs)
    core_unit: CoreUnit | None = None
    """What a driver lends to tasks along with a core."""

    commit: CommitPolicy = field(init=False)

    def __post_init__(self) -> None:
        self.commit = CommitPolicy(self.memory_bytes)
        self.random = RandomStream(self.seed, "getrandom")
        self.tree.attach(self.realtime_ns, self.memory_bytes)
        # Imported here, because these file systems show the parts above and so import them.
        from guest.kernel_files import attach_kernel_files

        attach_kernel_files(self)

    def realtime_ns(self) -> int:
        """The wall clock."""
        return self.identity.epoch_ns + self.clock.now_ns()

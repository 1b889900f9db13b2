"""Tasks (threads) and processes: who owns which part of a program's state.

As in Linux each part is an object of its own, which clone shares or copies one by one:

    Task          one thread: number, signal mask, alternate stack, addresses registered with the kernel
    Process       the thread group (signal_struct): parent and children, resource limits, group-wide pending signals
    AddressSpace  mm_struct        FileTable       files_struct
    FsContext     fs_struct        SignalHandlers  sighand_struct
    Credentials   frozen: changed by replacing it
"""

from __future__ import annotations

from dataclasses import dataclass, field

from guest.abi.constants import RLIM_INFINITY, Resource
from guest.abi.structs import Rlimit
from guest.credentials import Credentials
from guest.fs.context import FsContext
from guest.fs.fdtable import FileTable
from guest.mm.address_space import AddressSpace
from guest.mm.layout import DEFAULT_STACK_LIMIT
from guest.services import KernelServices
from guest.signal_state import PendingSignals, SignalHandlers, SignalStack


class TaskExit(Exception):
    """Raised by exit and exit_group: the task (or its whole group) is over. `status` is 0 to 255."""

    def __init__(self, status: int, *, group: bool) -> None:
        super().__init__(status)
        self.status = status & 0xFF
        self.group = group


class FatalSignal(Exception):
    """A signal whose action is to end the process was sent to the task that runs."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


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


@dataclass(eq=False)
class Process:
    """A thread group."""

    pid: int
    parent: Process | None
    limits: ResourceLimits = field(default_factory=ResourceLimits)
    group: int = 1
    session: int = 1
    threads: list[Task] = field(default_factory=list)
    children: list[Process] = field(default_factory=list)
    exit_status: int | None = None
    """0 to 255 after an exit, 128 + signal after a fatal one; None while it runs."""
    pending: PendingSignals = field(default_factory=PendingSignals)
    personality: int = 0
    dumpable: int = 1
    no_new_privileges: bool = False

    @property
    def parent_pid(self) -> int:
        """0 for the first process."""
        return self.parent.pid if self.parent else 0


@dataclass(eq=False)
class Task:
    """One thread. Its registers belong to the scheduler."""

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
    blocked: int = 0
    """Signal mask; bit n - 1 for signal n."""
    pending: PendingSignals = field(default_factory=PendingSignals)
    signal_stack: SignalStack = field(default_factory=SignalStack)
    clear_child_tid: int = 0
    robust_list: int = 0
    parent_death_signal: int = 0
    timer_slack_ns: int = 50_000

    @property
    def pid(self) -> int:
        """Number of the thread group."""
        return self.process.pid

    def release(self) -> None:
        """The task is over: give back what it shares. Does not touch memory: `AddressSpace.release` is the last
        sharer's.
        """
        self.files.release()
        if self in self.process.threads:
            self.process.threads.remove(self)

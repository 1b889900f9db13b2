"""What the system calls need of the machine, given explicitly: time, entropy, identity, and a place to report to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from guest.costs import WorkCounters
from guest.fs.anonymous import InodeNumbers
from guest.random import RandomStream
from guest.timer import TimerQueue

if TYPE_CHECKING:
    from guest.fs.tree import FileTree
    from guest.task import Task

DEFAULT_EPOCH_NS = 1_704_067_200 * 10**9
"""2024-01-01T00:00:00Z: the wall clock when the machine starts."""


@dataclass(frozen=True)
class CpuTime:
    """Processor time of one task."""

    user_ns: int = 0
    system_ns: int = 0


class Clock(Protocol):
    """Guest time; the run loop implements it."""

    def now_ns(self) -> int:
        """Virtual nanoseconds since the machine started, on the core that runs the current task."""

    def cpu_time(self, task: Task) -> CpuTime:
        """Processor time that a task has used up to now."""

    def current_core(self, task: Task) -> int:
        """Number of the core that the task runs on."""


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
class CpuDescription:
    """What programs may know of the processor; it must not promise more than the engine executes."""

    cores: int = 1
    hwcap: int = 0x3
    """AT_HWCAP: floating point and Advanced SIMD."""
    hwcap2: int = 0
    platform: bytes = b"aarch64"


@dataclass
class KernelServices:
    """One per machine; every task refers to it."""

    clock: Clock
    tree: FileTree
    seed: int
    memory_bytes: int
    identity: SystemIdentity = field(default_factory=SystemIdentity)
    cpu: CpuDescription = field(default_factory=CpuDescription)
    work: WorkCounters = field(default_factory=WorkCounters)
    timers: TimerQueue = field(default_factory=TimerQueue)
    inode_numbers: InodeNumbers = field(default_factory=InodeNumbers)
    """Of pipes, sockets and other files that are not in the tree."""
    warnings: Counter[str] = field(default_factory=Counter)
    """Things that are not as on Linux and happened in this run, with how often; shown to the user."""

    def __post_init__(self) -> None:
        self.random = RandomStream(self.seed, "getrandom")

    def realtime_ns(self) -> int:
        """The wall clock."""
        return self.identity.epoch_ns + self.clock.now_ns()

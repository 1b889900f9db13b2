"""What procfs asks of the run loop: states and times of tasks and cores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Task


@dataclass(frozen=True)
class CoreActivity:
    """What a core did since the machine started."""

    user_ns: int = 0
    system_ns: int = 0
    idle_ns: int = 0
    context_switches: int = 0
    dispatches: int = 0
    """How often a thread got the core."""
    wait_ns: int = 0
    """Time that threads waited for it (run-queue latency)."""


@dataclass(frozen=True)
class MachineActivity:
    """Totals of the run."""

    context_switches: int = 0
    interrupts: int = 0
    page_faults: int = 0
    load_averages: tuple[int, int, int] = (0, 0, 0)
    """Over 1, 5 and 15 minutes, in fixed point (`guest.sched.load_average`)."""


@runtime_checkable
class Activity(Protocol):
    """Implemented by the run loop."""

    def waiting_in(self, task: Task) -> str:
        """Name of the system call in which a task waits; empty if it is runnable."""

    def core_activity(self, core: int) -> CoreActivity:
        """Of a core, up to its own clock."""

    def machine_activity(self) -> MachineActivity:
        """Of the machine."""


class NoActivity:
    """A machine without a run loop: one task that never waits (tests of single calls)."""

    def waiting_in(self, task: Task) -> str:
        return ""

    def core_activity(self, core: int) -> CoreActivity:
        return CoreActivity()

    def machine_activity(self) -> MachineActivity:
        return MachineActivity()


def activity_of(kernel: KernelServices) -> Activity:
    """Who knows what the machine's tasks and cores do."""
    loop: object = kernel.clock
    return loop if isinstance(loop, Activity) else NoActivity()


STATES = {
    "R": "R (running)", "S": "S (sleeping)", "D": "D (disk sleep)", "T": "T (stopped)", "Z": "Z (zombie)",
}  # fmt: skip


def state_of(task: Task) -> str:
    """The letter of a task's state."""
    if task.exited or task.process.zombie:
        return "Z"
    if task.process.stopped:
        return "T"
    if task is task.kernel.current or not activity_of(task.kernel).waiting_in(task):
        return "R"
    return "S"

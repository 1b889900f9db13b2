"""What tasks and processes used beyond processor time: faults, switches, bytes moved.

Linux keeps it in task_struct and signal_struct; getrusage, wait4, /proc/PID/{stat,io} and the statistics of a run show
it. A fault is never a major one: files are in memory, there is no disk to wait for.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from emulator.memory import PAGE_SIZE

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace
    from guest.task import Process, Task


@dataclass
class Accounting:
    """Counts of one task, or of several together."""

    minor_faults: int = 0
    """Pages touched for the first time, by the program or by the kernel on its behalf."""
    read_calls: int = 0
    write_calls: int = 0
    read_bytes: int = 0
    """What read and its relatives gave, from wherever (rchar)."""
    written_bytes: int = 0
    voluntary_switches: int = 0
    involuntary_switches: int = 0

    def __add__(self, other: Accounting) -> Accounting:
        return Accounting(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def of_task(task: Task) -> Accounting:
    """Of one thread; its switches are counted by the scheduler."""
    switches = task.sched.statistics
    return task.accounting + Accounting(
        voluntary_switches=switches.voluntary_switches, involuntary_switches=switches.involuntary_switches
    )


def of_process(process: Process) -> Accounting:
    """Of all threads of a process, those that are over included."""
    return sum((of_task(thread) for thread in process.threads), process.ended_accounting)


def peak_resident_bytes(mm: AddressSpace, process: Process) -> int:
    """The most memory that a process had at a time, in this program and the ones before it (hiwater_rss)."""
    return max(mm.resident_peak_pages * PAGE_SIZE, process.peak_bytes)

"""What is known of a task's scheduling: set by system calls, read by the scheduler, inherited by children."""

from __future__ import annotations

from dataclasses import dataclass, field

from guest.abi.sched import Policy

ALL_CORES = (1 << 64) - 1
"""An affinity mask with every core that a machine can have."""


@dataclass
class SchedStatistics:
    """Counts of one task."""

    voluntary_switches: int = 0
    """It gave the core away because it had to wait."""
    involuntary_switches: int = 0
    """It was runnable and another was taken."""
    migrations: int = 0
    dispatches: int = 0
    """How often it got a core."""
    wait_ns: int = 0
    """Time runnable without running (run-queue latency), the sum over all dispatches."""
    max_wait_ns: int = 0


@dataclass
class SchedEntity:
    """Part of a task. After a change the scheduler must be told (`Scheduler.parameters_changed`)."""

    policy: Policy = Policy.SCHED_OTHER
    priority: int = 0
    """1 to 99 for SCHED_FIFO and SCHED_RR (more is better), else 0."""
    inherited_priority: int = 0
    """Best real-time priority of the threads that wait for a priority-inheriting futex of this one; 0 for none."""
    nice: int = 0
    affinity: int = ALL_CORES
    """Bit n for core n."""
    reset_on_fork: bool = False
    io_priority: int = 0
    """As ioprio_set gives it: class in the bits from 13 on."""
    statistics: SchedStatistics = field(default_factory=SchedStatistics)

    @property
    def real_time_priority(self) -> int:
        """The one that counts now; 0 for a normal thread."""
        own, inherited = self.priority, self.inherited_priority
        return own if own > inherited else inherited

    def for_child(self) -> SchedEntity:
        """What clone gives a new task."""
        child = SchedEntity(
            self.policy, self.priority, 0, self.nice, self.affinity, self.reset_on_fork, self.io_priority
        )
        if self.reset_on_fork:
            child.reset_on_fork = False
            if self.priority:
                child.policy, child.priority, child.nice = Policy.SCHED_OTHER, 0, 0
            child.nice = max(child.nice, 0)
        return child

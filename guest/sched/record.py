"""The account of a task for the statistics of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from guest import accounting

if TYPE_CHECKING:
    from guest.accounting import Accounting
    from guest.sched.entity import SchedStatistics
    from guest.services import CpuTime
    from guest.task import Task


@dataclass(frozen=True)
class TaskRecord:
    """One thread, up to its end or that of the run."""

    tid: int
    pid: int
    name: bytes
    started_ns: int
    ended_ns: int
    used: CpuTime
    switches: SchedStatistics
    counts: Accounting

    @classmethod
    def of(cls, task: Task, now_ns: int) -> TaskRecord:
        """A task as it is now."""
        return cls(
            tid=task.tid,
            pid=task.pid,
            name=task.name,
            started_ns=task.started_ns,
            ended_ns=now_ns,
            used=task.kernel.clock.cpu_time(task),
            switches=replace(task.sched.statistics),
            counts=accounting.of_task(task),
        )

"""Who may change how a task is scheduled, and which task a number means."""

from __future__ import annotations

from guest.abi.constants import Resource
from guest.abi.errno import E, Errno
from guest.abi.sched import MIN_NICE
from guest.credentials import Capability
from guest.task import Task


def find_task(task: Task, tid: int) -> Task:
    """The task with a number, 0 for the caller (ESRCH)."""
    found = task.kernel.tasks.find(tid) if tid else task
    if found is None or found.exited:
        raise Errno(E.ESRCH)
    return found


def find_task_to_schedule(task: Task, tid: int) -> Task:
    """The same where calls refuse negative numbers (EINVAL), which those on affinity do not."""
    if tid < 0:
        raise Errno(E.EINVAL)
    return find_task(task, tid)


def may_schedule(task: Task) -> bool:
    """Whether the task may do everything (CAP_SYS_NICE)."""
    return task.credentials.capable(Capability.CAP_SYS_NICE)


def same_owner(task: Task, other: Task) -> bool:
    """Whether the task acts for the user that the other belongs to."""
    return task.credentials.euid in (other.credentials.euid, other.credentials.uid)


def may_nice(task: Task, other: Task, nice: int) -> bool:
    """Whether the task may lower the nice value of the other to this (RLIMIT_NICE)."""
    # The limit 1 to 40 stands for nice 19 to -20.
    allowed = other.process.limits.get(Resource.RLIMIT_NICE).rlim_cur
    return MIN_NICE + 40 - nice <= allowed or may_schedule(task)

"""System calls on nice values and I/O priorities: of a task, a process group or all of a user's tasks."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.sched import (
    IOPRIO_CLASS_SHIFT,
    IOPRIO_LEVELS,
    MAX_NICE,
    MIN_NICE,
    IoprioClass,
    IoprioWhich,
    Policy,
    PriorityWhich,
)
from guest.arguments import Int, Pid
from guest.credentials import Capability
from guest.sched.arguments import IoPriority, IoprioWhichName, PriorityWhichName
from guest.sched.permission import may_nice, may_schedule, same_owner
from guest.syscall import syscall
from guest.task import Process, Task


def _threads(processes: list[Process]) -> list[Task]:
    return [thread for process in processes for thread in process.threads]


def _one(task: Task, tid: int) -> list[Task]:
    found = task.kernel.tasks.find(tid) if tid else task
    return [found] if found is not None and not found.exited else []


def _of_group(task: Task, group: int) -> list[Task]:
    return _threads(task.kernel.tasks.group(group or task.process.group))


def _of_user(task: Task, uid: int) -> list[Task]:
    uid = uid or task.credentials.uid
    return [other for other in _threads(task.kernel.tasks.processes()) if other.credentials.uid == uid]


def _chosen(task: Task, which: int, who: int) -> list[Task]:
    """The tasks that setpriority and getpriority are about (ESRCH, EINVAL)."""
    match which:
        case PriorityWhich.PRIO_PROCESS:
            found = _one(task, who)
        case PriorityWhich.PRIO_PGRP:
            found = _of_group(task, who)
        case PriorityWhich.PRIO_USER:
            found = _of_user(task, who)
        case _:
            raise Errno(E.EINVAL)
    if not found:
        raise Errno(E.ESRCH)
    return found


@syscall("setpriority")
def setpriority(task: Task, which: PriorityWhichName, who: Pid, nice: Int) -> None:
    nice = min(max(nice, MIN_NICE), MAX_NICE)
    failure: Errno | None = None
    for other in _chosen(task, which, who):
        if not same_owner(task, other) and not may_schedule(task):
            failure = Errno(E.EPERM)
        elif nice < other.sched.nice and not may_nice(task, other, nice):
            failure = Errno(E.EACCES)
        else:
            other.sched.nice = nice
            task.kernel.scheduling.parameters_changed(other)
    if failure is not None:
        raise failure


@syscall("getpriority", note="as the kernel gives it: 20 less the nice value")
def getpriority(task: Task, which: PriorityWhichName, who: Pid) -> int:
    return max(20 - other.sched.nice for other in _chosen(task, which, who))


# -- I/O priorities ----------------------------------------------------------------------------------------------


def _chosen_for_io(task: Task, which: int, who: int) -> list[Task]:
    match which:
        case IoprioWhich.IOPRIO_WHO_PROCESS:
            found = _one(task, who)
        case IoprioWhich.IOPRIO_WHO_PGRP:
            found = _of_group(task, who)
        case IoprioWhich.IOPRIO_WHO_USER:
            found = _of_user(task, who)
        case _:
            raise Errno(E.EINVAL)
    if not found:
        raise Errno(E.ESRCH)
    return found


@syscall("ioprio_set", note="stored and inherited; files are not slow enough here for it to matter")
def ioprio_set(task: Task, which: IoprioWhichName, who: Pid, value: IoPriority) -> None:
    level = value & IOPRIO_LEVELS - 1
    match value >> IOPRIO_CLASS_SHIFT:
        case IoprioClass.IOPRIO_CLASS_RT:
            if not may_schedule(task) and not task.credentials.capable(Capability.CAP_SYS_ADMIN):
                raise Errno(E.EPERM)
        case IoprioClass.IOPRIO_CLASS_NONE:
            if level:
                raise Errno(E.EINVAL)
        case IoprioClass.IOPRIO_CLASS_BE | IoprioClass.IOPRIO_CLASS_IDLE:
            pass
        case _:
            raise Errno(E.EINVAL)
    for other in _chosen_for_io(task, which, who):
        if not same_owner(task, other) and not may_schedule(task):
            raise Errno(E.EPERM)
        other.sched.io_priority = value


@syscall("ioprio_get")
def ioprio_get(task: Task, which: IoprioWhichName, who: Pid) -> int:
    chosen = _chosen_for_io(task, which, who)
    if which == IoprioWhich.IOPRIO_WHO_PROCESS:
        return chosen[0].sched.io_priority
    return min(_effective(other) for other in chosen)


def _effective(other: Task) -> int:
    """Without an I/O priority of its own a task has one that follows from its policy and nice value."""
    sched = other.sched
    if sched.io_priority >> IOPRIO_CLASS_SHIFT != IoprioClass.IOPRIO_CLASS_NONE:
        return sched.io_priority
    kind = IoprioClass.IOPRIO_CLASS_BE
    if sched.policy is Policy.SCHED_IDLE:
        kind = IoprioClass.IOPRIO_CLASS_IDLE
    elif sched.priority:
        kind = IoprioClass.IOPRIO_CLASS_RT
    return kind << IOPRIO_CLASS_SHIFT | (sched.nice - MIN_NICE) // 5

"""System calls on policies, affinity and the processor."""

from __future__ import annotations

from guest.abi.constants import Resource
from guest.abi.cstruct import U32
from guest.abi.errno import E, Errno
from guest.abi.sched import (
    MAX_NICE,
    MAX_REAL_TIME_PRIORITY,
    MIN_NICE,
    SCHED_ATTR_SIZE_VER0,
    SCHED_RESET_ON_FORK,
    Policy,
    SchedAttr,
    SchedFlag,
    SchedParam,
)
from guest.abi.structs import Timespec
from guest.arguments import Address, InPtr, OutPtr, Pid, UInt
from guest.mm.user_copy import copy_from_user, copy_to_user, read_extensible
from guest.sched.arguments import PolicyName
from guest.sched.permission import find_task, find_task_to_schedule, may_nice, may_schedule, same_owner
from guest.syscall import syscall
from guest.task import Task

_REAL_TIME = (Policy.SCHED_FIFO, Policy.SCHED_RR)
_KNOWN = (*_REAL_TIME, Policy.SCHED_OTHER, Policy.SCHED_BATCH, Policy.SCHED_IDLE)
_PAGE = 4096
_NO_DEADLINE = "no SCHED_DEADLINE (EINVAL)"


@syscall("sched_yield")
def sched_yield(task: Task) -> None:
    task.kernel.scheduling.give_way(task)


# -- policies ----------------------------------------------------------------------------------------------------


def _set(task: Task, other: Task, policy: int, priority: int, nice: int | None, *, reset_on_fork: bool) -> None:
    """sched_setscheduler in the kernel: check everything, then change everything."""
    sched = other.sched
    # The kernel compares without sign, so a negative priority is too large.
    if policy not in _KNOWN or not 0 <= priority <= MAX_REAL_TIME_PRIORITY or (policy in _REAL_TIME) != (priority > 0):
        raise Errno(E.EINVAL)
    policy = Policy(policy)
    wanted_nice = sched.nice if nice is None or policy in _REAL_TIME else nice
    if not may_schedule(task):
        limit = other.process.limits.get(Resource.RLIMIT_RTPRIO).rlim_cur
        allowed = wanted_nice >= sched.nice or may_nice(task, other, wanted_nice)
        if policy in _REAL_TIME:
            allowed = (policy is sched.policy or limit > 0) and (priority <= sched.priority or priority <= limit)
        if sched.policy is Policy.SCHED_IDLE is not policy:
            allowed = allowed and may_nice(task, other, sched.nice)
        if not allowed or not same_owner(task, other) or (sched.reset_on_fork and not reset_on_fork):
            raise Errno(E.EPERM)
    sched.policy, sched.priority, sched.nice, sched.reset_on_fork = policy, priority, wanted_nice, reset_on_fork
    task.kernel.scheduling.parameters_changed(other)


@syscall("sched_setscheduler", partial=_NO_DEADLINE)
def sched_setscheduler(task: Task, tid: Pid, policy: PolicyName, parameters: InPtr[SchedParam]) -> None:
    if policy < 0 or tid < 0 or not parameters:
        raise Errno(E.EINVAL)
    priority = parameters.get().sched_priority
    reset = bool(policy & SCHED_RESET_ON_FORK)
    _set(task, find_task_to_schedule(task, tid), policy & ~SCHED_RESET_ON_FORK, priority, None, reset_on_fork=reset)


@syscall("sched_getscheduler")
def sched_getscheduler(task: Task, tid: Pid) -> int:
    sched = find_task_to_schedule(task, tid).sched
    return sched.policy | (SCHED_RESET_ON_FORK if sched.reset_on_fork else 0)


@syscall("sched_setparam")
def sched_setparam(task: Task, tid: Pid, parameters: InPtr[SchedParam]) -> None:
    if tid < 0 or not parameters:
        raise Errno(E.EINVAL)
    priority = parameters.get().sched_priority
    other = find_task_to_schedule(task, tid)
    _set(task, other, other.sched.policy, priority, None, reset_on_fork=other.sched.reset_on_fork)


@syscall("sched_getparam")
def sched_getparam(task: Task, tid: Pid, parameters: OutPtr[SchedParam]) -> None:
    if tid < 0 or not parameters:
        raise Errno(E.EINVAL)
    parameters.put(SchedParam(find_task_to_schedule(task, tid).sched.priority))


@syscall("sched_setattr", partial=f"{_NO_DEADLINE}, no utilisation clamps (EOPNOTSUPP)")
def sched_setattr(task: Task, tid: Pid, attributes: Address, flags: UInt) -> None:
    if not attributes or tid < 0 or flags:
        raise Errno(E.EINVAL)
    wanted = read_extensible(task.mm, attributes, SchedAttr, length_at=0, least=SCHED_ATTR_SIZE_VER0)
    if wanted.sched_policy >> 31 or wanted.sched_flags & ~sum(SchedFlag):
        raise Errno(E.EINVAL)
    if wanted.sched_flags & (SchedFlag.SCHED_FLAG_UTIL_CLAMP_MIN | SchedFlag.SCHED_FLAG_UTIL_CLAMP_MAX):
        raise Errno(E.EOPNOTSUPP)
    other = find_task_to_schedule(task, tid)
    policy, priority = wanted.sched_policy, wanted.sched_priority
    nice: int | None = min(max(wanted.sched_nice, MIN_NICE), MAX_NICE)
    if wanted.sched_flags & SchedFlag.SCHED_FLAG_KEEP_POLICY:
        policy = other.sched.policy
    if wanted.sched_flags & SchedFlag.SCHED_FLAG_KEEP_PARAMS:
        priority, nice = other.sched.priority, None
    reset = bool(wanted.sched_flags & SchedFlag.SCHED_FLAG_RESET_ON_FORK)
    _set(task, other, policy, priority, nice, reset_on_fork=reset)


@syscall("sched_getattr")
def sched_getattr(task: Task, tid: Pid, attributes: Address, size: UInt, flags: UInt) -> None:
    if not attributes or tid < 0 or flags or not SCHED_ATTR_SIZE_VER0 <= size <= _PAGE:
        raise Errno(E.EINVAL)
    sched = find_task_to_schedule(task, tid).sched
    known = min(size, SchedAttr.size)
    found = SchedAttr(
        size_=known,
        sched_policy=sched.policy,
        sched_flags=SchedFlag.SCHED_FLAG_RESET_ON_FORK if sched.reset_on_fork else 0,
        sched_nice=0 if sched.policy in _REAL_TIME else sched.nice,
        sched_priority=sched.priority,
        sched_util_max=0,
    )
    copy_to_user(task.mm, attributes, found.to_bytes()[:known].ljust(size, b"\0"))


@syscall("sched_get_priority_max")
def sched_get_priority_max(task: Task, policy: PolicyName) -> int:
    return _of_policy(policy, MAX_REAL_TIME_PRIORITY)


@syscall("sched_get_priority_min")
def sched_get_priority_min(task: Task, policy: PolicyName) -> int:
    return _of_policy(policy, 1)


def _of_policy(policy: int, real_time: int) -> int:
    if policy not in (*_KNOWN, Policy.SCHED_DEADLINE):
        raise Errno(E.EINVAL)
    return real_time if policy in _REAL_TIME else 0


@syscall("sched_rr_get_interval")
def sched_rr_get_interval(task: Task, tid: Pid, interval: OutPtr[Timespec]) -> None:
    interval.put(Timespec.from_ns(task.kernel.scheduling.slice_ns(find_task_to_schedule(task, tid))))


# -- cores -------------------------------------------------------------------------------------------------------


def _mask_bytes(task: Task) -> int:
    """The kernel's masks have whole 64-bit words for all possible cores."""
    return -(-task.kernel.cpu.cores // 64) * 8


@syscall("sched_setaffinity")
def sched_setaffinity(task: Task, tid: Pid, size: UInt, mask: Address) -> None:
    wanted = int.from_bytes(copy_from_user(task.mm, mask, min(size, _mask_bytes(task))), "little")
    other = find_task(task, tid)
    if not same_owner(task, other) and not may_schedule(task):
        raise Errno(E.EPERM)
    wanted &= (1 << task.kernel.cpu.cores) - 1
    if not wanted:
        raise Errno(E.EINVAL)
    other.sched.affinity = wanted
    task.kernel.scheduling.parameters_changed(other)


@syscall("sched_getaffinity")
def sched_getaffinity(task: Task, tid: Pid, size: UInt, mask: Address) -> int:
    needed = _mask_bytes(task)
    if size * 8 < task.kernel.cpu.cores or size % 8:
        raise Errno(E.EINVAL)
    cores = find_task(task, tid).sched.affinity & (1 << task.kernel.cpu.cores) - 1
    copy_to_user(task.mm, mask, cores.to_bytes(needed, "little"))
    return needed


@syscall("getcpu")
def getcpu(task: Task, cpu: OutPtr[U32], node: OutPtr[U32]) -> None:
    if cpu:
        cpu.put(task.kernel.clock.current_core(task))
    if node:
        node.put(0)

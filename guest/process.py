"""System calls on processes: identity, groups and sessions, limits, usage, prctl."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from guest.abi.constants import SIGNAL_COUNT, PrctlOption, Resource, RusageWho
from guest.abi.errno import E, Errno
from guest.abi.structs import Rlimit, Rusage
from guest.accounting import of_process, of_task, peak_resident_bytes
from guest.arguments import (
    Address,
    Hex,
    InPtr,
    Int,
    OutPtr,
    Pid,
    PrctlName,
    ResourceName,
    RusageName,
    UInt,
    ULong,
)
from guest.child_wait import make_rusage
from guest.credentials import ALL_CAPABILITIES, Capability
from guest.mm.user_copy import copy_from_user, copy_to_user, strncpy_from_user
from guest.signal.timers import timers_of
from guest.syscall import syscall
from guest.task import Process, ResourceLimits, Task
from guest.time import process_time

_CAP_SETPCAP = 8
_NAME_LENGTH = 16
_ADDR_NO_RANDOMIZE = 0x0040000


@syscall("getpid")
def getpid(task: Task) -> int:
    return task.pid


@syscall("gettid")
def gettid(task: Task) -> int:
    return task.tid


@syscall("getppid")
def getppid(task: Task) -> int:
    return task.process.parent_pid


def _process(task: Task, pid: int) -> Process:
    """The process that a pid argument names, 0 for the caller's (ESRCH)."""
    if pid == 0:
        return task.process
    found = task.kernel.tasks.find(pid)
    if found is None:
        raise Errno(E.ESRCH)
    return found.process


@syscall("getpgid")
def getpgid(task: Task, pid: Pid) -> int:
    return _process(task, pid).group


@syscall("getsid")
def getsid(task: Task, pid: Pid) -> int:
    return _process(task, pid).session


@syscall("setpgid")
def setpgid(task: Task, pid: Pid, group: Pid) -> None:
    if group < 0:
        raise Errno(E.EINVAL)
    own = task.process
    target = own if pid in (0, own.pid) else task.kernel.tasks.process(pid)
    if target is None or (target is not own and target not in own.children):
        raise Errno(E.ESRCH)
    if target is not own:
        if target.session != own.session:
            raise Errno(E.EPERM)
        if target.programs:
            raise Errno(E.EACCES)
    if target.is_session_leader:
        raise Errno(E.EPERM)
    group = group or target.pid
    if group != target.pid and not any(other.session == own.session for other in task.kernel.tasks.group(group)):
        raise Errno(E.EPERM)
    target.group = group


@syscall("setsid")
def setsid(task: Task) -> int:
    process = task.process
    if process.is_session_leader or task.kernel.tasks.group(process.pid):
        raise Errno(E.EPERM)
    process.session = process.group = process.pid
    process.controlling_terminal = None
    return process.pid


@syscall("set_tid_address")
def set_tid_address(task: Task, address: Address) -> int:
    task.clear_child_tid = address
    return task.tid


@syscall("rseq", partial="refused with ENOSYS, as by a kernel built without it; C libraries then do without")
def rseq(task: Task, area: Address, size: UInt, flags: Int, signature: Hex) -> None:
    raise Errno(E.ENOSYS)


def _resource(number: int) -> Resource:
    try:
        return Resource(number)
    except ValueError:
        raise Errno(E.EINVAL) from None


def _set_limit(task: Task, target: Task, resource: Resource, new: Rlimit) -> None:
    old = target.process.limits.get(resource)
    if new.rlim_cur > new.rlim_max:
        raise Errno(E.EINVAL)
    if new.rlim_max > old.rlim_max and not task.credentials.capable(Capability.CAP_SYS_RESOURCE):
        raise Errno(E.EPERM)
    target.process.limits.set(resource, new)
    if resource == Resource.RLIMIT_CPU:
        timers_of(target.process, target.kernel).cpu_limit.follow()
    for thread in target.process.threads:
        apply_limits(thread, target.process.limits)


def apply_limits(task: Task, limits: ResourceLimits) -> None:
    """Tell the parts that enforce a limit."""
    task.mm.stack_limit_bytes = limits.get(Resource.RLIMIT_STACK).rlim_cur
    task.mm.data_limit_bytes = limits.get(Resource.RLIMIT_DATA).rlim_cur
    task.mm.address_limit_bytes = limits.get(Resource.RLIMIT_AS).rlim_cur
    task.files.limit = min(limits.get(Resource.RLIMIT_NOFILE).rlim_cur, 1 << 20)


_ENFORCED = "RLIMIT_RTTIME is stored without effect"


@syscall("prlimit64", partial=_ENFORCED)
def prlimit64(task: Task, pid: Pid, resource: ResourceName, new: InPtr[Rlimit], old: OutPtr[Rlimit]) -> None:
    target = task.kernel.tasks.find(pid) if pid else task
    if target is None:
        raise Errno(E.ESRCH)
    mine, theirs = task.credentials, target.credentials
    same_user = {theirs.uid, theirs.euid, theirs.suid} == {mine.uid}
    same_group = {theirs.gid, theirs.egid, theirs.sgid} == {mine.gid}
    may = target.process is task.process or mine.capable(Capability.CAP_SYS_RESOURCE) or (same_user and same_group)
    if not may:
        raise Errno(E.EPERM)
    which = _resource(resource)
    previous = target.process.limits.get(which)
    if new:
        _set_limit(task, target, which, new.get())
    if old:
        old.put(previous)


@syscall("getrlimit")
def getrlimit(task: Task, resource: ResourceName, result: OutPtr[Rlimit]) -> None:
    result.put(task.process.limits.get(_resource(resource)))


@syscall("setrlimit", partial=_ENFORCED)
def setrlimit(task: Task, resource: ResourceName, new: InPtr[Rlimit]) -> None:
    _set_limit(task, task, _resource(resource), new.get())


@syscall("getrusage", note="there is no disk: ru_majflt, ru_inblock and ru_oublock are zero")
def getrusage(task: Task, who: RusageName, result: OutPtr[Rusage]) -> None:
    process = task.process
    if who == RusageWho.RUSAGE_CHILDREN:
        usage = make_rusage(process.waited_children, process.children_peak_bytes, process.waited_accounting)
    elif who == RusageWho.RUSAGE_SELF:
        usage = make_rusage(process_time(task), peak_resident_bytes(task.mm, process), of_process(process))
    elif who == RusageWho.RUSAGE_THREAD:
        used = task.kernel.clock.cpu_time(task)
        usage = make_rusage(used, peak_resident_bytes(task.mm, process), of_task(task))
    else:
        raise Errno(E.EINVAL)
    result.put(usage)


@syscall("personality", partial="stored; only the bit against randomisation has a meaning, and that is always so")
def personality(task: Task, value: UInt) -> int:
    old = task.process.personality
    if value != 0xFFFFFFFF:
        if value & ~_ADDR_NO_RANDOMIZE:
            raise Errno(E.EINVAL)
        task.process.personality = value
    return old


_PRCTL_PARTIAL = "names, dumpable, parent-death signal, subreaper, timer slack, no-new-privileges, bounding set"


@syscall("prctl", partial=_PRCTL_PARTIAL)
def prctl(task: Task, option: PrctlName, argument: ULong, third: ULong, fourth: ULong, fifth: ULong) -> int:
    handler = _PRCTL.get(option)
    if handler is None:
        # PR_SET_VMA (names for anonymous memory) too: C libraries expect kernels without it.
        raise Errno(E.EINVAL)
    if option in _PRCTL_STRICT and (third or fourth or fifth):
        raise Errno(E.EINVAL)
    return handler(task, argument) or 0


def _set_name(task: Task, address: int) -> None:
    text = strncpy_from_user(task.mm, address, _NAME_LENGTH - 1)
    task.name = text if text is not None else copy_from_user(task.mm, address, _NAME_LENGTH - 1)


def _get_name(task: Task, address: int) -> None:
    copy_to_user(task.mm, address, task.name.ljust(_NAME_LENGTH, b"\0"))


def _set_parent_death_signal(task: Task, number: int) -> None:
    if number > SIGNAL_COUNT:
        raise Errno(E.EINVAL)
    task.parent_death_signal = number


def _get_parent_death_signal(task: Task, address: int) -> None:
    copy_to_user(task.mm, address, task.parent_death_signal.to_bytes(4, "little"))


def _set_dumpable(task: Task, value: int) -> None:
    if value > 1:
        raise Errno(E.EINVAL)
    task.process.dumpable = value


def _set_timer_slack(task: Task, value: int) -> None:
    task.timer_slack_ns = value if 0 < value < 1 << 63 else 50_000


def _set_subreaper(task: Task, value: int) -> None:
    task.process.child_subreaper = bool(value)


def _get_subreaper(task: Task, address: int) -> None:
    copy_to_user(task.mm, address, int(task.process.child_subreaper).to_bytes(4, "little"))


def _set_no_new_privileges(task: Task, value: int) -> None:
    if value != 1:
        raise Errno(E.EINVAL)
    task.no_new_privileges = True


def _get_no_new_privileges(task: Task, value: int) -> int:
    if value:
        raise Errno(E.EINVAL)
    return int(task.no_new_privileges)


def _read_bounding(task: Task, number: int) -> int:
    if number >= ALL_CAPABILITIES.bit_length():
        raise Errno(E.EINVAL)
    return task.credentials.bounding >> number & 1


def _drop_bounding(task: Task, number: int) -> None:
    if not task.credentials.effective >> _CAP_SETPCAP & 1:
        raise Errno(E.EPERM)
    if number >= ALL_CAPABILITIES.bit_length():
        raise Errno(E.EINVAL)
    task.credentials = replace(task.credentials, bounding=task.credentials.bounding & ~(1 << number))


def _get_tid_address(task: Task, address: int) -> None:
    copy_to_user(task.mm, address, task.clear_child_tid.to_bytes(8, "little"))


_PRCTL: dict[int, Callable[[Task, int], int | None]] = {
    PrctlOption.PR_SET_NAME: _set_name,
    PrctlOption.PR_GET_NAME: _get_name,
    PrctlOption.PR_SET_PDEATHSIG: _set_parent_death_signal,
    PrctlOption.PR_GET_PDEATHSIG: _get_parent_death_signal,
    PrctlOption.PR_GET_DUMPABLE: lambda task, value: task.process.dumpable,
    PrctlOption.PR_SET_DUMPABLE: _set_dumpable,
    PrctlOption.PR_SET_TIMERSLACK: _set_timer_slack,
    PrctlOption.PR_GET_TIMERSLACK: lambda task, value: task.timer_slack_ns,
    PrctlOption.PR_SET_CHILD_SUBREAPER: _set_subreaper,
    PrctlOption.PR_GET_CHILD_SUBREAPER: _get_subreaper,
    PrctlOption.PR_SET_NO_NEW_PRIVS: _set_no_new_privileges,
    PrctlOption.PR_GET_NO_NEW_PRIVS: _get_no_new_privileges,
    PrctlOption.PR_GET_SECCOMP: lambda task, value: 0,
    PrctlOption.PR_CAPBSET_READ: _read_bounding,
    PrctlOption.PR_CAPBSET_DROP: _drop_bounding,
    PrctlOption.PR_GET_TID_ADDRESS: _get_tid_address,
}
_PRCTL_STRICT = frozenset({PrctlOption.PR_SET_NO_NEW_PRIVS, PrctlOption.PR_GET_NO_NEW_PRIVS})
"""Their unused arguments must be zero."""

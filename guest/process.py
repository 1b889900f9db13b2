"""System calls on processes and threads: identity, limits, usage, exit."""

from __future__ import annotations

from guest.abi.constants import PrctlOption, Resource, RusageWho
from guest.abi.errno import E, Errno
from guest.abi.structs import Rlimit, RobustListHead, Rusage, Timeval
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
    Size,
    UInt,
    ULong,
)
from guest.mm.user_copy import copy_to_user, strncpy_from_user
from guest.syscall import syscall
from guest.task import ResourceLimits, Task, TaskExit
from guest.time import process_time

_NAME_LENGTH = 16
_ADDR_NO_RANDOMIZE = 0x0040000


@syscall("exit")
def exit_(task: Task, status: Int) -> None:
    raise TaskExit(status, group=False)


@syscall("exit_group")
def exit_group(task: Task, status: Int) -> None:
    raise TaskExit(status, group=True)


@syscall("getpid")
def getpid(task: Task) -> int:
    return task.pid


@syscall("gettid")
def gettid(task: Task) -> int:
    return task.tid


@syscall("getppid")
def getppid(task: Task) -> int:
    return task.process.parent_pid


@syscall("getuid")
def getuid(task: Task) -> int:
    return task.credentials.uid


@syscall("geteuid")
def geteuid(task: Task) -> int:
    return task.credentials.uid


@syscall("getgid")
def getgid(task: Task) -> int:
    return task.credentials.gid


@syscall("getegid")
def getegid(task: Task) -> int:
    return task.credentials.gid


@syscall("getgroups")
def getgroups(task: Task, size: Int, groups: Address) -> int:
    found = task.credentials.groups
    if size < 0 or 0 < size < len(found):
        raise Errno(E.EINVAL)
    if size:
        copy_to_user(task.mm, groups, b"".join(group.to_bytes(4, "little") for group in found))
    return len(found)


@syscall("getpgid", partial="the caller only")
def getpgid(task: Task, pid: Pid) -> int:
    if pid not in (0, task.pid):
        raise Errno(E.ESRCH)
    return task.process.group


@syscall("getsid", partial="the caller only")
def getsid(task: Task, pid: Pid) -> int:
    if pid not in (0, task.pid):
        raise Errno(E.ESRCH)
    return task.process.session


@syscall("set_tid_address")
def set_tid_address(task: Task, address: Address) -> int:
    task.clear_child_tid = address
    return task.tid


@syscall("set_robust_list")
def set_robust_list(task: Task, head: Address, size: Size) -> None:
    if size != RobustListHead.size:
        raise Errno(E.EINVAL)
    task.robust_list = head


@syscall("get_robust_list", partial="the caller only")
def get_robust_list(task: Task, pid: Pid, head: Address, size: Address) -> None:
    if pid not in (0, task.tid):
        raise Errno(E.ESRCH)
    copy_to_user(task.mm, size, RobustListHead.size.to_bytes(8, "little"))
    copy_to_user(task.mm, head, task.robust_list.to_bytes(8, "little"))


@syscall("rseq", partial="refused with ENOSYS, as by a kernel built without it; C libraries then do without")
def rseq(task: Task, area: Address, size: UInt, flags: Int, signature: Hex) -> None:
    raise Errno(E.ENOSYS)


def _resource(number: int) -> Resource:
    try:
        return Resource(number)
    except ValueError:
        raise Errno(E.EINVAL) from None


def _set_limit(task: Task, resource: Resource, new: Rlimit) -> None:
    old = task.process.limits.get(resource)
    if new.rlim_cur > new.rlim_max:
        raise Errno(E.EINVAL)
    if new.rlim_max > old.rlim_max and task.credentials.uid:
        raise Errno(E.EPERM)
    task.process.limits.set(resource, new)
    apply_limits(task, task.process.limits)


def apply_limits(task: Task, limits: ResourceLimits) -> None:
    """Tell the parts that enforce a limit."""
    task.mm.stack_limit_bytes = limits.get(Resource.RLIMIT_STACK).rlim_cur
    task.mm.data_limit_bytes = limits.get(Resource.RLIMIT_DATA).rlim_cur
    task.mm.address_limit_bytes = limits.get(Resource.RLIMIT_AS).rlim_cur
    task.files.limit = min(limits.get(Resource.RLIMIT_NOFILE).rlim_cur, 1 << 20)


_ENFORCED = "enforced: STACK, DATA (heap), AS, NOFILE; the others are stored"


@syscall("prlimit64", partial=_ENFORCED)
def prlimit64(task: Task, pid: Pid, resource: ResourceName, new: InPtr[Rlimit], old: OutPtr[Rlimit]) -> None:
    if pid not in (0, task.pid):
        raise Errno(E.ESRCH)
    which = _resource(resource)
    previous = task.process.limits.get(which)
    if new:
        _set_limit(task, which, new.get())
    if old:
        old.put(previous)


@syscall("getrlimit")
def getrlimit(task: Task, resource: ResourceName, result: OutPtr[Rlimit]) -> None:
    result.put(task.process.limits.get(_resource(resource)))


@syscall("setrlimit", partial=_ENFORCED)
def setrlimit(task: Task, resource: ResourceName, new: InPtr[Rlimit]) -> None:
    _set_limit(task, _resource(resource), new.get())


@syscall("getrusage", partial="times, peak memory; the children's usage is zero until there are children")
def getrusage(task: Task, who: RusageName, result: OutPtr[Rusage]) -> None:
    usage = Rusage(ru_maxrss=task.mm.peak_bytes // 1024)
    if who == RusageWho.RUSAGE_CHILDREN:
        usage = Rusage()
    elif who in (RusageWho.RUSAGE_SELF, RusageWho.RUSAGE_THREAD):
        used = process_time(task) if who == RusageWho.RUSAGE_SELF else task.kernel.clock.cpu_time(task)
        usage.ru_utime, usage.ru_stime = Timeval.from_ns(used.user_ns), Timeval.from_ns(used.system_ns)
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


@syscall("prctl", partial="names, dumpable, parent-death signal, timer slack, no-new-privileges")
def prctl(task: Task, option: PrctlName, argument: Address, third: ULong, fourth: ULong, fifth: ULong) -> int:
    process = task.process
    if option == PrctlOption.PR_SET_NAME:
        text = strncpy_from_user(task.mm, argument, _NAME_LENGTH - 1)
        if text is None:
            text = task.mm.memory.read(argument, _NAME_LENGTH - 1)
        task.name = text
    elif option == PrctlOption.PR_GET_NAME:
        copy_to_user(task.mm, argument, task.name.ljust(_NAME_LENGTH, b"\0"))
    elif option == PrctlOption.PR_SET_PDEATHSIG:
        if argument > 64:
            raise Errno(E.EINVAL)
        task.parent_death_signal = argument
    elif option == PrctlOption.PR_GET_PDEATHSIG:
        copy_to_user(task.mm, argument, task.parent_death_signal.to_bytes(4, "little"))
    elif option == PrctlOption.PR_GET_DUMPABLE:
        return process.dumpable
    elif option == PrctlOption.PR_SET_DUMPABLE:
        if argument > 1:
            raise Errno(E.EINVAL)
        process.dumpable = argument
    elif option == PrctlOption.PR_SET_TIMERSLACK:
        task.timer_slack_ns = argument if 0 < argument < 1 << 63 else 50_000
    elif option == PrctlOption.PR_GET_TIMERSLACK:
        return task.timer_slack_ns
    elif option == PrctlOption.PR_SET_NO_NEW_PRIVS:
        if argument != 1 or third or fourth or fifth:
            raise Errno(E.EINVAL)
        process.no_new_privileges = True
    elif option == PrctlOption.PR_GET_NO_NEW_PRIVS:
        return int(process.no_new_privileges)
    else:
        # PR_SET_VMA (names for anonymous memory) too: C libraries expect kernels without it.
        raise Errno(E.EINVAL)
    return 0

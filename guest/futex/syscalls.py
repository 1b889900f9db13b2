"""The futex calls."""

from __future__ import annotations

from guest.abi.constants import (
    FUTEX_BITSET_MATCH_ANY,
    FUTEX_CLOCK_REALTIME,
    FUTEX_PRIVATE_FLAG,
    ClockId,
    FutexOperation,
)
from guest.abi.cstruct import U64
from guest.abi.errno import E, Errno
from guest.abi.futex import FUTEX_WAITV_MAX, Futex2Flag, FutexWaitv
from guest.abi.structs import RobustListHead, Timespec
from guest.arguments import Address, ClockName, FutexName, Int, OutPtr, Pid, Size, UInt, ULong
from guest.credentials import Capability
from guest.futex import operations, priority
from guest.futex.arguments import Futex2Flags
from guest.futex.user_word import check_alignment, signed
from guest.mm.user_copy import copy_from_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking

_REALTIME_ALLOWED = (
    FutexOperation.FUTEX_WAIT_BITSET,
    FutexOperation.FUTEX_WAIT_REQUEUE_PI,
    FutexOperation.FUTEX_LOCK_PI2,
)


@syscall("futex")
def futex(
    task: Task, address: Address, operation: FutexName, value: UInt, timeout: Address, address2: Address, value3: UInt
) -> int | Blocking[int]:
    command = operation & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)
    shared, realtime = not operation & FUTEX_PRIVATE_FLAG, bool(operation & FUTEX_CLOCK_REALTIME)
    if realtime and command not in _REALTIME_ALLOWED:
        raise Errno(E.ENOSYS)
    value2 = timeout & 0xFFFFFFFF
    """Where an operation has no timeout its register holds a number."""
    match command:
        case FutexOperation.FUTEX_WAIT:
            deadline = _relative(task, timeout)
            return operations.wait(
                task, address, value, shared=shared, mask=FUTEX_BITSET_MATCH_ANY, deadline_ns=deadline
            )
        case FutexOperation.FUTEX_WAIT_BITSET:
            deadline = _absolute(task, timeout, realtime)
            return operations.wait(task, address, value, shared=shared, mask=value3, deadline_ns=deadline)
        case FutexOperation.FUTEX_WAKE:
            return operations.wake(task, address, signed(value), shared=shared)
        case FutexOperation.FUTEX_WAKE_BITSET:
            return operations.wake(task, address, signed(value), shared=shared, mask=value3)
        case FutexOperation.FUTEX_REQUEUE | FutexOperation.FUTEX_CMP_REQUEUE:
            return operations.requeue(
                task, address, address2, signed(value), signed(value2), shared=shared, target_shared=shared,
                expected=value3 if command == FutexOperation.FUTEX_CMP_REQUEUE else None,
            )  # fmt: skip
        case FutexOperation.FUTEX_WAKE_OP:
            return operations.wake_op(task, address, signed(value), address2, signed(value2), value3, shared=shared)
        case FutexOperation.FUTEX_LOCK_PI | FutexOperation.FUTEX_LOCK_PI2:
            # The older of the two knows the wall clock only.
            clock = realtime or command == FutexOperation.FUTEX_LOCK_PI
            deadline = _absolute(task, timeout, clock)
            return priority.lock(task, address, shared=shared, deadline_ns=deadline, wait=True)
        case FutexOperation.FUTEX_TRYLOCK_PI:
            return priority.lock(task, address, shared=shared, deadline_ns=None, wait=False)
        case FutexOperation.FUTEX_UNLOCK_PI:
            return priority.unlock(task, address, shared=shared)
        case FutexOperation.FUTEX_WAIT_REQUEUE_PI:
            deadline = _absolute(task, timeout, realtime)
            return priority.wait_requeue(
                task, address, value, address2, shared=shared, mask=FUTEX_BITSET_MATCH_ANY, deadline_ns=deadline
            )
        case FutexOperation.FUTEX_CMP_REQUEUE_PI:
            return priority.requeue(
                task, address, address2, signed(value), signed(value2), shared=shared, expected=value3
            )
    raise Errno(E.ENOSYS)


def _timespec(task: Task, address: int) -> int:
    value = Timespec.from_bytes(copy_from_user(task.mm, address, Timespec.size))
    if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
        raise Errno(E.EINVAL)
    return value.ns


def _relative(task: Task, address: int) -> int | None:
    """The monotonic deadline of a duration; None if there is none."""
    return task.kernel.clock.now_ns() + _timespec(task, address) if address else None


def _absolute(task: Task, address: int, realtime: bool) -> int | None:
    """The monotonic deadline of a point in time; None if there is none."""
    if not address:
        return None
    time_ns = _timespec(task, address)
    if realtime:
        time_ns -= task.kernel.realtime_ns() - task.kernel.clock.now_ns()
    return time_ns


# -- futex2 ------------------------------------------------------------------------------------------------------


@syscall("futex_waitv", restartable=False)
def futex_waitv(
    task: Task, waiters: Address, count: UInt, flags: UInt, timeout: Address, clock: ClockName
) -> int | Blocking[int]:
    if flags or not 0 < count <= FUTEX_WAITV_MAX or not waiters:
        raise Errno(E.EINVAL)
    deadline = _deadline2(task, timeout, clock)
    data = copy_from_user(task.mm, waiters, count * FutexWaitv.size)
    words = []
    for start in range(0, len(data), FutexWaitv.size):
        waiter = FutexWaitv.from_bytes(data[start : start + FutexWaitv.size])
        shared = _is_shared(waiter.flags)
        if waiter.reserved or waiter.val >> 32:
            raise Errno(E.EINVAL)
        check_alignment(waiter.uaddr)
        words.append((waiter.uaddr, waiter.val, shared))
    return operations.wait_for_any(task, words, deadline)


@syscall("futex_wait")
def futex_wait(
    task: Task, address: Address, value: ULong, mask: ULong, flags: Futex2Flags, timeout: Address, clock: ClockName
) -> int | Blocking[int]:
    shared = _is_shared(flags)
    if value >> 32 or mask >> 32:
        raise Errno(E.EINVAL)
    deadline = _deadline2(task, timeout, clock)
    return operations.wait(task, address, value, shared=shared, mask=mask, deadline_ns=deadline)


@syscall("futex_wake")
def futex_wake(task: Task, address: Address, mask: ULong, count: Int, flags: Futex2Flags) -> int:
    shared = _is_shared(flags)
    if mask >> 32 or not mask:
        raise Errno(E.EINVAL)
    check_alignment(address)
    return operations.wake(task, address, count, shared=shared, mask=mask) if count else 0


@syscall("futex_requeue")
def futex_requeue(task: Task, waiters: Address, flags: UInt, wakes: Int, requeues: Int) -> int:
    if flags or not waiters:
        raise Errno(E.EINVAL)
    data = copy_from_user(task.mm, waiters, 2 * FutexWaitv.size)
    source, target = (FutexWaitv.from_bytes(data[start : start + FutexWaitv.size]) for start in (0, FutexWaitv.size))
    if source.reserved or target.reserved or source.val >> 32:
        raise Errno(E.EINVAL)
    return operations.requeue(
        task, source.uaddr, target.uaddr, wakes, requeues, shared=_is_shared(source.flags),
        target_shared=_is_shared(target.flags), expected=source.val,
    )  # fmt: skip


def _is_shared(flags: int) -> bool:
    """EINVAL for flags that mean nothing, and for words that are not 32 bits wide."""
    if flags & ~Futex2Flag.FUTEX2_PRIVATE != Futex2Flag.FUTEX2_SIZE_U32:
        raise Errno(E.EINVAL)
    return not flags & Futex2Flag.FUTEX2_PRIVATE


def _deadline2(task: Task, timeout: int, clock: int) -> int | None:
    if not timeout:
        return None
    if clock not in (ClockId.CLOCK_MONOTONIC, ClockId.CLOCK_REALTIME):
        raise Errno(E.EINVAL)
    return _absolute(task, timeout, clock == ClockId.CLOCK_REALTIME)


# -- robust lists ------------------------------------------------------------------------------------------------


@syscall("set_robust_list")
def set_robust_list(task: Task, head: Address, size: Size) -> None:
    if size != RobustListHead.size:
        raise Errno(E.EINVAL)
    task.robust_list = head


@syscall("get_robust_list")
def get_robust_list(task: Task, pid: Pid, head: OutPtr[U64], size: OutPtr[U64]) -> None:
    other = task.kernel.tasks.find(pid) if pid else task
    if other is None:
        raise Errno(E.ESRCH)
    mine, theirs = task.credentials, other.credentials
    same = mine.fsuid == theirs.euid == theirs.suid == theirs.uid
    if other is not task and not same and not mine.capable(Capability.CAP_SYS_PTRACE):
        raise Errno(E.EPERM)
    size.put(RobustListHead.size)
    head.put(other.robust_list)

"""Futexes: waiting for a word of user memory to change."""

from __future__ import annotations

from guest.abi.constants import (
    FUTEX_BITSET_MATCH_ANY,
    FUTEX_CLOCK_REALTIME,
    FUTEX_PRIVATE_FLAG,
    FutexOperation,
)
from guest.abi.errno import E, Errno
from guest.abi.structs import Timespec
from guest.arguments import Address, FutexName, UInt
from guest.mm.user_copy import copy_from_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait, Wakeup

_WAITS = (FutexOperation.FUTEX_WAIT, FutexOperation.FUTEX_WAIT_BITSET)


@syscall(
    "futex", partial="WAIT and WAKE, with bitsets; no requeue, no priority inheritance, no sharing between processes"
)
def futex(
    task: Task, address: Address, operation: FutexName, value: UInt, timeout: Address, address2: Address, value3: UInt
) -> int | Blocking[int]:
    command = operation & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)
    if address % 4:
        raise Errno(E.EINVAL)
    if command in _WAITS:
        deadline = _deadline(task, command, bool(operation & FUTEX_CLOCK_REALTIME), timeout)
        mask = value3 if command == FutexOperation.FUTEX_WAIT_BITSET else FUTEX_BITSET_MATCH_ANY
        return _wait(task, address, value, mask, deadline)
    count = value - (1 << 32) if value >> 31 else value
    if command == FutexOperation.FUTEX_WAKE:
        return _wake(task, address, count, FUTEX_BITSET_MATCH_ANY)
    if command == FutexOperation.FUTEX_WAKE_BITSET:
        return _wake(task, address, count, value3)
    raise Errno(E.ENOSYS)


def _deadline(task: Task, command: int, realtime: bool, timeout: int) -> int | None:
    """The monotonic deadline: WAIT has a duration, WAIT_BITSET a point in time."""
    if not timeout:
        return None
    value = Timespec.from_bytes(copy_from_user(task.mm, timeout, Timespec.size))
    if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
        raise Errno(E.EINVAL)
    if command == FutexOperation.FUTEX_WAIT:
        return task.kernel.clock.now_ns() + value.ns
    return value.ns - (task.kernel.identity.epoch_ns if realtime else 0)


def _wait(task: Task, address: int, value: int, mask: int, deadline: int | None) -> Blocking[int]:
    if not mask:
        raise Errno(E.EINVAL)
    # No other task runs between the test and the first wait: the engine stands still in a system call.
    if int.from_bytes(copy_from_user(task.mm, address, 4), "little") != value:
        raise Errno(E.EAGAIN)
    futexes = task.mm.futexes
    try:
        if deadline is not None and deadline <= task.kernel.clock.now_ns():
            raise Errno(E.ETIMEDOUT)
        wakeup = yield Wait(queues=(futexes.queue(address),), deadline_ns=deadline, key=mask)
    finally:
        futexes.forget(address)
    if wakeup is Wakeup.TIMEOUT:
        raise Errno(E.ETIMEDOUT)
    return 0


def _wake(task: Task, address: int, count: int, mask: int) -> int:
    if not mask:
        raise Errno(E.EINVAL)
    copy_from_user(task.mm, address, 4)
    return task.mm.futexes.wake(address, count, mask)

"""Timeouts of the calls that wait for files."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.structs import Timespec
from guest.arguments import InPtr
from guest.task import Task
from guest.wait import Blocking

_FOREVER_NS = 2**63 - 1


def deadline_after(task: Task, timeout_ns: int | None) -> int | None:
    """Guest time after `timeout_ns`; None for never, which includes what the clock cannot reach."""
    if timeout_ns is None:
        return None
    deadline = task.kernel.clock.now_ns() + timeout_ns
    return deadline if deadline < _FOREVER_NS else None


def read_timeout(task: Task, pointer: InPtr[Timespec]) -> int | None:
    """The deadline that a relative timeout in user memory gives; None without one (EINVAL, EFAULT)."""
    if not pointer:
        return None
    value = pointer.get()
    if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
        raise Errno(E.EINVAL)
    return deadline_after(task, value.ns)


def report_remaining(task: Task, pointer: InPtr[Timespec], deadline_ns: int | None) -> None:
    """Linux writes what is left back over the timeout, unless that is not writable."""
    if not pointer or deadline_ns is None:
        return
    left = max(deadline_ns - task.kernel.clock.now_ns(), 0)
    try:
        pointer.put(Timespec.from_ns(left))
    except Errno:
        return


def reporting(task: Task, pointer: InPtr[Timespec], deadline_ns: int | None, call: Blocking[int]) -> Blocking[int]:
    """Run `call` and report what is left of its timeout, however it ends."""
    try:
        result = yield from call
    except Errno:
        report_remaining(task, pointer, deadline_ns)
        raise
    report_remaining(task, pointer, deadline_ns)
    return result

"""Changing a task's signal mask, for good or while it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from guest.abi.errno import E, Errno
from guest.signal.state import UNBLOCKABLE
from guest.wait import Blocking

if TYPE_CHECKING:
    from guest.task import Task

T = TypeVar("T")


def deliverable(task: Task) -> int:
    """Mask of the signals that are pending for the task or its process and that it does not block."""
    return (task.pending.mask | task.process.pending.mask) & ~task.blocked


def set_blocked(task: Task, mask: int) -> None:
    """Replace the signal mask. What becomes deliverable is seen to before the task returns to user mode; signals of
    the process that the task now blocks are offered to its other threads (retarget_shared_pending).
    """
    mask &= ~UNBLOCKABLE
    newly_blocked = mask & ~task.blocked & task.process.pending.mask
    task.blocked = mask
    if newly_blocked:
        for other in task.process.threads:
            if other is not task and newly_blocked & ~other.blocked:
                newly_blocked &= other.blocked
                task.kernel.scheduling.wake_for_signal(other)
    if deliverable(task):
        task.attention = True


def with_mask(task: Task, mask: int, call: Blocking[T]) -> Blocking[T]:
    """Run a blocking call under another signal mask (ppoll, epoll_pwait, rt_sigsuspend…).

    If the call ends with EINTR, the old mask stays in `task.saved_blocked`: the frame of the handler restores it.
    """
    task.saved_blocked = task.blocked
    set_blocked(task, mask)
    try:
        result = yield from call
    except Errno as error:
        if error.number is not E.EINTR:
            restore(task)
        raise
    restore(task)
    return result


def restore(task: Task) -> None:
    """Put the mask back that a temporary one has replaced, if any."""
    if task.saved_blocked is not None:
        saved, task.saved_blocked = task.saved_blocked, None
        set_blocked(task, saved)

"""Robust lists: a thread names the locks that it holds, and the kernel marks them when the thread ends."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from guest.abi.errno import Errno
from guest.abi.futex import FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS, ROBUST_LIST_LIMIT
from guest.abi.structs import RobustListHead
from guest.futex.operations import wake_word
from guest.futex.priority import release_locks
from guest.futex.user_word import read_word, write_word
from guest.mm.user_copy import copy_from_user

if TYPE_CHECKING:
    from guest.task import Task

_PI = 1
"""Lowest bit of a list pointer: the lock has priority inheritance."""


def release_futexes(task: Task) -> None:
    """The task leaves its address space (exit, execve): give up the locks that it holds."""
    exit_robust_list(task)
    release_locks(task)


def exit_robust_list(task: Task) -> None:
    """Mark the locks of the task's robust list FUTEX_OWNER_DIED and wake one waiter of each.

    The list is the program's: whatever is wrong with it ends the walk without a word, as in Linux.
    """
    address, task.robust_list = task.robust_list, 0
    if not address:
        return
    with contextlib.suppress(Errno):
        _walk(task, address)


def _walk(task: Task, address: int) -> None:
    head = RobustListHead.from_bytes(copy_from_user(task.mm, address, RobustListHead.size))
    pending, entry = head.list_op_pending, head.next
    for _ in range(ROBUST_LIST_LIMIT):
        if entry & ~_PI == address:
            break
        # The next pointer first: once the lock is free its memory may be another's.
        following = int.from_bytes(copy_from_user(task.mm, entry & ~_PI, 8), "little")
        if entry & ~_PI != pending & ~_PI:
            _mark(task, (entry & ~_PI) + head.futex_offset, bool(entry & _PI), in_progress=False)
        entry = following
    if pending:
        _mark(task, (pending & ~_PI) + head.futex_offset, bool(pending & _PI), in_progress=True)


def _mark(task: Task, address: int, priority_inheriting: bool, *, in_progress: bool) -> None:
    """The owner of one lock has died. `in_progress`: it was locking or unlocking it just now."""
    if address % 4:
        return
    word = read_word(task.mm, address)
    if in_progress and not priority_inheriting and not word:
        # It had freed the lock but not yet woken the next one.
        wake_word(task, address)
        return
    if word & FUTEX_TID_MASK != task.tid:
        return
    write_word(task.mm, address, word & FUTEX_WAITERS | FUTEX_OWNER_DIED)
    if not priority_inheriting and word & FUTEX_WAITERS:
        wake_word(task, address)

"""Locks with priority inheritance: the word holds the owner's thread number, and the kernel hands the lock over.

A lock is known here only while somebody waits for it. The best real-time priority of those who wait is lent to the
owner (`SchedEntity.inherited_priority`).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.futex import FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS
from guest.futex.table import FutexTable, FutexWaiter, Key, futex_key, insert_by_priority
from guest.futex.user_word import check_alignment, read_word, write_word
from guest.wait import Blocking, Wait, WaitQueue

if TYPE_CHECKING:
    from guest.task import Task


class PiState:
    """A lock that somebody waits for."""

    __slots__ = ("key", "owner", "waiters")

    def __init__(self, key: Key, owner: Task) -> None:
        self.key = key
        self.owner = owner
        self.waiters: list[FutexWaiter] = []


def lock(task: Task, address: int, *, shared: bool, deadline_ns: int | None, wait: bool) -> Blocking[int]:
    """Take the lock, or wait for it (EAGAIN if not `wait`, EDEADLK, ESRCH, ETIMEDOUT)."""
    check_alignment(address)
    key = futex_key(task.mm, address, shared=shared)
    if _take(task, address, key):
        return 0
    if not wait:
        raise Errno(E.EAGAIN)
    queue = WaitQueue()
    waiter = FutexWaiter(task, address, key, queue)
    _begin_to_wait(waiter)
    try:
        if deadline_ns is not None and deadline_ns <= task.kernel.clock.now_ns():
            raise Errno(E.ETIMEDOUT)
        yield Wait(queues=(queue,), deadline_ns=deadline_ns)
    except Errno as error:
        # Linux never lets a signal end this call: it begins again after any handler.
        error.restarts = error.number is E.EINTR
        raise
    finally:
        _stop_waiting(task.kernel.futexes, waiter)
    if not waiter.woken:
        raise Errno(E.ETIMEDOUT)
    return 0


def unlock(task: Task, address: int, *, shared: bool) -> int:
    """Give the lock to whoever waits first, or free it (EPERM if it is not the task's)."""
    check_alignment(address)
    if read_word(task.mm, address) & FUTEX_TID_MASK != task.tid:
        raise Errno(E.EPERM)
    state = task.kernel.futexes.locks.get(futex_key(task.mm, address, shared=shared))
    if state is None:
        write_word(task.mm, address, 0)
        return 0
    if state.owner is not task:  # the program wrote the word itself
        raise Errno(E.EINVAL)
    _hand_over(task.kernel.futexes, state)
    return 0


def wait_requeue(
    task: Task, address: int, value: int, target: int, *, shared: bool, mask: int, deadline_ns: int | None
) -> Blocking[int]:
    """Wait at a plain word until `requeue` moves the task to the lock at `target` and it has that lock."""
    if address == target or not mask:
        raise Errno(E.EINVAL)
    check_alignment(address)
    check_alignment(target)
    table = task.kernel.futexes
    key, lock_key = (futex_key(task.mm, word, shared=shared) for word in (address, target))
    read_word(task.mm, target)
    if read_word(task.mm, address) != value:
        raise Errno(E.EAGAIN)
    if deadline_ns is not None and deadline_ns <= task.kernel.clock.now_ns():
        raise Errno(E.ETIMEDOUT)
    queue = WaitQueue()
    waiter = FutexWaiter(task, address, key, queue, mask=mask, requeue_to=lock_key)
    table.add(waiter)
    try:
        yield Wait(queues=(queue,), deadline_ns=deadline_ns)
    except Errno as error:
        if waiter.key == lock_key and error.number is E.EINTR:
            # Moved to the lock already: to begin again would find that the first word has changed.
            raise Errno(E.EAGAIN) from None
        error.restarts = error.number is E.EINTR
        raise
    finally:
        table.remove(waiter)
        _stop_waiting(table, waiter)
    if not waiter.woken:
        raise Errno(E.ETIMEDOUT)
    return 0


def requeue(task: Task, address: int, target: int, wakes: int, requeues: int, *, shared: bool, expected: int) -> int:
    """Give the lock at `target` to the first waiter of `address` if it is free; let the others wait for the lock."""
    if wakes != 1 or requeues < 0 or address == target:
        raise Errno(E.EINVAL)
    check_alignment(address)
    check_alignment(target)
    table = task.kernel.futexes
    key, lock_key = (futex_key(task.mm, word, shared=shared) for word in (address, target))
    if read_word(task.mm, address) != expected:
        raise Errno(E.EAGAIN)
    waiters = table.waiters(key)
    if any(waiter.requeue_to != lock_key for waiter in waiters):
        raise Errno(E.EINVAL)
    done = 0
    for waiter in waiters[: 1 + requeues]:
        table.remove(waiter)
        waiter.key, waiter.address = lock_key, target
        try:
            if _take(waiter.task, target, lock_key):
                waiter.woken = True
                waiter.queue.wake()
            else:
                _begin_to_wait(waiter)
        except Errno:
            # Nothing happened to this one (the owner is gone, or it would wait for itself): it waits where it did.
            waiter.key, waiter.address = key, address
            table.add(waiter)
            if not done:
                raise
            break
        done += 1
    return done


def release_locks(task: Task) -> None:
    """The task is over: locks that it holds and others wait for go to these, marked FUTEX_OWNER_DIED."""
    table = task.kernel.futexes
    for state in [state for state in table.locks.values() if state.owner is task]:
        _hand_over(table, state, FUTEX_OWNER_DIED)


def _take(task: Task, address: int, key: Key) -> bool:
    """Take a lock that is free. If it is not, mark that somebody waits."""
    word = read_word(task.mm, address)
    owner = word & FUTEX_TID_MASK
    if owner == task.tid:
        raise Errno(E.EDEADLK)
    contended = key in task.kernel.futexes.locks
    if not owner and not contended:
        write_word(task.mm, address, word & FUTEX_OWNER_DIED | task.tid)
        return True
    return False


def _begin_to_wait(waiter: FutexWaiter) -> None:
    task, table = waiter.task, waiter.task.kernel.futexes
    word = read_word(task.mm, waiter.address)
    owner = task.kernel.tasks.find(word & FUTEX_TID_MASK)
    state = table.locks.get(waiter.key)
    if owner is None or owner.exited:
        raise Errno(E.ESRCH)
    if state is not None and state.owner is not owner:  # the program wrote the word itself
        raise Errno(E.EINVAL)
    _check_deadlock(table, task, owner)
    write_word(task.mm, waiter.address, word | FUTEX_WAITERS)
    if state is None:
        state = table.locks[waiter.key] = PiState(waiter.key, owner)
    insert_by_priority(state.waiters, waiter)
    _lend_priority(table, owner)


def _check_deadlock(table: FutexTable, task: Task, owner: Task) -> None:
    """EDEADLK if the owner waits, over any number of locks, for the task."""
    seen = {task}
    while owner not in seen:
        seen.add(owner)
        following = _waits_for(table, owner)
        if following is None:
            return
        owner = following
    if owner is task:
        raise Errno(E.EDEADLK)


def _waits_for(table: FutexTable, task: Task) -> Task | None:
    for state in table.locks.values():
        if any(waiter.task is task for waiter in state.waiters):
            return state.owner
    return None


def _stop_waiting(table: FutexTable, waiter: FutexWaiter) -> None:
    """Leave the lock's queue; nothing if the lock was handed over. The word's mark stays, as in Linux."""
    state = table.locks.get(waiter.key)
    if state is None or waiter not in state.waiters:
        return
    state.waiters.remove(waiter)
    if not state.waiters:
        del table.locks[waiter.key]
    _lend_priority(table, state.owner)


def _hand_over(table: FutexTable, state: PiState, flags: int = 0) -> None:
    """The first waiter becomes the owner and is woken."""
    former, waiter = state.owner, state.waiters.pop(0)
    if state.waiters:
        state.owner = waiter.task
    else:
        del table.locks[state.key]
    waiter.woken = True
    with contextlib.suppress(Errno):  # if the word was unmapped the lock is the waiter's all the same, as in Linux
        write_word(waiter.task.mm, waiter.address, waiter.task.tid | FUTEX_WAITERS | flags)
    waiter.queue.wake()
    _lend_priority(table, former)
    _lend_priority(table, waiter.task)


def _lend_priority(table: FutexTable, owner: Task) -> None:
    """Let the owner have the best priority of those who wait for it; along the chain if it waits itself."""
    seen: set[Task] = set()
    following: Task | None = owner
    while following is not None and following not in seen:
        seen.add(following)
        waiting = [
            waiter.task.sched.real_time_priority
            for state in table.locks.values()
            if state.owner is following
            for waiter in state.waiters
        ]
        best = max(waiting, default=0)
        if best == following.sched.inherited_priority:
            return
        following.sched.inherited_priority = best
        if not following.exited:
            following.kernel.scheduling.parameters_changed(following)
        following = _waits_for(table, following)

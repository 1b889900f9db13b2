"""Who waits for which word. The table belongs to the machine: processes may share words."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from guest.abi.constants import FUTEX_BITSET_MATCH_ANY
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.futex.priority import PiState
    from guest.mm.address_space import AddressSpace
    from guest.task import Task

Key = Hashable
"""What makes two words the same: address space and address, or the memory behind the address."""


def futex_key(mm: AddressSpace, address: int, *, shared: bool) -> Key:
    """The key of a word. Only words in shared memory are the same for several address spaces."""
    return mm.futex_key(address) if shared else (mm, address)


class FutexWaiter:
    """A task's place at one word. Several may share one `queue` (futex_waitv)."""

    __slots__ = ("address", "index", "key", "mask", "priority", "queue", "requeue_to", "task", "woken")

    def __init__(
        self,
        task: Task,
        address: int,
        key: Key,
        queue: WaitQueue,
        *,
        mask: int = FUTEX_BITSET_MATCH_ANY,
        index: int = 0,
        requeue_to: Key | None = None,
    ) -> None:
        self.task = task
        self.address = address
        self.key = key
        self.queue = queue
        self.mask = mask
        self.index = index
        """Which of several words it is."""
        self.requeue_to = requeue_to
        """For FUTEX_WAIT_REQUEUE_PI: the lock that it is to be moved to; nothing else may wake it."""
        self.priority = task.sched.real_time_priority
        self.woken = False


def insert_by_priority(waiters: list[FutexWaiter], waiter: FutexWaiter) -> None:
    """Before those with a smaller real-time priority, behind all others."""
    position = len(waiters)
    while position and waiters[position - 1].priority < waiter.priority:
        position -= 1
    waiters.insert(position, waiter)


class FutexTable:
    """Waiters by key, in the order in which they are woken, and the locks that somebody waits for."""

    def __init__(self) -> None:
        self._waiters: dict[Key, list[FutexWaiter]] = {}
        self.locks: dict[Key, PiState] = {}
        """Contended priority-inheritance locks."""

    def __len__(self) -> int:
        """Words that somebody waits for."""
        return len(self._waiters) + len(self.locks)

    def waiters(self, key: Key) -> list[FutexWaiter]:
        """Who waits for a word, in order of waking; a copy."""
        return list(self._waiters.get(key, ()))

    def add(self, waiter: FutexWaiter) -> None:
        """Begin to wait."""
        insert_by_priority(self._waiters.setdefault(waiter.key, []), waiter)

    def remove(self, waiter: FutexWaiter) -> None:
        """Wait no more; nothing if it was woken or moved to a lock."""
        waiters = self._waiters.get(waiter.key)
        if waiters is not None and waiter in waiters:
            waiters.remove(waiter)
            if not waiters:
                del self._waiters[waiter.key]

    def wake(self, waiter: FutexWaiter) -> None:
        """Wake one that waits."""
        self.remove(waiter)
        waiter.woken = True
        waiter.queue.wake()

    def wake_word(self, key: Key, count: int, mask: int = FUTEX_BITSET_MATCH_ANY) -> int:
        """Wake up to `count` waiters with a bit of `mask`; how many were woken."""
        chosen = [waiter for waiter in self._waiters.get(key, ()) if waiter.mask & mask][: max(count, 0)]
        for waiter in chosen:
            self.wake(waiter)
        return len(chosen)

    def requeue(self, waiter: FutexWaiter, key: Key, address: int) -> None:
        """Let a waiter wait for another word."""
        self.remove(waiter)
        waiter.key, waiter.address = key, address
        self.add(waiter)

"""Where tasks wait for words of user memory; part of an address space."""

from __future__ import annotations

from guest.abi.constants import FUTEX_BITSET_MATCH_ANY
from guest.wait import WaitQueue


class FutexTable:
    """Queues of one address space, by address. Belongs to the address space: threads share it."""

    def __init__(self) -> None:
        self._queues: dict[int, WaitQueue] = {}

    def queue(self, address: int) -> WaitQueue:
        """The queue of a word, made on first use."""
        return self._queues.setdefault(address, WaitQueue())

    def wake(self, address: int, count: int, mask: int = FUTEX_BITSET_MATCH_ANY) -> int:
        """Wake up to `count` waiters on a word; how many were woken."""
        queue = self._queues.get(address)
        if queue is None:
            return 0
        woken = queue.wake(count, mask)
        self.forget(address)
        return woken

    def forget(self, address: int) -> None:
        """Drop the queue of a word that nobody waits on."""
        queue = self._queues.get(address)
        if queue is not None and not len(queue):
            del self._queues[address]

"""What a task waits for: the objects that a blocking system call yields, and the queues that wake it.

A handler that may block is (or returns) a generator. It yields a `Wait`; the scheduler arms it, runs others, and
sends the `Wakeup` back. A handler must test its condition again after waking: another task may have been faster.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

_T = TypeVar("_T")


class Wakeup(Enum):
    """Why a waiting task goes on."""

    WOKEN = auto()
    """One of its queues woke it."""
    TIMEOUT = auto()
    """Its deadline passed."""


class Waiter:
    """One task's place in one or more queues. `wake` runs at most once; the scheduler gives it."""

    __slots__ = ("_queues", "_wake", "key")

    def __init__(self, wait: Wait, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._queues = wait.queues
        self.key = wait.key
        for queue in self._queues:
            queue.add(self)

    def cancel(self) -> None:
        """Leave all queues (deadline passed, or a signal came)."""
        for queue in self._queues:
            queue.remove(self)

    def fire(self) -> None:
        """Leave all queues and make the task runnable."""
        self.cancel()
        self._wake()


class WaitQueue:
    """Waiters in order of arrival, which is the order of waking: results must not depend on anything else."""

    __slots__ = ("_observers", "_waiters")

    def __init__(self) -> None:
        self._waiters: dict[Waiter, None] = {}
        self._observers: dict[Callable[[], None], None] = {}

    def __len__(self) -> int:
        return len(self._waiters)

    def add(self, waiter: Waiter) -> None:
        self._waiters[waiter] = None

    def remove(self, waiter: Waiter) -> None:
        self._waiters.pop(waiter, None)

    def observe(self, notice: Callable[[], None]) -> None:
        """Call `notice` at every `wake`, until `unobserve`: for what watches without waiting (epoll, fasync)."""
        self._observers[notice] = None

    def unobserve(self, notice: Callable[[], None]) -> None:
        """Stop calling `notice`; nothing if it was not called."""
        self._observers.pop(notice, None)

    def wake(self, count: int | None = None, mask: int | None = None) -> int:
        """Wake up to `count` waiters (all if None) whose key has a bit of `mask`; how many were woken."""
        chosen = [waiter for waiter in self._waiters if mask is None or waiter.key & mask]
        if count is not None:
            chosen = chosen[: max(count, 0)]
        for waiter in chosen:
            waiter.fire()
        for notice in tuple(self._observers):
            notice()
        return len(chosen)


@dataclass(frozen=True)
class Wait:
    """Until one of `queues` wakes the task or guest time reaches `deadline_ns` (monotonic; None = never).

    No queue and no deadline means waiting for a signal only. `key` is compared with the mask of `WaitQueue.wake`
    (futex bitsets).
    """

    queues: tuple[WaitQueue, ...] = ()
    deadline_ns: int | None = None
    key: int = -1


class Until(Wait):
    """Until guest time reaches the deadline."""

    def __init__(self, deadline_ns: int) -> None:
        super().__init__(deadline_ns=deadline_ns)


class Reschedule(Wait):
    """Not at all: the task stays runnable, but others of the same core go first (sched_yield)."""


Blocking = Generator[Wait, Wakeup, _T]
"""A handler on its way: yields what it waits for, returns its result."""

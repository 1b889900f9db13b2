"""What a task waits for: the objects that a blocking system call yields, and the queues that wake it.

A handler that may block is (or returns) a generator. It yields a `Wait`; the scheduler arms it, runs others, and
sends the `Wakeup` back. A handler must test its condition again after waking: another task may have been faster.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import Enum, auto
from typing import TypeVar

_T = TypeVar("_T")


class Wakeup(Enum):
    """Why a waiting task goes on."""

    WOKEN = auto()
    """One of its queues woke it."""
    TIMEOUT = auto()
    """Its deadline passed."""


class Wait:
    """Until one of `queues` wakes the task or guest time reaches `deadline_ns` (monotonic; None = never).

    No queue and no deadline means waiting for a signal only. `key` is compared with the mask of `WaitQueue.wake`:
    futex bitsets, or the poll events that are waited for. Never changed once made: a handler may yield one object
    again and again.
    """

    __slots__ = ("deadline_ns", "key", "queues")

    def __init__(self, queues: tuple[WaitQueue, ...] = (), deadline_ns: int | None = None, key: int = -1) -> None:
        self.queues = queues
        self.deadline_ns = deadline_ns
        self.key = key


class Waiter:
    """One task's place in one or more queues. `wake` runs at most once; the scheduler gives it."""

    __slots__ = ("_queues", "_wake", "key")

    def __init__(self, wait: Wait, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._queues = wait.queues
        self.key = wait.key
        for queue in self._queues:
            queue._waiters[self] = None

    def cancel(self) -> None:
        """Leave all queues (deadline passed, or a signal came)."""
        for queue in self._queues:
            queue._waiters.pop(self, None)

    def fire(self) -> None:
        """Leave all queues and make the task runnable."""
        for queue in self._queues:
            queue._waiters.pop(self, None)
        self._wake()


Watcher = Callable[[int], bool]
"""Told of every wake of a queue and its mask (-1 for everything); whether somebody was woken by that."""


class WaitQueue:
    """Waiters in order of arrival, which is the order of waking: results must not depend on anything else."""

    __slots__ = ("_observers", "_waiters", "_watchers")

    def __init__(self) -> None:
        self._waiters: dict[Waiter, None] = {}
        # Most queues are never watched: no dictionaries for them.
        self._observers: dict[Callable[[], None], None] | None = None
        self._watchers: dict[Watcher, bool] | None = None

    def __len__(self) -> int:
        return len(self._waiters)

    def add(self, waiter: Waiter) -> None:
        self._waiters[waiter] = None

    def remove(self, waiter: Waiter) -> None:
        self._waiters.pop(waiter, None)

    def observe(self, notice: Callable[[], None]) -> None:
        """Call `notice` at every `wake`, until `unobserve`: for what follows a queue without waiting (fasync)."""
        if self._observers is None:
            self._observers = {}
        self._observers[notice] = None

    def unobserve(self, notice: Callable[[], None]) -> None:
        """Stop calling `notice`; nothing if it was not called."""
        if self._observers is not None:
            self._observers.pop(notice, None)

    def watch(self, watcher: Watcher, *, exclusive: bool = False) -> None:
        """Like `observe`, and the watcher learns which events woke the queue (epoll).

        Of the exclusive watchers only as many are told, in order, as it takes to wake somebody.
        """
        if self._watchers is None:
            self._watchers = {}
        self._watchers[watcher] = exclusive

    def unwatch(self, watcher: Watcher) -> None:
        """Stop telling the watcher; nothing if it was not told."""
        if self._watchers is not None:
            self._watchers.pop(watcher, None)

    def wake(self, count: int | None = None, mask: int | None = None) -> int:
        """Wake up to `count` waiters (all if None) whose key has a bit of `mask`; how many were woken.

        For the readiness of a file the mask is the poll events that have come true; None stands for any.
        """
        woken = 0
        waiters = self._waiters
        if waiters:
            if len(waiters) == 1:
                (waiter,) = waiters
                if (mask is None or waiter.key & mask) and (count is None or count > 0):
                    waiter.fire()
                    woken = 1
            else:
                # Chosen before the first fires: whoever is woken may wait here again at once.
                chosen = [waiter for waiter in waiters if mask is None or waiter.key & mask]
                if count is not None:
                    chosen = chosen[: max(count, 0)]
                for waiter in chosen:
                    waiter.fire()
                woken = len(chosen)
        if self._observers:
            for notice in tuple(self._observers):
                notice()
        if self._watchers:
            self._tell(-1 if mask is None else mask)
        return woken

    def _tell(self, mask: int) -> None:
        satisfied = False
        for watcher, exclusive in tuple((self._watchers or {}).items()):
            if not exclusive:
                watcher(mask)
            elif not satisfied:
                satisfied = watcher(mask)


class Until(Wait):
    """Until guest time reaches the deadline."""

    __slots__ = ()

    def __init__(self, deadline_ns: int) -> None:
        super().__init__(deadline_ns=deadline_ns)


Blocking = Generator[Wait, Wakeup, _T]
"""A handler on its way: yields what it waits for, returns its result."""

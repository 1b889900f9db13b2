"""Timers in guest time: a function to be called once when the machine's clock reaches a deadline.

Sleeping tasks, timer_create, setitimer, timerfd and timeouts of waits all use the machine's one queue.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

_MANY = 64
"""Cancelled timers of which a queue takes no notice."""


class Timer:
    """One pending call; made by `TimerQueue.add`."""

    __slots__ = ("_queue", "deadline_ns", "fire", "pending")

    def __init__(self, queue: TimerQueue, deadline_ns: int, fire: Callable[[], None]) -> None:
        self._queue = queue
        self.deadline_ns = deadline_ns
        self.fire = fire
        self.pending = True

    def cancel(self) -> None:
        """Do not fire any more; nothing if it has fired."""
        if self.pending:
            self.pending = False
            self._queue.cancelled()


class TimerQueue:
    """Timers by deadline (monotonic nanoseconds since the machine started)."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Timer]] = []
        """By deadline; timers of one deadline fire in the order in which they were added. Cancelled ones stay until
        they come first, or are too many.
        """
        self._order = 0
        self._cancelled = 0
        """In the heap."""

    def __len__(self) -> int:
        """Timers in the queue, also cancelled ones."""
        return len(self._heap)

    def add(self, deadline_ns: int, fire: Callable[[], None]) -> Timer:
        """Call `fire` when guest time reaches the deadline."""
        timer = Timer(self, deadline_ns, fire)
        heapq.heappush(self._heap, (deadline_ns, self._order, timer))
        self._order += 1
        return timer

    def cancelled(self) -> None:
        """For timers: one of them is not to fire any more."""
        # Most timeouts never pass: those of waits that end before would pile up until a deadline that may be far away.
        self._cancelled += 1
        if self._cancelled > _MANY and 2 * self._cancelled > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].pending]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def next_deadline_ns(self) -> int | None:
        """When the next timer fires; None if none is set."""
        heap = self._heap
        while heap:
            deadline_ns, _, timer = heap[0]
            if timer.pending:
                return deadline_ns
            heapq.heappop(heap)
            self._cancelled -= 1
        return None

    def fire(self, now_ns: int) -> None:
        """Fire everything whose deadline has passed."""
        while (deadline := self.next_deadline_ns()) is not None and deadline <= now_ns:
            timer = heapq.heappop(self._heap)[2]
            timer.pending = False
            timer.fire()

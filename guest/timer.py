"""Timers in guest time: a function to be called once when the machine's clock reaches a deadline.

Sleeping tasks, timer_create, setitimer, timerfd and timeouts of waits all use the machine's one queue.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Timer:
    """One pending call; made by `TimerQueue.add`."""

    deadline_ns: int
    order: int
    """Timers of one deadline fire in the order in which they were added."""
    fire: Callable[[], None] = field(compare=False)
    pending: bool = field(default=True, compare=False)

    def cancel(self) -> None:
        """Do not fire any more; nothing if it has fired."""
        self.pending = False


class TimerQueue:
    """Timers by deadline (monotonic nanoseconds since the machine started)."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._order = 0

    def add(self, deadline_ns: int, fire: Callable[[], None]) -> Timer:
        """Call `fire` when guest time reaches the deadline."""
        timer = Timer(deadline_ns, self._order, fire)
        self._order += 1
        heapq.heappush(self._heap, timer)
        return timer

    def next_deadline_ns(self) -> int | None:
        """When the next timer fires; None if none is set."""
        while self._heap and not self._heap[0].pending:
            heapq.heappop(self._heap)
        return self._heap[0].deadline_ns if self._heap else None

    def fire(self, now_ns: int) -> None:
        """Fire everything whose deadline has passed."""
        while (deadline := self.next_deadline_ns()) is not None and deadline <= now_ns:
            timer = heapq.heappop(self._heap)
            timer.pending = False
            timer.fire()

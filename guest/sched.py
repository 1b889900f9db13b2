"""Which task runs on which core, who waits, and what guest time comes next.

Each core has a queue of runnable tasks whose head runs until it blocks, yields or ends. A task is placed on the core
with the fewest tasks (ties: the smallest number) and stays there. Waiting tasks hold their place in wait queues and a
timer.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.core import Core
from emulator.engine import Context, Engine
from emulator.loop import Assignment
from guest.syscall import Pending
from guest.task import Task
from guest.wait import Reschedule, Waiter, Wakeup


@dataclass(eq=False)
class Thread:
    """A task with its registers and its place on a core."""

    task: Task
    engine: Engine
    context: Context
    core: Core
    pending: Pending | None = None
    """The system call that it waits in."""
    wakeup: Wakeup | None = None
    """Why it was woken; the call is resumed when the thread runs next."""
    user_subcycles: int = 0
    system_subcycles: int = 0
    _assignment: Assignment = field(init=False)

    def __post_init__(self) -> None:
        self._assignment = Assignment(self.core, self.engine, self.context)

    @property
    def assignment(self) -> Assignment:
        """What the run loop needs to know of it."""
        return self._assignment


@dataclass(order=True)
class _Timer:
    deadline_ns: int
    order: int
    thread: Thread = field(compare=False)
    waiter: Waiter = field(compare=False)
    alive: bool = field(default=True, compare=False)


class Scheduler:
    """Run queues and timers of all cores."""

    def __init__(self, cores: Sequence[Core]) -> None:
        self._cores = cores
        self._queues: dict[Core, deque[Thread]] = {core: deque() for core in cores}
        self._waiting: dict[Thread, _Timer | None] = {}
        self._waiters: dict[Thread, Waiter] = {}
        self._timers: list[_Timer] = []
        self._order = 0

    def __len__(self) -> int:
        """Tasks alive, running or waiting."""
        return sum(len(queue) for queue in self._queues.values()) + len(self._waiting)

    def choose_core(self) -> Core:
        """Where a new task goes."""
        return min(self._cores, key=lambda core: (len(self._queues[core]), core.number))

    def add(self, thread: Thread) -> None:
        """A new task becomes runnable on its core."""
        self._queues[thread.core].append(thread)

    def running(self) -> list[Thread]:
        """The thread at the head of each core's queue."""
        return [queue[0] for queue in self._queues.values() if queue]

    def waiting(self) -> list[Thread]:
        """Threads that wait, in the order in which they began to."""
        return list(self._waiting)

    def remove(self, thread: Thread) -> None:
        """A task is over."""
        if thread in self._waiting:
            self._stop_waiting(thread)
            self._waiters.pop(thread).cancel()
        else:
            self._queues[thread.core].remove(thread)

    def block(self, thread: Thread) -> None:
        """The running thread waits for what its pending call says."""
        assert thread.pending is not None
        wait = thread.pending.wait
        queue = self._queues[thread.core]
        queue.remove(thread)
        if isinstance(wait, Reschedule):
            thread.wakeup = Wakeup.WOKEN
            queue.append(thread)
            return
        waiter = Waiter(wait, lambda: self._wake(thread, Wakeup.WOKEN))
        timer = None
        if wait.deadline_ns is not None:
            timer = _Timer(wait.deadline_ns, self._order, thread, waiter)
            self._order += 1
            heapq.heappush(self._timers, timer)
        self._waiting[thread] = timer
        self._waiters[thread] = waiter

    def next_deadline_ns(self) -> int | None:
        """When the next timer fires; None if none is set."""
        while self._timers and not self._timers[0].alive:
            heapq.heappop(self._timers)
        return self._timers[0].deadline_ns if self._timers else None

    def fire_timers(self, now_ns: int) -> None:
        """Wake the threads whose deadline has passed."""
        while (deadline := self.next_deadline_ns()) is not None and deadline <= now_ns:
            timer = heapq.heappop(self._timers)
            timer.waiter.cancel()
            self._wake(timer.thread, Wakeup.TIMEOUT)

    def _wake(self, thread: Thread, wakeup: Wakeup) -> None:
        self._stop_waiting(thread)
        del self._waiters[thread]
        thread.wakeup = wakeup
        self._queues[thread.core].append(thread)

    def _stop_waiting(self, thread: Thread) -> None:
        timer = self._waiting.pop(thread)
        if timer is not None:
            timer.alive = False

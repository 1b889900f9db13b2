"""The runnable threads of one core: the one that runs, and the others in order."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass

from emulator.core import CLOCK, FOREVER, Core
from guest.sched.policy import NORMAL, REAL_TIME, Policies, weight_of
from guest.sched.thread import Entry, Thread


@dataclass
class CoreStatistics:
    """Counts of one core. Idle time is `Core.idle_subcycles`."""

    context_switches: int = 0
    migrations: int = 0
    """Threads that came from another core."""
    ticks: int = 0
    dispatches: int = 0
    wait_ns: int = 0
    """Run-queue latency, the sum over all dispatches."""
    max_wait_ns: int = 0


class RunQueue:
    """`current` is not among `entries`; `load` counts both."""

    def __init__(self, core: Core, policies: Policies) -> None:
        self.core = core
        self.current: Thread | None = None
        self.previous: Thread | None = None
        """Who ran last; None if the core was idle since."""
        self.used = False
        """Something has run here."""
        self.resched = False
        """The current thread is to be put back."""
        self.load = 0
        self.min_vruntime = 0
        """Grows only; new threads and those that waited begin near it."""
        self.next_balance = 0
        self.statistics = CoreStatistics()
        self._policies = policies
        self.entries: list[Entry] = []
        """Threads that wait for their turn, the best first."""
        self.queued_real_time = 0
        """How many of them are real-time threads."""
        self._last = 0
        self._first = -1

    def __len__(self) -> int:
        """Threads that wait for their turn."""
        return len(self.entries)

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing wants to."""
        return self.current is None and not self.entries

    @property
    def best(self) -> Thread | None:
        """Who is next."""
        return self.entries[0][3] if self.entries else None

    def queued(self) -> list[Thread]:
        """Threads that wait for their turn, the best first."""
        return [entry[3] for entry in self.entries]

    def threads(self) -> list[Thread]:
        """All threads here, the one that runs first."""
        return ([] if self.current is None else [self.current]) + self.queued()

    def highest_priority(self) -> int:
        """Real-time priority of the best thread here, running or not; 0 for a normal one, -1 for none."""
        found = [thread.sched.real_time_priority for thread in (self.current, self.best) if thread is not None]
        return max(found, default=-1)

    def push(self, thread: Thread, *, first: bool = False) -> None:
        """Put a thread among those that wait, before or behind its equals. Its weight is counted if it was not."""
        if not thread.weight:
            sched = thread.task.sched
            thread.weight = weight_of(sched)
            thread.real_time = sched.real_time_priority > 0
            self.load += thread.weight
        rank, order = self._policies.rank(thread)
        if rank == NORMAL and self._policies.fair:
            tie = thread.task.tid
        elif first:
            tie, self._first = self._first, self._first - 1
        else:
            tie, self._last = self._last, self._last + 1
        entry = thread.entry = (rank, order, tie, thread)
        self.queued_real_time += rank == REAL_TIME
        insort(self.entries, entry)
        if self.current is not None:
            self.set_tick()

    def pop(self) -> Thread:
        """Take the best one out to run it; it stays counted."""
        thread = self.entries[0][3]
        self._unlink(thread)
        return thread

    def remove(self, thread: Thread) -> None:
        """A thread leaves the core."""
        if thread is self.current:
            self.account()
            self.current = None
            thread.ran_at = self.core.words[CLOCK]
            thread.tick_at = FOREVER
        else:
            self._unlink(thread)
            self.set_tick()
        self.load -= thread.weight
        thread.weight = 0

    def account(self) -> None:
        """Count what the current thread used since the last call."""
        thread = self.current
        if thread is None:
            return
        used = self.core.words[CLOCK] - thread.accounted_at
        if used > 0:
            thread.accounted_at += used
            thread.ran += used
            if not thread.real_time:
                thread.vruntime += self._policies.used(thread.weight, used)
        self.update_minimum()

    def update_minimum(self) -> None:
        """The smallest virtual runtime of all normal threads here, but never less than before."""
        current = self.current
        if current is None or current.real_time:
            if len(self.entries) == self.queued_real_time:
                return
            smallest = self.entries[self.queued_real_time][3].vruntime
        else:
            smallest = current.vruntime
            if len(self.entries) > self.queued_real_time:
                waiting = self.entries[self.queued_real_time][3].vruntime
                if waiting < smallest:
                    smallest = waiting
        if smallest > self.min_vruntime:
            self.min_vruntime = smallest

    def set_tick(self) -> None:
        """The current thread is interrupted at ticks only while others wait."""
        thread = self.current
        if thread is None:
            return
        if not self.entries:
            thread.tick_at = FOREVER
        elif thread.tick_at == FOREVER:
            thread.tick_at = (self.core.words[CLOCK] // self._policies.tick + 1) * self._policies.tick

    def _unlink(self, thread: Thread) -> None:
        assert thread.entry is not None
        del self.entries[bisect_left(self.entries, thread.entry)]
        self.queued_real_time -= thread.entry[0] == REAL_TIME
        thread.entry = None

"""A machine whose threads do nothing but use time, so that a test sees only what the scheduler decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from emulator import record
from emulator.core import Core
from emulator.loop import turn
from guest.abi.sched import Policy
from guest.costs import WorkCounters
from guest.sched.config import FairPolicy, SchedulerConfig
from guest.sched.entity import ALL_CORES, SchedEntity
from guest.sched.scheduler import Scheduler
from guest.sched.thread import Thread
from guest.timer import TimerQueue
from guest.wait import Wait, Wakeup
from tests.emulator.support import hardware

MS = 1_000_000
LINUX = SchedulerConfig(
    fair_policy=FairPolicy.FAIR,
    tick_ns=4 * MS,
    slice_ns=3 * MS,
    round_robin_slice_ns=100 * MS,
    wakeup_preemption=True,
    wakeup_granularity_ns=1 * MS,
    balance_interval_ns=8 * MS,
    migration_cost_ns=MS / 2,
)


@dataclass(eq=False)
class StubTask:
    """What the scheduler wants to know of a task."""

    tid: int
    sched: SchedEntity = field(default_factory=SchedEntity)


@dataclass
class StubPending:
    """A call that waits."""

    wait: Wait


class Machine:
    """Cores of 1 GHz (a cycle is a nanosecond) under a scheduler, with a run loop like the kernel's."""

    def __init__(self, cores: int = 1, *, switch_ns: int = 0, **changes: Any) -> None:
        config = hardware(core={"count": cores})
        self.cores = [Core(number, config) for number in range(cores)]
        self.timers = TimerQueue()
        self.work = WorkCounters()
        self._switch_ns = switch_ns
        self._charged = 0
        self.now = 0
        self.scheduler = Scheduler(
            self.cores,
            replace(LINUX, **changes),
            config.core.frequency_hz,
            self.timers,
            self.work,
            now=lambda: self.now * record.SUBCYCLES,
            charge=self._charge,
        )
        self.used: dict[Thread, int] = {}
        self.trace: list[tuple[int, int]] = []
        """Core and thread number of each stretch, without repetitions."""
        self.then: dict[Thread, tuple[int, Callable[[Thread], None]]] = {}
        """After how much more time of its own a thread does something."""

    def _charge(self, thread: Thread) -> None:
        switches = self.work.context_switch - self._charged
        self._charged = self.work.context_switch
        thread.core.charge(switches * self._switch_ns)

    def thread(
        self, nice: int = 0, policy: Policy = Policy.SCHED_OTHER, priority: int = 0, affinity: int = ALL_CORES
    ) -> Thread:
        """A new thread, which computes for ever."""
        task = StubTask(len(self.used) + 1, SchedEntity(policy, priority, 0, nice, affinity))
        thread = Thread(cast(Any, task), cast(Any, None), cast(Any, None), self.scheduler.choose_core(affinity))
        self.used[thread] = 0
        self.scheduler.add(thread)
        return thread

    def after(self, thread: Thread, own_ns: int, action: Callable[[Thread], None]) -> None:
        """Let the thread do something once it has used so much more time."""
        self.then[thread] = (self.used[thread] + own_ns, action)

    def wait(self, thread: Thread, wait: Wait) -> None:
        """The thread makes a call that waits."""
        thread.pending = cast(Any, StubPending(wait))
        self.scheduler.block(thread)

    def sleep(self, thread: Thread, duration_ns: int) -> None:
        """The thread sleeps."""
        self.wait(thread, Wait(deadline_ns=self.now + duration_ns))

    def running(self) -> list[int]:
        """Numbers of the threads that run."""
        return [thread.task.tid for thread in self.scheduler.running()]

    def run(self, until_ns: int) -> None:
        """Let guest time pass."""
        while True:
            running = self.scheduler.running()
            timer = self.timers.next_deadline_ns()
            if not running:
                if timer is None or timer > until_ns:
                    return
                self._fire(timer)
                continue
            thread = min(running, key=lambda other: turn(other.core))
            clock = thread.core.cycles
            if timer is not None and timer <= clock:
                self._fire(timer)
                continue
            if clock >= until_ns:
                return
            self._advance(thread, clock, min(until_ns, clock + MS // 2, until_ns if timer is None else timer))

    def _fire(self, timer: int) -> None:
        self.now = timer
        self.timers.fire(timer)

    def _advance(self, thread: Thread, clock: int, until: int) -> None:
        thread.wakeup = thread.pending = None
        until = min(until, -(-thread.tick_at // record.SUBCYCLES))
        limit, action = self.then.get(thread, (1 << 62, None))
        until = max(min(until, clock + limit - self.used[thread]), clock + 1)
        thread.core.charge(until - clock)
        self.used[thread] += until - clock
        self.now = until
        if not self.trace or self.trace[-1] != (thread.core.number, thread.task.tid):
            self.trace.append((thread.core.number, thread.task.tid))
        if thread.core.clock >= thread.tick_at:
            self.scheduler.tick(thread)
        if action is not None and self.used[thread] >= limit:
            del self.then[thread]
            action(thread)


WOKEN = Wakeup.WOKEN

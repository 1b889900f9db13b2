"""The scheduler as the run loop sees it.

    add, remove                    a thread begins, is over
    running                        who runs now, one thread a core; switches happen here and nowhere else
    block                          the running thread waits for what its pending call says
    give_way                       the running thread lets others go first
    interrupt, wait_again, disarm  a signal for a waiting thread
    suspend, resume                its process is stopped, goes on
    tick                           the clock of a running thread's core has reached `thread.tick_at`
    parameters_changed             policy, nice value, priority or affinity are not as before

The loop asks `running()`, advances one of these threads up to the earliest of its own limits and `thread.tick_at`,
serves it, calls `tick(thread)` if `thread.core.clock >= thread.tick_at`, and asks again. All other methods only mark
what is to be done, so that a thread keeps its core while it is served.

A thread whose process gets a signal while it waits is made runnable with its wait still armed. When it runs, `wakeup`
says whether the wait is over (then the call goes on first, as on Linux); else the loop either gives up the wait
(`disarm`, then `pending.interrupt()`) or lets it go on (`wait_again`).

Clocks: a thread on an idle core begins when it was woken, so that core's clock moves there, which counts as idle time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from emulator import record
from emulator.core import CLOCK, FOREVER, Core
from guest.costs import WorkCounters
from guest.sched import placement
from guest.sched.config import SchedulerConfig
from guest.sched.entity import ALL_CORES
from guest.sched.load_average import LoadAverage
from guest.sched.policy import Policies
from guest.sched.runqueue import CoreStatistics, RunQueue
from guest.sched.thread import Thread
from guest.timer import TimerQueue
from guest.wait import Waiter, Wakeup


class Scheduler:
    """Run queues of all cores and the threads that wait.

    `now` gives the clock (subcycles) of the event being served: of the core whose thread made a call, or of the timer
    that fires. `charge` lets the core of a thread spend the kernel work that was just counted in `work`.
    `switched` is told of each thread that a core goes on with.
    """

    def __init__(
        self,
        cores: Sequence[Core],
        config: SchedulerConfig,
        frequency_hz: float,
        timers: TimerQueue,
        work: WorkCounters,
        *,
        now: Callable[[], int],
        charge: Callable[[Thread], object],
        switched: Callable[[Thread], object] = lambda thread: None,
    ) -> None:
        self.policies = Policies(config, frequency_hz)
        self._queues = [RunQueue(core, self.policies) for core in cores]
        self._subcycles_per_second = record.SUBCYCLES * round(frequency_hz)
        self._timers = timers
        self._work = work
        self._now = now
        self._charge = charge
        self._switched = switched
        self._threads: dict[Thread, None] = {}
        self._waiting: dict[Thread, None] = {}
        self._changed: set[int] = set()
        """Cores where another thread may have to run."""
        self._running: list[Thread] = []
        self._load = LoadAverage(self._subcycles_per_second)

    # -- what there is -----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """Threads alive, running or waiting."""
        return len(self._threads)

    def running(self) -> list[Thread]:
        """The thread of each core that is not idle, by core number; switches to better ones first.

        To be called only when all kernel work so far has been charged.
        """
        if self._changed:
            while self._changed:
                number = min(self._changed)
                self._changed.discard(number)
                self._choose(self._queues[number])
            self._running = [queue.current for queue in self._queues if queue.current is not None]
        return self._running

    def waiting(self) -> list[Thread]:
        """Threads that wait, in the order in which they began to."""
        return list(self._waiting)

    def runnable(self) -> int:
        """How many threads run or want to, for the load average."""
        return sum(len(queue) + (queue.current is not None) for queue in self._queues)

    def load_averages(self) -> tuple[int, int, int]:
        """See `load_average.py`."""
        self._load.catch_up(self._now(), self.runnable())
        return self._load.averages

    def statistics(self) -> list[CoreStatistics]:
        """Of each core. Those of threads are in `task.sched.statistics`."""
        return [queue.statistics for queue in self._queues]

    # -- life --------------------------------------------------------------------------------------------------

    def choose_core(self, affinity: int = ALL_CORES) -> Core:
        """Where a new thread would go now: an idle core, else the one with the smallest load."""
        queues = [queue for queue in self._queues if affinity >> queue.core.number & 1]
        return min(queues, key=lambda queue: (not queue.idle, queue.load, queue.core.number)).core

    def add(self, thread: Thread) -> None:
        """A new thread becomes runnable, on the core that suits it (`thread.core` is a wish)."""
        self._threads[thread] = None
        thread.ready = True
        self._enqueue(thread)

    def remove(self, thread: Thread) -> None:
        """A thread is over, whatever it does."""
        del self._threads[thread]
        self.disarm(thread)
        self._waiting.pop(thread, None)
        thread.ready = False
        self._leave(thread)

    # -- waiting -----------------------------------------------------------------------------------------------

    def block(self, thread: Thread) -> None:
        """The thread, which runs, waits for what its pending call says."""
        assert thread.pending is not None
        wait = thread.pending.wait
        thread.waiter = Waiter(wait, partial(self._wake, thread, Wakeup.WOKEN))
        if wait.deadline_ns is not None:
            thread.timer = self._timers.add(wait.deadline_ns, partial(self._wake, thread, Wakeup.TIMEOUT))
        thread.task.sched.statistics.voluntary_switches += 1
        self.wait_again(thread)

    def wait_again(self, thread: Thread) -> None:
        """A signal came to nothing: the thread goes on waiting for what it waited for."""
        assert thread.wakeup is None
        thread.ready = False
        self._leave(thread)
        self._waiting[thread] = None

    def interrupt(self, thread: Thread) -> None:
        """The thread must look at its signals: it becomes runnable with its wait armed; nothing if it does not wait."""
        if not thread.ready:
            self._make_ready(thread)

    def disarm(self, thread: Thread) -> None:
        """Give up the wait, after a signal or at the end."""
        if thread.waiter is not None:
            thread.waiter.cancel()
            thread.waiter = None
        if thread.timer is not None:
            thread.timer.cancel()
            thread.timer = None

    def _wake(self, thread: Thread, wakeup: Wakeup) -> None:
        if wakeup is Wakeup.WOKEN:
            thread.waiter = None  # which has left its queues
        self.disarm(thread)
        thread.wakeup = wakeup
        if not thread.ready:
            self._make_ready(thread)

    def _make_ready(self, thread: Thread) -> None:
        self._waiting.pop(thread, None)
        thread.ready = True
        if not thread.suspended:
            self._enqueue(thread)

    # -- stopped processes -------------------------------------------------------------------------------------

    def suspend(self, thread: Thread) -> None:
        """The thread gets no core until `resume`; what it waits for may come meanwhile."""
        thread.suspended = True
        self._leave(thread)

    def resume(self, thread: Thread) -> None:
        """The opposite of `suspend`."""
        if not thread.suspended:
            return
        thread.suspended = False
        if thread.ready:
            self._enqueue(thread)

    # -- while it runs -----------------------------------------------------------------------------------------

    def tick(self, thread: Thread) -> None:
        """The tick of the running thread's core: is its slice over, is there a thread that others should have?"""
        queue = self._queues[thread.core.number]
        queue.statistics.ticks += 1
        self._work.tick += 1
        self._charge(thread)
        thread.tick_at = FOREVER
        queue.account()
        best = queue.best
        if best is not None and queue.current is thread and self.policies.slice_ended(thread, best):
            thread.slice_over = True
            self._reschedule(queue)
        self._balance(queue)
        queue.set_tick()

    def give_way(self, thread: Thread) -> None:
        """The thread, which runs, lets others of its core go first."""
        queue = self._queues[thread.core.number]
        if not len(queue):
            return
        queue.account()
        if self.policies.fair and not thread.real_time:
            thread.vruntime = self.policies.behind(thread, queue.queued())
        thread.slice_over = True
        self._reschedule(queue)

    def parameters_changed(self, thread: Thread) -> None:
        """Policy, nice value, priority or affinity of the thread changed."""
        queue = self._queues[thread.core.number]
        if not thread.weight:  # on no queue: nothing depends on them
            return
        if thread is queue.current:
            # It may be the one that is being served: it is put back, perhaps elsewhere, when the loop asks who runs.
            queue.account()
            self._reschedule(queue)
            return
        queue.remove(thread)
        self._insert(thread, self._place(thread))

    # -- inside: on and off the queues -------------------------------------------------------------------------

    def _enqueue(self, thread: Thread) -> None:
        """A thread that was not runnable is from now on."""
        now = thread.ready_at = thread.start_after = self._now()
        if now >= self._load.due:
            self._load.catch_up(now, self.runnable())
        queue = self._place(thread)
        # The thread that runs there may have run alone for long; the place of another is relative to its present one.
        queue.account()
        if thread.ran_on is None:
            thread.vruntime = queue.min_vruntime
            if self.policies.fair:
                thread.vruntime = self.policies.behind(thread, queue.threads())
        else:
            thread.vruntime = self.policies.woken_vruntime(queue.min_vruntime, thread.vruntime)
        self._insert(thread, queue)

    def _place(self, thread: Thread) -> RunQueue:
        """Choose the core of a thread that is on no queue."""
        last = self._queues[thread.core.number]
        queue = placement.choose(self._queues, thread, last)
        if queue is not last:
            self._change_core(thread, queue)
        return queue

    def _change_core(self, thread: Thread, queue: RunQueue) -> None:
        """Virtual runtimes are compared on one core only: what the thread is ahead or behind goes with it."""
        last = self._queues[thread.core.number]
        last.account()
        queue.account()
        thread.vruntime += queue.min_vruntime - last.min_vruntime
        thread.core = queue.core

    def _insert(self, thread: Thread, queue: RunQueue) -> None:
        """Put a thread on the queue of its core; it may be better than the one that runs there."""
        queue.push(thread)
        current = queue.current
        if current is None:
            self._changed.add(queue.core.number)
            return
        queue.account()
        if self.policies.preempts(thread, current):
            self._reschedule(queue)

    def _leave(self, thread: Thread) -> None:
        """Take a thread off its queue; nothing if it is on none."""
        if thread.weight:
            if (now := self._now()) >= self._load.due:
                self._load.catch_up(now, self.runnable())
            queue = self._queues[thread.core.number]
            queue.remove(thread)
            self._changed.add(queue.core.number)

    def _move(self, thread: Thread, source: RunQueue, target: RunQueue) -> None:
        """Give a thread that waits for its turn to another core."""
        source.remove(thread)
        thread.start_after = max(thread.start_after, self._now())
        self._change_core(thread, target)
        self._insert(thread, target)

    # -- inside: who runs --------------------------------------------------------------------------------------

    def _reschedule(self, queue: RunQueue) -> None:
        queue.resched = True
        self._changed.add(queue.core.number)

    def _choose(self, queue: RunQueue) -> None:
        """Give a core to its best thread."""
        current = queue.current
        if current is not None:
            if not queue.resched:
                return
            self._put_back(queue, current)
        queue.resched = False
        while self._real_time_waits():
            found = placement.to_pull_real_time(self._queues, queue)
            if found is None:
                break
            self._move(found[1], found[0], queue)
        if not queue.entries and (found := placement.to_pull(self._queues, queue, self.policies)) is not None:
            self._move(found[1], found[0], queue)
        if not queue.entries:
            queue.previous = None
            return
        thread = queue.pop()
        if thread is current:
            queue.current = thread
            queue.set_tick()
            return
        if current is not None:
            current.sched.statistics.involuntary_switches += 1
        self._start(queue, thread)

    def _real_time_waits(self) -> bool:
        return any(queue.queued_real_time for queue in self._queues)

    def _put_back(self, queue: RunQueue, current: Thread) -> None:
        """The thread that runs waits for its turn again, elsewhere if it may not run here any more."""
        queue.remove(current)
        current.ready_at = current.start_after = queue.core.clock
        if placement.allowed(current, queue):
            queue.push(current, first=not current.slice_over)
        else:
            self._insert(current, self._place(current))
        current.slice_over = False

    def _start(self, queue: RunQueue, thread: Thread) -> None:
        """Switch to a thread."""
        core, counts, own = queue.core, queue.statistics, thread.task.sched.statistics
        core.idle_until(thread.start_after)
        waited = core.words[CLOCK] - thread.ready_at
        if waited > 0:
            waited_ns = waited * 10**9 // self._subcycles_per_second
            counts.wait_ns += waited_ns
            own.wait_ns += waited_ns
            if waited_ns > counts.max_wait_ns:
                counts.max_wait_ns = waited_ns
            if waited_ns > own.max_wait_ns:
                own.max_wait_ns = waited_ns
        counts.dispatches += 1
        own.dispatches += 1
        if queue.previous is not thread:
            # The first thread of a core is there from the start; idling counts as another thread.
            self._work.context_switch += queue.used
            counts.context_switches += queue.used
        if thread.ran_on is not None and thread.ran_on is not core:
            self._work.migration += 1
            counts.migrations += 1
            own.migrations += 1
        queue.current = queue.previous = thread
        queue.used = True
        thread.ran_on = core
        self._switched(thread)
        self._charge(thread)
        thread.accounted_at = core.words[CLOCK]
        thread.ran = 0
        queue.set_tick()

    def _balance(self, queue: RunQueue) -> None:
        """At a tick: give waiting threads to idle cores, and now and then to less loaded ones."""
        while len(queue) and (idle := placement.to_push(self._queues, queue, self.policies)) is not None:
            self._move(idle[0], queue, idle[1])
        if not len(queue) or queue.core.clock < queue.next_balance:
            return
        queue.next_balance = queue.core.clock + self.policies.balance_interval
        if (less := placement.to_even_out(self._queues, queue, self.policies)) is not None:
            self._move(less[0], queue, less[1])

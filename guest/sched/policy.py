"""Which of two threads is better, and how long one may run: the policies, apart from all queues.

Normal threads (SCHED_OTHER, SCHED_BATCH, SCHED_IDLE) have *virtual runtimes*: time used, slower for a larger weight.
The one with the smallest runs, so that shares of a core follow the weights. Real-time threads come before them, by
priority, and at equal priority in turn. They are not throttled (Linux lets them use 95 % of a second).
"""

from __future__ import annotations

from collections.abc import Iterable

from emulator import record
from emulator.core import FOREVER
from guest.abi.sched import MIN_NICE, Policy
from guest.sched.config import FairPolicy, SchedulerConfig
from guest.sched.entity import SchedEntity
from guest.sched.thread import Thread

NICE_0_WEIGHT = 1024
WEIGHTS = (
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
    9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277,
    1024, 820, 655, 526, 423, 335, 272, 215, 172, 137,
    110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
)  # fmt: skip
"""Of nice -20 to 19: each step is a factor of about 1.25 (Linux `kernel/sched/core.c`, sched_prio_to_weight)."""
IDLE_WEIGHT = 3
"""Of SCHED_IDLE (`kernel/sched/sched.h`, WEIGHT_IDLEPRIO)."""
REAL_TIME_WEIGHT = 2 * WEIGHTS[0]
"""Load of a real-time thread where cores are compared: more than any other."""

REAL_TIME, NORMAL = 0, 1
"""Ranks: all of the first come before all of the second."""


def weight_of(sched: SchedEntity) -> int:
    """Weight of a thread in its core's load."""
    if sched.real_time_priority:
        return REAL_TIME_WEIGHT
    if sched.policy is Policy.SCHED_IDLE:
        return IDLE_WEIGHT
    return WEIGHTS[sched.nice - MIN_NICE]


class Policies:
    """The rules with their configured times, in subcycles."""

    def __init__(self, config: SchedulerConfig, frequency_hz: float) -> None:
        def subcycles(time_ns: float) -> int:
            return round(time_ns * frequency_hz * record.SUBCYCLES / 1e9)

        self.fair = config.fair_policy is FairPolicy.FAIR
        self._wakeup_preemption = config.wakeup_preemption and self.fair
        self.tick = max(subcycles(config.tick_ns), 1)
        self.slice = FOREVER if config.fair_policy is FairPolicy.FIRST_COME else subcycles(config.slice_ns)
        self._round_robin_slice = subcycles(config.round_robin_slice_ns)
        self._granularity = subcycles(config.wakeup_granularity_ns)
        self._credit = self.slice // 2
        self.balance_interval = subcycles(config.balance_interval_ns)
        self.migration_cost = subcycles(config.migration_cost_ns)
        self._round_robin_slice_ns = round(config.round_robin_slice_ns)
        self._slice_ns = 0 if config.fair_policy is FairPolicy.FIRST_COME else round(config.slice_ns)

    def slice_ns(self, sched: SchedEntity) -> int:
        """As sched_rr_get_interval gives it; 0 for no end."""
        if sched.policy is Policy.SCHED_RR:
            return self._round_robin_slice_ns
        return 0 if sched.policy is Policy.SCHED_FIFO else self._slice_ns

    def rank(self, thread: Thread) -> tuple[int, int]:
        """Rank, and the order within it that does not change by waiting."""
        if thread.real_time:
            return REAL_TIME, -thread.sched.real_time_priority
        return NORMAL, thread.vruntime if self.fair else 0

    def used(self, weight: int, subcycles: int) -> int:
        """By how much the virtual runtime grows for a time on the core."""
        return subcycles * NICE_0_WEIGHT // weight

    def woken_vruntime(self, minimum: int, vruntime: int) -> int:
        """Of a thread that waited: it keeps at most half a slice of what it is behind."""
        return max(vruntime, minimum - self._credit)

    def behind(self, thread: Thread, others: Iterable[Thread]) -> int:
        """Virtual runtime of a thread that yields or is new: behind the others that are at most a slice behind it, so
        that a program that forks gains nothing by it.
        """
        limit = thread.vruntime + self.used(thread.weight or weight_of(thread.sched), self.slice)
        peers = [other.vruntime + 1 for other in others if other.vruntime <= limit and not other.real_time]
        return max(thread.vruntime, *peers) if peers else thread.vruntime

    def preempts(self, woken: Thread, current: Thread) -> bool:
        """Whether a woken thread takes the core at once from the one that runs. Virtual runtimes are up to date."""
        if woken.real_time or current.real_time:
            return woken.sched.real_time_priority > current.sched.real_time_priority
        if not self._wakeup_preemption or woken.sched.policy is not Policy.SCHED_OTHER:
            return False
        if current.sched.policy is Policy.SCHED_IDLE:
            return True
        return current.vruntime - woken.vruntime > self.used(woken.weight, self._granularity)

    def slice_ended(self, current: Thread, best: Thread) -> bool:
        """Whether the tick takes the core from `current`, given the best of those that wait."""
        mine, other = current.sched.real_time_priority, best.sched.real_time_priority
        if mine or other:
            if other != mine:
                return other > mine
            return current.sched.policy is not Policy.SCHED_FIFO and current.ran >= self._round_robin_slice
        if current.ran < self.slice:
            return False
        return not self.fair or best.vruntime < current.vruntime

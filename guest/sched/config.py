"""The configuration of the scheduler: preset keys `scheduler.…`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emulator.config import key


class FairPolicy(StrEnum):
    """How threads of the normal policies share a core."""

    FAIR = "fair"
    """By virtual runtime: shares follow the weights of the nice values."""
    ROUND_ROBIN = "round-robin"
    """In turn, one slice each, whatever the nice value."""
    FIRST_COME = "first-come"
    """In turn, without a slice: until it waits, yields or ends."""


@dataclass(frozen=True)
class SchedulerConfig:
    """Times are guest time. Real-time policies come before all this."""

    fair_policy: FairPolicy = key("", "how normal threads share a core: fair, round-robin or first-come")
    tick_ns: float = key("ns", "period of the tick of a core on which a thread waits for its turn", 1e3, 1e12)
    slice_ns: float = key("ns", "a normal thread runs at least this long before a tick takes the core away", 0, 1e12)
    round_robin_slice_ns: float = key("ns", "slice of SCHED_RR", 1e3, 1e12)
    wakeup_preemption: bool = key("", "a woken normal thread that is behind takes the core at once")
    wakeup_granularity_ns: float = key("ns", "how far behind a woken thread must be to take the core", 0, 1e12)
    balance_interval_ns: float = key("ns", "period in which a core with waiting threads gives some away", 1e3, 1e12)
    migration_cost_ns: float = key("ns", "a thread that ran within this time is not moved to another core", 0, 1e12)

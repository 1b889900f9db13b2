"""RLIMIT_CPU: SIGXCPU for each second of processor time from the soft limit on, SIGKILL at the hard one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import RLIM_INFINITY, Resource, Signal
from guest.abi.signal import SignalCode
from guest.abi.structs import Rlimit
from guest.signal.send import send_to_process
from guest.signal.state import SignalInfo

if TYPE_CHECKING:
    from guest.signal.clocks import Alarm, CpuClock
    from guest.task import Process

_SECOND_NS = 10**9


class CpuLimit:
    """The limit of one process (`kernel/time/posix-cpu-timers.c`, check_process_timers)."""

    def __init__(self, process: Process, clock: CpuClock) -> None:
        self._process = process
        self._clock = clock
        self._alarm: Alarm | None = None

    def follow(self) -> None:
        """The limit was set, or inherited."""
        self.disarm()
        soft = self._process.limits.get(Resource.RLIMIT_CPU).rlim_cur
        if soft != RLIM_INFINITY:
            self._alarm = self._clock.at(soft * _SECOND_NS, self._reached)

    def disarm(self) -> None:
        """The process ends."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None

    def _reached(self) -> None:
        self._alarm = None
        process = self._process
        limit = process.limits.get(Resource.RLIMIT_CPU)
        used_ns = self._clock.now()
        if limit.rlim_max != RLIM_INFINITY and used_ns >= limit.rlim_max * _SECOND_NS:
            send_to_process(process, SignalInfo(Signal.SIGKILL, SignalCode.SI_KERNEL))
            return
        if used_ns >= limit.rlim_cur * _SECOND_NS:
            # As on Linux the soft limit itself moves on by a second.
            process.limits.set(Resource.RLIMIT_CPU, Rlimit(limit.rlim_cur + 1, limit.rlim_max))
            send_to_process(process, SignalInfo(Signal.SIGXCPU, SignalCode.SI_KERNEL))
        if process.threads:
            self.follow()

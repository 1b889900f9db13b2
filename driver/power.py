"""Runtime power management: a tile that nothing needs for a while has its clock stopped, and takes a while to wake.

What a tile holds is kept: weights by its cells, vectors by retention. Whoever needs a tile holds it: a process that has
bound it, a job while it runs. As in Linux a tile that is not held is suspended after a delay. Nothing has to happen at
that moment, so it is found out when it matters: at the next use, and whenever somebody wants to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator import record
from emulator.power import PowerState

if TYPE_CHECKING:
    from driver.config import DriverConfig
    from emulator.power import PowerDomain
    from guest.services import KernelServices

_NS = 1_000_000_000


class TilePower:
    """Of one tile."""

    def __init__(self, kernel: KernelServices, config: DriverConfig, domain: PowerDomain) -> None:
        self._kernel = kernel
        self._delay_ns = round(config.autosuspend_ns)
        self._wake_ns = config.wake_ns
        self._domain = domain
        self._holders = 0
        self._idle_since_ns = 0
        self._changed = 0
        self.wakes = 0

    @property
    def is_suspended(self) -> bool:
        """Now."""
        self.settle()
        return self._domain.state is not PowerState.ON

    @property
    def delay_ns(self) -> int:
        """After so long without a holder it is suspended."""
        return self._delay_ns

    @delay_ns.setter
    def delay_ns(self, delay_ns: int) -> None:
        self.settle()
        self._delay_ns = delay_ns
        if self._domain.state is PowerState.ON:
            self._idle_since_ns = max(self._idle_since_ns, self._kernel.clock.now_ns() - delay_ns)

    def hold(self) -> float:
        """Somebody needs the tile from now on; in how many nanoseconds it is there."""
        self.settle()
        self._holders += 1
        if self._domain.state is PowerState.ON:
            return 0
        self._set(PowerState.ON, self._kernel.clock.now_ns())
        self.wakes += 1
        return self._wake_ns

    def release(self) -> None:
        """Somebody needs it no longer."""
        self._holders -= 1
        self._idle_since_ns = self._kernel.clock.now_ns()

    def settle(self) -> None:
        """If its delay has passed it was suspended then."""
        if self._holders or self._domain.state is not PowerState.ON:
            return
        suspended_ns = self._idle_since_ns + self._delay_ns
        if suspended_ns <= self._kernel.clock.now_ns():
            self._set(PowerState.RETENTION, suspended_ns)

    def _set(self, state: PowerState, time_ns: int) -> None:
        # Cores are not all at the same time: one that is behind finds what one ahead has changed already.
        subcycles = time_ns * self._kernel.cpu.frequency_hz * record.SUBCYCLES // _NS
        self._changed = max(self._changed, subcycles)
        self._domain.set_state(state, self._changed)

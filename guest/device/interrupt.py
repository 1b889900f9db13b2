"""Interrupts: a device asks for the attention of a core.

The handler runs between two instructions of whatever the core does; its cost is that core's kernel time. A driver asks
for a line once and raises it at the guest time at which the device would, usually from a timer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from guest.services import KernelServices

Handler = Callable[[], None]
"""What the driver does in the interrupt: may wake queues, complete work, count costs. It must not block."""
_FIRST_LINE = 32
"""Lower numbers of the interrupt controller (GIC) are private to the cores."""


@runtime_checkable
class InterruptDelivery(Protocol):
    """Implemented by the run loop."""

    def deliver_interrupt(self, core: int, handler: Handler) -> None:
        """Run the handler on a core at once.

        An idle core is awake from now on, so its clock moves to the present first. Entry and exit are charged as
        `WorkCounters.interrupt`, and whatever the handler counts is charged to the same core.
        """


class InterruptLine:
    """One line, with how often it was raised on each core (/proc/interrupts)."""

    def __init__(self, kernel: KernelServices, number: int, name: str, handler: Handler) -> None:
        self._kernel = kernel
        self.number = number
        self.name = name
        self._handler = handler
        self.counts = [0] * kernel.cpu.cores
        loop: object = kernel.clock
        self._loop = loop if isinstance(loop, InterruptDelivery) else None
        self.affinity = 0
        """The core that takes it unless `raise_on` names another."""

    def raise_on(self, core: int | None = None) -> None:
        """The device raises its line now (guest time)."""
        core = self.affinity if core is None else core
        self.counts[core] += 1
        if self._loop is not None:
            self._loop.deliver_interrupt(core, self._handler)
        else:
            # A machine without a run loop: nobody's time is taken.
            self._kernel.work.interrupt += 1
            self._handler()


class Interrupts:
    """All lines of a machine, in the order in which they were asked for."""

    def __init__(self, kernel: KernelServices) -> None:
        self._kernel = kernel
        self._lines: list[InterruptLine] = []

    def request(self, name: str, handler: Handler) -> InterruptLine:
        """A line of its own for a device (Linux: request_irq)."""
        line = InterruptLine(self._kernel, _FIRST_LINE + len(self._lines), name, handler)
        self._lines.append(line)
        return line

    def lines(self) -> tuple[InterruptLine, ...]:
        """All lines by number."""
        return tuple(self._lines)

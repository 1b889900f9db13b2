"""A unit of each core that a driver lends to tasks, as Linux lends the floating-point unit: when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from guest.task import Task


class CoreUnit(Protocol):
    """Implemented by the driver of the unit, called by the run loop in the middle of kernel work."""

    def switched(self, task: Task, core: int) -> None:
        """From now on the core runs this task: enable the unit exactly if what it holds is this task's."""

    def trapped(self, task: Task, core: int) -> bool:
        """An instruction of the unit was not executed, for it is not enabled: enable it, so that it is executed now.

        False if the task may not use it: the instruction is undefined to it.
        """

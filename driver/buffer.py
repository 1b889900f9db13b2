"""Buffer objects: memory that programs map and the device reads and writes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.device.memory import DeviceMemory
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.services import KernelServices


class Buffer:
    """Its memory lives as long as a handle, a mapping or a job refers to it."""

    def __init__(self, kernel: KernelServices, offset: int, size: int) -> None:
        """`offset`: of the device file, where it is mapped from. `size`: whole pages. Raises OutOfMemory."""
        self.memory = DeviceMemory(kernel, b"/dev/accel/accel0", size)
        self.memory.fill()
        self.offset = offset
        self.size = size
        self.jobs = 0
        """That are not done yet and use it."""
        self.idle = WaitQueue()
        """Woken when no job uses it any more."""

    def holds(self, offset: int, length: int) -> bool:
        """Whether a range lies inside of it."""
        return length <= self.size and offset <= self.size - length

    def acquire(self) -> None:
        """A job will use it."""
        self.jobs += 1

    def release(self) -> None:
        """That job is over."""
        self.jobs -= 1
        if not self.jobs:
            self.idle.wake()

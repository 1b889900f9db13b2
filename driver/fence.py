"""A fence as a file: readable in poll from when it is reached on."""

from __future__ import annotations

from driver.context import Context
from guest.abi.flags import OpenFlag, PollEvent
from guest.events.anon_inode import AnonymousEventFile

_REACHED = int(PollEvent.POLLIN | PollEvent.POLLRDNORM)


class FenceFile(AnonymousEventFile):
    """It outlives its context, whose end reaches it too."""

    def __init__(self, context: Context, fence: int) -> None:
        super().__init__(b"[aimc_fence]", OpenFlag.O_RDWR)
        self._reached = context.reached >= fence
        if not self._reached:
            context.notify(fence, self._reach)

    def poll(self) -> int:
        return _REACHED if self._reached else 0

    def _reach(self) -> None:
        self._reached = True
        self.readiness.wake(mask=_REACHED)

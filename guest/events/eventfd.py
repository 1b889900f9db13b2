"""eventfd: a counter that is a file."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.events import EventfdFlag
from guest.abi.flags import OpenFlag, PollEvent
from guest.arguments import UInt
from guest.events.anon_inode import AnonymousEventFile
from guest.events.arguments import EventfdFlags
from guest.events.pipe import READABLE, WRITABLE
from guest.syscall import syscall
from guest.task import Task

_MAXIMUM = 2**64 - 2


class EventFile(AnonymousEventFile):
    """A read takes the counter, or 1 of it (EFD_SEMAPHORE); a write adds to it and waits rather than overflow."""

    def __init__(self, count: int, flags: int, *, semaphore: bool) -> None:
        super().__init__(b"[eventfd]", flags | OpenFlag.O_RDWR)
        self.count = count
        self._semaphore = semaphore

    def read(self, size: int) -> bytes:
        if size < 8:
            raise Errno(E.EINVAL)
        if not self.count:
            raise Errno(E.EAGAIN)
        taken = 1 if self._semaphore else self.count
        self.count -= taken
        self.readiness.wake(mask=WRITABLE)
        return taken.to_bytes(8, "little")

    def write(self, data: bytes | memoryview) -> int:
        if len(data) != 8:
            raise Errno(E.EINVAL)
        value = int.from_bytes(data, "little")
        if value == 2**64 - 1:
            raise Errno(E.EINVAL)
        if self.count + value > _MAXIMUM:
            raise Errno(E.EAGAIN)
        self.count += value
        self.readiness.wake(mask=READABLE)
        return 8

    def signal(self) -> None:
        """Add 1 from inside the kernel; a full counter stays (Linux: eventfd_signal)."""
        if self.count < 2**64 - 1:
            self.count += 1
        self.readiness.wake(mask=READABLE)

    def poll(self) -> int:
        events = READABLE if self.count else 0
        if self.count == 2**64 - 1:
            events |= PollEvent.POLLERR
        if self.count < _MAXIMUM:
            events |= WRITABLE
        return events


@syscall("eventfd2")
def eventfd2(task: Task, initial: UInt, flags: EventfdFlags) -> int:
    if flags & ~int(EventfdFlag.EFD_SEMAPHORE | EventfdFlag.EFD_NONBLOCK | EventfdFlag.EFD_CLOEXEC):
        raise Errno(E.EINVAL)
    semaphore = bool(flags & EventfdFlag.EFD_SEMAPHORE)
    file = EventFile(initial, flags & EventfdFlag.EFD_NONBLOCK, semaphore=semaphore)
    return task.files.install(file, close_on_exec=bool(flags & EventfdFlag.EFD_CLOEXEC))

"""/dev/kmsg: the kernel's log, which privileged programs may write to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guest.abi.constants import Whence
from guest.abi.errno import E, Errno
from guest.abi.flags import PollEvent
from guest.fs.file import File
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.services import KernelServices
    from guest.task import Task

KMSG_MAJOR, KMSG_MINOR = 1, 11
_KEPT = 4096
_DEFAULT_PRIORITY = 1 << 3 | 4
"""LOG_USER, warning."""
_LONGEST = 1024


@dataclass(frozen=True)
class LogRecord:
    """One message."""

    sequence: int
    priority: int
    time_ns: int
    text: bytes

    def show(self) -> bytes:
        """As a read of /dev/kmsg gives it."""
        return b"%d,%d,%d,-;%s\n" % (self.priority, self.sequence, self.time_ns // 1000, self.text)


class KernelLog:
    """The last messages, and who waits for more."""

    def __init__(self, kernel: KernelServices) -> None:
        self._kernel = kernel
        self.records: list[LogRecord] = []
        self.next_sequence = 0
        self.readiness = WaitQueue()

    def add(self, text: bytes, priority: int = 6) -> None:
        """One more message; `priority` is facility << 3 | level."""
        self.records.append(LogRecord(self.next_sequence, priority, self._kernel.clock.now_ns(), text))
        self.next_sequence += 1
        del self.records[:-_KEPT]
        self.readiness.wake()

    def open(self, task: Task, dentry: Dentry, flags: int) -> File:
        """/dev/kmsg."""
        return LogFile(dentry, flags, self)


class LogFile(File):
    """Each read gives one record; each write makes one."""

    def __init__(self, dentry: Dentry, flags: int, log: KernelLog) -> None:
        super().__init__(dentry, flags)
        self._log = log
        self.readiness = log.readiness
        self._next = log.records[0].sequence if log.records else log.next_sequence

    def read(self, size: int) -> bytes:
        records = self._log.records
        if self._next == self._log.next_sequence:
            raise Errno(E.EAGAIN)
        first = records[0].sequence
        if self._next < first:
            # Messages were dropped before they were read.
            self._next = first
            raise Errno(E.EPIPE)
        text = records[self._next - first].show()
        if len(text) > size:
            raise Errno(E.EINVAL)
        self._next += 1
        return text

    def write(self, data: bytes | memoryview) -> int:
        if len(data) > _LONGEST:
            raise Errno(E.EINVAL)
        text, priority = bytes(data).removesuffix(b"\n"), _DEFAULT_PRIORITY
        head, closed, rest = text.partition(b">")
        if closed and head[:1] == b"<" and head[1:].isdigit():
            text, priority = rest, int(head[1:]) & 0x3FF
        self._log.add(text, priority)
        return len(data)

    def seek(self, offset: int, whence: int) -> int:
        if offset or whence not in (Whence.SEEK_SET, Whence.SEEK_END, Whence.SEEK_DATA):
            raise Errno(E.ESPIPE if offset else E.EINVAL)
        records = self._log.records
        at_end = whence == Whence.SEEK_END or not records
        self._next = self._log.next_sequence if at_end else records[0].sequence
        return 0

    def poll(self) -> int:
        events = PollEvent.POLLOUT | PollEvent.POLLWRNORM
        if self._next != self._log.next_sequence:
            events |= PollEvent.POLLIN | PollEvent.POLLRDNORM
        return int(events)

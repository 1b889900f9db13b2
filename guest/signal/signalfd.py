"""signalfd: pending signals read from a file instead of handled."""

from __future__ import annotations

from guest.abi.constants import Signal
from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag, PollEvent
from guest.abi.signal import SIGNALFD_INFO_BYTES, SIGSET_BYTES, SignalCode, SignalfdFlag, SignalfdInfo
from guest.arguments import Fd, InPtr, Size
from guest.events.anon_inode import AnonymousEventFile
from guest.signal.arguments import SignalfdFlags, SignalMask
from guest.signal.delivery import take
from guest.signal.state import UNBLOCKABLE, SignalInfo
from guest.syscall import syscall
from guest.task import Task
from guest.wait import WaitQueue

_READABLE = int(PollEvent.POLLIN | PollEvent.POLLRDNORM)


class SignalFile(AnonymousEventFile):
    """Reads take signals of `mask` that are pending for the task that reads, or for its process: after a fork parent
    and child each see their own.
    """

    def __init__(self, task: Task, mask: int, flags: int) -> None:
        super().__init__(b"[signalfd]", flags | OpenFlag.O_RDWR)
        self._kernel = task.kernel
        self.mask = mask
        self._followed: dict[WaitQueue, Task] = {}
        """Where signals arrive of those who have looked at the file."""
        self._noticing = False
        self._follow(task)

    def _follow(self, task: Task) -> Task:
        arrivals = task.handlers.arrivals
        known = self._followed.get(arrivals)
        if known is not task:
            self._followed[arrivals] = task
            if known is None:
                arrivals.observe(self._notice)
        return task

    def release(self) -> None:
        for arrivals in self._followed:
            arrivals.unobserve(self._notice)
        self._followed.clear()
        super().release()

    def set_mask(self, mask: int) -> None:
        """Other signals from now on."""
        self.mask = mask
        self._notice()

    def read(self, size: int) -> bytes:
        if size < SIGNALFD_INFO_BYTES:
            raise Errno(E.EINVAL)
        records: list[bytes] = []
        while len(records) < size // SIGNALFD_INFO_BYTES:
            info = take(self._reader(), ~self.mask)
            if info is None:
                break
            records.append(_record(info))
        if not records:
            raise Errno(E.EAGAIN)
        return b"".join(records)

    def poll(self) -> int:
        # While a signal arrives it is not the reader who asks: then it counts whether anybody has something to read.
        readers = list(self._followed.values()) if self._noticing else [self._reader()]
        return _READABLE if any(self._pending(reader) for reader in readers) else 0

    def _pending(self, reader: Task) -> bool:
        return bool((reader.pending.mask | reader.process.pending.mask) & self.mask)

    def _reader(self) -> Task:
        current = self._kernel.current
        assert current is not None, "only a system call reads a file"
        return self._follow(current)

    def _notice(self) -> None:
        for arrivals, task in list(self._followed.items()):
            if task.exited:
                # Another thread of the process goes on with the same handlers; if there is none, nothing arrives.
                if task.process.threads:
                    self._followed[arrivals] = task.process.threads[0]
                else:
                    arrivals.unobserve(self._notice)
                    del self._followed[arrivals]
        self._noticing = True
        try:
            if self.poll():
                self.readiness.wake(mask=_READABLE)
        finally:
            self._noticing = False


def _record(info: SignalInfo) -> bytes:
    """struct signalfd_siginfo; only the members that the signal has are not zero."""
    record = SignalfdInfo(info.number, info.errno, info.code)
    own_code = SignalCode.SI_USER < info.code < SignalCode.SI_KERNEL
    if info.code == SignalCode.SI_TIMER:
        record.ssi_tid, record.ssi_overrun = info.timer_id, info.overrun
    elif info.code == SignalCode.SI_SIGIO or (own_code and info.fd):
        record.ssi_band, record.ssi_fd = info.band & 0xFFFFFFFF, info.fd
    elif own_code and info.number != Signal.SIGCHLD:
        record.ssi_addr = info.address
    else:
        record.ssi_pid, record.ssi_uid = info.pid & 0xFFFFFFFF, info.uid
        record.ssi_status, record.ssi_utime, record.ssi_stime = info.status, info.utime, info.stime
    if info.code < SignalCode.SI_USER:
        low = info.value & 0xFFFFFFFF
        record.ssi_ptr, record.ssi_int = info.value, low - (low >> 31 << 32)
    return record.to_bytes().ljust(SIGNALFD_INFO_BYTES, b"\0")


@syscall("signalfd4")
def signalfd4(task: Task, fd: Fd, mask: InPtr[SignalMask], size: Size, flags: SignalfdFlags) -> int:
    if size != SIGSET_BYTES:
        raise Errno(E.EINVAL)
    wanted = mask.get() & ~UNBLOCKABLE
    if flags & ~int(SignalfdFlag.SFD_NONBLOCK | SignalfdFlag.SFD_CLOEXEC):
        raise Errno(E.EINVAL)
    if fd != -1:
        file = task.files.get(fd)
        if not isinstance(file, SignalFile):
            raise Errno(E.EINVAL)
        file.set_mask(wanted)
        return fd
    made = SignalFile(task, wanted, flags & SignalfdFlag.SFD_NONBLOCK)
    return task.files.install(made, close_on_exec=bool(flags & SignalfdFlag.SFD_CLOEXEC))

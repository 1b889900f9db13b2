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

_READABLE = int(PollEvent.POLLIN | PollEvent.POLLRDNORM)


class SignalFile(AnonymousEventFile):
    """Reads take signals of `mask` that are pending for the task that made the file, or for its process."""

    def __init__(self, task: Task, mask: int, flags: int) -> None:
        super().__init__(b"[signalfd]", flags | OpenFlag.O_RDWR)
        self._owner = task
        self._arrivals = task.handlers.arrivals
        self.mask = mask
        self._arrivals.observe(self._notice)

    def release(self) -> None:
        self._arrivals.unobserve(self._notice)
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
        reader = self._reader()
        return _READABLE if (reader.pending.mask | reader.process.pending.mask) & self.mask else 0

    def _reader(self) -> Task:
        owner = self._owner
        return owner.process.threads[0] if owner.exited and owner.process.threads else owner

    def _notice(self) -> None:
        if self.poll():
            self.readiness.wake(mask=_READABLE)


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


@syscall("signalfd4", partial="after a fork the child reads the signals of the process that made the file")
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

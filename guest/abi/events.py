"""Numbers and structures of pipes, event descriptors, epoll, poll and splice."""

from __future__ import annotations

import struct
from enum import IntEnum

from guest.abi.cstruct import U32, U64, Struct
from guest.abi.flag_word import FlagWord
from guest.abi.flags import show_flags

PIPE_PAGE = 4096
"""What one buffer of a pipe holds."""
PIPE_BUFFERS = 16
"""PIPE_DEF_BUFFERS: 64 KiB."""
PIPE_MAX_SIZE = 1 << 20
"""/proc/sys/fs/pipe-max-size: the most that F_SETPIPE_SZ gives to an unprivileged task."""
EP_MAX_NESTS = 4
"""How deep epolls may watch each other."""
EP_MAX_EVENTS = (2**31 - 1) // 16
FD_SETSIZE_BYTES = 8
"""fd_set is an array of long."""


class PipeFlag(FlagWord):
    """Flags of pipe2."""

    O_EXCL = 0o200
    O_NONBLOCK = 0o4000
    O_DIRECT = 0o200000
    O_CLOEXEC = 0o2000000


class EventfdFlag(FlagWord):
    """Flags of eventfd2."""

    EFD_SEMAPHORE = 0x1
    EFD_NONBLOCK = 0o4000
    EFD_CLOEXEC = 0o2000000


class TimerfdFlag(FlagWord):
    """Flags of timerfd_create."""

    TFD_NONBLOCK = 0o4000
    TFD_CLOEXEC = 0o2000000


class TimerfdSetFlag(FlagWord):
    """Flags of timerfd_settime."""

    TFD_TIMER_ABSTIME = 0x1
    TFD_TIMER_CANCEL_ON_SET = 0x2


class EpollFlag(FlagWord):
    """Flags of epoll_create1."""

    EPOLL_CLOEXEC = 0o2000000


class EpollOperation(IntEnum):
    """Operations of epoll_ctl."""

    EPOLL_CTL_ADD = 1
    EPOLL_CTL_DEL = 2
    EPOLL_CTL_MOD = 3


class EpollEventFlag(FlagWord):
    """What epoll waits for; the low bits are those of poll."""

    EPOLLIN = 0x1
    EPOLLPRI = 0x2
    EPOLLOUT = 0x4
    EPOLLERR = 0x8
    EPOLLHUP = 0x10
    EPOLLNVAL = 0x20
    EPOLLRDNORM = 0x40
    EPOLLRDBAND = 0x80
    EPOLLWRNORM = 0x100
    EPOLLWRBAND = 0x200
    EPOLLMSG = 0x400
    EPOLLRDHUP = 0x2000
    EPOLLEXCLUSIVE = 1 << 28
    EPOLLWAKEUP = 1 << 29
    EPOLLONESHOT = 1 << 30
    EPOLLET = 1 << 31


class PidfdFlag(FlagWord):
    """Flags of pidfd_open."""

    PIDFD_THREAD = 0o200
    PIDFD_NONBLOCK = 0o4000


class SpliceFlag(FlagWord):
    """Flags of splice, tee and vmsplice."""

    SPLICE_F_MOVE = 0x1
    SPLICE_F_NONBLOCK = 0x2
    SPLICE_F_MORE = 0x4
    SPLICE_F_GIFT = 0x8


class EpollEvent(Struct):
    """struct epoll_event, which is packed only on x86: 16 bytes here."""

    events: U32 = 0
    data: U64 = 0

    @classmethod
    def show(cls, value: EpollEvent) -> str:
        return f"{{events={show_flags(EpollEventFlag, value.events)}, data={value.data:#x}}}"


class SignalMaskArgument(Struct):
    """The sixth argument of pselect6: where the mask is and how many bytes it has."""

    address: U64 = 0
    size_bytes: U64 = 0


class DescriptorPair:
    """int[2], the result of pipe2."""

    size = 8

    def encode(self, value: tuple[int, int]) -> bytes:
        return struct.pack("<2i", *value)

    def decode(self, data: bytes) -> tuple[int, int]:
        first, second = struct.unpack("<2i", data)
        return first, second

    def show(self, value: tuple[int, int]) -> str:
        return f"[{value[0]}, {value[1]}]"

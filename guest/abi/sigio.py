"""Numbers of signals about files: F_NOTIFY and SIGIO (`include/uapi/linux/fcntl.h`, `asm-generic/siginfo.h`)."""

from __future__ import annotations

from enum import IntEnum

from guest.abi.flag_word import FlagWord
from guest.abi.flags import PollEvent


class DirectoryEvent(FlagWord):
    """What F_NOTIFY asks for."""

    DN_ACCESS = 0x1
    DN_MODIFY = 0x2
    DN_CREATE = 0x4
    DN_DELETE = 0x8
    DN_RENAME = 0x10
    DN_ATTRIB = 0x20
    DN_MULTISHOT = 0x80000000


class SigioCode(IntEnum):
    """si_code of a signal about a file."""

    POLL_IN = 1
    POLL_OUT = 2
    POLL_MSG = 3
    POLL_HUP = 6


_POLLMSG = 0x400
BANDS = {
    SigioCode.POLL_IN: int(PollEvent.POLLIN | PollEvent.POLLRDNORM),
    SigioCode.POLL_OUT: int(PollEvent.POLLOUT | PollEvent.POLLWRNORM | PollEvent.POLLWRBAND),
    SigioCode.POLL_MSG: int(PollEvent.POLLIN | PollEvent.POLLRDNORM) | _POLLMSG,
    SigioCode.POLL_HUP: int(PollEvent.POLLHUP | PollEvent.POLLERR),
}
"""si_band that goes with each code (`fs/fcntl.c`, band_table)."""

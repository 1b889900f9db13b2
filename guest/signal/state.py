"""State of signals: what a signal says, actions, masks and what is pending. Delivery belongs to `delivery.py`."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from guest.abi.constants import SIG_DFL, SIG_IGN, SIGNAL_COUNT, Signal
from guest.abi.signal import FIRST_REAL_TIME, SIGINFO_BYTES, SignalCode, StackFlag
from guest.abi.structs import Sigaction
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.signal.posix_timers import PosixTimer


def bit(number: int) -> int:
    """The bit of a signal in a mask."""
    return 1 << (number - 1)


def mask_of(*numbers: int) -> int:
    """A mask with the given signals."""
    return sum(bit(number) for number in numbers)


UNBLOCKABLE = mask_of(Signal.SIGKILL, Signal.SIGSTOP)
STOPPING = mask_of(Signal.SIGSTOP, Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU)
_IGNORED_BY_DEFAULT = mask_of(Signal.SIGCHLD, Signal.SIGCONT, Signal.SIGURG, Signal.SIGWINCH)
_CORE_DUMP = mask_of(
    Signal.SIGQUIT, Signal.SIGILL, Signal.SIGTRAP, Signal.SIGABRT, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGBUS,
    Signal.SIGSYS, Signal.SIGXCPU, Signal.SIGXFSZ,
)  # fmt: skip
SYNCHRONOUS = mask_of(Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGILL, Signal.SIGTRAP, Signal.SIGFPE, Signal.SIGSYS)
"""Those that an instruction of the program causes: taken before all others."""
_FAULTS = SYNCHRONOUS & ~bit(Signal.SIGSYS)


@dataclass(frozen=True)
class SignalInfo:
    """What the receiver learns of a signal (siginfo). Which members count depends on signal and code."""

    number: int
    code: int = SignalCode.SI_USER
    pid: int = 0
    uid: int = 0
    address: int = 0
    value: int = 0
    status: int = 0
    """Of SIGCHLD: exit status or signal."""
    utime: int = 0
    """Of SIGCHLD, in clock ticks; likewise `stime`."""
    stime: int = 0
    band: int = 0
    """Of SIGIO: poll events; `fd` is the file."""
    fd: int = 0
    timer_id: int = 0
    overrun: int = 0
    errno: int = 0
    esr: int = 0
    """Exception syndrome of a hardware fault, for the frame; 0 for none."""
    raw: bytes = b""
    """The whole siginfo as rt_sigqueueinfo was given it; empty otherwise."""
    timer: PosixTimer | None = field(default=None, compare=False, repr=False)
    """Whose expiry this is: it is asked for the overrun count when the signal is taken."""

    def to_bytes(self) -> bytes:
        """siginfo_t (128 bytes), with the part of the union that Linux fills (`siginfo_layout`)."""
        head = struct.pack("<iii4x", self.number, self.errno, self.code)
        return (head + (self.raw[16:] or self._union())).ljust(SIGINFO_BYTES, b"\0")

    def _union(self) -> bytes:
        own_code = SignalCode.SI_USER < self.code < SignalCode.SI_KERNEL
        if own_code and bit(self.number) & _FAULTS:
            return struct.pack("<Q", self.address)
        if own_code and self.number == Signal.SIGCHLD:
            return struct.pack("<iIi4xqq", self.pid, self.uid, self.status, self.utime, self.stime)
        if self.code == SignalCode.SI_TIMER:
            return struct.pack("<iiQ", self.timer_id, self.overrun, self.value)
        if self.code == SignalCode.SI_SIGIO or own_code:
            return struct.pack("<qi", self.band, self.fd)
        return struct.pack("<iIQ", self.pid, self.uid, self.value)

    @classmethod
    def from_bytes(cls, number: int, data: bytes) -> SignalInfo:
        """A siginfo that a program made; `number` replaces what it says."""
        _, errno, code, pid, uid, value = struct.unpack_from("<iii4xiIQ", data)
        return cls(number, code, pid=pid, uid=uid, value=value, errno=errno, raw=bytes(data))


@dataclass
class SignalStack:
    """An alternate signal stack; `flags` SS_DISABLE means none."""

    address: int = 0
    flags: int = StackFlag.SS_DISABLE
    size: int = 0

    def holds(self, sp: int) -> bool:
        """Whether code with this stack pointer runs on it (on_sig_stack). With SS_AUTODISARM nothing is known."""
        return not self.flags & StackFlag.SS_AUTODISARM and 0 < sp - self.address <= self.size


class SignalHandlers:
    """What to do on each signal (Linux: sighand_struct). Tasks of a group share it."""

    def __init__(self) -> None:
        self._actions: dict[int, Sigaction] = {}
        self.arrivals = WaitQueue()
        """Woken at each signal sent, with the signal's bit as key: for sigtimedwait and signalfd."""

    def get(self, number: int) -> Sigaction:
        """The action of a signal; not to be changed in place."""
        return self._actions.get(number) or Sigaction()

    def set(self, number: int, action: Sigaction) -> None:
        """Replace the action of a signal."""
        self._actions[number] = action

    def is_ignored(self, number: int) -> bool:
        """Whether the signal is dropped when sent."""
        handler = self.get(number).sa_handler
        return handler == SIG_IGN or (handler == SIG_DFL and bool(bit(number) & _IGNORED_BY_DEFAULT))

    def is_fatal(self, number: int) -> bool:
        """Whether the signal ends the process."""
        return self.get(number).sa_handler == SIG_DFL and not bit(number) & (_IGNORED_BY_DEFAULT | STOPPING)

    def copy(self) -> SignalHandlers:
        """The same actions for a child."""
        other = SignalHandlers()
        other._actions = dict(self._actions)
        return other

    def exec(self) -> None:
        """A new program starts: handlers are gone, ignored signals stay ignored."""
        self._actions = {n: Sigaction(SIG_IGN) for n, action in self._actions.items() if action.sa_handler == SIG_IGN}


class PendingSignals:
    """Signals sent and not yet delivered: at most one of each standard signal, real-time signals queued in order."""

    def __init__(self) -> None:
        self._queue: list[SignalInfo] = []
        self.mask = 0
        """The bits of what is pending."""

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, info: SignalInfo) -> bool:
        """One more signal; False if it is a standard one that is pending already. Expiries of timers are kept apart."""
        if info.number < FIRST_REAL_TIME and self.mask & bit(info.number) and info.timer is None:
            return False
        self._queue.append(info)
        self.mask |= bit(info.number)
        return True

    def take(self, blocked: int) -> SignalInfo | None:
        """The pending signal to be delivered next of those that are not blocked, removed: SIGKILL, then
        synchronous ones, then by number.
        """
        ready = self.mask & ~blocked
        if not ready:
            return None
        ready = ready & bit(Signal.SIGKILL) or ready & SYNCHRONOUS or ready
        number = (ready & -ready).bit_length()
        chosen = next(info for info in self._queue if info.number == number)
        self._remove(chosen)
        return chosen

    def take_fault(self, blocked: int) -> SignalInfo | None:
        """A pending signal that the last instruction caused, removed (dequeue_synchronous_signal)."""
        if not self.mask & SYNCHRONOUS & ~blocked:
            return None
        for info in self._queue:
            if info.code > SignalCode.SI_USER and bit(info.number) & SYNCHRONOUS & ~blocked:
                self._remove(info)
                return info
        return None

    def discard(self, mask: int) -> None:
        """Drop signals (their action was set to ignore, or a continue cancels stops)."""
        if self.mask & mask:
            self._queue = [info for info in self._queue if not bit(info.number) & mask]
            self.mask &= ~mask

    def _remove(self, chosen: SignalInfo) -> None:
        index = next(index for index, info in enumerate(self._queue) if info is chosen)
        del self._queue[index]
        if not any(info.number == chosen.number for info in self._queue):
            self.mask &= ~bit(chosen.number)


def is_valid_signal(number: int) -> bool:
    """Whether the number names a signal."""
    return 1 <= number <= SIGNAL_COUNT


def dumps_core(number: int) -> bool:
    """Whether the signal's default action is to end the process with a core dump."""
    return bool(bit(number) & _CORE_DUMP)


def is_ignored_by_default(number: int) -> bool:
    """Whether the signal's default action is to do nothing (SIGCONT continues a process when it is sent)."""
    return bool(bit(number) & _IGNORED_BY_DEFAULT)

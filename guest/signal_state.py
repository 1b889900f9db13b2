"""State of signals: actions, masks and what is pending. Delivery belongs to `signal.py`."""

from __future__ import annotations

from dataclasses import dataclass

from guest.abi.constants import SIG_DFL, SIG_IGN, SIGNAL_COUNT, Signal
from guest.abi.structs import Sigaction

UNBLOCKABLE = 1 << (Signal.SIGKILL - 1) | 1 << (Signal.SIGSTOP - 1)
_IGNORED_BY_DEFAULT = frozenset({Signal.SIGCHLD, Signal.SIGCONT, Signal.SIGURG, Signal.SIGWINCH})
_STOPPING = frozenset({Signal.SIGSTOP, Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU})


@dataclass(frozen=True)
class SignalInfo:
    """What the receiver learns of a signal (siginfo)."""

    number: int
    code: int = 0
    pid: int = 0
    uid: int = 0
    address: int = 0
    value: int = 0
    status: int = 0


@dataclass
class SignalStack:
    """An alternate signal stack; `flags` SS_DISABLE (2) means none."""

    address: int = 0
    flags: int = 2
    size: int = 0


class SignalHandlers:
    """What to do on each signal (Linux: sighand_struct). Tasks of a group share it."""

    def __init__(self) -> None:
        self._actions: dict[int, Sigaction] = {}

    def get(self, number: int) -> Sigaction:
        """The action of a signal."""
        return self._actions.get(number) or Sigaction()

    def set(self, number: int, action: Sigaction) -> None:
        """Replace the action of a signal."""
        self._actions[number] = action

    def is_ignored(self, number: int) -> bool:
        """Whether the signal is dropped when sent."""
        handler = self.get(number).sa_handler
        return handler == SIG_IGN or (handler == SIG_DFL and number in _IGNORED_BY_DEFAULT)

    def is_fatal(self, number: int) -> bool:
        """Whether the signal ends the process."""
        if number in (Signal.SIGKILL,):
            return True
        return self.get(number).sa_handler == SIG_DFL and number not in _IGNORED_BY_DEFAULT and number not in _STOPPING

    def copy(self) -> SignalHandlers:
        """The same actions for a child."""
        other = SignalHandlers()
        other._actions = dict(self._actions)
        return other

    def exec(self) -> None:
        """A new program starts: handlers are gone, ignored signals stay ignored."""
        self._actions = {n: action for n, action in self._actions.items() if action.sa_handler == SIG_IGN}


class PendingSignals:
    """Signals sent and not yet delivered: at most one of each standard signal, real-time signals queued in order."""

    def __init__(self) -> None:
        self._queue: list[SignalInfo] = []

    @property
    def mask(self) -> int:
        """Bit n - 1 for a pending signal n."""
        mask = 0
        for info in self._queue:
            mask |= 1 << (info.number - 1)
        return mask

    def add(self, info: SignalInfo) -> None:
        """One more signal."""
        if info.number < 32 and any(other.number == info.number for other in self._queue):
            return
        self._queue.append(info)

    def take(self, blocked: int) -> SignalInfo | None:
        """The pending signal with the lowest number that is not blocked, removed; None if there is none."""
        ready = [info for info in self._queue if not blocked >> (info.number - 1) & 1]
        if not ready:
            return None
        chosen = min(ready, key=lambda info: info.number)
        self._queue.remove(chosen)
        return chosen

    def discard(self, number: int) -> None:
        """Drop a signal (its action was set to ignore)."""
        self._queue = [info for info in self._queue if info.number != number]


def is_valid_signal(number: int) -> bool:
    """Whether the number names a signal."""
    return 1 <= number <= SIGNAL_COUNT

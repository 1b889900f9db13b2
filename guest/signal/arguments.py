"""Arguments of the signal calls as strace prints them."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from guest.abi.constants import ClockId, Signal
from guest.abi.cstruct import Scalar
from guest.abi.flags import show_flags
from guest.abi.signal import FIRST_REAL_TIME, ItimerWhich, SignalfdFlag
from guest.arguments import Integer, signed32

_ALL = (1 << 64) - 1


def show_signal(number: int) -> str:
    """`SIGINT`, `SIGRT_3`, or the number of one that does not exist."""
    if number in Signal.__members__.values():
        return Signal(number).name
    return f"SIGRT_{number - FIRST_REAL_TIME}" if FIRST_REAL_TIME <= number <= 64 else str(number)


def show_mask(mask: int) -> str:
    """A signal set as strace writes it: `[INT CHLD]`, or `~[KILL STOP]` if most are in it."""
    inverted = mask.bit_count() > 32
    shown = ~mask & _ALL if inverted else mask
    names = [show_signal(number).removeprefix("SIG") for number in range(1, 65) if shown >> (number - 1) & 1]
    return ("~[" if inverted else "[") + " ".join(names) + "]"


class _Mask(Scalar):
    """A sigset_t."""

    def show(self, value: int) -> str:
        return show_mask(value)


def _enum(kind: type[IntEnum]) -> dict[int, str]:
    return {member.value: member.name for member in kind}


_WHICH = _enum(ItimerWhich)
_CLOCKS = _enum(ClockId)

SignalMask = Annotated[int, _Mask("Q")]
SignalName = Annotated[int, Integer(signed32, show_signal)]
WhichTimer = Annotated[int, Integer(signed32, lambda value: _WHICH.get(value, str(value)))]
TimerClock = Annotated[int, Integer(signed32, lambda value: _CLOCKS.get(value, str(value)))]
SignalfdFlags = Annotated[int, Integer(signed32, lambda value: show_flags(SignalfdFlag, value))]

"""Types of arguments of the scheduling calls."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from guest.abi.sched import (
    IOPRIO_CLASS_SHIFT,
    SCHED_RESET_ON_FORK,
    IoprioClass,
    IoprioWhich,
    Policy,
    PriorityWhich,
)
from guest.arguments import Integer, signed32


def _name(kind: type[IntEnum], value: int) -> str:
    return kind(value).name if value in kind.__members__.values() else hex(value)


def show_policy(value: int) -> str:
    """A policy, perhaps with SCHED_RESET_ON_FORK."""
    reset = "|SCHED_RESET_ON_FORK" if value & SCHED_RESET_ON_FORK else ""
    return _name(Policy, value & ~SCHED_RESET_ON_FORK) + reset


def show_io_priority(value: int) -> str:
    """An I/O priority as strace writes it."""
    kind, level = value >> IOPRIO_CLASS_SHIFT, value & (1 << IOPRIO_CLASS_SHIFT) - 1
    return f"IOPRIO_PRIO_VALUE({_name(IoprioClass, kind)}, {level})"


PolicyName = Annotated[int, Integer(signed32, show_policy)]
PriorityWhichName = Annotated[int, Integer(signed32, lambda value: _name(PriorityWhich, value))]
IoprioWhichName = Annotated[int, Integer(signed32, lambda value: _name(IoprioWhich, value))]
IoPriority = Annotated[int, Integer(signed32, show_io_priority)]

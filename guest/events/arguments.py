"""Types of the arguments of event calls."""

from __future__ import annotations

from enum import IntFlag
from typing import Annotated, Any

from guest.abi.cstruct import Struct
from guest.abi.errno import Errno
from guest.abi.events import (
    DescriptorPair,
    EpollEvent,
    EpollFlag,
    EpollOperation,
    EventfdFlag,
    PidfdFlag,
    PipeFlag,
    SpliceFlag,
    TimerfdFlag,
    TimerfdSetFlag,
)
from guest.abi.flags import PollEvent, show_flags
from guest.abi.structs import Pollfd
from guest.arguments import ArgumentType, Integer, Shown, show_address, signed32, unsigned32
from guest.mm.user_copy import copy_from_user

_SHOWN = 32
"""How many elements of an array strace prints."""


def _flags(kind: type[IntFlag]) -> Any:
    return Integer(unsigned32, lambda value: show_flags(kind, value))


_OPERATIONS = {member.value: member.name for member in EpollOperation}

FdPair = Annotated[tuple[int, int], DescriptorPair()]
PipeFlags = Annotated[int, _flags(PipeFlag)]
EventfdFlags = Annotated[int, _flags(EventfdFlag)]
TimerfdFlags = Annotated[int, _flags(TimerfdFlag)]
TimerfdSetFlags = Annotated[int, _flags(TimerfdSetFlag)]
EpollFlags = Annotated[int, _flags(EpollFlag)]
PidfdFlags = Annotated[int, _flags(PidfdFlag)]
SpliceFlags = Annotated[int, _flags(SpliceFlag)]
EpollOperationName = Annotated[int, Integer(signed32, lambda value: _OPERATIONS.get(value, hex(value)))]


class EventArray(ArgumentType):
    """The array that epoll_wait fills in: as many elements as its result says. The handler gets its address."""

    output = True

    def show(self, shown: Shown) -> str:
        if shown.result is None or shown.result < 0:
            return show_address(shown.raw)
        return _elements(shown, shown.result, EpollEvent, EpollEvent.show)


class PollArray(ArgumentType):
    """An array of struct pollfd whose length is the next argument. The handler gets its address."""

    output = True

    def show(self, shown: Shown) -> str:
        return _elements(shown, shown.registers[shown.index + 1] & 0xFFFFFFFF, Pollfd, _show_pollfd)


def _show_pollfd(item: Pollfd) -> str:
    text = f"{{fd={item.fd}, events={show_flags(PollEvent, item.events)}"
    return text + (f", revents={show_flags(PollEvent, item.revents)}}}" if item.revents else "}")


def _elements(shown: Shown, count: int, kind: type[Struct], show: Any) -> str:
    try:
        data = copy_from_user(shown.task.mm, shown.raw, min(count, _SHOWN) * kind.size)
    except Errno:
        return show_address(shown.raw)
    items = [show(kind.from_bytes(data[at : at + kind.size])) for at in range(0, len(data), kind.size)]
    return "[" + ", ".join(items + (["..."] if count > _SHOWN else [])) + "]"


EpollEvents = Annotated[int, EventArray()]
PollFiles = Annotated[int, PollArray()]

"""Types of the arguments of the IPC calls, for decoding and strace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from guest.abi.flags import show_flags
from guest.abi.ipc import Control, GetFlag, MsgControl, OperationFlag, SemControl, ShmControl, ShmFlag
from guest.arguments import Integer, signed32

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import IntEnum

    from guest.task import Task


def _show_key(value: int) -> str:
    return f"{value & 0xFFFFFFFF:#x}" if value else "IPC_PRIVATE"


def _show_get(value: int) -> str:
    flags = show_flags(GetFlag, value & ~0o777) if value & ~0o777 else ""
    return f"{flags}|0{value & 0o777:o}" if flags else f"0{value & 0o777:o}"


def _command(kind: type[IntEnum]) -> Callable[[int], str]:
    names = {member.value: member.name for commands in (Control, kind) for member in commands}
    return lambda value: names.get(value, hex(value))


Key = Annotated[int, Integer(signed32, _show_key)]
GetFlags = Annotated[int, Integer(signed32, _show_get)]
ShmFlags = Annotated[int, Integer(signed32, lambda value: show_flags(ShmFlag, value))]
MessageFlags = Annotated[int, Integer(signed32, lambda value: show_flags(OperationFlag, value))]
ShmCommand = Annotated[int, Integer(signed32, _command(ShmControl))]
SemCommand = Annotated[int, Integer(signed32, _command(SemControl))]
MsgCommand = Annotated[int, Integer(signed32, _command(MsgControl))]


def now_s(task: Task) -> int:
    """The wall clock in seconds, as the *_ds structures have it."""
    return task.kernel.realtime_ns() // 10**9

"""How likely the out-of-memory killer is to choose a process, and what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.credentials import Capability
from guest.proc.memory_usage import process_usage

if TYPE_CHECKING:
    from guest.task import Task

_MINIMUM, _MAXIMUM = -1000, 1000
_OLD_MAXIMUM, _OLD_DISABLE = 15, -17


def oom_score(task: Task) -> bytes:
    """/proc/PID/oom_score: 0 to 2000 (`fs/proc/base.c`, proc_oom_score)."""
    adjustment = task.process.oom_score_adj
    if adjustment == _MINIMUM:
        return b"0\n"
    points = process_usage(task.process).resident * 1000 // max(task.kernel.memory_bytes, 1) + adjustment
    return f"{max((points + 1000) * 2 // 3, 0)}\n".encode()


def adjustment_of_old_scale(task: Task) -> bytes:
    """/proc/PID/oom_adj: -17 to 15."""
    adjustment = task.process.oom_score_adj
    value = _OLD_MAXIMUM if adjustment == _MAXIMUM else int(adjustment * -_OLD_DISABLE / _MAXIMUM)
    return f"{value}\n".encode()


def set_adjustment(task: Task, text: bytes) -> None:
    """A write to /proc/PID/oom_score_adj."""
    try:
        value = int(text.split(b"\0", 1)[0].strip())
    except ValueError:
        raise Errno(E.EINVAL) from None
    if not _MINIMUM <= value <= _MAXIMUM:
        raise Errno(E.EINVAL)
    current = task.kernel.current
    lowers = value < task.process.oom_score_adj
    if lowers and current is not None and not current.credentials.capable(Capability.CAP_SYS_RESOURCE):
        raise Errno(E.EACCES)
    task.process.oom_score_adj = value

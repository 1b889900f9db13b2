"""Numbers and structures of scheduling (`include/uapi/linux/sched.h`, `sched/types.h`, `ioprio.h`, `resource.h`)."""

from __future__ import annotations

from enum import IntEnum

from guest.abi.cstruct import I32, U32, U64, Struct
from guest.abi.flag_word import FlagWord


class Policy(IntEnum):
    """Scheduling policies. SCHED_OTHER is the kernel's SCHED_NORMAL."""

    SCHED_OTHER = 0
    SCHED_FIFO = 1
    SCHED_RR = 2
    SCHED_BATCH = 3
    SCHED_IDLE = 5
    SCHED_DEADLINE = 6


SCHED_RESET_ON_FORK = 0x40000000
MIN_NICE, MAX_NICE = -20, 19
MAX_REAL_TIME_PRIORITY = 99


class SchedFlag(FlagWord):
    """Of struct sched_attr."""

    SCHED_FLAG_RESET_ON_FORK = 0x01
    SCHED_FLAG_RECLAIM = 0x02
    SCHED_FLAG_DL_OVERRUN = 0x04
    SCHED_FLAG_KEEP_POLICY = 0x08
    SCHED_FLAG_KEEP_PARAMS = 0x10
    SCHED_FLAG_UTIL_CLAMP_MIN = 0x20
    SCHED_FLAG_UTIL_CLAMP_MAX = 0x40


class SchedParam(Struct):
    """struct sched_param."""

    sched_priority: I32 = 0

    @classmethod
    def show(cls, value: SchedParam) -> str:
        return f"[{value.sched_priority}]"


class SchedAttr(Struct):
    """struct sched_attr with all members up to Linux 5.3."""

    size_: U32 = 0
    sched_policy: U32 = 0
    sched_flags: U64 = 0
    sched_nice: I32 = 0
    sched_priority: U32 = 0
    sched_runtime: U64 = 0
    sched_deadline: U64 = 0
    sched_period: U64 = 0
    sched_util_min: U32 = 0
    sched_util_max: U32 = 0


SCHED_ATTR_SIZE_VER0 = 48
"""Size of the first version of struct sched_attr, without the last two members."""


class PriorityWhich(IntEnum):
    """Whose nice value."""

    PRIO_PROCESS = 0
    PRIO_PGRP = 1
    PRIO_USER = 2


class IoprioWhich(IntEnum):
    """Whose I/O priority."""

    IOPRIO_WHO_PROCESS = 1
    IOPRIO_WHO_PGRP = 2
    IOPRIO_WHO_USER = 3


class IoprioClass(IntEnum):
    """Class of an I/O priority; its level (0 to 7) is in the bits below."""

    IOPRIO_CLASS_NONE = 0
    IOPRIO_CLASS_RT = 1
    IOPRIO_CLASS_BE = 2
    IOPRIO_CLASS_IDLE = 3


IOPRIO_CLASS_SHIFT = 13
IOPRIO_LEVELS = 8

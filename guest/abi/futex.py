"""Numbers and structures of futexes (`include/uapi/linux/futex.h`)."""

from __future__ import annotations

from enum import IntEnum

from guest.abi.cstruct import U32, U64, Struct
from guest.abi.flag_word import FlagWord

FUTEX_WAITERS = 0x80000000
FUTEX_OWNER_DIED = 0x40000000
FUTEX_TID_MASK = 0x3FFFFFFF
FUTEX_WAITV_MAX = 128
ROBUST_LIST_LIMIT = 2048


class WakeOperation(IntEnum):
    """What FUTEX_WAKE_OP does with the second word."""

    FUTEX_OP_SET = 0
    FUTEX_OP_ADD = 1
    FUTEX_OP_OR = 2
    FUTEX_OP_ANDN = 3
    FUTEX_OP_XOR = 4


class WakeComparison(IntEnum):
    """How FUTEX_WAKE_OP compares the old value of the second word."""

    FUTEX_OP_CMP_EQ = 0
    FUTEX_OP_CMP_NE = 1
    FUTEX_OP_CMP_LT = 2
    FUTEX_OP_CMP_LE = 3
    FUTEX_OP_CMP_GT = 4
    FUTEX_OP_CMP_GE = 5


class Futex2Flag(FlagWord):
    """Of futex_waitv and its like. The two lowest bits are the size: only 32 bits exist."""

    FUTEX2_SIZE_U32 = 2
    FUTEX2_NUMA = 4
    FUTEX2_PRIVATE = 128


class FutexWaitv(Struct):
    """struct futex_waitv."""

    val: U64 = 0
    uaddr: U64 = 0
    flags: U32 = 0
    reserved: U32 = 0

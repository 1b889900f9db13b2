"""System registers that a program at EL0 may read although the access traps: counters and identification.

The virtual counter traps so that it shows virtual time. Linux traps the identification registers and shows a program
what it may know; the same is done here, with what Unicorn's processor has (FEATURES).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

COUNTER_FREQUENCY_HZ = 100_000_000
"""Frequency of the generic timer: 100 MHz, in the range of 1-100 MHz that is usual before ARMv8.6."""


class Feature(Flag):
    """Optional parts of ARMv8 that Unicorn 2.1.4's UC_CPU_ARM64_MAX executes and that programs are told of."""

    AES = auto()
    PMULL = auto()
    SHA1 = auto()
    SHA256 = auto()
    SHA512 = auto()
    SHA3 = auto()
    CRC32 = auto()
    ATOMICS = auto()
    RDM = auto()
    DOT_PRODUCT = auto()
    HALF_PRECISION = auto()
    LRCPC = auto()


FEATURES = ~Feature(0)

MIDR_EL1 = 0x410F_D034
"""Implementer Arm, part 0xD03 (Cortex-A53), r0p4: the class of core that is modelled."""

# (op0, op1, CRn, CRm, op2) -> value
_IDENTIFICATION = {
    (3, 0, 0, 0, 0): MIDR_EL1,
    (3, 0, 0, 0, 5): 0x8000_0000,  # MPIDR_EL1
    (3, 0, 0, 0, 6): 0,  # REVIDR_EL1
    # ID_AA64ISAR0_EL1: AES+PMULL, SHA1, SHA2 (SHA512), CRC32, atomics, RDM, SHA3, dot product
    (3, 0, 0, 6, 0): 2 << 4 | 1 << 8 | 2 << 12 | 1 << 16 | 2 << 20 | 1 << 28 | 1 << 32 | 1 << 44,
    # ID_AA64ISAR1_EL1: LRCPC
    (3, 0, 0, 6, 1): 1 << 20,
    # ID_AA64PFR0_EL1: EL0 AArch64 only, floating point and SIMD with half precision
    (3, 0, 0, 4, 0): 0x1 | 1 << 16 | 1 << 20,
}

_CNTFRQ_EL0 = (3, 3, 14, 0, 0)
_CNTPCT_EL0 = (3, 3, 14, 0, 1)
_CNTVCT_EL0 = (3, 3, 14, 0, 2)
_CTR_EL0 = (3, 3, 0, 0, 1)

_LEAST_LINE_BYTES = 4


@dataclass(frozen=True)
class SystemAccess:
    """A decoded MRS, MSR (register) or SYS instruction."""

    read: bool
    register: tuple[int, int, int, int, int]
    """op0, op1, CRn, CRm, op2."""
    rt: int


def decode(word: int) -> SystemAccess | None:
    """The system-register or system-instruction access that `word` encodes, or None."""
    if word & 0xFFC0_0000 != 0xD500_0000 or not word >> 19 & 3:
        return None
    register = (word >> 19 & 3, word >> 16 & 7, word >> 12 & 15, word >> 8 & 15, word >> 5 & 7)
    return SystemAccess(bool(word >> 21 & 1), register, word & 31)


def is_cache_maintenance(access: SystemAccess) -> bool:
    """DC C*VA*, DC CIVAC or IC IVAU: instructions by virtual address that Linux lets programs execute."""
    op0, op1, crn, crm, op2 = access.register
    return not access.read and (op0, op1, crn, op2) == (1, 3, 7, 1) and crm in (5, 10, 11, 12, 13, 14)


def is_allowed(access: SystemAccess) -> bool:
    """Whether a program at EL0 may do a trapped access."""
    return read(access.register, 0, _LEAST_LINE_BYTES) is not None if access.read else is_cache_maintenance(access)


def reads_random_number(word: int) -> bool:
    """MRS of RNDR or RNDRRS, which Unicorn would answer from the host's entropy."""
    return word & 0xFFFF_FFC0 == 0xD53B_2400


def invalidates_instructions(access: SystemAccess) -> bool:
    """IC IVAU: code at the address in Xt may have changed."""
    return is_cache_maintenance(access) and access.register[3] == 5


def _cache_type(line_bytes: int) -> int:
    """CTR_EL0: lines of both caches, the instruction cache virtually indexed and physically tagged.

    IDC and DIC are clear, so programs that write code tell us so by cache maintenance.
    """
    line = (line_bytes // _LEAST_LINE_BYTES).bit_length() - 1
    return 1 << 31 | line << 24 | line << 20 | line << 16 | 2 << 14 | line


def read(register: tuple[int, int, int, int, int], time_ns: int, line_bytes: int) -> int | None:
    """What a program at EL0 reads from a register that traps, or None if it may not.

    `time_ns`: virtual time. `line_bytes`: of the caches.
    """
    if register in (_CNTVCT_EL0, _CNTPCT_EL0):
        return time_ns * COUNTER_FREQUENCY_HZ // 1_000_000_000
    if register == _CNTFRQ_EL0:
        return COUNTER_FREQUENCY_HZ
    if register == _CTR_EL0:
        return _cache_type(line_bytes)
    op0, op1, crn, crm, _ = register
    if (op0, op1, crn) == (3, 0, 0) and crm in (0, 4, 5, 6, 7):
        return _IDENTIFICATION.get(register, 0)
    return None

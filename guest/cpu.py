"""The processor as Linux describes it to programs: the HWCAP bits of what the engine executes."""

from __future__ import annotations

from emulator.config import CacheConfig, HardwareConfig
from emulator.system_registers import FEATURES, Feature
from guest.services import CacheDescription, CpuDescription

_HWCAP_FP = 1 << 0
_HWCAP_ASIMD = 1 << 1
_HWCAP_CPUID = 1 << 11
"""Identification registers may be read (Linux emulates the accesses)."""

# arch/arm64/include/uapi/asm/hwcap.h
_HWCAP = {
    Feature.AES: 1 << 3,
    Feature.PMULL: 1 << 4,
    Feature.SHA1: 1 << 5,
    Feature.SHA256: 1 << 6,
    Feature.CRC32: 1 << 7,
    Feature.ATOMICS: 1 << 8,
    Feature.HALF_PRECISION: 1 << 9 | 1 << 10,
    Feature.RDM: 1 << 12,
    Feature.LRCPC: 1 << 15,
    Feature.SHA3: 1 << 17,
    Feature.DOT_PRODUCT: 1 << 20,
    Feature.SHA512: 1 << 21,
}


def describe_cpu(hardware: HardwareConfig) -> CpuDescription:
    """What programs are told of a machine."""
    hwcap = _HWCAP_FP | _HWCAP_ASIMD | _HWCAP_CPUID
    for feature, bits in _HWCAP.items():
        if feature in FEATURES:
            hwcap |= bits
    line_bytes = hardware.coherence.line_bytes

    def cache(level: int, kind: str, config: CacheConfig) -> CacheDescription:
        return CacheDescription(level, kind, config.size_bytes, line_bytes, config.ways, shared=level > 1)

    return CpuDescription(
        cores=hardware.core.count,
        hwcap=hwcap,
        frequency_hz=round(hardware.core.frequency_hz),
        caches=(
            cache(1, "Data", hardware.l1),
            cache(1, "Instruction", hardware.l1),
            cache(2, "Unified", hardware.l2),
        ),
    )

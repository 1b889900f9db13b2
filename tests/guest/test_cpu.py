"""What programs are told of the processor is what is modelled."""

from __future__ import annotations

from guest.cpu import describe_cpu
from tests.emulator.support import hardware


def test_caches_and_clock_are_those_of_the_configuration() -> None:
    config = hardware(coherence={"line_bytes": 128})
    cpu = describe_cpu(config)
    assert (cpu.cores, cpu.frequency_hz) == (1, 1_000_000_000)
    shown = [
        (cache.level, cache.kind, cache.size_bytes, cache.line_bytes, cache.ways, cache.shared) for cache in cpu.caches
    ]
    assert shown == [
        (1, "Data", 32 << 10, 128, 2, False),
        (1, "Instruction", 32 << 10, 128, 2, False),
        (2, "Unified", 512 << 10, 128, 8, True),
    ]

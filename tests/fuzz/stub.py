"""The program of a fuzzed machine: `svc` for ever. What each `svc` asks for is decided by the fuzzer."""

from __future__ import annotations

from tests.end_to_end.elf import SVC, mov, program

NEXT = 0xFFF0
"""The system-call number that stands for the next random call."""
_BACK = 0x17FFFFFE  # b .-8
_RET = 0xD65F03C0

STUB = program((mov(8, NEXT), SVC, _BACK, _RET))

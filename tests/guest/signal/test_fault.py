"""Which signal a processor exception becomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.memory import PAGE_SIZE, Protection
from emulator.stop import Access, Stop, StopKind
from guest.abi.constants import Signal
from guest.signal.fault import Fault, signal_name, signal_of

MAPERR, ACCERR = 1, 2
READ_ONLY = 0x50_0000


@pytest.fixture
def fault(make_guest: Callable[..., Any]) -> Callable[[Stop], Fault]:
    """What a stop becomes in a process with one read-only page at READ_ONLY."""
    mm = make_guest().mm
    mm.map(READ_ONLY, PAGE_SIZE, Protection.READ, fixed=True)
    return lambda stop: signal_of(stop, mm)


@pytest.mark.parametrize(
    ("address", "access", "code", "description"),
    [
        (0, Access.WRITE, MAPERR, "writing 0x0, which is not mapped, at 0x1000"),
        (0x10, Access.READ, MAPERR, "reading 0x10, which is not mapped, at 0x1000"),
        (READ_ONLY, Access.WRITE, ACCERR, "writing 0x500000, which is not allowed, at 0x1000"),
        (READ_ONLY + PAGE_SIZE - 1, Access.EXECUTE, ACCERR, "executing 0x500fff, which is not allowed, at 0x1000"),
        (READ_ONLY + PAGE_SIZE, Access.READ, MAPERR, "reading 0x501000, which is not mapped, at 0x1000"),
        (1 << 63, Access.READ, MAPERR, "reading 0x8000000000000000, which is not mapped, at 0x1000"),
    ],
)
def test_memory_faults(
    fault: Callable[[Stop], Fault], address: int, access: Access, code: int, description: str
) -> None:
    """As in Linux: SEGV_MAPERR where nothing is mapped, SEGV_ACCERR where the mapping forbids it."""
    stop = Stop(StopKind.MEMORY_FAULT, 0x1000, address=address, access=access)
    syndrome = {Access.READ: 0x24 << 26, Access.WRITE: 0x24 << 26 | 1 << 6, Access.EXECUTE: 0x20 << 26}[access]
    syndrome |= 1 << 25 | (0x7 if code == MAPERR else 0xF)
    assert fault(stop) == Fault(Signal.SIGSEGV, code, address, description, syndrome)


def test_a_stack_that_is_full(make_guest: Callable[..., Any]) -> None:
    """Endless recursion is by far the most frequent reason, so the message names it."""
    mm = make_guest().mm
    top = 0x8000_0000
    mm.map(top - PAGE_SIZE, PAGE_SIZE, Protection.READ | Protection.WRITE, fixed=True, grows_down=True)
    stop = Stop(StopKind.MEMORY_FAULT, 0x1000, address=top - PAGE_SIZE - 16, access=Access.WRITE)
    assert "below a stack that may not grow beyond 8,192 KiB" in signal_of(stop, mm).description
    far = Stop(StopKind.MEMORY_FAULT, 0x1000, address=top - (64 << 20), access=Access.WRITE)
    assert "which is not mapped" in signal_of(far, mm).description


@pytest.mark.parametrize(
    ("kind", "detail", "expected"),
    [
        (StopKind.UNDEFINED, 0xDEAD, Fault(Signal.SIGILL, 1, 0x1000, "undefined instruction 0x0000dead at 0x1000")),
        (StopKind.BREAKPOINT, 0xD4200020, Fault(Signal.SIGTRAP, 1, 0x1000, "breakpoint at 0x1000")),
        (StopKind.EXCEPTION, 9, Fault(Signal.SIGBUS, 1, 0x1000, "processor exception 9 at 0x1000")),
    ],
)
def test_other_exceptions(fault: Callable[[Stop], Fault], kind: StopKind, detail: int, expected: Fault) -> None:
    assert fault(Stop(kind, 0x1000, detail=detail)) == expected


def test_names() -> None:
    assert signal_name(11) == "SIGSEGV"
    assert signal_name(40) == "signal 40"

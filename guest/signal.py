"""What becomes of a signal: which one a hardware fault is, and what it does to the process.

For now a signal either is ignored or ends the process; running a handler is not implemented, and a signal whose handler
should run ends the process with a message that says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.stop import Access, Stop, StopKind
from guest.abi.constants import Signal
from guest.mm.address_space import AddressSpace
from guest.mm.layout import STACK_GUARD_GAP
from guest.task import Task

# From asm-generic/siginfo.h.
_SEGV_MAPERR = 1
_SEGV_ACCERR = 2
_VERBS = {Access.READ: "reading", Access.WRITE: "writing", Access.EXECUTE: "executing"}


@dataclass(frozen=True)
class Fault:
    """A signal that the processor caused."""

    signal: Signal
    code: int
    address: int
    description: str
    """For people: a clause such as `reading 0x10, which is not mapped, at 0x4001a0`."""


def fault_of(stop: Stop, mm: AddressSpace) -> Fault:
    """The signal that Linux sends for a processor exception (`arch/arm64/mm/fault.c`, `kernel/traps.c`)."""
    at = f"at {stop.pc:#x}"
    if stop.kind is StopKind.MEMORY_FAULT:
        mapped = mm.vmas.find(stop.address) is not None
        above = mm.vmas.next_after(stop.address)
        why = "which is not allowed" if mapped else "which is not mapped"
        if not mapped and above is not None and above.grows_down and above.start - stop.address <= STACK_GUARD_GAP:
            why = f"below a stack that may not grow beyond {mm.stack_limit_bytes >> 10:,} KiB"
        code = _SEGV_ACCERR if mapped else _SEGV_MAPERR
        return Fault(Signal.SIGSEGV, code, stop.address, f"{_VERBS[stop.access]} {stop.address:#x}, {why}, {at}")
    if stop.kind is StopKind.UNDEFINED:
        return Fault(Signal.SIGILL, 1, stop.pc, f"undefined instruction {stop.detail:#010x} {at}")
    if stop.kind is StopKind.BREAKPOINT:
        return Fault(Signal.SIGTRAP, 1, stop.pc, f"breakpoint {at}")
    return Fault(Signal.SIGBUS, 1, stop.pc, f"processor exception {stop.detail} {at}")


def has_handler(task: Task, number: int) -> bool:
    """Whether the program wants to handle the signal itself."""
    return not task.handlers.is_fatal(number) and not task.handlers.is_ignored(number)


def signal_name(number: int) -> str:
    """`SIGSEGV`, or `signal 40` for one without a name."""
    try:
        return Signal(number).name
    except ValueError:
        return f"signal {number}"

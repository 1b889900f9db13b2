"""Which signal a hardware fault is (`arch/arm64/mm/fault.c`, `arch/arm64/kernel/traps.c`)."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.memory import Protection
from emulator.stop import Access, Stop, StopKind
from guest.abi.constants import Signal
from guest.abi.signal import BusCode, IllegalCode, SegvCode, TrapCode
from guest.mm.address_space import AddressSpace, allows
from guest.mm.layout import STACK_GUARD_GAP, page_down
from guest.mm.vma import Vma
from guest.signal.state import SignalInfo

_VERBS = {Access.READ: "reading", Access.WRITE: "writing", Access.EXECUTE: "executing"}
_RIGHTS = {Access.READ: Protection.READ, Access.WRITE: Protection.WRITE, Access.EXECUTE: Protection.EXECUTE}

# Exception syndrome (ESR_EL1) of an abort from EL0: class, length of the instruction, write or not, status.
_INSTRUCTION_ABORT = 0x20 << 26 | 1 << 25
_DATA_ABORT = 0x24 << 26 | 1 << 25
_WRITE_NOT_READ = 1 << 6
_TRANSLATION_FAULT = 0x07
_PERMISSION_FAULT = 0x0F


@dataclass(frozen=True)
class Fault:
    """A signal that the processor caused."""

    signal: Signal
    code: int
    address: int
    description: str
    """For people: a clause such as `reading 0x10, which is not mapped, at 0x4001a0`."""
    esr: int = 0
    """Exception syndrome of a memory access; 0 for other faults."""

    @property
    def info(self) -> SignalInfo:
        """What is sent."""
        return SignalInfo(self.signal, self.code, address=self.address, esr=self.esr)


def signal_of(stop: Stop, mm: AddressSpace) -> Fault:
    """The signal that Linux sends for a processor exception that the memory manager cannot resolve."""
    at = f"at {stop.pc:#x}"
    if stop.kind is StopKind.MEMORY_FAULT:
        return _memory_fault(stop, mm, at)
    if stop.pc % 4:
        return Fault(Signal.SIGBUS, BusCode.BUS_ADRALN, stop.pc, f"the program counter {stop.pc:#x} is not aligned")
    if stop.kind is StopKind.UNDEFINED:
        text = f"undefined instruction {stop.detail:#010x} {at}"
        return Fault(Signal.SIGILL, IllegalCode.ILL_ILLOPC, stop.pc, text)
    if stop.kind is StopKind.TILE_DISABLED:
        text = (
            f"AIMC instruction {stop.detail:#010x} {at} without a tile: the program has not opened the device and bound"
            " the tile of this core (for programs that never do, as ALPINE's: --set compat=alpine)"
        )
        return Fault(Signal.SIGILL, IllegalCode.ILL_ILLOPC, stop.pc, text)
    if stop.kind is StopKind.BREAKPOINT:
        return Fault(Signal.SIGTRAP, TrapCode.TRAP_BRKPT, stop.pc, f"breakpoint {at}")
    return Fault(Signal.SIGBUS, BusCode.BUS_ADRALN, stop.pc, f"processor exception {stop.detail} {at}")


def _memory_fault(stop: Stop, mm: AddressSpace, at: str) -> Fault:
    area = mm.vmas.find(stop.address)
    doing = f"{_VERBS[stop.access]} {stop.address:#x}"
    if area is not None and allows(area.protection, _RIGHTS[stop.access]) and _is_beyond_file(area, stop.address):
        name = area.name.decode(errors="replace")
        text = f"{doing}, which is beyond the end of {name}, {at}"
        esr = _syndrome(stop.access, _TRANSLATION_FAULT)
        return Fault(Signal.SIGBUS, BusCode.BUS_ADRERR, stop.address, text, esr)
    if area is not None:
        esr = _syndrome(stop.access, _PERMISSION_FAULT)
        text = f"{doing}, which is not allowed, {at}"
        return Fault(Signal.SIGSEGV, SegvCode.SEGV_ACCERR, stop.address, text, esr)
    above = mm.vmas.next_after(stop.address)
    why = "which is not mapped"
    if above is not None and above.grows_down and above.start - stop.address <= STACK_GUARD_GAP:
        why = f"below a stack that may not grow beyond {mm.stack_limit_bytes >> 10:,} KiB"
    esr = _syndrome(stop.access, _TRANSLATION_FAULT)
    return Fault(Signal.SIGSEGV, SegvCode.SEGV_MAPERR, stop.address, f"{doing}, {why}, {at}", esr)


def _is_beyond_file(area: Vma, address: int) -> bool:
    """Whether the page of a file mapping holds no byte of the file."""
    if area.file is None:
        return False
    return area.cache is not None and area.offset + page_down(address) - area.start >= area.cache.size


def _syndrome(access: Access, status: int) -> int:
    if access is Access.EXECUTE:
        return _INSTRUCTION_ABORT | status
    return _DATA_ABORT | status | (_WRITE_NOT_READ if access is Access.WRITE else 0)


def signal_name(number: int) -> str:
    """`SIGSEGV`, or `signal 40` for one without a name."""
    try:
        return Signal(number).name
    except ValueError:
        return f"signal {number}"

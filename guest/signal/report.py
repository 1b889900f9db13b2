"""What people are told of a fatal signal: the cause, the registers, the instruction, and who called whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import capstone

from emulator.memory import Protection
from guest.mm.address_space import AddressSpace, allows
from guest.mm.user_copy import peek_user
from guest.signal.fault import signal_name
from guest.signal.symbols import Symbols

if TYPE_CHECKING:
    from emulator.engine import ProcessorState
    from guest.signal.fault import Fault
    from guest.signal.state import SignalInfo
    from guest.task import Task

_DEPTH = 32
"""Callers shown at most."""
_COLUMNS = 4
_CALLS = ("bl", "blr")

_disassembler = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_LITTLE_ENDIAN)


def describe(task: Task, fault: Fault | None, info: SignalInfo | None = None) -> str:
    """The report on a task that a signal is about to end; its first line says all in one sentence.

    `fault` is what the processor did, if that was the cause; `info` the signal, if another task may have sent it.
    """
    state = task.registers.state()
    symbols = Symbols(task.mm)
    lines = [fault.description if fault is not None else _sender(task, info)]
    lines += _registers(state)
    lines.append(f"  instruction  {_instruction(task.mm, state.pc)}")
    lines.append("  backtrace")
    for depth, address in enumerate(_callers(task.mm, state, symbols)):
        # A return address is behind the call: the call itself is what belongs to a function.
        place = symbols.find(address - 4 if depth else address)
        if depth:
            place = place.moved(4)
        lines.append(f"    #{depth:<2} {address:#018x} {place}")
    return "\n".join(lines)


def _sender(task: Task, info: SignalInfo | None) -> str:
    if info is None:
        return "a signal"
    if info.pid in (0, task.pid):
        return f"{signal_name(info.number)} sent by itself"
    return f"{signal_name(info.number)} sent by process {info.pid}"


def _registers(state: ProcessorState) -> list[str]:
    named = [(f"x{number}", value) for number, value in enumerate(state.x)]
    named += [("sp", state.sp), ("pc", state.pc), ("nzcv", state.nzcv >> 28)]
    cells = [f"{name:>4} {value:016x}" for name, value in named[:-1]] + [f"nzcv {named[-1][1]:04b}"]
    return ["  " + " ".join(cells[i : i + _COLUMNS]) for i in range(0, len(cells), _COLUMNS)]


def _instruction(mm: AddressSpace, pc: int) -> str:
    data = _peek(mm, pc, 4, Protection.EXECUTE)
    if data is None:
        return f"{pc:#x}: not code"
    word = int.from_bytes(data, "little")
    text = next(
        (f"{mnemonic} {operands}" for _, _, mnemonic, operands in _disassembler.disasm_lite(data, pc)), "unknown"
    )
    return f"{pc:#x}: {word:08x}  {text.strip()}"


def _callers(mm: AddressSpace, state: ProcessorState, symbols: Symbols) -> list[int]:
    """Where the task is and where it will return to, by the chain of frame records (x29)."""
    found = [state.pc]
    link, frame = state.x[30], state.x[29]
    record = _record(mm, frame)
    # A function that has not saved its return address (yet) has it in x30; otherwise x30 is what its last callee
    # left there, which is in the function itself.
    if _follows_call(mm, link) and (record is None or link != record[1]):
        here, there = symbols.find(state.pc), symbols.find(link - 4)
        if not symbols.is_code(state.pc) or (here.file, here.symbol) != (there.file, there.symbol):
            found.append(link)
    while record is not None and len(found) < _DEPTH:
        following, address = record
        if not symbols.is_code(address - 4):
            break
        found.append(address)
        # Stacks grow down: a caller's record is above. (One on another stack ends the list.)
        record = _record(mm, following) if following > frame else None
        frame = following
    return found


def _record(mm: AddressSpace, address: int) -> tuple[int, int] | None:
    """A frame record: the caller's record, and the return address. None where there is none."""
    data = _peek(mm, address, 16, Protection.READ) if address and address % 8 == 0 else None
    return None if data is None else (int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little"))


def _follows_call(mm: AddressSpace, address: int) -> bool:
    data = _peek(mm, address - 4, 4, Protection.EXECUTE) if address % 4 == 0 and address >= 4 else None
    return data is not None and any(item[2] in _CALLS for item in _disassembler.disasm_lite(data, address - 4))


def _peek(mm: AddressSpace, address: int, size: int, access: Protection) -> bytes | None:
    """User memory without side effects: no stack grows, nothing is charged."""
    for position in (address, address + size - 1):
        area = mm.vmas.find(position)
        if area is None or not allows(area.protection, access):
            return None
    data = peek_user(mm, address, size)
    return data if len(data) == size else None

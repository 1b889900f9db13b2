"""Lines in strace's format for every system call, written to a text stream.

A call is written as one line when it returns. If another task's line comes first, it is written in two parts, as under
`strace -f`: what is known of it with `<unfinished ...>`, and the rest behind `<... NAME resumed>`. While more than one
task exists, lines begin with the task's number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, TextIO

from guest.abi.constants import Signal
from guest.abi.errno import MESSAGES, E
from guest.abi.signal import BusCode, ChildCode, IllegalCode, SegvCode, SignalCode, TrapCode
from guest.arguments import Shown, show_address

if TYPE_CHECKING:
    from guest.signal.state import SignalInfo
    from guest.syscall import Slot
    from guest.task import Process, Task

_CODES: dict[int, type[IntEnum]] = {
    Signal.SIGCHLD: ChildCode,
    Signal.SIGSEGV: SegvCode,
    Signal.SIGBUS: BusCode,
    Signal.SIGILL: IllegalCode,
    Signal.SIGTRAP: TrapCode,
}
"""si_code means something else for each of these signals."""
_FAULTS = (Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGILL, Signal.SIGTRAP, Signal.SIGFPE)


@dataclass(eq=False)
class Line:
    """A call on its way. Arguments that the call writes are None until it returns."""

    task: Task
    slot: Slot
    registers: tuple[int, ...]
    arguments: list[str | None] = field(default_factory=list)
    written: int | None = None
    """How many arguments the unfinished line has shown; None while no part of it is written."""


class Tracer:
    """Writes the calls of all tasks to one stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._open: dict[Task, Line] = {}
        self._alive = 0

    # -- calls -------------------------------------------------------------------------------------------------

    def enter(self, task: Task, slot: Slot, registers: tuple[int, ...]) -> Line:
        """A call begins: print what it reads while it is still there."""
        line = Line(task, slot, registers)
        if slot.declaration is None:
            line.arguments = [hex(value) for value in registers]
        else:
            for index, (_, kind) in enumerate(slot.declaration.parameters):
                shown = Shown(task, registers[index], registers, index, None)
                line.arguments.append(None if kind.output else kind.show(shown))
        self._open[task] = line
        return line

    def leave(self, line: Line, result: int) -> None:
        """A call returned `result` (-errno for a failure)."""
        self._open.pop(line.task, None)
        self._write(line.task, f"{_call(line, result)} = {_show_result(line.slot, result)}")

    # -- tasks -------------------------------------------------------------------------------------------------

    def began(self, task: Task) -> None:
        """There is one more task."""
        self._alive += 1

    def ended(self, task: Task, exit_code: int) -> None:
        """A task is over; `exit_code` is as wait4 gives it."""
        line = self._open.pop(task, None)
        if line is not None:
            self._write(task, f"{_call(line, None)} = ?")
        number = exit_code & 0x7F
        if number:
            core = " (core dumped)" if exit_code & 0x80 else ""
            self._write(task, f"+++ killed by {show_signal(number)}{core} +++")
        else:
            self._write(task, f"+++ exited with {exit_code >> 8} +++")
        self._alive -= 1

    def signal(self, task: Task, info: SignalInfo) -> None:
        """A signal is delivered to a task."""
        self._write(task, f"--- {show_signal(info.number)} {show_info(info)} ---")

    def stopped(self, process: Process, number: int) -> None:
        """A process is stopped (job control)."""
        for task in process.threads:
            self._write(task, f"--- stopped by {show_signal(number)} ---")

    # -- output ------------------------------------------------------------------------------------------------

    def _write(self, task: Task, text: str) -> None:
        for line in self._open.values():
            if line.written is None and line.task is not task:
                known = _known(line)
                line.written = len(known)
                # strace leaves the comma and a space where more arguments follow.
                more = ", " if known and line.written < len(line.arguments) else ""
                self._put(line.task, f"{line.slot.name}({', '.join(known)}{more} <unfinished ...>")
        self._put(task, text)

    def _put(self, task: Task, text: str) -> None:
        prefix = f"[pid {task.tid:5}] " if self._alive > 1 else ""
        self._stream.write(f"{prefix}{text}\n")


def _known(line: Line) -> list[str]:
    """The arguments up to the first that the call has yet to write."""
    known: list[str] = []
    for text in line.arguments:
        if text is None:
            break
        known.append(text)
    return known


def _call(line: Line, result: int | None) -> str:
    """The call with all arguments, or the part of it that is not written yet."""
    texts = []
    for index, text in enumerate(line.arguments):
        if text is None and line.slot.declaration is not None:
            kind = line.slot.declaration.parameters[index][1]
            text = kind.show(Shown(line.task, line.registers[index], line.registers, index, result))
        texts.append(text or "")
    head = f"{line.slot.name}("
    if line.written is not None:
        texts, head = texts[line.written :], f"<... {line.slot.name} resumed>"
    return f"{head}{', '.join(text for text in texts if text)})"


def _show_result(slot: Slot, result: int) -> str:
    if -4095 <= result < 0:
        number = E(-result) if -result in MESSAGES else None
        return f"-1 {number.name} ({MESSAGES[number]})" if number else f"-1 (errno {-result})"
    hexadecimal = slot.declaration is not None and slot.declaration.hex_result
    return hex(result) if hexadecimal else str(result)


def show_signal(number: int) -> str:
    """`SIGINT`, `SIGRT_3`."""
    return Signal(number).name if number in Signal.__members__.values() else f"SIGRT_{number - 32}"


def show_info(info: SignalInfo) -> str:
    """siginfo, with the members that mean something for this signal."""
    name = show_signal(info.number)
    kinds = (_CODES.get(info.number, SignalCode), SignalCode) if info.code > 0 else (SignalCode,)
    code = next((kind(info.code).name for kind in kinds if info.code in kind.__members__.values()), str(info.code))
    members = [f"si_signo={name}", f"si_code={code}"]
    if info.number == Signal.SIGCHLD and info.code in ChildCode.__members__.values():
        status = str(info.status) if info.code == ChildCode.CLD_EXITED else show_signal(info.status)
        members += [f"si_pid={info.pid}", f"si_uid={info.uid}", f"si_status={status}"]
        members += [f"si_utime={info.utime}", f"si_stime={info.stime}"]
    elif info.number in _FAULTS and 0 < info.code < SignalCode.SI_KERNEL:
        members.append(f"si_addr={show_address(info.address)}")
    elif info.code == SignalCode.SI_TIMER:
        members += [f"si_timerid={info.timer_id}", f"si_overrun={info.overrun}", f"si_value={info.value:#x}"]
    elif info.code != SignalCode.SI_KERNEL:
        members += [f"si_pid={info.pid}", f"si_uid={info.uid}"]
        if info.code == SignalCode.SI_QUEUE:
            members.append(f"si_value={info.value:#x}")
    return "{" + ", ".join(members) + "}"

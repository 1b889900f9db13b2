"""Lines in strace's format for every system call, written to a text stream.

A call is written as one line when it returns; if it never does (exit), when the task ends. Where several tasks run,
lines begin with the task's number as under `strace -f`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from guest.abi.constants import Signal
from guest.abi.errno import MESSAGES, E
from guest.arguments import Shown

if TYPE_CHECKING:
    from guest.syscall import Slot
    from guest.task import Task


@dataclass
class Line:
    """A call on its way. Arguments that the call writes are None until it returns."""

    task: Task
    slot: Slot
    registers: tuple[int, ...]
    arguments: list[str | None] = field(default_factory=list)


class Tracer:
    """Writes the calls of all tasks to one stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._open: dict[int, Line] = {}

    def enter(self, task: Task, slot: Slot, registers: tuple[int, ...]) -> Line:
        """A call begins: print what it reads while it is still there."""
        line = Line(task, slot, registers)
        if slot.declaration is None:
            line.arguments = [hex(value) for value in registers]
        else:
            for index, (_, kind) in enumerate(slot.declaration.parameters):
                shown = Shown(task, registers[index], registers, index, None)
                line.arguments.append(None if kind.output else kind.show(shown))
        self._open[task.tid] = line
        return line

    def leave(self, line: Line, result: int) -> None:
        """A call returned `result` (-errno for a failure)."""
        self._open.pop(line.task.tid, None)
        self._write(f"{self._call(line, result)} = {_show_result(line.slot, result)}")

    def task_exited(self, task: Task, status: int) -> None:
        """The task ended by itself."""
        self._unfinished(task)
        self._write(f"+++ exited with {status & 0xFF} +++")

    def task_killed(self, task: Task, signal: int) -> None:
        """A signal ended the task."""
        self._unfinished(task)
        name = Signal(signal).name if signal in Signal.__members__.values() else f"SIGRT_{signal - 32}"
        self._write(f"+++ killed by {name} +++")

    def _unfinished(self, task: Task) -> None:
        line = self._open.pop(task.tid, None)
        if line is not None:
            self._write(f"{self._call(line, None)} = ?")

    def _call(self, line: Line, result: int | None) -> str:
        texts = []
        for index, text in enumerate(line.arguments):
            if text is None and line.slot.declaration is not None:
                kind = line.slot.declaration.parameters[index][1]
                text = kind.show(Shown(line.task, line.registers[index], line.registers, index, result))
            texts.append(text or "")
        return f"{line.slot.name}({', '.join(text for text in texts if text)})"

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")


def _show_result(slot: Slot, result: int) -> str:
    if -4095 <= result < 0:
        number = E(-result) if -result in MESSAGES else None
        return f"-1 {number.name} ({MESSAGES[number]})" if number else f"-1 (errno {-result})"
    hexadecimal = slot.declaration is not None and slot.declaration.hex_result
    return hex(result) if hexadecimal else str(result)

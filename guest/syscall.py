"""How a system call is declared, found and run.

    @syscall("fchdir", note="...", partial="...")
    def fchdir(task: Task, fd: Fd) -> None: ...

The parameters' types drive decoding and strace (see `arguments.py`). A handler returns an int or None (0), raises
`Errno`, or returns a generator (usually by being one) that yields `Wait` objects; then the call is `Pending`.
Everything that can be found out beforehand is done when the table is made: a call costs one list index and one
conversion per argument.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from types import GeneratorType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from emulator.physical_memory import OutOfMemory
from guest.abi import syscalls
from guest.abi.errno import E, Errno
from guest.arguments import ArgumentType, argument_type
from guest.wait import Blocking, Wait, Wakeup

if TYPE_CHECKING:
    from guest.strace import Line, Tracer
    from guest.task import Task

_P = ParamSpec("_P")
_R = TypeVar("_R")

Convert = Callable[["Task", int], Any]
"""A register's value as the handler gets it."""


@dataclass(frozen=True)
class Declaration:
    """What is said once about a call and used for dispatch, strace and documentation."""

    name: str
    number: int
    handler: Callable[..., Any]
    parameters: tuple[tuple[str, ArgumentType], ...]
    note: str
    partial: str
    """What is missing; empty if nothing known is."""
    hex_result: bool
    """The result is an address."""
    transfer: Transfer
    """What the task is said to have moved by the call (/proc/PID/io)."""
    restartable: bool
    """A handler installed with SA_RESTART that interrupts the call makes it begin again (else: EINTR)."""


class Transfer(Flag):
    """Which way the bytes go that a call's result counts."""

    NONE = 0
    READ = auto()
    WRITE = auto()


_declared: dict[str, Declaration] = {}


def syscall(
    name: str,
    *,
    note: str = "",
    partial: str = "",
    hex_result: bool = False,
    restartable: bool = True,
    transfer: Transfer = Transfer.NONE,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Declare the function to be the handler of the system call `name`."""

    def declare(handler: Callable[_P, _R]) -> Callable[_P, _R]:
        if name in _declared:
            raise ValueError(f"system call {name} is declared twice")
        parameters = list(inspect.signature(handler, eval_str=True).parameters.values())[1:]
        _declared[name] = Declaration(
            name=name,
            number=syscalls.NUMBERS[name],
            handler=handler,
            parameters=tuple((parameter.name, argument_type(parameter.annotation)) for parameter in parameters),
            note=note,
            partial=partial,
            hex_result=hex_result,
            transfer=transfer,
            restartable=restartable,
        )
        return handler

    return declare


def declarations() -> tuple[Declaration, ...]:
    """All calls declared so far, by number."""
    return tuple(sorted(_declared.values(), key=lambda declaration: declaration.number))


@dataclass(slots=True)
class Statistics:
    """Of one call: how often, how often in vain, and the kernel cycles charged for it (added by the run loop)."""

    count: int = 0
    errors: int = 0
    cycles: int = 0


class Slot:
    """One number of a table. `declaration` is None for a call that is not implemented."""

    __slots__ = ("declaration", "invoke", "name", "number", "statistics", "transfer")

    def __init__(self, number: int, declaration: Declaration | None) -> None:
        self.number = number
        self.name = syscalls.name_of(number)
        self.declaration = declaration
        handler = declaration.handler if declaration else _not_implemented
        self.invoke = _invoker(handler, [kind.convert for _, kind in declaration.parameters] if declaration else [])
        self.statistics = Statistics()
        kind = declaration.transfer if declaration else Transfer.NONE
        self.transfer = (Transfer.READ in kind, Transfer.WRITE in kind) if kind else None
        """Whether the result counts bytes read, and bytes written. Two truth values: operators of enums are slow."""


_BEFORE_THE_TRANSFER = (E.EBADF, E.EFAULT, E.EINVAL)


def _account(task: Task, transfer: tuple[bool, bool], done: int) -> None:
    counts = task.accounting
    reads, writes = transfer
    if reads:
        counts.read_calls += 1
        counts.read_bytes += done
    if writes:
        counts.write_calls += 1
        counts.written_bytes += done


def _invoker(handler: Callable[..., Any], converters: list[Convert]) -> Callable[[Task, Sequence[int]], Any]:
    """What calls a handler with the values of its registers. Written out by number: every system call passes here."""
    match converters:
        case []:
            return lambda task, raw: handler(task)
        case [a]:
            return lambda task, raw: handler(task, a(task, raw[0]))
        case [a, b]:
            return lambda task, raw: handler(task, a(task, raw[0]), b(task, raw[1]))
        case [a, b, c]:
            return lambda task, raw: handler(task, a(task, raw[0]), b(task, raw[1]), c(task, raw[2]))
    return lambda task, raw: handler(
        task, *[convert(task, each) for convert, each in zip(converters, raw, strict=False)]
    )


def _not_implemented(task: Task) -> int:
    raise Errno(E.ENOSYS)


class Pending:
    """A call that waits. Whoever runs the task arms `wait`, then calls `resume` or `interrupt`."""

    __slots__ = ("_call", "_line", "_slot", "_table", "_task", "always_restarts", "wait")

    def __init__(
        self, table: SyscallTable, task: Task, slot: Slot, call: Blocking[int | None], line: Line | None
    ) -> None:
        self._table = table
        self._task = task
        self._slot = slot
        self._call = call
        self._line = line
        self.wait: Wait = Wait()
        self.always_restarts = False
        """An interrupted call begins again even without SA_RESTART."""

    @property
    def name(self) -> str:
        """Name of the call, for reports (who waits for what in a deadlock)."""
        return self._slot.name

    @property
    def restartable(self) -> bool:
        """Whether SA_RESTART makes the call begin again after a handler."""
        return self._slot.declaration is not None and self._slot.declaration.restartable

    @property
    def statistics(self) -> Statistics:
        """Of the call."""
        return self._slot.statistics

    def start(self) -> int | Pending:
        """Run up to the first wait."""
        return self._advance(self._call.send, None)

    def resume(self, wakeup: Wakeup) -> int | Pending:
        """Go on after the wait; the result as the register value, or this object again with a new `wait`."""
        return self._advance(self._call.send, wakeup)

    def interrupt(self, error: Errno | None = None) -> int | Pending:
        """A signal ends the wait: the handler sees EINTR (or `error`) raised where it waits."""
        return self._advance(self._call.throw, error or Errno(E.EINTR))

    def cancel(self) -> None:
        """The task is gone: let the handler clean up."""
        self._call.close()

    def _advance(self, step: Callable[[Any], Wait], value: Wakeup | Errno | None) -> int | Pending:
        self._task.kernel.current = self._task
        try:
            self.wait = step(value)
        except StopIteration as stop:
            return self._table.finish(self._task, self._slot, self._line, stop.value)
        except Errno as error:
            self.always_restarts = error.restarts
            return self._table.fail(self._task, self._slot, self._line, error)
        except OutOfMemory:
            return self._table.fail(self._task, self._slot, self._line, Errno(E.ENOMEM))
        return self


class SyscallTable:
    """Number to handler, with the statistics of one run. `tracer` may be set at any time."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None
        by_number = {declaration.number: declaration for declaration in _declared.values()}
        self._slots = [Slot(number, by_number.get(number)) for number in range(syscalls.HIGHEST + 1)]
        self._unknown: dict[int, Slot] = {}

    def slot(self, number: int) -> Slot:
        """The entry of any number, which Linux takes from W8: the upper half of the register does not count."""
        number &= 0xFFFFFFFF
        if number < len(self._slots):
            return self._slots[number]
        return self._unknown.setdefault(number, Slot(number, None))

    def dispatch(self, task: Task, number: int, registers: Sequence[int]) -> int | Pending:
        """Run a call. `registers` are X0 to X5, unsigned; the result is signed, -errno for a failure.

        Lets pass what is not a result: TaskExit (see `task.py`).
        """
        slot = self.slot(number)
        slot.statistics.count += 1
        line = None if self.tracer is None else self.tracer.enter(task, slot, tuple(registers))
        task.kernel.current = task
        try:
            result = slot.invoke(task, registers)
        except Errno as error:
            return self.fail(task, slot, line, error)
        except OutOfMemory:  # a frame was wanted for what is not the program's own memory: page caches
            return self.fail(task, slot, line, Errno(E.ENOMEM))
        if result.__class__ is GeneratorType:
            return Pending(self, task, slot, result, line).start()
        return self.finish(task, slot, line, result)

    def finish(self, task: Task, slot: Slot, line: Line | None, result: int | None) -> int:
        """A call succeeded."""
        value = result or 0
        if slot.transfer is not None:
            _account(task, slot.transfer, value)
        if line is not None and self.tracer is not None:
            self.tracer.leave(line, value)
        return value

    def fail(self, task: Task, slot: Slot, line: Line | None, error: Errno) -> int:
        """A call failed."""
        slot.statistics.errors += 1
        if slot.transfer is not None and error.number not in _BEFORE_THE_TRANSFER:
            _account(task, slot.transfer, 0)
        if line is not None and self.tracer is not None:
            self.tracer.leave(line, -error.number.value)
        return -error.number.value

    def statistics(self) -> dict[str, Statistics]:
        """Of every call that was made, by name in order of number."""
        used = [*self._slots, *(self._unknown[number] for number in sorted(self._unknown))]
        return {slot.name: slot.statistics for slot in used if slot.statistics.count}

    def unimplemented(self) -> dict[str, int]:
        """How often each call was made that this table does not implement: to be shown as warnings."""
        used = [*self._slots, *(self._unknown[number] for number in sorted(self._unknown))]
        return {slot.name: slot.statistics.count for slot in used if slot.declaration is None and slot.statistics.count}

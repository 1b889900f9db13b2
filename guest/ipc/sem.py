"""Semaphore sets (`ipc/sem.c`): several semaphores that one call changes together, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.ipc import OperationFlag, Sembuf, SemidDs
from guest.ipc.ids import IpcObject
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.credentials import Credentials
    from guest.task import Process

VALUE_MAX = 32767
"""SEMVMX, and SEMAEM for what is undone at exit."""


@dataclass
class Semaphore:
    """One of a set."""

    value: int = 0
    pid: int = 0
    """Who changed it last, or found it zero."""


@dataclass(eq=False)
class Waiting:
    """Operations that cannot be done yet. Whoever makes them possible does them."""

    operations: Sequence[Sembuf]
    process: Process
    blocked_on: Sembuf
    event: WaitQueue = field(default_factory=WaitQueue)
    done: bool = False
    error: E | None = None

    @property
    def alters(self) -> bool:
        return any(operation.sem_op for operation in self.operations)


class SemaphoreSet(IpcObject):
    """One set."""

    def __init__(self, key: int, mode: int, creator: Credentials, count: int, now_s: int) -> None:
        super().__init__(key, mode, creator)
        self.semaphores = [Semaphore() for _ in range(count)]
        self.waiting: list[Waiting] = []
        """In the order of the calls."""
        self.operated_s = 0
        self.changed_s = now_s
        self.undo: dict[Process, list[int]] = {}
        """What is added to each semaphore when a process ends."""

    def status(self) -> SemidDs:
        """For IPC_STAT."""
        return SemidDs(self.perm(), self.operated_s, self.changed_s, len(self.semaphores))

    def waiters(self, number: int, *, for_zero: bool) -> int:
        """How many calls wait for a semaphore to become zero, or to grow."""
        return sum(
            one.blocked_on.sem_num == number and (one.blocked_on.sem_op == 0) == for_zero for one in self.waiting
        )

    def attempt(self, operations: Sequence[Sembuf], process: Process) -> Sembuf | None:
        """Do all operations, or none; gives the one that has to wait (EAGAIN under IPC_NOWAIT, ERANGE)."""
        values = {operation.sem_num: self.semaphores[operation.sem_num].value for operation in operations}
        adjust = dict.fromkeys(values, 0)
        known = self.undo.get(process)
        for operation in operations:
            number, change = operation.sem_num, operation.sem_op
            value = values[number] + change
            if value < 0 or (change == 0 and value):
                if operation.sem_flg & OperationFlag.IPC_NOWAIT:
                    raise Errno(E.EAGAIN)
                return operation
            if value > VALUE_MAX:
                raise Errno(E.ERANGE)
            if operation.sem_flg & OperationFlag.SEM_UNDO:
                adjust[number] -= change
                total = adjust[number] + (known[number] if known else 0)
                if not -VALUE_MAX - 1 <= total <= VALUE_MAX:
                    raise Errno(E.ERANGE)
            values[number] = value
        for number, value in values.items():
            self.semaphores[number].value = value
            self.semaphores[number].pid = process.pid
        if any(adjust.values()):
            undo = self.undo.setdefault(process, [0] * len(self.semaphores))
            process.undoes_semaphores = True
            for number, change in adjust.items():
                undo[number] += change
        return None

    def update(self) -> None:
        """Values changed: do what can be done now, in order, until nothing more can."""
        position = 0
        while position < len(self.waiting):
            one = self.waiting[position]
            try:
                blocked = self.attempt(one.operations, one.process)
            except Errno as error:
                self._finish(one, error.number)
                continue
            if blocked is not None:
                one.blocked_on = blocked
                position += 1
                continue
            self._finish(one, None)
            if one.alters:
                position = 0

    def cancel(self, one: Waiting) -> None:
        """Its call gave up."""
        if one in self.waiting:
            self.waiting.remove(one)

    def forget_undo(self, numbers: Sequence[int]) -> None:
        """Values were set: what was to be undone has no meaning any more."""
        for undo in self.undo.values():
            for number in numbers:
                undo[number] = 0

    def undo_of(self, process: Process, now_s: int) -> None:
        """A process is over: undo what it asked to be undone."""
        undo = self.undo.pop(process, None)
        if undo is None:
            return
        for semaphore, change in zip(self.semaphores, undo, strict=True):
            if change:
                semaphore.value = min(max(semaphore.value + change, 0), VALUE_MAX)
                semaphore.pid = process.pid
        self.operated_s = now_s
        self.update()

    def end(self) -> None:
        """The set is removed: whoever waits learns of it."""
        for one in tuple(self.waiting):
            self._finish(one, E.EIDRM)

    def _finish(self, one: Waiting, error: E | None) -> None:
        self.waiting.remove(one)
        one.done, one.error = True, error
        one.event.wake()

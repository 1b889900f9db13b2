"""System calls of semaphore sets."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.ipc import Control, Sembuf, SemControl, SemidDs, Seminfo
from guest.abi.structs import Timespec
from guest.arguments import Address, InPtr, Int, UInt, ULong
from guest.events.timeout import read_timeout
from guest.ipc.arguments import GetFlags, Key, SemCommand, now_s
from guest.ipc.ids import READ, WRITE
from guest.ipc.sem import VALUE_MAX, SemaphoreSet, Waiting
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait, Wakeup

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process

_UNDO_STRUCTURE_BYTES = 20
"""What seminfo says of the size of an undo entry."""


@syscall("semget")
def semget(task: Task, key: Key, count: Int, flags: GetFlags) -> int:
    limits = task.kernel.ipc.limits
    if not 0 <= count <= limits.semmsl:
        raise Errno(E.EINVAL)

    def make() -> SemaphoreSet:
        sets = task.kernel.ipc.sem
        if count == 0:
            raise Errno(E.EINVAL)
        if len(sets) >= limits.semmni or _used(task.kernel) + count > limits.semmns:
            raise Errno(E.ENOSPC)
        return SemaphoreSet(key, flags, task.credentials, count, now_s(task))

    def check(found: SemaphoreSet) -> None:
        if count > len(found.semaphores):
            raise Errno(E.EINVAL)

    return task.kernel.ipc.sem.get(key, flags, task.credentials, make=make, check=check)


def _used(kernel: KernelServices) -> int:
    return sum(len(one.semaphores) for one in kernel.ipc.sem)


@syscall("semop", restartable=False)
def semop(task: Task, number: Int, operations: Address, count: UInt) -> Blocking[None] | None:
    return _operate(task, number, operations, count, None)


@syscall("semtimedop", restartable=False)
def semtimedop(
    task: Task, number: Int, operations: Address, count: UInt, timeout: InPtr[Timespec]
) -> Blocking[None] | None:
    return _operate(task, number, operations, count, timeout)


def _operate(
    task: Task, number: int, address: int, count: int, timeout: InPtr[Timespec] | None
) -> Blocking[None] | None:
    if count < 1 or number < 0:
        raise Errno(E.EINVAL)
    if count > task.kernel.ipc.limits.semopm:
        raise Errno(E.E2BIG)
    data = bytes(copy_from_user(task.mm, address, count * Sembuf.size))
    operations = [Sembuf.from_bytes(data[at : at + Sembuf.size]) for at in range(0, len(data), Sembuf.size)]
    deadline = read_timeout(task, timeout) if timeout is not None else None
    found = task.kernel.ipc.sem.find(number)
    if max(operation.sem_num for operation in operations) >= len(found.semaphores):
        raise Errno(E.EFBIG)
    alters = any(operation.sem_op for operation in operations)
    found.check(task.credentials, WRITE if alters else READ)
    blocked = found.attempt(operations, task.process)
    if blocked is not None:
        return _wait(task, found, Waiting(operations, task.process, blocked), deadline)
    found.operated_s = now_s(task)
    if alters:
        found.update()
    return None


def _wait(task: Task, found: SemaphoreSet, waiting: Waiting, deadline_ns: int | None) -> Blocking[None]:
    found.waiting.append(waiting)
    try:
        # Loops because a wake-up may come with a signal that came to nothing.
        while not waiting.done:
            if (yield Wait((waiting.event,), deadline_ns)) is Wakeup.TIMEOUT and not waiting.done:
                raise Errno(E.EAGAIN)
    finally:
        found.cancel(waiting)
    if waiting.error is not None:
        raise Errno(waiting.error)
    found.operated_s = now_s(task)


@syscall("semctl")
def semctl(task: Task, number: Int, index: Int, command: SemCommand, argument: ULong) -> int:
    sets, credentials, limits = task.kernel.ipc.sem, task.credentials, task.kernel.ipc.limits
    if number < 0:
        raise Errno(E.EINVAL)
    match command:
        case Control.IPC_INFO | SemControl.SEM_INFO:
            used = command == SemControl.SEM_INFO
            info = Seminfo(
                semmap=limits.semmns, semmni=limits.semmni, semmns=limits.semmns, semmnu=limits.semmns,
                semmsl=limits.semmsl, semopm=limits.semopm, semume=limits.semopm,
                semusz=len(sets) if used else _UNDO_STRUCTURE_BYTES, semvmx=VALUE_MAX,
                semaem=_used(task.kernel) if used else VALUE_MAX,
            )  # fmt: skip
            copy_to_user(task.mm, argument, info.to_bytes())
            return sets.highest_index
        case Control.IPC_STAT | SemControl.SEM_STAT | SemControl.SEM_STAT_ANY:
            by_number = command == Control.IPC_STAT
            found = sets.find(number) if by_number else sets.at(number)
            if command != SemControl.SEM_STAT_ANY:
                found.check(credentials, READ)
            copy_to_user(task.mm, argument, found.status().to_bytes())
            return 0 if by_number else found.id
        case Control.IPC_SET:
            new = SemidDs.from_bytes(bytes(copy_from_user(task.mm, argument, SemidDs.size)))
            found = sets.find(number)
            found.check_owner(credentials)
            found.set_perm(new.sem_perm)
            found.changed_s = now_s(task)
            return 0
        case Control.IPC_RMID:
            found = sets.find(number)
            found.check_owner(credentials)
            sets.remove(found)
            found.end()
            return 0
        case SemControl.GETALL | SemControl.SETALL:
            return _all(task, sets.find(number), argument, write=command == SemControl.SETALL)
        case SemControl.SETVAL:
            return _set_value(task, number, index, argument)
        case SemControl.GETVAL | SemControl.GETPID | SemControl.GETNCNT | SemControl.GETZCNT:
            found = sets.find(number)
            found.check(credentials, READ)
            return _get(found, index, command)
    raise Errno(E.EINVAL)


def _get(found: SemaphoreSet, index: int, command: int) -> int:
    if not 0 <= index < len(found.semaphores):
        raise Errno(E.EINVAL)
    if command == SemControl.GETVAL:
        return found.semaphores[index].value
    if command == SemControl.GETPID:
        return found.semaphores[index].pid
    return found.waiters(index, for_zero=command == SemControl.GETZCNT)


def _set_value(task: Task, number: int, index: int, argument: int) -> int:
    value = argument & 0xFFFFFFFF
    if value > VALUE_MAX:
        raise Errno(E.ERANGE)
    found = task.kernel.ipc.sem.find(number)
    if not 0 <= index < len(found.semaphores):
        raise Errno(E.EINVAL)
    found.check(task.credentials, WRITE)
    found.forget_undo([index])
    found.semaphores[index].value = value
    found.semaphores[index].pid = task.pid
    found.changed_s = now_s(task)
    found.update()
    return 0


def _all(task: Task, found: SemaphoreSet, address: int, *, write: bool) -> int:
    """All values, as an array of unsigned short."""
    found.check(task.credentials, WRITE if write else READ)
    layout = struct.Struct(f"<{len(found.semaphores)}H")
    if not write:
        copy_to_user(task.mm, address, layout.pack(*(semaphore.value for semaphore in found.semaphores)))
        return 0
    values = layout.unpack(copy_from_user(task.mm, address, layout.size))
    if max(values) > VALUE_MAX:
        raise Errno(E.ERANGE)
    found.forget_undo(range(len(values)))
    for semaphore, value in zip(found.semaphores, values, strict=True):
        semaphore.value, semaphore.pid = value, task.pid
    found.changed_s = now_s(task)
    found.update()
    return 0


def exit_process(kernel: KernelServices, process: Process) -> None:
    """A process is over (exit_sem)."""
    for found in kernel.ipc.sem:
        found.undo_of(process, kernel.realtime_ns() // 10**9)

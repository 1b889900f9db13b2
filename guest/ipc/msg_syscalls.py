"""System calls of System V message queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.ipc import Control, MsgControl, Msginfo, MsqidDs, OperationFlag
from guest.arguments import Address, Int, Long, Size
from guest.credentials import Capability
from guest.ipc.arguments import GetFlags, Key, MessageFlags, MsgCommand, now_s
from guest.ipc.ids import READ, WRITE
from guest.ipc.msg import Message, MessageQueue, Receiver, Wanted
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait

if TYPE_CHECKING:
    from guest.ipc.namespace import Limits

_TYPE_BYTES = 8
_SEGMENT_BYTES = 16
"""What msginfo says of segments, which no kernel has had for long."""


@syscall("msgget")
def msgget(task: Task, key: Key, flags: GetFlags) -> int:
    queues, limits = task.kernel.ipc.msg, task.kernel.ipc.limits

    def make() -> MessageQueue:
        if len(queues) >= limits.msgmni:
            raise Errno(E.ENOSPC)
        return MessageQueue(key, flags, task.credentials, limits.msgmnb, now_s(task))

    return queues.get(key, flags, task.credentials, make=make)


@syscall("msgsnd", restartable=False)
def msgsnd(task: Task, number: Int, message: Address, size: Size, flags: MessageFlags) -> Blocking[None] | None:
    kind = int.from_bytes(copy_from_user(task.mm, message, _TYPE_BYTES), "little", signed=True)
    if size > task.kernel.ipc.limits.msgmax or number < 0 or kind < 1:
        raise Errno(E.EINVAL)
    sent = Message(kind, bytes(copy_from_user(task.mm, message + _TYPE_BYTES, size)))
    queue = task.kernel.ipc.msg.find(number)
    queue.check(task.credentials, WRITE)
    if not queue.fits(size):
        if flags & OperationFlag.IPC_NOWAIT:
            raise Errno(E.EAGAIN)
        return _send(task, queue, sent)
    queue.put(sent, task.pid, now_s(task))
    return None


def _send(task: Task, queue: MessageQueue, sent: Message) -> Blocking[None]:
    while not queue.fits(len(sent.text)):
        yield Wait((queue.room,))
        if queue.removed:
            raise Errno(E.EIDRM)
        queue.check(task.credentials, WRITE)
    queue.put(sent, task.pid, now_s(task))


@syscall("msgrcv", restartable=False)
def msgrcv(
    task: Task, number: Int, buffer: Address, size: Size, kind: Long, flags: MessageFlags
) -> int | Blocking[int]:
    if number < 0 or size >= 1 << 63:
        raise Errno(E.EINVAL)
    nowait = bool(flags & OperationFlag.IPC_NOWAIT)
    if flags & OperationFlag.MSG_COPY and (flags & OperationFlag.MSG_EXCEPT or not nowait):
        raise Errno(E.EINVAL)
    queue = task.kernel.ipc.msg.find(number)
    receiver = Receiver(Wanted(kind, flags), size, task.pid)
    queue.check(task.credentials, READ)
    if flags & OperationFlag.MSG_COPY:
        # A look at the message at a position; the queue stays as it is.
        if not 0 <= kind < len(queue.messages):
            raise Errno(E.ENOMSG)
        found = queue.messages[kind]
        if not receiver.holds(found):
            raise Errno(E.E2BIG)
        return _store(task, buffer, size, found)
    message = queue.find(receiver.wanted)
    if message is None:
        if nowait:
            raise Errno(E.ENOMSG)
        return _receive(task, queue, buffer, receiver)
    if not receiver.holds(message):
        raise Errno(E.E2BIG)
    queue.take(message, task.pid, now_s(task))
    return _store(task, buffer, size, message)


def _receive(task: Task, queue: MessageQueue, buffer: int, receiver: Receiver) -> Blocking[int]:
    queue.receivers.append(receiver)
    try:
        while receiver.message is None and receiver.error is None:
            yield Wait((receiver.event,))
    finally:
        if receiver in queue.receivers:
            queue.receivers.remove(receiver)
    if receiver.message is None:
        assert receiver.error is not None
        raise Errno(receiver.error)
    return _store(task, buffer, receiver.size, receiver.message)


def _store(task: Task, buffer: int, size: int, message: Message) -> int:
    text = message.text[:size]
    copy_to_user(task.mm, buffer, message.type.to_bytes(_TYPE_BYTES, "little"))
    copy_to_user(task.mm, buffer + _TYPE_BYTES, text)
    return len(text)


@syscall("msgctl")
def msgctl(task: Task, number: Int, command: MsgCommand, buffer: Address) -> int:
    queues, credentials, limits = task.kernel.ipc.msg, task.credentials, task.kernel.ipc.limits
    if number < 0 or command < 0:
        raise Errno(E.EINVAL)
    match command:
        case Control.IPC_INFO | MsgControl.MSG_INFO:
            queued = list(queues) if command == MsgControl.MSG_INFO else None
            copy_to_user(task.mm, buffer, _info(limits, queued).to_bytes())
            return queues.highest_index
        case Control.IPC_STAT | MsgControl.MSG_STAT | MsgControl.MSG_STAT_ANY:
            by_number = command == Control.IPC_STAT
            queue = queues.find(number) if by_number else queues.at(number)
            if command != MsgControl.MSG_STAT_ANY:
                queue.check(credentials, READ)
            copy_to_user(task.mm, buffer, queue.status().to_bytes())
            return 0 if by_number else queue.id
        case Control.IPC_SET:
            new = MsqidDs.from_bytes(bytes(copy_from_user(task.mm, buffer, MsqidDs.size)))
            queue = queues.find(number)
            queue.check_owner(credentials)
            if new.msg_qbytes > limits.msgmnb and not credentials.capable(Capability.CAP_SYS_RESOURCE):
                raise Errno(E.EPERM)
            queue.set_perm(new.msg_perm)
            queue.limit_bytes = new.msg_qbytes
            queue.changed_s = now_s(task)
            queue.room.wake()
            return 0
        case Control.IPC_RMID:
            queue = queues.find(number)
            queue.check_owner(credentials)
            queues.remove(queue)
            queue.end()
            return 0
    raise Errno(E.EINVAL)


def _info(limits: Limits, queued: list[MessageQueue] | None) -> Msginfo:
    """What MSG_INFO (with the queues) and IPC_INFO (without) say."""
    if queued is None:
        pool, headers, total = limits.msgmni * limits.msgmnb // 1024, limits.msgmnb, limits.msgmnb
    else:
        pool, headers = len(queued), sum(len(queue.messages) for queue in queued)
        total = sum(queue.bytes for queue in queued)
    return Msginfo(
        msgpool=pool, msgmap=headers, msgmax=limits.msgmax, msgmnb=limits.msgmnb, msgmni=limits.msgmni,
        msgssz=_SEGMENT_BYTES, msgtql=total, msgseg=0xFFFF,
    )  # fmt: skip

"""Message queues of System V (`ipc/msg.c`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.ipc import MsqidDs, OperationFlag
from guest.ipc.ids import IpcObject
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.credentials import Credentials


@dataclass(frozen=True)
class Message:
    """One message."""

    type: int
    text: bytes


@dataclass(frozen=True)
class Wanted:
    """Which messages a receiver takes."""

    type: int
    """0: the first; positive: the first of this type, or of another (MSG_EXCEPT); negative: of the lowest type that
    is not above its magnitude.
    """
    flags: int

    def matches(self, message: Message) -> bool:
        if self.type == 0:
            return True
        if self.type < 0:
            return message.type <= -self.type
        return (message.type == self.type) != bool(self.flags & OperationFlag.MSG_EXCEPT)


@dataclass(eq=False)
class Receiver:
    """Somebody who waits for a message. A sender that has one hands it over."""

    wanted: Wanted
    size: int
    pid: int
    event: WaitQueue = field(default_factory=WaitQueue)
    message: Message | None = None
    error: E | None = None

    def holds(self, message: Message) -> bool:
        """Whether the message fits, or may be cut."""
        return len(message.text) <= self.size or bool(self.wanted.flags & OperationFlag.MSG_NOERROR)


class MessageQueue(IpcObject):
    """One queue."""

    def __init__(self, key: int, mode: int, creator: Credentials, limit_bytes: int, now_s: int) -> None:
        super().__init__(key, mode, creator)
        self.messages: list[Message] = []
        self.bytes = 0
        self.limit_bytes = limit_bytes
        self.sent_s = self.received_s = 0
        self.changed_s = now_s
        self.sender_pid = self.receiver_pid = 0
        self.receivers: list[Receiver] = []
        self.room = WaitQueue()
        """Senders that wait for room, or for the end of the queue."""

    def status(self) -> MsqidDs:
        """For IPC_STAT."""
        return MsqidDs(
            self.perm(), self.sent_s, self.received_s, self.changed_s, self.bytes, len(self.messages),
            self.limit_bytes, self.sender_pid, self.receiver_pid,
        )  # fmt: skip

    def fits(self, size: int) -> bool:
        """Whether a message may be sent now. Empty ones count too: there are no more of them than bytes."""
        return self.bytes + size <= self.limit_bytes and len(self.messages) + 1 <= self.limit_bytes

    def put(self, message: Message, sender_pid: int, now_s: int) -> None:
        """Hand a message to the first receiver that wants it, else queue it."""
        self.sender_pid, self.sent_s = sender_pid, now_s
        for receiver in tuple(self.receivers):
            if not receiver.wanted.matches(message):
                continue
            self.receivers.remove(receiver)
            if not receiver.holds(message):
                receiver.error = E.E2BIG
                receiver.event.wake()
                continue
            receiver.message = message
            self.receiver_pid, self.received_s = receiver.pid, now_s
            receiver.event.wake()
            return
        self.messages.append(message)
        self.bytes += len(message.text)

    def find(self, wanted: Wanted) -> Message | None:
        """The message that a receiver gets now."""
        found = [message for message in self.messages if wanted.matches(message)]
        if wanted.type < 0 and found:
            return min(found, key=lambda message: message.type)  # the first of the lowest type
        return found[0] if found else None

    def take(self, message: Message, receiver_pid: int, now_s: int) -> None:
        """Remove a message for a receiver."""
        index = next(index for index, other in enumerate(self.messages) if other is message)
        del self.messages[index]
        self.bytes -= len(message.text)
        self.receiver_pid, self.received_s = receiver_pid, now_s
        self.room.wake()

    def end(self) -> None:
        """The queue is removed: whoever waits learns of it."""
        for receiver in self.receivers:
            receiver.error = E.EIDRM
            receiver.event.wake()
        self.receivers.clear()
        self.messages.clear()
        self.bytes = 0
        self.room.wake()

"""POSIX message queues (`ipc/mqueue.c`): files with names of their own that hold messages in order of priority."""

from __future__ import annotations

import stat as _stat
from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.flags import PollEvent
from guest.abi.ipc import MqAttr
from guest.abi.signal import SigeventNotify, SignalCode
from guest.abi.structs import Stat, Timespec, make_device
from guest.fs.dentry import Dentry, Mount
from guest.fs.file import File
from guest.fs.inode import Attributes, Inode
from guest.signal.send import send_to_process
from guest.signal.state import SignalInfo
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.abi.signal import Sigevent
    from guest.net.netlink.socket import NetlinkSocket
    from guest.task import Process, Task

MQUEUE_DEVICE = make_device(0, 18)
MQUEUE_MAGIC = 0x19800202
_MOUNT = Mount(b"", b"mqueue", b"mqueue", read_only=False)
_STATUS_BYTES = 80
_MESSAGE_OVERHEAD = 48
"""struct msg_msg; struct posix_msg_tree_node has as much."""
_PRIORITIES = 32768
_READABLE = int(PollEvent.POLLIN | PollEvent.POLLRDNORM)
_WRITABLE = int(PollEvent.POLLOUT | PollEvent.POLLWRNORM)


@dataclass
class MqueueLimits:
    """As in /proc/sys/fs/mqueue, with Linux's defaults."""

    msg_default: int = 10
    msg_max: int = 10
    msgsize_default: int = 8192
    msgsize_max: int = 8192
    queues_max: int = 256


HARD_MSG_MAX = 65536
HARD_MSGSIZE_MAX = 16 << 20
"""What nobody may exceed."""


@dataclass(order=True)
class QueuedMessage:
    """Sorts the highest priority first, and equal ones by age."""

    negative_priority: int
    sequence: int
    text: bytes = field(compare=False)

    @property
    def priority(self) -> int:
        return -self.negative_priority


@dataclass(eq=False)
class Waiter:
    """A sender with its message, or a receiver that gets one."""

    event: WaitQueue = field(default_factory=WaitQueue)
    message: QueuedMessage | None = None
    done: bool = False

    def finish(self) -> None:
        self.done = True
        self.event.wake()


COOKIE_BYTES = 32
_WOKEN_UP, _REMOVED = b"\1", b"\2"
"""The last byte of a cookie that comes back: there is a message, or there will be none."""


@dataclass
class Notification:
    """Who asked to be told of the next message, and how."""

    process: Process
    event: Sigevent
    file: MqueueFile
    socket: NetlinkSocket | None = None
    """For SIGEV_THREAD: where the C library's thread waits."""
    cookie: bytes = b""
    """What it gets there, to know what it is for."""

    def happened(self, sender: Task) -> None:
        """The message is there."""
        if self.socket is not None:
            self.socket.deliver(self.cookie[:-1] + _WOKEN_UP)
        elif self.event.sigev_notify == SigeventNotify.SIGEV_SIGNAL and self.process.threads:
            info = SignalInfo(
                self.event.sigev_signo, SignalCode.SI_MESGQ, pid=sender.pid, uid=sender.credentials.uid,
                value=self.event.sigev_value,
            )  # fmt: skip
            send_to_process(self.process, info)

    def removed(self) -> None:
        """Nobody wants to know any more."""
        if self.socket is not None:
            self.socket.deliver(self.cookie[:-1] + _REMOVED)


class MqueueInode(Inode):
    """One queue. It lives until it has no name and nobody has it open."""

    def __init__(
        self, queues: MessageQueues, number: int, attributes: Attributes, maxmsg: int, msgsize: int, now_ns: int
    ) -> None:
        self.queues = queues
        self.number = number
        self.attributes = attributes
        self.maxmsg, self.msgsize = maxmsg, msgsize
        self.messages: list[QueuedMessage] = []
        self.receivers: list[Waiter] = []
        self.senders: list[Waiter] = []
        self.readiness = WaitQueue()
        self.notification: Notification | None = None
        self.opens = 0
        self.named = True
        self._sequence = 0
        self._time = Timespec.from_ns(now_ns)

    @property
    def kind(self) -> int:
        return _stat.S_IFREG

    def stat(self) -> Stat:
        return Stat(
            st_dev=MQUEUE_DEVICE, st_ino=self.number, st_mode=_stat.S_IFREG | self.attributes.mode,
            st_nlink=int(self.named), st_uid=self.attributes.uid, st_gid=self.attributes.gid, st_size=_STATUS_BYTES,
            st_blksize=4096, atime=self._time, mtime=self._time, ctime=self._time,
        )  # fmt: skip

    @property
    def charged_bytes(self) -> int:
        """What counts against RLIMIT_MSGQUEUE of the user who made it."""
        return bytes_of(self.maxmsg, self.msgsize)

    def attr(self, flags: int) -> MqAttr:
        """Its state, with the flags of an open file."""
        return MqAttr(flags, self.maxmsg, self.msgsize, len(self.messages))

    # -- messages ----------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        return len(self.messages) >= self.maxmsg

    def make_message(self, text: bytes, priority: int) -> QueuedMessage:
        """A message, younger than all before it."""
        self._sequence += 1
        return QueuedMessage(-priority, self._sequence, text)

    def put(self, message: QueuedMessage, sender: Task) -> None:
        """Give a message to whoever waits longest, else keep it; the queue has room."""
        if self.receivers:
            receiver = self.receivers.pop(0)
            receiver.message = message
            receiver.finish()
            return
        was_empty = not self.messages
        insort(self.messages, message)
        self.readiness.wake(mask=_READABLE)
        if was_empty:
            self._notify(sender)

    def take(self) -> QueuedMessage:
        """The oldest of the highest priority; the sender that waits longest puts its own in its place."""
        message = self.messages.pop(0)
        if self.senders:
            sender = self.senders.pop(0)
            assert sender.message is not None
            insort(self.messages, sender.message)
            sender.finish()
            self.readiness.wake(mask=_READABLE)
        else:
            self.readiness.wake(mask=_WRITABLE)
        return message

    def _notify(self, sender: Task) -> None:
        wanted, self.notification = self.notification, None
        if wanted is not None:
            wanted.happened(sender)

    def remove_notification(self) -> None:
        """Tell nobody."""
        wanted, self.notification = self.notification, None
        if wanted is not None:
            wanted.removed()

    def notified(self) -> Notification | None:
        """Who is to be told; nobody whose process is over."""
        wanted = self.notification
        if wanted is not None and not wanted.process.threads:
            self.notification = wanted = None
        return wanted


class MqueueFile(File):
    """An open queue. Reading the descriptor gives its state as text, as on Linux."""

    def __init__(self, name: bytes, inode: MqueueInode, flags: int) -> None:
        super().__init__(Dentry(None, b"/" + name, inode, _MOUNT), flags)
        self.queue = inode
        # Those who poll wait where all open files of the queue are woken.
        self.readiness = inode.readiness
        inode.opens += 1

    def release(self) -> None:
        queue = self.queue
        if queue.notification is not None and queue.notification.file is self:
            queue.remove_notification()
        queue.opens -= 1
        queue.queues.drop_unused(queue)

    def poll(self) -> int:
        return (_READABLE if self.queue.messages else 0) | (0 if self.queue.full else _WRITABLE)

    def read(self, size: int) -> bytes:
        data = self.pread(size, self.offset)
        self.offset += len(data)
        return data

    def pread(self, size: int, offset: int) -> bytes:
        wanted = self.queue.notified()
        event = wanted.event if wanted is not None else None
        queued = sum(len(message.text) for message in self.queue.messages)
        text = (
            f"QSIZE:{queued:<10} NOTIFY:{event.sigev_notify if event else 0:<5} "
            f"SIGNO:{event.sigev_signo if event and event.sigev_notify == SigeventNotify.SIGEV_SIGNAL else 0:<5} "
            f"NOTIFY_PID:{wanted.process.pid if wanted else 0:<6}\n"
        ).encode()
        return text[offset : offset + size]


def bytes_of(maxmsg: int, msgsize: int) -> int:
    """What a queue counts: its messages, and the structures that hold them."""
    return maxmsg * (msgsize + _MESSAGE_OVERHEAD) + min(maxmsg, _PRIORITIES) * _MESSAGE_OVERHEAD


class MessageQueues:
    """All queues of a machine, by name."""

    def __init__(self) -> None:
        self.limits = MqueueLimits()
        self.by_name: dict[bytes, MqueueInode] = {}
        self._numbers = 1
        self._user_bytes: dict[int, int] = {}
        self._queues = 0

    @property
    def count(self) -> int:
        """Queues that there are, with or without a name."""
        return self._queues

    def used_bytes(self, uid: int) -> int:
        """What the queues of a user count together."""
        return self._user_bytes.get(uid, 0)

    def make(self, name: bytes, attributes: Attributes, maxmsg: int, msgsize: int, now_ns: int) -> MqueueInode:
        """A new queue; whether it may be is checked before."""
        self._numbers += 1
        queue = self.by_name[name] = MqueueInode(self, self._numbers, attributes, maxmsg, msgsize, now_ns)
        self._user_bytes[attributes.uid] = self.used_bytes(attributes.uid) + queue.charged_bytes
        self._queues += 1
        return queue

    def unlink(self, name: bytes) -> None:
        """The name is gone; the queue too, if nobody has it open."""
        queue = self.by_name.pop(name)
        queue.named = False
        self.drop_unused(queue)

    def drop_unused(self, queue: MqueueInode) -> None:
        """Give back what a queue counted once it is without name and use."""
        if not queue.named and not queue.opens:
            self._user_bytes[queue.attributes.uid] -= queue.charged_bytes
            self._queues -= 1


def check_attr(limits: MqueueLimits, maxmsg: int, msgsize: int, *, privileged: bool) -> None:
    """EINVAL for sizes that a queue cannot have (mq_attr_ok)."""
    most = HARD_MSG_MAX if privileged else limits.msg_max
    longest = HARD_MSGSIZE_MAX if privileged else limits.msgsize_max
    if not 0 < maxmsg <= most or not 0 < msgsize <= longest:
        raise Errno(E.EINVAL)

"""System calls of POSIX message queues."""

from __future__ import annotations

from guest.abi.constants import NAME_MAX, Resource
from guest.abi.cstruct import U32
from guest.abi.errno import E, Errno
from guest.abi.flags import O_ACCMODE, OpenFlag
from guest.abi.ipc import MQ_PRIO_MAX, MqAttr
from guest.abi.signal import Sigevent, SigeventNotify
from guest.abi.structs import Timespec
from guest.arguments import CreateMode, Fd, InBuffer, InPtr, OpenFlags, OutBuffer, OutPtr, Path, Size, UInt
from guest.credentials import Capability
from guest.fs.inode import Attributes
from guest.fs.permission import READ, WRITE, check
from guest.ipc.mqueue import COOKIE_BYTES, MqueueFile, MqueueInode, Notification, Waiter, bytes_of, check_attr
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.net.netlink.socket import NetlinkSocket
from guest.net.socket import Socket
from guest.signal.state import is_valid_signal
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait, Wakeup

_WANTED = (READ, WRITE, READ | WRITE)


@syscall("mq_open", note="queues have no place in the file tree: the file system mqueue cannot be mounted")
def mq_open(task: Task, name: Path, flags: OpenFlags, mode: CreateMode, attributes: InPtr[MqAttr]) -> int:
    queues = task.kernel.ipc.mqueue
    wanted = attributes.get() if attributes else None
    _check_name(name)
    if flags & O_ACCMODE == O_ACCMODE:
        raise Errno(E.EINVAL)
    task.files.check_room()
    found = queues.by_name.get(name)
    if found is None:
        if not flags & OpenFlag.O_CREAT:
            raise Errno(E.ENOENT)
        found = _make(task, name, mode, wanted)
    else:
        if flags & OpenFlag.O_CREAT and flags & OpenFlag.O_EXCL:
            raise Errno(E.EEXIST)
        check(found, task.credentials, _WANTED[flags & O_ACCMODE])
    file = MqueueFile(name, found, flags & (O_ACCMODE | OpenFlag.O_NONBLOCK))
    # glibc asks for O_CLOEXEC, but Linux gives it to every queue.
    return task.files.install(file, close_on_exec=True)


def _check_name(name: bytes) -> None:
    if not name:
        raise Errno(E.ENOENT)
    if b"/" in name or name in (b".", b".."):
        raise Errno(E.EACCES)
    if len(name) > NAME_MAX:
        raise Errno(E.ENAMETOOLONG)


def _make(task: Task, name: bytes, mode: int, wanted: MqAttr | None) -> MqueueInode:
    queues, credentials = task.kernel.ipc.mqueue, task.credentials
    limits, privileged = queues.limits, credentials.capable(Capability.CAP_SYS_RESOURCE)
    if wanted is not None:
        maxmsg, msgsize = wanted.mq_maxmsg, wanted.mq_msgsize
        check_attr(limits, maxmsg, msgsize, privileged=privileged)
    else:
        maxmsg = min(limits.msg_max, limits.msg_default)
        msgsize = min(limits.msgsize_max, limits.msgsize_default)
    if queues.count >= limits.queues_max and not privileged:
        raise Errno(E.ENOSPC)
    limit = task.process.limits.get(Resource.RLIMIT_MSGQUEUE).rlim_cur
    if queues.used_bytes(credentials.fsuid) + bytes_of(maxmsg, msgsize) > limit:
        raise Errno(E.EMFILE)
    attributes = Attributes(mode & ~task.fs.umask & 0o7777, credentials.fsuid, credentials.fsgid)
    return queues.make(name, attributes, maxmsg, msgsize, task.kernel.realtime_ns())


@syscall("mq_unlink")
def mq_unlink(task: Task, name: Path) -> None:
    _check_name(name)
    queues = task.kernel.ipc.mqueue
    found = queues.by_name.get(name)
    if found is None:
        raise Errno(E.ENOENT)
    # The directory of the queues is sticky and root's.
    if task.credentials.fsuid not in (0, found.attributes.uid) and not task.credentials.capable(Capability.CAP_FOWNER):
        raise Errno(E.EPERM)
    queues.unlink(name)


def _open_queue(task: Task, fd: int) -> MqueueFile:
    file = task.files.get_io(fd)
    if not isinstance(file, MqueueFile):
        raise Errno(E.EBADF)
    return file


def _deadline(task: Task, timeout: InPtr[Timespec]) -> int | None:
    """An absolute time of the wall clock, as one of the monotonic (EINVAL)."""
    if not timeout:
        return None
    value = timeout.get()
    if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
        raise Errno(E.EINVAL)
    return max(value.ns - task.kernel.realtime_ns() + task.kernel.clock.now_ns(), 0)


@syscall("mq_timedsend", note="waiting senders go in the order of their calls, whatever their scheduling priority")
def mq_timedsend(
    task: Task, fd: Fd, text: InBuffer, size: Size, priority: UInt, timeout: InPtr[Timespec]
) -> Blocking[None] | None:
    deadline = _deadline(task, timeout)
    if priority >= MQ_PRIO_MAX:
        raise Errno(E.EINVAL)
    file = _open_queue(task, fd)
    queue = file.queue
    if not file.writable:
        raise Errno(E.EBADF)
    if size > queue.msgsize:
        raise Errno(E.EMSGSIZE)
    data = bytes(copy_from_user(task.mm, text, size))
    message = queue.make_message(data, priority)
    if not queue.full:
        queue.put(message, task)
        return None
    if file.nonblocking:
        raise Errno(E.EAGAIN)
    return _wait(queue.senders, Waiter(message=message), deadline)


def _wait(waiters: list[Waiter], waiter: Waiter, deadline_ns: int | None) -> Blocking[None]:
    waiters.append(waiter)
    try:
        while not waiter.done:
            if (yield Wait((waiter.event,), deadline_ns)) is Wakeup.TIMEOUT and not waiter.done:
                raise Errno(E.ETIMEDOUT)
    finally:
        if waiter in waiters:
            waiters.remove(waiter)


@syscall("mq_timedreceive", note="waiting receivers go in the order of their calls, whatever their scheduling priority")
def mq_timedreceive(
    task: Task, fd: Fd, buffer: OutBuffer, size: Size, priority: OutPtr[U32], timeout: InPtr[Timespec]
) -> int | Blocking[int]:
    deadline = _deadline(task, timeout)
    file = _open_queue(task, fd)
    queue = file.queue
    if not file.readable:
        raise Errno(E.EBADF)
    if size < queue.msgsize:
        raise Errno(E.EMSGSIZE)
    if not queue.messages:
        if file.nonblocking:
            raise Errno(E.EAGAIN)
        return _receive(task, queue, buffer, priority, deadline)
    message = queue.take()
    return _store(task, buffer, priority, message.text, message.priority)


def _receive(
    task: Task, queue: MqueueInode, buffer: int, priority: OutPtr[U32], deadline_ns: int | None
) -> Blocking[int]:
    waiter = Waiter()
    yield from _wait(queue.receivers, waiter, deadline_ns)
    assert waiter.message is not None
    return _store(task, buffer, priority, waiter.message.text, waiter.message.priority)


def _store(task: Task, buffer: int, priority: OutPtr[U32], text: bytes, value: int) -> int:
    if priority:
        priority.put(value)
    copy_to_user(task.mm, buffer, text)
    return len(text)


@syscall("mq_notify")
def mq_notify(task: Task, fd: Fd, event: InPtr[Sigevent]) -> None:
    wanted = event.get() if event else None
    if wanted is not None:
        if wanted.sigev_notify not in (
            SigeventNotify.SIGEV_NONE, SigeventNotify.SIGEV_SIGNAL, SigeventNotify.SIGEV_THREAD,
        ):  # fmt: skip
            raise Errno(E.EINVAL)
        if wanted.sigev_notify == SigeventNotify.SIGEV_SIGNAL and not is_valid_signal(wanted.sigev_signo):
            raise Errno(E.EINVAL)
    socket: NetlinkSocket | None = None
    cookie = b""
    if wanted is not None and wanted.sigev_notify == SigeventNotify.SIGEV_THREAD:
        # The C library's thread waits at a netlink socket for the cookie to come back.
        cookie = bytes(copy_from_user(task.mm, wanted.sigev_value, COOKIE_BYTES))
        named = task.files.get(wanted.sigev_signo)
        if not isinstance(named, NetlinkSocket):
            raise Errno(E.EINVAL if isinstance(named, Socket) else E.ENOTSOCK)
        socket = named
    file = _open_queue(task, fd)
    known = file.queue.notified()
    if wanted is None:
        if known is not None and known.process is task.process:
            file.queue.remove_notification()
    elif known is not None:
        raise Errno(E.EBUSY)
    else:
        file.queue.notification = Notification(task.process, wanted, file, socket, cookie)


@syscall("mq_getsetattr")
def mq_getsetattr(task: Task, fd: Fd, new: InPtr[MqAttr], old: OutPtr[MqAttr]) -> None:
    wanted = new.get() if new else None
    if wanted is not None and wanted.mq_flags & ~OpenFlag.O_NONBLOCK:
        raise Errno(E.EINVAL)
    file = _open_queue(task, fd)
    before = file.queue.attr(file.flags & OpenFlag.O_NONBLOCK)
    if wanted is not None:
        file.flags = file.flags & ~int(OpenFlag.O_NONBLOCK) | wanted.mq_flags & OpenFlag.O_NONBLOCK
    if old:
        old.put(before)

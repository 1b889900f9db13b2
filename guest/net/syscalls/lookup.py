"""From a descriptor to a socket, and waiting for one."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.net.socket import Socket
from guest.task import Task
from guest.wait import Blocking, Wait


def socket_of(task: Task, fd: int) -> Socket:
    """The socket of a descriptor (EBADF, ENOTSOCK)."""
    file = task.files.get_io(fd)
    if not isinstance(file, Socket):
        raise Errno(E.ENOTSOCK)
    return file


def wait_ready(task: Task, socket: Socket, wait: Wait) -> Blocking[None]:
    """Wait until something happens to the socket (EAGAIN at the deadline, which SO_RCVTIMEO or SO_SNDTIMEO set)."""
    deadline = wait.deadline_ns
    if deadline is not None and task.kernel.clock.now_ns() >= deadline:
        raise Errno(E.EAGAIN)
    yield wait

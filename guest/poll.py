"""Waiting for files to become ready."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.flags import PollEvent
from guest.abi.structs import Pollfd, Timespec
from guest.arguments import Address, InPtr, Size, UInt
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait, Wakeup


@syscall("ppoll", partial="the signal mask is not changed while waiting; a file that is not ready is not waited for")
def ppoll(
    task: Task, files: Address, count: UInt, timeout: InPtr[Timespec], mask: Address, mask_size: Size
) -> int | Blocking[int]:
    if count > task.files.limit:
        raise Errno(E.EINVAL)
    deadline = None
    if timeout:
        value = timeout.get()
        if value.tv_sec < 0 or not 0 <= value.tv_nsec < 10**9:
            raise Errno(E.EINVAL)
        deadline = task.kernel.clock.now_ns() + value.ns
    ready = _test(task, files, count)
    return ready if ready else _wait(task, files, count, deadline)


def _wait(task: Task, files: int, count: int, deadline: int | None) -> Blocking[int]:
    # Files that exist so far never change from not ready to ready, so only time or a signal ends the wait.
    if (yield Wait(deadline_ns=deadline)) is Wakeup.TIMEOUT:
        return 0
    return _test(task, files, count)


def _test(task: Task, files: int, count: int) -> int:
    """Fill in `revents`; how many descriptors have any."""
    data = copy_from_user(task.mm, files, count * Pollfd.size)
    ready = 0
    answers = []
    for start in range(0, len(data), Pollfd.size):
        item = Pollfd.from_bytes(data[start : start + Pollfd.size])
        item.revents = _events(task, item.fd, item.events)
        ready += bool(item.revents)
        answers.append(item.to_bytes())
    copy_to_user(task.mm, files, b"".join(answers))
    return ready


def _events(task: Task, fd: int, wanted: int) -> int:
    if fd < 0:
        return 0
    try:
        file = task.files.get(fd)
    except Errno:
        return int(PollEvent.POLLNVAL)
    return file.poll() & (wanted | PollEvent.POLLERR | PollEvent.POLLHUP)

"""System calls of epoll."""

from __future__ import annotations

import stat as _stat

from emulator.memory import Protection
from guest.abi.cstruct import U64
from guest.abi.errno import E, Errno
from guest.abi.events import EP_MAX_EVENTS, EpollEvent, EpollEventFlag, EpollFlag, EpollOperation
from guest.abi.structs import Timespec
from guest.arguments import Fd, InPtr, Int, Size
from guest.events.arguments import EpollEvents, EpollFlags, EpollOperationName
from guest.events.epoll import EXCLUSIVE, EpollFile
from guest.events.mask import read_mask, wait_masked
from guest.events.timeout import deadline_after, read_timeout
from guest.fs.file import File
from guest.mm.user_copy import check_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait, Wakeup

_ALLOWED_EXCLUSIVE = int(
    EpollEventFlag.EPOLLIN
    | EpollEventFlag.EPOLLOUT
    | EpollEventFlag.EPOLLERR
    | EpollEventFlag.EPOLLHUP
    | EpollEventFlag.EPOLLWAKEUP
    | EpollEventFlag.EPOLLET
    | EpollEventFlag.EPOLLEXCLUSIVE
)
_NO_POLL_KINDS = (_stat.S_IFREG, _stat.S_IFDIR)


def can_poll(file: File) -> bool:
    """Whether the file has readiness at all: regular files and directories have none."""
    return file.pollable and _stat.S_IFMT(file.dentry.inode.kind) not in _NO_POLL_KINDS


def _epoll(task: Task, fd: int) -> EpollFile:
    file = task.files.get_io(fd)
    if not isinstance(file, EpollFile):
        raise Errno(E.EINVAL)
    return file


@syscall("epoll_create1")
def epoll_create1(task: Task, flags: EpollFlags) -> int:
    if flags & ~EpollFlag.EPOLL_CLOEXEC:
        raise Errno(E.EINVAL)
    return task.files.install(EpollFile(), close_on_exec=bool(flags))


@syscall("epoll_ctl", note="EPOLLWAKEUP has no effect: the machine does not suspend")
def epoll_ctl(task: Task, epoll: Fd, operation: EpollOperationName, fd: Fd, event: InPtr[EpollEvent]) -> None:
    value = EpollEvent() if operation == EpollOperation.EPOLL_CTL_DEL else event.get()
    watcher = task.files.get_io(epoll)
    file = task.files.get_io(fd)
    if not can_poll(file):
        raise Errno(E.EPERM)
    if watcher is file or not isinstance(watcher, EpollFile):
        raise Errno(E.EINVAL)
    if value.events & EXCLUSIVE and (
        operation == EpollOperation.EPOLL_CTL_MOD or isinstance(file, EpollFile) or value.events & ~_ALLOWED_EXCLUSIVE
    ):
        raise Errno(E.EINVAL)
    if operation == EpollOperation.EPOLL_CTL_ADD:
        watcher.add(file, fd, value.events, value.data)
    elif operation == EpollOperation.EPOLL_CTL_MOD:
        watcher.modify(file, fd, value.events, value.data)
    elif operation == EpollOperation.EPOLL_CTL_DEL:
        watcher.delete(file, fd)
    else:
        raise Errno(E.EINVAL)


@syscall("epoll_pwait", restartable=False)
def epoll_pwait(
    task: Task, epoll: Fd, events: EpollEvents, maximum: Int, timeout: Int, mask: InPtr[U64], mask_size: Size
) -> int | Blocking[int]:
    # The timeout is an int of milliseconds; any negative one means for ever.
    timeout_ns = None if timeout < 0 else timeout * 1_000_000
    new_mask = read_mask(mask, mask_size)
    return _wait(task, epoll, events, maximum, deadline_after(task, timeout_ns), timeout == 0, new_mask)


@syscall("epoll_pwait2", restartable=False)
def epoll_pwait2(
    task: Task,
    epoll: Fd,
    events: EpollEvents,
    maximum: Int,
    timeout: InPtr[Timespec],
    mask: InPtr[U64],
    mask_size: Size,
) -> int | Blocking[int]:
    deadline = read_timeout(task, timeout)
    at_once = deadline is not None and deadline <= task.kernel.clock.now_ns()
    return _wait(task, epoll, events, maximum, deadline, at_once, read_mask(mask, mask_size))


def _wait(
    task: Task, fd: int, address: int, maximum: int, deadline: int | None, at_once: bool, mask: int | None
) -> int | Blocking[int]:
    if not 0 < maximum <= EP_MAX_EVENTS:
        raise Errno(E.EINVAL)
    epoll = _epoll(task, fd)
    count = _deliver(task, epoll, address, maximum) if epoll.ready else 0
    if count or (at_once and mask is None):
        return count
    return wait_masked(task, mask, _block(task, epoll, address, maximum, deadline))


def _block(task: Task, epoll: EpollFile, address: int, maximum: int, deadline: int | None) -> Blocking[int]:
    wait = Wait((epoll.waiters,), deadline, -1)
    try:
        while True:
            wakeup = yield wait
            count = _deliver(task, epoll, address, maximum) if epoll.ready else 0
            if count or wakeup is Wakeup.TIMEOUT:
                return count
    except (Errno, GeneratorExit):
        # This task may have been the one that an event woke: somebody else must learn of it.
        if epoll.ready:
            epoll.waiters.wake(1)
        raise


def _deliver(task: Task, epoll: EpollFile, address: int, maximum: int) -> int:
    found = epoll.collect(maximum)
    if not found:
        return 0
    try:
        # Before `report`, which takes note that the events were delivered.
        check_user(task.mm, address, len(found) * EpollEvent.size, Protection.WRITE)
    except Errno:
        epoll.put_back(found)
        raise
    copy_to_user(task.mm, address, epoll.report(found))
    return len(found)

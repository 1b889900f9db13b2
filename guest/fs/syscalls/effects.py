"""What reading and writing do besides moving bytes: limits on file size, watches, privileges of changed programs."""

from __future__ import annotations

import stat as _stat

from guest.abi.constants import RLIM_INFINITY, Resource, Signal
from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag
from guest.abi.inotify import InotifyMask
from guest.fs.context import strip_privileges
from guest.fs.file import File
from guest.signal.send import send_to_task
from guest.signal.state import SignalInfo
from guest.task import Task

_READ, _MODIFIED = int(InotifyMask.IN_ACCESS), int(InotifyMask.IN_MODIFY)


def was_read(file: File, done: int) -> int:
    """`done` bytes were read: tell watchers; gives `done`."""
    notifier = file.dentry.mount.notifier
    if notifier is not None and done:
        notifier.event(file.dentry, _READ)
    return done


def was_written(task: Task, file: File, done: int) -> int:
    """`done` bytes were written; gives `done`."""
    notifier = file.dentry.mount.notifier
    if notifier is not None and done:
        notifier.event(file.dentry, _MODIFIED)
        strip_privileges(file.dentry, task.credentials)
    return done


def writable_bytes(task: Task, file: File, size: int, offset: int | None) -> int:
    """How many of `size` bytes RLIMIT_FSIZE lets through at `offset` (None: the file's own): EFBIG and SIGXFSZ if it
    is none of them.
    """
    limit = task.process.limits.get(Resource.RLIMIT_FSIZE).rlim_cur
    if limit == RLIM_INFINITY or not file.seekable or not _stat.S_ISREG(file.dentry.inode.kind):
        return size
    if file.flags & OpenFlag.O_APPEND:
        offset = file.size()
    elif offset is None:
        offset = file.offset
    if size and offset >= limit:
        raise _too_big(task)
    return min(size, limit - offset)


def check_size(task: Task, size: int) -> None:
    """EFBIG and SIGXFSZ if RLIMIT_FSIZE does not let a file become this long."""
    if size > task.process.limits.get(Resource.RLIMIT_FSIZE).rlim_cur:
        raise _too_big(task)


def _too_big(task: Task) -> Errno:
    send_to_task(task, SignalInfo(Signal.SIGXFSZ, pid=task.pid, uid=task.credentials.uid))
    return Errno(E.EFBIG)

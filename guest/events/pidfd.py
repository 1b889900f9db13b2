"""pidfds: files that stand for a process, ready to read once it has ended."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.events import PidfdFlag
from guest.abi.flags import OpenFlag
from guest.arguments import Fd, Pid, UInt
from guest.events.anon_inode import AnonymousEventFile
from guest.events.arguments import PidfdFlags
from guest.events.pipe import READABLE
from guest.fs.file import File
from guest.syscall import syscall
from guest.task import Process, Task

_CAP_SYS_PTRACE = 1 << 19


class PidFile(AnonymousEventFile):
    """A pidfd. `process` is what pidfd_send_signal, waitid and pidfd_getfd act on."""

    def __init__(self, process: Process, flags: int) -> None:
        super().__init__(b"[pidfd]", OpenFlag.O_RDWR | flags)
        self.process = process
        self.readiness = process.exited

    def poll(self) -> int:
        return READABLE if self.process.zombie else 0


def make_pidfd(process: Process, flags: int = 0) -> PidFile:
    """The file for a process (pidfd_open, CLONE_PIDFD); `flags` may hold PIDFD_NONBLOCK."""
    return PidFile(process, flags & PidfdFlag.PIDFD_NONBLOCK)


def process_of(file: File) -> Process:
    """The process that a pidfd stands for (EBADF for another file)."""
    if not isinstance(file, PidFile):
        raise Errno(E.EBADF)
    return file.process


@syscall("pidfd_open", partial="of processes only, not of single threads (PIDFD_THREAD)")
def pidfd_open(task: Task, pid: Pid, flags: PidfdFlags) -> int:
    if flags & ~PidfdFlag.PIDFD_NONBLOCK or pid <= 0:
        raise Errno(E.EINVAL)
    process = task.kernel.tasks.process(pid)
    if process is None:
        # The number of a thread that leads no group is no process's.
        raise Errno(E.ESRCH if task.kernel.tasks.find(pid) is None else E.ENOENT)
    return task.files.install(make_pidfd(process, flags), close_on_exec=True)


@syscall("pidfd_getfd")
def pidfd_getfd(task: Task, pidfd: Fd, fd: Fd, flags: UInt) -> int:
    if flags:
        raise Errno(E.EINVAL)
    process = process_of(task.files.get(pidfd))
    if not process.threads:
        raise Errno(E.ESRCH)
    target = process.threads[0]
    if not _may_inspect(task, target):
        raise Errno(E.EPERM)
    return task.files.install(target.files.get(fd), close_on_exec=True)


def _may_inspect(task: Task, target: Task) -> bool:
    """Linux asks for the right to trace: the same user, or CAP_SYS_PTRACE."""
    mine, theirs = task.credentials, target.credentials
    if mine.effective & _CAP_SYS_PTRACE or target.process is task.process:
        return True
    return {mine.uid} == {theirs.uid, theirs.euid, theirs.suid} and {mine.gid} == {theirs.gid, theirs.egid, theirs.sgid}

"""System calls of inotify; fanotify and file handles are refused."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.abi.inotify import ALL_EVENTS, InotifyInitFlag, InotifyMask
from guest.arguments import Address, DirFd, Fd, Int, Path, UInt, ULong
from guest.fs.arguments import InotifyInitFlags, InotifyMasks
from guest.fs.inotify import InotifyFile
from guest.fs.permission import READ, check
from guest.syscall import syscall
from guest.task import Task

_KNOWN = int(
    ALL_EVENTS | InotifyMask.IN_UNMOUNT | InotifyMask.IN_Q_OVERFLOW | InotifyMask.IN_IGNORED | InotifyMask.IN_ONLYDIR
    | InotifyMask.IN_DONT_FOLLOW | InotifyMask.IN_EXCL_UNLINK | InotifyMask.IN_MASK_CREATE | InotifyMask.IN_MASK_ADD
    | InotifyMask.IN_ISDIR | InotifyMask.IN_ONESHOT
)  # fmt: skip


@syscall("inotify_init1", note="sees what happens in the machine, not what the host does to a bind")
def inotify_init1(task: Task, flags: InotifyInitFlags) -> int:
    if flags & ~sum(InotifyInitFlag):
        raise Errno(E.EINVAL)
    kernel = task.kernel
    file = InotifyFile(
        kernel.tree.notifier, kernel.inode_numbers.next(), flags & int(OpenFlag.O_NONBLOCK)
    )  # fmt: skip
    return task.files.install(file, close_on_exec=bool(flags & InotifyInitFlag.IN_CLOEXEC))


def _queue(task: Task, fd: int) -> InotifyFile:
    file = task.files.get_io(fd)
    if not isinstance(file, InotifyFile):
        raise Errno(E.EINVAL)
    return file


@syscall("inotify_add_watch", partial="IN_EXCL_UNLINK makes no difference")
def inotify_add_watch(task: Task, fd: Fd, path: Path, mask: InotifyMasks) -> int:
    if not mask & _KNOWN:
        raise Errno(E.EINVAL)
    if mask & InotifyMask.IN_MASK_ADD and mask & InotifyMask.IN_MASK_CREATE:
        raise Errno(E.EINVAL)
    queue = _queue(task, fd)
    follow = not mask & InotifyMask.IN_DONT_FOLLOW
    dentry = task.fs.find(task.files, AT_FDCWD, path, follow=follow, credentials=task.credentials)
    if mask & InotifyMask.IN_ONLYDIR and not dentry.inode.is_directory:
        raise Errno(E.ENOTDIR)
    check(dentry.inode, task.credentials, READ)
    return queue.add(dentry.inode, mask)


@syscall("inotify_rm_watch")
def inotify_rm_watch(task: Task, fd: Fd, watch: Int) -> None:
    _queue(task, fd).remove(watch)


@syscall("fanotify_init", note="refused, as by a kernel built without it")
def fanotify_init(task: Task, flags: UInt, event_flags: UInt) -> None:
    raise Errno(E.ENOSYS)


@syscall("fanotify_mark", note="refused, as by a kernel built without it")
def fanotify_mark(task: Task, fd: Fd, flags: UInt, mask: ULong, directory: DirFd, path: Address) -> None:
    raise Errno(E.ENOSYS)


@syscall("name_to_handle_at", note="refused: no file system here can be exported")
def name_to_handle_at(task: Task, directory: DirFd, path: Path, handle: Address, mount: Address, flags: Int) -> None:
    raise Errno(E.EOPNOTSUPP)


@syscall("open_by_handle_at", note="refused: no file system here can be exported")
def open_by_handle_at(task: Task, mount: Fd, handle: Address, flags: Int) -> None:
    raise Errno(E.ESTALE)

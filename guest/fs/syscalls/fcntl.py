"""fcntl and flock: flags of descriptors and open files, locks, seals, who is told of readiness."""

from __future__ import annotations

from collections.abc import Callable

from guest.abi.constants import SIGNAL_COUNT, FcntlCommand
from guest.abi.errno import E, Errno
from guest.abi.files import F_GETOWN_EX, F_OWNER_PGRP, F_OWNER_TID, F_SETOWN_EX, OwnerEx
from guest.abi.flags import DescriptorFlag, OpenFlag
from guest.abi.sigio import SigioCode
from guest.abi.structs import Flock
from guest.arguments import Address, FcntlName, Fd, signed32
from guest.fs.arguments import FlockOperations
from guest.fs.content_file import ContentFile
from guest.fs.dnotify import watch
from guest.fs.file import SETTABLE_FLAGS, File, PathFile
from guest.fs.locks import F_RDLCK, F_UNLCK, F_WRLCK, LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, OFFSET_MAX, RecordLock
from guest.fs.permission import is_owner
from guest.fs.seals import add_seals
from guest.mm.user_copy import copy_from_user, write_struct
from guest.signal.sigio import send_sigio, set_async, set_owner
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking

_OFD = (FcntlCommand.F_OFD_GETLK, FcntlCommand.F_OFD_SETLK, FcntlCommand.F_OFD_SETLKW)
_WAITING = (FcntlCommand.F_SETLKW, FcntlCommand.F_OFD_SETLKW)


@syscall("fcntl", partial="no leases; O_ASYNC for pipes (their writers only when there is room again) and sockets only")
def fcntl(task: Task, fd: Fd, command: FcntlName, argument: Address) -> int | Blocking[None] | None:
    file = task.files.get(fd)
    handler = _ON_DESCRIPTORS.get(command)
    if handler is not None:
        return handler(task, fd, argument)
    if command == FcntlCommand.F_GETFL:
        # The kernel reports O_LARGEFILE, which it sets for every 64-bit program.
        return file.flags | (0 if isinstance(file, PathFile) else OpenFlag.O_LARGEFILE)
    if isinstance(file, PathFile):
        raise Errno(E.EBADF)
    if command == FcntlCommand.F_SETFL:
        return _set_flags(task, fd, file, argument)
    if command == FcntlCommand.F_NOTIFY:
        return _notify(task, fd, file, argument)
    on_file = _ON_FILES.get(command)
    if on_file is not None:
        return on_file(task, file, argument)
    if command in (FcntlCommand.F_GETLK, FcntlCommand.F_OFD_GETLK):
        _get_lock(task, file, command, argument)
        return None
    if command in _SET_LOCK:
        return _set_lock(task, file, command, argument)
    # Sizes of pipes and whatever else a file of its kind has.
    return file.fcntl(task, command, argument)


# -- descriptors -----------------------------------------------------------------------------------------------


def _duplicate(task: Task, fd: int, argument: int) -> int:
    return task.files.duplicate(fd, lowest=argument & 0xFFFFFFFF)


def _duplicate_close_on_exec(task: Task, fd: int, argument: int) -> int:
    return task.files.duplicate(fd, lowest=argument & 0xFFFFFFFF, close_on_exec=True)


def _get_descriptor_flags(task: Task, fd: int, argument: int) -> int:
    return int(DescriptorFlag.FD_CLOEXEC) if task.files.close_on_exec(fd) else 0


def _set_descriptor_flags(task: Task, fd: int, argument: int) -> int:
    task.files.set_close_on_exec(fd, bool(argument & DescriptorFlag.FD_CLOEXEC))
    return 0


_ON_DESCRIPTORS: dict[int, Callable[[Task, int, int], int]] = {
    FcntlCommand.F_DUPFD: _duplicate,
    FcntlCommand.F_DUPFD_CLOEXEC: _duplicate_close_on_exec,
    FcntlCommand.F_GETFD: _get_descriptor_flags,
    FcntlCommand.F_SETFD: _set_descriptor_flags,
}


# -- open files ------------------------------------------------------------------------------------------------


def _set_flags(task: Task, fd: int, file: File, argument: int) -> int:
    if argument & OpenFlag.O_NOATIME & ~file.flags and not is_owner(file.dentry.inode, task.credentials):
        raise Errno(E.EPERM)
    file.flags = int(file.flags & ~SETTABLE_FLAGS | argument & SETTABLE_FLAGS)
    if (argument ^ file.flags) & OpenFlag.O_ASYNC:
        set_async(task.kernel, file, fd, wanted=bool(argument & OpenFlag.O_ASYNC))
    return 0


def _set_owner(task: Task, file: File, argument: int) -> int:
    owner = signed32(task, argument)
    if owner == -(1 << 31):
        raise Errno(E.EINVAL)
    _check_owner(task, owner)
    set_owner(task, file, owner)
    return 0


def _check_owner(task: Task, owner: int) -> None:
    tasks = task.kernel.tasks
    if owner > 0 and tasks.process(owner) is None and tasks.find(owner) is None:
        raise Errno(E.ESRCH)
    if owner < 0 and not tasks.group(-owner):
        raise Errno(E.ESRCH)


def _get_owner(task: Task, file: File, argument: int) -> int:
    return file.owner


def _set_owner_ex(task: Task, file: File, argument: int) -> int:
    wanted = OwnerEx.from_bytes(copy_from_user(task.mm, argument, OwnerEx.size))
    if not F_OWNER_TID <= wanted.type <= F_OWNER_PGRP or wanted.pid < 0:
        raise Errno(E.EINVAL)
    owner = -wanted.pid if wanted.type == F_OWNER_PGRP else wanted.pid
    _check_owner(task, owner)
    set_owner(task, file, owner)
    return 0


def _get_owner_ex(task: Task, file: File, argument: int) -> int:
    kind = F_OWNER_PGRP if file.owner < 0 else F_OWNER_PGRP - 1
    write_struct(task.mm, argument, OwnerEx(kind, abs(file.owner)))
    return 0


def _notify(task: Task, fd: int, file: File, argument: int) -> int:
    """F_NOTIFY: the caller gets a signal when something in the directory changes."""
    kernel = task.kernel

    def tell(descriptor: int) -> None:
        send_sigio(kernel, file, descriptor, SigioCode.POLL_MSG)

    watched = watch(kernel.tree.notifier, file, task.files, fd, argument & 0xFFFFFFFF, tell)
    if watched and not file.owner:
        set_owner(task, file, task.pid)
    return 0


def _set_signal(task: Task, file: File, argument: int) -> int:
    if not 0 <= argument <= SIGNAL_COUNT:
        raise Errno(E.EINVAL)
    file.owner_signal = argument
    return 0


def _get_signal(task: Task, file: File, argument: int) -> int:
    return file.owner_signal


def _set_lease(task: Task, file: File, argument: int) -> int:
    if argument == F_UNLCK:
        raise Errno(E.EAGAIN)
    if not is_owner(file.dentry.inode, task.credentials):
        raise Errno(E.EACCES)
    raise Errno(E.EINVAL)


def _get_lease(task: Task, file: File, argument: int) -> int:
    return F_UNLCK


def _add_seals(task: Task, file: File, argument: int) -> int:
    if not isinstance(file, ContentFile):
        raise Errno(E.EINVAL)
    if not file.writable:
        raise Errno(E.EPERM)
    add_seals(file.inode, argument & 0xFFFFFFFF)
    return 0


def _get_seals(task: Task, file: File, argument: int) -> int:
    if not isinstance(file, ContentFile):
        raise Errno(E.EINVAL)
    return file.inode.seals


_ON_FILES: dict[int, Callable[[Task, File, int], int]] = {
    FcntlCommand.F_SETOWN: _set_owner,
    FcntlCommand.F_GETOWN: _get_owner,
    F_SETOWN_EX: _set_owner_ex,
    F_GETOWN_EX: _get_owner_ex,
    FcntlCommand.F_SETSIG: _set_signal,
    FcntlCommand.F_GETSIG: _get_signal,
    FcntlCommand.F_SETLEASE: _set_lease,
    FcntlCommand.F_GETLEASE: _get_lease,
    FcntlCommand.F_ADD_SEALS: _add_seals,
    FcntlCommand.F_GET_SEALS: _get_seals,
}


# -- locks -----------------------------------------------------------------------------------------------------

_SET_LOCK = (
    FcntlCommand.F_SETLK, FcntlCommand.F_SETLKW, FcntlCommand.F_OFD_SETLK, FcntlCommand.F_OFD_SETLKW,
)  # fmt: skip


def _wanted(task: Task, file: File, command: int, lock: Flock) -> RecordLock:
    """The lock that a struct flock describes (EINVAL, EOVERFLOW)."""
    if lock.l_type not in (F_RDLCK, F_WRLCK, F_UNLCK):
        raise Errno(E.EINVAL)
    if lock.l_whence == 0:
        base = 0
    elif lock.l_whence == 1:
        base = file.offset
    elif lock.l_whence == 2:
        base = file.size()
    else:
        raise Errno(E.EINVAL)
    if lock.l_start > OFFSET_MAX - base:
        raise Errno(E.EOVERFLOW)
    start = base + lock.l_start
    if lock.l_len > 0:
        end = start + lock.l_len - 1
        if end > OFFSET_MAX:
            raise Errno(E.EOVERFLOW)
    elif lock.l_len < 0:
        start, end = start + lock.l_len, start - 1
    else:
        end = OFFSET_MAX
    if start < 0:
        raise Errno(E.EINVAL)
    exclusive = lock.l_type == F_WRLCK
    if command in _OFD:
        if lock.l_pid:
            raise Errno(E.EINVAL)
        return RecordLock(file, exclusive, start, end, -1)
    return RecordLock(task.files, exclusive, start, end, task.pid)


def _get_lock(task: Task, file: File, command: int, argument: int) -> None:
    lock = Flock.from_bytes(copy_from_user(task.mm, argument, Flock.size))
    if lock.l_type not in (F_RDLCK, F_WRLCK):
        raise Errno(E.EINVAL)
    wanted = _wanted(task, file, command, lock)
    locks = file.dentry.mount.locks
    found = locks.find_conflict(file.dentry.inode, wanted) if locks is not None else None
    if found is None:
        lock.l_type = F_UNLCK
    else:
        length = 0 if found.end == OFFSET_MAX else found.end - found.start + 1
        lock = Flock(F_WRLCK if found.exclusive else F_RDLCK, 0, found.start, length, found.pid)
    write_struct(task.mm, argument, lock)


def _set_lock(task: Task, file: File, command: int, argument: int) -> Blocking[None] | None:
    lock = Flock.from_bytes(copy_from_user(task.mm, argument, Flock.size))
    wanted = _wanted(task, file, command, lock)
    locks = file.dentry.mount.locks
    if locks is None:
        raise Errno(E.EINVAL)
    if lock.l_type == F_UNLCK:
        locks.unlock(file.dentry.inode, wanted.owner, wanted.start, wanted.end)
        return None
    if not (file.writable if lock.l_type == F_WRLCK else file.readable):
        raise Errno(E.EBADF)
    return locks.set(file.dentry.inode, wanted, wait=command in _WAITING)


@syscall("flock")
def flock(task: Task, fd: Fd, operation: FlockOperations) -> Blocking[None] | None:
    file = task.files.get_io(fd)
    if operation & ~LOCK_NB not in (LOCK_SH, LOCK_EX, LOCK_UN):
        raise Errno(E.EINVAL)
    locks = file.dentry.mount.locks
    if locks is None:
        # Pipes and sockets can be locked on Linux, each alone: nobody else has them open by name.
        return None
    return locks.flock(file, operation)

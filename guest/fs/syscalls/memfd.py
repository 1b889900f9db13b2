"""memfd_create: files in memory without a name."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.files import MemfdFlag
from guest.abi.flags import OpenFlag
from guest.arguments import Path
from guest.fs.arguments import MemfdFlags
from guest.fs.content_file import ContentFile
from guest.fs.dentry import Dentry
from guest.fs.file import File
from guest.fs.inode import Attributes
from guest.fs.seals import F_SEAL_EXEC
from guest.fs.tmpfs import F_SEAL_SEAL, TmpfsRegular
from guest.syscall import syscall
from guest.task import Task

_PREFIX = b"/memfd:"
_NAME_MAX = 255 - len(_PREFIX) + 1


def make_memfd(task: Task, name: bytes, flags: int) -> File:
    """A file as memfd_create gives it (`flags` are MFD_*), without a descriptor."""
    tree = task.kernel.tree
    mode = 0o666 if flags & MemfdFlag.MFD_NOEXEC_SEAL else 0o777
    attributes = Attributes(mode, task.credentials.fsuid, task.credentials.fsgid)
    inode = TmpfsRegular(tree.shmem, attributes)
    inode.links = 0
    inode.may_be_linked = False
    if flags & MemfdFlag.MFD_NOEXEC_SEAL:
        inode.seals = F_SEAL_EXEC
    elif flags & MemfdFlag.MFD_ALLOW_SEALING:
        inode.seals = 0
    else:
        inode.seals = F_SEAL_SEAL
    dentry = Dentry(None, _PREFIX + name + b" (deleted)", inode, tree.shmem_mount)
    return ContentFile(dentry, int(OpenFlag.O_RDWR), inode)


@syscall("memfd_create", partial="no huge pages")
def memfd_create(task: Task, name: Path, flags: MemfdFlags) -> int:
    if flags & ~sum(MemfdFlag) or flags & MemfdFlag.MFD_HUGETLB:
        raise Errno(E.EINVAL)
    if flags & MemfdFlag.MFD_EXEC and flags & MemfdFlag.MFD_NOEXEC_SEAL:
        raise Errno(E.EINVAL)
    if len(name) >= _NAME_MAX:
        raise Errno(E.EINVAL)
    return task.files.install(make_memfd(task, name, flags), close_on_exec=bool(flags & MemfdFlag.MFD_CLOEXEC))

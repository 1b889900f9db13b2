"""Seals of files in memory: promises between processes that share a memfd (F_ADD_SEALS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.fs.tmpfs import F_SEAL_SEAL

if TYPE_CHECKING:
    from guest.fs.tmpfs import TmpfsRegular

F_SEAL_SHRINK = 0x2
F_SEAL_GROW = 0x4
F_SEAL_WRITE = 0x8
F_SEAL_FUTURE_WRITE = 0x10
F_SEAL_EXEC = 0x20
NO_WRITES = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE
_ALL = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC


def check_write(inode: TmpfsRegular, end: int) -> None:
    """EPERM if what was sealed forbids to write up to `end`."""
    if inode.seals & NO_WRITES or (inode.seals & F_SEAL_GROW and end > inode.size):
        raise Errno(E.EPERM)


def check_truncate(inode: TmpfsRegular, size: int) -> None:
    """EPERM if what was sealed forbids this size."""
    if (inode.seals & F_SEAL_SHRINK and size < inode.size) or (inode.seals & F_SEAL_GROW and size > inode.size):
        raise Errno(E.EPERM)


def add_seals(inode: TmpfsRegular, seals: int) -> None:
    """Seal more (EPERM if that itself is sealed, EINVAL for unknown ones, EBUSY if a mapping may still write)."""
    if seals & ~_ALL:
        raise Errno(E.EINVAL)
    if inode.seals & F_SEAL_SEAL:
        raise Errno(E.EPERM)
    if seals & F_SEAL_EXEC and inode.mode & 0o111:
        # An executable file that is to stay so cannot be written any more either.
        seals |= F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE
    if seals & F_SEAL_WRITE and not inode.seals & F_SEAL_WRITE and inode.content.has_writable_mapping():
        raise Errno(E.EBUSY)
    inode.seals |= seals

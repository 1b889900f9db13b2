"""Numbers and structures of calls on files and names."""

from __future__ import annotations

from enum import IntEnum

from guest.abi.cstruct import I32, U64, Struct
from guest.abi.flag_word import FlagWord

RWF_HIPRI = 0x1
RWF_DSYNC = 0x2
RWF_SYNC = 0x4
RWF_NOWAIT = 0x8
RWF_APPEND = 0x10


class ReadWriteFlag(FlagWord):
    """Flags of preadv2 and pwritev2."""

    RWF_HIPRI = RWF_HIPRI
    RWF_DSYNC = RWF_DSYNC
    RWF_SYNC = RWF_SYNC
    RWF_NOWAIT = RWF_NOWAIT
    RWF_APPEND = RWF_APPEND


class FallocateMode(FlagWord):
    """Modes of fallocate."""

    FALLOC_FL_KEEP_SIZE = 0x1
    FALLOC_FL_PUNCH_HOLE = 0x2
    FALLOC_FL_COLLAPSE_RANGE = 0x8
    FALLOC_FL_ZERO_RANGE = 0x10
    FALLOC_FL_INSERT_RANGE = 0x20
    FALLOC_FL_UNSHARE_RANGE = 0x40


class FlockOperation(FlagWord):
    """Operations of flock."""

    LOCK_SH = 0x1
    LOCK_EX = 0x2
    LOCK_NB = 0x4
    LOCK_UN = 0x8


class MemfdFlag(FlagWord):
    """Flags of memfd_create."""

    MFD_CLOEXEC = 0x1
    MFD_ALLOW_SEALING = 0x2
    MFD_HUGETLB = 0x4
    MFD_NOEXEC_SEAL = 0x8
    MFD_EXEC = 0x10


class MountFlag(FlagWord):
    """Flags of mount."""

    MS_RDONLY = 0x1
    MS_NOSUID = 0x2
    MS_NODEV = 0x4
    MS_NOEXEC = 0x8
    MS_SYNCHRONOUS = 0x10
    MS_REMOUNT = 0x20
    MS_MANDLOCK = 0x40
    MS_DIRSYNC = 0x80
    MS_NOSYMFOLLOW = 0x100
    MS_NOATIME = 0x400
    MS_NODIRATIME = 0x800
    MS_BIND = 0x1000
    MS_MOVE = 0x2000
    MS_REC = 0x4000
    MS_SILENT = 0x8000
    MS_UNBINDABLE = 0x20000
    MS_PRIVATE = 0x40000
    MS_SLAVE = 0x80000
    MS_SHARED = 0x100000
    MS_RELATIME = 0x200000
    MS_STRICTATIME = 0x1000000
    MS_LAZYTIME = 0x2000000


class UmountFlag(FlagWord):
    """Flags of umount2."""

    MNT_FORCE = 0x1
    MNT_DETACH = 0x2
    MNT_EXPIRE = 0x4
    UMOUNT_NOFOLLOW = 0x8


class CloseRangeFlag(FlagWord):
    """Flags of close_range."""

    CLOSE_RANGE_UNSHARE = 0x2
    CLOSE_RANGE_CLOEXEC = 0x4


class XattrFlag(FlagWord):
    """Flags of setxattr."""

    XATTR_CREATE = 0x1
    XATTR_REPLACE = 0x2


class Advice(IntEnum):
    """Advice of fadvise64."""

    POSIX_FADV_NORMAL = 0
    POSIX_FADV_RANDOM = 1
    POSIX_FADV_SEQUENTIAL = 2
    POSIX_FADV_WILLNEED = 3
    POSIX_FADV_DONTNEED = 4
    POSIX_FADV_NOREUSE = 5


F_SETOWN_EX = 15
F_GETOWN_EX = 16
F_OWNER_TID, F_OWNER_PID, F_OWNER_PGRP = 0, 1, 2


class OwnerEx(Struct):
    """struct f_owner_ex."""

    type: I32 = 0
    pid: I32 = 0


class OpenHow(Struct):
    """struct open_how."""

    flags: U64 = 0
    mode: U64 = 0
    resolve: U64 = 0

"""Flag words of system calls. `show_flags` writes them as strace does."""

from __future__ import annotations

from enum import IntFlag

from guest.abi.flag_word import FlagWord


class OpenFlag(FlagWord):
    """Flags of open; the access mode is in the low two bits."""

    O_WRONLY = 0o1
    O_RDWR = 0o2
    O_CREAT = 0o100
    O_EXCL = 0o200
    O_NOCTTY = 0o400
    O_TRUNC = 0o1000
    O_APPEND = 0o2000
    O_NONBLOCK = 0o4000
    O_DSYNC = 0o10000
    O_ASYNC = 0o20000
    O_DIRECTORY = 0o40000
    O_NOFOLLOW = 0o100000
    O_DIRECT = 0o200000
    O_LARGEFILE = 0o400000
    O_NOATIME = 0o1000000
    O_CLOEXEC = 0o2000000
    O_SYNC = 0o4010000
    O_PATH = 0o10000000
    O_TMPFILE = 0o20040000


class AtFlag(FlagWord):
    """Flags of the *at calls."""

    AT_SYMLINK_NOFOLLOW = 0x100
    AT_REMOVEDIR = 0x200
    AT_SYMLINK_FOLLOW = 0x400
    AT_NO_AUTOMOUNT = 0x800
    AT_EMPTY_PATH = 0x1000
    AT_STATX_FORCE_SYNC = 0x2000
    AT_STATX_DONT_SYNC = 0x4000


class AccessMode(FlagWord):
    """What faccessat asks for."""

    X_OK = 1
    W_OK = 2
    R_OK = 4


class MapProtection(FlagWord):
    """Protection of a mapping."""

    PROT_READ = 0x1
    PROT_WRITE = 0x2
    PROT_EXEC = 0x4
    PROT_BTI = 0x10
    PROT_MTE = 0x20
    PROT_GROWSDOWN = 0x1000000
    PROT_GROWSUP = 0x2000000


class MapFlag(FlagWord):
    """Flags of mmap."""

    MAP_SHARED = 0x1
    MAP_PRIVATE = 0x2
    MAP_SHARED_VALIDATE = 0x3
    MAP_FIXED = 0x10
    MAP_ANONYMOUS = 0x20
    MAP_GROWSDOWN = 0x100
    MAP_DENYWRITE = 0x800
    MAP_EXECUTABLE = 0x1000
    MAP_LOCKED = 0x2000
    MAP_NORESERVE = 0x4000
    MAP_POPULATE = 0x8000
    MAP_NONBLOCK = 0x10000
    MAP_STACK = 0x20000
    MAP_HUGETLB = 0x40000
    MAP_SYNC = 0x80000
    MAP_FIXED_NOREPLACE = 0x100000


class RemapFlag(FlagWord):
    """Flags of mremap."""

    MREMAP_MAYMOVE = 0x1
    MREMAP_FIXED = 0x2
    MREMAP_DONTUNMAP = 0x4


class MsyncFlag(FlagWord):
    """Flags of msync."""

    MS_ASYNC = 0x1
    MS_INVALIDATE = 0x2
    MS_SYNC = 0x4


class CloneFlag(FlagWord):
    """What clone shares with the new task."""

    CLONE_VM = 0x100
    CLONE_FS = 0x200
    CLONE_FILES = 0x400
    CLONE_SIGHAND = 0x800
    CLONE_PIDFD = 0x1000
    CLONE_PTRACE = 0x2000
    CLONE_VFORK = 0x4000
    CLONE_PARENT = 0x8000
    CLONE_THREAD = 0x10000
    CLONE_NEWNS = 0x20000
    CLONE_SYSVSEM = 0x40000
    CLONE_SETTLS = 0x80000
    CLONE_PARENT_SETTID = 0x100000
    CLONE_CHILD_CLEARTID = 0x200000
    CLONE_DETACHED = 0x400000
    CLONE_UNTRACED = 0x800000
    CLONE_CHILD_SETTID = 0x1000000
    CLONE_NEWCGROUP = 0x2000000
    CLONE_NEWUTS = 0x4000000
    CLONE_NEWIPC = 0x8000000
    CLONE_NEWUSER = 0x10000000
    CLONE_NEWPID = 0x20000000
    CLONE_NEWNET = 0x40000000
    CLONE_IO = 0x80000000


class RenameFlag(FlagWord):
    """Flags of renameat2."""

    RENAME_NOREPLACE = 0x1
    RENAME_EXCHANGE = 0x2
    RENAME_WHITEOUT = 0x4


class RandomFlag(FlagWord):
    """Flags of getrandom."""

    GRND_NONBLOCK = 0x1
    GRND_RANDOM = 0x2
    GRND_INSECURE = 0x4


class DescriptorFlag(FlagWord):
    """Flags of a file descriptor (not of the open file)."""

    FD_CLOEXEC = 0x1


class TimerFlag(FlagWord):
    """Flags of clock_nanosleep."""

    TIMER_ABSTIME = 0x1


class SigactionFlag(FlagWord):
    """Flags of a signal action."""

    SA_NOCLDSTOP = 0x1
    SA_NOCLDWAIT = 0x2
    SA_SIGINFO = 0x4
    SA_RESTORER = 0x4000000
    SA_ONSTACK = 0x8000000
    SA_RESTART = 0x10000000
    SA_NODEFER = 0x40000000
    SA_RESETHAND = 0x80000000


class StatxMask(FlagWord):
    """Members that statx is asked for."""

    STATX_TYPE = 0x1
    STATX_MODE = 0x2
    STATX_NLINK = 0x4
    STATX_UID = 0x8
    STATX_GID = 0x10
    STATX_ATIME = 0x20
    STATX_MTIME = 0x40
    STATX_CTIME = 0x80
    STATX_INO = 0x100
    STATX_SIZE = 0x200
    STATX_BLOCKS = 0x400
    STATX_BTIME = 0x800
    STATX_MNT_ID = 0x1000
    STATX_DIOALIGN = 0x2000
    STATX_BASIC_STATS = 0x7FF
    STATX_ALL = 0xFFF


class PollEvent(FlagWord):
    """Readiness of a file."""

    POLLIN = 0x1
    POLLPRI = 0x2
    POLLOUT = 0x4
    POLLERR = 0x8
    POLLHUP = 0x10
    POLLNVAL = 0x20
    POLLRDNORM = 0x40
    POLLRDBAND = 0x80
    POLLWRNORM = 0x100
    POLLWRBAND = 0x200
    POLLRDHUP = 0x2000


AT_FDCWD = -100
"""Directory descriptor that means the current directory."""

O_ACCMODE = 0o3
"""Mask of the access mode in open's flags."""


def show_flags(kind: type[IntFlag], value: int) -> str:
    """The names of the bits of `value` joined by |, then unknown bits in hexadecimal; 0 for none."""
    names: list[str] = []
    rest = value
    # Flags of several bits (O_SYNC holds O_DSYNC) go first, so that they are not taken apart.
    for member in sorted(kind.__members__.values(), key=lambda flag: -flag.value.bit_count()):
        if rest & member == member.value:
            names.append(member.name or hex(member.value))
            rest &= ~member.value
    order = {name: position for position, name in enumerate(kind.__members__)}
    names.sort(key=lambda name: order[name])
    return "|".join(names + ([hex(rest)] if rest else [])) or "0"


def show_open_flags(value: int) -> str:
    """Flags of open with the access mode spelled out: `O_RDONLY|O_CLOEXEC`."""
    mode = ("O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE")[value & O_ACCMODE]
    rest = show_flags(OpenFlag, value & ~O_ACCMODE)
    return mode if rest == "0" else f"{mode}|{rest}"

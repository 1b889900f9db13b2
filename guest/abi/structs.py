"""C structures that system calls exchange, with the member names of the kernel's headers."""

from __future__ import annotations

import stat as _stat
from dataclasses import field
from typing import Annotated, Self

from guest.abi.cstruct import I32, I64, U8, U16, U32, U64, Array, Struct


class Timespec(Struct):
    """struct __kernel_timespec: seconds and nanoseconds."""

    tv_sec: I64 = 0
    tv_nsec: I64 = 0

    @classmethod
    def from_ns(cls, ns: int) -> Self:
        return cls(*divmod(ns, 10**9))

    @property
    def ns(self) -> int:
        return self.tv_sec * 10**9 + self.tv_nsec


class Timeval(Struct):
    """struct timeval: seconds and microseconds."""

    tv_sec: I64 = 0
    tv_usec: I64 = 0

    @classmethod
    def from_ns(cls, ns: int) -> Self:
        seconds, rest = divmod(ns, 10**9)
        return cls(seconds, rest // 1000)


class Timezone(Struct):
    """struct timezone, which Linux keeps at zero."""

    tz_minuteswest: I32 = 0
    tz_dsttime: I32 = 0


class Itimerspec(Struct):
    """struct itimerspec: period and first expiry."""

    it_interval: Timespec = field(default_factory=Timespec)
    it_value: Timespec = field(default_factory=Timespec)


class Tms(Struct):
    """struct tms: processor times in clock ticks (100 a second)."""

    tms_utime: I64 = 0
    tms_stime: I64 = 0
    tms_cutime: I64 = 0
    tms_cstime: I64 = 0


class Stat(Struct):
    """struct stat of asm-generic."""

    st_dev: U64 = 0
    st_ino: U64 = 0
    st_mode: U32 = 0
    st_nlink: U32 = 1
    st_uid: U32 = 0
    st_gid: U32 = 0
    st_rdev: U64 = 0
    pad1: U64 = 0
    st_size: I64 = 0
    st_blksize: I32 = 4096
    pad2: I32 = 0
    st_blocks: I64 = 0
    atime: Timespec = field(default_factory=Timespec)
    mtime: Timespec = field(default_factory=Timespec)
    ctime: Timespec = field(default_factory=Timespec)
    unused4: U32 = 0
    unused5: U32 = 0

    @classmethod
    def show(cls, value: Self) -> str:
        kind = show_mode(value.st_mode)
        if _stat.S_ISCHR(value.st_mode) or _stat.S_ISBLK(value.st_mode):
            major, minor = split_device(value.st_rdev)
            return f"{{st_mode={kind}, st_rdev=makedev({major:#x}, {minor:#x}), ...}}"
        return f"{{st_mode={kind}, st_size={value.st_size}, ...}}"


class StatxTimestamp(Struct):
    """struct statx_timestamp."""

    tv_sec: I64 = 0
    tv_nsec: U32 = 0
    reserved: I32 = 0


class Statx(Struct):
    """struct statx (256 bytes)."""

    stx_mask: U32 = 0
    stx_blksize: U32 = 4096
    stx_attributes: U64 = 0
    stx_nlink: U32 = 1
    stx_uid: U32 = 0
    stx_gid: U32 = 0
    stx_mode: U16 = 0
    spare0: U16 = 0
    stx_ino: U64 = 0
    stx_size: U64 = 0
    stx_blocks: U64 = 0
    stx_attributes_mask: U64 = 0
    stx_atime: StatxTimestamp = field(default_factory=StatxTimestamp)
    stx_btime: StatxTimestamp = field(default_factory=StatxTimestamp)
    stx_ctime: StatxTimestamp = field(default_factory=StatxTimestamp)
    stx_mtime: StatxTimestamp = field(default_factory=StatxTimestamp)
    stx_rdev_major: U32 = 0
    stx_rdev_minor: U32 = 0
    stx_dev_major: U32 = 0
    stx_dev_minor: U32 = 0
    stx_mnt_id: U64 = 0
    stx_dio_mem_align: U32 = 0
    stx_dio_offset_align: U32 = 0
    spare3: Annotated[tuple[int, ...], Array("Q", 12)] = (0,) * 12

    @classmethod
    def show(cls, value: Self) -> str:
        kind = show_mode(value.stx_mode)
        return f"{{stx_mask={value.stx_mask:#x}, stx_attributes=0, stx_mode={kind}, stx_size={value.stx_size}, ...}}"


class Statfs(Struct):
    """struct statfs of 64-bit asm-generic."""

    f_type: I64 = 0
    f_bsize: I64 = 4096
    f_blocks: U64 = 0
    f_bfree: U64 = 0
    f_bavail: U64 = 0
    f_files: U64 = 0
    f_ffree: U64 = 0
    f_fsid: Annotated[tuple[int, ...], Array("i", 2)] = (0, 0)
    f_namelen: I64 = 255
    f_frsize: I64 = 4096
    f_flags: I64 = 0
    f_spare: Annotated[tuple[int, ...], Array("q", 4)] = (0, 0, 0, 0)


class Iovec(Struct):
    """struct iovec: one piece of a scattered buffer."""

    iov_base: U64 = 0
    iov_len: U64 = 0


class Rlimit(Struct):
    """struct rlimit64; RLIM_INFINITY is all ones."""

    rlim_cur: U64 = 0
    rlim_max: U64 = 0

    @classmethod
    def show(cls, value: Self) -> str:
        return f"{{rlim_cur={_show_limit(value.rlim_cur)}, rlim_max={_show_limit(value.rlim_max)}}}"


class Utsname(Struct):
    """struct new_utsname: six strings of 65 bytes."""

    sysname: Annotated[bytes, Array("s", 65)] = b""
    nodename: Annotated[bytes, Array("s", 65)] = b""
    release: Annotated[bytes, Array("s", 65)] = b""
    version: Annotated[bytes, Array("s", 65)] = b""
    machine: Annotated[bytes, Array("s", 65)] = b""
    domainname: Annotated[bytes, Array("s", 65)] = b""


class Sysinfo(Struct):
    """struct sysinfo."""

    uptime: I64 = 0
    loads: Annotated[tuple[int, ...], Array("Q", 3)] = (0, 0, 0)
    totalram: U64 = 0
    freeram: U64 = 0
    sharedram: U64 = 0
    bufferram: U64 = 0
    totalswap: U64 = 0
    freeswap: U64 = 0
    procs: U16 = 0
    pad: U16 = 0
    totalhigh: U64 = 0
    freehigh: U64 = 0
    mem_unit: U32 = 1


class Rusage(Struct):
    """struct rusage."""

    ru_utime: Timeval = field(default_factory=Timeval)
    ru_stime: Timeval = field(default_factory=Timeval)
    ru_maxrss: I64 = 0
    ru_ixrss: I64 = 0
    ru_idrss: I64 = 0
    ru_isrss: I64 = 0
    ru_minflt: I64 = 0
    ru_majflt: I64 = 0
    ru_nswap: I64 = 0
    ru_inblock: I64 = 0
    ru_oublock: I64 = 0
    ru_msgsnd: I64 = 0
    ru_msgrcv: I64 = 0
    ru_nsignals: I64 = 0
    ru_nvcsw: I64 = 0
    ru_nivcsw: I64 = 0


class Termios(Struct):
    """The kernel's struct termios (19 control characters), as TCGETS gives it."""

    c_iflag: U32 = 0
    c_oflag: U32 = 0
    c_cflag: U32 = 0
    c_lflag: U32 = 0
    c_line: U8 = 0
    c_cc: Annotated[tuple[int, ...], Array("B", 19)] = (0,) * 19


class Winsize(Struct):
    """struct winsize: rows and columns of a terminal."""

    ws_row: U16 = 0
    ws_col: U16 = 0
    ws_xpixel: U16 = 0
    ws_ypixel: U16 = 0


class Sigaction(Struct):
    """The kernel's struct sigaction on arm64, which has a restorer and a 64-bit mask."""

    sa_handler: U64 = 0
    sa_flags: U64 = 0
    sa_restorer: U64 = 0
    sa_mask: U64 = 0

    @classmethod
    def show(cls, value: Self) -> str:
        handler = {0: "SIG_DFL", 1: "SIG_IGN"}.get(value.sa_handler, hex(value.sa_handler))
        return f"{{sa_handler={handler}, sa_mask={value.sa_mask:#x}, sa_flags={value.sa_flags:#x}}}"


class SigaltStack(Struct):
    """stack_t: an alternate signal stack."""

    ss_sp: U64 = 0
    ss_flags: I32 = 0
    ss_size: U64 = 0


class Flock(Struct):
    """struct flock: a byte-range lock."""

    l_type: U16 = 0
    l_whence: U16 = 0
    l_start: I64 = 0
    l_len: I64 = 0
    l_pid: I32 = 0


class RobustListHead(Struct):
    """struct robust_list_head."""

    next: U64 = 0
    futex_offset: I64 = 0
    list_op_pending: U64 = 0


class Pollfd(Struct):
    """struct pollfd."""

    fd: I32 = 0
    events: U16 = 0
    revents: U16 = 0


DIRENT64_NAME_OFFSET = 19
"""offsetof(struct linux_dirent64, d_name): inode 8, offset 8, length 2, type 1."""


def dirent64(inode: int, offset: int, kind: int, name: bytes) -> bytes:
    """One struct linux_dirent64: padded to 8 bytes, name terminated by NUL; `offset` is the cookie of the next
    entry.
    """
    length = -(-(DIRENT64_NAME_OFFSET + len(name) + 1) // 8) * 8
    head = inode.to_bytes(8, "little") + offset.to_bytes(8, "little", signed=True)
    head += length.to_bytes(2, "little") + bytes([kind])
    return (head + name).ljust(length, b"\0")


def make_device(major: int, minor: int) -> int:
    """A device number in the kernel's 32-bit encoding (new_encode_dev)."""
    return (minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12)


def split_device(device: int) -> tuple[int, int]:
    """Major and minor of a device number."""
    return (device >> 8) & 0xFFF, (device & 0xFF) | ((device >> 12) & 0xFFF00)


def show_mode(mode: int) -> str:
    """A file mode as strace writes it: `S_IFREG|0644`."""
    kinds = {
        _stat.S_IFREG: "S_IFREG", _stat.S_IFDIR: "S_IFDIR", _stat.S_IFLNK: "S_IFLNK", _stat.S_IFCHR: "S_IFCHR",
        _stat.S_IFBLK: "S_IFBLK", _stat.S_IFIFO: "S_IFIFO", _stat.S_IFSOCK: "S_IFSOCK",
    }  # fmt: skip
    return f"{kinds.get(_stat.S_IFMT(mode), oct(_stat.S_IFMT(mode)))}|{_stat.S_IMODE(mode):#05o}".replace("0o", "0")


def _show_limit(value: int) -> str:
    if value == 2**64 - 1:
        return "RLIM64_INFINITY"
    return f"{value // 1024}*1024" if value > 1024 and value % 1024 == 0 else str(value)

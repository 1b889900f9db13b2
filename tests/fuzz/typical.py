"""Arguments with which calls that need several right ones at once often succeed.

A table of single calls, unlike `declared.py`, which knows only types: without it few random calls would get past the
checks of their arguments to where most of their work is done."""

from __future__ import annotations

import struct
from typing import Any

import guest.syscall_table  # noqa: F401  (declares the calls)
from guest.abi import constants, socket
from guest.abi.events import EpollEventFlag
from tests.fuzz import generate as st
from tests.fuzz.data import sockaddr_bytes, strings
from tests.fuzz.generate import Generator, mixed
from tests.fuzz.kernel_files import kernel_files
from tests.fuzz.kinds import (
    IOCTLS,
    OPTIONS,
    PATHS,
    block,
    fcntl_values,
    good_pointers,
    members,
    modes,
    pages,
    sizes,
    small,
    users,
)
from tests.fuzz.prologue import DESCRIPTORS
from tests.fuzz.values import Block, Place, Pointer


def u64(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}Q", *[value & (1 << 64) - 1 for value in values])


def either(*values: Any) -> Generator[Any]:
    return st.sampled_from([Block((value,)) if isinstance(value, bytes) else value for value in values])


def few(strategy: Generator[Any]) -> Generator[Any]:
    return block(strategy.map(lambda data: (data,)))


memory = st.sampled_from([Pointer(Place.ARENA, offset) for offset in (0, 0x1000, 0x8000, 0xF000)])
elsewhere = either(0, 0, 0x3000_0000, 0x3000_1000, 0x5000_0000, 0x5000_0800, Pointer(Place.ARENA, 0x8000))
length = st.sampled_from([4096, 8192, 65536, 1 << 20, 16 << 20, 40 << 20, 62 << 20, 1])
offset_pointer = either(0, 0, u64(0), u64(100), u64(1 << 40), u64(-1), u64(0x2000_0000), u64(0x3000_0000))
good_fd = st.integers(3, DESCRIPTORS - 1)
one_piece = st.builds(
    lambda size, pointer: Block((pointer, u64(size))), st.sampled_from([0, 1, 8, 4096, 60000, 1 << 40]), good_pointers
)
time = either(u64(0, 1000), u64(0, 0), u64(1, 0), u64(0, 1), u64(1 << 40, 5))
period = either(u64(0, 1), u64(0, 0, 0, 1000), u64(0, 1, 0, 1), u64(0, 0, 1 << 62, 0), u64(0, 100, 0, 1), bytes(32))
fork_flags = st.sampled_from([0, 0, 0x3D0F00, 0x100, 0x4100, 0x400, 0x800, 0x8000, 0x1000, 0x1200000])
WRITTEN = [
    b"0\n",
    b"1\n",
    b"-1\n",
    b"99999999999999999999999\n",
    b"1 2 3\n",
    b"\0",
    b"x",
    b"0x10",
    b" 5 ",
    b"\x03\x04\x1a\x1c\x11\x13\x15\x7f",
]
"""For files of numbers, and for terminals."""
passed_descriptors = st.builds(
    lambda kind, fds: Block(
        (u64(16 + 4 * len(fds)) + struct.pack("<ii", 1, kind) + struct.pack(f"<{len(fds)}i", *fds),)
    ),
    st.sampled_from([1, 1, 1, 2]),
    st.lists(st.integers(0, DESCRIPTORS + 1), 1, 3),
)
netlink = few(
    st.builds(
        lambda length, kind, flags_, rest: struct.pack("<IHHII", length, kind, flags_, 1, 0) + rest,
        st.sampled_from([16, 17, 20, 24, 32, 40, 0, 1 << 31]),
        st.sampled_from([0, 1, 2, 3, *range(16, 40)]),
        st.sampled_from([1, 0x301, 0x305, 5, 0, 0xFFFF]),
        st.binary(0, 30),
    )
)
own_paths = either(
    *[
        path + b"\0"
        for path in (
            b"/tmp/a",
            b"/tmp/a",
            b"/tmp/b",
            b"/tmp/d",
            b"/tmp/d/e",
            b"/data/file",
            b"/data/new",
            b"new",
            b"/data/sub",
            b"/out",
            b"/loop",
            b"/bin/prog",
            b"/data/empty",
            b"/dev/shm/s",
            b"/tmp/d/../b",
            b"/data/sub/deep/x",
        )
    ]
)
kernel_paths = st.builds(
    lambda path, whose: Block((path.replace(b"/proc/1/", b"/proc/" + whose + b"/", 1) + b"\0",)),
    st.sampled_from(kernel_files()),
    st.sampled_from([b"1", b"self", b"2", b"2", b"3", b"self/task/2", b"thread-self"]),
)
file_paths = either(*[path + b"\0" for path in PATHS])

TYPICAL: dict[str, tuple[Generator[Any], ...]] = {
    "mmap": (
        elsewhere,
        length,
        st.integers(0, 7),
        st.sampled_from([0x22, 0x22, 0x21, 1, 2, 0x32, 0x11, 0x12, 0x100022, 0x4022, 0x122]),
        mixed(st.just(-1), good_fd, st.sampled_from([5, 6, 12, 22, 35])),
        st.sampled_from([0, 0, 4096, 1 << 20, 1 << 40]),
    ),
    "munmap": (mixed(memory, elsewhere), length),
    "mprotect": (mixed(memory, elsewhere), length, st.integers(0, 7)),
    "mremap": (mixed(memory, elsewhere), length, length, st.sampled_from([0, 1, 1, 3, 5]), elsewhere),
    "madvise": (mixed(memory, elsewhere), length, st.integers(0, 25)),
    "socket": (st.sampled_from([1, 2, 10, 16]), st.sampled_from([1, 2, 3, 5, 0x801]), st.just(0)),
    "socketpair": (st.just(1), st.sampled_from([1, 2, 5, 0x80801]), st.just(0), good_pointers),
    "timer_create": (
        st.integers(0, 3),
        either(0, u64(7, 10, 0, 0, 0, 0, 0, 0), u64(7, 1 << 32, *[0] * 6), u64(7, 10 | 4 << 32, 1, *[0] * 5)),
        good_pointers,
    ),
    "timer_settime": (st.integers(0, 2), st.integers(0, 1), period, either(0, Pointer(Place.ARENA, 0x8000))),
    "timer_gettime": (st.integers(0, 2), good_pointers),
    "timer_getoverrun": (st.integers(0, 2),),
    "timer_delete": (st.integers(0, 2),),
    "timerfd_settime": (st.just(19), st.integers(0, 1), period, either(0, Pointer(Place.ARENA, 0x8000))),
    "setitimer": (st.integers(0, 2), period, either(0, Pointer(Place.ARENA, 0x8000))),
    "wait4": (st.integers(-1, 3), good_pointers, st.integers(0, 3), either(0, Pointer(Place.ARENA, 0x8000))),
    "waitid": (
        st.integers(0, 3),
        st.integers(0, 4),
        good_pointers,
        st.sampled_from([4, 5, 0x1000005, 7, 15]),
        st.just(0),
    ),
    "sched_getattr": (st.integers(0, 2), good_pointers, st.sampled_from([48, 56, 100]), st.just(0)),
    "sched_setaffinity": (st.integers(0, 2), st.sampled_from([8, 4, 128]), either(u64(1), u64(2), u64(3), u64(-1))),
    "clone": (
        st.builds(int.__or__, fork_flags, st.sampled_from([17, 0, 10])),
        either(0, 0, Pointer(Place.ARENA, 0x8000)),
        good_pointers,
        good_pointers,
        good_pointers,
    ),
    "clone3": (
        st.builds(
            lambda flags_, signal: Block(
                (u64(flags_, 0x2000_8000, 0x2000_8008, 0x2000_8010, signal, 0, 0, 0, 0, 0, 0),)
            ),
            fork_flags,
            st.sampled_from([17, 0, 10]),
        ),
        st.sampled_from([64, 80, 88]),
    ),
    "capget": (either(struct.pack("<II", 0x20080522, 0), struct.pack("<II", 0x19980330, 1)), good_pointers),
    "capset": (either(struct.pack("<II", 0x20080522, 0)), either(bytes(24), b"\xff" * 24)),
    "futex": (
        memory,
        st.sampled_from([0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 128, 129, 137, 138]),
        st.integers(0, 3),
        either(0, u64(0, 1000)),
        memory,
        st.sampled_from([-1, 0, 1, 0x01002003, 0x83FFF001]),
    ),
    "futex_wait": (
        memory,
        st.just(0),
        st.just(0xFFFFFFFF),
        st.sampled_from([2, 0x82]),
        either(0, u64(0, 1000)),
        st.integers(0, 1),
    ),
    "futex_wake": (memory, st.just(0xFFFFFFFF), st.integers(0, 9), st.sampled_from([2, 0x82])),
    "futex_waitv": (
        either(u64(0, 0x2000_0000, 2), u64(0, 0x2000_0000, 2, 0, 0x2000_0008, 2)),
        st.integers(1, 2),
        st.just(0),
        either(0, u64(0, 1000)),
        st.integers(0, 1),
    ),
    "futex_requeue": (
        either(u64(0, 0x2000_0000, 2, 0, 0x2000_0008, 2)),
        st.just(0),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    "copy_file_range": (
        st.sampled_from([5, 6, 22, 35]),
        offset_pointer,
        st.sampled_from([5, 22, 35]),
        offset_pointer,
        sizes,
        st.just(0),
    ),
    "sendfile": (good_fd, st.sampled_from([5, 6, 22, 35, 12, 9, 10]), offset_pointer, sizes),
    "splice": (
        mixed(st.just(3), good_fd),
        offset_pointer,
        mixed(st.just(4), good_fd),
        offset_pointer,
        sizes,
        st.integers(0, 3),
    ),
    "tee": (st.just(3), st.sampled_from([4, 37]), sizes, st.integers(0, 3)),
    "vmsplice": (st.sampled_from([3, 4]), one_piece, st.just(1), st.integers(0, 3)),
    "openat2": (
        st.just(-100),
        file_paths,
        st.builds(
            lambda a, b: Block((u64(a, 0, b),)),
            st.sampled_from([0, 2, 0o200000]),
            st.sampled_from([0, 1, 2, 4, 8, 16, 32]),
        ),
        st.just(24),
    ),
    "openat": (
        st.just(-100),
        mixed(file_paths, kernel_paths),
        st.sampled_from([0, 0, 2, 1, 0o102, 0o1102, 0o2002, 0o10000000, 0o200000, 0o4000, 0o20200002]),
        st.just(0o644),
    ),
    "process_vm_readv": (st.sampled_from([1, 2]), one_piece, st.just(1), one_piece, st.just(1), st.just(0)),
    "process_vm_writev": (st.sampled_from([1, 2]), one_piece, st.just(1), one_piece, st.just(1), st.just(0)),
    "readv": (good_fd, one_piece, st.just(1)),
    "writev": (good_fd, one_piece, st.just(1)),
    "preadv2": (
        good_fd,
        one_piece,
        st.just(1),
        mixed(sizes, st.just(-1)),
        st.just(0),
        st.sampled_from([0, 1, 2, 8, 16]),
    ),
    "pwritev2": (
        good_fd,
        one_piece,
        st.just(1),
        mixed(sizes, st.just(-1)),
        st.just(0),
        st.sampled_from([0, 1, 2, 8, 16]),
    ),
    "read": (
        mixed(good_fd, good_fd, st.just(12)),
        mixed(good_pointers, good_pointers, st.sampled_from([0x3000_0000, 0x5000_0000])),
        mixed(sizes, st.sampled_from([1 << 20, 40 << 20, 62 << 20])),
    ),
    "write": (
        mixed(good_fd, st.sampled_from([14, 15, 32, 37, 40])),
        mixed(few(st.binary(0, 40)), netlink, few(st.sampled_from(WRITTEN))),
        mixed(st.integers(0, 40), st.just(16)),
    ),
    "pread64": (
        mixed(good_fd, good_fd, st.just(9)),
        good_pointers,
        sizes,
        mixed(sizes, small, memory, elsewhere, pages),
    ),
    "pwrite64": (good_fd, good_pointers, sizes, mixed(sizes, small)),
    "lseek": (mixed(good_fd, st.just(9)), mixed(sizes, small, memory, elsewhere), st.integers(0, 4)),
    "ftruncate": (st.sampled_from([5, 22, 35]), sizes),
    "truncate": (file_paths, sizes),
    "fallocate": (st.sampled_from([5, 22, 35]), st.sampled_from([0, 1, 3, 16]), sizes, sizes),
    "getdents64": (st.sampled_from([7, 38, 39]), good_pointers, st.sampled_from([0, 24, 100, 4096])),
    "ioctl": (good_fd, st.sampled_from(IOCTLS), mixed(good_pointers, few(st.binary(0, 64)), small)),
    "fcntl": (good_fd, members(constants.FcntlCommand), fcntl_values),
    "epoll_ctl": (
        st.just(17),
        st.integers(1, 3),
        good_fd,
        few(st.builds(lambda a, b: struct.pack("<IIQ", a, 0, b), members(EpollEventFlag), st.integers(0, 5))),
    ),
    "epoll_pwait": (
        st.just(17),
        good_pointers,
        st.sampled_from([1, 10, 1 << 27]),
        st.sampled_from([0, 1, -1]),
        st.just(0),
        st.just(8),
    ),
    "ppoll": (
        few(
            st.lists(st.tuples(st.integers(-1, DESCRIPTORS), st.integers(0, 0x3FFF)), 0, 4).map(
                lambda items: b"".join(struct.pack("<ihh", fd, events, 0) for fd, events in items)
            )
        ),
        st.integers(0, 4),
        time,
        st.just(0),
        st.just(8),
    ),
    "pselect6": (
        st.integers(0, 64),
        few(st.binary(8, 8)),
        either(0, u64(0xFFFF)),
        either(0, u64(0xFFFF)),
        time,
        st.just(0),
    ),
    "bind": (st.integers(24, DESCRIPTORS - 1), few(sockaddr_bytes), st.sampled_from([16, 28, 12, 13, 110, 2, 3])),
    "connect": (st.integers(24, DESCRIPTORS - 1), few(sockaddr_bytes), st.sampled_from([16, 28, 12, 13, 110, 2, 3])),
    "sendto": (
        st.integers(24, DESCRIPTORS - 1),
        good_pointers,
        st.sampled_from([0, 1, 100, 4096, 30000, 1 << 20]),
        members(socket.MessageFlag),
        either(0, 0, Pointer(Place.ARENA, 0x100)),
        st.sampled_from([0, 16, 12]),
    ),
    "recvfrom": (
        st.integers(24, 34),
        good_pointers,
        st.sampled_from([0, 1, 100, 4096, 1 << 40]),
        st.sampled_from([0x40, 0x42, 0x60, 0x140]),
        good_pointers,
        either(u64(16), u64(0), u64(-1)),
    ),
    "sendmsg": (
        st.integers(24, 34),
        st.builds(
            lambda count, control, length: Block(
                (u64(0, 0, 0x2000_8000, count), control, u64(length if control != Pointer(Place.NULL) else 0, 0))
            ),
            st.integers(0, 1),
            mixed(st.just(Pointer(Place.NULL)), passed_descriptors),
            st.sampled_from([24, 24, 24, 20, 28, 16, 48]),
        ),
        st.sampled_from([0, 0x40, 0x4000]),
    ),
    "accept4": (st.just(28), good_pointers, either(u64(16)), st.sampled_from([0, 0x800])),
    "rt_sigaction": (
        st.integers(1, 64),
        few(
            st.builds(
                lambda handler, flags_, mask: u64(handler, flags_, 0, mask),
                st.sampled_from([0, 1, Place.HANDLER.value, Place.HANDLER.value, 5, 0x2000_0000]),
                st.sampled_from([0, 4, 0x10000000, 0x40000000, 0x80000000, 0x8000000, 2]),
                st.sampled_from([0, 1 << 9, -1]),
            )
        ),
        st.just(0),
        st.just(8),
    ),
    "rt_sigtimedwait": (either(u64(-1), u64(1 << 9)), either(0, Pointer(Place.ARENA, 0x8000)), time, st.just(8)),
    "kill": (st.sampled_from([1, 2, 0, -1, -2]), st.integers(0, 64)),
    "tgkill": (st.sampled_from([1, 2]), st.sampled_from([1, 2, 3]), st.integers(0, 64)),
    "rt_sigqueueinfo": (
        st.sampled_from([1, 2]),
        st.integers(0, 64),
        either(u64(10, 0xFFFFFFFF, *[1] * 14), u64(*[0] * 16)),
    ),
    "mount": (
        file_paths,
        either(b"/tmp\0", b"/data\0", b"/data/sub\0", b"/run\0"),
        either(b"tmpfs\0", b"proc\0", b"sysfs\0", b"devpts\0"),
        st.sampled_from([0, 1, 4096, 32, 0x1000 | 0x4000]),
        either(0, b"size=1k\0", b"mode=700,size=\0", b"size=99999999999999999999\0"),
    ),
    "umount2": (
        either(b"/tmp\0", b"/data\0", b"/data/sub\0", b"/run\0", b"/proc\0", b"/dev\0", b"/\0"),
        st.sampled_from([0, 2, 8]),
    ),
    "prctl": (st.integers(1, 60), mixed(small, good_pointers, few(st.binary(0, 20))), small, small, small),
    "prlimit64": (
        st.integers(0, 2),
        st.integers(0, 16),
        either(0, u64(0, 0), u64(100, 100), u64(1 << 20, -1), u64(5, 1)),
        either(0, Pointer(Place.ARENA, 0x8000)),
    ),
    "execve": (file_paths, strings, strings),
    **dict.fromkeys(
        ("getxattr", "lgetxattr"), (own_paths, either(b"user.a\0"), good_pointers, st.sampled_from([0, 1, 100]))
    ),
    **dict.fromkeys(("removexattr", "lremovexattr"), (own_paths, either(b"user.a\0"))),
    "fsetxattr": (st.just(35), either(b"user.a\0"), good_pointers, st.sampled_from([0, 1, 100]), st.integers(0, 2)),
    "fgetxattr": (st.just(35), either(b"user.a\0"), good_pointers, st.sampled_from([0, 1, 100])),
    "fremovexattr": (st.just(35), either(b"user.a\0")),
    "readlinkat": (
        st.just(-100),
        either(b"/out\0", b"/proc/self/exe\0", b"/proc/self/fd/9\0", b"up\0", b"/dev/stdin\0"),
        good_pointers,
        sizes,
    ),
    "linkat": (st.just(-100), own_paths, st.just(-100), own_paths, st.sampled_from([0, 0, 0x400, 0x1000])),
    "symlinkat": (file_paths, st.just(-100), own_paths),
    "renameat": (st.just(-100), own_paths, st.just(-100), own_paths),
    "renameat2": (st.just(-100), own_paths, st.just(-100), own_paths, st.integers(0, 4)),
    "unlinkat": (st.just(-100), own_paths, st.sampled_from([0, 0x200])),
    "mkdirat": (st.just(-100), own_paths, st.sampled_from([0o755, 0, 0o7777])),
    "mknodat": (
        st.just(-100),
        own_paths,
        st.sampled_from([0o10644, 0o100600, 0o20666, 0o140600, 0o60666]),
        st.sampled_from([0, 0x103, 0x501, 0x800]),
    ),
    "utimensat": (
        st.just(-100),
        own_paths,
        either(0, u64(0, 0, 0, 0), u64(1 << 40, 5, -(1 << 62), 0x3FFFFFFE), u64(1, 0x3FFFFFFF, 1, 1 << 40)),
        st.sampled_from([0, 0x100]),
    ),
    "fchownat": (st.just(-100), own_paths, users, users, st.sampled_from([0, 0x100])),
    "fchmodat": (st.just(-100), own_paths, modes),
    "statx": (
        st.just(-100),
        file_paths,
        st.sampled_from([0, 0x100, 0x1000]),
        st.sampled_from([0xFFF, 0, 0x7FFFFFFF]),
        good_pointers,
    ),
    "newfstatat": (st.just(-100), file_paths, good_pointers, st.sampled_from([0, 0x100, 0x1000])),
    "chroot": (either(b"/data\0", b"/tmp\0", b"..\0", b"/\0"),),
    "pivot_root": (either(b"/tmp\0", b"/run\0"), either(b"/tmp/d\0", b"/run\0")),
    "listen": (st.sampled_from([28, 31, 24, 33, 41, 42]), st.sampled_from([0, 1, 5, -1, 1 << 30])),
    "accept": (st.just(28), good_pointers, either(u64(16), u64(0), u64(-1))),
    **dict.fromkeys(
        ("setsockopt", "getsockopt"),
        (
            st.integers(24, 34),
            members(socket.Level),
            st.sampled_from(OPTIONS),
            either(u64(1, 0), u64(0, 1), u64(1 << 40, 5), u64(4), u64(16)),
            mixed(st.sampled_from([4, 4, 8, 16, 0, 1, 100]), st.just(Pointer(Place.ARENA, 0x20))),
        ),
    ),
    "recvmsg": (
        st.integers(24, 34),
        few(
            st.builds(
                lambda name, vector, count, control, size: u64(name, 128, vector, count, control, size, 0),
                st.sampled_from([0, 0x2000_8000]),
                st.just(0x2000_9000),
                st.just(0),
                st.sampled_from([0, 0x2000_A000]),
                st.sampled_from([0, 16, 20, 100, 1 << 40]),
            )
        ),
        st.sampled_from([0x40, 0x42, 0x40000040]),
    ),
    "epoll_pwait2": (st.just(17), good_pointers, st.sampled_from([1, 10, 1 << 27]), time, st.just(0), st.just(8)),
    "execveat": (st.sampled_from([-100, 5, 7]), file_paths, strings, strings, st.sampled_from([0, 0x1000, 0x100])),
    "sched_setattr": (
        st.integers(0, 2),
        few(
            st.builds(
                lambda policy, flags_, nice, priority: struct.pack(
                    "<IIQiIQQQ", 48, policy, flags_, nice, priority, 0, 0, 0
                ),
                st.integers(0, 7),
                st.integers(0, 4),
                st.integers(-25, 25),
                st.sampled_from([0, 0, 1, 99, 1 << 31]),
            )
        ),
        st.just(0),
    ),
    "setxattr": (
        either(b"/tmp/a\0", b"/data/file\0"),
        either(b"user.a\0", b"user." + b"n" * 250 + b"\0", b"trusted.a\0"),
        good_pointers,
        sizes,
        st.integers(0, 2),
    ),
    "sigaltstack": (
        either(0, u64(0x2000_4000, 0, 8192), u64(0x2000_4000, 2, 0), u64(0x2000_F000, 0, 1 << 40)),
        either(0, Pointer(Place.ARENA, 0x8000)),
    ),
    "set_robust_list": (
        either(u64(0x2000_8000, 0, 0), Pointer(Place.ARENA, 0x8000), Pointer(Place.KERNEL)),
        st.just(24),
    ),
    "inotify_add_watch": (st.just(20), file_paths, st.sampled_from([0xFFF, 2, 0x40000FFF, 0x80000100])),
    "memfd_create": (file_paths, st.sampled_from([0, 1, 2, 3])),
    "pidfd_getfd": (st.just(23), good_fd, st.just(0)),
    "pidfd_send_signal": (st.just(23), st.integers(0, 64), st.just(0), st.just(0)),
    "getrandom": (good_pointers, sizes, st.integers(0, 2)),
    "brk": (either(0, 0x400000, 0x411000, 0x500000, 1 << 40, 0x402001),),
}
"""Arguments with which the calls that need several right ones at once often succeed."""

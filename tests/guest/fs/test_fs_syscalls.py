"""File system calls as a program makes them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guest.abi.constants import FcntlCommand, IoctlCommand
from guest.abi.errno import E
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.abi.structs import Iovec, Stat, Statx

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

RDWR_CREATE = OpenFlag.O_RDWR | OpenFlag.O_CREAT


@pytest.fixture
def guest(make_guest: Callable[..., Guest]) -> Guest:
    """One guest that writes to the host's folder."""
    return make_guest(writable=True)


def test_write_seek_read(guest: Guest, sysroot: Path) -> None:
    fd = guest.call("openat", AT_FDCWD, "/f", RDWR_CREATE, 0o640)
    assert fd == 3
    assert guest.call("write", fd, guest.put(b"hello world"), 11) == 11
    assert guest.call("lseek", fd, -5, 2) == 6
    buffer = guest.put(bytes(16))
    assert guest.call("read", fd, buffer, 16) == 5
    assert guest.read(buffer, 6) == b"world\0"
    assert guest.call("pwrite64", fd, guest.put(b"J"), 1, 0) == 1
    assert guest.call("pread64", fd, buffer, 5, 0) == 5
    assert guest.read(buffer, 5) == b"Jello"
    assert guest.call("ftruncate", fd, 3) == 0
    assert guest.call("close", fd) == 0
    assert guest.call("close", fd) == -E.EBADF
    assert (sysroot / "f").read_bytes() == b"Jel"
    assert stat.S_IMODE((sysroot / "f").stat().st_mode) == 0o640


def test_a_new_file_may_be_written_although_its_mode_forbids_it(guest: Guest, sysroot: Path) -> None:
    fd = guest.call("openat", AT_FDCWD, "f", OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_EXCL, 0o444)
    assert guest.call("write", fd, guest.put(b"x"), 1) == 1
    assert stat.S_IMODE((sysroot / "f").stat().st_mode) == 0o444
    assert guest.call("openat", AT_FDCWD, "f", OpenFlag.O_CREAT | OpenFlag.O_EXCL, 0o444) == -E.EEXIST


def test_append_and_scattered_io(guest: Guest, sysroot: Path) -> None:
    fd = guest.call("openat", AT_FDCWD, "f", RDWR_CREATE | OpenFlag.O_APPEND, 0o600)
    pieces = b"".join(Iovec(guest.put(text), len(text)).to_bytes() for text in (b"ab", b"", b"cde"))
    assert guest.call("writev", fd, guest.put(pieces), 3) == 5
    guest.call("lseek", fd, 0, 0)
    assert guest.call("writev", fd, guest.put(pieces), 3) == 5
    assert (sysroot / "f").read_bytes() == b"abcdeabcde"
    guest.call("lseek", fd, 1, 0)
    first, second = guest.put(bytes(3)), guest.put(bytes(20))
    vector = guest.put(Iovec(first, 3).to_bytes() + Iovec(second, 20).to_bytes())
    assert guest.call("readv", fd, vector, 2) == 9
    assert (guest.read(first, 3), guest.read(second, 6)) == (b"bcd", b"eabcde")
    assert guest.call("readv", fd, vector, 2000) == -E.EINVAL


def test_bad_buffers_give_efault_or_a_short_count(guest: Guest) -> None:
    fd = guest.call("openat", AT_FDCWD, "f", RDWR_CREATE, 0o600)
    assert guest.call("write", fd, 8, 4) == -E.EFAULT
    end = 0x10_0000 + 0x10_0000
    assert guest.call("write", fd, end - 2, 4) == 2
    assert guest.call("openat", AT_FDCWD, 8, 0, 0) == -E.EFAULT
    assert guest.call("openat", AT_FDCWD, "x" * 5000, 0, 0) == -E.ENAMETOOLONG
    assert guest.call("openat", AT_FDCWD, "", 0, 0) == -E.ENOENT


def test_stat_calls_agree(guest: Guest, sysroot: Path) -> None:
    (sysroot / "f").write_bytes(b"12345")
    (sysroot / "l").symlink_to("f")
    buffer = guest.put(bytes(256))
    assert guest.call("newfstatat", AT_FDCWD, "l", buffer, 0) == 0
    found = Stat.from_bytes(guest.read(buffer, Stat.size))
    assert (found.st_size, stat.S_IFMT(found.st_mode), found.st_uid) == (5, stat.S_IFREG, 0)
    assert guest.call("newfstatat", AT_FDCWD, "l", buffer, 0x100) == 0
    assert stat.S_ISLNK(Stat.from_bytes(guest.read(buffer, Stat.size)).st_mode)
    fd = guest.call("openat", AT_FDCWD, "f", 0, 0)
    assert guest.call("fstat", fd, buffer) == 0
    assert guest.call("statx", fd, "", 0x1000, 0x7FF, buffer) == 0
    assert Statx.from_bytes(guest.read(buffer, Statx.size)).stx_size == 5
    assert guest.call("newfstatat", AT_FDCWD, "f/", buffer, 0) == -E.ENOTDIR
    assert guest.call("statfs", "/", buffer) == 0


def test_listing_is_sorted_and_can_be_resumed(guest: Guest, sysroot: Path) -> None:
    for name in ("zeta", "alpha", "mid"):
        (sysroot / name).write_text("")
    fd = guest.call("openat", AT_FDCWD, "/", OpenFlag.O_DIRECTORY, 0)
    buffer = guest.put(bytes(64))
    names = []
    while (size := guest.call("getdents64", fd, buffer, 64)) > 0:
        data = guest.read(buffer, size)
        while data:
            length = int.from_bytes(data[16:18], "little")
            names.append(data[19:length].split(b"\0")[0])
            data = data[length:]
    assert names == [b".", b"..", b"alpha", b"dev", b"mid", b"proc", b"run", b"sys", b"tmp", b"zeta"]
    guest.call("lseek", fd, 0, 0)
    assert guest.call("getdents64", fd, buffer, 10) == -E.EINVAL
    assert guest.call("read", fd, buffer, 10) == -E.EISDIR


def test_names_are_made_moved_and_removed(guest: Guest, sysroot: Path) -> None:
    assert guest.call("mkdirat", AT_FDCWD, "d", 0o777) == 0
    assert stat.S_IMODE((sysroot / "d").stat().st_mode) == 0o755
    assert guest.call("mkdirat", AT_FDCWD, "d/", 0o777) == -E.EEXIST
    fd = guest.call("openat", AT_FDCWD, "d/f", RDWR_CREATE, 0o600)
    assert guest.call("linkat", AT_FDCWD, "d/f", AT_FDCWD, "g", 0) == 0
    assert guest.call("symlinkat", "d/f", AT_FDCWD, "s") == 0
    assert guest.call("renameat2", AT_FDCWD, "d/f", AT_FDCWD, "g2", 1) == 0
    assert guest.call("renameat2", AT_FDCWD, "g", AT_FDCWD, "g2", 1) == -E.EEXIST
    assert guest.call("renameat2", AT_FDCWD, "g", AT_FDCWD, "dev", 0) == -E.EISDIR
    assert guest.call("renameat2", AT_FDCWD, "d", AT_FDCWD, "dev", 0) == -E.EBUSY
    assert guest.call("unlinkat", AT_FDCWD, "d", 0) == -E.EISDIR
    assert guest.call("unlinkat", AT_FDCWD, "d", 0x200) == 0
    assert guest.call("unlinkat", AT_FDCWD, "g2", 0) == 0
    buffer = guest.put(bytes(16))
    assert guest.call("readlinkat", AT_FDCWD, "s", buffer, 2) == 2
    assert guest.read(buffer, 3) == b"d/\0"
    assert guest.call("openat", AT_FDCWD, "s", OpenFlag.O_NOFOLLOW, 0) == -E.ELOOP
    assert guest.call("close", fd) == 0


def test_current_directory_and_directory_descriptors(guest: Guest, sysroot: Path) -> None:
    (sysroot / "a" / "b").mkdir(parents=True)
    (sysroot / "a" / "f").write_text("")
    assert guest.call("chdir", "a/b") == 0
    buffer = guest.put(bytes(64))
    assert guest.call("getcwd", buffer, 64) == 5
    assert guest.read(buffer, 5) == b"/a/b\0"
    assert guest.call("getcwd", buffer, 4) == -E.ERANGE
    assert guest.call("faccessat", AT_FDCWD, "../f", 4) == 0
    assert guest.call("faccessat", AT_FDCWD, "../f", 1) == -E.EACCES
    fd = guest.call("openat", AT_FDCWD, "/a", OpenFlag.O_PATH, 0)
    assert guest.call("read", fd, buffer, 1) == -E.EBADF
    assert guest.call("openat", fd, "f", 0, 0) > fd
    assert guest.call("fchdir", fd) == 0
    assert guest.call("getcwd", buffer, 64) == 3
    file = guest.call("openat", AT_FDCWD, "f", 0, 0)
    assert guest.call("openat", file, "x", 0, 0) == -E.ENOTDIR
    assert guest.call("openat", 99, "x", 0, 0) == -E.EBADF


def test_descriptors_share_files_and_flags_are_their_own(guest: Guest) -> None:
    fd = guest.call("openat", AT_FDCWD, "f", RDWR_CREATE | OpenFlag.O_CLOEXEC, 0o600)
    copy = guest.call("dup", fd)
    guest.call("write", fd, guest.put(b"abc"), 3)
    assert guest.call("lseek", copy, 0, 1) == 3
    assert guest.call("fcntl", fd, FcntlCommand.F_GETFD, 0) == 1
    assert guest.call("fcntl", copy, FcntlCommand.F_GETFD, 0) == 0
    assert guest.call("fcntl", fd, FcntlCommand.F_DUPFD_CLOEXEC, 10) == 10
    assert guest.call("fcntl", copy, FcntlCommand.F_SETFL, OpenFlag.O_NONBLOCK) == 0
    assert guest.call("fcntl", fd, FcntlCommand.F_GETFL, 0) == 2 | OpenFlag.O_NONBLOCK | OpenFlag.O_LARGEFILE
    assert guest.call("dup3", fd, fd, 0) == -E.EINVAL
    assert guest.call("dup3", fd, 7, 0) == 7
    guest.task.files.exec()
    assert [number for number, _ in guest.task.files] == [0, 1, 2, copy, 7]
    guest.task.files.limit = 8
    assert guest.call("dup", 0) == 3
    results = [guest.call("dup", 0) for _ in range(4)]
    assert results[-1] == -E.EMFILE


def test_devices(make_guest: Callable[..., Guest]) -> None:
    guest = make_guest(with_sysroot=False)
    buffer = guest.put(b"x" * 32)
    null = guest.call("openat", AT_FDCWD, "/dev/null", OpenFlag.O_RDWR | OpenFlag.O_CREAT | OpenFlag.O_TRUNC, 0o666)
    assert guest.call("write", null, buffer, 32) == 32
    assert guest.call("read", null, buffer, 32) == 0
    zero = guest.call("openat", AT_FDCWD, "/dev/zero", 0, 0)
    assert guest.call("read", zero, buffer, 32) == 32
    assert guest.read(buffer, 32) == bytes(32)
    full = guest.call("openat", AT_FDCWD, "/dev/full", OpenFlag.O_WRONLY, 0)
    assert guest.call("write", full, buffer, 1) == -E.ENOSPC
    random = guest.call("openat", AT_FDCWD, "/dev/urandom", 0, 0)
    guest.call("read", random, buffer, 32)
    first = guest.read(buffer, 32)
    again = make_guest(with_sysroot=False)
    place = again.put(bytes(32))
    again.call("read", again.call("openat", AT_FDCWD, "/dev/random", 0, 0), place, 32)
    assert again.read(place, 32) == first != bytes(32)
    assert guest.call("openat", AT_FDCWD, "/dev/tty", 0, 0) == -E.ENXIO
    out = guest.call("openat", AT_FDCWD, "/dev/stdout", OpenFlag.O_WRONLY, 0)
    assert guest.call("write", out, guest.put(b"seen"), 4) == 4
    assert guest.stdout.getvalue() == b"seen"
    assert guest.call("openat", AT_FDCWD, "/new", RDWR_CREATE, 0o600) == -E.EROFS
    assert guest.call("mkdirat", AT_FDCWD, "/new", 0o700) == -E.EROFS


def test_host_devices_and_fifos_in_the_sysroot_are_not_opened(guest: Guest, sysroot: Path) -> None:
    os.mkfifo(sysroot / "fifo")
    assert guest.call("openat", AT_FDCWD, "fifo", 0, 0) == -E.ENXIO


def test_standard_streams_are_the_callers(make_guest: Callable[..., Guest]) -> None:
    guest = make_guest(b"typed in")
    buffer = guest.put(bytes(16))
    assert guest.call("read", 0, buffer, 5) == 5
    assert guest.call("read", 0, buffer, 16) == 3
    assert guest.call("read", 0, buffer, 16) == 0
    guest.call("write", 1, guest.put(b"out"), 3)
    guest.call("write", 2, guest.put(b"err"), 3)
    assert (guest.stdout.getvalue(), guest.stderr.getvalue()) == (b"out", b"err")
    assert guest.call("read", 1, buffer, 1) == -E.EBADF
    assert guest.call("write", 0, buffer, 1) == -E.EBADF
    assert guest.call("ioctl", 1, IoctlCommand.TIOCGWINSZ, buffer) == -E.ENOTTY
    assert guest.call("lseek", 1, 0, 1) == -E.ESPIPE


def test_sendfile_and_copy_file_range(guest: Guest, sysroot: Path) -> None:
    (sysroot / "src").write_bytes(b"0123456789")
    source = guest.call("openat", AT_FDCWD, "src", 0, 0)
    target = guest.call("openat", AT_FDCWD, "dst", RDWR_CREATE, 0o600)
    assert guest.call("sendfile", 1, source, 0, 4) == 4
    offset = guest.put((6).to_bytes(8, "little"))
    assert guest.call("sendfile", target, source, offset, 100) == 4
    assert guest.read(offset, 8) == (10).to_bytes(8, "little")
    assert guest.call("copy_file_range", source, 0, target, 0, 3, 0) == 3
    assert guest.stdout.getvalue() == b"0123"
    assert (sysroot / "dst").read_bytes() == b"6789456"


def test_file_mappings_hold_the_content_and_zeros(guest: Guest, sysroot: Path) -> None:
    (sysroot / "f").write_bytes(b"A" * 5000)
    fd = guest.call("openat", AT_FDCWD, "f", 0, 0)
    place = guest.call("mmap", 0, 8192, 1, 2, fd, 0)
    assert place > 0
    guest.call("close", fd)
    assert guest.read(place, 8192) == b"A" * 5000 + bytes(3192)
    assert next(area.name for area in guest.mm.vmas if area.start == place) == b"/f"
    fd = guest.call("openat", AT_FDCWD, "f", OpenFlag.O_RDWR, 0)
    shared = guest.call("mmap", 0, 4096, 3, 1, fd, 0)
    assert shared > 0
    assert guest.read(shared, 4) == b"AAAA"


@pytest.mark.parametrize(("path", "flags"), [("/../../../../etc/passwd", 0), ("/etc/passwd", 0)])
def test_the_hosts_files_are_out_of_reach(guest: Guest, path: str, flags: int) -> None:
    assert guest.call("openat", AT_FDCWD, path, flags, 0) == -E.ENOENT

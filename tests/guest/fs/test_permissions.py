"""Who may do what."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from guest.abi.errno import E
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.abi.structs import Stat
from guest.credentials import Capability, Credentials

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

RDWR_CREATE = OpenFlag.O_RDWR | OpenFlag.O_CREAT
USER = Credentials(
    uid=1000, gid=100, euid=1000, egid=100, suid=1000, sgid=100, fsuid=1000, fsgid=100, groups=(200,), effective=0,
    permitted=0,
)  # fmt: skip


def mode_of(guest: Guest, path: str) -> tuple[int, int, int]:
    buffer = guest.put(bytes(Stat.size))
    assert guest.call("newfstatat", AT_FDCWD, path, buffer, 0) == 0
    found = Stat.from_bytes(guest.read(buffer, Stat.size))
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


def make(guest: Guest, path: str, mode: int, uid: int = 0, gid: int = 0) -> None:
    fd = guest.call("openat", AT_FDCWD, path, RDWR_CREATE, 0o600)
    assert guest.call("close", fd) == 0
    assert guest.call("fchownat", AT_FDCWD, path, uid, gid, 0) == 0
    assert guest.call("fchmodat", AT_FDCWD, path, mode) == 0


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "flags", "expected"),
    [
        (0o400, 1000, 0, OpenFlag.O_WRONLY, E.EACCES),
        (0o400, 1000, 0, 0, None),
        (0o066, 1000, 0, 0, E.EACCES),
        (0o640, 0, 200, 0, None),
        (0o604, 0, 200, 0, E.EACCES),
        (0o604, 0, 0, 0, None),
        (0o604, 0, 0, OpenFlag.O_TRUNC, E.EACCES),
    ],
)
def test_the_first_class_that_fits_decides(
    guest: Guest, mode: int, uid: int, gid: int, flags: int, expected: E | None
) -> None:
    make(guest, "/tmp/f", mode, uid, gid)
    guest.task.credentials = USER
    result = guest.call("openat", AT_FDCWD, "/tmp/f", flags, 0)
    assert result == -expected if expected else result > 0


def test_directories_are_searched_and_changed_by_right(guest: Guest) -> None:
    guest.call("mkdirat", AT_FDCWD, "/tmp/d", 0o700)
    make(guest, "/tmp/d/f", 0o666)
    guest.task.credentials = USER
    assert guest.call("openat", AT_FDCWD, "/tmp/d/f", 0, 0) == -E.EACCES
    assert guest.call("openat", AT_FDCWD, "/tmp/d", OpenFlag.O_DIRECTORY, 0) == -E.EACCES
    assert guest.call("chdir", "/tmp/d") == -E.EACCES
    assert guest.call("mkdirat", AT_FDCWD, "/run/mine", 0o755) == -E.EACCES
    guest.task.credentials = replace(USER, effective=1 << Capability.CAP_DAC_READ_SEARCH)
    assert guest.call("openat", AT_FDCWD, "/tmp/d/f", 0, 0) > 0
    assert guest.call("unlinkat", AT_FDCWD, "/tmp/d/f", 0) == -E.EACCES


def test_sticky_directories(guest: Guest) -> None:
    make(guest, "/tmp/roots", 0o666)
    make(guest, "/tmp/mine", 0o600, 1000)
    guest.task.credentials = USER
    assert guest.call("unlinkat", AT_FDCWD, "/tmp/roots", 0) == -E.EPERM
    assert guest.call("renameat", AT_FDCWD, "/tmp/roots", AT_FDCWD, "/tmp/x") == -E.EPERM
    assert guest.call("unlinkat", AT_FDCWD, "/tmp/mine", 0) == 0


def test_chmod_chown_and_times_are_the_owners(guest: Guest) -> None:
    make(guest, "/tmp/roots", 0o666)
    make(guest, "/tmp/mine", 0o600, 1000, 100)
    guest.task.credentials = USER
    assert guest.call("fchmodat", AT_FDCWD, "/tmp/roots", 0o777) == -E.EPERM
    assert guest.call("fchownat", AT_FDCWD, "/tmp/mine", 0, -1, 0) == -E.EPERM
    assert guest.call("fchownat", AT_FDCWD, "/tmp/mine", -1, 200, 0) == 0
    assert guest.call("fchownat", AT_FDCWD, "/tmp/mine", -1, 300, 0) == -E.EPERM
    times = guest.put(bytes(32))
    assert guest.call("utimensat", AT_FDCWD, "/tmp/roots", times, 0) == -E.EPERM
    assert guest.call("utimensat", AT_FDCWD, "/tmp/roots", 0, 0) == 0
    assert guest.call("linkat", AT_FDCWD, "/tmp/mine", AT_FDCWD, "/tmp/link", 0) == 0
    assert guest.call("mknodat", AT_FDCWD, "/tmp/dev", stat.S_IFCHR | 0o666, 0x103) == -E.EPERM
    assert guest.call("chroot", "/tmp") == -E.EPERM
    assert guest.call("mount", "none", "/tmp", "tmpfs", 0, 0) == -E.EPERM


def test_privileges_of_a_program_go_when_it_is_changed(guest: Guest) -> None:
    make(guest, "/tmp/p", 0o6777, 1000, 100)
    guest.task.credentials = USER
    fd = guest.call("openat", AT_FDCWD, "/tmp/p", OpenFlag.O_WRONLY, 0)
    assert guest.call("write", fd, guest.put(b"x"), 1) == 1
    assert mode_of(guest, "/tmp/p")[0] == 0o777
    assert guest.call("fchmodat", AT_FDCWD, "/tmp/p", 0o6755) == 0
    guest.task.credentials = Credentials()
    assert guest.call("fchownat", AT_FDCWD, "/tmp/p", 0, 0, 0) == 0
    assert mode_of(guest, "/tmp/p")[0] == 0o755


def test_set_group_id_directories_hand_their_group_down(guest: Guest) -> None:
    guest.call("mkdirat", AT_FDCWD, "/tmp/d", 0o777)
    guest.call("fchownat", AT_FDCWD, "/tmp/d", 0, 200, 0)
    guest.call("fchmodat", AT_FDCWD, "/tmp/d", 0o2777)
    guest.task.credentials = replace(USER, groups=())
    guest.call("mkdirat", AT_FDCWD, "/tmp/d/sub", 0o755)
    assert mode_of(guest, "/tmp/d/sub") == (0o2755, 1000, 200)
    guest.call("openat", AT_FDCWD, "/tmp/d/f", RDWR_CREATE, 0o2755)
    assert mode_of(guest, "/tmp/d/f") == (0o755, 1000, 200)


def test_access_asks_for_the_real_user(guest: Guest) -> None:
    make(guest, "/tmp/f", 0o600)
    guest.task.credentials = replace(Credentials(), uid=1000)
    assert guest.call("faccessat", AT_FDCWD, "/tmp/f", 4) == -E.EACCES
    assert guest.call("faccessat2", AT_FDCWD, "/tmp/f", 4, 0x200) == 0
    assert guest.call("faccessat2", AT_FDCWD, "/tmp/f", 1, 0x200) == -E.EACCES


def test_confined_walks(guest: Guest) -> None:
    guest.call("mkdirat", AT_FDCWD, "/tmp/d", 0o755)
    make(guest, "/tmp/out", 0o644)
    make(guest, "/tmp/d/in", 0o644)
    guest.call("symlinkat", "/in", AT_FDCWD, "/tmp/d/absolute")
    guest.call("symlinkat", "../out", AT_FDCWD, "/tmp/d/up")
    fd = guest.call("openat", AT_FDCWD, "/tmp/d", OpenFlag.O_PATH, 0)

    def opened(path: str, resolve: int, flags: int = 0) -> int:
        how = guest.put(flags.to_bytes(8, "little") + bytes(8) + resolve.to_bytes(8, "little"))
        return guest.call("openat2", fd, path, how, 24)

    assert opened("up", 0x8) == -E.EXDEV
    assert opened("up", 0x10) == -E.ENOENT
    assert opened("absolute", 0x10) > 0
    assert opened("/in", 0x10) > 0
    assert opened("absolute", 0x8) == -E.EXDEV
    assert opened("absolute", 0x4) == -E.ELOOP
    assert opened("../../dev/null", 0x1) == -E.EXDEV
    assert opened("in", 0x20) == -E.EAGAIN
    assert opened("in", 0, 1 << 40) == -E.EINVAL
